"""AdamW that needs no schedule of the learning rate."""

from typing import Any, NamedTuple, Unpack

import jax
import jax.numpy as jnp
import optax

from kerax.optimizers.base import Options
from kerax_optimizers.transform import TransformOptimizer

__all__ = ["ScheduleFreeAdamW", "schedule_free_adam"]


class ScheduleFreeState(NamedTuple):
    """The points that Adam moves, and the running mean squares."""

    momentum: Any
    velocity: Any


def schedule_free_adam(
    beta_1: float, beta_2: float, epsilon: float, warmup_steps: int = 0
) -> optax.GradientTransformationExtraArgs:
    r"""Make the rule of `ScheduleFreeAdamW`, the learning rate included.

    `optax.contrib.schedule_free_adamw` weighs the points of the average by the squared learning
    rate and keeps their sum as state; in Keras all points weigh the same.

    Args:
        beta_1: share of the average in where gradients are taken.
        beta_2: decay of the mean square.
        epsilon: added to the corrected root.
        warmup_steps: over how many steps the rate rises to its full value.

    Returns:
        A transformation whose `update` takes `count`, the updates so far, and `learning_rate`.
    """

    def init(params: Any) -> ScheduleFreeState:
        return ScheduleFreeState(params, jax.tree.map(jnp.zeros_like, params))

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        step = (extra["count"] + 1).astype(jnp.float32)
        rate = extra["learning_rate"] * jnp.minimum(1.0, step / max(warmup_steps, 1))
        share = 1 / step
        v = optax.update_moment(updates, state.velocity, beta_2, 2)
        corrected = optax.bias_correction(v, beta_2, extra["count"] + 1)

        def point(z: Any, g: Any, v: Any) -> Any:
            return z - rate.astype(z.dtype) * g / (jnp.sqrt(v) + epsilon)

        def change(y: Any, old: Any, new: Any) -> Any:
            # What the average x adds to y, beta_1 * x, is known from y and the old point.
            kept = (1 - share).astype(y.dtype) * (y - (1 - beta_1) * old)
            return kept + (1 - beta_1 * (1 - share)).astype(y.dtype) * new - y

        z = jax.tree.map(point, state.momentum, updates, corrected)
        return jax.tree.map(change, params, state.momentum, z), ScheduleFreeState(z, v)

    return optax.GradientTransformationExtraArgs(init, update)


class ScheduleFreeAdamW(TransformOptimizer):
    r"""AdamW whose averaging takes the place of a schedule.

    With Adam's corrected mean square \( \hat v \),
    \( z \leftarrow z - \eta \min(1, t / t_w) g / (\sqrt{\hat v} + \epsilon) \) and
    \( x \leftarrow (1 - 1/t) x + z / t \); the variables hold
    \( y = \beta_1 x + (1 - \beta_1) z \), where gradients are taken.

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        beta_1: \( \beta_1 \), within [0, 1].
        beta_2: decay of the mean square.
        epsilon: \( \epsilon \).
        warmup_steps: \( t_w \); 0 for none.
        **options: those of `Optimizer`; `weight_decay` shrinks \( y \).

    Example:
        >>> ScheduleFreeAdamW(warmup_steps=10).get_config()["epsilon"]
        1e-08

    Reference:
        Defazio et al., 2024, The Road Less Scheduled. Keras: keras.optimizers.ScheduleFreeAdamW,
        which also evaluates and saves at \( y \), and calls \( z \) momentum. With `beta_1=0`
        Keras gives NaN, and kerax plain steps.
    """

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    def transformation(self) -> optax.GradientTransformation:
        return schedule_free_adam(self.beta_1, self.beta_2, self.epsilon, self.warmup_steps)

    def get_config(self) -> dict[str, Any]:
        names = ("beta_1", "beta_2", "epsilon", "warmup_steps")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
