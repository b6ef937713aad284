"""What the standard schedules should give: formulas in numpy, and arguments to try."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kerax.testing import Case

__all__ = ["cases"]

Array = Any


def exponential(
    step: Array,
    initial_learning_rate: float,
    decay_steps: int,
    decay_rate: float,
    staircase: bool = False,
) -> Array:
    """The first rate times `decay_rate ** (step / decay_steps)`."""
    passed = step / decay_steps
    return initial_learning_rate * decay_rate ** (np.floor(passed) if staircase else passed)


def inverse_time(
    step: Array,
    initial_learning_rate: float,
    decay_steps: int,
    decay_rate: float,
    staircase: bool = False,
) -> Array:
    """The first rate by `1 + decay_rate * step / decay_steps`."""
    passed = step / decay_steps
    return initial_learning_rate / (1 + decay_rate * (np.floor(passed) if staircase else passed))


def piecewise(step: Array, boundaries: list[int], values: list[float]) -> Array:
    """The value of the first boundary that the step does not exceed."""
    return np.array(values)[np.searchsorted(boundaries, step, side="left")]


def polynomial(
    step: Array,
    initial_learning_rate: float,
    decay_steps: int,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
) -> Array:
    """A power of the time that is left."""
    length = decay_steps * np.maximum(np.ceil(step / decay_steps), 1) if cycle else decay_steps
    left = 1 - np.minimum(step, length) / length
    return (initial_learning_rate - end_learning_rate) * left**power + end_learning_rate


def cosine(
    step: Array,
    initial_learning_rate: float,
    decay_steps: int,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> Array:
    """Half a cosine from the first rate, or from the end of the warm-up."""
    start = initial_learning_rate if warmup_target is None else warmup_target
    time = np.clip(step - warmup_steps, 0, decay_steps) / decay_steps
    rate = start * ((1 - alpha) * (1 + np.cos(np.pi * time)) / 2 + alpha)
    if warmup_target is None:
        return rate
    rising = initial_learning_rate + (start - initial_learning_rate) * step / warmup_steps
    return np.where(step < warmup_steps, rising, rate)


def restarts(
    step: Array,
    initial_learning_rate: float,
    first_decay_steps: int,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Array:
    """Half a cosine in each period, found by counting the periods."""
    rates = []
    for moment in step:
        begin, length, height = 0.0, float(first_decay_steps), 1.0
        while moment >= begin + length:
            begin, length, height = begin + length, length * t_mul, height * m_mul
        wave = height * (1 + np.cos(np.pi * (moment - begin) / length)) / 2
        rates.append(initial_learning_rate * ((1 - alpha) * wave + alpha))
    return np.array(rates)


_DECAY = {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}
_FALL = {"initial_learning_rate": 0.1, "decay_steps": 10}
_STAIRS = {"staircase": True}
# Within a period, for where one ends, rounding decides which it is.
_WITHIN = (np.array([0, 1, 3, 7, 12, 25, 33, 61], "int32"),)

Row = tuple[Callable[..., Any], dict[str, Any], dict[str, dict[str, Any]]]

_TABLE: dict[str, Row] = {
    "CosineDecay": (
        cosine,
        _FALL,
        {"alpha": {"alpha": 0.1}, "warm_up": {"warmup_target": 0.3, "warmup_steps": 5}},
    ),
    "CosineDecayRestarts": (
        restarts,
        {"initial_learning_rate": 0.1, "first_decay_steps": 10},
        {"lower": {"m_mul": 0.5, "alpha": 0.1}, "even": {"t_mul": 1.0}},
    ),
    "ExponentialDecay": (exponential, _DECAY, {"stairs": _STAIRS}),
    "InverseTimeDecay": (inverse_time, _DECAY, {"stairs": _STAIRS}),
    "PiecewiseConstantDecay": (
        piecewise,
        {"boundaries": [2, 10], "values": [0.5, 0.2, 0.1]},
        {"one": {"boundaries": [5], "values": [1.0, 0.0]}},
    ),
    "PolynomialDecay": (
        polynomial,
        _FALL,
        {"root": {"power": 0.5}, "cycle": {"cycle": True, "power": 2.0}},
    ),
}


def cases(name: str) -> list[Case]:
    """Return the cases of a standard schedule.

    Args:
        name: its name.
    """
    oracle, kwargs, others = _TABLE[name]
    inputs = _WITHIN if name == "CosineDecayRestarts" else None
    return [
        Case(case, {**kwargs, **more}, inputs, oracle, atol=1e-6)
        for case, more in {"default": {}, **others}.items()
    ]
