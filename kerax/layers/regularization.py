"""Layers that act in training only: dropout and noise; and the penalty on activations."""

from collections.abc import Sequence
from typing import Any

from kerax import config, ops, random, regularizers
from kerax.errors import ArgumentError
from kerax.input_spec import InputSpec
from kerax.layer import Layer

__all__ = [
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
]


class _Drawing(Layer):
    """A layer that draws in training, where its amount is above 0."""

    _amount = "rate"

    def __init__(self, amount: float, seed: Any, **kwargs: Any):
        super().__init__(**kwargs)
        number = isinstance(amount, (int, float))
        if not number or amount < 0 or (self._amount == "rate" and amount > 1):
            raise ArgumentError(
                f"{self.name}: got {self._amount} {amount!r}; wanted a number "
                + ("from 0 to 1." if self._amount == "rate" else "of at least 0.")
            )
        setattr(self, self._amount, amount)
        self.seed = seed
        self.supports_masking = True
        if amount > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return a tensor of the inputs' shape; outside training the inputs themselves."""
        if training and getattr(self, self._amount) > 0:
            return self._draw(inputs)
        return inputs

    def _draw(self, inputs: Any) -> Any:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            self._amount: getattr(self, self._amount),
            "seed": self.seed,
        }


class Dropout(_Drawing):
    """In training, set a share of the inputs to 0 and scale the rest by `1 / (1 - rate)`.

    Args:
        rate: the share, from 0 to 1.
        noise_shape: shape of the drawn mask, broadcast to the inputs'; None stands for their size.
        seed: an integer that makes the draws repeatable.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for another rate.

    Example:
        >>> Dropout(0.5)(ops.ones((1, 2))).tolist()  # not in training
        [[1.0, 1.0]]

    Reference:
        Srivastava et al., 2014. Keras: keras.layers.Dropout
    """

    rate: float

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def _draw(self, inputs: Any) -> Any:
        shape = self._noise_shape(inputs)
        return random.dropout(inputs, self.rate, shape, seed=self.seed_generator)

    def _noise_shape(self, inputs: Any) -> Any:
        return self.noise_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "noise_shape": self.noise_shape}


class _SpatialDropout(Dropout):
    """Dropout of whole feature maps."""

    _rank: int

    def __init__(
        self,
        rate: float,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        data_format: str | None = None,
    ):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _noise_shape(self, inputs: Any) -> Any:
        ones = (1,) * self._rank
        last = self.data_format == "channels_last"
        return (None, *ones, None) if last else (None, None, *ones)

    def get_config(self) -> dict[str, Any]:
        found = super().get_config()
        names = ("rate", "seed", "name", "dtype")
        data_format = {} if self._rank == 1 else {"data_format": self.data_format}
        return {name: found[name] for name in names} | data_format


class SpatialDropout1D(_SpatialDropout):
    """In training, set whole channels of sequences to 0.

    Args:
        rate: the share of channels, from 0 to 1.
        seed: an integer that makes the draws repeatable.
        name: the layer's name.
        dtype: its dtype policy.

    Example:
        >>> SpatialDropout1D(0.5)(ops.ones((1, 4, 3))).shape  # [batch, time, channels]
        (1, 4, 3)

    Reference:
        Tompson et al., 2015. Keras: keras.layers.SpatialDropout1D
    """

    _rank = 1

    def __init__(
        self, rate: float, seed: int | None = None, name: str | None = None, dtype: Any = None
    ):
        super().__init__(rate, seed, name, dtype, "channels_last")


class SpatialDropout2D(_SpatialDropout):
    """In training, set whole channels of images to 0.

    Args:
        rate: the share of channels, from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        seed: an integer that makes the draws repeatable.
        name: the layer's name.
        dtype: its dtype policy.

    Example:
        >>> SpatialDropout2D(0.5)(ops.ones((1, 4, 4, 3))).shape
        (1, 4, 4, 3)

    Reference:
        Tompson et al., 2015. Keras: keras.layers.SpatialDropout2D
    """

    _rank = 2

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(rate, seed, name, dtype, data_format)


class SpatialDropout3D(_SpatialDropout):
    """In training, set whole channels of volumes to 0.

    Args:
        rate: the share of channels, from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.
        seed: an integer that makes the draws repeatable.
        name: the layer's name.
        dtype: its dtype policy.

    Example:
        >>> SpatialDropout3D(0.5)(ops.ones((1, 2, 2, 2, 3))).shape
        (1, 2, 2, 2, 3)

    Reference:
        Tompson et al., 2015. Keras: keras.layers.SpatialDropout3D
    """

    _rank = 3

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(rate, seed, name, dtype, data_format)


class GaussianNoise(_Drawing):
    """In training, add normal noise.

    Args:
        stddev: its standard deviation.
        seed: an integer that makes the draws repeatable.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for a negative standard deviation.

    Example:
        >>> GaussianNoise(0.1)(ops.ones((1, 2))).tolist()  # not in training
        [[1.0, 1.0]]

    Reference:
        Keras: keras.layers.GaussianNoise
    """

    stddev: float

    _amount = "stddev"

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any):
        super().__init__(stddev, seed, **kwargs)

    def _draw(self, inputs: Any) -> Any:
        noise = random.normal(
            inputs.shape, 0.0, self.stddev, self.compute_dtype, self.seed_generator
        )
        return ops.add(inputs, noise)


class GaussianDropout(_Drawing):
    """In training, multiply by normal noise of mean 1 and variance `rate / (1 - rate)`.

    Args:
        rate: as for `Dropout`.
        seed: an integer that makes the draws repeatable.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for a rate outside 0 to 1.

    Example:
        >>> GaussianDropout(0.1)(ops.ones((1, 2))).tolist()  # not in training
        [[1.0, 1.0]]

    Reference:
        Srivastava et al., 2014. Keras: keras.layers.GaussianDropout
    """

    rate: float

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(rate, seed, **kwargs)

    def _draw(self, inputs: Any) -> Any:
        stddev = (self.rate / (1.0 - self.rate)) ** 0.5
        dtype = self.compute_dtype
        return ops.multiply(
            inputs, random.normal(inputs.shape, 1.0, stddev, dtype, self.seed_generator)
        )


# The value that SELU tends to for small inputs.
_SELU_LIMIT = -1.7580993408473766


class AlphaDropout(_Drawing):
    """In training, dropout that keeps mean and variance of SELU networks.

    Args:
        rate: the share of inputs set to SELU's lower limit.
        noise_shape: shape of the drawn mask, broadcast to the inputs'; None stands for their size.
        seed: an integer that makes the draws repeatable.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for a rate outside 0 to 1.

    Example:
        >>> AlphaDropout(0.1)(ops.ones((1, 2))).tolist()  # not in training
        [[1.0, 1.0]]

    Reference:
        Klambauer et al., 2017. Keras: keras.layers.AlphaDropout
    """

    rate: float

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def _draw(self, inputs: Any) -> Any:
        pairs = zip(self.noise_shape or inputs.shape, inputs.shape, strict=True)
        shape = [full if size is None else size for size, full in pairs]
        kept = ops.greater_equal(random.uniform(shape, seed=self.seed_generator), self.rate)
        spread = ((1 - self.rate) * (1 + self.rate * _SELU_LIMIT**2)) ** -0.5
        shift = -spread * _SELU_LIMIT * self.rate
        return ops.add(ops.multiply(spread, ops.where(kept, inputs, _SELU_LIMIT)), shift)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "noise_shape": self.noise_shape}


class ActivityRegularization(Layer):
    """Return the inputs and add `l1 * sum(|x|) + l2 * sum(x²)` of them to the loss.

    Args:
        l1: weight of the absolute values.
        l2: weight of the squares.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> layer = ActivityRegularization(l1=1.0)
        >>> _ = layer(ops.ones((1, 2)))
        >>> float(layer.losses[0])
        2.0

    Reference:
        Keras: keras.layers.ActivityRegularization
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any):
        penalty = {"class_name": "L1L2", "config": {"l1": l1, "l2": l2}}
        super().__init__(activity_regularizer=regularizers.get(penalty), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        found = super().get_config()
        found.pop("activity_regularizer", None)
        return {**found, "l1": self.l1, "l2": self.l2}
