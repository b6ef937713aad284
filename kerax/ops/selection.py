"""Ops that select elements: by number, by condition, by their place in a matrix."""

from typing import Any

import jax.numpy as jnp

from kerax.ops.definitions import array, operand
from kerax.ops.dispatch import op

__all__ = [
    "diag",
    "get_item",
    "nonzero",
    "take",
    "take_along_axis",
    "tril",
    "triu",
    "where",
]


@op
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Select entries by number; those out of range give NaN, or the lowest integer.

    Args:
        x: tensor of any shape.
        indices: integer tensor; negative numbers count from the end.
        axis: the axis; None flattens first.

    Returns:
        Tensor with the axes of `indices` in the place of `axis`.

    Example:
        >>> take([10, 20, 30], [2, 0]).tolist()
        [30, 10]

    Reference:
        Keras: keras.ops.take
    """
    return jnp.take(array(x), array(indices), axis)


@op
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Select elements by number along one axis, for each position of the others.

    Args:
        x: tensor of any shape.
        indices: integer tensor of as many axes.
        axis: the axis; None flattens first.

    Returns:
        Tensor of the shape of `indices`.

    Example:
        >>> take_along_axis([[10, 20]], [[1]], axis=1).tolist()
        [[20]]

    Reference:
        Keras: keras.ops.take_along_axis
    """
    return jnp.take_along_axis(array(x), array(indices), axis)


@op
def get_item(x: Any, key: Any) -> Any:
    """Return `x[key]`.

    Args:
        x: tensor of any shape.
        key: what numpy allows between brackets.

    Returns:
        Tensor.

    Example:
        >>> get_item([1, 2, 3], slice(1, None)).tolist()
        [2, 3]

    Reference:
        Keras: keras.ops.get_item
    """
    return array(x)[tuple(key) if isinstance(key, list) else key]  # JSON has no tuples


@op
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Choose from two tensors, element by element.

    Args:
        condition: boolean tensor.
        x1: values where it is true.
        x2: values where it is false. Without both, the positions of true elements are returned.

    Returns:
        Tensor of the broadcast shape.

    Example:
        >>> where([True, False], [1, 2], [3, 4]).tolist()
        [1, 4]

    Reference:
        Keras: keras.ops.where
    """
    if x1 is None and x2 is None:
        return jnp.where(array(condition))
    return jnp.where(array(condition), operand(x1), operand(x2))


@op
def nonzero(x: Any) -> tuple[Any, ...]:
    """Return the positions of elements other than 0, one tensor an axis; not under jit.

    Args:
        x: tensor of any shape.

    Returns:
        A tuple of int32 tensors `[n]`.

    Example:
        >>> [axis.tolist() for axis in nonzero([0, 7, 8])]
        [[1, 2]]

    Reference:
        Keras: keras.ops.nonzero
    """
    return jnp.nonzero(array(x))


@op
def tril(x: Any, k: int = 0) -> Any:
    """Set elements above a diagonal to 0.

    Args:
        x: tensor `[..., rows, columns]`.
        k: which diagonal, counted upwards from the main one.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> tril([[1, 2], [3, 4]]).tolist()
        [[1, 0], [3, 4]]

    Reference:
        Keras: keras.ops.tril
    """
    return jnp.tril(array(x), k)


@op
def triu(x: Any, k: int = 0) -> Any:
    """Set elements below a diagonal to 0.

    Args:
        x: tensor `[..., rows, columns]`.
        k: which diagonal, counted upwards from the main one.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> triu([[1, 2], [3, 4]]).tolist()
        [[1, 2], [0, 4]]

    Reference:
        Keras: keras.ops.triu
    """
    return jnp.triu(array(x), k)


@op
def diag(x: Any, k: int = 0) -> Any:
    """Make a diagonal matrix of a vector, or take a matrix' diagonal.

    Args:
        x: tensor `[n]` or `[rows, columns]`.
        k: which diagonal, counted upwards from the main one.

    Returns:
        Tensor `[n, n]` or `[n]`.

    Example:
        >>> diag([1, 2]).tolist()
        [[1, 0], [0, 2]]

    Reference:
        Keras: keras.ops.diag
    """
    return jnp.diag(array(x), k)
