"""Optimizers whose step shrinks with the squared gradients summed so far."""

from typing import Any, ClassVar, NamedTuple, Unpack

import jax
import jax.numpy as jnp
import optax

from kerax.errors import ArgumentError
from kerax.optimizers.base import Options
from kerax_optimizers.transform import TransformOptimizer, by_learning_rate

__all__ = ["Adadelta", "Adagrad", "Ftrl", "follow_regularized_leader"]


class Adagrad(TransformOptimizer):
    r"""The gradient divided by the root of the sum of all squared gradients.

    \( n \leftarrow n + g^2 \) and \( w \leftarrow w - \eta g / \sqrt{n + \epsilon} \)

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        initial_accumulator_value: the first \( n \), not negative.
        epsilon: \( \epsilon \), under the root.
        **options: those of `Optimizer`.

    Raises:
        ArgumentError: for a negative `initial_accumulator_value`.

    Example:
        >>> Adagrad().get_config()["initial_accumulator_value"]
        0.1

    Reference:
        Duchi et al., 2011, Adaptive Subgradient Methods. Keras: keras.optimizers.Adagrad. Where
        \( n = \epsilon = 0 \) the step is 0, and not NaN.
    """

    slot_names: ClassVar[dict[str, str]] = {"sum_of_squares": "accumulator"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        _check_start(self.name, initial_accumulator_value)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def transformation(self) -> optax.GradientTransformation:
        scaled = optax.scale_by_rss(self.initial_accumulator_value, self.epsilon)
        return optax.chain(scaled, by_learning_rate())

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("initial_accumulator_value", "epsilon")}
        return {**super().get_config(), **own}


class Adadelta(TransformOptimizer):
    r"""The gradient times the running size of the steps over its own running size.

    \( n \leftarrow \rho n + (1 - \rho) g^2 \),
    \( d = g \sqrt{s + \epsilon} / \sqrt{n + \epsilon} \),
    \( s \leftarrow \rho s + (1 - \rho) d^2 \) and \( w \leftarrow w - \eta d \)

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable; 1 in the paper.
        rho: \( \rho \), how much of the running means stays each step.
        epsilon: \( \epsilon \), under the roots.
        **options: those of `Optimizer`.

    Example:
        >>> Adadelta(1.0).get_config()["rho"]
        0.95

    Reference:
        Zeiler, 2012, ADADELTA: An Adaptive Learning Rate Method. Keras: keras.optimizers.Adadelta
    """

    slot_names: ClassVar[dict[str, str]] = {
        "e_g": "accumulated_grad",
        "e_x": "accumulated_delta_var",
    }

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        self.rho = rho
        self.epsilon = epsilon

    def transformation(self) -> optax.GradientTransformation:
        return optax.chain(optax.scale_by_adadelta(self.rho, self.epsilon), by_learning_rate())

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


class FtrlState(NamedTuple):
    """Sums of the squared gradients, and of the gradients less what the weights made of them."""

    accumulator: Any
    linear: Any


def follow_regularized_leader(
    power: float = 0.5,
    start: float = 0.1,
    l1: float = 0.0,
    l2: float = 0.0,
    shrinkage: float = 0.0,
    beta: float = 0.0,
) -> optax.GradientTransformationExtraArgs:
    """Make the rule of `Ftrl`, the learning rate included; optax has none.

    Args:
        power: what the sum of squares is raised to.
        start: the first sum of squares.
        l1: strength of the absolute penalty.
        l2: strength of the squared penalty.
        shrinkage: strength of the squared penalty that acts through the gradient.
        beta: added to the root of the sum of squares.

    Returns:
        A transformation whose `update` takes `learning_rate`.
    """

    def init(params: Any) -> FtrlState:
        squares = jax.tree.map(lambda p: jnp.full_like(p, start), params)
        return FtrlState(squares, jax.tree.map(jnp.zeros_like, params))

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        idle = extra["learning_rate"] == 0
        given = jnp.where(idle, 1.0, extra["learning_rate"])

        def step(g: Any, w: Any, n: Any, z: Any) -> tuple[Any, ...]:
            rate = given.astype(w.dtype)
            squares = n + g * g
            linear = z + g + 2 * shrinkage * w - (squares**power - n**power) / rate * w
            curvature = (squares**power + beta) / rate + 2 * l2
            move = (jnp.clip(linear, -l1, l1) - linear) / curvature - w
            new = (move, squares, linear)
            return tuple(jnp.where(idle, o, x) for o, x in zip((0, n, z), new, strict=True))

        triples = jax.tree.map(step, updates, params, state.accumulator, state.linear)
        outer, inner = jax.tree.structure(params), jax.tree.structure((0, 0, 0))
        moves, squares, linear = jax.tree.transpose(outer, inner, triples)
        return moves, FtrlState(squares, linear)

    return optax.GradientTransformationExtraArgs(init, update)


class Ftrl(TransformOptimizer):
    r"""Follows the leader of a regularized problem, so that many weights become 0.

    With \( g' = g + 2 \lambda_s w \), \( n' = n + g^2 \) and
    \( z \leftarrow z + g' - (n'^{-p} - n^{-p}) w / \eta \), the weight is
    \( w = (\mathrm{clip}(z, \pm \lambda_1) - z) / ((n'^{-p} + \beta) / \eta + 2 \lambda_2) \).

    Args:
        learning_rate: \( \eta \): a float, a schedule or a callable.
        learning_rate_power: \( p \), 0 or below.
        initial_accumulator_value: the first \( n \), not negative.
        l1_regularization_strength: \( \lambda_1 \), not negative.
        l2_regularization_strength: \( \lambda_2 \), not negative.
        l2_shrinkage_regularization_strength: \( \lambda_s \), not negative.
        beta: \( \beta \).
        **options: those of `Optimizer`.

    Raises:
        ArgumentError: for values out of range.

    Example:
        >>> Ftrl(l1_regularization_strength=0.1).get_config()["learning_rate_power"]
        -0.5

    Reference:
        McMahan et al., 2013, Ad Click Prediction. Keras: keras.optimizers.Ftrl, which gives NaN at
        a learning rate of 0; here nothing changes then.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Unpack[Options],
    ):
        super().__init__(learning_rate, **options)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta
        _check_start(self.name, initial_accumulator_value)
        self._check()

    def _check(self) -> None:
        strengths = {key: value for key, value in self._own().items() if "strength" in key}
        if self.learning_rate_power > 0 or any(value < 0 for value in strengths.values()):
            raise ArgumentError(
                f"{self.name}: got learning_rate_power={self.learning_rate_power} and {strengths}; "
                "wanted a power of 0 or below and strengths that are not negative."
            )

    def transformation(self) -> optax.GradientTransformation:
        power, *others = self._own().values()
        return follow_regularized_leader(-power, *others)

    def _own(self) -> dict[str, Any]:
        names = (
            "learning_rate_power",
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
            "beta",
        )
        return {name: getattr(self, name) for name in names}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._own()}


def _check_start(where: str, value: float) -> None:
    if value < 0:
        raise ArgumentError(
            f"{where}: got initial_accumulator_value={value}; wanted one that is not negative."
        )
