"""The best rate of one kind that thresholds reach where another rate is at least a given one."""

from collections.abc import Sequence
from typing import Any

from kerax import ops
from kerax.errors import ArgumentError
from kerax.metrics import AdditiveMetric
from kerax_metrics.confusion import flat_triple
from kerax_metrics.thresholds import counts_by_rank, even_steps, ranks

#: Each rate as the counts that it is the share of: first / (first + second).
_RATES = {
    "precision": ("true_positives", "false_positives"),
    "recall": ("true_positives", "false_negatives"),
    "sensitivity": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
}
_NAMES = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class _BestRate(AdditiveMetric):
    """The largest of a rate over the thresholds at which another rate is large enough."""

    #: The names of the rate that is sought and of that which is given.
    sought: str
    given: str

    def __init__(
        self,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: Any,
    ):
        super().__init__(dtype=dtype, name=name)
        if not 0 <= value <= 1:
            raise ArgumentError(f"{self.name}: {self.given}: got {value}; wanted one in [0, 1].")
        if num_thresholds < 1:
            raise ArgumentError(
                f"{self.name}: num_thresholds: got {num_thresholds}; wanted 1 or more."
            )
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        for variable in _NAMES:
            counts = self.add_variable((num_thresholds,), "zeros", "float32", name=variable)
            setattr(self, variable, counts)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, in equal steps from 0 to 1; 0.5 where there is one."""
        if self.num_thresholds == 1:
            return [0.5]
        return [0.0, *even_steps(self.num_thresholds), 1.0]

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's four counts, each `[thresholds]`."""
        y_true, y_pred, weight = flat_triple(y_true, y_pred, sample_weight, self.class_id)
        rank = ranks(self.thresholds, y_pred, even=self.num_thresholds > 1)
        return counts_by_rank(rank, y_true, weight, self.num_thresholds)

    def _rate(self, name: str) -> Any:
        share, rest = (getattr(self, count).value for count in _RATES[name])
        return ops.divide_no_nan(share, share + rest)

    def result(self) -> Any:
        """Return the best rate, a scalar; 0 where no threshold reaches the given one."""
        is_reached = self._rate(self.given) >= self.value
        return ops.max(ops.where(is_reached, self._rate(self.sought), 0.0))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self.given: self.value,
        }


class SensitivityAtSpecificity(_BestRate):
    """Best share of the positives found, at thresholds that clear enough of the negatives.

        result = max over thresholds with TN / (TN + FP) >= specificity of TP / (TP + FN)

    Args:
        specificity: the share of the negatives that must be predicted negative, in [0, 1].
        num_thresholds: how many thresholds, in equal steps from 0 to 1.
        class_id: the only class that counts; None for all.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for values out of range.

    Example:
        >>> float(SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
        0.5

    Reference:
        Keras: keras.metrics.SensitivityAtSpecificity, where NaN exceeds the threshold 0. Here it
        exceeds none, and weights may be one a value beside `class_id`.
    """

    sought, given = "sensitivity", "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity


class SpecificityAtSensitivity(_BestRate):
    """Best share of the negatives cleared, at thresholds that find enough of the positives.

        result = max over thresholds with TP / (TP + FN) >= sensitivity of TN / (TN + FP)

    Args:
        sensitivity: the share of the positives that must be predicted positive, in [0, 1].
        num_thresholds: how many thresholds, in equal steps from 0 to 1.
        class_id: the only class that counts; None for all.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for values out of range.

    Example:
        >>> float(SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
        0.666...

    Reference:
        Keras: keras.metrics.SpecificityAtSensitivity; see `SensitivityAtSpecificity`
    """

    sought, given = "specificity", "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity


class PrecisionAtRecall(_BestRate):
    """Best share of right ones among predicted positives, at thresholds that find enough.

        result = max over thresholds with TP / (TP + FN) >= recall of TP / (TP + FP)

    Args:
        recall: the share of the positives that must be predicted positive, in [0, 1].
        num_thresholds: how many thresholds, in equal steps from 0 to 1.
        class_id: the only class that counts; None for all.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for values out of range.

    Example:
        >>> float(PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
        0.5

    Reference:
        Keras: keras.metrics.PrecisionAtRecall; see `SensitivityAtSpecificity`
    """

    sought, given = "precision", "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall


class RecallAtPrecision(_BestRate):
    """Best share of the positives found, at thresholds where enough predicted ones are right.

        result = max over thresholds with TP / (TP + FP) >= precision of TP / (TP + FN)

    Args:
        precision: the share of the predicted positives that must be positive, in [0, 1].
        num_thresholds: how many thresholds, in equal steps from 0 to 1.
        class_id: the only class that counts; None for all.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for values out of range.

    Example:
        >>> float(RecallAtPrecision(0.8)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        0.5

    Reference:
        Keras: keras.metrics.RecallAtPrecision; see `SensitivityAtSpecificity`
    """

    sought, given = "recall", "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision
