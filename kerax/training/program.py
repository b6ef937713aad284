"""The compiled form of a model's step: once, and in a loop."""

from collections.abc import Iterator
from typing import Any

import jax

from kerax.symbolic import trace_abstractly
from kerax.training.data import pack_x_y_sample_weight
from kerax.training.feed import Chunk, gather
from kerax.variable import current_placement

__all__ = ["StepProgram"]


class StepProgram:
    """A model's train or test step, compiled.

    The loop's number of steps is an argument, so chunks of every size run the same machine code
    and give the same bits; only a ragged last batch has another shape.

    Args:
        model: what has the steps.
        mode: `"train"` or `"test"`.
    """

    def __init__(self, model: Any, mode: str):
        self._model, self._mode = model, mode
        self._step = model.train_step if mode == "train" else model.test_step
        self._fixed = 0 if mode == "train" else 1  # evaluating leaves the weights as they are
        self._keeps_logs = model._overrides_step(mode)
        self._loops: bool | None = None
        self._jits = model._compiled.jits
        self._inner: Any = self._one
        self._once, self._many = self._one, self._several
        if self._jits:
            donated = (0,) if mode == "train" else ()
            self._inner = jax.jit(self._one)
            self._once = jax.jit(self._one, donate_argnums=donated)
            self._many = jax.jit(self._several, donate_argnums=donated)

    def __call__(self, state: Any, arrays: Any, chunk: Chunk) -> tuple[dict[str, Any], Any]:
        """Run a chunk's steps; returns the logs after the last one and the new state."""
        if chunk.stacked:
            return self._many(state, arrays, chunk.batches, chunk.start, chunk.steps)
        return self._once(state, arrays, chunk.batches)

    def loops(self, state: Any, arrays: Any, batches: Any) -> bool:
        """Whether steps are to run in a loop, given the first batch.

        Always, but where the CPU convolves: inside a loop XLA:CPU loses its fast convolutions and
        a step takes several times as long (a factor of 17 was measured for a weight gradient).
        """
        if self._loops is None:
            self._loops = bool(
                self._jits
                and not (
                    jax.default_backend() == "cpu"
                    and _convolves(self._inner.trace(state, arrays, batches).jaxpr.jaxpr)
                )
            )
        return self._loops

    def _one(self, state: Any, arrays: Any, batches: Any) -> tuple[dict[str, Any], Any]:
        data = pack_x_y_sample_weight(*gather(arrays, batches))
        logs, state = self._step(state, data)
        return logs, tuple(self._kept_in_place(state))

    def _kept_in_place(self, state: Any) -> Iterator[list[Any]]:
        """The new state, each value sharded over devices as its variable is."""
        groups = self._model._state_groups(self._mode)
        for variables, values in zip(groups, state, strict=True):
            if current_placement() is None:
                yield list(values)
            else:
                shardings = [variable._value.sharding for variable in variables]
                yield jax.lax.with_sharding_constraint(list(values), shardings)

    def _several(self, state: Any, arrays: Any, batches: Any, start: Any, steps: Any) -> Any:
        fixed, changing = state[: self._fixed], state[self._fixed :]

        def batch_at(i: Any) -> Any:
            return jax.tree.map(
                lambda x: jax.lax.dynamic_index_in_dim(x, i, keepdims=False), batches
            )

        def body(i: Any, carry: Any) -> Any:
            _, now = carry
            logs, new = self._inner((*fixed, *now), arrays, batch_at(i))
            return (logs if self._keeps_logs else {}), new[self._fixed :]

        before: Any = {}
        if self._keeps_logs:
            logs, _ = trace_abstractly(self._inner, state, arrays, batch_at(0))
            before = jax.tree.map(lambda x: jax.numpy.zeros(x.shape, x.dtype), logs)
        logs, changing = jax.lax.fori_loop(start, start + steps, body, (before, changing))
        if not self._keeps_logs:
            logs = self._model._results_of(list(changing[-1]))
        return logs, (*fixed, *changing)


def _convolves(jaxpr: Any) -> bool:
    """Whether a convolution stands in a jaxpr, at any depth."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "conv_general_dilated":
            return True
        for value in equation.params.values():
            for inner in value if isinstance(value, (list, tuple)) else (value,):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns") and _convolves(inner):
                    return True
    return False
