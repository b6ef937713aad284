"""Convolutions over one, two or three spatial axes, in both image layouts."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from kerax import config
from kerax.errors import ArgumentError, ShapeError
from kerax.ops.definitions import array
from kerax.ops.dispatch import op

__all__ = [
    "conv",
    "conv_transpose",
    "depthwise_conv",
    "separable_conv",
]

_SPATIAL = "DHW"


def sizes(value: int | Sequence[int], rank: int) -> tuple[int, ...]:
    """Return one number for each spatial axis."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _numbers(rank: int, data_format: str) -> tuple[str, str, str]:
    spatial = _SPATIAL[3 - rank :]
    image = f"N{spatial}C" if data_format == "channels_last" else f"NC{spatial}"
    return image, f"{spatial}IO", image


def _checked(inputs: Any, kernel: Any, where: str) -> tuple[Any, Any, int]:
    inputs, kernel = array(inputs), array(kernel)
    rank = inputs.ndim - 2
    if rank not in (1, 2, 3) or kernel.ndim != inputs.ndim:
        raise ShapeError(
            f"{where}: got inputs of shape {inputs.shape} and a kernel of shape {kernel.shape}; "
            "wanted [batch, 1 to 3 spatial axes, channels] and a kernel of as many axes."
        )
    dtype = jnp.promote_types(inputs.dtype, kernel.dtype)
    return inputs.astype(dtype), kernel.astype(dtype), rank


def check_window(window: Sequence[int], spatial: Sequence[Any], padding: str, where: str) -> None:
    """Raise where a window does not fit into the input even once.

    Args:
        window: the window's sizes, dilation included.
        spatial: the input's; those that are not integers are not checked.
        padding: `"valid"` or `"same"`; only the first can fail.
        where: who asks, for the message.
    """
    if padding.lower() != "valid":
        return
    if any(isinstance(n, int) and n < k for k, n in zip(window, spatial, strict=True)):
        raise ShapeError(
            f"{where}: got a window of {tuple(window)} for an input of {tuple(spatial)}; wanted "
            "one that fits. Make the window or the strides before it smaller, or pad ('same')."
        )


@op
def conv(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Any:
    """Convolve images with a kernel (strictly, correlate); grouped where channels divide.

    Args:
        inputs: `[batch, *spatial, channels]`, or channels second.
        kernel: `[*window, channels // groups, filters]`.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.

    Returns:
        Tensor `[batch, *new spatial, filters]`, or channels second.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> conv(jnp.ones((1, 5, 2)), jnp.ones((3, 2, 4))).shape
        (1, 3, 4)

    Reference:
        Keras: keras.ops.conv
    """
    inputs, kernel, rank = _checked(inputs, kernel, "conv")
    layout = config.standardize_data_format(data_format)
    channels = inputs.shape[-1] if layout == "channels_last" else inputs.shape[1]
    if channels % kernel.shape[-2]:
        raise ShapeError(
            f"conv: got {channels} input channels and a kernel of shape {kernel.shape}; wanted "
            f"a multiple of {kernel.shape[-2]} channels. Check `data_format`, here {layout!r}."
        )
    dilation = sizes(dilation_rate, rank)
    window = tuple((k - 1) * d + 1 for k, d in zip(kernel.shape[:rank], dilation, strict=True))
    spatial = inputs.shape[1:-1] if layout == "channels_last" else inputs.shape[2:]
    check_window(window, spatial, padding, "conv")
    return lax.conv_general_dilated(
        inputs,
        kernel,
        window_strides=sizes(strides, rank),
        padding=padding.upper(),
        rhs_dilation=dilation,
        dimension_numbers=_numbers(rank, layout),
        feature_group_count=channels // kernel.shape[-2],
    )


@op
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Any:
    """Convolve each channel with kernels of its own.

    Args:
        inputs: `[batch, *spatial, channels]`, or channels second.
        kernel: `[*window, channels, multiplier]`.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.

    Returns:
        Tensor `[batch, *new spatial, channels * multiplier]`, or channels second.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> depthwise_conv(jnp.ones((1, 5, 2)), jnp.ones((3, 2, 4))).shape
        (1, 3, 8)

    Reference:
        Keras: keras.ops.depthwise_conv
    """
    kernel = array(kernel)
    grouped = kernel.reshape(*kernel.shape[:-2], 1, kernel.shape[-2] * kernel.shape[-1])
    return conv(inputs, grouped, strides, padding, data_format, dilation_rate)


@op
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Any:
    """Convolve each channel by itself, then mix the channels.

    Args:
        inputs: `[batch, *spatial, channels]`, or channels second.
        depthwise_kernel: `[*window, channels, multiplier]`.
        pointwise_kernel: `[*ones, channels * multiplier, filters]`.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.

    Returns:
        Tensor `[batch, *new spatial, filters]`, or channels second.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> x, depthwise, pointwise = jnp.ones((1, 5, 2)), jnp.ones((3, 2, 1)), jnp.ones((1, 2, 7))
        >>> separable_conv(x, depthwise, pointwise).shape
        (1, 3, 7)

    Reference:
        Chollet, 2017, Xception. Keras: keras.ops.separable_conv
    """
    deep = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(deep, pointwise_kernel, data_format=data_format)


@op
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Any:
    """Spread each input element over a window: the gradient of a convolution.

    Args:
        inputs: `[batch, *spatial, channels]`, or channels second.
        kernel: `[*window, filters, channels]`.
        strides: distance between windows in the result.
        padding: `"valid"` or `"same"`.
        output_padding: how much longer than the least length the result is.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.

    Returns:
        Tensor `[batch, *new spatial, filters]`, or channels second.

    Raises:
        ArgumentError, ShapeError: where the arguments do not fit.

    Example:
        >>> conv_transpose(jnp.ones((1, 5, 2)), jnp.ones((3, 4, 2)), strides=2).shape
        (1, 11, 4)

    Reference:
        Dumoulin and Visin, 2016, A guide to convolution arithmetic. Keras: keras.ops.conv_transpose
    """
    inputs, kernel, rank = _checked(inputs, kernel, "conv_transpose")
    layout = config.standardize_data_format(data_format)
    steps, dilation = sizes(strides, rank), sizes(dilation_rate, rank)
    extra = (None,) * rank if output_padding is None else sizes(output_padding, rank)
    margins = [
        _margin(size, step, spread, padding.lower(), more)
        for size, step, spread, more in zip(
            kernel.shape[:rank], steps, dilation, extra, strict=True
        )
    ]
    flipped = jnp.swapaxes(jnp.flip(kernel, tuple(range(rank))), -1, -2)
    return lax.conv_general_dilated(
        inputs,
        flipped,
        window_strides=(1,) * rank,
        padding=margins,
        lhs_dilation=steps,
        rhs_dilation=dilation,
        dimension_numbers=_numbers(rank, layout),
    )


def _margin(size: int, stride: int, dilation: int, padding: str, more: int | None) -> tuple:
    """The margins of one axis that give a transposed convolution its length."""
    reach = (size - 1) * dilation + 1
    if padding not in ("valid", "same"):
        raise ArgumentError(f"conv_transpose: got padding {padding!r}; wanted 'valid' or 'same'.")
    if padding == "valid":
        beyond = max(reach, stride) if more is None else reach + more
    else:
        beyond = stride if more is None else reach % 2 + more
    cut = max(reach - beyond, 0) // 2
    before = reach - 1 - cut
    return before, beyond - 1 - before + reach - 1
