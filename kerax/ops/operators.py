"""The operators of KerasTensor: arithmetic, comparison, indexing."""

from collections.abc import Callable
from typing import Any

from kerax.ops import elementwise, linalg, selection, shapes
from kerax.symbolic import KerasTensor

_BINARY = {
    "add": elementwise.add,
    "sub": elementwise.subtract,
    "mul": elementwise.multiply,
    "truediv": elementwise.divide,
    "floordiv": elementwise.floor_divide,
    "mod": elementwise.mod,
    "pow": elementwise.power,
    "matmul": linalg.matmul,
    "and": elementwise.logical_and,
    "or": elementwise.logical_or,
    "xor": elementwise.logical_xor,
}
# No __eq__: graphs and dicts compare KerasTensors by identity, as Keras does.
_COMPARISONS = {
    "ne": elementwise.not_equal,
    "lt": elementwise.less,
    "le": elementwise.less_equal,
    "gt": elementwise.greater,
    "ge": elementwise.greater_equal,
}


def _forward(compute: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: compute(self, other)


def _reflected(compute: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: compute(other, self)


def install() -> None:
    """Give KerasTensor its operators, `reshape` and `squeeze`."""
    for name, compute in _BINARY.items():
        setattr(KerasTensor, f"__{name}__", _forward(compute))
        setattr(KerasTensor, f"__r{name}__", _reflected(compute))
    for name, compute in _COMPARISONS.items():
        setattr(KerasTensor, f"__{name}__", _forward(compute))
    methods: dict[str, Callable[..., Any]] = {
        "__neg__": lambda self: elementwise.negative(self),
        "__abs__": lambda self: elementwise.absolute(self),
        "__invert__": lambda self: elementwise.logical_not(self),
        "__round__": lambda self, decimals=None: elementwise.round(self, decimals or 0),
        "__getitem__": lambda self, key: selection.get_item(self, key),
        "reshape": lambda self, newshape: shapes.reshape(self, newshape),
        "squeeze": lambda self, axis=None: shapes.squeeze(self, axis),
    }
    for name, method in methods.items():
        setattr(KerasTensor, name, method)
