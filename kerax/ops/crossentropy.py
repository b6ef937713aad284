"""Cross-entropies between targets and predictions, one value an example."""

from typing import Any

import jax
import jax.numpy as jnp

from kerax import config
from kerax.errors import ShapeError
from kerax.ops.definitions import array
from kerax.ops.dispatch import op
from kerax.ops.elementwise import as_float

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
]


@op
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Return `-(t log p + (1 - t) log(1 - p))`, element by element.

    Args:
        target: probabilities or labels 0 and 1 `[batch, ...]`.
        output: predictions of the same shape.
        from_logits: whether predictions are logits rather than probabilities.

    Returns:
        Tensor of the shape of `output`.

    Raises:
        ShapeError: where the shapes differ.

    Example:
        >>> float(binary_crossentropy(1.0, 0.0, from_logits=True))
        0.693147...

    Reference:
        Keras: keras.ops.binary_crossentropy
    """
    target, output = array(target), as_float(array(output))
    if target.shape != output.shape:
        raise ShapeError(
            f"binary_crossentropy: got target of shape {target.shape} and output of shape "
            f"{output.shape}; wanted equal shapes."
        )
    target = target.astype(output.dtype)
    if from_logits:
        positive = jax.nn.log_sigmoid(output)
        return -(target * positive + (1 - target) * (positive - output))
    output = _clipped(output)
    return -(target * jnp.log(output) + (1 - target) * jnp.log(1 - output))


@op
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return `-sum(t log p)` over the classes.

    Args:
        target: probabilities `[batch, ..., classes]`.
        output: predictions of the same shape.
        from_logits: whether predictions are logits; probabilities are divided by their sum.
        axis: the axis of classes.

    Returns:
        Tensor without the axis of classes.

    Raises:
        ShapeError: where the shapes differ.

    Example:
        >>> float(categorical_crossentropy([0.0, 1.0], [0.5, 0.5]))
        0.693147...

    Reference:
        Keras: keras.ops.categorical_crossentropy
    """
    target, output = array(target), as_float(array(output))
    if target.shape != output.shape or not output.ndim:
        raise ShapeError(
            f"categorical_crossentropy: got target of shape {target.shape} and output of shape "
            f"{output.shape}; wanted equal shapes with an axis of classes."
        )
    return -jnp.sum(target.astype(output.dtype) * _log(output, from_logits, axis), axis=axis)


@op
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return `-log p[class]`; class numbers out of range count 0.

    Args:
        target: class numbers `[batch, ...]`, with or without a last axis of size 1.
        output: predictions `[batch, ..., classes]`.
        from_logits: whether predictions are logits; probabilities are divided by their sum.
        axis: the axis of classes.

    Returns:
        Tensor without the axis of classes.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> float(sparse_categorical_crossentropy(1, [0.5, 0.5]))
        0.693147...

    Reference:
        Keras: keras.ops.sparse_categorical_crossentropy
    """
    target, output = array(target), as_float(array(output))
    axis = axis % output.ndim if output.ndim else 0
    if target.ndim == output.ndim and target.ndim and target.shape[-1] == 1:
        target = jnp.squeeze(target, -1)
    wanted = output.shape[:axis] + output.shape[axis + 1 :]
    if not output.ndim or target.shape != wanted:
        raise ShapeError(
            f"sparse_categorical_crossentropy: got target of shape {target.shape} and output of "
            f"shape {output.shape}; wanted a target of shape {wanted}."
        )
    log_p = _log(output, from_logits, axis)
    # A comparison rather than a gather: it fuses, and its gradient is no scatter.
    classes = jax.lax.broadcasted_iota("int32", output.shape, axis)
    chosen = classes == jnp.expand_dims(target.astype("int32"), axis)
    return -jnp.sum(jnp.where(chosen, log_p, jnp.zeros_like(log_p)), axis=axis)


def _log(output: Any, from_logits: bool, axis: int) -> Any:
    if from_logits:
        return jax.nn.log_softmax(output, axis)
    return jnp.log(_clipped(output / jnp.sum(output, axis, keepdims=True)))


def _clipped(probability: Any) -> Any:
    epsilon = config.epsilon()
    return jnp.clip(probability, epsilon, 1.0 - epsilon)
