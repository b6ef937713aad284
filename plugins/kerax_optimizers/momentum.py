"""Kin of Adam made of optax' own rules: Adamax, Lamb and Lion."""

from typing import Any, ClassVar, NamedTuple, Unpack

import jax
import jax.numpy as jnp
import optax

from kerax.errors import ArgumentError
from kerax.optimizers.base import Options
from kerax_optimizers.transform import TransformOptimizer, by_learning_rate, with_given_count

__all__ = ["Adamax", "Lamb", "Lion", "scale_by_infinity_norm"]


class AdamaxState(NamedTuple):
    """Running means of the gradients, and their running largest sizes."""

    momentum: Any
    norm: Any


def scale_by_infinity_norm(
    beta_1: float, beta_2: float, epsilon: float
) -> optax.GradientTransformationExtraArgs:
    r"""Make Adamax' rule, with \( \epsilon \) beside the norm.

    `optax.scale_by_adamax` adds it to each gradient before the largest is taken.

    Args:
        beta_1: decay of the mean gradient.
        beta_2: decay of the norm.
        epsilon: added to the norm.

    Returns:
        A transformation whose `update` takes `count`, the updates so far.
    """

    def init(params: Any) -> AdamaxState:
        return AdamaxState(*(jax.tree.map(jnp.zeros_like, params) for _ in range(2)))

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        m = optax.update_moment(updates, state.momentum, beta_1, 1)
        norm = optax.update_infinity_moment(updates, state.norm, beta_2, 0.0)
        corrected = optax.bias_correction(m, beta_1, extra["count"] + 1)
        moved = jax.tree.map(lambda m, u: m / (u + epsilon), corrected, norm)
        return moved, AdamaxState(m, norm)

    return optax.GradientTransformationExtraArgs(init, update)


class Adamax(TransformOptimizer):
    r"""The running mean gradient over the largest gradient of late.

    \( m \leftarrow \beta_1 m + (1 - \beta_1) g \) and \( u \leftarrow \max(\beta_2 u, |g|) \),
    then \( w \leftarrow w - \frac{\eta}{1 - \beta_1^t} \frac{m}{u + \epsilon} \)

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        beta_1: \( \beta_1 \), within [0, 1).
        beta_2: \( \beta_2 \), within [0, 1).
        epsilon: \( \epsilon \).
        **options: those of `Optimizer`.

    Example:
        >>> Adamax().get_config()["beta_2"]
        0.999

    Reference:
        Kingma and Ba, 2015, Adam: A Method for Stochastic Optimization. Keras:
        keras.optimizers.Adamax
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def transformation(self) -> optax.GradientTransformation:
        scaled = scale_by_infinity_norm(self.beta_1, self.beta_2, self.epsilon)
        return optax.chain(scaled, by_learning_rate())

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("beta_1", "beta_2", "epsilon")}
        return {**super().get_config(), **own}


class Lamb(Adamax):
    r"""Adam's step, made as long for each variable as the variable itself.

    With Adam's corrected means, \( r = \hat m / (\sqrt{\hat v} + \epsilon) \) and
    \( w \leftarrow w - \eta \frac{\lVert w \rVert}{\lVert r \rVert} r \); where either norm is 0,
    their ratio counts as 1.

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        beta_1: decay of the mean gradient.
        beta_2: decay of the mean square.
        epsilon: \( \epsilon \).
        **options: those of `Optimizer`.

    Example:
        >>> Lamb().get_config()["epsilon"]
        1e-07

    Reference:
        You et al., 2020, Large Batch Optimization for Deep Learning. Keras: keras.optimizers.Lamb,
        where NaN in a gradient stays in its element; here it makes the norm and so all NaN.
    """

    slot_names: ClassVar[dict[str, str]] = {"mu": "momentum", "nu": "velocity"}

    def transformation(self) -> optax.GradientTransformation:
        scaled = optax.scale_by_adam(self.beta_1, self.beta_2, self.epsilon)
        return optax.chain(
            with_given_count(scaled), optax.scale_by_trust_ratio(), by_learning_rate()
        )


class Lion(TransformOptimizer):
    r"""Steps of one size along the sign of a running mean gradient.

    \( w \leftarrow w - \eta \, \mathrm{sign}(\beta_1 m + (1 - \beta_1) g) \), then
    \( m \leftarrow \beta_2 m + (1 - \beta_2) g \)

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        beta_1: share of the mean in a step, within (0, 1].
        beta_2: decay of the mean.
        **options: those of `Optimizer`.

    Raises:
        ArgumentError: for a `beta_1` out of range.

    Example:
        >>> Lion().get_config()["beta_2"]
        0.99

    Reference:
        Chen et al., 2023, Symbolic Discovery of Optimization Algorithms. Keras:
        keras.optimizers.Lion
    """

    slot_names: ClassVar[dict[str, str]] = {"mu": "momentum"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        if not 0 < beta_1 <= 1:
            raise ArgumentError(f"{self.name}: got beta_1={beta_1}; wanted one in (0, 1].")
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def transformation(self) -> optax.GradientTransformation:
        scaled = with_given_count(optax.scale_by_lion(self.beta_1, self.beta_2))
        return optax.chain(scaled, by_learning_rate())

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}
