"""Losses of predicted boxes: IoU, generalised, distance and complete IoU."""

import math
from collections.abc import Callable
from typing import Any

from kerax import ops
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair

from kerax_vision.boxes import area, check_format, convert, elementwise_iou, ratio, wide

# Sides below this have no direction: an angle's gradient grows with 1 / side.
_NO_SIDE = 1e-6


def iou_loss(y_true: Any, y_pred: Any, box_format: str = "xyxy") -> Any:
    """One minus the overlap of a box and its prediction.

        loss = 1 - IoU,  IoU = |B ∩ P| / |B ∪ P|

    Args:
        y_true: boxes B `[batch, …, 4]`.
        y_pred: boxes P `[batch, …, 4]`.
        box_format: a format of `kerax_vision.boxes.FORMATS`; both share it.

    Returns:
        Loss `[batch, …]` from 0 to 1, of the predictions' type.

    Raises:
        ShapeError: where the last axis is not 4 or the shapes do not broadcast.

    Example:
        >>> round(float(iou_loss([0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0])), 4)
        0.6667

    Reference:
        Yu et al., UnitBox: An Advanced Object Detection Network, 2016, without the logarithm.
    """
    return _of_corners(_iou_part, y_true, y_pred, box_format, "iou_loss")


def giou_loss(y_true: Any, y_pred: Any, box_format: str = "xyxy") -> Any:
    """IoU loss plus the empty part of the smallest box around both: it pulls where they are apart.

        loss = 1 - IoU + (|C| - |B ∪ P|) / |C|

    Args:
        y_true: boxes B `[batch, …, 4]`.
        y_pred: boxes P `[batch, …, 4]`; C encloses both.
        box_format: a format of `kerax_vision.boxes.FORMATS`; both share it.

    Returns:
        Loss `[batch, …]` from 0 to 2, of the predictions' type.

    Raises:
        ShapeError: where the last axis is not 4 or the shapes do not broadcast.

    Example:
        >>> round(float(giou_loss([0.0, 0.0, 1.0, 1.0], [2.0, 0.0, 3.0, 1.0])), 4)
        1.3333

    Reference:
        Rezatofighi et al., Generalized Intersection over Union, 2019
    """
    return _of_corners(_giou_part, y_true, y_pred, box_format, "giou_loss")


def diou_loss(y_true: Any, y_pred: Any, box_format: str = "xyxy") -> Any:
    """IoU loss plus the squared distance of the centres, as part of the enclosing box's diagonal.

        loss = 1 - IoU + ρ² / c²

    Args:
        y_true: boxes `[batch, …, 4]`.
        y_pred: boxes `[batch, …, 4]`; ρ is the distance of the two centres, c the diagonal of the
            smallest box around both.
        box_format: a format of `kerax_vision.boxes.FORMATS`; both share it.

    Returns:
        Loss `[batch, …]` from 0 to 2, of the predictions' type.

    Raises:
        ShapeError: where the last axis is not 4 or the shapes do not broadcast.

    Example:
        >>> round(float(diou_loss([0.0, 0.0, 1.0, 1.0], [2.0, 0.0, 3.0, 1.0])), 4)
        1.4

    Reference:
        Zheng et al., Distance-IoU Loss, 2020
    """
    return _of_corners(_diou_part, y_true, y_pred, box_format, "diou_loss")


def ciou_loss(y_true: Any, y_pred: Any, box_format: str = "xyxy") -> Any:
    """Distance-IoU loss plus the difference of the aspect ratios.

        loss = 1 - IoU + ρ² / c² + α v
        v = 4 / π² · (atan(w / h) - atan(w' / h'))²,  α = v / (1 - IoU + v)

    α is a constant to the gradient.

    Args:
        y_true: boxes `[batch, …, 4]` of width w and height h.
        y_pred: boxes `[batch, …, 4]` of width w' and height h'; ρ and c as in `diou_loss`.
        box_format: a format of `kerax_vision.boxes.FORMATS`; both share it.

    Returns:
        Loss `[batch, …]` from 0 to 3, of the predictions' type.

    Raises:
        ShapeError: where the last axis is not 4 or the shapes do not broadcast.

    Example:
        >>> round(float(ciou_loss([0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.0])), 4)
        0.5345

    Reference:
        Zheng et al., Distance-IoU Loss, 2020
    """
    return _of_corners(_ciou_part, y_true, y_pred, box_format, "ciou_loss")


def _of_corners(
    loss: Callable[[Any, Any], Any], y_true: Any, y_pred: Any, box_format: str, where: str
) -> Any:
    """Apply a loss of float32 corners, and return it in the predictions' type."""
    y_true, y_pred = float_pair(y_true, y_pred, where)
    true = convert(wide(y_true), box_format, _corners_of(box_format))
    pred = convert(wide(y_pred), box_format, _corners_of(box_format))
    return ops.cast(loss(true, pred), y_pred.dtype)


def _corners_of(box_format: str) -> str:
    """The corners' format that needs no image size; IoU does not mind the unit."""
    return "rel_xyxy" if box_format.startswith("rel_") else "xyxy"


def _iou_part(true: Any, pred: Any) -> Any:
    return 1.0 - elementwise_iou(true, pred)


def _giou_part(true: Any, pred: Any) -> Any:
    iou = elementwise_iou(true, pred)
    both = area(true) + area(pred)
    union = both / (1.0 + iou)  # as IoU = (both - union) / union
    hull = area(_enclosing(true, pred))
    return 1.0 - iou + ratio(hull - union, hull)


def _diou_part(true: Any, pred: Any) -> Any:
    x1, y1, x2, y2 = _sides(_enclosing(true, pred))
    diagonal = ops.square(x2 - x1) + ops.square(y2 - y1)
    (a1, b1, a2, b2), (p1, q1, p2, q2) = _sides(true), _sides(pred)
    apart = ops.square(a1 + a2 - p1 - p2) + ops.square(b1 + b2 - q1 - q2)
    return _iou_part(true, pred) + ratio(apart / 4.0, diagonal)


def _ciou_part(true: Any, pred: Any) -> Any:
    aspect = 4.0 / math.pi**2 * ops.square(_angle(true) - _angle(pred))
    weight = ops.stop_gradient(ratio(aspect, _iou_part(true, pred) + aspect))
    return _diou_part(true, pred) + weight * aspect


def _angle(boxes: Any) -> Any:
    """Return atan(width / height); a box without size counts as square, with gradient 0."""
    x1, y1, x2, y2 = _sides(boxes)
    width, height = ops.maximum(x2 - x1, 0.0), ops.maximum(y2 - y1, 0.0)
    has_size = ops.maximum(width, height) > _NO_SIDE
    return ops.arctan2(ops.where(has_size, width, 1.0), ops.where(has_size, height, 1.0))


def _enclosing(true: Any, pred: Any) -> Any:
    (a1, b1, a2, b2), (p1, q1, p2, q2) = _sides(true), _sides(pred)
    low = (ops.minimum(a1, p1), ops.minimum(b1, q1))
    return ops.stack((*low, ops.maximum(a2, p2), ops.maximum(b2, q2)), axis=-1)


def _sides(boxes: Any) -> tuple[Any, Any, Any, Any]:
    return boxes[..., 0], boxes[..., 1], boxes[..., 2], boxes[..., 3]


class _BoxLoss(LossFunctionWrapper):
    """A loss of boxes; its function and its name."""

    def __init__(
        self,
        fn: Callable[..., Any],
        box_format: str,
        reduction: str | None,
        name: str | None,
        dtype: Any,
    ):
        check_format(box_format, f"{type(self).__name__}: box_format")
        super().__init__(fn, reduction, name, dtype, box_format=box_format)


class IoULoss(_BoxLoss):
    """One minus the overlap of a box and its prediction: `1 - IoU`.

    Args:
        box_format: a format of `kerax_vision.boxes.FORMATS` that boxes `[batch, …, 4]` have.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for an unknown format.

    Example:
        >>> round(float(IoULoss()([[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]])), 4)
        0.6667

    Reference:
        `iou_loss`, which has the formula.
    """

    def __init__(
        self,
        box_format: str = "xyxy",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "iou_loss",
        dtype: Any = None,
    ):
        super().__init__(iou_loss, box_format, reduction, name, dtype)


class GIoULoss(_BoxLoss):
    """Generalised IoU loss: `1 - IoU + (|C| - |B ∪ P|) / |C|`, C the box around both.

    Args:
        box_format: a format of `kerax_vision.boxes.FORMATS` that boxes `[batch, …, 4]` have.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for an unknown format.

    Example:
        >>> round(float(GIoULoss()([[0.0, 0.0, 1.0, 1.0]], [[2.0, 0.0, 3.0, 1.0]])), 4)
        1.3333

    Reference:
        `giou_loss`, which has the formula.
    """

    def __init__(
        self,
        box_format: str = "xyxy",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "giou_loss",
        dtype: Any = None,
    ):
        super().__init__(giou_loss, box_format, reduction, name, dtype)


class DIoULoss(_BoxLoss):
    """Distance-IoU loss: `1 - IoU + ρ² / c²`, ρ between the centres, c across both boxes.

    Args:
        box_format: a format of `kerax_vision.boxes.FORMATS` that boxes `[batch, …, 4]` have.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for an unknown format.

    Example:
        >>> round(float(DIoULoss()([[0.0, 0.0, 1.0, 1.0]], [[2.0, 0.0, 3.0, 1.0]])), 4)
        1.4

    Reference:
        `diou_loss`, which has the formula.
    """

    def __init__(
        self,
        box_format: str = "xyxy",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "diou_loss",
        dtype: Any = None,
    ):
        super().__init__(diou_loss, box_format, reduction, name, dtype)


class CIoULoss(_BoxLoss):
    """Complete IoU loss: `1 - IoU + ρ² / c² + α v`, v the difference of the aspect ratios.

    Args:
        box_format: a format of `kerax_vision.boxes.FORMATS` that boxes `[batch, …, 4]` have.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for an unknown format.

    Example:
        >>> round(float(CIoULoss()([[0.0, 0.0, 2.0, 2.0]], [[0.0, 0.0, 2.0, 1.0]])), 4)
        0.5345

    Reference:
        `ciou_loss`, which has the formula.
    """

    def __init__(
        self,
        box_format: str = "xyxy",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "ciou_loss",
        dtype: Any = None,
    ):
        super().__init__(ciou_loss, box_format, reduction, name, dtype)
