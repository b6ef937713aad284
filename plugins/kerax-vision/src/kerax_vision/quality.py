"""Quality focal loss: a focal loss whose targets are degrees, such as a box's IoU."""

from typing import Any

from kerax import ops
from kerax.errors import ArgumentError
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair

from kerax_vision.boxes import wide

# Probabilities are kept this far from 0 and 1, where the logarithm ends.
_MARGIN = 1e-7


def quality_focal_loss(
    y_true: Any, y_pred: Any, beta: float = 2.0, from_logits: bool = False, axis: int = -1
) -> Any:
    """Cross-entropy of targets between 0 and 1, small where a prediction is near.

        loss = mean(|y - p|^β · BCE(y, p)),  BCE = -(1 - y) log(1 - p) - y log p

    Args:
        y_true: targets y `[batch, …, d]` from 0 to 1, such as the IoU of the predicted box.
        y_pred: probabilities p, or logits, `[batch, …, d]`.
        beta: β from 0; 0 leaves the cross-entropy.
        from_logits: whether `y_pred` is logits.
        axis: the axis over which the mean goes.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> round(float(quality_focal_loss([1.0, 0.0], [0.5, 0.5])), 4)
        0.1733

    Reference:
        Li et al., Generalized Focal Loss, 2020, whose sum over classes is a mean here.
    """
    y_true, y_pred = float_pair(y_true, y_pred, "quality_focal_loss")
    values = quality_focal_values(wide(y_true), wide(y_pred), beta, from_logits)
    return ops.cast(ops.mean(values, axis=axis), y_pred.dtype)


def quality_focal_values(y_true: Any, y_pred: Any, beta: float, from_logits: bool) -> Any:
    """Return the loss of each element, `[batch, …, d]`, for float32 tensors."""
    if from_logits:
        p = ops.sigmoid(y_pred)
        bce = ops.softplus(y_pred) - y_true * y_pred
    else:
        p = ops.clip(y_pred, _MARGIN, 1.0 - _MARGIN)
        bce = -(1.0 - y_true) * ops.log(1.0 - p) - y_true * ops.log(p)
    return bce if beta == 0 else safe_power(ops.absolute(y_true - p), beta) * bce


def safe_power(x: Any, exponent: float) -> Any:
    """Return `x ** exponent` for x and exponent of at least 0, with gradient 0 at 0.

    Example:
        >>> safe_power(ops.arange(3.0), 2.0).tolist()
        [0.0, 1.0, 4.0]
    """
    zero = ops.less_equal(x, 1e-12)  # NaN is not zero, and shows
    return ops.where(zero, 0.0, ops.power(ops.where(zero, 1.0, x), exponent))


class QualityFocalLoss(LossFunctionWrapper):
    """Cross-entropy of targets between 0 and 1, small where a prediction is near.

        loss = mean(|y - p|^β · BCE(y, p))

    Args:
        beta: β from 0; 0 leaves the cross-entropy.
        from_logits: whether predictions are logits.
        axis: the axis over which the mean goes.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: where `beta` is negative.

    Example:
        >>> round(float(QualityFocalLoss()([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.1733

    Reference:
        Li et al., Generalized Focal Loss, 2020
    """

    def __init__(
        self,
        beta: float = 2.0,
        from_logits: bool = False,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "quality_focal_loss",
        dtype: Any = None,
    ):
        if beta < 0:
            raise ArgumentError(f"QualityFocalLoss: beta: got {beta}; wanted 0 or more.")
        super().__init__(
            quality_focal_loss,
            reduction,
            name,
            dtype,
            beta=beta,
            from_logits=from_logits,
            axis=axis,
        )
