"""Ops that shift and scale to given statistics."""

from typing import Any

import jax.numpy as jnp
from jax import lax

from kerax import config
from kerax.ops.definitions import array
from kerax.ops.dispatch import op
from kerax.ops.elementwise import as_float

__all__ = ["batch_normalization", "layer_normalization", "normalize", "rms_normalization"]


@op
def normalize(x: Any, axis: int = -1, order: int | float = 2, epsilon: float | None = None) -> Any:
    """Divide by the norm along an axis.

    Args:
        x: tensor of any shape.
        axis: the axis.
        order: which norm.
        epsilon: the least divisor; None means `kerax.config.epsilon()`.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> normalize([3.0, 4.0]).tolist()
        [0.6..., 0.8...]

    Reference:
        Keras: keras.ops.normalize
    """
    x, epsilon = as_float(array(x)), config.epsilon() if epsilon is None else epsilon
    if order == 2:
        total = jnp.sum(jnp.square(x), axis=axis, keepdims=True)
        return x * lax.rsqrt(jnp.maximum(total, epsilon**2))
    size = jnp.linalg.norm(x, ord=order, axis=axis, keepdims=True)
    return x / jnp.maximum(size, epsilon)


@op(static=("axis",))
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """Return `(x - mean) / sqrt(variance + epsilon) * scale + offset`.

    Args:
        x: tensor of any shape.
        mean: tensor `[size of axis]`.
        variance: tensor `[size of axis]`.
        axis: the axis that the vectors belong to.
        offset: tensor `[size of axis]`; None means 0.
        scale: tensor `[size of axis]`; None means 1.
        epsilon: added to the variance.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> batch_normalization([[3.0]], [1.0], [4.0], axis=-1, epsilon=0.0).tolist()
        [[1.0]]

    Reference:
        Ioffe and Szegedy, 2015. Keras: keras.ops.batch_normalization
    """
    x, mean, variance = array(x), array(mean), array(variance)
    shape = [1] * x.ndim
    shape[axis] = mean.shape[0]
    factor = lax.rsqrt(variance + epsilon)
    if scale is not None:
        factor = factor * array(scale)
    shift = -mean * factor
    if offset is not None:
        shift = shift + array(offset)
    return (x * factor.reshape(shape) + shift.reshape(shape)).astype(x.dtype)


@op
def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Any:
    """Return `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, statistics over `axis`.

    Half-precision inputs are computed in float32.

    Args:
        x: tensor of any shape.
        gamma: tensor of the sizes of `axis`; None means 1.
        beta: tensor of the sizes of `axis`; None means 0.
        axis: the axis or axes to normalize over.
        epsilon: added to the variance; None means `kerax.config.epsilon()`.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> layer_normalization([1.0, 3.0], epsilon=0.0).tolist()
        [-1.0, 1.0]

    Reference:
        Ba et al., 2016. Keras: keras.ops.layer_normalization
    """
    x, epsilon = array(x), config.epsilon() if epsilon is None else epsilon
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    wide = x.astype("float32") if x.dtype in (jnp.float16, jnp.bfloat16) else x
    mean = jnp.mean(wide, axes, keepdims=True)
    centred = wide - mean
    out = centred * lax.rsqrt(jnp.mean(jnp.square(centred), axes, keepdims=True) + epsilon)
    shape = [size if i in {a % x.ndim for a in axes} else 1 for i, size in enumerate(x.shape)]
    if gamma is not None:
        out = out * array(gamma).reshape(shape)
    if beta is not None:
        out = out + array(beta).reshape(shape)
    return out.astype(x.dtype)


@op
def rms_normalization(
    x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Any:
    """Return `x / sqrt(mean(x²) + epsilon) * scale`, the mean over `axis`.

    Half-precision inputs are computed in float32.

    Args:
        x: tensor of any shape.
        scale: tensor of the sizes of `axis`; None means 1.
        axis: the axis or axes to normalize over.
        epsilon: added to the mean square; None means `kerax.config.epsilon()`.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> rms_normalization([3.0, -3.0], epsilon=0.0).tolist()
        [1.0, -1.0]

    Reference:
        Zhang and Sennrich, 2019. Keras: keras.ops.rms_normalization
    """
    x, epsilon = array(x), config.epsilon() if epsilon is None else epsilon
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    wide = x.astype("float32") if x.dtype in (jnp.float16, jnp.bfloat16) else x
    out = wide * lax.rsqrt(jnp.mean(jnp.square(wide), axes, keepdims=True) + epsilon)
    if scale is not None:
        shape = [size if i in {a % x.ndim for a in axes} else 1 for i, size in enumerate(x.shape)]
        out = out * array(scale).reshape(shape)
    return out.astype(x.dtype)
