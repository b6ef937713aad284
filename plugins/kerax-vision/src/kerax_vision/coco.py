"""COCO's mean average precision of detected boxes, as a metric."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer
from kerax.errors import ArgumentError, DataError, ShapeError
from kerax.variable import Variable

from kerax_vision.boxes import check_format
from kerax_vision.buffers import BufferedMetric
from kerax_vision.coco_curves import Found, average_precision
from kerax_vision.coco_matching import Rules, match_batch, packed

__all__ = ["CocoMAP"]

_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_AREAS = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}


class CocoMAP(BufferedMetric):
    """Mean average precision of detected boxes, as the COCO benchmark computes it.

        AP(class, t) = mean over r in {0, 0.01, …, 1} of max {precision at recall r' | r' >= r}
        result = mean of AP over classes with objects and IoU thresholds t; -1 without objects

    It is exact: scores are kept, not binned. So it has room for `capacity` detections; when more
    come, `result()` raises, and inside compiled code, as in the logs of `fit`, it is NaN.

    Targets are `[batch, objects, 5 to 7]`: box, class, then 1 for a crowd, then the area where it
    is not the box's. Predictions are `[batch, detections, 6]`: box, score, class. Rows of a
    negative class are padding. Of equal scores the earlier counts as higher.

    Args:
        classes: how many classes there are.
        details: whether `result` is a dict: `ap`, `ap50`, `ap75`, `ar_1`, `ar_10`, `ar_100`, and
            `ap_small`, `ar_small` and so on.
        capacity: how many detections there is room for.
        box_format: a format of `kerax_vision.boxes.FORMATS`.
        image_size: `(height, width)` in pixels; needed for relative formats.
        iou_thresholds: at most 31; None means 0.5, 0.55, …, 0.95.
        area_ranges: `{name: (low, high)}` in square pixels, the first for the whole; None means
            COCO's all, small, medium and large.
        max_detections: how many detections of an image and class count, rising.
        name: its name.
        dtype: data type or policy of the result; None means `floatx()`.

    Raises:
        ArgumentError: for arguments that mean nothing.

    Example:
        >>> metric = CocoMAP(classes=1, capacity=8)
        >>> float(metric([[[0.0, 0.0, 9.0, 9.0, 0.0]]], [[[0.0, 0.0, 9.0, 9.0, 0.8, 0.0]]]))
        1.0

    Reference:
        Lin et al., Microsoft COCO, 2014; the tool `pycocotools`, with IoU in float32 here.
    """

    row_name = "detections"
    scores: Variable
    labels: Variable
    ranks: Variable
    hits: Variable
    counted: Variable
    objects: Variable
    strangers: Variable

    def __init__(
        self,
        classes: int = 80,
        details: bool = False,
        capacity: int = 2**15,
        box_format: str = "xyxy",
        image_size: Sequence[float] | None = None,
        iou_thresholds: Sequence[float] | None = None,
        area_ranges: Mapping[str, Sequence[float]] | None = None,
        max_detections: Sequence[int] = (1, 10, 100),
        name: str | None = "coco_map",
        dtype: Any = None,
    ):
        super().__init__(capacity, name, dtype)
        areas = _AREAS if area_ranges is None else dict(area_ranges)
        self.details = details
        self.max_detections = tuple(max_detections)
        self.area_names = tuple(areas)
        self._given = {"iou_thresholds": iou_thresholds, "area_ranges": area_ranges}
        self.rules = Rules(
            classes=classes,
            iou_thresholds=tuple(_THRESHOLDS if iou_thresholds is None else iou_thresholds),
            areas=tuple((float(low), float(high)) for low, high in areas.values()),
            most=max((0, *self.max_detections)),
            box_format=check_format(box_format, f"{self.name}: box_format"),
            image_size=None if image_size is None else (image_size[0], image_size[1]),
        )
        self._check_arguments()
        self._add_variables()

    def _check_arguments(self) -> None:
        rules, name = self.rules, self.name
        thresholds = rules.iou_thresholds
        for argument, value, good, wanted in (
            ("classes", rules.classes, rules.classes >= 1, "1 or more"),
            (
                "iou_thresholds",
                thresholds,
                0 < len(thresholds) <= 31 and all(0 < t <= 1 for t in thresholds),
                "1 to 31 numbers above 0 and up to 1",
            ),
            ("area_ranges", self.area_names, len(self.area_names) > 0, "at least one"),
            (
                "max_detections",
                self.max_detections,
                rules.most >= 1 and self.max_detections == tuple(sorted(self.max_detections)),
                "positive numbers, rising",
            ),
            (
                "image_size",
                rules.image_size,
                rules.image_size is not None or not rules.box_format.startswith("rel_"),
                f"(height, width), because box_format is {rules.box_format!r}",
            ),
        ):
            if not good:
                raise ArgumentError(f"{name}: {argument}: got {value!r}; wanted {wanted}.")

    def _add_variables(self) -> None:
        areas = len(self.rules.areas)
        for name, dtype, shape in (
            ("scores", "float32", ()),
            ("labels", "int32", ()),
            ("ranks", "int32", ()),
            ("hits", "int32", (areas,)),
            ("counted", "int32", (areas,)),
        ):
            self.add_buffer(name, dtype, shape)
        self.add_sum("objects", "int32", (self.rules.classes, areas))
        self.add_sum("strangers", "int32")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in.

        Args:
            y_true: objects `[batch, objects, 5 to 7]`.
            y_pred: detections `[batch, detections, 6]`.
            sample_weight: None or `[batch]`; images of weight 0 are left out, and any other weight
                counts as 1.

        Raises:
            ShapeError: for other shapes.
        """
        y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
        self._check_shapes(y_true.shape, y_pred.shape)
        if sample_weight is not None:
            kept = (jnp.asarray(sample_weight) != 0).reshape(-1, 1, 1)
            y_true, y_pred = (jnp.where(kept, x, -1) for x in (y_true, y_pred))
        self.take(*_rows_of_batch(y_true, y_pred, self.rules))

    def _check_shapes(self, true: tuple[int, ...], pred: tuple[int, ...]) -> None:
        good = len(true) == 3 and len(pred) == 3 and true[0] == pred[0]
        if not (good and 5 <= true[-1] <= 7 and pred[-1] == 6):
            raise ShapeError(
                f"{self.name}: got targets of shape {true} and predictions of shape {pred}; "
                "wanted [batch, objects, 5 to 7] (box, class, crowd, area) and "
                "[batch, detections, 6] (box, score, class)."
            )

    def result(self) -> Any:
        """Return the mean average precision, or with `details` a dict of twelve numbers.

        Raises:
            DataError: where detections found no room or classes are unknown; NaN in compiled code.
        """
        self._raise_if_wrong()
        summary = self._summary() if self.details else {"ap": self._tables([(0, -1)])[0][0]}
        wrong = self.strangers.value > 0
        values = {k: self.flagged(_mean_of_present(x), wrong) for k, x in summary.items()}
        return values if self.details else values["ap"]

    def _summary(self) -> dict[str, Any]:
        """Return the tables that COCO's twelve numbers are means of."""
        numbers = range(len(self.max_detections))
        areas = list(enumerate(self.area_names))[1:]
        ap, recall = self._tables([*((0, i) for i in numbers), *((i, -1) for i, _ in areas)])
        whole = ap[len(numbers) - 1]
        summary = {"ap": whole}
        for percent in (50, 75):
            if percent / 100 in self.rules.iou_thresholds:
                position = self.rules.iou_thresholds.index(percent / 100)
                summary[f"ap{percent}"] = whole[:, position]
        summary |= {f"ap_{name}": ap[i + len(numbers) - 1] for i, name in areas}
        summary |= {f"ar_{self.max_detections[i]}": recall[i] for i in numbers}
        return summary | {f"ar_{name}": recall[i + len(numbers) - 1] for i, name in areas}

    def table(self, area: str | None = None, max_detections: int | None = None) -> dict[str, Any]:
        """Return average precision and recall of every class at every IoU threshold.

        Args:
            area: the name of an area range; None means the first.
            max_detections: one of those given to the constructor; None means the last.

        Returns:
            `"ap"` and `"recall"`, each `[classes, iou_thresholds]`, -1 for a class without
            objects.

        Raises:
            ArgumentError: for an area or number that the metric does not have.
            DataError: as `result`.

        Example:
            >>> CocoMAP(classes=3, capacity=8).table("small")["ap"].shape
            (3, 10)
        """
        area = self.area_names[0] if area is None else area
        most = self.max_detections[-1] if max_detections is None else max_detections
        for argument, value, known in (
            ("area", area, self.area_names),
            ("max_detections", most, self.max_detections),
        ):
            if value not in known:
                wanted = ", ".join(map(str, known))
                raise ArgumentError(
                    f"{self.name}: {argument}: got {value!r}; wanted one of {wanted}."
                )
        self._raise_if_wrong()
        pair = self.area_names.index(area), self.max_detections.index(most)
        ap, recall = self._tables([pair])
        return {"ap": ap[0], "recall": recall[0]}

    def _tables(self, pairs: Sequence[tuple[int, int]]) -> tuple[Any, Any]:
        """Return AP and recall `[pairs, classes, thresholds]` for pairs of area and maximum."""
        areas = jnp.asarray([area for area, _ in pairs])
        most = jnp.asarray([self.max_detections[i] for _, i in pairs])
        found = Found(
            self.scores.value,
            jnp.where(self.there(), self.labels.value, self.rules.classes),
            self.ranks.value,
            self.hits.value,
            self.counted.value,
            self.objects.value,
        )
        return _tables(found, areas, most, len(self.rules.iou_thresholds))

    def _raise_if_wrong(self) -> None:
        self.raise_if_full()
        strangers = self.strangers.value
        if not isinstance(strangers, Tracer) and int(strangers):
            raise DataError(
                f"{self.name}: got {int(strangers)} detections or objects of a class above "
                f"{self.rules.classes - 1}; wanted classes from 0, because classes="
                f"{self.rules.classes}. Padding has class -1."
            )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        rules = self.rules
        thresholds, areas = self._given["iou_thresholds"], self._given["area_ranges"]
        return {
            **super().get_config(),
            "classes": rules.classes,
            "details": self.details,
            "box_format": rules.box_format,
            "image_size": None if rules.image_size is None else list(rules.image_size),
            "iou_thresholds": None if thresholds is None else list(thresholds),
            "area_ranges": None if areas is None else {k: list(v) for k, v in areas.items()},
            "max_detections": list(self.max_detections),
        }


@partial(jax.jit, static_argnums=3)
def _tables(found: Found, areas: Any, most: Any, thresholds: int) -> tuple[Any, Any]:
    def one(area: Any, most: Any) -> tuple[Any, Any]:
        columns = (x[:, area] for x in (found.hits, found.counted, found.objects))
        return average_precision(Found(*found[:3], *columns), most, thresholds)

    return jax.vmap(one)(areas, most)


@partial(jax.jit, static_argnums=2)
def _rows_of_batch(y_true: Any, y_pred: Any, rules: Rules) -> tuple[list[Any], Any, list[Any]]:
    """Return a batch's rows, which of them count, and what it adds to the sums."""
    matches = match_batch(y_true, y_pred, rules)
    hits, counted = packed(matches.hits), packed(matches.counted)
    rows = [matches.scores, matches.labels, matches.ranks, hits, counted]
    flat = [x.reshape(-1, *x.shape[2:]) for x in rows]
    sums = [jnp.sum(matches.objects, axis=0), jnp.sum(matches.strangers)]
    return flat, matches.kept.reshape(-1), sums


def _mean_of_present(table: Any) -> Any:
    """Return the mean of all entries that are not -1, and -1 where there are none."""
    present = table > -1
    count = jnp.sum(present)
    total = jnp.sum(jnp.where(present, table, 0.0))
    return jnp.where(count > 0, total / jnp.maximum(count, 1), -1.0)
