"""Initializers that keep the variance of activations, or of gradients, through layers."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerax.errors import ArgumentError
from kerax.initializers.base import Shape, numpy_dtype
from kerax.initializers.draws import Drawing, truncated

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "VarianceScaling",
]

Axes = int | Sequence[int] | None

# The standard deviation of a normal distribution cut off at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class VarianceScaling(Drawing):
    """Draws whose variance is `scale / n`, with `n` the number of inputs, outputs or their mean.

    Args:
        scale: a positive number.
        mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
        seed: an integer, a `SeedGenerator`, or None.
        input_axes: the weight's axes of inputs, given together with `output_axes`. None takes
            the second last, and the window's axes before it.
        output_axes: its axes of outputs; None takes the last, and the window's.

    Raises:
        ArgumentError: where an argument is none of these.

    Example:
        >>> weights = VarianceScaling(seed=1)((400, 100))
        >>> round(float(weights.std()), 2)  # 1 / sqrt(400)
        0.05

    Reference:
        Glorot and Bengio, 2010; He et al., 2015. Keras: keras.initializers.VarianceScaling
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Axes = None,
        output_axes: Axes = None,
    ):
        super().__init__(seed)
        distribution = {"normal": "truncated_normal"}.get(distribution, distribution)
        if scale <= 0:
            raise ArgumentError(f"VarianceScaling: got scale {scale}; wanted a positive number.")
        if mode not in _MODES:
            raise ArgumentError(f"VarianceScaling: got mode {mode!r}; wanted one of {_MODES}.")
        if distribution not in _DISTRIBUTIONS:
            raise ArgumentError(
                f"VarianceScaling: got distribution {distribution!r}; wanted one of "
                f"{_DISTRIBUTIONS}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        fan_in, fan_out = _fans(tuple(shape), self.input_axes, self.output_axes)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        values = self._draw(tuple(shape), self.scale / max(1.0, count))
        return values.astype(numpy_dtype(dtype))

    def _draw(self, shape: tuple[int, ...], variance: float) -> np.ndarray:
        generator, stddev = self._generator(shape), math.sqrt(variance)
        if self.distribution == "truncated_normal":
            return truncated(generator, shape) * np.float32(stddev / _TRUNCATED_STDDEV)
        if self.distribution == "untruncated_normal":
            return generator.standard_normal(shape, dtype=np.float32) * np.float32(stddev)
        limit = np.float32(math.sqrt(3.0) * stddev)
        return generator.random(shape, dtype=np.float32) * (2 * limit) - limit

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


def _product(shape: tuple[int, ...], axes: int | Sequence[int]) -> int:
    return math.prod(shape[axis] for axis in ((axes,) if isinstance(axes, int) else axes))


def _fans(shape: tuple[int, ...], input_axes: Axes, output_axes: Axes) -> tuple[float, float]:
    """The numbers of inputs and outputs of one unit of a weight."""
    if input_axes is not None and output_axes is not None:
        return _product(shape, input_axes), _product(shape, output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class _Preset(VarianceScaling):
    """Variance scaling with its scale, mode and distribution fixed by the class."""

    _arguments: tuple[float, str, str]

    def __init__(self, seed: Any = None, input_axes: Axes = None, output_axes: Axes = None):
        super().__init__(*self._arguments, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {key: config[key] for key in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Preset):
    """Uniform draws of variance `2 / (fan_in + fan_out)`, also called Xavier's.

    Args:
        seed: an integer, a `SeedGenerator`, or None.
        input_axes: the weight's axes of inputs, as for `VarianceScaling`.
        output_axes: its axes of outputs, as for `VarianceScaling`.

    Example:
        >>> GlorotUniform(seed=1)((2, 3)).shape
        (2, 3)

    Reference:
        Glorot and Bengio, 2010. Keras: keras.initializers.GlorotUniform
    """

    _arguments = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Preset):
    """Truncated normal draws of variance `2 / (fan_in + fan_out)`.

    Args:
        seed: an integer, a `SeedGenerator`, or None.
        input_axes: the weight's axes of inputs, as for `VarianceScaling`.
        output_axes: its axes of outputs, as for `VarianceScaling`.

    Example:
        >>> GlorotNormal(seed=1)((2, 3)).shape
        (2, 3)

    Reference:
        Glorot and Bengio, 2010. Keras: keras.initializers.GlorotNormal
    """

    _arguments = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Preset):
    """Truncated normal draws of variance `1 / fan_in`.

    Args:
        seed: an integer, a `SeedGenerator`, or None.
        input_axes: the weight's axes of inputs, as for `VarianceScaling`.
        output_axes: its axes of outputs, as for `VarianceScaling`.

    Example:
        >>> LecunNormal(seed=1)((2, 3)).shape
        (2, 3)

    Reference:
        LeCun et al., 1998. Keras: keras.initializers.LecunNormal
    """

    _arguments = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Preset):
    """Uniform draws of variance `1 / fan_in`.

    Args:
        seed: an integer, a `SeedGenerator`, or None.
        input_axes: the weight's axes of inputs, as for `VarianceScaling`.
        output_axes: its axes of outputs, as for `VarianceScaling`.

    Example:
        >>> LecunUniform(seed=1)((2, 3)).shape
        (2, 3)

    Reference:
        LeCun et al., 1998. Keras: keras.initializers.LecunUniform
    """

    _arguments = (1.0, "fan_in", "uniform")


class HeNormal(_Preset):
    """Truncated normal draws of variance `2 / fan_in`, for layers with ReLU.

    Args:
        seed: an integer, a `SeedGenerator`, or None.
        input_axes: the weight's axes of inputs, as for `VarianceScaling`.
        output_axes: its axes of outputs, as for `VarianceScaling`.

    Example:
        >>> HeNormal(seed=1)((2, 3)).shape
        (2, 3)

    Reference:
        He et al., 2015. Keras: keras.initializers.HeNormal
    """

    _arguments = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Preset):
    """Uniform draws of variance `2 / fan_in`, for layers with ReLU.

    Args:
        seed: an integer, a `SeedGenerator`, or None.
        input_axes: the weight's axes of inputs, as for `VarianceScaling`.
        output_axes: its axes of outputs, as for `VarianceScaling`.

    Example:
        >>> HeUniform(seed=1)((2, 3)).shape
        (2, 3)

    Reference:
        He et al., 2015. Keras: keras.initializers.HeUniform
    """

    _arguments = (2.0, "fan_in", "uniform")
