"""Cases for the standard activations."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerax.testing.case import Case

__all__ = ["CASES"]

_erf = np.vectorize(math.erf)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


def _softmax(x: Any, axis: int = -1) -> Any:
    powers = np.exp(x - np.max(x, axis, keepdims=True))
    return powers / np.sum(powers, axis, keepdims=True)


def _log_softmax(x: Any, axis: int = -1) -> Any:
    return np.log(_softmax(x, axis))


def _elu(x: Any, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _celu(x: Any, alpha: float = 1.0) -> Any:
    return np.maximum(x, 0) + np.minimum(alpha * np.expm1(np.minimum(x, 0) / alpha), 0)


def _selu(x: Any) -> Any:
    return 1.0507009873554805 * _elu(x, 1.6732632423543772)


def _relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    out = np.where(x >= threshold, x, negative_slope * (x - threshold))
    return out if max_value is None else np.minimum(out, max_value)


def _gelu(x: Any, approximate: bool = False) -> Any:
    if approximate:
        return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * (1 + _erf(x / math.sqrt(2))) / 2


def _glu(x: Any, axis: int = -1) -> Any:
    first, second = np.split(x, 2, axis)
    return first * _sigmoid(second)


def _sparsemax(x: Any, axis: int = -1) -> Any:
    x = np.moveaxis(x, axis, -1)
    falling = -np.sort(-x, -1)
    ranks = np.arange(1, x.shape[-1] + 1)
    sums = np.cumsum(falling, -1)
    support = np.sum(1 + ranks * falling > sums, -1, keepdims=True)
    shift = (np.take_along_axis(sums, support - 1, -1) - 1) / support
    return np.moveaxis(np.maximum(x - shift, 0), -1, axis)


def _threshold(x: Any, threshold: float, default_value: float) -> Any:
    return np.where(x > threshold, x, default_value)


def _hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    return np.where(np.abs(x) > threshold, x, 0)


def _soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


def _sparse_plus(x: Any) -> Any:
    return np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x))


def _squareplus(x: Any, b: float = 4) -> Any:
    return (x + np.sqrt(x**2 + b)) / 2


def _hard_sigmoid(x: Any) -> Any:
    return np.clip(x / 6 + 0.5, 0, 1)


def _cases(oracle: Callable[..., Any], **others: dict[str, Any]) -> list[Case]:
    named = {"default": {}, **others}
    return [Case(name, kwargs, oracle=oracle) for name, kwargs in named.items()]


CASES: dict[str, list[Case]] = {
    "celu": _cases(_celu, sharp={"alpha": 0.5}),
    "elu": _cases(_elu, low={"alpha": 0.5}),
    "exponential": _cases(np.exp),
    "gelu": _cases(_gelu, by_tanh={"approximate": True}),
    "glu": _cases(_glu),
    "hard_shrink": _cases(_hard_shrink, wide={"threshold": 1.5}),
    "hard_sigmoid": _cases(_hard_sigmoid),
    "hard_silu": _cases(lambda x: x * _hard_sigmoid(x)),
    "hard_tanh": _cases(lambda x: np.clip(x, -1, 1)),
    "leaky_relu": _cases(
        lambda x, negative_slope=0.2: np.where(x > 0, x, negative_slope * x),
        steep={"negative_slope": 0.5},
    ),
    "linear": _cases(lambda x: x),
    "log_sigmoid": _cases(lambda x: -_softplus(-x)),
    "log_softmax": _cases(_log_softmax),
    "mish": _cases(lambda x: x * np.tanh(_softplus(x))),
    "relu": _cases(
        _relu,
        ceiling={"max_value": 1.5},
        all_three={"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5},
    ),
    "relu6": _cases(lambda x: np.clip(x, 0, 6)),
    "selu": _cases(_selu),
    "sigmoid": _cases(_sigmoid),
    "silu": _cases(lambda x: x * _sigmoid(x)),
    "soft_shrink": _cases(_soft_shrink, wide={"threshold": 1.5}),
    "softmax": _cases(_softmax),
    "softplus": _cases(_softplus),
    "softsign": _cases(lambda x: x / (1 + np.abs(x))),
    "sparse_plus": _cases(_sparse_plus),
    "sparse_sigmoid": _cases(lambda x: np.clip((x + 1) / 2, 0, 1)),
    "sparsemax": _cases(_sparsemax),
    "squareplus": _cases(_squareplus, sharp={"b": 1.0}),
    "tanh": _cases(np.tanh),
    "tanh_shrink": _cases(lambda x: x - np.tanh(x)),
    "threshold": [
        Case("default", {"threshold": 0.5, "default_value": -1.0}, oracle=_threshold),
    ],
}
