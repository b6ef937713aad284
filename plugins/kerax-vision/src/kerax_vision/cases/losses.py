"""What the losses should give, by the papers' formulas in numpy float64, one image at a time."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from kerax.testing import Case

Array = Any

_FIXED_ALPHA = "α is a constant to the gradient, as the paper has it"


def box_parts(t: Array, p: Array, box_format: str = "xyxy") -> dict[str, Array]:
    """Return the parts that the box losses are made of, each `[...]`."""
    t, p = (_corners(np.asarray(x, np.float64), box_format) for x in (t, p))
    low, high = np.maximum(t[..., :2], p[..., :2]), np.minimum(t[..., 2:], p[..., 2:])
    shared = np.prod(np.clip(high - low, 0, None), -1)
    union = sum(np.prod(np.clip(x[..., 2:] - x[..., :2], 0, None), -1) for x in (t, p)) - shared
    span = np.maximum(t[..., 2:], p[..., 2:]) - np.minimum(t[..., :2], p[..., :2])
    apart = (t[..., :2] + t[..., 2:] - p[..., :2] - p[..., 2:]) / 2
    angles = [np.arctan2(x[..., 2] - x[..., 0], x[..., 3] - x[..., 1]) for x in (t, p)]
    return {
        "iou": shared / union,
        "empty": (np.prod(span, -1) - union) / np.prod(span, -1),
        "distance": np.sum(apart**2, -1) / np.sum(span**2, -1),
        "aspect": 4 / math.pi**2 * (angles[0] - angles[1]) ** 2,
    }


def _corners(x: Array, box_format: str) -> Array:
    if box_format == "cxcywh":
        return np.concatenate([x[..., :2] - x[..., 2:] / 2, x[..., :2] + x[..., 2:] / 2], -1)
    return x


def iou_of(t: Array, p: Array, box_format: str = "xyxy") -> Array:
    """1 - IoU."""
    return 1 - box_parts(t, p, box_format)["iou"]


def giou_of(t: Array, p: Array, box_format: str = "xyxy") -> Array:
    """1 - IoU + (|C| - union) / |C|."""
    parts = box_parts(t, p, box_format)
    return 1 - parts["iou"] + parts["empty"]


def diou_of(t: Array, p: Array, box_format: str = "xyxy") -> Array:
    """1 - IoU + ρ² / c²."""
    parts = box_parts(t, p, box_format)
    return 1 - parts["iou"] + parts["distance"]


def ciou_of(t: Array, p: Array, box_format: str = "xyxy") -> Array:
    """1 - IoU + ρ² / c² + α v."""
    parts = box_parts(t, p, box_format)
    v = parts["aspect"]
    return diou_of(t, p, box_format) + v * v / (1 - parts["iou"] + v)


_BOX_ORACLES = {"iou": iou_of, "giou": giou_of, "diou": diou_of, "ciou": ciou_of}


def _boxes(rng: np.random.Generator, *shape: int) -> tuple[Array, Array]:
    start = rng.uniform(0, 40, size=(*shape, 2))
    true = np.concatenate([start, start + rng.uniform(5, 30, size=(*shape, 2))], -1)
    pred = true + rng.normal(0, 2, size=true.shape)
    return true.astype("float32"), pred.astype("float32")


def _centred(rng: np.random.Generator, *shape: int) -> tuple[Array, Array]:
    pairs = (np.concatenate([(b[..., :2] + b[..., 2:]) / 2, b[..., 2:] - b[..., :2]], -1)
             for b in _boxes(rng, *shape))  # fmt: skip
    true, pred = pairs
    return true, pred


def _box_cases(oracle: Callable[..., Array], **failures: str) -> list[Case]:
    rng = np.random.default_rng(0)
    keys = {f"loss.{key}": reason for key, reason in failures.items()}
    return [
        Case("one_box", {}, _boxes(rng, 6), oracle, keys),
        Case("boxes", {}, _boxes(rng, 4, 3), oracle, keys),
        Case("centred", {"box_format": "cxcywh"}, _centred(rng, 6), oracle, keys),
    ]


def iou() -> list[Case]:
    """Return cases of `IoULoss`."""
    return _box_cases(iou_of)


def giou() -> list[Case]:
    """Return cases of `GIoULoss`."""
    return _box_cases(giou_of)


def diou() -> list[Case]:
    """Return cases of `DIoULoss`."""
    return _box_cases(diou_of)


def ciou() -> list[Case]:
    """Return cases of `CIoULoss`."""
    return _box_cases(ciou_of, finite_differences=_FIXED_ALPHA)


def _masks(t: Array, p: Array, from_logits: bool, ignore: int | None) -> Any:
    """Yield each image's one-hot targets and probabilities `[pixels, classes]`."""
    p = np.asarray(p, np.float64)
    if from_logits:
        e = np.exp(p - p.max(-1, keepdims=True))
        p = e / e.sum(-1, keepdims=True)
    for labels, image in zip(np.asarray(t), p, strict=True):
        labels, image = labels.reshape(-1), image.reshape(-1, p.shape[-1])
        kept = labels != ignore
        yield np.eye(p.shape[-1])[labels[kept].astype(int)], image[kept]


def focal_tversky_of(
    t: Array,
    p: Array,
    alpha: float = 0.7,
    beta: float = 0.3,
    gamma: float = 4 / 3,
    smooth: float = 1e-6,
    from_logits: bool = False,
    ignore_class: int | None = None,
) -> Array:
    """mean_c (1 - T_c)^(1/γ)."""
    values = []
    for g, q in _masks(t, p, from_logits, ignore_class):
        found, missed, wrong = (g * q).sum(0), (g * (1 - q)).sum(0), ((1 - g) * q).sum(0)
        index = (found + smooth) / (found + alpha * missed + beta * wrong + smooth)
        values.append(np.mean((1 - index) ** (1 / gamma)))
    return np.array(values)


def generalized_dice_of(
    t: Array,
    p: Array,
    weighting: str = "square",
    from_logits: bool = False,
    ignore_class: int | None = None,
) -> Array:
    """1 - 2 Σ w Σ p g / Σ w Σ (p + g)."""
    values = []
    power = {"square": 2, "simple": 1, "uniform": 0}[weighting]
    for g, q in _masks(t, p, from_logits, ignore_class):
        w = 1 / np.maximum(g.sum(0), 1) ** power
        values.append(1 - 2 * (w * (g * q).sum(0)).sum() / (w * (g + q).sum(0)).sum())
    return np.array(values)


def lovasz_extension(error: Array, g: Array) -> float:
    """Σ m[π(i)] (J(π(1)…π(i)) - J(π(1)…π(i-1))), each J counted from its set of pixels."""
    order = np.argsort(-error, kind="stable")
    total, before = 0.0, 0.0
    for i in range(len(order)):
        wrong = np.zeros(len(order), bool)
        wrong[order[: i + 1]] = True
        truth = g > 0
        guess = truth ^ wrong
        jaccard = 1 - (truth & guess).sum() / (truth | guess).sum()
        total += error[order[i]] * (jaccard - before)
        before = jaccard
    return total


def lovasz_softmax_of(
    t: Array,
    p: Array,
    classes: str = "present",
    from_logits: bool = False,
    ignore_class: int | None = None,
) -> Array:
    """mean_c of the extension at |g - p|."""
    values = []
    for g, q in _masks(t, p, from_logits, ignore_class):
        chosen = [c for c in range(g.shape[1]) if classes == "all" or g[:, c].any()]
        values.append(np.mean([lovasz_extension(abs(g - q)[:, c], g[:, c]) for c in chosen]))
    return np.array(values)


def lovasz_hinge_of(t: Array, p: Array, ignore_class: int | None = None) -> Array:
    """The extension at max(1 - f (2y - 1), 0)."""
    values = []
    for y, f in zip(np.asarray(t, np.float64), np.asarray(p, np.float64), strict=True):
        y, f = y.ravel(), f.ravel()
        kept = y != ignore_class
        error = np.maximum(1 - f[kept] * (2 * y[kept] - 1), 0)
        values.append(lovasz_extension(error, y[kept]))
    return np.array(values)


def _labels(rng: np.random.Generator, classes: int, *shape: int) -> Array:
    return rng.integers(0, classes, size=shape).astype("int32")


def _probabilities(rng: np.random.Generator, *shape: int) -> Array:
    p = rng.uniform(0.05, 1, size=shape)
    return (p / p.sum(-1, keepdims=True)).astype("float32")


def _mask_cases(oracle: Callable[..., Array], **options: Any) -> list[Case]:
    rng = np.random.default_rng(0)
    labels = _labels(rng, 3, 5, 4, 4)
    logits = rng.normal(size=(5, 4, 4, 3)).astype("float32")
    return [
        Case("masks", {}, (labels, _probabilities(rng, 5, 4, 4, 3)), oracle),
        Case("logits", {"from_logits": True}, (labels, logits), oracle),
        Case("options", options, (labels, _probabilities(rng, 5, 4, 4, 3)), oracle),
    ]


def focal_tversky() -> list[Case]:
    """Return cases of `FocalTverskyLoss`."""
    return _mask_cases(focal_tversky_of, alpha=0.5, beta=0.5, gamma=1.0)


def generalized_dice() -> list[Case]:
    """Return cases of `GeneralizedDiceLoss`."""
    return _mask_cases(generalized_dice_of, weighting="simple")


def lovasz_softmax() -> list[Case]:
    """Return cases of `LovaszSoftmaxLoss`."""
    return _mask_cases(lovasz_softmax_of, classes="all")


def lovasz_hinge() -> list[Case]:
    """Return cases of `LovaszHingeLoss`."""
    rng = np.random.default_rng(0)
    inputs = (
        _labels(rng, 2, 5, 4, 4).astype("float32"),
        rng.normal(size=(5, 4, 4)).astype("float32"),
    )
    ignored = (_labels(rng, 3, 5, 9).astype("float32"), rng.normal(size=(5, 9)).astype("float32"))
    return [
        Case("masks", {}, inputs, lovasz_hinge_of),
        Case("ignored", {"ignore_class": 2}, ignored, lovasz_hinge_of),
    ]


def quality_focal_of(
    t: Array, p: Array, beta: float = 2.0, from_logits: bool = False, axis: int = -1
) -> Array:
    """mean(|y - p|^β BCE(y, p))."""
    t, p = np.asarray(t, np.float64), np.asarray(p, np.float64)
    if from_logits:
        p = 1 / (1 + np.exp(-p))
    bce = -(1 - t) * np.log(1 - p) - t * np.log(p)
    return np.mean(abs(t - p) ** beta * bce, axis)


def quality_focal() -> list[Case]:
    """Return cases of `QualityFocalLoss`."""
    rng = np.random.default_rng(0)
    degrees = rng.uniform(0.05, 0.95, size=(2, 6, 3)).astype("float32")
    logits = rng.normal(size=(6, 3)).astype("float32")
    return [
        Case("default", {}, (degrees[0], degrees[1]), quality_focal_of),
        Case("sharp", {"beta": 3.0}, (degrees[0], degrees[1]), quality_focal_of),
        Case("logits", {"from_logits": True}, (degrees[0], logits), quality_focal_of),
    ]


def yolo_of(
    t: Array,
    p: Array,
    box: str = "ciou",
    objectness: str = "bce",
    box_weight: float = 5.0,
    objectness_weight: float = 1.0,
    class_weight: float = 1.0,
    box_format: str = "cxcywh",
) -> Array:
    """The three sums over an image's cells, by the number of its objects."""
    t, p = np.asarray(t, np.float64), np.asarray(p, np.float64)
    values = []
    for true, pred in zip(t, p, strict=True):
        total, objects = 0.0, 0
        for row, out in zip(true, pred, strict=True):
            degree = row[4]
            if row[4] > 0:
                objects += 1
                total += box_weight * float(_BOX_ORACLES[box](row[:4], out[:4], box_format))
                total += class_weight * _bce(row[5:], out[5:]).sum()
                if objectness == "quality_focal":
                    degree = row[4] * (1 - float(iou_of(row[:4], out[:4], box_format)))
            if row[4] >= 0:
                value = _bce(degree, out[4])
                if objectness == "quality_focal":
                    value *= (degree - 1 / (1 + np.exp(-out[4]))) ** 2
                total += objectness_weight * value
        values.append(total / max(objects, 1))
    return np.array(values)


def _bce(y: Array, logit: Array) -> Array:
    p = 1 / (1 + np.exp(-logit))
    return -(1 - y) * np.log(1 - p) - y * np.log(p)


def _cells(rng: np.random.Generator, images: int, cells: int, classes: int) -> tuple[Array, Array]:
    objectness = rng.integers(-1, 2, size=(images, cells, 1))
    objectness[:, 0], objectness[-1] = 1, 0
    boxes, close = _centred(rng, images, cells)
    hot = np.eye(classes)[_labels(rng, classes, images, cells)]
    true = np.concatenate([boxes, objectness, hot], -1)
    true = np.where(objectness > 0, true, np.concatenate([0 * boxes, objectness, 0 * hot], -1))
    logits = rng.normal(size=(images, cells, 1 + classes))
    return true.astype("float32"), np.concatenate([close, logits], -1).astype("float32")


def yolo() -> list[Case]:
    """Return cases of `YoloLoss`."""
    rng = np.random.default_rng(0)
    quality = {"box": "diou", "objectness": "quality_focal"}
    weights = {"box": "giou", "box_weight": 1.0, "objectness_weight": 2.0, "class_weight": 0.5}
    return [
        Case("default", {}, _cells(rng, 4, 6, 3), yolo_of),
        Case("weights", weights, _cells(rng, 4, 6, 3), yolo_of),
        Case("quality", quality, _cells(rng, 4, 6, 2), yolo_of),
    ]
