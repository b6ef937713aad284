"""Learning-rate schedules; optax' where its formula is Keras'."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from kerax.errors import ArgumentError
from kerax.optimizers.schedules import LearningRateSchedule

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]


class _Schedule(LearningRateSchedule):
    """Keeps the constructor's arguments as attributes of the same names."""

    name: str
    _fields: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*self._fields, "name")}

    def _check_steps(self, **steps: Any) -> None:
        for name, value in steps.items():
            if value is None or value <= 0:
                raise ArgumentError(f"{self.name}: got {name}={value!r}; wanted one above 0.")


def _float(step: Any) -> Any:
    return jnp.asarray(step, jnp.float32)


class ExponentialDecay(_Schedule):
    r"""A rate multiplied by a constant factor every so many steps.

    \( \eta_t = \eta_0 r^{t / n} \), with \( \lfloor t / n \rfloor \) in stairs.

    Args:
        initial_learning_rate: \( \eta_0 \).
        decay_steps: \( n > 0 \).
        decay_rate: \( r \).
        staircase: whether the rate changes only every \( n \) steps.
        name: its name.

    Raises:
        ArgumentError: for `decay_steps` below 1.

    Example:
        >>> float(ExponentialDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
        0.25

    Reference:
        Keras: keras.optimizers.schedules.ExponentialDecay, where a whole-number first rate makes
        all rates whole numbers; here they are floats.
    """

    _fields = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ):
        self.name = name
        self._check_steps(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase

    def __call__(self, step: Any) -> Any:
        return optax.exponential_decay(
            float(self.initial_learning_rate),
            self.decay_steps,
            self.decay_rate,
            staircase=self.staircase,
        )(_float(step))


class InverseTimeDecay(_Schedule):
    r"""A rate that falls with the inverse of the step.

    \( \eta_t = \eta_0 / (1 + r t / n) \), with \( \lfloor t / n \rfloor \) in stairs.

    Args:
        initial_learning_rate: \( \eta_0 \).
        decay_steps: \( n > 0 \).
        decay_rate: \( r \).
        staircase: whether the rate changes only every \( n \) steps.
        name: its name.

    Raises:
        ArgumentError: for `decay_steps` below 1.

    Example:
        >>> float(InverseTimeDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
        0.5

    Reference:
        Keras: keras.optimizers.schedules.InverseTimeDecay
    """

    _fields = ExponentialDecay._fields

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ):
        self.name = name
        self._check_steps(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase

    def __call__(self, step: Any) -> Any:
        passed = _float(step) / self.decay_steps
        passed = jnp.floor(passed) if self.staircase else passed
        return self.initial_learning_rate / (1 + self.decay_rate * passed)


class PiecewiseConstantDecay(_Schedule):
    r"""A rate constant between boundaries: `values[i]` up to and including `boundaries[i]`.

    Args:
        boundaries: steps, rising.
        values: rates, one more than boundaries.
        name: its name.

    Raises:
        ArgumentError: where there is not one value more than boundaries.

    Example:
        >>> rate = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
        >>> float(rate(10)), float(rate(11))
        (1.0, 0.5)

    Reference:
        Keras: keras.optimizers.schedules.PiecewiseConstantDecay
    """

    _fields = ("boundaries", "values")

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ):
        if len(boundaries) != len(values) - 1:
            raise ArgumentError(
                f"{name}: got {len(boundaries)} boundaries and {len(values)} values; wanted one "
                "value more than boundaries."
            )
        self.name = name
        self.boundaries = boundaries
        self.values = values

    def __call__(self, step: Any) -> Any:
        index = jnp.sum(_float(step) > jnp.asarray(self.boundaries, jnp.float32))
        return jnp.asarray(self.values, jnp.float32)[index]


class PolynomialDecay(_Schedule):
    r"""A rate that falls to an end value along a power of the time left.

    \( \eta_t = (\eta_0 - \eta_n)(1 - t / n)^p + \eta_n \), constant after \( n \), or, with
    `cycle`, with the smallest multiple of \( n \) that is at least \( t \) in place of \( n \).

    Args:
        initial_learning_rate: \( \eta_0 \).
        decay_steps: \( n > 0 \).
        end_learning_rate: \( \eta_n \).
        power: \( p \).
        cycle: whether to rise again after every \( n \) steps.
        name: its name.

    Raises:
        ArgumentError: for `decay_steps` below 1.

    Example:
        >>> float(PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.0)(5))
        0.5

    Reference:
        Keras: keras.optimizers.schedules.PolynomialDecay
    """

    _fields = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ):
        self.name = name
        self._check_steps(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle

    def __call__(self, step: Any) -> Any:
        passed = _float(step) / self.decay_steps
        if self.cycle:
            passed = passed / jnp.maximum(jnp.ceil(passed), 1)
        # Cut after the division, which optax' form is not: a root of a rounding error below 0 is
        # not a number.
        left = 1 - jnp.minimum(passed, 1)
        start, end = self.initial_learning_rate, self.end_learning_rate
        return (start - end) * left**self.power + end


class CosineDecay(_Schedule):
    r"""A rate that falls along half a cosine, after a linear warm-up where asked.

    \( \eta_t = \eta_0 ((1 - \alpha) \frac{1 + \cos(\pi t / n)}{2} + \alpha) \), constant after
    \( n \). With a warm-up, \( \eta_0 \) is its target and \( t \) counts from its end.

    Args:
        initial_learning_rate: \( \eta_0 \), or where the warm-up begins.
        decay_steps: \( n > 0 \).
        alpha: \( \alpha \), the last rate as a share of \( \eta_0 \).
        name: its name.
        warmup_target: where the warm-up ends; None means none.
        warmup_steps: how long it lasts.

    Raises:
        ArgumentError: for `decay_steps` below 1.

    Example:
        >>> round(float(CosineDecay(1.0, decay_steps=10)(5)), 6)
        0.5

    Reference:
        Loshchilov and Hutter, 2017, SGDR. Keras: keras.optimizers.schedules.CosineDecay
    """

    _fields = ("initial_learning_rate", "decay_steps", "alpha")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ):
        self.name = name
        self._check_steps(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        step, start, target = _float(step), self.initial_learning_rate, self.warmup_target
        if target is None:
            return optax.cosine_decay_schedule(start, self.decay_steps, self.alpha)(step)
        decay = optax.cosine_decay_schedule(target, self.decay_steps, self.alpha)
        if not self.warmup_steps:
            return decay(step)
        warmup = optax.linear_schedule(start, target, self.warmup_steps)
        return optax.join_schedules([warmup, decay], [self.warmup_steps])(step)

    def get_config(self) -> dict[str, Any]:
        warmup = {"warmup_target": self.warmup_target, "warmup_steps": self.warmup_steps}
        return {**super().get_config(), **warmup}


class CosineDecayRestarts(_Schedule):
    r"""Cosine decay that begins anew, each period longer and each start lower by a factor.

    Args:
        initial_learning_rate: the rate at the first start.
        first_decay_steps: the first period's length.
        t_mul: how much longer each period is than the last.
        m_mul: each start as a share of the last.
        alpha: the lowest rate as a share of the first.
        name: its name.

    Raises:
        ArgumentError: for `first_decay_steps` below 1.

    Example:
        >>> rate = CosineDecayRestarts(1.0, first_decay_steps=10, m_mul=0.5)
        >>> [round(float(rate(step)), 6) for step in (0, 5, 10, 20)]
        [1.0, 0.5, 0.5, 0.25]

    Reference:
        Loshchilov and Hutter, 2017, SGDR. Keras: keras.optimizers.schedules.CosineDecayRestarts
    """

    _fields = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha")

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ):
        self.name = name
        self._check_steps(first_decay_steps=first_decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha

    def __call__(self, step: Any) -> Any:
        passed = _float(step) / self.first_decay_steps
        if self.t_mul == 1:
            period = jnp.floor(passed)
            within = passed - period
        else:
            # Period i begins at (t_mul^i - 1) / (t_mul - 1) first periods and is t_mul^i long.
            growth = jnp.log(1 - passed * (1 - self.t_mul)) / jnp.log(self.t_mul)
            period = jnp.floor(growth)
            begin = (1 - self.t_mul**period) / (1 - self.t_mul)
            within = (passed - begin) / self.t_mul**period
        height = 0.5 * self.m_mul**period * (1 + jnp.cos(jnp.pi * within))
        return self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha)
