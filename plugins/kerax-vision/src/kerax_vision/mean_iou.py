"""Mean IoU of segmentation masks."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.metrics import AdditiveMetric
from kerax.weighting import align_weight

__all__ = ["MeanIoU"]


class MeanIoU(AdditiveMetric):
    """Mean over classes of the overlap of predicted and true masks.

        IoU_c = true positives / (true positives + false positives + false negatives)
        result = mean of IoU_c over the classes that occur in targets or predictions; 0 for none

    Args:
        classes: how many classes there are.
        ignore_class: the class number, in the targets, of pixels that are left out, such as 255.
        sparse_y_true: whether targets are class numbers `[batch, …]`, or one value a class
            `[batch, …, classes]`.
        sparse_y_pred: likewise for predictions; of values, logits or probabilities, the greatest
            counts.
        name: its name.
        dtype: data type or policy of the result; None means `floatx()`.

    Raises:
        ArgumentError: where `classes` is not positive.

    Example:
        >>> scores = [[[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]]
        >>> float(MeanIoU(classes=2)([[0, 1, 1]], scores))
        0.5

    Reference:
        Keras: keras.metrics.MeanIoU. Here a class number that is none gives NaN, unless ignored.
    """

    def __init__(
        self,
        classes: int = 2,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = False,
        name: str | None = "mean_iou",
        dtype: Any = None,
    ):
        super().__init__(dtype=dtype, name=name)
        if classes < 1:
            raise ArgumentError(f"{self.name}: classes: got {classes}; wanted 1 or more.")
        self.classes = classes
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        shape = (classes, classes)
        self.confusion = self.add_variable(shape, "zeros", "float32", name="confusion")
        self.strangers = self.add_variable((), "zeros", "float32", name="strangers")

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the weights by true and predicted class, and those of numbers that are none."""
        true = self._numbers(y_true, self.sparse_y_true, "targets")
        pred = self._numbers(y_pred, self.sparse_y_pred, "predictions")
        if len(true.shape) == len(pred.shape) + 1 and true.shape[-1] == 1:
            true = ops.squeeze(true, -1)
        if tuple(true.shape) != tuple(pred.shape):
            raise ShapeError(
                f"{self.name}: got class numbers of shape {tuple(true.shape)} for predictions of "
                f"shape {tuple(pred.shape)}; wanted equal shapes. See sparse_y_true and "
                "sparse_y_pred."
            )
        weight = jnp.ones(true.shape, jnp.float32)
        if sample_weight is not None:
            weight = weight * align_weight(ops.cast(sample_weight, "float32"), weight)
        if self.ignore_class is not None:
            weight = jnp.where(true == self.ignore_class, 0.0, weight)
        known = (true >= 0) & (true < self.classes) & (pred >= 0) & (pred < self.classes)
        pairs = jnp.where(known, true * self.classes + pred, self.classes**2)
        counts = jnp.zeros(self.classes**2 + 1, jnp.float32).at[pairs.ravel()].add(weight.ravel())
        return [counts[:-1].reshape(self.classes, self.classes), counts[-1]]

    def _numbers(self, x: Any, sparse: bool, what: str) -> Any:
        x = jnp.asarray(x)
        if sparse:
            return x.astype(jnp.int32)
        if x.ndim < 2 or x.shape[-1] != self.classes:
            raise ShapeError(
                f"{self.name}: got {what} of shape {x.shape}; wanted {self.classes} classes on "
                "the last axis. Class numbers need sparse_y_true or sparse_y_pred."
            )
        return jnp.argmax(x, axis=-1).astype(jnp.int32)

    def result(self) -> Any:
        """Return the mean over the classes that occur; NaN where a number was none."""
        present, iou = self._parts()
        mean = jnp.sum(iou) / jnp.maximum(jnp.sum(present), 1)
        return jnp.where(self.strangers.value > 0, jnp.nan, mean).astype(self.dtype)

    def iou_per_class(self) -> Any:
        """Return each class's IoU, `[classes]`; NaN for one that does not occur.

        Example:
            >>> metric = MeanIoU(classes=3, sparse_y_pred=True)
            >>> metric.update_state([[0, 1, 1]], [[0, 0, 1]])
            >>> metric.iou_per_class().tolist()
            [0.5, 0.5, nan]
        """
        present, iou = self._parts()
        return jnp.where(present, iou, jnp.nan)

    def _parts(self) -> tuple[Any, Any]:
        confusion = self.confusion.value
        right = jnp.diagonal(confusion)
        union = jnp.sum(confusion, axis=0) + jnp.sum(confusion, axis=1) - right
        return union > 0, right / jnp.where(union > 0, union, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "classes": self.classes,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
        }
