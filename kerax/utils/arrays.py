"""Numpy utilities around training data."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from kerax import config, ops
from kerax.errors import ArgumentError
from kerax.symbolic import KerasTensor

__all__ = ["normalize", "to_categorical"]


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Return integer labels as one-hot vectors.

    Args:
        x: labels `[...]` or `[..., 1]`, integers from 0.
        num_classes: the length of the vectors; None means the highest label and one.

    Returns:
        `[..., num_classes]`: float64 for numpy arrays and lists, `floatx()` for tensors.

    Raises:
        ArgumentError: for no labels without `num_classes`, and for labels out of range.

    Example:
        >>> to_categorical([0, 2]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]

    Reference:
        Keras: keras.utils.to_categorical, which counts negative labels from the end.
    """
    if isinstance(x, KerasTensor):
        return ops.one_hot(x, _known(num_classes, "a symbolic tensor"))
    if isinstance(x, Tracer):
        return ops.one_hot(x, _known(num_classes, "a traced array"))
    try:
        labels = np.asarray(x).astype("int64")
    except (ValueError, TypeError) as error:
        raise ArgumentError(f"to_categorical: got {x!r:.100}; wanted integer labels.") from error
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if not labels.size:
            raise ArgumentError("to_categorical: got no labels; wanted some, or num_classes.")
        num_classes = int(labels.max()) + 1
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise ArgumentError(
            f"to_categorical: got labels from {labels.min()} to {labels.max()}; wanted 0 to "
            f"{num_classes - 1}."
        )
    vectors = np.zeros((*labels.shape, num_classes))
    np.put_along_axis(vectors, labels[..., None], 1.0, axis=-1)
    return ops.cast(vectors, config.floatx()) if isinstance(x, jax.Array) else vectors


def _known(num_classes: int | None, what: str) -> int:
    if num_classes is None:
        raise ArgumentError(f"to_categorical: got {what} without num_classes; wanted both.")
    return num_classes


def normalize(x: Any, axis: int = -1, order: float = 2) -> Any:
    r"""Divide by the norm along an axis: `x / ||x||`; zeros stay zeros.

    Args:
        x: an array or list of numbers.
        axis: the axis to take norms along.
        order: the norm's order, as in `numpy.linalg.norm`.

    Returns:
        An array of the same shape, at least one axis more for a vector in numpy.

    Example:
        >>> normalize(np.array([[3.0, 4.0]])).tolist()
        [[0.6, 0.8]]

    Reference:
        Keras: keras.utils.normalize
    """
    if not isinstance(x, np.ndarray):
        x = jnp.atleast_1d(ops.convert_to_tensor(x))
        return ops.normalize(x, axis=axis, order=order)
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
