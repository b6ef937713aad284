"""Weighted harmonic means of precision and recall."""

from collections.abc import Sequence
from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.weighting import align_weight
from kerax_metrics.outputs import PerOutputMetric

_AVERAGES = (None, "micro", "macro", "weighted")
_NAMES = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")

#: A largest prediction that is no larger than this does not count as one.
_NOTHING = 1e-9


class FBetaScore(PerOutputMetric):
    """Harmonic mean of precision and recall in which recall counts β² times.

        result = (1 + β²) · TP / ((1 + β²) · TP + β² · FN + FP), 0 for 0 / 0

    Args:
        average: None for one result a class; `"micro"` counts over all classes, `"macro"` is the
            mean of the classes', `"weighted"` their mean by the number of positives.
        beta: β, a float above 0.
        threshold: what a positive prediction exceeds, a float in (0, 1]; None takes the largest
            of each sample's, all of those that are equal.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for other values.

    Example:
        >>> metric = FBetaScore(beta=2.0, threshold=0.5)
        >>> y_true = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
        >>> metric(y_true, [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]).tolist()
        [0.384..., 0.909..., 0.833...]

    Reference:
        Keras: keras.metrics.FBetaScore, which adds 1e-7 to each divisor, so that small weights
        lower its result, and takes weights `[batch]` only.
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ):
        super().__init__(dtype=dtype, name=name)
        if average not in _AVERAGES:
            raise ArgumentError(
                f"{self.name}: average: got {average!r}; wanted None, 'micro', 'macro' or "
                "'weighted'."
            )
        if type(beta) is not float or not beta > 0:
            raise ArgumentError(f"{self.name}: beta: got {beta!r}; wanted a float above 0.")
        is_threshold = threshold is None or (type(threshold) is float and 0 < threshold <= 1)
        if not is_threshold:
            raise ArgumentError(
                f"{self.name}: threshold: got {threshold!r}; wanted None or a float in (0, 1]."
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold

    def create(self, columns: int) -> None:
        """Create the counts, `[classes]`, or scalars for `"micro"`."""
        shape = () if self.average == "micro" else (columns,)
        for name in _NAMES:
            setattr(self, name, self.add_variable(shape, "zeros", name=name))

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's true and false positives, false negatives and positives."""
        y_true, y_pred = ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype)
        if tuple(y_true.shape) != tuple(y_pred.shape):
            raise ShapeError(
                f"{self.name}: got y_true {tuple(y_true.shape)} and y_pred {tuple(y_pred.shape)}; "
                "wanted equal shapes [batch, classes]."
            )
        chosen = ops.cast(self._is_chosen(y_pred), self.dtype)
        parts = (chosen * y_true, chosen * (1 - y_true), (1 - chosen) * y_true, y_true)
        if sample_weight is not None:
            weight = align_weight(ops.cast(sample_weight, self.dtype), y_pred)
            parts = tuple(part * weight for part in parts)
        axis = None if self.average == "micro" else 0
        return [ops.sum(part, axis=axis) for part in parts]

    def _is_chosen(self, y_pred: Any) -> Any:
        if self.threshold is not None:
            return y_pred > self.threshold
        is_largest = ops.equal(y_pred, ops.max(y_pred, axis=-1, keepdims=True))
        return ops.logical_and(is_largest, ops.absolute(y_pred) > _NOTHING)

    def result(self) -> Any:
        """Return `[classes]`, or a scalar where `average` is given."""
        self.check_built()
        true_pos, false_pos, false_neg, positives = (getattr(self, n).value for n in _NAMES)
        square = self.beta**2
        counted = (1 + square) * true_pos
        score = ops.divide_no_nan(counted, counted + square * false_neg + false_pos)
        if self.average == "weighted":
            return ops.divide_no_nan(ops.sum(score * positives), ops.sum(positives))
        return ops.mean(score) if self.average == "macro" else score

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """Harmonic mean of precision and recall.

        result = 2 · TP / (2 · TP + FN + FP), 0 for 0 / 0

    Args:
        average: None, `"micro"`, `"macro"` or `"weighted"`; see `FBetaScore`.
        threshold: what a positive prediction exceeds; None takes the largest of each sample's.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for other values.

    Example:
        >>> metric = F1Score(threshold=0.5)
        >>> y_true = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
        >>> metric(y_true, [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]).tolist()
        [0.5, 0.8..., 0.666...]

    Reference:
        Keras: keras.metrics.F1Score
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ):
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["beta"]
        return config
