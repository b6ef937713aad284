"""Distances between real numbers, averaged over batches."""

from collections.abc import Sequence
from typing import Any

from kerax import ops
from kerax.weighting import float_pair
from kerax_metrics.reduction import Mean, NamedMean


class MeanSquaredError(NamedMean):
    """Mean of the squared differences.

        result = mean((y_true - y_pred)²)

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(MeanSquaredError()([[1.0, 2.0]], [[1.0, 4.0]]))
        2.0

    Reference:
        Keras: keras.metrics.MeanSquaredError
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None):
        super().__init__("mean_squared_error", name, dtype)


class MeanAbsoluteError(NamedMean):
    """Mean of the absolute differences.

        result = mean(|y_true - y_pred|)

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(MeanAbsoluteError()([[1.0, 2.0]], [[1.0, 4.0]]))
        1.0

    Reference:
        Keras: keras.metrics.MeanAbsoluteError
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None):
        super().__init__("mean_absolute_error", name, dtype)


class MeanAbsolutePercentageError(NamedMean):
    """Mean of the absolute differences in per cent of the targets.

        result = 100 · mean(|y_true - y_pred| / max(|y_true|, ε))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(MeanAbsolutePercentageError()([[1.0, 2.0]], [[1.0, 3.0]]))
        25.0

    Reference:
        Keras: keras.metrics.MeanAbsolutePercentageError
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__("mean_absolute_percentage_error", name, dtype)


class MeanSquaredLogarithmicError(NamedMean):
    """Mean of the squared differences of logarithms; numbers below ε count as ε.

        result = mean((log(1 + y_true) - log(1 + y_pred))²)

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(MeanSquaredLogarithmicError()([[0.0, 1.0]], [[0.0, 1.0]]))
        0.0

    Reference:
        Keras: keras.metrics.MeanSquaredLogarithmicError
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__("mean_squared_logarithmic_error", name, dtype)


class LogCoshError(NamedMean):
    """Mean of the logarithm of the differences' hyperbolic cosine.

        result = mean(log(cosh(y_pred - y_true)))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(LogCoshError()([[0.0, 1.0]], [[0.0, 1.0]]))
        0.0

    Reference:
        Keras: keras.metrics.LogCoshError
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None):
        super().__init__("log_cosh", name, dtype)


class RootMeanSquaredError(Mean):
    """Square root of the mean of the squared differences, over all batches.

        result = sqrt(mean((y_true - y_pred)²))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(RootMeanSquaredError()([[0.0, 0.0]], [[3.0, 3.0]]))
        3.0

    Reference:
        Keras: keras.metrics.RootMeanSquaredError; like there, the predictions' mask is not used.
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None):
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take targets and predictions `[batch, …]` in."""
        self._add(y_true, y_pred, sample_weight)

    def masked(self, sample_weight: Any, values: Any) -> Any:
        """Return the weights as they are."""
        return sample_weight

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's weighted sum of squares and its sum of weights."""
        y_true, y_pred = float_pair(y_true, ops.cast(y_pred, self.dtype), self.name)
        return super().increments(ops.square(y_true - y_pred), sample_weight)

    def result(self) -> Any:
        """Return the root, a scalar."""
        return ops.sqrt(super().result())


def _cosine(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    y_true, y_pred = float_pair(y_true, y_pred, "CosineSimilarity")
    return ops.sum(ops.normalize(y_true, axis) * ops.normalize(y_pred, axis), axis=axis)


class CosineSimilarity(NamedMean):
    """Mean cosine of the angle between targets and predictions; 0 where one is zero.

        result = mean(y_true / ‖y_true‖ · y_pred / ‖y_pred‖)

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        axis: the axis of the vectors.

    Example:
        >>> float(CosineSimilarity()([[0.0, 1.0]], [[0.0, 5.0]]))
        1.0

    Reference:
        Keras: keras.metrics.CosineSimilarity, whose config lacks `axis`.
    """

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1):
        super().__init__(_cosine, name, dtype, axis=axis)
