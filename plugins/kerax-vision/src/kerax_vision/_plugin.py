"""The table of the components; reading it imports nothing heavy."""

from collections.abc import Iterable

from kerax.plugins import ComponentSpec, hookimpl

_DOCS = "https://pypi.org/project/kerax-vision/"

_COMMON = frozenset({"mixed_precision", "sharding"})
_LOSS = _COMMON | {"sample_weight"}
_BOX = _LOSS | {"mask"}
_MASKS = _LOSS | {"sparse_labels", "from_logits"}

# name: (module, alias, capabilities, tags, summary)
_LOSSES = {
    "IoULoss": ("box_losses", "iou", _BOX, "detection boxes", "1 - IoU of boxes"),
    "GIoULoss": ("box_losses", "giou", _BOX, "detection boxes", "Generalised IoU loss of boxes"),
    "DIoULoss": ("box_losses", "diou", _BOX, "detection boxes", "Distance-IoU loss of boxes"),
    "CIoULoss": ("box_losses", "ciou", _BOX, "detection boxes", "Complete IoU loss of boxes"),
    "FocalTverskyLoss": (
        "segmentation",
        "focal_tversky",
        _MASKS,
        "segmentation",
        "Tversky loss of masks that dwells on classes with much error",
    ),
    "GeneralizedDiceLoss": (
        "segmentation",
        "generalized_dice",
        _MASKS,
        "segmentation",
        "Dice loss of masks whose classes weigh by how small they are",
    ),
    "LovaszSoftmaxLoss": (
        "segmentation",
        "lovasz_softmax",
        _MASKS,
        "segmentation",
        "Convex extension of the Jaccard loss, averaged over classes",
    ),
    "LovaszHingeLoss": (
        "segmentation",
        "lovasz_hinge",
        _LOSS,
        "segmentation",
        "Convex extension of the Jaccard loss for one foreground's logits",
    ),
    "QualityFocalLoss": (
        "quality",
        "quality_focal",
        _BOX | {"from_logits"},
        "detection classification",
        "Focal cross-entropy of targets between 0 and 1",
    ),
    "YoloLoss": (
        "yolo",
        "yolo",
        _LOSS,
        "detection",
        "Box, objectness and class losses of a dense detector",
    ),
}

_METRICS = {
    "MeanIoU": (
        "mean_iou",
        "mean_iou",
        _LOSS | {"sparse_labels"},
        "segmentation",
        "Mean over classes of the IoU of masks",
    ),
    "CocoMAP": (
        "coco",
        "coco_map",
        _COMMON,
        "detection",
        "COCO's mean average precision of boxes, exact",
    ),
    "PrecisionRecallCurve": (
        "curves",
        "precision_recall_curve",
        _LOSS,
        "classification curve",
        "Precision and recall at thresholds",
    ),
    "AveragePrecision": (
        "curves",
        "average_precision",
        _LOSS,
        "classification curve",
        "Area under the exact precision-recall curve",
    ),
}


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for kind, table in (("loss", _LOSSES), ("metric", _METRICS)):
            for name, (module, alias, supports, tags, summary) in table.items():
                yield ComponentSpec(
                    kind=kind,
                    name=name,
                    target=f"kerax_vision.{module}:{name}",
                    schema_version=1,
                    summary=summary,
                    aliases=(alias,),
                    tags=tuple(tags.split()),
                    doc_url=_DOCS,
                    contract={"loss": "per_sample", "metric": "stateful"}[kind],
                    supports=supports,
                    safe_config=True,
                    cases=f"kerax_vision.cases.{'losses' if kind == 'loss' else 'metrics'}:{alias}",
                )


plugin = _Plugin()
