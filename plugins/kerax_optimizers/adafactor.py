"""Adafactor: mean squares of matrices kept as one row and one column."""

from typing import Any, NamedTuple, Unpack

import jax
import jax.numpy as jnp
import numpy as np
import optax

from kerax.optimizers.base import Options
from kerax.variable import Variable
from kerax_optimizers.transform import TransformOptimizer, by_learning_rate

__all__ = ["Adafactor", "scale_by_factors"]


class FactoredState(NamedTuple):
    """Mean squares over the last axis, over the one before it, and of each element."""

    rows: Any
    columns: Any
    velocity: Any


def scale_by_factors(decay: float, epsilon: float) -> optax.GradientTransformationExtraArgs:
    r"""Divide gradients by the root of mean squares that are kept in two factors.

    `optax.scale_by_factored_rms` factors the two longest axes, and only long ones; Keras the last
    two, whatever their lengths. Variables with fewer axes have their mean square in full.

    Args:
        decay: \( d < 0 \): the means' decay at step \( t \) is \( 1 - t^d \).
        epsilon: added to the squares.

    Returns:
        A transformation whose `update` takes `count`, the updates so far.
    """

    def init(params: Any) -> FactoredState:
        none = jnp.zeros((), jnp.int32)  # Keras saves something for variables without factors too
        rows = [jnp.zeros(p.shape[:-1], p.dtype) if p.ndim > 1 else none for p in params]
        columns = [
            jnp.zeros(p.shape[:-2] + p.shape[-1:], p.dtype) if p.ndim > 1 else none for p in params
        ]
        return FactoredState(rows, columns, jax.tree.map(jnp.zeros_like, params))

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        kept = 1 - (extra["count"] + 1).astype(jnp.float32) ** decay

        def mean(old: Any, new: Any) -> Any:
            return (kept * old + (1 - kept) * new).astype(new.dtype)

        def squares(g: Any, row: Any, column: Any, v: Any) -> tuple[Any, Any, Any]:
            square = jnp.square(g) + epsilon
            if g.ndim < 2:
                return row, column, mean(v, square)
            row, column = mean(row, square.mean(-1)), mean(column, square.mean(-2))
            share = row / row.mean(-1, keepdims=True)
            return row, column, share[..., None] * column[..., None, :]

        triples = [squares(*of) for of in zip(updates, *state, strict=True)]
        state = FactoredState(*(list(each) for each in zip(*triples, strict=True)))
        return jax.tree.map(lambda g, v: g / jnp.sqrt(v), updates, state.velocity), state

    return optax.GradientTransformationExtraArgs(init, update)


def _by_relative_rate() -> optax.GradientTransformationExtraArgs:
    r"""Multiply updates by \( -\min(\eta, 1 / \sqrt{t}) \)."""
    plain = by_learning_rate()

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        highest = 1 / jnp.sqrt((extra["count"] + 1).astype(jnp.float32))
        rate = jnp.minimum(extra["learning_rate"], highest)
        return plain.update(updates, state, params, learning_rate=rate)

    return optax.GradientTransformationExtraArgs(plain.init, update)


class Adafactor(TransformOptimizer):
    r"""Steps in proportion to each variable's size, with mean squares kept in two factors.

    With \( \beta = 1 - t^d \), rows and columns of \( g^2 + \epsilon_1 \) are averaged over the
    steps, and \( v \) is their product over the rows' mean. Then \( u = g / \sqrt v \) and
    \( w \leftarrow w - \max(\epsilon_2, \mathrm{rms}(w)) \min(\eta, 1 / \sqrt t) \,
    u / \max(1, \mathrm{rms}(u) / c) \).

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        beta_2_decay: \( d \), below 0.
        epsilon_1: \( \epsilon_1 \), added to the squared gradient.
        epsilon_2: \( \epsilon_2 \), the least size of a variable.
        clip_threshold: \( c \), the largest root mean square of a step.
        relative_step: kept for Keras' signature: the rate is always at most \( 1 / \sqrt t \).
        **options: those of `Optimizer`.

    Example:
        >>> Adafactor().get_config()["clip_threshold"]
        1.0

    Reference:
        Shazeer and Stern, 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost.
        Keras: keras.optimizers.Adafactor, which also saves \( v \) in full.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def transformation(self) -> optax.GradientTransformation:
        return optax.chain(
            scale_by_factors(self.beta_2_decay, self.epsilon_1),
            optax.clip_by_block_rms(self.clip_threshold),
            optax.scale_by_param_block_rms(self.epsilon_2),
            _by_relative_rate(),
        )

    def _place_of(self, path: tuple, leaf: Any) -> tuple[int | None, str, str]:
        index, field = path[-1].idx, path[-2].name
        variable = self._trainable_variables[index]
        name = variable.name if field != "velocity" else f"{self._var_key(variable)}_velocity"
        return index, field, name

    def _new_slot(self, owner: int | None, name: str, value: Any) -> Variable:
        variable = self._trainable_variables[owner or 0]
        if value.dtype != np.int32:
            return super()._new_slot(owner if value.shape == variable.shape else None, name, value)
        # Such a one stands under no optimizer's name in Keras.
        slot = Variable(value, dtype="int32", trainable=False, name=name)
        self._track(slot)
        return slot

    def get_config(self) -> dict[str, Any]:
        names = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
