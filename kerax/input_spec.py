"""What a layer requires of its inputs, and the check."""

from collections.abc import Mapping
from typing import Any

import jax

from kerax import dtypes
from kerax.errors import ShapeError
from kerax.symbolic import KerasTensor

__all__ = ["InputSpec", "check_input"]


class InputSpec:
    """The rank, shape and type that a layer requires of one input.

    Args:
        dtype: a data type, or None for any.
        shape: sizes, None where any size will do.
        ndim: the exact rank.
        max_ndim: the largest rank.
        min_ndim: the smallest rank.
        axes: required sizes by axis, such as `{-1: 64}`.
        allow_last_axis_squeeze: whether a last axis of size 1 may be missing or added.
        name: the key of the input in a dict.
        optional: whether None may be given.

    Example:
        >>> InputSpec(min_ndim=2, axes={-1: 4})
        InputSpec(min_ndim=2, axes={-1: 4})

    Reference:
        Keras: keras.InputSpec
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype = dtypes.standardize_dtype(dtype) if dtype is not None else None
        self.shape = tuple(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "InputSpec":
        """Make a spec from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        given = [(name, getattr(self, name)) for name in names]
        return f"InputSpec({', '.join(f'{name}={value}' for name, value in given if value)})"


def check_input(specs: Any, inputs: Any, path: str) -> None:
    """Raise ShapeError where an input breaks a layer's spec.

    Args:
        specs: an InputSpec, or a list or dict of them.
        inputs: the layer's first argument.
        path: the layer's name, for the message.
    """
    if isinstance(specs, Mapping) and isinstance(inputs, Mapping):
        missing = specs.keys() - inputs.keys()
        if missing:
            raise ShapeError(f"{path}: got inputs {sorted(inputs)}; missing {sorted(missing)}.")
        values, specs = [inputs[name] for name in specs], list(specs.values())
    else:
        leaf = lambda x: isinstance(x, KerasTensor) or x is None  # noqa: E731 - read once, here
        values = jax.tree.leaves(inputs, is_leaf=leaf)
        specs = jax.tree.leaves(specs, is_leaf=lambda x: x is None)
    if len(values) != len(specs):
        raise ShapeError(f"{path}: got {len(values)} input(s); wanted {len(specs)}.")
    for index, (spec, value) in enumerate(zip(specs, values, strict=True)):
        if spec is not None and not (value is None and spec.optional):
            _check_one(spec, value, f"{path}: input {index}")


def _check_one(spec: InputSpec, value: Any, where: str) -> None:
    shape = getattr(value, "shape", None)
    if shape is None:
        return
    rank, problem = len(shape), None
    if spec.ndim is not None and rank != spec.ndim and not spec.allow_last_axis_squeeze:
        problem = f"{spec.ndim} axes"
    elif spec.max_ndim is not None and rank > spec.max_ndim:
        problem = f"at most {spec.max_ndim} axes"
    elif spec.min_ndim is not None and rank < spec.min_ndim:
        problem = f"at least {spec.min_ndim} axes"
    elif spec.dtype is not None and str(value.dtype) != spec.dtype:
        raise ShapeError(f"{where} has type {value.dtype}; wanted {spec.dtype}.")
    else:
        problem = _wrong_axis(spec, tuple(shape))
    if problem:
        raise ShapeError(f"{where} has shape {tuple(shape)}; wanted {problem}.")


def _wrong_axis(spec: InputSpec, shape: tuple) -> str | None:
    for axis, size in spec.axes.items():
        got = shape[axis] if -len(shape) <= axis < len(shape) else -1  # no such axis
        if size is not None and isinstance(got, int) and got != size:
            return f"size {size} on axis {axis}"
    if spec.shape is None or len(spec.shape) != len(shape):
        return None
    for size, got in zip(spec.shape, shape, strict=True):
        if size is not None and isinstance(got, int) and got != size:
            return f"shape {spec.shape}"
    return None
