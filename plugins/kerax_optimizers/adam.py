r"""Adam and its kin: the running mean gradient over the root of the running mean square.

optax' transformations are not used here. They add \( \epsilon \) to the corrected root
\( \sqrt{\hat v} \); Keras adds it to \( \sqrt{v} \) and puts both corrections into the rate, which
is the paper's second form. AMSGrad in Keras keeps the largest uncorrected \( v \), and Nadam in
Keras has Dozat's schedule of the momentum.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Unpack

import jax
import jax.numpy as jnp
import optax

from kerax.errors import ArgumentError
from kerax.optimizers.base import Options
from kerax_optimizers.transform import TransformOptimizer

__all__ = ["Adam", "AdamW", "Nadam", "scale_by_adam", "scale_by_nadam"]


class AdamState(NamedTuple):
    """Running means of the gradients and of their squares, and the largest of the latter."""

    momentum: Any
    velocity: Any
    velocity_hat: Any


class NadamState(NamedTuple):
    """Running means of the gradients and of their squares; the product of the momenta so far."""

    momentum: Any
    velocity: Any
    u_product: Any


def _zeros(params: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, params)


def scale_by_adam(
    beta_1: float, beta_2: float, epsilon: float, amsgrad: bool = False
) -> optax.GradientTransformationExtraArgs:
    r"""Make Adam's rule with Keras' place of \( \epsilon \), the learning rate included.

    Args:
        beta_1: decay of the mean gradient.
        beta_2: decay of the mean square.
        epsilon: added to the uncorrected root.
        amsgrad: whether to divide by the largest mean square so far.

    Returns:
        A transformation whose `update` takes `count`, the updates so far, and `learning_rate`.
    """

    def init(params: Any) -> AdamState:
        return AdamState(_zeros(params), _zeros(params), _zeros(params) if amsgrad else None)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        step = (extra["count"] + 1).astype(jnp.float32)
        correction = jnp.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        rate = extra["learning_rate"] * correction
        m = optax.update_moment(updates, state.momentum, beta_1, 1)
        v = optax.update_moment(updates, state.velocity, beta_2, 2)
        v_hat = jax.tree.map(jnp.maximum, state.velocity_hat, v) if amsgrad else None
        updates = jax.tree.map(
            lambda m, v: -m * rate.astype(m.dtype) / (jnp.sqrt(v) + epsilon),
            m,
            v_hat if amsgrad else v,
        )
        return updates, AdamState(m, v, v_hat)

    return optax.GradientTransformationExtraArgs(init, update)


def scale_by_nadam(
    beta_1: float, beta_2: float, epsilon: float
) -> optax.GradientTransformationExtraArgs:
    r"""Make Nadam's rule, the learning rate included.

    The momentum at step \( t \) is \( u_t = \beta_1 (1 - 0.5 \cdot 0.96^t) \), and means are
    corrected by the product of the momenta.

    Args:
        beta_1: limit of the momentum.
        beta_2: decay of the mean square.
        epsilon: added to the corrected root.

    Returns:
        A transformation whose `update` takes `count`, the updates so far, and `learning_rate`.
    """

    def init(params: Any) -> NadamState:
        return NadamState(_zeros(params), _zeros(params), jnp.ones((), jnp.float32))

    def momentum_at(step: Any) -> Any:
        return beta_1 * (1 - 0.5 * 0.96**step)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        step = (extra["count"] + 1).astype(jnp.float32)
        now, ahead = momentum_at(step), momentum_at(step + 1)
        product = state.u_product * now
        m = optax.update_moment(updates, state.momentum, beta_1, 1)
        v = optax.update_moment(updates, state.velocity, beta_2, 2)

        def move(g: Any, m: Any, v: Any) -> Any:
            past = (ahead / (1 - product * ahead)).astype(m.dtype) * m
            present = ((1 - now) / (1 - product)).astype(g.dtype) * g
            root = jnp.sqrt(v / (1 - beta_2**step).astype(v.dtype))
            return -extra["learning_rate"].astype(g.dtype) * (past + present) / (root + epsilon)

        return jax.tree.map(move, updates, m, v), NadamState(m, v, product)

    return optax.GradientTransformationExtraArgs(init, update)


class Adam(TransformOptimizer):
    r"""Steps from running means of the gradient and of its square.

    \( m \leftarrow \beta_1 m + (1 - \beta_1) g \) and
    \( v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \), then
    \( w \leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
    \frac{m}{\sqrt{v} + \epsilon} \)

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        beta_1: \( \beta_1 \), within [0, 1).
        beta_2: \( \beta_2 \), within [0, 1).
        epsilon: \( \epsilon \), the paper's "epsilon hat".
        amsgrad: whether to divide by the largest \( v \) so far.
        **options: those of `Optimizer`.

    Example:
        >>> Adam(0.1).get_config()["beta_1"]
        0.9

    Reference:
        Kingma and Ba, 2014, Adam. Reddi et al., 2018, On the Convergence of Adam and Beyond. Keras:
        keras.optimizers.Adam. The corrections are computed in float32 whatever the weights' type.
    """

    slot_order: Sequence[str] = ("velocity_hat",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    def transformation(self) -> optax.GradientTransformation:
        return scale_by_adam(self.beta_1, self.beta_2, self.epsilon, self.amsgrad)

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("beta_1", "beta_2", "epsilon", "amsgrad")}
        return {**super().get_config(), **own}


class AdamW(Adam):
    r"""Adam with weight decay that does not pass through the running means.

    Before Adam's step, \( w \leftarrow w - \eta \lambda w \).

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        weight_decay: \( \lambda \).
        beta_1: decay of the mean gradient.
        beta_2: decay of the mean square.
        epsilon: added to the root.
        amsgrad: whether to divide by the largest mean square so far.
        **options: those of `Optimizer`.

    Raises:
        ArgumentError: for `weight_decay=None`.

    Example:
        >>> AdamW().weight_decay
        0.004

    Reference:
        Loshchilov and Hutter, 2019, Decoupled Weight Decay Regularization. Keras:
        keras.optimizers.AdamW
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ):
        if weight_decay is None:
            raise ArgumentError("AdamW: got weight_decay=None; wanted a float, or use Adam.")
        options["weight_decay"] = weight_decay
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, **options)


class Nadam(TransformOptimizer):
    r"""Adam with Nesterov's look ahead and a momentum that grows with the steps.

    With \( u_t = \beta_1 (1 - 0.5 \cdot 0.96^t) \) and \( U_t = \prod_{s \le t} u_s \),
    \( w \leftarrow w - \eta (\frac{u_{t+1} m}{1 - U_{t+1}} + \frac{(1 - u_t) g}{1 - U_t}) /
    (\sqrt{v / (1 - \beta_2^t)} + \epsilon) \)

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        beta_1: limit of the momentum.
        beta_2: decay of the mean square.
        epsilon: added to the root.
        **options: those of `Optimizer`.

    Example:
        >>> Nadam().get_config()["beta_2"]
        0.999

    Reference:
        Dozat, 2016, Incorporating Nesterov Momentum into Adam. Keras: keras.optimizers.Nadam.
        optax.nadam keeps the momentum constant. The last variable, `u_product`, has in Keras an
        automatic name and the weights' type; here it is float32.
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
        return scale_by_nadam(self.beta_1, self.beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("beta_1", "beta_2", "epsilon")}
        return {**super().get_config(), **own}
