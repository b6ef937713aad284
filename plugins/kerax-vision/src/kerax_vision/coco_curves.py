"""Average precision and recall of detections that have been matched, for all classes at once."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from kerax_vision.coco_matching import unpacked

__all__ = ["Found", "average_precision"]

_POINTS = 101

# The recalls to look at are np.linspace(0, 1, 101), some of which lie above the fraction that they
# stand for: a recall of exactly 29/100, say, may not reach its point. Integers cannot tell, so the
# points that are not reached are listed.
_LATE = np.linspace(0.0, 1.0, _POINTS) > np.arange(_POINTS) / 100.0


class Found(NamedTuple):
    """All detections so far, in the order in which they came.

    Attributes:
        scores: `[capacity]`.
        labels: int32 `[capacity]`; the number of classes where there is none.
        ranks: int32 `[capacity]`, the place within image and class.
        hits: int32 `[capacity]`, a bit for each IoU threshold: found an object.
        counted: int32 `[capacity]`, likewise: counts for or against.
        objects: int32 `[classes]`, the objects to find.
    """

    scores: jax.Array
    labels: jax.Array
    ranks: jax.Array
    hits: jax.Array
    counted: jax.Array
    objects: jax.Array


def average_precision(found: Found, most: Any, thresholds: int) -> tuple[jax.Array, jax.Array]:
    """Return the interpolated average precision and the recall of each class.

        AP = mean over r in {0, 0.01, …, 1} of max {precision at recall r' | r' >= r}

    Args:
        found: the detections of all images.
        most: int32 `[]`, how many of an image and class count.
        thresholds: the number of IoU thresholds.

    Returns:
        AP and recall, `[classes, thresholds]`; -1 for a class without objects.

    Example:
        >>> one, two = jnp.zeros(2, int), jnp.array([1, 0])
        >>> found = Found(jnp.array([0.9, 0.8]), one, one, two, one + 1, jnp.array([2]))
        >>> ap, recall = average_precision(found, 100, 1)
        >>> round(float(ap[0, 0]), 4), float(recall[0, 0])
        (0.505, 0.5)
    """
    classes = found.objects.shape[0]
    order = jnp.lexsort((-found.scores, found.labels))
    labels = found.labels[order]
    takes_part = (labels < classes) & (found.ranks[order] < most)
    hits = unpacked(found.hits[order], thresholds) & takes_part  # [thresholds, capacity]
    counted = unpacked(found.counted[order], thresholds) & takes_part
    starts = jnp.searchsorted(labels, jnp.arange(classes + 2))
    is_first = jnp.arange(labels.size) == starts[labels]
    right, all_ = (_running(x, starts[labels]) for x in (hits, counted))
    precision = jnp.where(all_ > 0, right / jnp.maximum(all_, 1), 0.0)
    best = _best_from_here(precision, starts[labels + 1])
    objects = jnp.append(found.objects, 0)[labels]
    points = _points_reached(right, objects)
    new_points = points - jnp.where(is_first, 0, jnp.roll(points, 1, axis=-1))
    gain = jax.ops.segment_sum((best * new_points).T, labels, classes + 1)[:classes]
    total = jax.ops.segment_sum(hits.T.astype(jnp.int32), labels, classes + 1)[:classes]
    some = (found.objects > 0)[:, None]
    recall = total / jnp.maximum(found.objects, 1)[:, None]
    return jnp.where(some, gain / _POINTS, -1.0), jnp.where(some, recall, -1.0)


def _running(flags: jax.Array, start: jax.Array) -> jax.Array:
    """Count flags along the last axis, anew from each class's start."""
    counts = jnp.cumsum(flags, axis=-1, dtype=jnp.int32)
    before = jnp.concatenate([jnp.zeros((counts.shape[0], 1), jnp.int32), counts], axis=-1)
    return counts - before[:, start]


def _points_reached(right: jax.Array, objects: jax.Array) -> jax.Array:
    """Return how many of the 101 points of recall are at or below `right / objects`."""
    whole, rest = jnp.divmod(100 * right, jnp.maximum(objects, 1))
    whole = jnp.minimum(whole, 100)
    reached = whole + 1 - ((rest == 0) & jnp.asarray(_LATE)[whole])
    return jnp.where(objects > 0, reached, 0)


def _best_from_here(precision: jax.Array, end: jax.Array) -> jax.Array:
    """Return the greatest precision from each detection to the end of its class.

    Args:
        precision: `[thresholds, capacity]`.
        end: int32 `[capacity]`, where the class ends.
    """
    size = precision.shape[-1]
    here = jnp.arange(size)

    # Each round doubles how far every place has looked; as a loop it compiles in a fraction of the
    # time that an associative scan takes.
    def look(i: int, best: jax.Array) -> jax.Array:
        ahead = here + (1 << i)
        seen = best[:, jnp.minimum(ahead, size - 1)]
        return jnp.where(ahead < end, jnp.maximum(best, seen), best)

    return lax.fori_loop(0, math.ceil(math.log2(max(size, 1))), look, precision)
