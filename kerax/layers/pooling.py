"""Pooling layers over one, two or three spatial axes."""

from collections.abc import Callable, Sequence
from typing import Any

from kerax import config, ops
from kerax.errors import ArgumentError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.layers.arguments import sizes

__all__ = [
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
]

Numbers = int | Sequence[int]


class _Pooling(Layer):
    """One number for each window of each channel."""

    _rank: int
    _pool: Callable[..., Any]

    def __init__(
        self,
        pool_size: Numbers,
        strides: Numbers | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.pool_size = sizes(pool_size, self._rank, self.name, "pool_size")
        strides = self.pool_size if strides is None else strides
        self.strides = sizes(strides, self._rank, self.name, "strides")
        self.padding = padding.lower()
        if self.padding not in ("valid", "same"):
            raise ArgumentError(f"{self.name}: got padding {padding!r}; wanted 'valid' or 'same'.")
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def call(self, inputs: Any) -> Any:
        """Return `[batch, *new spatial, channels]`, or channels second."""
        return type(self)._pool(
            inputs, self.pool_size, self.strides, self.padding, self.data_format
        )

    def get_config(self) -> dict[str, Any]:
        names = ("pool_size", "padding", "strides", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class MaxPooling1D(_Pooling):
    """The largest element of each window of sequences `[batch, time, channels]`.

    Args:
        pool_size: size of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        name: the layer's name.
        **kwargs: what `Layer` takes besides.

    Raises:
        ArgumentError: for arguments that name no window.

    Example:
        >>> MaxPooling1D(2)(ops.ones((2, 6, 3))).shape
        (2, 3, 3)

    Reference:
        Keras: keras.layers.MaxPooling1D
    """

    _rank = 1
    _pool = ops.max_pool

    def __init__(
        self,
        pool_size: Numbers = 2,
        strides: Numbers | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling2D(_Pooling):
    """The largest element of each window of images `[batch, height, width, channels]`.

    Args:
        pool_size: size of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        name: the layer's name.
        **kwargs: what `Layer` takes besides.

    Raises:
        ArgumentError: for arguments that name no window.

    Example:
        >>> MaxPooling2D(2)(ops.ones((2, 6, 6, 3))).shape
        (2, 3, 3, 3)

    Reference:
        Keras: keras.layers.MaxPooling2D
    """

    _rank = 2
    _pool = ops.max_pool

    def __init__(
        self,
        pool_size: Numbers = (2, 2),
        strides: Numbers | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling3D(_Pooling):
    """The largest element of each window of volumes `[batch, *three axes, channels]`.

    Args:
        pool_size: size of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        name: the layer's name.
        **kwargs: what `Layer` takes besides.

    Raises:
        ArgumentError: for arguments that name no window.

    Example:
        >>> MaxPooling3D(2)(ops.ones((2, 2, 4, 6, 3))).shape
        (2, 1, 2, 3, 3)

    Reference:
        Keras: keras.layers.MaxPooling3D
    """

    _rank = 3
    _pool = ops.max_pool

    def __init__(
        self,
        pool_size: Numbers = (2, 2, 2),
        strides: Numbers | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling1D(_Pooling):
    """The mean of each window of sequences `[batch, time, channels]`.

    Args:
        pool_size: size of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        name: the layer's name.
        **kwargs: what `Layer` takes besides.

    Raises:
        ArgumentError: for arguments that name no window.

    Example:
        >>> AveragePooling1D(2)(ops.ones((2, 6, 3))).shape
        (2, 3, 3)

    Reference:
        Keras: keras.layers.AveragePooling1D
    """

    _rank = 1
    _pool = ops.average_pool


class AveragePooling2D(_Pooling):
    """The mean of each window of images `[batch, height, width, channels]`.

    Args:
        pool_size: size of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        name: the layer's name.
        **kwargs: what `Layer` takes besides.

    Raises:
        ArgumentError: for arguments that name no window.

    Example:
        >>> AveragePooling2D(2)(ops.ones((2, 6, 6, 3))).shape
        (2, 3, 3, 3)

    Reference:
        Keras: keras.layers.AveragePooling2D
    """

    _rank = 2
    _pool = ops.average_pool


class AveragePooling3D(_Pooling):
    """The mean of each window of volumes `[batch, *three axes, channels]`.

    Args:
        pool_size: size of the window.
        strides: distance between windows; None means `pool_size`.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        name: the layer's name.
        **kwargs: what `Layer` takes besides.

    Raises:
        ArgumentError: for arguments that name no window.

    Example:
        >>> AveragePooling3D(2)(ops.ones((2, 2, 4, 6, 3))).shape
        (2, 1, 2, 3, 3)

    Reference:
        Keras: keras.layers.AveragePooling3D
    """

    _rank = 3
    _pool = ops.average_pool
