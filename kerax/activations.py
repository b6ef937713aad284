"""Activations: functions of a tensor, elementwise unless their docstring names an axis."""

from typing import Any

from kerax import ops, plugins, serialization
from kerax.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    mish,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh,
    tanh_shrink,
    threshold,
)

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
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
    "tanh",
    "tanh_shrink",
    "threshold",
]


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """Return `max(x, 0)`, or a version of it with a slope, a ceiling and a threshold.

    Below the threshold: `negative_slope * (x - threshold)`; above: `min(x, max_value)`.

    Args:
        x: tensor of any shape.
        negative_slope: slope below the threshold.
        max_value: the ceiling; None means none.
        threshold: where the linear part begins.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> relu([-1.0, 2.0]).tolist()
        [0.0, 2.0]

    Reference:
        Keras: keras.activations.relu
    """
    if threshold:
        above = ops.where(ops.greater_equal(x, threshold), x, 0.0)
        out = ops.where(ops.less(x, threshold), negative_slope * ops.subtract(x, threshold), above)
    elif negative_slope:
        out = ops.leaky_relu(x, negative_slope)
    elif max_value == 6:
        return ops.relu6(x)
    else:
        out = ops.relu(x)
    return out if max_value is None else ops.minimum(out, max_value)


def gelu(x: Any, approximate: bool = False) -> Any:
    """Return `x * P(X <= x)` for normal `X`.

    Args:
        x: tensor of any shape.
        approximate: whether to use the approximation by tanh.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> float(gelu(0.0))
        0.0

    Reference:
        Hendrycks and Gimpel, 2016. Keras: keras.activations.gelu
    """
    return ops.gelu(x, approximate)


def exponential(x: Any) -> Any:
    """Return `exp(x)`.

    Args:
        x: tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> float(exponential(0.0))
        1.0

    Reference:
        Keras: keras.activations.exponential
    """
    return ops.exp(x)


def linear(x: Any) -> Any:
    """Return `x` as it is.

    Args:
        x: tensor of any shape.

    Returns:
        The same tensor.

    Example:
        >>> linear(3.0)
        3.0

    Reference:
        Keras: keras.activations.linear
    """
    return x


def get(identifier: Any) -> Any:
    """Return the activation that an identifier stands for.

    Args:
        identifier: None (`linear`), a name such as `"relu"`, `"namespace>name"`, a config, a
            function or a layer.

    Returns:
        A function of a tensor, or a layer.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)

    Reference:
        Keras: keras.activations.get
    """
    return linear if identifier is None else plugins.get("activation", identifier)


def serialize(activation: Any) -> Any:
    """Return the name of an activation, or the config of one that is not kerax' own.

    Args:
        activation: a function or layer.

    Returns:
        A string, or a dict of JSON types.

    Example:
        >>> serialize(relu)
        'relu'

    Reference:
        Keras: keras.activations.serialize
    """
    name = getattr(activation, "__name__", None)
    if name is not None and globals().get(name) is activation:
        return name
    return serialization.serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the activation that a name or config describes.

    Args:
        config: what `serialize` returned.
        custom_objects: functions by name, beside those registered.

    Returns:
        A function of a tensor, or a layer.

    Example:
        >>> deserialize("tanh") is tanh
        True

    Reference:
        Keras: keras.activations.deserialize
    """
    return serialization.deserialize_keras_object(config, custom_objects, kind="activation")
