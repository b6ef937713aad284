"""Transposed convolution layers: the gradients of convolutions, which make images larger."""

from collections.abc import Sequence
from typing import Any

from kerax import ops
from kerax.layers.arguments import positive, resolve, sizes
from kerax.layers.convolution import Convolution, Numbers

__all__ = ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"]


class _Transposed(Convolution):
    """A transposed convolution over `rank` axes."""

    _config = (
        *("filters", "kernel_size", "strides", "padding", "output_padding", "data_format"),
        *("dilation_rate", "activation", "use_bias", "kernel_initializer", "bias_initializer"),
        *("kernel_regularizer", "bias_regularizer", "activity_regularizer"),
        *("kernel_constraint", "bias_constraint"),
    )

    def __init__(
        self,
        rank: int,
        filters: int,
        output_padding: Numbers | None,
        kernel_initializer: Any,
        kernel_regularizer: Any,
        kernel_constraint: Any,
        **kwargs: Any,
    ):
        super().__init__(rank, **kwargs)
        self.filters = positive(filters, self.name, "filters")
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = sizes(output_padding, rank, self.name, "output_padding", least=0)
        resolve(
            self,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            kernel_constraint=kernel_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create kernel `[*window, filters, channels]` and bias `[filters]`."""
        shape = (*self.kernel_size, self.filters, self._channels(input_shape))
        self.kernel = self._add_kernel("kernel", "kernel", shape)
        self._add_bias(self.filters)

    def _convolve(self, inputs: Any) -> Any:
        return ops.conv_transpose(
            inputs,
            self.kernel,
            self.strides,
            self.padding,
            self.output_padding,
            self.data_format,
            self.dilation_rate,
        )


class Conv1DTranspose(_Transposed):
    """Transposed convolution of sequences: each element is spread over a window.

    Args:
        filters: number of output channels.
        kernel_size: size of the window.
        strides: distance between windows in the result.
        padding: `"valid"` or `"same"`.
        output_padding: how much longer than the least length the result is; None decides.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        kernel_initializer: first values of the kernel; likewise `bias_initializer`.
        kernel_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        kernel_constraint: projection of the kernel; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> Conv1DTranspose(4, 2, strides=2)(ops.ones((2, 3, 1))).shape
        (2, 6, 4)

    Reference:
        Dumoulin and Visin, 2016. Keras: keras.layers.Conv1DTranspose
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = 1,
        padding: str = "valid",
        output_padding: Numbers | None = None,
        data_format: str | None = None,
        dilation_rate: Numbers = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            1,
            filters,
            output_padding,
            kernel_initializer,
            kernel_regularizer,
            kernel_constraint,
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


class Conv2DTranspose(_Transposed):
    """Transposed convolution of images: each element is spread over a window.

    Args:
        filters: number of output channels.
        kernel_size: size of the window.
        strides: distance between windows in the result.
        padding: `"valid"` or `"same"`.
        output_padding: how much longer than the least length the result is; None decides.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        kernel_initializer: first values of the kernel; likewise `bias_initializer`.
        kernel_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        kernel_constraint: projection of the kernel; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> Conv2DTranspose(4, 2, strides=2)(ops.ones((2, 3, 3, 1))).shape
        (2, 6, 6, 4)

    Reference:
        Dumoulin and Visin, 2016. Keras: keras.layers.Conv2DTranspose
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = (1, 1),
        padding: str = "valid",
        output_padding: Numbers | None = None,
        data_format: str | None = None,
        dilation_rate: Numbers = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            2,
            filters,
            output_padding,
            kernel_initializer,
            kernel_regularizer,
            kernel_constraint,
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


class Conv3DTranspose(_Transposed):
    """Transposed convolution of volumes: each element is spread over a window.

    Args:
        filters: number of output channels.
        kernel_size: size of the window.
        strides: distance between windows in the result.
        padding: `"valid"` or `"same"`.
        output_padding: how much longer than the least length the result is; None decides.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        kernel_initializer: first values of the kernel; likewise `bias_initializer`.
        kernel_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        kernel_constraint: projection of the kernel; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> Conv3DTranspose(4, 2, strides=2)(ops.ones((2, 1, 2, 3, 1))).shape
        (2, 2, 4, 6, 4)

    Reference:
        Dumoulin and Visin, 2016. Keras: keras.layers.Conv3DTranspose
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = (1, 1, 1),
        padding: str = "valid",
        output_padding: Numbers | None = None,
        data_format: str | None = None,
        dilation_rate: Numbers = (1, 1, 1),
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            3,
            filters,
            output_padding,
            kernel_initializer,
            kernel_regularizer,
            kernel_constraint,
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
