"""Ops that rearrange, join, select or repeat elements."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from kerax.ops.definitions import array, axes_of
from kerax.ops.dispatch import op

__all__ = [
    "append",
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "flip",
    "hstack",
    "meshgrid",
    "moveaxis",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
    "vstack",
]


@op(static=("newshape",))
def reshape(x: Any, newshape: int | Sequence[int | None]) -> Any:
    """Give a tensor another shape of as many elements.

    Args:
        x: tensor of any shape.
        newshape: sizes; one may be -1 or None, and follows from the rest.

    Returns:
        Tensor of the new shape.

    Example:
        >>> reshape([1, 2, 3, 4], (2, -1)).shape
        (2, 2)

    Reference:
        Keras: keras.ops.reshape
    """
    sizes = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    return jnp.reshape(array(x), tuple(-1 if size is None else size for size in sizes))


@op
def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Permute the axes.

    Args:
        x: tensor of any shape.
        axes: the old axis for each new one; None reverses them.

    Returns:
        Tensor of the permuted shape.

    Example:
        >>> transpose([[1, 2], [3, 4]]).tolist()
        [[1, 3], [2, 4]]

    Reference:
        Keras: keras.ops.transpose
    """
    return jnp.transpose(array(x), axes)


@op
def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """Join tensors along an axis that they have.

    Args:
        xs: tensors whose shapes agree on the other axes.
        axis: the axis.

    Returns:
        Tensor.

    Example:
        >>> concatenate([[[1], [2]], [[3]]]).tolist()
        [[1], [2], [3]]

    Reference:
        Keras: keras.ops.concatenate
    """
    return jnp.concatenate([array(x) for x in xs], axis)


@op
def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Join tensors along a new axis.

    Args:
        x: tensors of one shape.
        axis: where the new axis goes.

    Returns:
        Tensor with one more axis.

    Example:
        >>> stack([[1, 2], [3, 4]], axis=1).tolist()
        [[1, 3], [2, 4]]

    Reference:
        Keras: keras.ops.stack
    """
    return jnp.stack([array(item) for item in x], axis)


@op
def vstack(xs: Sequence[Any]) -> Any:
    """Join tensors along the first axis; vectors become rows.

    Args:
        xs: tensors.

    Returns:
        Tensor.

    Example:
        >>> vstack([[1, 2], [3, 4]]).tolist()
        [[1, 2], [3, 4]]

    Reference:
        Keras: keras.ops.vstack
    """
    return jnp.vstack([array(x) for x in xs])


@op
def hstack(xs: Sequence[Any]) -> Any:
    """Join tensors along the second axis, vectors along their only one.

    Args:
        xs: tensors.

    Returns:
        Tensor.

    Example:
        >>> hstack([[1, 2], [3]]).tolist()
        [1, 2, 3]

    Reference:
        Keras: keras.ops.hstack
    """
    return jnp.hstack([array(x) for x in xs])


@op
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """Join two tensors.

    Args:
        x1: first tensor.
        x2: second tensor.
        axis: the axis; None flattens both.

    Returns:
        Tensor.

    Example:
        >>> append([1, 2], [3]).tolist()
        [1, 2, 3]

    Reference:
        Keras: keras.ops.append
    """
    return jnp.append(array(x1), array(x2), axis)


@op(static=("indices_or_sections",))
def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Cut a tensor into pieces along one axis.

    Args:
        x: tensor of any shape.
        indices_or_sections: number of equal pieces, or the places of the cuts.
        axis: the axis.

    Returns:
        A list of tensors.

    Example:
        >>> [p.tolist() for p in split([1, 2, 3], [1])]
        [[1], [2, 3]]

    Reference:
        Keras: keras.ops.split
    """
    cuts = indices_or_sections
    return jnp.split(array(x), cuts if isinstance(cuts, int) else tuple(cuts), axis)


@op(static=("axis",))
def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """Insert axes of size 1.

    Args:
        x: tensor of any shape.
        axis: where the new axes stand in the result.

    Returns:
        Tensor with more axes.

    Example:
        >>> expand_dims([1, 2], 0).tolist()
        [[1, 2]]

    Reference:
        Keras: keras.ops.expand_dims
    """
    return jnp.expand_dims(array(x), axes_of(axis))


@op
def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Remove axes of size 1.

    Args:
        x: tensor of any shape.
        axis: the axes; None means every one of size 1.

    Returns:
        Tensor with fewer axes.

    Example:
        >>> squeeze([[1], [2]]).tolist()
        [1, 2]

    Reference:
        Keras: keras.ops.squeeze
    """
    return jnp.squeeze(array(x), axes_of(axis))


@op
def ravel(x: Any) -> Any:
    """Flatten a tensor.

    Args:
        x: tensor of any shape.

    Returns:
        Tensor `[n]`.

    Example:
        >>> ravel([[1, 2], [3, 4]]).tolist()
        [1, 2, 3, 4]

    Reference:
        Keras: keras.ops.ravel
    """
    return jnp.ravel(array(x))


@op(static=("axis1", "axis2"))
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes.

    Args:
        x: tensor of any shape.
        axis1: one axis.
        axis2: the other.

    Returns:
        Tensor.

    Example:
        >>> swapaxes([[1, 2]], 0, 1).tolist()
        [[1], [2]]

    Reference:
        Keras: keras.ops.swapaxes
    """
    return jnp.swapaxes(array(x), axis1, axis2)


@op(static=("source", "destination"))
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Move axes to other places; the rest keep their order.

    Args:
        x: tensor of any shape.
        source: axes to move.
        destination: where each goes.

    Returns:
        Tensor.

    Example:
        >>> moveaxis(jnp.ones((2, 3, 4)), 0, -1).shape
        (3, 4, 2)

    Reference:
        Keras: keras.ops.moveaxis
    """
    return jnp.moveaxis(array(x), axes_of(source), axes_of(destination))


@op(static=("shape",))
def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat along axes of size 1 until a tensor has a shape.

    Args:
        x: tensor whose shape broadcasts.
        shape: the shape.

    Returns:
        Tensor of `shape`.

    Example:
        >>> broadcast_to([1, 2], (2, 2)).tolist()
        [[1, 2], [1, 2]]

    Reference:
        Keras: keras.ops.broadcast_to
    """
    return jnp.broadcast_to(array(x), tuple(shape))


@op(static=("repeats",))
def tile(x: Any, repeats: int | Sequence[int]) -> Any:
    """Put copies of a tensor side by side.

    Args:
        x: tensor of any shape.
        repeats: number of copies along each axis.

    Returns:
        Tensor.

    Example:
        >>> tile([1, 2], 2).tolist()
        [1, 2, 1, 2]

    Reference:
        Keras: keras.ops.tile
    """
    return jnp.tile(array(x), repeats if isinstance(repeats, int) else tuple(repeats))


@op(static=("repeats",))
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element.

    Args:
        x: tensor of any shape.
        repeats: how often, one number or one for each element.
        axis: the axis; None flattens first.

    Returns:
        Tensor.

    Example:
        >>> repeat([1, 2], 2).tolist()
        [1, 1, 2, 2]

    Reference:
        Keras: keras.ops.repeat
    """
    return jnp.repeat(array(x), repeats if isinstance(repeats, int) else array(repeats), axis)


@op(static=("pad_width",))
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Add elements around a tensor.

    Args:
        x: tensor of any shape.
        pad_width: `(before, after)` for each axis, or one for all.
        mode: as for `numpy.pad`: `"constant"`, `"reflect"`, `"symmetric"`, …
        constant_values: what `"constant"` adds; None means 0.

    Returns:
        Tensor.

    Example:
        >>> pad([1, 2], (1, 0)).tolist()
        [0, 1, 2]

    Reference:
        Keras: keras.ops.pad
    """
    if mode != "constant":
        return jnp.pad(array(x), pad_width, mode)
    fill = 0 if constant_values is None else constant_values
    return jnp.pad(array(x), pad_width, mode, constant_values=fill)


@op
def flip(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Reverse the order along axes.

    Args:
        x: tensor of any shape.
        axis: the axes; None means all.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> flip([1, 2, 3]).tolist()
        [3, 2, 1]

    Reference:
        Keras: keras.ops.flip
    """
    return jnp.flip(array(x), axes_of(axis))


@op(static=("shift",))
def roll(x: Any, shift: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Move elements along axes; those that leave come in at the other end.

    Args:
        x: tensor of any shape.
        shift: how far.
        axis: the axes; None flattens for the move.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> roll([1, 2, 3], 1).tolist()
        [3, 1, 2]

    Reference:
        Keras: keras.ops.roll
    """
    return jnp.roll(array(x), shift, axes_of(axis))


@op
def meshgrid(*x: Any, indexing: str = "xy") -> list[Any]:
    """Return coordinates of a grid from the coordinates of its axes.

    Args:
        *x: tensors `[n]`.
        indexing: `"xy"` or `"ij"`.

    Returns:
        A list of tensors.

    Example:
        >>> [grid.tolist() for grid in meshgrid([1, 2], [3])]
        [[[1, 2]], [[3, 3]]]

    Reference:
        Keras: keras.ops.meshgrid
    """
    return list(jnp.meshgrid(*(array(item) for item in x), indexing=indexing))
