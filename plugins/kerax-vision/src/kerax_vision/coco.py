"""COCO's mean average precision of detected boxes, as a metric."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer
from kerax.errors import ArgumentError, DataError, ShapeError, StateError
from kerax.metrics import Metric

from kerax_vision.boxes import check_format
from kerax_vision.coco_curves import Found, average_precision
from kerax_vision.coco_matching import Matches, Rules, match_batch, packed

__all__ = ["CocoMAP"]

_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_AREAS = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}


class CocoMAP(Metric):
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

    def __init__(
        self,
        classes: int = 80,
        details: bool = False,
        capacity: int = 2**16,
        box_format: str = "xyxy",
        image_size: Sequence[float] | None = None,
        iou_thresholds: Sequence[float] | None = None,
        area_ranges: Mapping[str, Sequence[float]] | None = None,
        max_detections: Sequence[int] = (1, 10, 100),
        name: str | None = "coco_map",
        dtype: Any = None,
    ):
        super().__init__(dtype=dtype, name=name)
        areas = _AREAS if area_ranges is None else dict(area_ranges)
        self.details, self.capacity = details, capacity
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
            ("capacity", self.capacity, self.capacity >= 1, "1 or more"),
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
        for variable, shape, dtype in (
            ("scores", (self.capacity,), "float32"),
            ("labels", (self.capacity,), "int32"),
            ("ranks", (self.capacity,), "int32"),
            ("hits", (self.capacity, areas), "int32"),
            ("counted", (self.capacity, areas), "int32"),
            ("objects", (self.rules.classes, areas), "int32"),
            ("seen", (), "int32"),
            ("strangers", (), "int32"),
        ):
            setattr(self, variable, self.add_variable(shape, "zeros", dtype, name=variable))

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
        values = [variable.value for variable in self.variables]
        self._store(_after_batch(values, y_true, y_pred, self.rules))

    def _check_shapes(self, true: tuple[int, ...], pred: tuple[int, ...]) -> None:
        good = len(true) == 3 and len(pred) == 3 and true[0] == pred[0]
        if not (good and 5 <= true[-1] <= 7 and pred[-1] == 6):
            raise ShapeError(
                f"{self.name}: got targets of shape {true} and predictions of shape {pred}; "
                "wanted [batch, objects, 5 to 7] (box, class, crowd, area) and "
                "[batch, detections, 6] (box, score, class)."
            )

    def _store(self, values: Sequence[Any]) -> None:
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)

    def merge_state(self, metrics: Sequence["CocoMAP"]) -> None:
        """Add the states of other metrics of the same configuration, after this one's."""
        for metric in metrics:
            if metric.rules != self.rules:
                raise StateError(
                    f"{self.name}: merge_state: got {metric.name} with {metric.rules}; wanted "
                    f"the same configuration, {self.rules}."
                )
            mine, theirs = ([v.value for v in m.variables] for m in (self, metric))
            self._store(_after_other(mine, theirs))

    def result(self) -> Any:
        """Return the mean average precision, or with `details` a dict of twelve numbers.

        Raises:
            DataError: where detections found no room or classes are unknown; NaN in compiled code.
        """
        self._raise_if_wrong()
        whole, _ = self._tables(0, -1)
        if not self.details:
            return self._flagged(_mean_of_present(whole))
        summary = {"ap": whole}
        for percent in (50, 75):
            if percent / 100 in self.rules.iou_thresholds:
                position = self.rules.iou_thresholds.index(percent / 100)
                summary[f"ap{percent}"] = whole[:, position]
        for position, most in enumerate(self.max_detections):
            summary[f"ar_{most}"] = self._tables(0, position)[1]
        for position, area_name in list(enumerate(self.area_names))[1:]:
            ap, recall = self._tables(position, -1)
            summary[f"ap_{area_name}"], summary[f"ar_{area_name}"] = ap, recall
        return {key: self._flagged(_mean_of_present(x)) for key, x in summary.items()}

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
        ap, recall = self._tables(self.area_names.index(area), self.max_detections.index(most))
        return {"ap": ap, "recall": recall}

    def _tables(self, area: int, most: int) -> tuple[Any, Any]:
        there = jnp.arange(self.capacity) < self.seen.value
        found = Found(
            self.scores.value,
            jnp.where(there, self.labels.value, self.rules.classes),
            self.ranks.value,
            self.hits.value[:, area],
            self.counted.value[:, area],
            self.objects.value[:, area],
        )
        return _tables(found, self.max_detections[most], len(self.rules.iou_thresholds))

    def _flagged(self, value: Any) -> Any:
        wrong = (self.seen.value > self.capacity) | (self.strangers.value > 0)
        return jnp.where(wrong, jnp.nan, value).astype(self.dtype)

    def _raise_if_wrong(self) -> None:
        seen, strangers = self.seen.value, self.strangers.value
        if isinstance(seen, Tracer) or isinstance(strangers, Tracer):
            return
        if int(seen) > self.capacity:
            raise DataError(
                f"{self.name}: got {int(seen)} detections; wanted at most capacity={self.capacity}. "
                "Make it with a larger capacity, or pad rows that no detector would report with "
                "class -1."
            )
        if int(strangers):
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
            "capacity": self.capacity,
            "box_format": rules.box_format,
            "image_size": None if rules.image_size is None else list(rules.image_size),
            "iou_thresholds": None if thresholds is None else list(thresholds),
            "area_ranges": None if areas is None else {k: list(v) for k, v in areas.items()},
            "max_detections": list(self.max_detections),
        }


_tables = jax.jit(average_precision, static_argnums=(1, 2))


@partial(jax.jit, static_argnums=3)
def _after_batch(values: list[Any], y_true: Any, y_pred: Any, rules: Rules) -> list[Any]:
    """Return the variables' values after a batch."""
    matches = match_batch(y_true, y_pred, rules)
    flat = Matches(*(x.reshape(-1, *x.shape[2:]) if x.ndim > 1 else x for x in matches))
    rows = (flat.scores, flat.labels, flat.ranks, packed(flat.hits), packed(flat.counted))
    buffers, seen = _appended(values[:5], values[6], rows, flat.kept)
    objects = values[5] + jnp.sum(matches.objects, axis=0)
    return [*buffers, objects, seen, values[7] + jnp.sum(matches.strangers)]


@jax.jit
def _after_other(values: list[Any], others: list[Any]) -> list[Any]:
    """Return the variables' values after those of another metric."""
    there = jnp.arange(others[0].shape[0]) < others[6]
    buffers, seen = _appended(values[:5], values[6], others[:5], there)
    lost = jnp.maximum(others[6] - others[0].shape[0], 0)
    # What the other had no room for is missing here too, so the sum must show it.
    seen = jnp.where(lost > 0, jnp.maximum(seen + lost, values[0].shape[0] + 1), seen)
    return [*buffers, values[5] + others[5], seen, values[7] + others[7]]


def _appended(
    buffers: Sequence[Any], seen: Any, rows: Sequence[Any], kept: Any
) -> tuple[list[Any], Any]:
    """Write the rows that are kept behind those there; those without room are counted only."""
    after = seen + jnp.cumsum(kept, dtype=jnp.int32)
    position = jnp.where(kept, after - 1, buffers[0].shape[0])
    filled = [
        buffer.at[position].set(new, mode="drop")
        for buffer, new in zip(buffers, rows, strict=True)
    ]
    return filled, after[-1] if after.size else seen


def _mean_of_present(table: Any) -> Any:
    """Return the mean of all entries that are not -1, and -1 where there are none."""
    present = table > -1
    count = jnp.sum(present)
    total = jnp.sum(jnp.where(present, table, 0.0))
    return jnp.where(count > 0, total / jnp.maximum(count, 1), -1.0)
