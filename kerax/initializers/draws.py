"""Initializers that draw from a distribution given by its parameters."""

import math
from typing import Any

import numpy as np

from kerax import random, serialization
from kerax.errors import ArgumentError, ShapeError
from kerax.initializers.base import Initializer, Shape, numpy_dtype

__all__ = ["Drawing", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "truncated"]


class Drawing(Initializer):
    """An initializer with a seed: an integer, a `SeedGenerator`, or None, which draws one."""

    def __init__(self, seed: Any = None):
        self._init_seed = seed
        if isinstance(seed, dict):
            seed = serialization.deserialize_keras_object(seed)
        whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
        if seed is not None and not whole and not isinstance(seed, random.SeedGenerator):
            raise ArgumentError(
                f"{type(self).__name__}: got seed {seed!r}; wanted an integer, a SeedGenerator or "
                "None."
            )
        self.seed = random.make_seed() if seed is None else seed

    def _generator(self, shape: Shape) -> np.random.Generator:
        if isinstance(self.seed, random.SeedGenerator):
            entropy = [int(part) for part in np.asarray(self.seed.next())]
        else:
            entropy = [int(self.seed) % 2**64]
        return np.random.Generator(np.random.Philox(np.random.SeedSequence([*entropy, *shape])))

    def get_config(self) -> dict[str, Any]:
        seed = self._init_seed
        if isinstance(seed, random.SeedGenerator):
            seed = serialization.serialize_keras_object(seed)
        return {"seed": seed}


def truncated(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal draws within two standard deviations; those outside are drawn again."""
    values = np.atleast_1d(generator.standard_normal(shape, dtype=np.float32))
    outside = np.flatnonzero(np.abs(values) > 2)
    flat = values.reshape(-1)
    while outside.size:
        flat[outside] = generator.standard_normal(outside.size, dtype=np.float32)
        outside = outside[np.abs(flat[outside]) > 2]
    return values.reshape(shape)


class RandomNormal(Drawing):
    """Draws from the normal distribution.

    Args:
        mean: its mean.
        stddev: its standard deviation.
        seed: an integer, a `SeedGenerator`, or None.

    Example:
        >>> RandomNormal(seed=1)((2, 3)).shape
        (2, 3)

    Reference:
        Keras: keras.initializers.RandomNormal
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        draw = self._draw(self._generator(shape), tuple(shape))
        return (draw * np.float32(self.stddev) + np.float32(self.mean)).astype(numpy_dtype(dtype))

    def _draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.standard_normal(shape, dtype=np.float32)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Draws from the normal distribution, those beyond two standard deviations drawn again.

    Args:
        mean: mean of the uncut distribution.
        stddev: its standard deviation.
        seed: an integer, a `SeedGenerator`, or None.

    Example:
        >>> bool(abs(TruncatedNormal(stddev=1.0, seed=1)((99,))).max() <= 2)
        True

    Reference:
        Keras: keras.initializers.TruncatedNormal
    """

    def _draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return truncated(generator, shape)


class RandomUniform(Drawing):
    """Draws uniformly from an interval.

    Args:
        minval: its lower end.
        maxval: its upper end.
        seed: an integer, a `SeedGenerator`, or None.

    Example:
        >>> bool(RandomUniform(0.0, 1.0, seed=1)((99,)).min() >= 0)
        True

    Reference:
        Keras: keras.initializers.RandomUniform
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None):
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        draw = self._generator(shape).random(tuple(shape), dtype=np.float32)
        span = np.float32(self.maxval - self.minval)
        return (draw * span + np.float32(self.minval)).astype(numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


class Orthogonal(Drawing):
    """A matrix of orthonormal rows or columns, times a gain; further axes count as rows.

    Args:
        gain: what the matrix is multiplied by.
        seed: an integer, a `SeedGenerator`, or None.

    Raises:
        ShapeError: where the weight has fewer than two axes.

    Example:
        >>> weights = Orthogonal(seed=1)((3, 2))
        >>> np.allclose(weights.T @ weights, np.eye(2), atol=1e-5)
        True

    Reference:
        Saxe et al., 2014. Keras: keras.initializers.Orthogonal
    """

    def __init__(self, gain: float = 1.0, seed: Any = None):
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal: got shape {tuple(shape)}; wanted two axes or more.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        draw = self._generator(shape).standard_normal(
            (max(rows, columns), min(rows, columns)), dtype=np.float32
        )
        q, r = np.linalg.qr(draw)
        q *= np.where(np.diag(r) < 0, np.float32(-1), np.float32(1))  # makes the draw uniform
        q = q.T if rows < columns else q
        return (np.float32(self.gain) * q.reshape(tuple(shape))).astype(numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}
