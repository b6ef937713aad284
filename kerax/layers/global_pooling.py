"""Layers that reduce all spatial axes to one number a channel."""

from typing import Any

from kerax import config, ops
from kerax.input_spec import InputSpec
from kerax.layer import Layer

__all__ = [
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
]


class _GlobalPooling(Layer):
    """One number for each channel."""

    _rank: int

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self._rank + 2)

    @property
    def _axes(self) -> tuple[int, ...]:
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self._rank))

    def get_config(self) -> dict[str, Any]:
        found = super().get_config()
        return {**found, "data_format": self.data_format, "keepdims": self.keepdims}


class _GlobalMax(_GlobalPooling):
    def call(self, inputs: Any) -> Any:
        """Return `[batch, channels]`, or with axes of size 1 where `keepdims`."""
        return ops.max(inputs, axis=self._axes, keepdims=self.keepdims)


class _GlobalAverage(_GlobalPooling):
    def call(self, inputs: Any) -> Any:
        """Return `[batch, channels]`, or with axes of size 1 where `keepdims`."""
        return ops.mean(inputs, axis=self._axes, keepdims=self.keepdims)


class GlobalMaxPooling1D(_GlobalMax):
    """The largest element of each channel of sequences.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        keepdims: whether reduced axes stay with size 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> GlobalMaxPooling1D()(ops.ones((2, 6, 3))).shape
        (2, 3)

    Reference:
        Keras: keras.layers.GlobalMaxPooling1D
    """

    _rank = 1


class GlobalMaxPooling2D(_GlobalMax):
    """The largest element of each channel of images.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        keepdims: whether reduced axes stay with size 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> GlobalMaxPooling2D()(ops.ones((2, 6, 6, 3))).shape
        (2, 3)

    Reference:
        Keras: keras.layers.GlobalMaxPooling2D
    """

    _rank = 2


class GlobalMaxPooling3D(_GlobalMax):
    """The largest element of each channel of volumes.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        keepdims: whether reduced axes stay with size 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> GlobalMaxPooling3D()(ops.ones((2, 2, 4, 6, 3))).shape
        (2, 3)

    Reference:
        Keras: keras.layers.GlobalMaxPooling3D
    """

    _rank = 3


class GlobalAveragePooling1D(_GlobalAverage):
    """The mean of each channel of sequences, masked steps left out.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        keepdims: whether reduced axes stay with size 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> GlobalAveragePooling1D()(ops.ones((2, 6, 3))).shape
        (2, 3)

    Reference:
        Keras: keras.layers.GlobalAveragePooling1D
    """

    _rank = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return `[batch, channels]`, or with an axis of size 1 where `keepdims`."""
        if mask is None:
            return super().call(inputs)
        axis = self._axes[0]
        weight = ops.expand_dims(ops.cast(mask, inputs.dtype), 2 if axis == 1 else 1)
        total = ops.sum(ops.multiply(inputs, weight), axis=axis, keepdims=self.keepdims)
        return ops.divide(total, ops.sum(weight, axis=axis, keepdims=self.keepdims))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


class GlobalAveragePooling2D(_GlobalAverage):
    """The mean of each channel of images.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        keepdims: whether reduced axes stay with size 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> GlobalAveragePooling2D()(ops.ones((2, 6, 6, 3))).shape
        (2, 3)

    Reference:
        Keras: keras.layers.GlobalAveragePooling2D
    """

    _rank = 2


class GlobalAveragePooling3D(_GlobalAverage):
    """The mean of each channel of volumes.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        keepdims: whether reduced axes stay with size 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> GlobalAveragePooling3D()(ops.ones((2, 2, 4, 6, 3))).shape
        (2, 3)

    Reference:
        Keras: keras.layers.GlobalAveragePooling3D
    """

    _rank = 3
