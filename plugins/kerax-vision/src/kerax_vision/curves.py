"""Precision-recall curves: at given thresholds, and exact."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.metrics import AdditiveMetric
from kerax.variable import Variable
from kerax.weighting import align_weight, match_ranks

from kerax_vision.buffers import BufferedMetric

__all__ = ["AveragePrecision", "PrecisionRecallCurve"]


def _flat_triple(y_true: Any, y_pred: Any, sample_weight: Any, where: str) -> tuple[Any, Any, Any]:
    """Return targets as 0 or 1, scores and weights, each float32 `[values]`."""
    y_true, y_pred = match_ranks(y_true, ops.cast(y_pred, "float32"))
    if tuple(y_true.shape) != tuple(y_pred.shape):
        raise ShapeError(
            f"{where}: got targets of shape {tuple(y_true.shape)} and predictions of shape "
            f"{tuple(y_pred.shape)}; wanted equal shapes."
        )
    weight = jnp.ones(y_pred.shape, jnp.float32)
    if sample_weight is not None:
        weight = weight * align_weight(ops.cast(sample_weight, "float32"), weight)
    true = (jnp.asarray(y_true) > 0).astype(jnp.float32)
    return true.ravel(), jnp.ravel(y_pred), weight.ravel()


class PrecisionRecallCurve(AdditiveMetric):
    """Precision and recall at thresholds; a value is positive where its score reaches one.

        precision = true positives / (true positives + false positives); 1 where there are none
        recall = true positives / positives; 0 where there are none

    Args:
        thresholds: how many, from 0 to 1 in equal steps; or the numbers, rising.
        name: its name.
        dtype: data type or policy of the result; None means `floatx()`.

    Raises:
        ArgumentError: for fewer than one threshold, or numbers that do not rise.

    Example:
        >>> metric = PrecisionRecallCurve(thresholds=[0.3, 0.6])
        >>> metric([1, 0, 1, 1], [0.9, 0.5, 0.7, 0.1]).tolist()
        [[0.666..., 1.0], [0.666..., 0.666...]]

    Reference:
        `sklearn.metrics.precision_recall_curve`, at given thresholds
    """

    def __init__(
        self,
        thresholds: int | Sequence[float] = 201,
        name: str | None = "precision_recall_curve",
        dtype: Any = None,
    ):
        super().__init__(dtype=dtype, name=name)
        self._given = thresholds if isinstance(thresholds, int) else [float(t) for t in thresholds]
        points = np.linspace(0, 1, thresholds) if isinstance(thresholds, int) else thresholds
        self.thresholds = tuple(float(t) for t in points)
        if not self.thresholds or any(np.diff(self.thresholds) <= 0):
            raise ArgumentError(
                f"{self.name}: thresholds: got {thresholds!r}; wanted a positive number of them, "
                "or numbers that rise."
            )
        shape = (len(self.thresholds),)
        for variable in ("true_positives", "false_positives"):
            setattr(self, variable, self.add_variable(shape, "zeros", "float32", name=variable))
        self.positives = self.add_variable((), "zeros", "float32", name="positives")

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the weights of true and false positives `[thresholds]`, and of all positives."""
        true, score, weight = _flat_triple(y_true, y_pred, sample_weight, self.name)
        limits = jnp.asarray(self.thresholds, jnp.float32)
        reached = jnp.searchsorted(limits, score, side="right")  # NaN reaches all
        size = len(self.thresholds) + 1

        def at_least(weights: Any) -> Any:
            counts = jnp.zeros(size, jnp.float32).at[reached].add(weights)
            return jnp.cumsum(counts[::-1])[::-1][1:]

        positive = weight * true
        return [at_least(positive), at_least(weight - positive), jnp.sum(positive)]

    def result(self) -> Any:
        """Return precision and recall, `[2, thresholds]`."""
        right, wrong, positives = (variable.value for variable in self.variables[:3])
        predicted = right + wrong
        precision = jnp.where(predicted > 0, right / jnp.where(predicted > 0, predicted, 1.0), 1.0)
        recall = right / jnp.where(positives > 0, positives, 1.0)
        return jnp.stack([precision, recall]).astype(self.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "thresholds": self._given}


class AveragePrecision(BufferedMetric):
    """Area under the exact precision-recall curve of scores, without interpolation.

        result = Σ_n (R_n - R_(n - 1)) · P_n over the distinct scores n, falling; 0 without
        positives

    It is exact: scores are kept, not binned. So it has room for `capacity` values of a weight
    other than 0; when more come, `result()` raises, and inside compiled code, as in the logs of
    `fit`, it is NaN.

    Args:
        capacity: how many values there is room for.
        name: its name.
        dtype: data type or policy of the result; None means `floatx()`.

    Raises:
        ArgumentError: where the capacity is not positive.

    Example:
        >>> round(float(AveragePrecision(capacity=8)([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])), 4)
        0.8333

    Reference:
        `sklearn.metrics.average_precision_score`
    """

    scores: Variable
    positive: Variable
    weights: Variable

    def __init__(
        self,
        capacity: int = 2**15,
        name: str | None = "average_precision",
        dtype: Any = None,
    ):
        super().__init__(capacity, name, dtype)
        for buffer in ("scores", "positive", "weights"):
            self.add_buffer(buffer, "float32")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in.

        Args:
            y_true: targets `[batch, …]`, positive where above 0.
            y_pred: scores `[batch, …]`.
            sample_weight: None, a number, `[batch]`, or one weight a value.
        """
        true, score, weight = _flat_triple(y_true, y_pred, sample_weight, self.name)
        self.take([score, weight * true, weight], weight != 0)

    def result(self) -> Any:
        """Return the area.

        Raises:
            DataError: where values found no room; NaN in compiled code.
        """
        self.raise_if_full()
        there = self.there()
        scores = jnp.where(there, self.scores.value, -jnp.inf)
        order = jnp.argsort(-scores)
        falling = -scores[order]
        positive = jnp.where(there, self.positive.value, 0.0)[order]
        right = jnp.cumsum(positive)
        all_ = jnp.cumsum(jnp.where(there, self.weights.value, 0.0)[order])
        # Values of one score are told apart by nothing, so they share the precision of the last.
        last = jnp.searchsorted(falling, falling, side="right") - 1
        precision = right[last] / jnp.where(all_[last] > 0, all_[last], 1.0)
        total = jnp.where(right[-1] > 0, right[-1], 1.0)
        return self.flagged(jnp.sum(positive * precision) / total)

    def curve(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the exact curve, outside of compiled code.

        Returns:
            Precision and recall `[n + 1]`, ended by 1 and 0, and the distinct scores `[n]`,
            rising, float64.

        Raises:
            DataError: where values found no room.

        Example:
            >>> metric = AveragePrecision(capacity=8)
            >>> metric.update_state([0, 1, 1], [0.2, 0.5, 0.9])
            >>> [x.round(3).tolist() for x in metric.curve()]
            [[0.667, 1.0, 1.0, 1.0], [1.0, 1.0, 0.5, 0.0], [0.2, 0.5, 0.9]]

        Reference:
            `sklearn.metrics.precision_recall_curve`
        """
        self.raise_if_full()
        there = np.asarray(self.there())
        values = (self.scores.value, self.positive.value, self.weights.value)
        scores, positive, weights = (np.asarray(x, np.float64)[there] for x in values)
        distinct, group = np.unique(scores, return_inverse=True)
        right, all_ = (
            np.cumsum(np.bincount(group, x, len(distinct))[::-1])[::-1] for x in (positive, weights)
        )
        total = right[0] if len(right) and right[0] > 0 else 1.0
        return np.append(right / all_, 1.0), np.append(right / total, 0.0), distinct
