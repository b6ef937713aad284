"""Checks for callbacks, in real runs of a tiny model."""

import contextlib
import functools
import io
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerax import models
from kerax.layers import Dense, Input
from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.comparing import assert_equal_results
from kerax.testing.subject import Subject, register_pure_call
from kerax.training.callbacks import Callback

__all__: list[str] = []

_STEPS, _EPOCHS, _BATCH = 3, 3, 4
_HOOKS = (
    *("on_epoch_begin", "on_epoch_end"),
    *(
        f"on_{mode}{part}_{edge}"
        for mode in ("train", "test", "predict")
        for part in ("", "_batch")
        for edge in ("begin", "end")
    ),
)

Event = tuple[str, int | None]


class _Recorder(Callback):
    """Notes every hook with its number and the names and values in its logs."""

    every = 1

    def __init__(self, stop_after: int | None = None):
        super().__init__()
        self.events: list[Event] = []
        self.logs: list[dict[str, float]] = []
        self.stop_after = stop_after

    def note(self, hook: str, *arguments: Any) -> None:
        """Note one call of a hook."""
        logs = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
        number = arguments[0] if arguments and isinstance(arguments[0], int) else None
        self.events.append((hook, number))
        scalars = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
        self.logs.append(scalars)
        if hook == "on_epoch_end" and number == self.stop_after:
            self.model.stop_training = True


def _noting(hook: str) -> Callable[..., None]:
    def note(self: _Recorder, *arguments: Any, logs: Any = None) -> None:
        self.note(hook, *arguments, *(() if logs is None else (logs,)))

    return note


for _hook in _HOOKS:
    setattr(_Recorder, _hook, _noting(_hook))


@functools.cache
def _data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(_STEPS * _BATCH, 3)).astype("float32")
    return x, x.sum(-1, keepdims=True)


@functools.cache
def _made_model() -> tuple[Any, list[np.ndarray]]:
    model = models.Sequential([Input((3,)), Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    model.optimizer.build(model.trainable_variables)
    model.optimizer.learning_rate = 0.05
    return model, [np.asarray(v.value) for v in (*model.variables, *model.optimizer.variables)]


@contextlib.contextmanager
def _model() -> Iterator[Any]:
    """Lend the one model, in its first state, with its prints and warnings kept aside."""
    model, values = _made_model()
    for variable, value in zip((*model.variables, *model.optimizer.variables), values, strict=True):
        variable.assign(value)
    model.stop_training = False
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield model


def _fit(model: Any, callbacks: list[Any], validation: bool = True, **options: Any) -> None:
    x, y = _data()
    if validation:
        options["validation_data"] = (x[:_BATCH], y[:_BATCH] + 1)
    options = {"epochs": _EPOCHS, "batch_size": _BATCH, "shuffle": False, "verbose": 0} | options
    model.fit(x, y, callbacks=callbacks, **options)


def _no_pure_call(subject: Subject, case: Case) -> Any:
    raise TypeError("a callback is not a function of arrays")


register_pure_call("callback", _no_pure_call, lambda subject: ())


@check("callback.runs_in_fit", "callback")
def runs_in_fit(subject: Subject, case: Case) -> None:
    """It runs in `fit` with validation, and knows the model and the run's parameters."""
    callback = subject.make(case)
    with _model() as model:
        _fit(model, [callback])
        assert callback.model is model, (
            f"callback.model is {callback.model!r}; call super().set_model(model)"
        )
        wanted = {"epochs", "steps", "verbose"}
        got = set(callback.params or ())
        assert wanted <= got, f"callback.params has {sorted(got)}; call super().set_params(params)"


@check("callback.runs_without_validation", "callback")
def runs_without_validation(subject: Subject, case: Case) -> None:
    """It runs in `fit` without validation, where the logs have no `val_*`."""
    with _model() as model:
        _fit(model, [subject.make(case)], validation=False)


@check("callback.unknown_steps", "callback")
def unknown_steps(subject: Subject, case: Case) -> None:
    """It runs where nobody knows how many steps an epoch has: `params["steps"]` is None."""
    x, y = _data()
    batches = ((x[i : i + _BATCH], y[i : i + _BATCH]) for i in range(0, len(x), _BATCH))
    with _model() as model:
        model.fit(batches, epochs=1, verbose=0, callbacks=[subject.make(case)])


@check("callback.runs_in_evaluate_and_predict", "callback")
def runs_in_evaluate_and_predict(subject: Subject, case: Case) -> None:
    """It runs in `evaluate` and `predict`, before any `fit`."""
    x, y = _data()
    with _model() as model:
        model.evaluate(x, y, verbose=0, callbacks=[subject.make(case)])
        model.predict(x, verbose=0, callbacks=[subject.make(case)])


@check("callback.hook_order", "callback")
def hook_order(subject: Subject, case: Case) -> None:
    """Other callbacks see every hook in Keras' order; if it stops the training, up to there."""
    alone, beside = _Recorder(), _Recorder()
    with _model() as model:
        _fit(model, [alone])
    with _model() as model:
        _fit(model, [subject.make(case), beside])
        stopped = model.stop_training
    got, wanted = beside.events, alone.events
    for index, (event, right) in enumerate(zip(got[:-1], wanted, strict=False)):
        if event != right and stopped and right[0] == "on_train_batch_begin":
            return
        assert event == right, f"hook {index}: got {event}; wanted {right}"
    if not stopped:
        assert len(got) == len(wanted), f"got {len(got)} hooks; wanted {len(wanted)}"
    assert got[-1] == ("on_train_end", None), f"the last hook is {got[-1]}; wanted on_train_end"


@check("callback.logs_kept", "callback")
def logs_kept(subject: Subject, case: Case) -> None:
    """The logs that come after it still hold what they held before it; it may add names."""
    before, after = _Recorder(), _Recorder()
    with _model() as model:
        _fit(model, [before, subject.make(case), after])
    for event, given, left in zip(before.events, before.logs, after.logs, strict=True):
        lost = sorted(given.keys() - left.keys())
        assert not lost, f"{event[0]}: it took {', '.join(lost)} out of the logs"
        same = {name: np.isclose(given[name], left[name], equal_nan=True) for name in given}
        changed = [name for name, equal in same.items() if not equal]
        assert not changed, f"{event[0]}: it changed {', '.join(changed)} in the logs"


@check("callback.second_fit_as_first", "callback")
def second_fit_as_first(subject: Subject, case: Case) -> None:
    """In a second `fit`, from the same state, the same instance does what it did in the first."""
    callback = subject.make(case)
    runs = []
    for _ in range(2):
        recorder = _Recorder()
        with _model() as model:
            _fit(model, [callback, recorder])
            state = [np.asarray(v.value) for v in (*model.variables, *model.optimizer.variables)]
        runs.append((recorder, state))
    (first, before), (second, after) = runs
    got, wanted = (sum(e[0] == "on_epoch_end" for e in r.events) for r in (second, first))
    assert got == wanted, (
        f"the second fit ran {got} epochs, the first {wanted}; reset state in on_train_begin"
    )
    what = "variables after the second fit (reset state in on_train_begin)"
    assert_equal_results(after, before, what, 0, 0)


@check("callback.copy_as_original", "callback")
def copy_as_original(subject: Subject, case: Case) -> None:
    """A copy of it that went through pickle does in `fit` what it does itself."""
    callback = subject.make(case)
    runs = []
    for each in (pickle.loads(pickle.dumps(callback)), callback):
        with _model() as model:
            _fit(model, [each])
            runs.append([np.asarray(v.value) for v in model.variables])
    assert_equal_results(runs[0], runs[1], "weights after a fit with the copy", 0, 0)


@check("callback.stop_honoured", "callback")
def stop_honoured(subject: Subject, case: Case) -> None:
    """Where another callback stops the training, before it or after it, it ends there."""
    for place in (0, 1):
        recorder = _Recorder(stop_after=0)
        callbacks = [subject.make(case)]
        callbacks.insert(place, recorder)
        with _model() as model:
            _fit(model, callbacks)
        epochs = sum(event[0] == "on_epoch_end" for event in recorder.events)
        assert epochs == 1, (
            f"stop_training was set in epoch 0; {epochs} epochs ran. Set model.stop_training to "
            "True only, and leave it alone otherwise"
        )


@check("callback.every", "callback")
def every(subject: Subject, case: Case) -> None:
    """`every` is None or a whole number of batches from 1."""
    value = getattr(subject.make(case), "every", None)
    good = value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)
    assert good, f"every is {value!r}; wanted None or a whole number from 1"


@check("callback.two_models", "callback")
def two_models(subject: Subject, case: Case) -> None:
    """Two instances share nothing: one in use does not change what the other does."""
    runs = []
    for busy in (True, False):
        idle = subject.make(case)
        if busy:
            with _model() as model:
                _fit(model, [subject.make(case)])
        recorder = _Recorder()
        with _model() as model:
            _fit(model, [idle, recorder])
            runs.append([np.asarray(v.value) for v in model.variables])
    what = "weights after a fit, with another instance used before"
    assert_equal_results(runs[0], runs[1], what, 0, 0)
