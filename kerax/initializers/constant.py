"""Initializers that draw nothing."""

from typing import Any

import numpy as np

from kerax import serialization
from kerax.errors import ArgumentError, ShapeError
from kerax.initializers.base import Initializer, Shape, numpy_dtype

__all__ = ["STFT", "Constant", "Identity", "Ones", "Zeros"]


class Zeros(Initializer):
    """All zeros.

    Example:
        >>> Zeros()((2,)).tolist()
        [0.0, 0.0]

    Reference:
        Keras: keras.initializers.Zeros
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        return np.zeros(tuple(shape), numpy_dtype(dtype))


class Ones(Initializer):
    """All ones.

    Example:
        >>> Ones()((2,)).tolist()
        [1.0, 1.0]

    Reference:
        Keras: keras.initializers.Ones
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        return np.ones(tuple(shape), numpy_dtype(dtype))


class Constant(Initializer):
    """One value everywhere.

    Args:
        value: a number, or an array that broadcasts to the weight's shape.

    Example:
        >>> Constant(3.0)((2,)).tolist()
        [3.0, 3.0]

    Reference:
        Keras: keras.initializers.Constant
    """

    def __init__(self, value: Any = 0.0):
        self.value = value

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        return np.full(tuple(shape), np.asarray(self.value), numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"value": serialization.serialize_keras_object(self.value)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Constant":
        value = serialization.deserialize_keras_object(config.get("value", 0.0))
        return cls(**{**config, "value": value})


class Identity(Initializer):
    """The identity matrix, times a gain.

    Args:
        gain: the diagonal's value.

    Raises:
        ShapeError: where the weight is not a matrix.

    Example:
        >>> Identity()((2, 2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]

    Reference:
        Keras: keras.initializers.Identity, whose config leaves the gain out.
    """

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        if len(shape) != 2:
            raise ShapeError(f"Identity: got shape {tuple(shape)}; wanted a matrix, two axes.")
        return (self.gain * np.eye(shape[0], shape[1])).astype(numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


_WINDOWS = {"hann": np.hanning, "hamming": np.hamming}


class STFT(Initializer):
    """The kernel of a convolution that computes a short-time Fourier transform.

    For `n` within the window `w` and frequency `k`: `w[n] cos(2π n k / N)`, or `-w[n] sin(…)`.

    Args:
        side: `"real"` for the cosines or `"imag"` for the sines.
        window: `"hann"`, `"hamming"` or None for a flat one.
        scaling: `"density"` divides by `sqrt(sum(w²))`, `"spectrum"` by `sum(w)`; None by nothing.
        periodic: whether the window is one period rather than symmetric.

    Raises:
        ArgumentError: where an argument is none of these.

    Example:
        >>> STFT()((4, 1, 3)).shape
        (4, 1, 3)

    Reference:
        Keras: keras.initializers.STFT
    """

    def __init__(
        self,
        side: str = "real",
        window: str | None = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ):
        if side not in ("real", "imag"):
            raise ArgumentError(f"STFT: got side {side!r}; wanted 'real' or 'imag'.")
        if window is not None and window not in _WINDOWS:
            raise ArgumentError(f"STFT: got window {window!r}; wanted {list(_WINDOWS)} or None.")
        if scaling not in ("density", "spectrum", None):
            raise ArgumentError(
                f"STFT: got scaling {scaling!r}; wanted 'density', 'spectrum' or None."
            )
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        length, _, frequencies = shape
        n, k = np.arange(length)[:, None, None], np.arange(frequencies)[None, None, :]
        angle = 2 * np.pi * n * k / (2 * (frequencies - 1))
        values = np.cos(angle) if self.side == "real" else -np.sin(angle)
        window = self._window(length)
        if self.scaling is not None:
            density = self.scaling == "density"
            window = window / (np.sqrt(np.sum(window**2)) if density else np.sum(window))
        return np.broadcast_to(values * window[:, None, None], shape).astype(numpy_dtype(dtype))

    def _window(self, length: int) -> np.ndarray:
        if self.window is None:
            return np.ones(length)
        make = _WINDOWS[self.window]
        return make(length + 1)[:-1] if self.periodic else make(length)

    def get_config(self) -> dict[str, Any]:
        names = ("side", "window", "periodic", "scaling")
        return {name: getattr(self, name) for name in names}
