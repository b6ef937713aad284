"""Initial values of weights.

Values are drawn on the host by numpy's counter-based Philox generator, seeded with the
initializer's seed and the shape: nothing is compiled, which is most of the time that a small model
needs to be built otherwise. The same initializer gives the same values for the same shape.
"""

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from kerax import dtypes, plugins, random, serialization
from kerax.errors import ArgumentError, ShapeError

__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "get",
    "serialize",
]

Shape = Sequence[int]
Axes = int | Sequence[int] | None

# The standard deviation of a normal distribution cut off at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


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


def _numpy_dtype(dtype: Any) -> np.dtype:
    return jnp.dtype(dtypes.standardize_dtype(dtype))


class Zeros(Initializer):
    """All zeros.

    Example:
        >>> Zeros()((2,)).tolist()
        [0.0, 0.0]

    Reference:
        Keras: keras.initializers.Zeros
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        return np.zeros(tuple(shape), _numpy_dtype(dtype))


class Ones(Initializer):
    """All ones.

    Example:
        >>> Ones()((2,)).tolist()
        [1.0, 1.0]

    Reference:
        Keras: keras.initializers.Ones
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        return np.ones(tuple(shape), _numpy_dtype(dtype))


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
        return np.full(tuple(shape), np.asarray(self.value), _numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"value": serialization.serialize_keras_object(self.value)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Constant":
        return cls(serialization.deserialize_keras_object(config["value"]))


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
        return (self.gain * np.eye(*shape)).astype(_numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


class _Random(Initializer):
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


def _truncated(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal draws within two standard deviations; those outside are drawn again."""
    values = np.atleast_1d(generator.standard_normal(shape, dtype=np.float32))
    outside = np.flatnonzero(np.abs(values) > 2)
    flat = values.reshape(-1)
    while outside.size:
        flat[outside] = generator.standard_normal(outside.size, dtype=np.float32)
        outside = outside[np.abs(flat[outside]) > 2]
    return values.reshape(shape)


class RandomNormal(_Random):
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
        return (draw * np.float32(self.stddev) + np.float32(self.mean)).astype(_numpy_dtype(dtype))

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
        return _truncated(generator, shape)


class RandomUniform(_Random):
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
        return (draw * span + np.float32(self.minval)).astype(_numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class VarianceScaling(_Random):
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
        return values.astype(_numpy_dtype(dtype))

    def _draw(self, shape: tuple[int, ...], variance: float) -> np.ndarray:
        generator, stddev = self._generator(shape), math.sqrt(variance)
        if self.distribution == "truncated_normal":
            return _truncated(generator, shape) * np.float32(stddev / _TRUNCATED_STDDEV)
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


class Orthogonal(_Random):
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
        return (np.float32(self.gain) * q.reshape(tuple(shape))).astype(_numpy_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}


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
        return np.broadcast_to(values * window[:, None, None], shape).astype(_numpy_dtype(dtype))

    def _window(self, length: int) -> np.ndarray:
        if self.window is None:
            return np.ones(length)
        make = _WINDOWS[self.window]
        return make(length + 1)[:-1] if self.periodic else make(length)

    def get_config(self) -> dict[str, Any]:
        names = ("side", "window", "periodic", "scaling")
        return {name: getattr(self, name) for name in names}


constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros


def get(identifier: Any) -> Any:
    """Return the initializer that an identifier stands for.

    Args:
        identifier: None, a name such as `"he_normal"`, `"namespace>name"`, a config, a class, a
            function, an initializer, or an array of the weight's values.

    Returns:
        An `Initializer` or a function `(shape, dtype) -> array`; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get("zeros")((1,)).tolist()
        [0.0]

    Reference:
        Keras: keras.initializers.get
    """
    if hasattr(identifier, "__array__") and not isinstance(identifier, type):
        return Constant(np.asarray(identifier))
    return plugins.get("initializer", identifier)


def serialize(initializer: Any) -> Any:
    """Return the config of an initializer.

    Args:
        initializer: an `Initializer` or function.

    Returns:
        A dict of JSON types.

    Example:
        >>> serialize(Zeros())["class_name"]
        'Zeros'

    Reference:
        Keras: keras.initializers.serialize
    """
    return serialization.serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the initializer that a config or name describes.

    Args:
        config: what `serialize` returned, or a name.
        custom_objects: classes and functions by name, beside those registered.

    Returns:
        An `Initializer` or function.

    Example:
        >>> deserialize({"class_name": "Constant", "config": {"value": 2.0}}).value
        2.0

    Reference:
        Keras: keras.initializers.deserialize
    """
    return serialization.deserialize_keras_object(config, custom_objects, kind="initializer")
