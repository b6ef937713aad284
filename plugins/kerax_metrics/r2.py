"""How much of the targets' variance predictions explain."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerax import ops
from kerax.errors import ArgumentError
from kerax.weighting import align_weight, float_pair
from kerax_metrics.outputs import PerOutputMetric

_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(PerOutputMetric):
    """Coefficient of determination: 1 for perfect predictions, 0 for the targets' mean.

        R² = 1 - Σ w · (y_true - y_pred)² / (Σ w · y_true² - (Σ w · y_true)² / Σ w)

    Constant targets give 1 where they are met and 0 elsewhere, no targets give 0. The state is
    sums, so targets that vary little around a large number lose digits: subtract it first.

    Args:
        class_aggregation: `"uniform_average"` for the mean of the columns',
            `"variance_weighted_average"` for their mean by the targets' variance, None for one
            result a column.
        num_regressors: p, the number of independent variables; above 0 the result is adjusted to
            `1 - (1 - R²) · (n - 1) / (n - p - 1)` for n target values, if n > p + 1.
        name: its name.
        dtype: data type or policy; None means `floatx()`. The sums are float32.

    Raises:
        ArgumentError: for other values.

    Example:
        >>> float(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]))
        0.571...

    Reference:
        Keras: keras.metrics.R2Score, which gives NaN for constant targets that are met, for no
        targets, and for a mean by variances that are all 0, where here the results are
        scikit-learn's; and 0 for infinite errors, where here it is -inf. As there, n counts the
        values of all columns.
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ):
        super().__init__(dtype=dtype, name=name)
        if class_aggregation not in _AGGREGATIONS:
            raise ArgumentError(
                f"{self.name}: class_aggregation: got {class_aggregation!r}; wanted None, "
                "'uniform_average' or 'variance_weighted_average'."
            )
        if num_regressors < 0:
            raise ArgumentError(
                f"{self.name}: num_regressors: got {num_regressors}; wanted 0 or more."
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", "float32", name="num_samples")

    def create(self, columns: int) -> None:
        """Create the sums, each `[columns]`."""
        self.squared_sum = self._sum(columns, "squared_sum")
        self.sum = self._sum(columns, "sum")
        self.total_mse = self._sum(columns, "residual")
        self.count = self._sum(columns, "count")

    def _sum(self, columns: int, name: str) -> Any:
        return self.add_variable((columns,), "zeros", "float32", name=name)

    def build_for(self, y_true: Any, y_pred: Any) -> None:
        """Create the sums for predictions `[batch, columns]`; a vector beside a column is one."""
        if len(np.shape(y_pred)) == 1 and np.shape(y_true)[1:] == (1,):
            y_pred = y_true
        super().build_for(y_true, y_pred)

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the number of values, and the batch's four sums `[columns]`."""
        y_true, y_pred = float_pair(y_true, ops.cast(y_pred, "float32"), self.name)
        weight = ops.ones_like(y_true)
        if sample_weight is not None:
            weight = weight * align_weight(ops.cast(sample_weight, "float32"), y_true)
        weighted = y_true * weight
        parts = (y_true * weighted, weighted, ops.square(y_true - y_pred) * weight, weight)
        return [np.prod(y_true.shape), *(ops.sum(part, axis=0) for part in parts)]

    def result(self) -> Any:
        """Return `[columns]`, or a scalar where `class_aggregation` is given."""
        self.check_built()
        residual, count = self.total_mse.value, self.count.value
        mean = ops.divide_no_nan(self.sum.value, count)
        total = self.squared_sum.value - self.sum.value * mean
        is_met = ops.logical_and(ops.equal(residual, 0), count > 0)
        constant = ops.where(is_met, 1.0, 0.0)
        is_constant = ops.equal(total, 0)
        score = ops.where(is_constant, constant, 1 - ops.divide_no_nan(residual, total))
        if self.class_aggregation == "variance_weighted_average":
            weight = ops.where(ops.all(is_constant), 1.0, total)
            score = ops.sum(score * weight) / ops.sum(weight)
        elif self.class_aggregation == "uniform_average":
            score = ops.mean(score)
        return self._adjusted(score)

    def _adjusted(self, score: Any) -> Any:
        if self.num_regressors == 0:
            return score
        samples = self.num_samples.value
        free = samples - self.num_regressors - 1
        factor = (samples - 1) / ops.where(free > 0, free, 1.0)
        return ops.where(free > 0, 1 - (1 - score) * factor, score)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
