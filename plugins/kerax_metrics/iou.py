"""How far predicted and true regions overlap: intersection over union of classes."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from jax.core import Tracer

from kerax import dtypes, ops
from kerax.errors import ArgumentError, ShapeError
from kerax.metrics import AdditiveMetric
from kerax.weighting import align_weight, match_ranks


def _has_fractions(weight: Any) -> bool:
    """Tell whether weights are no whole numbers, or are floats whose values are not known yet."""
    if isinstance(weight, Tracer):
        return dtypes.is_float(weight.dtype)
    return bool(np.any(np.asarray(weight) % 1 != 0))


def confusion_matrix(y_true: Any, y_pred: Any, weight: Any, num_classes: int) -> Any:
    """Return the weight of each pair of true and predicted class.

    Args:
        y_true: class numbers `[values]`, int32.
        y_pred: class numbers `[values]`, int32.
        weight: weights `[values]`.
        num_classes: the number of classes; a pair with a number out of range is left out.

    Returns:
        `[num_classes, num_classes]`, a row for each true class, of the weights' type.

    Example:
        >>> ids = ops.convert_to_tensor([0, 1, 1])
        >>> confusion_matrix(
        ...     ids, ops.convert_to_tensor([0, 0, 1]), ops.ones(3, "int32"), 2
        ... ).tolist()
        [[1, 0], [1, 1]]
    """
    both = ops.stack([y_true, y_pred])
    is_known = ops.all(ops.logical_and(both >= 0, both < num_classes), axis=0)
    cell = ops.where(is_known, y_true * num_classes + y_pred, 0)
    sums = ops.segment_sum(ops.where(is_known, weight, 0), cell, num_classes**2)
    return ops.reshape(sums, (num_classes, num_classes))


class IoU(AdditiveMetric):
    """Intersection over union of regions, averaged over the classes of interest.

        IoU = true positives / (true positives + false positives + false negatives)

    Classes that occur neither in targets nor in predictions do not count, nor do values whose class
    number is out of range.

    Args:
        num_classes: the number of classes.
        target_class_ids: the classes of interest.
        name: its name.
        dtype: type of the state; None means int32, which cuts weights to whole numbers, with a
            warning. Give "float32" to use fractions.
        ignore_class: the number of a true class that is left out.
        sparse_y_true: whether targets are class numbers rather than one score a class.
        sparse_y_pred: whether predictions are class numbers rather than one score a class.
        axis: the axis of the scores.

    Raises:
        ArgumentError: for classes that do not exist.

    Example:
        >>> float(IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1]))
        0.333...

    Reference:
        Keras: keras.metrics.IoU, which takes scores along the last axis only and weights for
        values only, and adds 1e-7 to the divisor.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        super().__init__(dtype=dtype or "int32", name=name)
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        if not self.target_class_ids:
            raise ArgumentError(f"{self.name}: target_class_ids: got none; wanted at least one.")
        for class_id in self.target_class_ids:
            if not -num_classes <= class_id < num_classes:
                raise ArgumentError(
                    f"{self.name}: target_class_ids: got {class_id}; wanted numbers from 0 to "
                    f"{num_classes - 1}."
                )
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", name="total_confusion_matrix"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take classes or scores in; warn where a state of whole numbers cuts the weights."""
        is_cut = sample_weight is not None and not dtypes.is_float(self.dtype)
        if is_cut and _has_fractions(sample_weight):
            warnings.warn(
                f"{self.name}: sample_weight: got fractions for a state of type {self.dtype}, "
                "which cuts them to whole numbers; give the metric dtype='float32'.",
                stacklevel=2,
            )
        super().update_state(y_true, y_pred, sample_weight)

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's confusion matrix `[classes, classes]`."""
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        y_true, y_pred = match_ranks(ops.cast(y_true, "int32"), ops.cast(y_pred, "int32"))
        if tuple(y_true.shape) != tuple(y_pred.shape):
            raise ShapeError(
                f"{self.name}: got classes of shape {tuple(y_true.shape)} and predicted ones of "
                f"shape {tuple(y_pred.shape)}; wanted equal shapes. sparse_y_true and "
                "sparse_y_pred say which are class numbers."
            )
        weight = ops.ones(y_true.shape, self.dtype)
        if sample_weight is not None:
            weight = weight * align_weight(ops.cast(sample_weight, self.dtype), y_true)
        if self.ignore_class is not None:
            weight = ops.where(ops.equal(y_true, self.ignore_class), 0, weight)
        y_true, y_pred, weight = (ops.reshape(t, (-1,)) for t in (y_true, y_pred, weight))
        return [confusion_matrix(y_true, y_pred, weight, self.num_classes)]

    def result(self) -> Any:
        """Return the mean over the classes that occur, a float32 scalar; 0 where none does."""
        matrix = ops.cast(self.total_cm.value, "float32")
        is_hit = ops.eye(self.num_classes) > 0
        hits = ops.sum(ops.where(is_hit, matrix, 0), axis=0)
        union = ops.sum(matrix, axis=0) + ops.sum(matrix, axis=1) - hits
        wanted = self.target_class_ids
        hits, union = (ops.stack([t[i] for i in wanted]) for t in (hits, union))
        occurs = ops.cast(ops.not_equal(union, 0), "float32")
        return ops.divide_no_nan(ops.sum(ops.divide_no_nan(hits, union)), ops.sum(occurs))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        return {k: v for k, v in IoU.get_config(self).items() if k not in names}


class BinaryIoU(IoU):
    """Intersection over union where a prediction is 1 from a threshold on, else 0.

    Args:
        target_class_ids: the classes of interest, of 0 and 1.
        threshold: the smallest prediction of class 1.
        name: its name.
        dtype: type of the state; None means int32, which cuts weights to whole numbers.

    Raises:
        ArgumentError: for classes that do not exist, or a threshold that is no number.

    Example:
        >>> float(BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]))
        0.333...

    Reference:
        Keras: keras.metrics.BinaryIoU
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(2, target_class_ids, name, dtype)
        if threshold is None:
            raise ArgumentError(f"{self.name}: threshold: got None; wanted a number.")
        self.threshold = threshold

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's confusion matrix `[2, 2]`."""
        return super().increments(y_true, y_pred >= self.threshold, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        hidden = ("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")
        return {**self._config_without(*hidden), "threshold": self.threshold}


class MeanIoU(IoU):
    """Intersection over union of regions, averaged over all classes that occur.

    Args:
        num_classes: the number of classes.
        name: its name.
        dtype: type of the state; None means int32, which cuts weights to whole numbers.
        ignore_class: the number of a true class that is left out.
        sparse_y_true: whether targets are class numbers rather than one score a class.
        sparse_y_pred: whether predictions are class numbers rather than one score a class.
        axis: the axis of the scores.

    Example:
        >>> float(MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1]))
        0.333...

    Reference:
        Keras: keras.metrics.MeanIoU
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        ids = range(num_classes)
        super().__init__(
            num_classes, ids, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """Intersection over union of regions with one-hot targets.

    Args:
        num_classes: the number of classes.
        target_class_ids: the classes of interest.
        name: its name.
        dtype: type of the state; None means int32, which cuts weights to whole numbers.
        ignore_class: the number of a true class that is left out.
        sparse_y_pred: whether predictions are class numbers rather than one score a class.
        axis: the axis of the scores.

    Raises:
        ArgumentError: for classes that do not exist.

    Example:
        >>> metric = OneHotIoU(num_classes=2, target_class_ids=[0])
        >>> float(metric([[1, 0], [0, 1]], [[0.9, 0.1], [0.6, 0.4]]))
        0.5

    Reference:
        Keras: keras.metrics.OneHotIoU
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """Intersection over union with one-hot targets, averaged over all classes that occur.

    Args:
        num_classes: the number of classes.
        name: its name.
        dtype: type of the state; None means int32, which cuts weights to whole numbers.
        ignore_class: the number of a true class that is left out.
        sparse_y_pred: whether predictions are class numbers rather than one score a class.
        axis: the axis of the scores.

    Example:
        >>> float(OneHotMeanIoU(num_classes=2)([[1, 0], [0, 1]], [[0.9, 0.1], [0.6, 0.4]]))
        0.25

    Reference:
        Keras: keras.metrics.OneHotMeanIoU
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return self._config_without("target_class_ids", "sparse_y_true")
