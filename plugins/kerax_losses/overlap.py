"""Losses of overlap: how much of two sets, or masks, is not shared."""

from typing import Any

from kerax import config, ops
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair

Axis = int | tuple[int, ...] | list[int] | None


def dice(y_true: Any, y_pred: Any, axis: Axis = None) -> Any:
    """One minus the Dice coefficient.

        loss = 1 - 2 · sum(y_true · y_pred) / (sum(y_true) + sum(y_pred) + ε)

    Args:
        y_true: targets, 0 to 1, of any shape.
        y_pred: predictions, 0 to 1, of the same shape.
        axis: the axes that belong to one set; None for all.

    Returns:
        Loss, of the predictions' type: a scalar, or the shape without `axis`.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> round(float(dice([1.0, 0.0], [1.0, 1.0])), 4)
        0.3333

    Reference:
        Keras: keras.losses.dice
    """
    y_true, y_pred = float_pair(y_true, y_pred, "dice")
    shared = ops.sum(y_true * y_pred, axis=axis)
    total = ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis)
    return 1.0 - 2.0 * shared / (total + config.epsilon())


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None
) -> Any:
    """One minus the Tversky index, which weighs misses and false alarms.

        loss = 1 - TP / (TP + α · FN + β · FP + ε)

    with t = y_true, p = y_pred, TP = sum(t · p), FN = sum(t · (1 - p)), FP = sum((1 - t) · p).

    Args:
        y_true: targets, 0 to 1, of any shape.
        y_pred: predictions, 0 to 1, of the same shape.
        alpha: the weight α of misses.
        beta: the weight β of false alarms.
        axis: the axes that belong to one set; None for all.

    Returns:
        Loss, of the predictions' type: a scalar, or the shape without `axis`.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> round(float(tversky([1.0, 0.0], [1.0, 1.0], beta=1.0)), 4)
        0.5

    Reference:
        Salehi et al., Tversky loss function for image segmentation, 2017; Keras:
        keras.losses.tversky
    """
    y_true, y_pred = float_pair(y_true, y_pred, "tversky")
    shared = ops.sum(y_true * y_pred, axis=axis)
    missed = ops.sum(y_true * (1.0 - y_pred), axis=axis)
    alarms = ops.sum((1.0 - y_true) * y_pred, axis=axis)
    return 1.0 - shared / (shared + alpha * missed + beta * alarms + config.epsilon())


class Dice(LossFunctionWrapper):
    """One minus the Dice coefficient.

        loss = 1 - 2 · sum(y_true · y_pred) / (sum(y_true) + sum(y_pred) + ε)

    Args:
        reduction: see `Loss`.
        name: its name.
        axis: the axes that belong to one set; None for all, the batch included.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> round(float(Dice()([1.0, 0.0], [1.0, 1.0])), 4)
        0.3333

    Reference:
        Keras: keras.losses.Dice
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Axis = None,
        dtype: Any = None,
    ):
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """One minus the Tversky index, which weighs misses and false alarms.

        loss = 1 - TP / (TP + α · FN + β · FP + ε)

    Args:
        alpha: the weight α of misses.
        beta: the weight β of false alarms.
        reduction: see `Loss`.
        name: its name.
        axis: the axes that belong to one set; None for all, the batch included.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> round(float(Tversky(beta=1.0)([1.0, 0.0], [1.0, 1.0])), 4)
        0.5

    Reference:
        Keras: keras.losses.Tversky
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Axis = None,
        dtype: Any = None,
    ):
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
