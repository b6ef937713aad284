"""Ops that make tensors from sizes and numbers."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from kerax.config import floatx
from kerax.ops.definitions import array, jax_dtype, operand
from kerax.ops.dispatch import op

__all__ = [
    "arange",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "identity",
    "linspace",
    "multi_hot",
    "one_hot",
    "ones",
    "ones_like",
    "tri",
    "zeros",
    "zeros_like",
]


def _sizes(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _kind(dtype: Any, default: Any = None) -> Any:
    return default if dtype is None else jax_dtype(dtype)


def zeros(shape: int | Sequence[int], dtype: Any = None) -> jax.Array:
    """Return zeros.

    Args:
        shape: shape of the result.
        dtype: its type; None means `floatx()`.

    Returns:
        Tensor of `shape`.

    Reference:
        Keras: keras.ops.zeros
    """
    return jnp.zeros(_sizes(shape), jax_dtype(dtype))


def ones(shape: int | Sequence[int], dtype: Any = None) -> jax.Array:
    """Return ones.

    Args:
        shape: shape of the result.
        dtype: its type; None means `floatx()`.

    Returns:
        Tensor of `shape`.

    Example:
        >>> ones((2,)).tolist()
        [1.0, 1.0]

    Reference:
        Keras: keras.ops.ones
    """
    return jnp.ones(_sizes(shape), jax_dtype(dtype))


empty = zeros


@op(static=("shape",))
def full(shape: int | Sequence[int], fill_value: Any, dtype: Any = None) -> Any:
    """Return a tensor filled with one value.

    Args:
        shape: shape of the result.
        fill_value: the value, or a tensor that broadcasts to `shape`.
        dtype: its type; None means `floatx()`.

    Returns:
        Tensor of `shape`.

    Example:
        >>> full((2,), 7).tolist()
        [7.0, 7.0]

    Reference:
        Keras: keras.ops.full
    """
    return jnp.full(_sizes(shape), operand(fill_value), jax_dtype(dtype))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> jax.Array:
    """Return ones on one diagonal and zeros elsewhere.

    Args:
        N: number of rows.
        M: number of columns; None means `N`.
        k: which diagonal, counted upwards from the main one.
        dtype: its type; None means `floatx()`.

    Returns:
        Tensor `[N, M]`.

    Example:
        >>> eye(2, 3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]

    Reference:
        Keras: keras.ops.eye
    """
    return jnp.eye(N, M, k, jax_dtype(dtype))


def identity(n: int, dtype: Any = None) -> jax.Array:
    """Return the identity matrix.

    Args:
        n: its size.
        dtype: its type; None means `floatx()`.

    Returns:
        Tensor `[n, n]`.

    Example:
        >>> identity(2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]

    Reference:
        Keras: keras.ops.identity
    """
    return jnp.eye(n, dtype=jax_dtype(dtype))


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> jax.Array:
    """Return ones on and below one diagonal and zeros above.

    Args:
        N: number of rows.
        M: number of columns; None means `N`.
        k: which diagonal, counted upwards from the main one.
        dtype: its type; None means `floatx()`.

    Returns:
        Tensor `[N, M]`.

    Example:
        >>> tri(2).tolist()
        [[1.0, 0.0], [1.0, 1.0]]

    Reference:
        Keras: keras.ops.tri
    """
    return jnp.tri(N, M, k, jax_dtype(dtype))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> jax.Array:
    """Return evenly spaced numbers from `start` up to, not including, `stop`.

    Args:
        start: the first number; the end where `stop` is None, and 0 is first.
        stop: the end.
        step: the distance; None means 1.
        dtype: its type; None takes that of the numbers.

    Returns:
        Tensor `[n]`.

    Example:
        >>> arange(1, 7, 2).tolist()
        [1, 3, 5]

    Reference:
        Keras: keras.ops.arange
    """
    kind = _kind(dtype)
    parts = [part for part in (start, stop, step) if part is not None]
    if kind is None and any(isinstance(part, float) for part in parts):
        kind = jax_dtype(floatx())
    return jnp.arange(start, stop, step, kind)


@op
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return `num` evenly spaced numbers from `start` to `stop`.

    Args:
        start: the first number or numbers.
        stop: the last.
        num: how many.
        endpoint: whether `stop` is among them.
        retstep: whether to return the distance as well.
        dtype: its type; None means `floatx()` or that of the ends.
        axis: where the new axis goes.

    Returns:
        Tensor `[num, ...]`, or a pair of it and the distance.

    Example:
        >>> linspace(0, 1, 3).tolist()
        [0.0, 0.5, 1.0]

    Reference:
        Keras: keras.ops.linspace
    """
    kind = _kind(dtype)
    return jnp.linspace(operand(start), operand(stop), num, endpoint, retstep, kind, axis)


@op
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Return zeros of the shape of `x`.

    Args:
        x: tensor of any shape.
        dtype: another type.

    Returns:
        Tensor of the shape of `x`.

    Reference:
        Keras: keras.ops.zeros_like
    """
    return jnp.zeros_like(array(x), dtype=_kind(dtype))


@op
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Return ones of the shape of `x`.

    Args:
        x: tensor of any shape.
        dtype: another type.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> ones_like([5, 6]).tolist()
        [1, 1]

    Reference:
        Keras: keras.ops.ones_like
    """
    return jnp.ones_like(array(x), dtype=_kind(dtype))


empty_like = zeros_like


@op
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return a tensor of the shape of `x` filled with one value.

    Args:
        x: tensor of any shape.
        fill_value: the value.
        dtype: another type.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> full_like([1, 2], 7).tolist()
        [7, 7]

    Reference:
        Keras: keras.ops.full_like
    """
    return jnp.full_like(array(x), operand(fill_value), dtype=_kind(dtype))


@op(static=("num_classes",))
def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Any:
    """Encode class numbers as vectors of one 1 and else 0.

    Args:
        x: integer tensor of any shape; numbers out of range give zeros.
        num_classes: length of the vectors.
        axis: where the new axis goes.
        dtype: type of the result; None means `floatx()`.
        sparse: kept for Keras' signature; tensors are dense.

    Returns:
        Tensor of the shape of `x` and one axis of size `num_classes`.

    Example:
        >>> one_hot([1, -1], 2).tolist()
        [[0.0, 1.0], [0.0, 0.0]]

    Reference:
        Keras: keras.ops.one_hot
    """
    return jax.nn.one_hot(array(x), num_classes, axis=axis, dtype=jax_dtype(dtype))


@op
def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
) -> Any:
    """Encode sets of class numbers as vectors of 0 and 1.

    Args:
        inputs: integer tensor `[..., n]`; numbers out of range are passed over.
        num_classes: length of the vectors.
        axis: where the axis of classes goes.
        dtype: type of the result; None means `floatx()`.
        sparse: kept for Keras' signature; tensors are dense.

    Returns:
        Tensor `[..., num_classes]`.

    Example:
        >>> multi_hot([0, 2], 3).tolist()
        [1.0, 0.0, 1.0]

    Reference:
        Keras: keras.ops.multi_hot
    """
    inputs = array(inputs)
    reduced = 1 if inputs.ndim > 1 else 0
    hot = jax.nn.one_hot(inputs, num_classes, axis=axis, dtype=jax_dtype(dtype))  # type: ignore[arg-type]  # None only in the signature
    return jnp.max(hot, axis=reduced)
