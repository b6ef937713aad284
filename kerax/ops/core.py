"""Ops on tensors as such: conversion, shape, slices, scatter, gradients stopped."""

import builtins
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from kerax import dtypes
from kerax.errors import ArgumentError
from kerax.ops.definitions import array, jax_dtype
from kerax.ops.dispatch import op
from kerax.symbolic import KerasTensor, is_keras_tensor


@op
def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """Return anything array-like as a JAX array.

    Args:
        x: array, Variable, number, nested list, or a tensor of another library.
        dtype: a data type; None keeps that of `x`, or the type JAX gives it.
        sparse: kept for Keras' signature; tensors are dense.
        ragged: likewise.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> convert_to_tensor([1, 2]).shape
        (2,)

    Reference:
        Keras: keras.ops.convert_to_tensor
    """
    return array(x, dtype)


@op(static=("dtype",))
def cast(x: Any, dtype: Any) -> Any:
    """Return `x` with another data type.

    Args:
        x: tensor of any shape.
        dtype: a data type.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> str(cast([1, 2], "float16").dtype)
        'float16'

    Reference:
        Keras: keras.ops.cast
    """
    return array(x, dtype)


@op(static=("dtype",))
def saturate_cast(x: Any, dtype: Any) -> Any:
    """Return `x` with another data type, cut to the values that it can hold.

    Args:
        x: tensor of any shape.
        dtype: a data type.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> saturate_cast([-1, 300], "uint8").tolist()
        [0, 255]

    Reference:
        Keras: keras.ops.saturate_cast
    """
    x, target = array(x), jax_dtype(dtype)
    if "bool" in (target.name, x.dtype.name):
        return x.astype(target)
    info, own = _limits(target), _limits(x.dtype)
    low, high = (
        builtins.max(float(own.min), float(info.min)),
        builtins.min(float(own.max), float(info.max)),
    )
    return jnp.clip(x, jnp.asarray(low, x.dtype), jnp.asarray(high, x.dtype)).astype(target)


def _limits(dtype: Any) -> Any:
    return jnp.iinfo(dtype) if jnp.issubdtype(dtype, jnp.integer) else jnp.finfo(dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return anything array-like as a numpy array.

    Args:
        x: array, Variable, number or nested list.

    Returns:
        A numpy array of the shape of `x`.

    Example:
        >>> convert_to_numpy(jnp.ones(2)).tolist()
        [1.0, 1.0]

    Reference:
        Keras: keras.ops.convert_to_numpy
    """
    return np.asarray(array(x))


def is_tensor(x: Any) -> bool:
    """Tell whether `x` is a JAX array, traced or not, or a KerasTensor.

    Args:
        x: anything.

    Returns:
        True or False.

    Example:
        >>> is_tensor(jnp.ones(2)), is_tensor([1.0])
        (True, False)

    Reference:
        Keras: keras.ops.is_tensor
    """
    return isinstance(x, (jax.Array, KerasTensor))


def shape(x: Any) -> tuple[Any, ...]:
    """Return a tensor's sizes.

    Args:
        x: tensor, KerasTensor or anything array-like.

    Returns:
        A tuple, None where a KerasTensor's size is unknown.

    Example:
        >>> shape(jnp.ones((2, 3)))
        (2, 3)

    Reference:
        Keras: keras.ops.shape
    """
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def dtype(x: Any) -> str:
    """Return the name of a tensor's data type.

    Args:
        x: tensor, KerasTensor or anything array-like.

    Returns:
        A name such as `"float32"`.

    Example:
        >>> dtype(jnp.ones(2))
        'float32'

    Reference:
        Keras: keras.ops.dtype
    """
    return dtypes.standardize_dtype(x.dtype if hasattr(x, "dtype") else array(x).dtype)


@op
def stop_gradient(variable: Any) -> Any:
    """Return `variable` as a constant: no gradient flows through.

    Args:
        variable: tensor of any shape.

    Returns:
        The same values.

    Example:
        >>> jax.grad(lambda x: x * stop_gradient(x))(3.0).tolist()
        3.0

    Reference:
        Keras: keras.ops.stop_gradient
    """
    return lax.stop_gradient(array(variable))


@op(static=("shape",))
def slice(inputs: Any, start_indices: Any, shape: Sequence[int]) -> Any:
    """Return the block of a given shape that begins at `start_indices`.

    Args:
        inputs: tensor of any shape.
        start_indices: one index an axis; may be traced.
        shape: sizes of the block; -1 means to the end.

    Returns:
        Tensor of `shape`.

    Example:
        >>> slice(jnp.arange(6).reshape(2, 3), (0, 1), (2, 2)).tolist()
        [[1, 2], [4, 5]]

    Reference:
        Keras: keras.ops.slice
    """
    inputs = array(inputs)
    starts = tuple(start_indices)
    sizes = [
        full - start if size == -1 else size
        for size, full, start in zip(shape, inputs.shape, starts, strict=True)
    ]
    return lax.dynamic_slice(inputs, starts, sizes)


@op
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Return `inputs` with the block that begins at `start_indices` replaced.

    Args:
        inputs: tensor of any shape.
        start_indices: one index an axis; may be traced.
        updates: the new block.

    Returns:
        Tensor of the shape of `inputs`.

    Example:
        >>> slice_update(jnp.zeros(3), (1,), jnp.ones(2)).tolist()
        [0.0, 1.0, 1.0]

    Reference:
        Keras: keras.ops.slice_update
    """
    inputs = array(inputs)
    return lax.dynamic_update_slice(inputs, array(updates, inputs.dtype), tuple(start_indices))


@op(static=("shape",))
def scatter(indices: Any, values: Any, shape: Sequence[int]) -> Any:
    """Return zeros of a shape with values added at indices.

    Args:
        indices: integer tensor `[..., k]`: positions in the first `k` axes.
        values: tensor `[..., *shape[k:]]`; those at equal indices are summed.
        shape: shape of the result.

    Returns:
        Tensor of `shape`.

    Example:
        >>> scatter([[0], [2], [0]], [1.0, 2.0, 3.0], (3,)).tolist()
        [4.0, 0.0, 2.0]

    Reference:
        Keras: keras.ops.scatter
    """
    values = array(values)
    return jnp.zeros(shape, values.dtype).at[_positions(indices)].add(values)


_REDUCTIONS = {"add": "add", "max": "max", "min": "min", "mul": "multiply", None: "set"}


@op
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """Return `inputs` with the elements at indices replaced or combined.

    Args:
        inputs: tensor of any shape.
        indices: integer tensor `[..., k]`: positions in the first `k` axes.
        updates: tensor `[..., *inputs.shape[k:]]`.
        reduction: None to replace; `"add"`, `"max"`, `"min"` or `"mul"` to combine.

    Returns:
        Tensor of the shape of `inputs`.

    Raises:
        ArgumentError: for another reduction.

    Example:
        >>> scatter_update(jnp.zeros(3), [[1]], [5.0]).tolist()
        [0.0, 5.0, 0.0]

    Reference:
        Keras: keras.ops.scatter_update
    """
    if reduction not in _REDUCTIONS:
        raise ArgumentError(
            f"scatter_update: got reduction {reduction!r}; wanted one of {list(_REDUCTIONS)}."
        )
    inputs = array(inputs)
    place = inputs.at[_positions(indices)]
    return getattr(place, _REDUCTIONS[reduction])(array(updates, inputs.dtype))


def _positions(indices: Any) -> tuple[Any, ...]:
    return tuple(jnp.moveaxis(array(indices), -1, 0))


@op
def unstack(x: Any, num: int | None = None, axis: int = 0) -> Any:
    """Split a tensor into its entries along one axis.

    Args:
        x: tensor of any shape.
        num: their number; None takes it from the shape.
        axis: the axis.

    Returns:
        A list of tensors without that axis.

    Example:
        >>> [int(i) for i in unstack([1, 2])]
        [1, 2]

    Reference:
        Keras: keras.ops.unstack
    """
    x = array(x)
    return [lax.index_in_dim(x, i, axis, keepdims=False) for i in range(num or x.shape[axis])]


__all__ = [
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "dtype",
    "is_keras_tensor",
    "is_tensor",
    "saturate_cast",
    "scatter",
    "scatter_update",
    "shape",
    "slice",
    "slice_update",
    "stop_gradient",
    "unstack",
]
