"""Means and sums of values, and metrics made of a function."""

from collections.abc import Callable, Sequence
from typing import Any

from kerax import ops, serialization
from kerax.metrics import AdditiveMetric
from kerax.plugins import lookup
from kerax.symbolic import get_mask
from kerax.weighting import align_weight, masked_weight, match_ranks, weigh


def _over_samples(values: Any) -> Any:
    """Return the sum over samples of the mean of each sample's values."""
    axes = tuple(range(1, len(values.shape)))
    return ops.sum(ops.mean(values, axis=axes) if axes else values)


class Sum(AdditiveMetric):
    """The weighted sum of all values.

        result = sum(weight · value)

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(Sum()([1.0, 2.0, 4.0], sample_weight=[1.0, 0.0, 1.0]))
        5.0

    Reference:
        Keras: keras.metrics.Sum
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values `[batch, …]` and weights in."""
        self._add(values, sample_weight)

    def increments(self, values: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's weighted sum."""
        values = ops.cast(values, self.dtype)
        if sample_weight is not None:
            values = weigh(values, ops.cast(sample_weight, self.dtype))
        return [ops.sum(values)]

    def result(self) -> Any:
        """Return the sum, a scalar."""
        return self.total.value


class Mean(AdditiveMetric):
    """The weighted mean of all values.

        result = sum(weight · value) / sum(weight), 0 before any value

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(Mean()([1.0, 3.0, 8.0], sample_weight=[1.0, 1.0, 0.0]))
        2.0

    Reference:
        Keras: keras.metrics.Mean. Here a scalar weight weighs each sample, there each batch; and a
        mask of the values always applies, there only beside weights.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values `[batch, …]` and weights in; a sample counts the mean of its values."""
        self._add(values, sample_weight)

    def masked(self, sample_weight: Any, values: Any) -> Any:
        """Return the weights times the values' mask."""
        mask = get_mask(values)
        if mask is None:
            return sample_weight
        return masked_weight(sample_weight, mask, self.dtype)

    def increments(self, values: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's weighted sum and its sum of weights, a sample's values averaged."""
        values = ops.cast(values, self.dtype)
        if sample_weight is None:
            weight = ops.ones_like(values)
        else:
            weight = align_weight(ops.cast(sample_weight, self.dtype), values)
            values = weigh(values, weight)
            weight = ops.broadcast_to(weight, values.shape)
        return [_over_samples(values), _over_samples(weight)]

    def result(self) -> Any:
        """Return the mean, a scalar."""
        return ops.divide_no_nan(self.total.value, self.count.value)


class MeanMetricWrapper(Mean):
    """The weighted mean of a function of targets and predictions.

    Args:
        fn: `(y_true, y_pred, **kwargs) -> values` `[batch, …]`, or its config.
        name: its name; the class's in snake case where None.
        dtype: data type or policy; None means `floatx()`.
        **kwargs: further arguments of `fn`.

    Example:
        >>> from kerax import ops
        >>> distance = MeanMetricWrapper(lambda t, p: ops.absolute(t - p), name="distance")
        >>> float(distance([1.0, 2.0], [1.0, 4.0]))
        1.0

    Reference:
        Keras: keras.metrics.MeanMetricWrapper
    """

    #: A function of the user's may depend on anything, so the update is not compiled by itself.
    is_pure = False

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ):
        super().__init__(name=name, dtype=dtype)
        self.fn = fn
        self.fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take targets and predictions `[batch, …]` in, but for those masked out."""
        self._add(y_true, y_pred, sample_weight)

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's weighted sum of `fn` and its sum of weights."""
        y_true, y_pred = self.converted(y_true, y_pred)
        return super().increments(self.fn(y_true, y_pred, **self.fn_kwargs), sample_weight)

    def converted(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Return targets and predictions in the metric's type and of one rank."""
        return match_ranks(ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; `fn` only where the class does not name it."""
        config = super().get_config()
        if type(self) is MeanMetricWrapper:
            config["fn"] = serialization.serialize_keras_object(self.fn)
        return {**config, **self.fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MeanMetricWrapper":
        """Make a metric from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("fn"), dict):
            config["fn"] = serialization.deserialize_keras_object(config["fn"])
        return cls(**config)


class NamedMean(MeanMetricWrapper):
    """The weighted mean of a metric function that a plugin table names: the standard ones' base.

    Args:
        function: the name of a function of kind `"metric"`, or a pure function.
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        **kwargs: further arguments of the function.
    """

    is_pure = True

    def __init__(
        self,
        function: str | Callable[..., Any],
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        fn = lookup("metric", function) if isinstance(function, str) else function
        super().__init__(fn, name, dtype, **kwargs)

    def converted(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Return predictions in the metric's type; class numbers stay whole numbers."""
        return y_true, ops.cast(y_pred, self.dtype)
