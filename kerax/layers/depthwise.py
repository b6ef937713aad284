"""Convolution layers that treat channels apart."""

from collections.abc import Sequence
from typing import Any

from kerax import ops
from kerax.layers.arguments import positive, resolve
from kerax.layers.convolution import Convolution, Numbers

__all__ = ["DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"]

_DEPTHWISE = (
    *("kernel_size", "strides", "padding", "depth_multiplier", "data_format", "dilation_rate"),
    *("activation", "use_bias", "depthwise_initializer", "bias_initializer"),
    *("depthwise_regularizer", "bias_regularizer", "activity_regularizer"),
    *("depthwise_constraint", "bias_constraint"),
)
_SEPARABLE = (
    *("filters", *_DEPTHWISE),
    *("pointwise_initializer", "pointwise_regularizer", "pointwise_constraint"),
)


class _Depthwise(Convolution):
    """A convolution of each channel by itself."""

    _config = _DEPTHWISE

    def __init__(
        self,
        rank: int,
        depth_multiplier: int,
        depthwise_initializer: Any,
        depthwise_regularizer: Any,
        depthwise_constraint: Any,
        **kwargs: Any,
    ):
        super().__init__(rank, **kwargs)
        self.depth_multiplier = positive(depth_multiplier, self.name, "depth_multiplier")
        resolve(
            self,
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create kernel `[*window, channels, multiplier]` and bias."""
        channels = self._channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self._add_kernel("kernel", "depthwise", shape)
        self._add_bias(channels * self.depth_multiplier)

    def _convolve(self, inputs: Any) -> Any:
        return ops.depthwise_conv(
            inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate
        )


class _Separable(_Depthwise):
    """A depthwise convolution, then a mix of the channels."""

    _config = _SEPARABLE

    def __init__(
        self,
        rank: int,
        filters: int,
        pointwise_initializer: Any,
        pointwise_regularizer: Any,
        pointwise_constraint: Any,
        **kwargs: Any,
    ):
        super().__init__(rank, **kwargs)
        self.filters = positive(filters, self.name, "filters")
        resolve(
            self,
            pointwise_initializer=pointwise_initializer,
            pointwise_regularizer=pointwise_regularizer,
            pointwise_constraint=pointwise_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create both kernels and the bias."""
        channels = self._channels(input_shape)
        deep = (*self.kernel_size, channels, self.depth_multiplier)
        flat = (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        self.depthwise_kernel = self._add_kernel("depthwise_kernel", "depthwise", deep)
        self.pointwise_kernel = self._add_kernel("pointwise_kernel", "pointwise", flat)
        self._add_bias(self.filters)

    def _convolve(self, inputs: Any) -> Any:
        return ops.separable_conv(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )


class DepthwiseConv1D(_Depthwise):
    """Convolution of each channel of sequences by itself.

    Args:
        kernel_size: size of the window.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        depth_multiplier: number of output channels for each input channel.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        depthwise_initializer: first values of the kernel; likewise `bias_initializer`.
        depthwise_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        depthwise_constraint: projection of the kernel; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> DepthwiseConv1D(3)(ops.ones((2, 7, 3))).shape
        (2, 5, 3)

    Reference:
        Keras: keras.layers.DepthwiseConv1D
    """

    def __init__(
        self,
        kernel_size: Numbers,
        strides: Numbers = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Numbers = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            1,
            depth_multiplier,
            depthwise_initializer,
            depthwise_regularizer,
            depthwise_constraint,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )


class SeparableConv1D(_Separable):
    """Convolution of each channel of sequences by itself, then a mix of the channels.

    Args:
        filters: number of output channels.
        kernel_size: size of the window.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        depth_multiplier: number of channels in between for each input channel.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        depthwise_initializer: first values; likewise `pointwise_`, `bias_initializer`.
        depthwise_regularizer: penalty; likewise `pointwise_`, `bias_`, `activity_regularizer`.
        depthwise_constraint: projection; likewise `pointwise_`, `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> SeparableConv1D(4, 3)(ops.ones((2, 7, 3))).shape
        (2, 5, 4)

    Reference:
        Chollet, 2017, Xception. Keras: keras.layers.SeparableConv1D
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Numbers = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            1,
            filters,
            pointwise_initializer,
            pointwise_regularizer,
            pointwise_constraint,
            depth_multiplier=depth_multiplier,
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )


class DepthwiseConv2D(_Depthwise):
    """Convolution of each channel of images by itself.

    Args:
        kernel_size: size of the window.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        depth_multiplier: number of output channels for each input channel.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        depthwise_initializer: first values of the kernel; likewise `bias_initializer`.
        depthwise_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        depthwise_constraint: projection of the kernel; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> DepthwiseConv2D(3)(ops.ones((2, 7, 7, 3))).shape
        (2, 5, 5, 3)

    Reference:
        Keras: keras.layers.DepthwiseConv2D
    """

    def __init__(
        self,
        kernel_size: Numbers,
        strides: Numbers = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Numbers = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            2,
            depth_multiplier,
            depthwise_initializer,
            depthwise_regularizer,
            depthwise_constraint,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )


class SeparableConv2D(_Separable):
    """Convolution of each channel of images by itself, then a mix of the channels.

    Args:
        filters: number of output channels.
        kernel_size: size of the window.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        depth_multiplier: number of channels in between for each input channel.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        depthwise_initializer: first values; likewise `pointwise_`, `bias_initializer`.
        depthwise_regularizer: penalty; likewise `pointwise_`, `bias_`, `activity_regularizer`.
        depthwise_constraint: projection; likewise `pointwise_`, `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> SeparableConv2D(4, 3)(ops.ones((2, 7, 7, 3))).shape
        (2, 5, 5, 4)

    Reference:
        Chollet, 2017, Xception. Keras: keras.layers.SeparableConv2D
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Numbers = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            2,
            filters,
            pointwise_initializer,
            pointwise_regularizer,
            pointwise_constraint,
            depth_multiplier=depth_multiplier,
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )
