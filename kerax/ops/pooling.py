"""Pooling over one, two or three spatial axes, in both image layouts.

Windows that do not overlap, the usual case, are taken apart by strided slices: the gradient of
XLA's own windowed maximum costs some thirty times as much on a CPU (66 against 2 ms for
`[128, 26, 26, 32]`, window 2).
"""

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from kerax import config
from kerax.errors import ArgumentError, ShapeError
from kerax.ops.convolution import check_window, sizes
from kerax.ops.definitions import array
from kerax.ops.dispatch import op

__all__ = [
    "average_pool",
    "max_pool",
]

_MOST_SLICES = 16


@op(static=("pool_size",))
def max_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the largest element of each window; of equal ones the first gets the gradient.

    Args:
        inputs: `[batch, *spatial, channels]`, or channels second.
        pool_size: sizes of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.

    Returns:
        Tensor `[batch, *new spatial, channels]`, or channels second.

    Raises:
        ArgumentError, ShapeError: where the arguments do not fit.

    Example:
        >>> max_pool(np.array([[[1.0], [3.0], [2.0], [0.0]]]), 2).tolist()
        [[[3.0], [2.0]]]

    Reference:
        Keras: keras.ops.max_pool
    """
    x = array(inputs)
    window, steps, _ = _windows(x, pool_size, strides, padding, data_format, "max_pool")
    if _apart(x, window, steps, padding) and math.prod(window) <= _MOST_SLICES:
        return _max_apart(_cropped(x, window), window)
    low = -jnp.inf if jnp.issubdtype(x.dtype, jnp.floating) else jnp.iinfo(x.dtype).min
    return lax.reduce_window(x, np.array(low, x.dtype), lax.max, window, steps, padding.upper())


@op(static=("pool_size",))
def average_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the mean of each window, of those elements that lie inside the image.

    Args:
        inputs: `[batch, *spatial, channels]`, or channels second.
        pool_size: sizes of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.

    Returns:
        Tensor `[batch, *new spatial, channels]`, or channels second.

    Raises:
        ArgumentError, ShapeError: where the arguments do not fit.

    Example:
        >>> average_pool(np.array([[[1.0], [3.0], [2.0], [0.0]]]), 2).tolist()
        [[[2.0], [1.0]]]

    Reference:
        Keras: keras.ops.average_pool
    """
    x = array(inputs)
    window, steps, axes = _windows(x, pool_size, strides, padding, data_format, "average_pool")
    if _apart(x, window, steps, padding):
        return jnp.mean(_blocks(_cropped(x, window), window), axis=_window_axes(x.ndim))
    zero = np.array(0, x.dtype)
    total = lax.reduce_window(x, zero, lax.add, window, steps, padding.upper())
    if padding == "valid":
        return total / math.prod(window)
    ones = jnp.ones([size if i in axes else 1 for i, size in enumerate(x.shape)], x.dtype)
    return total / lax.reduce_window(ones, zero, lax.add, window, steps, padding.upper())


def _windows(
    x: Any, pool_size: Any, strides: Any, padding: str, data_format: Any, where: str
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Window and strides for all axes, and which axes are spatial."""
    rank = x.ndim - 2
    if rank not in (1, 2, 3):
        raise ShapeError(
            f"{where}: got inputs of shape {x.shape}; wanted [batch, 1 to 3 spatial axes, "
            "channels]."
        )
    if padding not in ("valid", "same"):
        raise ArgumentError(f"{where}: got padding {padding!r}; wanted 'valid' or 'same'.")
    pool = sizes(pool_size, rank)
    steps = pool if strides is None else sizes(strides, rank)
    if len(pool) != rank or len(steps) != rank:
        raise ArgumentError(
            f"{where}: got pool_size {pool} and strides {steps}; wanted {rank} numbers each."
        )
    first = 1 if config.standardize_data_format(data_format) == "channels_last" else 2
    check_window(pool, x.shape[first : first + rank], padding, where)
    axes = tuple(range(first, first + rank))
    if first == 1:
        return (1, *pool, 1), (1, *steps, 1), axes
    return (1, 1, *pool), (1, 1, *steps), axes


def _apart(x: Any, window: tuple, steps: tuple, padding: str) -> bool:
    """Whether windows neither overlap nor leave gaps nor reach over the edge."""
    if window != steps or not all(isinstance(size, int) for size in x.shape[1:]):
        return False
    return padding == "valid" or all(
        size % step == 0 for size, step in zip(x.shape[1:], steps[1:], strict=True)
    )


def _cropped(x: Any, window: tuple[int, ...]) -> Any:
    ends = (size - size % step for size, step in zip(x.shape[1:], window[1:], strict=True))
    return x[(slice(None), *(slice(end) for end in ends))]


def _blocks(x: Any, window: tuple[int, ...]) -> Any:
    """`[n, h, w, c]` as `[n, 1, h // p, p, w // q, q, c, 1]`."""
    pairs = ((size // step, step) for size, step in zip(x.shape, window, strict=True))
    return x.reshape([size for pair in pairs for size in pair])


def _window_axes(ndim: int) -> tuple[int, ...]:
    return tuple(range(1, 2 * ndim, 2))


def _slices(x: Any, window: tuple[int, ...]) -> list[Any]:
    """For each place in a window, the elements that stand there."""
    places = itertools.product(*(range(size) for size in window))
    return [
        x[tuple(slice(start, None, step) for start, step in zip(place, window, strict=True))]
        for place in places
    ]


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _max_apart(x: Any, window: tuple[int, ...]) -> Any:
    return functools.reduce(jnp.maximum, _slices(x, window))


@_max_apart.defjvp
def _max_apart_jvp(window: tuple[int, ...], primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    (x,), (tangent,) = primals, tangents
    out = _max_apart(x, window)
    taken = jnp.zeros(out.shape, bool)
    firsts = []
    for candidate in _slices(x, window):
        first = (candidate == out) & ~taken
        firsts.append(first)
        taken = taken | first
    mask = jnp.stack(firsts).reshape(*window, *out.shape)
    order = [axis for i in range(out.ndim) for axis in (out.ndim + i, i)]
    chosen = jnp.where(mask.transpose(order), _blocks(tangent, window), jnp.zeros((), x.dtype))
    return out, jnp.sum(chosen, _window_axes(out.ndim))
