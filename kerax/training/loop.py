"""The loops over epochs and chunks: the only ones that run outside the compiled step."""

from collections import deque
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import jax
import numpy as np

from kerax import plugins
from kerax.errors import ArgumentError, DataError
from kerax.training.data import pack_x_y_sample_weight
from kerax.training.feed import Chunk, make_feed
from kerax.training.interrupts import InterruptGuard
from kerax.training.logs import Logs
from kerax.training.pace import Pace
from kerax.training.program import StepProgram
from kerax.variable import write

__all__ = ["FitPlan", "Runner", "evaluate", "fit", "predict"]

_IN_FLIGHT = 2


class FitPlan(NamedTuple):
    """What `fit` was asked to do, beside its data."""

    initial_epoch: int
    epochs: int
    validate: Callable[[], dict[str, Any]] | None
    validation_freq: Any

    def check(self) -> None:
        """Raise for numbers that are none."""
        for name, value in (("initial_epoch", self.initial_epoch), ("epochs", self.epochs)):
            if not isinstance(value, (int, np.integer)):
                raise ArgumentError(f"fit: got {name}={value!r}; wanted an integer.")
        every = self.validation_freq
        listed = isinstance(every, Collection) and not isinstance(every, str)
        if not listed and not (isinstance(every, int) and every > 0):
            raise ArgumentError(
                f"fit: got validation_freq={every!r}; wanted a positive integer or a list of "
                "epochs, counted from 1."
            )

    def validates_after(self, epoch: int) -> bool:
        """Whether the validation data is evaluated after an epoch, counted from 0."""
        if self.validate is None:
            return False
        if isinstance(self.validation_freq, int):
            return (epoch + 1) % self.validation_freq == 0
        return (epoch + 1) in self.validation_freq


class Runner:
    """Runs a model's train or test step over chunks, with the state in the model's variables.

    Args:
        model: what has the steps and the variables.
        mode: `"train"` or `"test"`.
        guard: keeps Ctrl-C from losing the state.
    """

    def __init__(self, model: Any, mode: str, guard: InterruptGuard | None = None):
        self._model = model
        self._guard = guard or InterruptGuard()
        self._program = model._programs_for(mode, StepProgram)
        self._groups = model._state_groups(mode)
        self._in_flight: deque[Any] = deque()
        self._separate_shared_arrays()

    def _separate_shared_arrays(self) -> None:
        """Give each variable an array of its own: a donated one can't serve two."""
        seen: set[int] = set()
        for variable in (v for group in self._groups for v in group):
            if id(variable._value) in seen:
                variable._value = jax.numpy.array(variable._value, copy=True)
            seen.add(id(variable._value))

    def loops(self, arrays: Any, batches: Any) -> bool:
        """Whether several steps should run in one compiled loop, given the first batch."""
        return self._program.loops(self._state(), arrays, batches)

    def run(self, arrays: Any, chunk: Chunk) -> dict[str, Any]:
        """Run a chunk's steps and store the new state; returns the logs after the last one.

        Args:
            arrays: the feed's arrays on the device, or None.
            chunk: the batches.
        """
        with self._guard.held():
            logs, new = self._program(self._state(), arrays, chunk)
            for group, values in zip(self._groups, new, strict=True):
                write(group, values)
        self._in_flight.append(logs)
        if len(self._in_flight) > _IN_FLIGHT:
            jax.block_until_ready(self._in_flight.popleft())
        return logs

    def _state(self) -> tuple[list[Any], ...]:
        return tuple([v._value for v in group] for group in self._groups)


def fit(model: Any, source: Any, plan: FitPlan, callbacks: Any) -> None:
    """Train a model.

    Args:
        model: what has the steps, the variables and `stop_training`.
        source: the training data.
        plan: epochs, steps and validation.
        callbacks: the `CallbackList`.
    """
    plan.check()
    with InterruptGuard() as guard:
        runner, feed = Runner(model, "train", guard), make_feed(source)
        interval = callbacks.batch_interval("train")
        pace = model._pace_for(source, interval)
        model.stop_training = False
        plugins.observe("kerax_run_started", model=model, params=callbacks.params)
        callbacks.on_train_begin()
        logs: dict[str, Any] = {}
        for epoch in range(plan.initial_epoch, plan.epochs):
            model.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            feed.start(epoch)
            last = _run_epoch(model, runner, feed, pace, callbacks)
            if last is None:
                break  # a source without an end of its own ran out, and has warned
            logs = _numbers(last)
            source.on_epoch_end()
            if plan.validates_after(epoch):
                results = plan.validate()  # type: ignore[misc]  # validates_after checked it
                logs.update({f"val_{name}": value for name, value in results.items()})
            callbacks.on_epoch_end(epoch, logs)
            plugins.observe("kerax_epoch_finished", model=model, epoch=epoch, logs=logs)
            if model.stop_training:
                break
        callbacks.on_train_end(logs)
        plugins.observe("kerax_run_finished", model=model, logs=logs)


def _run_epoch(
    model: Any, runner: Runner, feed: Any, pace: Pace, callbacks: Any
) -> dict[str, Any] | None:
    """Run one epoch, chunk by chunk; returns the last step's logs, or None without data."""
    interval = callbacks.batch_interval("train")
    first = feed.first()
    if first is None:
        return None
    stacked = runner.loops(feed.arrays, first)
    done, logs = 0, None
    while not model.stop_training:
        chunk = feed.take(pace.next_steps(done), stacked)
        if chunk is None:
            break
        if interval:
            callbacks.on_train_batch_begin(done)
        logs = pace.run(chunk.steps, lambda c=chunk: runner.run(feed.arrays, c))
        done += chunk.steps
        if interval:
            callbacks.on_train_batch_end(done - 1, Logs(logs))
        callbacks.on_chunk_end("train", done - 1, Logs(logs))
    return logs


def evaluate(model: Any, source: Any, callbacks: Any) -> dict[str, Any]:
    """Evaluate a model; returns its metrics' results as floats.

    Args:
        model: what has the step and the variables.
        source: the data.
        callbacks: the `CallbackList`.
    """
    runner, feed = Runner(model, "test"), make_feed(source)
    interval = callbacks.batch_interval("test")
    pace = model._pace_for(source, interval, "test")
    model.reset_metrics()
    callbacks.on_test_begin()
    feed.start(0)
    first = feed.first()
    if first is None:  # a validation generator that gave all in earlier epochs, and has warned
        callbacks.on_test_end({})
        return {}
    stacked = runner.loops(feed.arrays, first)
    done, logs = 0, {}
    while (chunk := feed.take(pace.next_steps(done), stacked)) is not None:
        if interval:
            callbacks.on_test_batch_begin(done)
        logs = pace.run(chunk.steps, lambda c=chunk: runner.run(feed.arrays, c))
        done += chunk.steps
        if interval:
            callbacks.on_test_batch_end(done - 1, Logs(logs))
        callbacks.on_chunk_end("test", done - 1, Logs(logs))
    results = _numbers(logs)
    callbacks.on_test_end(results)
    return results


def predict(model: Any, source: Any, callbacks: Any) -> Any:
    """Return a model's outputs as numpy arrays `[samples, …]`.

    Args:
        model: what has the step and the variables.
        source: the data.
        callbacks: the `CallbackList`.
    """
    function = model._programs_for("predict", _predict_function)
    groups = model._state_groups("predict")
    interval = callbacks.batch_interval("predict")
    callbacks.on_predict_begin()
    outputs: list[Any] = []
    for step, batch in enumerate(source.batches(0)):
        if interval:
            callbacks.on_predict_batch_begin(step)
        state = tuple([v._value for v in group] for group in groups)
        output, rest = function(state, batch)
        write(groups[1], rest)
        outputs.append(output)
        if len(outputs) > _IN_FLIGHT:
            outputs[-_IN_FLIGHT - 1] = jax.tree.map(np.asarray, outputs[-_IN_FLIGHT - 1])
        if interval:
            callbacks.on_predict_batch_end(step, {"outputs": output})
        callbacks.on_chunk_end("predict", step, {})
    callbacks.on_predict_end()
    if not outputs:
        raise DataError("predict: the data gave no batch; wanted at least one.")
    return jax.tree.map(_joined, *outputs)


def _joined(*parts: Any) -> np.ndarray:
    if len(parts) == 1:
        return np.asarray(parts[0])
    return np.concatenate([np.asarray(part) for part in parts])


def _predict_function(model: Any, mode: str) -> Callable:
    def one(state: Any, batch: Any) -> Any:
        return model.predict_step(state, pack_x_y_sample_weight(*batch))

    return jax.jit(one) if model._compiled is None or model._compiled.jits else one


def _numbers(logs: dict[str, Any]) -> dict[str, Any]:
    """Logs as Python numbers, by name in alphabetical order as Keras gives them."""
    host = jax.device_get(logs)
    return {name: _number(host[name]) for name in sorted(host)}


def _number(value: Any) -> Any:
    array = np.asarray(value)
    return array.item() if array.ndim == 0 else array
