"""A composite loss of detectors that predict a box, an objectness and classes for every cell."""

from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.losses import Loss

from kerax_vision.box_losses import ciou_loss, diou_loss, giou_loss, iou_loss
from kerax_vision.boxes import check_format, wide
from kerax_vision.quality import quality_focal_values

_BOX_LOSSES = {"iou": iou_loss, "giou": giou_loss, "diou": diou_loss, "ciou": ciou_loss}
_OBJECTNESS = ("bce", "quality_focal")


class YoloLoss(Loss):
    """Box, objectness and class losses of a dense detector, for each image over its objects.

    A cell is a row of `5 + classes` numbers, whatever grid or scale it comes from:

    | columns | in the targets | in the predictions |
    |---|---|---|
    | 0 to 3 | the object's box | the decoded box, same format and unit |
    | 4 | 1 with an object, 0 without, -1 to leave the cell out | objectness logit |
    | 5 … | one-hot class | class logits, one sigmoid each |

        loss = (w_box Σ_obj box + w_obj Σ_cells objectness + w_cls Σ_obj Σ_c BCE) / max(objects, 1)

    Args:
        box: the box loss: `"iou"`, `"giou"`, `"diou"` or `"ciou"`.
        objectness: `"bce"`, or `"quality_focal"`, whose target is the predicted box's IoU.
        box_weight: w_box.
        objectness_weight: w_obj.
        class_weight: w_cls.
        box_format: a format of `kerax_vision.boxes.FORMATS`.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for an argument that is none of those above.

    Example:
        >>> target = [[[0.5, 0.5, 1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]]
        >>> output = [[[0.5, 0.5, 1.0, 0.5, 9.0, 9.0], [0.0, 0.0, 0.0, 0.0, -9.0, 0.0]]]
        >>> round(float(YoloLoss()(target, output)), 4)  # half the height is missing
        2.5166

    Reference:
        Redmon et al., You Only Look Once, 2016; parts and weights as in Ge et al., YOLOX, 2021.
    """

    def __init__(
        self,
        box: str = "ciou",
        objectness: str = "bce",
        box_weight: float = 5.0,
        objectness_weight: float = 1.0,
        class_weight: float = 1.0,
        box_format: str = "cxcywh",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "yolo_loss",
        dtype: Any = None,
    ):
        super().__init__(name, reduction, dtype)
        for argument, value, choices in (
            ("box", box, tuple(_BOX_LOSSES)),
            ("objectness", objectness, _OBJECTNESS),
        ):
            if value not in choices:
                wanted = ", ".join(choices)
                raise ArgumentError(f"YoloLoss: {argument}: got {value!r}; wanted one of {wanted}.")
        self.box = box
        self.objectness = objectness
        self.box_weight = box_weight
        self.objectness_weight = objectness_weight
        self.class_weight = class_weight
        self.box_format = check_format(box_format, "YoloLoss: box_format")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the weighted sum of the parts, `[batch]`."""
        parts = self.parts(y_true, y_pred)
        total = (
            self.box_weight * parts["box"]
            + self.objectness_weight * parts["objectness"]
            + self.class_weight * parts["class"]
        )
        return ops.cast(total, self.dtype)

    def parts(self, y_true: Any, y_pred: Any) -> dict[str, Any]:
        """Return the three parts, unweighted, to watch them apart.

        Args:
            y_true: targets `[batch, cells, 5 + classes]`.
            y_pred: predictions `[batch, cells, 5 + classes]`.

        Returns:
            `"box"`, `"objectness"` and `"class"`, each `[batch]`, float32 at least.

        Raises:
            ShapeError: for shapes other than these.
        """
        y_true, y_pred = wide(y_true), wide(y_pred)
        self._check_shapes(tuple(y_true.shape), tuple(y_pred.shape))
        has_object = y_true[..., 4] > 0
        count = ops.maximum(ops.sum(ops.cast(has_object, "float32"), axis=-1), 1.0)
        overlap = _at(has_object, y_true[..., :4]), _at(has_object, y_pred[..., :4])
        boxes = _BOX_LOSSES[self.box](*overlap, self.box_format)
        classes = ops.sum(_bce(y_true[..., 5:], y_pred[..., 5:]), axis=-1)
        objectness = self._objectness(y_true[..., 4], y_pred[..., 4], overlap)
        return {
            "box": ops.sum(ops.where(has_object, boxes, 0.0), axis=-1) / count,
            "objectness": ops.sum(objectness, axis=-1) / count,
            "class": ops.sum(ops.where(has_object, classes, 0.0), axis=-1) / count,
        }

    def _objectness(self, target: Any, logit: Any, overlap: tuple[Any, Any]) -> Any:
        counts = target >= 0
        safe = ops.where(counts, target, 0.0)
        if self.objectness == "quality_focal":
            iou = 1.0 - ops.stop_gradient(iou_loss(*overlap, self.box_format))
            values = quality_focal_values(safe * iou, logit, beta=2.0, from_logits=True)
        else:
            values = _bce(safe, logit)
        return ops.where(counts, values, 0.0)

    def _check_shapes(self, true: tuple[Any, ...], pred: tuple[Any, ...]) -> None:
        if len(pred) != 3 or len(true) != 3 or pred[-1] != true[-1] or pred[-1] < 5:
            raise ShapeError(
                f"{self.name}: got targets of shape {true} and predictions of shape {pred}; "
                "wanted [batch, cells, 5 + classes] for both. Reshape grids to rows of cells."
            )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "box": self.box,
            "objectness": self.objectness,
            "box_weight": self.box_weight,
            "objectness_weight": self.objectness_weight,
            "class_weight": self.class_weight,
            "box_format": self.box_format,
        }


def _at(has_object: Any, boxes: Any) -> Any:
    """Keep the boxes of cells with an object, and put zeros, which have no gradient, elsewhere."""
    return ops.where(ops.expand_dims(has_object, -1), boxes, 0.0)


def _bce(target: Any, logit: Any) -> Any:
    return ops.softplus(logit) - target * logit
