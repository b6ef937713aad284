"""Layers that prepare data."""

from typing import Any

import numpy as np

from kerax import ops, serialization
from kerax.layer import Layer

__all__ = ["Rescaling"]


class Rescaling(Layer):
    """`inputs * scale + offset`, for instance to bring pixels from 0…255 to 0…1.

    Args:
        scale: a number, or one for each channel.
        offset: a number, or one for each channel.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Rescaling(1 / 255)(ops.full((1, 1), 255)).tolist()
        [[1.0]]

    Reference:
        Keras: keras.layers.Rescaling
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = serialization.deserialize_keras_object(scale)
        self.offset = serialization.deserialize_keras_object(offset)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return a float tensor of the inputs' shape."""
        dtype = self.compute_dtype
        scale, offset = (ops.cast(np.asarray(x), dtype) for x in (self.scale, self.offset))
        return ops.add(ops.multiply(ops.cast(inputs, dtype), scale), offset)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": serialization.serialize_keras_object(self.scale),
            "offset": serialization.serialize_keras_object(self.offset),
        }
