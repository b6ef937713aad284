"""Optimizers that follow the gradient itself, or the gradient over its running size."""

from typing import Any, ClassVar, Unpack

import optax

from kerax.errors import ArgumentError
from kerax.optimizers.base import Options
from kerax_optimizers.transform import TransformOptimizer, by_learning_rate

__all__ = ["SGD", "RMSprop"]


class SGD(TransformOptimizer):
    r"""Gradient descent, with momentum where asked.

    \( m \leftarrow \mu m - \eta g \) and \( w \leftarrow w + m \); with Nesterov's rule
    \( w \leftarrow w + \mu m - \eta g \), where \( m \) is the new one.

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        momentum: \( \mu \), within [0, 1].
        nesterov: whether to look ahead along the momentum.
        **options: those of `Optimizer`.

    Raises:
        ArgumentError: for a momentum out of range.

    Example:
        >>> SGD(0.1, momentum=0.9).get_config()["momentum"]
        0.9

    Reference:
        Sutskever et al., 2013, On the Importance of Initialization and Momentum in Deep Learning.
        Keras: keras.optimizers.SGD. optax.sgd keeps the learning rate out of the momentum.
    """

    slot_names: ClassVar[dict[str, str]] = {"trace": "momentum"}

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ArgumentError(f"{self.name}: got momentum={momentum!r}; wanted one in [0, 1].")
        self.momentum = momentum
        self.nesterov = nesterov

    def transformation(self) -> optax.GradientTransformation:
        if not self.momentum:
            return by_learning_rate()
        return optax.chain(by_learning_rate(), optax.trace(self.momentum, self.nesterov))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class RMSprop(TransformOptimizer):
    r"""The gradient divided by the root of its running mean square.

    \( v \leftarrow \rho v + (1 - \rho) g^2 \) and
    \( w \leftarrow w - \eta g / \sqrt{v + \epsilon} \); centered, \( v \) less the square of the
    running mean gradient stands under the root. Momentum, where asked, sums these steps.

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        rho: \( \rho \), how much of the running mean stays each step.
        momentum: how much of the last step is added to the next, within [0, 1].
        epsilon: \( \epsilon \), under the root.
        centered: whether to divide by the standard deviation.
        **options: those of `Optimizer`.

    Raises:
        ArgumentError: for a momentum out of range.

    Example:
        >>> RMSprop(rho=0.8).get_config()["rho"]
        0.8

    Reference:
        Tieleman and Hinton, 2012, Lecture 6.5, Neural Networks for Machine Learning. Keras:
        keras.optimizers.RMSprop. It is optax.rmsprop with `eps_in_sqrt`.
    """

    slot_names: ClassVar[dict[str, str]] = {
        "nu": "velocity",
        "trace": "momentum",
        "mu": "average_gradient",
    }
    slot_order = ("nu", "trace", "mu")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        if not 0 <= momentum <= 1:
            raise ArgumentError(f"{self.name}: got momentum={momentum!r}; wanted one in [0, 1].")
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def transformation(self) -> optax.GradientTransformation:
        scaled = optax.scale_by_stddev if self.centered else optax.scale_by_rms
        step = optax.chain(scaled(self.rho, self.epsilon, eps_in_sqrt=True), by_learning_rate(1))
        if self.momentum:
            step = optax.chain(step, optax.trace(self.momentum))
        return optax.chain(step, optax.scale(-1.0))

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("rho", "momentum", "epsilon", "centered")}
        return {**super().get_config(), **own}
