"""The area under curves that thresholds draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerax import ops, serialization
from kerax.errors import ArgumentError, ShapeError
from kerax_metrics.confusion import checked_thresholds, weighted_pair
from kerax_metrics.outputs import PerOutputMetric
from kerax_metrics.thresholds import (
    counts_by_rank,
    curve_thresholds,
    even_steps,
    is_even,
    ranks,
)

_NAMES = ("true_positives", "false_positives", "true_negatives", "false_negatives")
_CURVES = ("ROC", "PR", "PRGAIN")
_METHODS = ("interpolation", "minoring", "majoring")


def _chosen(argument: str, value: str, choices: Sequence[str]) -> str:
    for choice in choices:
        if str(value).lower() == choice.lower():
            return choice
    raise ArgumentError(f"AUC: {argument}: got {value!r}; wanted one of {', '.join(choices)}.")


def _curve(curve: str, counts: Sequence[Any]) -> tuple[Any, Any]:
    """Return the points' x and y, each `[thresholds, …]`, from the lowest threshold on."""
    true_pos, false_pos, true_neg, false_neg = counts
    positives, negatives = true_pos + false_neg, false_pos + true_neg
    recall = ops.divide_no_nan(true_pos, positives)
    if curve == "ROC":
        return ops.divide_no_nan(false_pos, negatives), recall
    if curve == "PR":
        return recall, ops.divide_no_nan(true_pos, true_pos + false_pos)
    odds = ops.divide_no_nan(positives, negatives)
    recall_gain = ops.maximum(1 - odds * ops.divide_no_nan(false_neg, true_pos), 0.0)
    precision_gain = 1 - odds * ops.divide_no_nan(false_pos, true_pos)
    return ops.where(ops.equal(true_pos, 0), 0.0, recall_gain), precision_gain


def _precision_recall_area(counts: Sequence[Any]) -> Any:
    """Integrate precision over recall where both counts of positives change linearly between."""
    true_pos, false_pos, _, false_neg = counts
    predicted = true_pos + false_pos
    gained = true_pos[:-1] - true_pos[1:]
    slope = ops.divide_no_nan(gained, predicted[:-1] - predicted[1:])
    offset = true_pos[1:] - slope * predicted[1:]
    is_inside = ops.logical_and(predicted[:-1] > 0, predicted[1:] > 0)
    ratio = ops.divide_no_nan(predicted[:-1], predicted[1:])
    logs = ops.log(ops.where(is_inside, ratio, 1.0))
    positives = true_pos[1:] + false_neg[1:]
    return ops.sum(ops.divide_no_nan(slope * (gained + offset * logs), positives), axis=0)


def area(curve: str, summation_method: str, counts: Sequence[Any]) -> Any:
    """Return the area under a curve.

    Args:
        curve: `"ROC"`, `"PR"` or `"PRGAIN"`.
        summation_method: `"interpolation"`, `"minoring"` or `"majoring"`.
        counts: true positives, false positives, true and false negatives, each
            `[thresholds, …]`, from the lowest threshold on.

    Returns:
        A tensor without the first axis.

    Example:
        >>> true_pos, false_pos = np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])
        >>> counts = true_pos, false_pos, 1 - false_pos, 1 - true_pos
        >>> float(area("ROC", "interpolation", counts))
        1.0
    """
    if curve == "PR" and summation_method == "interpolation":
        return _precision_recall_area(counts)
    x, y = _curve(curve, counts)
    left, right = y[:-1], y[1:]
    heights = {
        "interpolation": lambda: (left + right) / 2,
        "minoring": lambda: ops.minimum(left, right),
        "majoring": lambda: ops.maximum(left, right),
    }[summation_method]()
    return ops.sum((x[:-1] - x[1:]) * heights, axis=0)


class AUC(PerOutputMetric):
    """Area under the ROC or precision-recall curve, drawn through the points of thresholds.

    A prediction is positive where it exceeds the threshold; NaN counts as 0. The predictions of a
    batch go into one histogram over the thresholds, so the work does not grow with their number.
    Curves that lack positives or negatives have the area 0.

    Args:
        num_thresholds: how many thresholds, in equal steps; above 1.
        curve: `"ROC"`, `"PR"` or `"PRGAIN"` (precision-recall-gain).
        summation_method: `"interpolation"` (trapezoids; for PR the exact area where true and false
            positives grow in proportion), `"minoring"` or `"majoring"` (the lower or upper sum).
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        thresholds: numbers in [0, 1] instead of `num_thresholds`; one below 0 and one above 1 are
            added.
        multi_label: whether each column of `[batch, labels]` has a curve of its own; the result
            is the mean of the areas.
        num_labels: the number of columns, if it is to be fixed at once.
        label_weights: one weight a column: of the areas with `multi_label`, else of the values.
        from_logits: whether predictions are logits.

    Raises:
        ArgumentError: for other values.

    Example:
        >>> float(AUC()([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        0.75

    Reference:
        Davis and Goadrich (2006), "The relationship between precision-recall and ROC curves";
        Flach and Kull (2015), "Precision-recall-gain curves". Keras: keras.metrics.AUC, whose
        config of `label_weights` cannot be read there; here it is a list.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ):
        super().__init__(dtype=dtype, name=name)
        self.curve = _chosen("curve", curve, _CURVES)
        self.summation_method = _chosen("summation_method", summation_method, _METHODS)
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights, "float32")
        self.from_logits = from_logits
        self._set_thresholds(num_thresholds, thresholds)
        if num_labels and not multi_label:
            raise ArgumentError(
                f"{self.name}: num_labels: got {num_labels} with multi_label=False; wanted None, "
                "or multi_label=True."
            )
        if num_labels or not multi_label:
            self._create_once(num_labels or 1)

    def _set_thresholds(self, num_thresholds: int, thresholds: Sequence[float] | None) -> None:
        self._is_given = thresholds is not None
        if thresholds is not None:
            inner = checked_thresholds(thresholds, 0.5) if len(thresholds) else ()
        elif num_thresholds > 1:
            inner = even_steps(num_thresholds)
        else:
            raise ArgumentError(
                f"{self.name}: num_thresholds: got {num_thresholds}; wanted 2 or more."
            )
        limits = curve_thresholds(inner)
        self._is_even = not self._is_given or is_even(limits)
        # An array, so that the search for variables passes over it at once.
        self._thresholds = np.array(limits)
        self.num_thresholds = len(self._thresholds)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, smallest first, those outside of [0, 1] among them."""
        return self._thresholds.tolist()

    def create(self, columns: int) -> None:
        """Create the four counts, `[thresholds]` or `[thresholds, columns]`."""
        labels = (columns,) if self.multi_label else ()
        for name in _NAMES:
            shape = (self.num_thresholds, *labels)
            setattr(self, name, self.add_variable(shape, "zeros", "float32", name=name))

    def build_for(self, y_true: Any, y_pred: Any) -> None:
        """Create the variables of `multi_label`, one column for each of the predictions'."""
        if self.multi_label:
            super().build_for(y_true, y_pred)

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's four counts, `[thresholds]` or `[thresholds, labels]`."""
        y_true, y_pred, weight = weighted_pair(y_true, y_pred, sample_weight)
        self._check_weights(y_pred)
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        if self.label_weights is not None and not self.multi_label:
            weight = weight * self.label_weights
        label, labels = None, 1
        if self.multi_label:
            labels = y_pred.shape[-1]
            label = ops.reshape(ops.broadcast_to(ops.arange(labels), y_pred.shape), (-1,))
        rank = ranks(self.thresholds, y_pred, self._is_even)
        rank, y_true, weight = (ops.reshape(t, (-1,)) for t in (rank, y_true, weight))
        return counts_by_rank(rank, y_true, weight, self.num_thresholds, label, labels)

    def _check_weights(self, y_pred: Any) -> None:
        shape, weights = tuple(y_pred.shape), self.label_weights
        if weights is not None and (not shape or shape[-1] != len(weights)):
            raise ShapeError(
                f"{self.name}: label_weights: got {len(weights)} for predictions of shape "
                f"{shape}; wanted one for each column."
            )

    def result(self) -> Any:
        """Return the area, a scalar."""
        self.check_built()
        counts = [getattr(self, name).value for name in _NAMES]
        areas = area(self.curve, self.summation_method, counts)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return ops.mean(areas)
        weighted = ops.sum(areas * self.label_weights)
        return ops.divide_no_nan(weighted, ops.sum(self.label_weights))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if self.label_weights is None else self.label_weights.tolist(),
            "from_logits": self.from_logits,
        }
        if self._is_given:
            config["thresholds"] = self.thresholds[1:-1]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "AUC":
        """Make a metric from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("label_weights"), dict):
            weights = serialization.deserialize_keras_object(config["label_weights"])
            config["label_weights"] = weights
        return cls(**config)
