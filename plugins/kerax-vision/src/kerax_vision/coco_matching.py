"""Which detections hit which objects, by COCO's rules, for a batch of images at once.

Detections of an image choose in the order of their scores, each the object of its class with the
highest IoU among those at or over the threshold that nobody has taken; of equal ones the last.
Objects to ignore (crowds, and objects outside the area range) are chosen only where no other is
left, and a detection that chose one counts neither for nor against. Nor does a detection that
found nothing and is itself outside the area range. Any number of detections may choose a crowd,
whose IoU is the intersection over the detection's own area.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from kerax import ops

from kerax_vision.boxes import area, convert, pairwise_intersection, pairwise_iou, ratio

__all__ = ["Matches", "Rules", "match_batch", "packed", "unpacked"]


class Rules(NamedTuple):
    """What an evaluation is told; it is hashable, so compiled code may be kept for it.

    Attributes:
        classes: how many classes there are.
        iou_thresholds: `t` of them, at most 31.
        areas: `a` ranges of areas, `(low, high)`, both ends included.
        most: how many detections of an image and class count, the highest scores.
        box_format: a format of `kerax_vision.boxes.FORMATS`.
        image_size: `(height, width)`, for relative formats.
    """

    classes: int
    iou_thresholds: tuple[float, ...]
    areas: tuple[tuple[float, float], ...]
    most: int
    box_format: str
    image_size: tuple[float, float] | None


class Matches(NamedTuple):
    """The detections of images, the best first in each, and how many objects there were.

    Attributes:
        kept: `[batch, detections]`, whether one counts at all.
        scores: float32 `[batch, detections]`.
        labels: int32 `[batch, detections]`, classes.
        ranks: int32 `[batch, detections]`, the place within image and class, from 0.
        hits: `[batch, detections, a, t]`, whether one found an object.
        counted: `[batch, detections, a, t]`, whether one counts for or against.
        objects: int32 `[batch, classes, a]`, the objects to find.
        strangers: int32 `[batch]`, detections and objects of a class that there is not.
    """

    kept: jax.Array
    scores: jax.Array
    labels: jax.Array
    ranks: jax.Array
    hits: jax.Array
    counted: jax.Array
    objects: jax.Array
    strangers: jax.Array


class _Objects(NamedTuple):
    """An image's objects: `[objects]` each, and `ignored` for each area range."""

    boxes: jax.Array
    labels: jax.Array
    crowd: jax.Array
    ignored: jax.Array


def match_batch(y_true: jax.Array, y_pred: jax.Array, rules: Rules) -> Matches:
    """Match the detections of each image to its objects.

    Args:
        y_true: `[batch, objects, 5 to 7]`: box, class (negative: padding), 1 for a crowd, area.
        y_pred: `[batch, detections, 6]`: box, score, class (negative: padding).
        rules: how.

    Returns:
        `Matches`.

    Example:
        >>> rules = Rules(1, (0.5,), ((0.0, 1e10),), 100, "xyxy", None)
        >>> box = [0.0, 0.0, 2.0, 2.0]
        >>> found = match_batch(
        ...     jnp.array([[[*box, 0.0]]]), jnp.array([[[*box, 0.9, 0.0]] * 2]), rules
        ... )
        >>> found.hits.ravel().tolist(), found.counted.ravel().tolist()
        ([True, False], [True, True])
    """
    return jax.vmap(lambda true, pred: _match_image(true, pred, rules))(y_true, y_pred)


def _match_image(true: jax.Array, pred: jax.Array, rules: Rules) -> Matches:
    objects, number, unknown = _read_objects(true, rules)
    pred = pred[jnp.argsort(jnp.where(pred[:, 5] >= 0, -pred[:, 4], jnp.inf), stable=True)]
    boxes, labels = _corners(pred[:, :4], rules), pred[:, 5].astype(jnp.int32)
    valid = (labels >= 0) & (labels < rules.classes)
    ranks = _ranks(labels, valid, rules.classes)
    kept = valid & (ranks < rules.most)
    found, ignored = _choose(_overlaps(boxes, labels, kept, objects), objects, rules)
    size = area(boxes)
    outside = jnp.stack([(size < low) | (size > high) for low, high in rules.areas], axis=-1)
    counted = jnp.where(found, ~ignored, ~outside[:, :, None]) & kept[:, None, None]
    return Matches(
        kept,
        pred[:, 4].astype(jnp.float32),
        labels,
        ranks,
        found & counted,
        counted,
        number,
        unknown + jnp.sum(labels >= rules.classes, dtype=jnp.int32),
    )


def _read_objects(true: jax.Array, rules: Rules) -> tuple[_Objects, jax.Array, jax.Array]:
    """Return an image's objects, the number to find `[classes, a]`, and that of unknown classes."""
    boxes, labels = _corners(true[:, :4], rules), true[:, 4].astype(jnp.int32)
    valid = (labels >= 0) & (labels < rules.classes)
    crowd = true[:, 5] > 0 if true.shape[1] > 5 else jnp.zeros(labels.shape, bool)
    size = true[:, 6].astype(jnp.float32) if true.shape[1] > 6 else area(boxes)
    outside = jnp.stack([(size < low) | (size > high) for low, high in rules.areas])
    ignored = crowd | outside | ~valid
    hot = jax.nn.one_hot(labels, rules.classes, dtype=jnp.int32)  # zeros for padding
    number = jnp.einsum("gc,ag->ca", hot, (~ignored).astype(jnp.int32))
    unknown = jnp.sum(labels >= rules.classes, dtype=jnp.int32)
    return _Objects(boxes, jnp.where(valid, labels, -1), crowd, ignored), number, unknown


def _corners(boxes: jax.Array, rules: Rules) -> jax.Array:
    return convert(ops.cast(boxes, "float32"), rules.box_format, "xyxy", rules.image_size)


def _ranks(labels: jax.Array, valid: jax.Array, classes: int) -> jax.Array:
    """Return each detection's place among those of its class."""
    hot = jax.nn.one_hot(jnp.where(valid, labels, -1), classes, dtype=jnp.int32)
    return jnp.sum((jnp.cumsum(hot, axis=0) - hot) * hot, axis=-1)


def _overlaps(boxes: jax.Array, labels: jax.Array, kept: jax.Array, objects: _Objects) -> jax.Array:
    """Return IoU `[detections, objects]`, negative where the two cannot match."""
    shared = pairwise_intersection(boxes, objects.boxes)
    own = ratio(shared, jnp.broadcast_to(area(boxes)[:, None], shared.shape))
    iou = jnp.where(objects.crowd, own, pairwise_iou(boxes, objects.boxes))
    return jnp.where((labels[:, None] == objects.labels) & kept[:, None], iou, -1.0)


def _choose(overlaps: jax.Array, objects: _Objects, rules: Rules) -> tuple[jax.Array, jax.Array]:
    """Let the detections choose; return who found one, and who an ignored one, `[d, a, t]`."""
    limits = jnp.asarray(rules.iou_thresholds, jnp.float32)[:, None]
    ignored = objects.ignored[:, None, :]

    def step(free: jax.Array, iou: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
        near = free & (iou >= limits)  # [a, t, objects]
        wanted = near & ~ignored
        has_wanted = jnp.any(wanted, axis=-1, keepdims=True)
        choice = jnp.where(has_wanted, wanted, near)
        chosen = _is_last_best(jnp.where(choice, iou, -1.0)) & choice
        found = jnp.any(choice, axis=-1)
        return free & ~(chosen & ~objects.crowd), (found, found & ~has_wanted[..., 0])

    shape = (len(rules.areas), len(rules.iou_thresholds), overlaps.shape[1])
    return lax.scan(step, jnp.ones(shape, bool), overlaps)[1]


def _is_last_best(x: jax.Array) -> jax.Array:
    """Mark the last of the greatest values of the last axis."""
    size = x.shape[-1]
    if not size:
        return jnp.zeros(x.shape, bool)
    last = size - 1 - jnp.argmax(x[..., ::-1], axis=-1)
    return jnp.arange(size) == last[..., None]


def packed(flags: jax.Array) -> jax.Array:
    """Return at most 31 flags on the last axis as the bits of an int32.

    Example:
        >>> packed(jnp.array([True, False, True])).tolist()
        5
    """
    bits = jnp.left_shift(1, jnp.arange(flags.shape[-1], dtype=jnp.int32))
    return jnp.sum(jnp.where(flags, bits, 0), axis=-1, dtype=jnp.int32)


def unpacked(numbers: jax.Array, size: int) -> jax.Array:
    """Return what `packed` was given, its axis first.

    Example:
        >>> unpacked(jnp.array([5]), 3).tolist()
        [[True], [False], [True]]
    """
    return jnp.stack([(jnp.right_shift(numbers, i) & 1).astype(bool) for i in range(size)])
