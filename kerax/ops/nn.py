"""Ops of neural networks: activations, normalization, cross-entropies."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from kerax.errors import ShapeError
from kerax.ops.definitions import array, axes_of, unary
from kerax.ops.dispatch import op
from kerax.ops.elementwise import as_float

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]

relu = unary("relu", jax.nn.relu, "Return `max(x, 0)`.")
relu6 = unary("relu6", jax.nn.relu6, "Return `min(max(x, 0), 6)`.")
sigmoid = unary("sigmoid", lambda x: jax.nn.sigmoid(as_float(x)), "Return `1 / (1 + exp(-x))`.")
softplus = unary("softplus", jax.nn.softplus, "Return `log(1 + exp(x))`.")
softsign = unary("softsign", jax.nn.soft_sign, "Return `x / (1 + |x|)`.")
silu = unary("silu", lambda x: jax.nn.silu(as_float(x)), "Return `x * sigmoid(x)`.")
swish = silu
log_sigmoid = unary("log_sigmoid", jax.nn.log_sigmoid, "Return `log(sigmoid(x))`.")
hard_sigmoid = unary("hard_sigmoid", jax.nn.hard_sigmoid, "Return `relu6(x + 3) / 6`.")
hard_silu = unary("hard_silu", jax.nn.hard_silu, "Return `x * hard_sigmoid(x)`.")
hard_swish = hard_silu
hard_tanh = unary("hard_tanh", jax.nn.hard_tanh, "Return `min(max(x, -1), 1)`.")
selu = unary("selu", jax.nn.selu, "Return the scaled exponential linear unit.")
mish = unary("mish", lambda x: x * jnp.tanh(jax.nn.softplus(x)), "Return `x * tanh(softplus(x))`.")
tanh_shrink = unary("tanh_shrink", lambda x: x - jnp.tanh(x), "Return `x - tanh(x)`.")
sparse_plus = unary(
    "sparse_plus", jax.nn.sparse_plus, "Return 0 below -1, `(x + 1)² / 4` to 1, `x` above."
)
sparse_sigmoid = unary(
    "sparse_sigmoid", jax.nn.sparse_sigmoid, "Return 0 below -1, `(x + 1) / 2` to 1, 1 above."
)


@op
def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return `x` where positive, else `alpha * (exp(x) - 1)`.

    Args:
        x: tensor of any shape.
        alpha: minus the limit for small `x`.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> elu([-1e9, 2.0]).tolist()
        [-1.0, 2.0]

    Reference:
        Clevert et al., 2016. Keras: keras.ops.elu
    """
    return jax.nn.elu(array(x), alpha)


@op
def celu(x: Any, alpha: float = 1.0) -> Any:
    """Return `max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)`.

    Args:
        x: tensor of any shape.
        alpha: minus the limit for small `x`.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> celu([-1e9, 2.0]).tolist()
        [-1.0, 2.0]

    Reference:
        Barron, 2017. Keras: keras.ops.celu
    """
    return jax.nn.celu(array(x), alpha)


@op
def gelu(x: Any, approximate: bool = True) -> Any:
    """Return `x * P(X <= x)` for normal `X`.

    Args:
        x: tensor of any shape.
        approximate: whether to use the approximation by tanh.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> gelu([0.0, 10.0]).tolist()
        [0.0, 10.0]

    Reference:
        Hendrycks and Gimpel, 2016. Keras: keras.ops.gelu
    """
    return jax.nn.gelu(array(x), approximate)


@op
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Return `x` where positive, else `negative_slope * x`.

    Args:
        x: tensor of any shape.
        negative_slope: slope on the negative side.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> leaky_relu([-5.0, 2.0], 0.5).tolist()
        [-2.5, 2.0]

    Reference:
        Maas et al., 2013. Keras: keras.ops.leaky_relu
    """
    return jax.nn.leaky_relu(array(x), negative_slope)


@op
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Return `x` where `|x| > threshold`, else 0.

    Args:
        x: tensor of any shape.
        threshold: half the width of the flat part.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> hard_shrink([0.2, 2.0]).tolist()
        [0.0, 2.0]

    Reference:
        Keras: keras.ops.hard_shrink
    """
    x = as_float(array(x))
    return jnp.where(jnp.abs(x) > threshold, x, jnp.zeros_like(x))


@op
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Return `sign(x) * max(|x| - threshold, 0)`.

    Args:
        x: tensor of any shape.
        threshold: half the width of the flat part.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> soft_shrink([0.2, 2.0]).tolist()
        [0.0, 1.5]

    Reference:
        Keras: keras.ops.soft_shrink
    """
    x = array(x)
    below = jnp.where(x < -threshold, x + threshold, jnp.zeros_like(x))
    return jnp.where(x > threshold, x - threshold, below)


@op(static=("threshold", "default_value"))
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """Return `x` where it exceeds `threshold`, else `default_value`.

    Args:
        x: tensor of any shape.
        threshold: the bound.
        default_value: what stands elsewhere.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> threshold([1.0, 3.0], 2.0, -1.0).tolist()
        [-1.0, 3.0]

    Reference:
        Keras: keras.ops.threshold
    """
    x = array(x)
    return jnp.where(x > threshold, x, jnp.asarray(default_value, x.dtype))


@op
def squareplus(x: Any, b: float = 4) -> Any:
    """Return `(x + sqrt(x² + b)) / 2`.

    Args:
        x: tensor of any shape.
        b: smoothness.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> squareplus([0.0], b=4).tolist()
        [1.0]

    Reference:
        Barron, 2021. Keras: keras.ops.squareplus
    """
    return jax.nn.squareplus(array(x), b)


@op
def glu(x: Any, axis: int = -1) -> Any:
    """Return the first half of `x` times the sigmoid of the second.

    Args:
        x: tensor of even size along `axis`.
        axis: the axis to halve.

    Returns:
        Tensor of half the size along `axis`.

    Example:
        >>> glu([[3.0, 0.0]]).tolist()
        [[1.5]]

    Reference:
        Dauphin et al., 2017. Keras: keras.ops.glu
    """
    x = array(x)
    if x.shape[axis] % 2:
        raise ShapeError(f"glu: got shape {x.shape}; wanted an even size along axis {axis}.")
    return jax.nn.glu(x, axis)


@op
def softmax(x: Any, axis: int | Sequence[int] = -1) -> Any:
    """Return `exp(x) / sum(exp(x))`.

    Args:
        x: tensor of any shape.
        axis: the axis or axes that sum to 1.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]

    Reference:
        Keras: keras.ops.softmax
    """
    return jax.nn.softmax(array(x), axes_of(axis))


@op
def log_softmax(x: Any, axis: int | Sequence[int] = -1) -> Any:
    """Return `log(softmax(x))`, safely.

    Args:
        x: tensor of any shape.
        axis: the axis or axes that the softmax sums over.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> log_softmax([3.0]).tolist()
        [0.0]

    Reference:
        Keras: keras.ops.log_softmax
    """
    return jax.nn.log_softmax(as_float(array(x)), axes_of(axis))


@op
def sparsemax(x: Any, axis: int = -1) -> Any:
    """Return the point of the probability simplex that is nearest to `x`.

    Args:
        x: tensor of any shape.
        axis: the axis that sums to 1.

    Returns:
        Tensor of the shape of `x`, with zeros for low scores.

    Example:
        >>> sparsemax([0.0, 3.0]).tolist()
        [0.0, 1.0]

    Reference:
        Martins and Astudillo, 2016. Keras: keras.ops.sparsemax, whose results (3.15) do
        not sum to 1.
    """
    x = jnp.moveaxis(array(x), axis, -1)
    ordered = jnp.flip(jnp.sort(x, axis=-1), -1)
    total = jnp.cumsum(ordered, axis=-1)
    rank = jnp.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    size = jnp.sum(1 + rank * ordered > total, axis=-1, keepdims=True)
    shift = (jnp.take_along_axis(total, size - 1, axis=-1) - 1) / size.astype(x.dtype)
    return jnp.moveaxis(jnp.maximum(x - shift, 0), -1, axis)
