"""Layers that pad, cut or repeat along the spatial axes."""

from collections.abc import Sequence
from typing import Any

from kerax import config, ops
from kerax.errors import ArgumentError, ShapeError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.layers.arguments import sizes

__all__ = [
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]

Margins = int | Sequence[int] | Sequence[Sequence[int]]


class _Spatial(Layer):
    """A layer that acts on the spatial axes of `_rank`-dimensional images."""

    _rank: int

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    @property
    def _first(self) -> int:
        """The first spatial axis."""
        return 1 if self.data_format == "channels_last" else 2

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


def _margins(value: Any, rank: int, where: str, name: str) -> tuple[tuple[int, int], ...]:
    """`(before, after)` for each spatial axis, from one number, one an axis, or pairs."""
    given = (value,) * rank if isinstance(value, int) else tuple(value)
    pairs = [(item, item) if isinstance(item, int) else tuple(item) for item in given]
    good = len(pairs) == rank and all(
        len(pair) == 2 and all(isinstance(n, int) and n >= 0 for n in pair) for pair in pairs
    )
    if not good:
        raise ArgumentError(
            f"{where}: got {name} {value!r}; wanted a whole number, {rank} of them, or {rank} "
            "pair(s) of them, none negative."
        )
    return tuple((pair[0], pair[1]) for pair in pairs)


def _margins_1d(value: Any, where: str, name: str) -> tuple[tuple[int, int], ...]:
    pair = value if isinstance(value, int) else [tuple(value)]
    return _margins(pair, 1, where, name)


class _ZeroPadding(_Spatial):
    padding: Any

    _pairs: tuple[tuple[int, int], ...]

    def call(self, inputs: Any) -> Any:
        """Return the inputs with zeros around."""
        width = [(0, 0)] * len(inputs.shape)
        width[self._first : self._first + self._rank] = self._pairs
        return ops.pad(inputs, width)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding}


class ZeroPadding1D(_ZeroPadding):
    """Add steps of zeros before and after sequences.

    Args:
        padding: a number of steps for both ends, or a pair.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for other paddings.

    Example:
        >>> ZeroPadding1D(2)(ops.ones((1, 3, 4))).shape  # [batch, time, channels]
        (1, 7, 4)

    Reference:
        Keras: keras.layers.ZeroPadding1D
    """

    _rank = 1

    def __init__(
        self, padding: int | Sequence[int] = 1, data_format: str | None = None, **kwargs: Any
    ):
        super().__init__(data_format, **kwargs)
        self._pairs = _margins_1d(padding, self.name, "padding")
        self.padding = self._pairs[0]


class ZeroPadding2D(_ZeroPadding):
    """Add rows and columns of zeros around images.

    Args:
        padding: a number for all sides, one each for height and width, or pairs of them.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for other paddings.

    Example:
        >>> ZeroPadding2D(((1, 0), (2, 2)))(ops.ones((1, 3, 3, 1))).shape
        (1, 4, 7, 1)

    Reference:
        Keras: keras.layers.ZeroPadding2D
    """

    _rank = 2

    def __init__(self, padding: Margins = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.padding = self._pairs = _margins(padding, 2, self.name, "padding")


class ZeroPadding3D(_ZeroPadding):
    """Add zeros around volumes.

    Args:
        padding: a number for all sides, one for each axis, or pairs of them.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for other paddings.

    Example:
        >>> ZeroPadding3D(1)(ops.ones((1, 2, 2, 2, 1))).shape
        (1, 4, 4, 4, 1)

    Reference:
        Keras: keras.layers.ZeroPadding3D
    """

    _rank = 3

    def __init__(
        self,
        padding: Margins = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format, **kwargs)
        self.padding = self._pairs = _margins(padding, 3, self.name, "padding")


class _Cropping(_Spatial):
    cropping: Any

    _pairs: tuple[tuple[int, int], ...]

    def call(self, inputs: Any) -> Any:
        """Return the inputs without their margins."""
        key = [slice(None)] * len(inputs.shape)
        for axis, (before, after) in enumerate(self._pairs, self._first):
            size = inputs.shape[axis]
            if isinstance(size, int) and size <= before + after:
                raise ShapeError(
                    f"{self.name}: got inputs of shape {tuple(inputs.shape)} and cropping "
                    f"{self.cropping}, which leaves nothing on axis {axis}."
                )
            key[axis] = slice(before, -after or None)
        return inputs[tuple(key)]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cropping": self.cropping}


class Cropping1D(_Cropping):
    """Cut steps off both ends of sequences.

    Args:
        cropping: a number of steps for both ends, or a pair.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError, ShapeError: for other croppings, or where nothing is left.

    Example:
        >>> Cropping1D(1)(ops.ones((1, 5, 2))).shape  # [batch, time, channels]
        (1, 3, 2)

    Reference:
        Keras: keras.layers.Cropping1D
    """

    _rank = 1

    def __init__(self, cropping: int | Sequence[int] = (1, 1), **kwargs: Any):
        super().__init__("channels_last", **kwargs)
        self._pairs = _margins_1d(cropping, self.name, "cropping")
        self.cropping = self._pairs[0]

    def get_config(self) -> dict[str, Any]:
        found = super().get_config()
        del found["data_format"]
        return found


class Cropping2D(_Cropping):
    """Cut margins off images.

    Args:
        cropping: a number for all sides, one each for height and width, or pairs of them.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError, ShapeError: for other croppings, or where nothing is left.

    Example:
        >>> Cropping2D(1)(ops.ones((1, 5, 5, 2))).shape
        (1, 3, 3, 2)

    Reference:
        Keras: keras.layers.Cropping2D
    """

    _rank = 2

    def __init__(
        self, cropping: Margins = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ):
        super().__init__(data_format, **kwargs)
        self.cropping = self._pairs = _margins(cropping, 2, self.name, "cropping")


class Cropping3D(_Cropping):
    """Cut margins off volumes.

    Args:
        cropping: a number for all sides, one for each axis, or pairs of them.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError, ShapeError: for other croppings, or where nothing is left.

    Example:
        >>> Cropping3D(1)(ops.ones((1, 3, 3, 3, 2))).shape
        (1, 1, 1, 1, 2)

    Reference:
        Keras: keras.layers.Cropping3D
    """

    _rank = 3

    def __init__(
        self,
        cropping: Margins = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format, **kwargs)
        self.cropping = self._pairs = _margins(cropping, 3, self.name, "cropping")


class UpSampling1D(_Spatial):
    """Repeat each step of sequences.

    Args:
        size: how often.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> UpSampling1D(2)(ops.ones((1, 3, 4))).shape  # [batch, time, channels]
        (1, 6, 4)

    Reference:
        Keras: keras.layers.UpSampling1D
    """

    _rank = 1

    def __init__(self, size: int = 2, **kwargs: Any):
        super().__init__("channels_last", **kwargs)
        self.size = int(size)

    def call(self, inputs: Any) -> Any:
        """Return `[batch, size * time, channels]`."""
        return ops.repeat(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        found = super().get_config()
        del found["data_format"]
        return {**found, "size": self.size}


class UpSampling2D(_Spatial):
    """Make images larger by whole factors.

    Args:
        size: factors of height and width.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> UpSampling2D((2, 3))(ops.ones((1, 2, 2, 1))).shape
        (1, 4, 6, 1)

    Reference:
        Keras: keras.layers.UpSampling2D
    """

    _rank = 2

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ):
        super().__init__(data_format, **kwargs)
        self.size = sizes(size, 2, self.name, "size")
        self.interpolation = interpolation.lower()

    def call(self, inputs: Any) -> Any:
        """Return images of the multiplied sizes."""
        first = self._first
        if self.interpolation == "nearest":
            return _repeated(inputs, self.size, first)
        pairs = zip(inputs.shape[first : first + 2], self.size, strict=True)
        shape = tuple(size * factor for size, factor in pairs)
        return ops.image.resize(inputs, shape, self.interpolation, data_format=self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "interpolation": self.interpolation}


class UpSampling3D(_Spatial):
    """Repeat the elements of volumes.

    Args:
        size: factors of the three axes.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> UpSampling3D(2)(ops.ones((1, 1, 2, 3, 1))).shape
        (1, 2, 4, 6, 1)

    Reference:
        Keras: keras.layers.UpSampling3D
    """

    _rank = 3

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2, 2),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format, **kwargs)
        self.size = sizes(size, 3, self.name, "size")

    def call(self, inputs: Any) -> Any:
        """Return volumes of the multiplied sizes."""
        return _repeated(inputs, self.size, self._first)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


def _repeated(x: Any, factors: Sequence[int], first: int) -> Any:
    for axis, factor in enumerate(factors, first):
        x = ops.repeat(x, factor, axis=axis)
    return x
