"""The base class of initializers."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from kerax import dtypes

__all__ = ["Initializer", "Shape", "numpy_dtype"]

Shape = Sequence[int]


class Initializer:
    """A rule for the first values of a weight: the base of all initializers.

    Example:
        >>> class Halves(Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return np.full(shape, 0.5, dtype or "float32")
        >>> Halves()((2,)).tolist()
        [0.5, 0.5]

    Reference:
        Keras: keras.initializers.Initializer
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        """Return values of a shape and data type; None means `floatx()`."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(shape, dtype).")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Initializer":
        """Make an initializer from what `get_config` returned."""
        return cls(**config)

    def clone(self) -> "Initializer":
        """Return another initializer of the same config."""
        return type(self).from_config(self.get_config())


def numpy_dtype(dtype: Any) -> np.dtype:
    """Return a data type for numpy, which JAX taught bfloat16; None means `floatx()`."""
    return jnp.dtype(dtypes.standardize_dtype(dtype))
