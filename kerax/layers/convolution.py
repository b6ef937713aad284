"""Convolution layers over one, two or three spatial axes."""

from collections.abc import Sequence
from typing import Any

from kerax import config, ops
from kerax.errors import ArgumentError, ShapeError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.layers.arguments import positive, resolve, serialized, sizes

__all__ = ["Conv1D", "Conv2D", "Conv3D", "Convolution"]

Numbers = int | Sequence[int]
_CONFIG = (
    *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups"),
    *("activation", "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer"),
    *("bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint"),
)


class Convolution(Layer):
    """What all convolution layers share: checked window arguments, bias and activation.

    Args:
        rank: number of spatial axes.
        kernel_size: sizes of the window.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        bias_initializer: first values of the bias.
        bias_regularizer: penalty on the bias.
        bias_constraint: projection of the bias after each update.
        **kwargs: what `Layer` takes.

    Raises:
        ArgumentError: for arguments that name no convolution.
    """

    activation: Any
    bias: Any

    _config: tuple[str, ...]
    _paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        rank: int,
        kernel_size: Numbers,
        strides: Numbers,
        padding: str,
        data_format: str | None,
        dilation_rate: Numbers,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.rank = rank
        self.kernel_size = sizes(kernel_size, rank, self.name, "kernel_size")
        self.strides = sizes(strides, rank, self.name, "strides")
        self.dilation_rate = sizes(dilation_rate, rank, self.name, "dilation_rate")
        self.padding = self._checked_padding(padding)
        self.data_format = config.standardize_data_format(data_format)
        self.use_bias = use_bias
        resolve(
            self,
            activation=activation,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            bias_constraint=bias_constraint,
        )
        self.input_spec = InputSpec(min_ndim=rank + 2)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                f"{self.name}: got strides {self.strides} and dilation_rate "
                f"{self.dilation_rate}; wanted one of them to be 1."
            )

    def _checked_padding(self, padding: str) -> str:
        if not isinstance(padding, str) or padding.lower() not in self._paddings:
            raise ArgumentError(
                f"{self.name}: got padding {padding!r}; wanted one of {self._paddings}."
            )
        return padding.lower()

    @property
    def _channel_axis(self) -> int:
        return -1 if self.data_format == "channels_last" else 1

    def _channels(self, input_shape: Sequence[int | None]) -> int:
        channels = input_shape[self._channel_axis]
        if channels is None:
            raise ShapeError(
                f"{self.name}: got input shape {tuple(input_shape)}; wanted a known number of "
                f"channels on axis {self._channel_axis}."
            )
        axes = {self._channel_axis: channels}
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes=axes)
        return channels

    def _add_kernel(self, name: str, kind: str, shape: tuple[int, ...]) -> Any:
        """Create a kernel whose arguments begin with `kind`."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
        )

    def _add_bias(self, count: int) -> None:
        self.bias = self._add_kernel("bias", "bias", (count,)) if self.use_bias else None

    def call(self, inputs: Any) -> Any:
        """Return `[batch, *new spatial, filters]`, or channels second."""
        outputs = self._convolve(inputs)
        if self.bias is not None:
            ones = (1,) * self.rank
            last = self.data_format == "channels_last"
            outputs = ops.add(outputs, self.bias if last else ops.reshape(self.bias, (-1, *ones)))
        return self.activation(outputs)

    def _convolve(self, inputs: Any) -> Any:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **serialized(self, *self._config)}


class _Conv(Convolution):
    """A convolution of all channels, or of groups of them."""

    _config = _CONFIG

    def __init__(
        self,
        rank: int,
        filters: int,
        groups: int,
        kernel_initializer: Any,
        kernel_regularizer: Any,
        kernel_constraint: Any,
        **kwargs: Any,
    ):
        super().__init__(rank, **kwargs)
        self.filters = positive(filters, self.name, "filters")
        self.groups = positive(groups, self.name, "groups")
        if filters % groups:
            raise ArgumentError(
                f"{self.name}: got filters {filters} and groups {groups}; wanted a multiple."
            )
        resolve(
            self,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            kernel_constraint=kernel_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create kernel `[*window, channels // groups, filters]` and bias `[filters]`."""
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ShapeError(
                f"{self.name}: got {channels} channels and groups {self.groups}; wanted a multiple."
            )
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self._add_kernel("kernel", "kernel", shape)
        self._add_bias(self.filters)

    def _convolve(self, inputs: Any) -> Any:
        return ops.conv(
            inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate
        )


class Conv1D(_Conv):
    """Convolution of sequences `[batch, time, channels]`, then bias and activation.

    Args:
        filters: number of output channels.
        kernel_size: size of the window.
        strides: distance between windows.
        padding: `"valid"`, `"same"` or `"causal"` (no step sees a later one).
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        groups: number of groups of channels that are convolved apart.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        kernel_initializer: first values of the kernel; likewise `bias_initializer`.
        kernel_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        kernel_constraint: projection of the kernel after each update; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Raises:
        ArgumentError: for arguments that name no convolution.

    Example:
        >>> Conv1D(4, 3)(ops.ones((2, 7, 3))).shape
        (2, 5, 4)

    Reference:
        Keras: keras.layers.Conv1D
    """

    _paddings = ("valid", "same", "causal")

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Numbers = 1,
        groups: int = 1,
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
            groups,
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

    def _convolve(self, inputs: Any) -> Any:
        if self.padding != "causal":
            return super()._convolve(inputs)
        reach = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        last = self.data_format == "channels_last"
        inputs = ops.pad(
            inputs, [(0, 0), *([(reach, 0), (0, 0)] if last else [(0, 0), (reach, 0)])]
        )
        return ops.conv(
            inputs, self.kernel, self.strides, "valid", self.data_format, self.dilation_rate
        )


class Conv2D(_Conv):
    """Convolution of images `[batch, height, width, channels]`, then bias and activation.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, one number or one an axis.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        groups: number of groups of channels that are convolved apart.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        kernel_initializer: first values of the kernel; likewise `bias_initializer`.
        kernel_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        kernel_constraint: projection of the kernel after each update; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Raises:
        ArgumentError: for arguments that name no convolution.

    Example:
        >>> Conv2D(4, 3)(ops.ones((2, 7, 7, 3))).shape
        (2, 5, 5, 4)

    Reference:
        Keras: keras.layers.Conv2D
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Numbers = (1, 1),
        groups: int = 1,
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
            groups,
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


class Conv3D(_Conv):
    """Convolution of volumes `[batch, *three axes, channels]`, then bias and activation.

    Args:
        filters: number of output channels.
        kernel_size: size of the window, one number or one an axis.
        strides: distance between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        dilation_rate: distance between the elements of a window.
        groups: number of groups of channels that are convolved apart.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        kernel_initializer: first values of the kernel; likewise `bias_initializer`.
        kernel_regularizer: penalty on the kernel; likewise `bias_`, `activity_regularizer`.
        kernel_constraint: projection of the kernel after each update; likewise `bias_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Raises:
        ArgumentError: for arguments that name no convolution.

    Example:
        >>> Conv3D(4, 2)(ops.ones((2, 3, 3, 3, 1))).shape
        (2, 2, 2, 2, 4)

    Reference:
        Keras: keras.layers.Conv3D
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Numbers,
        strides: Numbers = (1, 1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Numbers = (1, 1, 1),
        groups: int = 1,
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
            groups,
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
