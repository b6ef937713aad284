"""Layers that rearrange, repeat, pad or cut."""

import math
from collections.abc import Sequence
from typing import Any

from kerax import config, ops
from kerax.errors import ArgumentError, ShapeError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.layers.arguments import positive

__all__ = ["Flatten", "Permute", "RepeatVector", "Reshape"]


class Flatten(Layer):
    """Make each entry of the batch a vector.

    Args:
        data_format: `"channels_last"` or `"channels_first"`, which is moved last before.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Flatten()(ops.ones((2, 3, 4))).shape
        (2, 12)

    Reference:
        Keras: keras.layers.Flatten
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Return `[batch, n]`."""
        shape = inputs.shape
        if self.data_format == "channels_first" and len(shape) > 2:
            inputs = ops.moveaxis(inputs, 1, -1)
        return ops.reshape(inputs, (shape[0], math.prod(shape[1:])))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(Layer):
    """Give each entry of the batch another shape.

    Args:
        target_shape: sizes without the batch; one may be -1 and follows from the rest.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Reshape((2, -1))(ops.ones((3, 8))).shape
        (3, 2, 4)

    Reference:
        Keras: keras.layers.Reshape
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        if list(target_shape).count(-1) > 1:
            raise ArgumentError(f"{self.name}: got target_shape {target_shape}; wanted one -1.")
        self.target_shape = tuple(target_shape)

    def call(self, inputs: Any) -> Any:
        """Return `[batch, *target_shape]`."""
        total, wanted = inputs.shape[1:], math.prod(n for n in self.target_shape if n != -1)
        if all(isinstance(n, int) for n in total):
            have, free = math.prod(total), -1 in self.target_shape
            if have != wanted and not (free and wanted and have % wanted == 0):
                raise ShapeError(
                    f"{self.name}: got entries of shape {total}, {have} elements; wanted as many "
                    f"as target_shape {self.target_shape} has."
                )
        return ops.reshape(inputs, (inputs.shape[0], *self._sizes(total, wanted)))

    def _sizes(self, total: Sequence[Any], wanted: int) -> list[Any]:
        left = math.prod(total) // wanted if -1 in self.target_shape else None
        return [left if size == -1 else size for size in self.target_shape]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """Permute the axes after the batch.

    Args:
        dims: the old axis for each new one, counted from 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: where `dims` is no permutation.

    Example:
        >>> Permute((2, 1))(ops.ones((2, 3, 4))).shape
        (2, 4, 3)

    Reference:
        Keras: keras.layers.Permute
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(
                f"{self.name}: got dims {self.dims}; wanted a permutation of 1 to {len(self.dims)}."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Return the inputs with axes permuted."""
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Repeat each vector as the steps of a sequence.

    Args:
        n: number of steps.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: where `n` is no positive number.

    Example:
        >>> RepeatVector(3)(ops.ones((2, 4))).shape
        (2, 3, 4)

    Reference:
        Keras: keras.layers.RepeatVector
    """

    def __init__(self, n: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.n = positive(n, self.name, "n")
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Return `[batch, n, features]`."""
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}
