"""What the metrics should give, in numpy float64, with plain loops."""

from typing import Any

import numpy as np
from kerax.testing import Case

Array = Any


def mean_iou_of(
    t: Array,
    p: Array,
    classes: int = 2,
    ignore_class: int | None = None,
    sparse_y_true: bool = True,
    sparse_y_pred: bool = False,
) -> float:
    """Mean over classes of |A ∩ B| / |A ∪ B|, from the sets of pixels."""
    t = np.asarray(t) if sparse_y_true else np.argmax(t, -1)
    p = np.asarray(p) if sparse_y_pred else np.argmax(p, -1)
    kept = t != ignore_class
    pairs = [((t == c) & kept, (p == c) & kept) for c in range(classes)]
    values = [(a & b).sum() / (a | b).sum() for a, b in pairs if (a | b).any()]
    return float(np.mean(values)) if values else 0.0


def mean_iou() -> list[Case]:
    """Return cases of `MeanIoU`."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, size=(6, 4, 4)).astype("int32")
    scores = rng.normal(size=(6, 4, 4, 3)).astype("float32")
    return [
        Case("logits", {"classes": 3}, (labels, scores), mean_iou_of),
        Case("ignored", {"classes": 3, "ignore_class": 1}, (labels, scores), mean_iou_of),
    ]


def precision_recall_of(t: Array, p: Array, thresholds: int | list[float] = 201) -> Array:
    """Precision and recall, threshold by threshold."""
    t = np.asarray(t) > 0
    points = np.linspace(0, 1, thresholds) if isinstance(thresholds, int) else thresholds
    rows = []
    for point in points:
        chosen = np.asarray(p) >= np.float32(point)
        right = (chosen & t).sum()
        rows.append((right / chosen.sum() if chosen.any() else 1.0, right / max(t.sum(), 1)))
    return np.array(rows).T


def precision_recall_curve() -> list[Case]:
    """Return cases of `PrecisionRecallCurve`."""
    inputs = _scored()
    return [
        Case("few", {"thresholds": [0.2, 0.5, 0.8]}, inputs, precision_recall_of),
        Case("many", {"thresholds": 11}, inputs, precision_recall_of),
    ]


def average_precision_of(t: Array, p: Array, capacity: int = 2**15) -> float:
    """Σ (R_n - R_(n-1)) P_n over the distinct scores, falling."""
    t, p = np.asarray(t).ravel() > 0, np.asarray(p).ravel()
    total, before = 0.0, 0.0
    for score in np.unique(p)[::-1]:
        chosen = p >= score
        recall = (chosen & t).sum() / t.sum()
        total += (recall - before) * (chosen & t).sum() / chosen.sum()
        before = recall
    return total


def average_precision() -> list[Case]:
    """Return cases of `AveragePrecision`."""
    true, pred = _scored()
    return [
        Case("scores", {"capacity": 64}, (true, pred), average_precision_of),
        Case("ties", {"capacity": 64}, (true, pred.round(1)), average_precision_of),
    ]


def _scored() -> tuple[Array, Array]:
    rng, shape = np.random.default_rng(1), (6, 3)
    true = rng.integers(0, 2, size=shape).astype("float32")
    return true, np.clip(0.3 * true + rng.uniform(0, 0.7, size=shape), 0, 1).astype("float32")


_RANGES = {
    "all": (0, 1e10),
    "small": (0, 32**2),
    "medium": (32**2, 96**2),
    "large": (96**2, 1e10),
}


def coco_of(
    t: Array,
    p: Array,
    classes: int = 80,
    details: bool = False,
    capacity: int = 2**15,
    box_format: str = "xyxy",
) -> Any:
    """COCO's twelve numbers, or the first: images, classes and detections one at a time."""
    t, p = np.asarray(t, np.float64), np.asarray(p, np.float64)
    if box_format == "xywh":
        t, p = t.copy(), p.copy()
        t[..., 2:4] += t[..., :2]
        p[..., 2:4] += p[..., :2]
    thresholds = np.linspace(0.5, 0.95, 10)

    def table(area: str, most: int) -> Array:
        return np.array(
            [
                [class_curve(t, p, c, limit, _RANGES[area], most) for limit in thresholds]
                for c in range(classes)
            ]
        )

    def mean(values: Array) -> float:
        return float(values[values > -1].mean()) if (values > -1).any() else -1.0

    whole = table("all", 100)
    if not details:
        return mean(whole[..., 0])
    numbers = {"ap": whole[..., 0], "ap50": whole[:, 0, 0], "ap75": whole[:, 5, 0]}
    for most in (1, 10, 100):
        numbers[f"ar_{most}"] = table("all", most)[..., 1]
    for area in ("small", "medium", "large"):
        part = table(area, 100)
        numbers[f"ap_{area}"], numbers[f"ar_{area}"] = part[..., 0], part[..., 1]
    return {key: mean(x) for key, x in numbers.items()}


def class_curve(
    t: Array, p: Array, c: int, limit: float, area: tuple[float, float], most: int
) -> tuple[float, float]:
    """Return a class's average precision and recall at one IoU threshold."""
    rows: list[tuple[float, bool]] = []
    objects = 0
    for true, pred in zip(t, p, strict=True):
        found, number = _image_hits(true[true[:, 4] == c], pred[pred[:, 5] == c], limit, area, most)
        rows += found
        objects += number
    if not objects:
        return -1.0, -1.0
    rows.sort(key=lambda row: -row[0])
    right = np.cumsum([hit for _, hit in rows])
    precision = right / np.arange(1, len(rows) + 1)
    recall = right / objects
    total = 0.0
    for point in np.linspace(0, 1, 101):
        later = precision[recall >= point]
        total += later.max() if later.size else 0.0
    return total / 101, recall[-1] if len(rows) else 0.0


def _image_hits(
    true: Array, pred: Array, limit: float, area: tuple[float, float], most: int
) -> tuple[list[tuple[float, bool]], int]:
    """Return score and hit of an image's detections that count, and its objects that count."""
    size = true[:, 6] if true.shape[1] > 6 else _area(true)
    crowd = true[:, 5] > 0 if true.shape[1] > 5 else np.zeros(len(true), bool)
    ignored = crowd | (size < area[0]) | (size > area[1])
    taken = np.zeros(len(true), bool)
    rows = []
    for row in pred[np.argsort(-pred[:, 4], kind="stable")][:most]:
        choice = None
        for pool in (~ignored, ignored):
            for i in np.flatnonzero(pool & (~taken | crowd)) if choice is None else ():
                overlap = _overlap(row, true[i], bool(crowd[i]))
                if overlap >= limit and (choice is None or overlap >= choice[0]):
                    choice = (overlap, i)
        if choice is not None:
            taken[choice[1]] = True
            if not ignored[choice[1]]:
                rows.append((row[4], True))
        elif area[0] <= _area(row[None])[0] <= area[1]:
            rows.append((row[4], False))
    return rows, int((~ignored).sum())


def _area(boxes: Array) -> Array:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _overlap(a: Array, b: Array, crowd: bool) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    own, other = _area(a[None])[0], _area(b[None])[0]
    return shared / (own if crowd else own + other - shared)


def scenes(
    rng: np.random.Generator,
    images: int,
    classes: int,
    objects: int = 6,
    detections: int = 12,
    crowds: float = 0.2,
    digits: int = 9,
) -> tuple[Array, Array]:
    """Return objects `[images, objects, 7]` and detections `[images, detections, 6]`, `"xywh"`.

    Some images are empty; scores are rounded to `digits`, so that few of them make ties.
    """
    true = np.full((images, objects, 7), -1.0)
    pred = np.full((images, detections, 6), -1.0)
    for i in range(images):
        number = int(rng.integers(0, objects + 1)) if rng.random() > 0.2 else 0
        start, size = rng.uniform(0, 300, (number, 2)), np.exp(rng.uniform(2.1, 5.5, (number, 2)))
        boxes = np.concatenate([start, size], 1).round(1)
        true[i, :number, :4], true[i, :number, 4] = boxes, rng.integers(0, classes, number)
        true[i, :number, 5] = rng.random(number) < crowds
        true[i, :number, 6] = size.prod(1).round(1) * rng.uniform(0.5, 1, number)
        for j in range(int(rng.integers(0, detections + 1))):
            box, label = np.append(rng.uniform(0, 300, 2), rng.uniform(9, 200, 2)), -1.0
            if number and rng.random() < 0.8:
                k = rng.integers(number)
                box = boxes[k] + rng.normal(0, 0.06, 4) * boxes[k][[2, 3, 2, 3]]
                label = true[i, k, 4]
            if label < 0 or rng.random() < 0.15:
                label = rng.integers(classes)
            box[2:] = np.maximum(box[2:], 2)
            pred[i, j] = [*box.round(1), round(rng.random(), digits), label]
    return true.astype("float32"), pred.astype("float32")


def coco_map() -> list[Case]:
    """Return cases of `CocoMAP`."""
    config = {"classes": 3, "capacity": 256, "box_format": "xywh", "details": True}
    inputs = scenes(np.random.default_rng(1), 6, 3)
    return [Case("details", config, inputs, coco_of)]
