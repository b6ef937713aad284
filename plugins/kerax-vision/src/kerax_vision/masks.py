"""What losses of masks share: targets in either form, and pixels left out."""

import math
from typing import Any

from kerax import ops
from kerax.errors import ShapeError

from kerax_vision.boxes import wide

__all__ = ["are_classes", "mask_rows"]


def are_classes(true: tuple[Any, ...], pred: tuple[Any, ...], where: str) -> bool:
    """Tell from shapes whether targets are class numbers rather than one value a class.

    Args:
        true: the targets' shape, `[batch, …]` or `[batch, …, 1]` for class numbers, else
            `[batch, …, classes]`.
        pred: the predictions' shape `[batch, …, classes]`.
        where: the place to name in the error.

    Returns:
        True for class numbers.

    Raises:
        ShapeError: where the targets are neither.

    Example:
        >>> are_classes((2, 5), (2, 5, 3), "here"), are_classes((2, 5, 3), (2, 5, 3), "here")
        (True, False)
    """
    if len(pred) >= 2 and _fits(true, pred):
        return False
    if len(pred) >= 2 and (_fits(true, pred[:-1]) or _fits(true, (*pred[:-1], 1))):
        return True
    raise ShapeError(
        f"{where}: got targets of shape {true} for predictions of shape {pred}; wanted class "
        "numbers [batch, …], or one value a class in the predictions' shape [batch, …, classes]."
    )


def _fits(shape: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    """Compare the sizes that are known."""
    return len(shape) == len(wanted) and all(
        a == b or not (isinstance(a, int) and isinstance(b, int))
        for a, b in zip(shape, wanted, strict=True)
    )


def mask_rows(
    y_true: Any, y_pred: Any, ignore_class: int | None, where: str
) -> tuple[Any, Any, Any]:
    """Return targets and predictions with a row of pixels for each sample and class.

    Args:
        y_true: class numbers `[batch, …]` or `[batch, …, 1]`, or values `[batch, …, classes]`.
        y_pred: predictions `[batch, …, classes]`.
        ignore_class: the class number of pixels that are left out; None for none.
        where: the place to name in errors.

    Returns:
        Targets and predictions `[batch, classes, pixels]`, float32 at least, and which pixels
        count, `[batch, 1, pixels]`, 1 or 0. A number that is no class gives NaN.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> target, _, counts = mask_rows([[1, 9]], ops.zeros((1, 2, 2)), 9, "here")
        >>> target.tolist(), counts.tolist()
        ([[[0.0, 0.0], [1.0, 0.0]]], [[[1.0, 0.0]]])
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), wide(y_pred)
    true_shape, pred_shape = tuple(y_true.shape), tuple(y_pred.shape)
    rows = (-1, math.prod(pred_shape[1:-1]))
    if are_classes(true_shape, pred_shape, where):
        target, counts = _one_hot(ops.reshape(y_true, rows), pred_shape[-1], ignore_class)
    else:
        target = ops.reshape(wide(y_true), (*rows, pred_shape[-1]))
        counts = ops.ones_like(target[..., 0])
    pred = ops.reshape(y_pred, (*rows, pred_shape[-1]))
    return ops.swapaxes(target, 1, 2), ops.swapaxes(pred, 1, 2), ops.expand_dims(counts, 1)


def _one_hot(numbers: Any, classes: int, ignore_class: int | None) -> tuple[Any, Any]:
    """Return numbers `[batch, pixels]` as `[batch, pixels, classes]`, and which of them count."""
    numbers = ops.cast(numbers, "int32")
    counts = ops.ones_like(numbers, dtype="float32")
    if ignore_class is not None:
        counts = ops.cast(numbers != ignore_class, "float32")
    known = ops.logical_and(numbers >= 0, numbers < classes)
    hot = ops.one_hot(ops.where(known, numbers, 0), classes, dtype="float32")
    hot = ops.where(ops.expand_dims(known, -1), hot, float("nan"))
    return ops.where(ops.expand_dims(counts, -1) > 0, hot, 0.0), counts
