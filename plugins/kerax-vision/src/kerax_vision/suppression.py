"""Non-maximum suppression: of boxes that overlap, keep the one with the highest score.

Shapes are static, so that all of it runs inside compiled code: the result has room for
`max_output_size` boxes, and a count says how many of them there are. A box is `"xyxy"`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from kerax.errors import ArgumentError, ShapeError

from kerax_vision.boxes import pairwise_iou, wide

__all__ = ["Detections", "nms", "nms_per_class", "soft_nms"]

_NEVER = -jnp.inf


class Detections(NamedTuple):
    """The boxes that a suppression left, the best first, padded to a fixed number.

    Attributes:
        boxes: `[batch, max_output_size, 4]`, 0 where padded.
        scores: `[batch, max_output_size]`, 0 where padded.
        classes: int32 `[batch, max_output_size]`, -1 where padded.
        count: int32 `[batch]`, how many are no padding.
    """

    boxes: jax.Array
    scores: jax.Array
    classes: jax.Array
    count: jax.Array

    def table(self) -> jax.Array:
        """Return what `kerax_vision.coco.CocoMAP` takes as predictions.

        Returns:
            `[batch, max_output_size, 6]`: box, score, class.

        Example:
            >>> found = nms_per_class(jnp.ones((1, 2, 4)), jnp.ones((1, 2, 3)), 5)
            >>> found.table().shape
            (1, 5, 6)
        """
        columns = (self.boxes, self.scores[..., None], self.classes[..., None])
        return jnp.concatenate([jnp.asarray(c, self.boxes.dtype) for c in columns], axis=-1)


def nms(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"),
    classes: Any = None,
) -> tuple[jax.Array, jax.Array]:
    """Keep the best box, drop those that overlap it, and so on.

    Args:
        boxes: boxes `[n, 4]`, `"xyxy"`.
        scores: scores `[n]`; of equal ones the first box counts as better, and NaN as none.
        max_output_size: how many boxes to keep at most.
        iou_threshold: a box is dropped whose IoU with a kept one is above this.
        score_threshold: boxes count whose score is above this.
        classes: class numbers `[n]`; boxes of two classes never drop each other. None for one
            class.

    Returns:
        Positions of the kept boxes, int32 `[max_output_size]`, the best first, -1 where there are
        no more, and how many there are, int32 `[]`.

    Raises:
        ShapeError, ArgumentError: for shapes or a size that mean nothing.

    Example:
        >>> boxes = [[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9], [5.0, 5.0, 6.0, 6.0]]
        >>> kept, count = nms(boxes, [0.8, 0.9, 0.7], max_output_size=3)
        >>> kept.tolist(), int(count)
        ([1, 2, -1], 2)

    Reference:
        `torchvision.ops.nms`, and `batched_nms` with classes
    """

    def after(left: jax.Array, iou: jax.Array) -> jax.Array:
        return jnp.where(iou > iou_threshold, _NEVER, left)

    kept, _, count = _greedy(boxes, scores, max_output_size, score_threshold, classes, after)
    return kept, count


def soft_nms(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    sigma: float = 0.5,
    score_threshold: float = 0.001,
    classes: Any = None,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Keep the best box, lower the scores of those that overlap it, and so on.

        score ← score · exp(-IoU² / σ)

    Args:
        boxes: boxes `[n, 4]`, `"xyxy"`.
        scores: scores `[n]`, at least 0; of equal ones the first box counts as better.
        max_output_size: how many boxes to keep at most.
        sigma: σ above 0; the smaller, the more is dropped.
        score_threshold: boxes count whose lowered score is above this.
        classes: class numbers `[n]`; boxes of two classes never lower each other's score. None
            for one class.

    Returns:
        Positions of the kept boxes, int32 `[max_output_size]`, -1 where there are no more; their
        lowered scores `[max_output_size]`, 0 where padded; how many there are, int32 `[]`.

    Raises:
        ShapeError, ArgumentError: for shapes, a size or a σ that mean nothing.

    Example:
        >>> boxes = [[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 2.0]]
        >>> kept, lowered, _ = soft_nms(boxes, [0.8, 0.9], max_output_size=2)
        >>> kept.tolist(), [round(x, 3) for x in lowered.tolist()]
        ([1, 0], [0.9, 0.108])

    Reference:
        Bodla et al., Soft-NMS, 2017
    """
    if sigma <= 0:
        raise ArgumentError(f"soft_nms: sigma: got {sigma}; wanted more than 0.")

    def after(left: jax.Array, iou: jax.Array) -> jax.Array:
        lowered = left * jnp.exp(-jnp.square(iou) / sigma)
        return jnp.where(left == _NEVER, _NEVER, lowered)

    return _greedy(boxes, scores, max_output_size, score_threshold, classes, after)


def nms_per_class(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = 0.05,
    max_candidates: int = 1000,
) -> Detections:
    """Suppress within each class of each image, and keep the best of all classes.

    Args:
        boxes: boxes `[batch, n, 4]`, `"xyxy"`.
        scores: scores `[batch, n, classes]`.
        max_output_size: how many boxes to keep for an image.
        iou_threshold: a box is dropped whose IoU with a kept one of its class is above this.
        score_threshold: boxes count whose score is above this.
        max_candidates: how many of an image's `n × classes` scores are looked at, the highest.

    Returns:
        `Detections`: boxes, scores, classes, count.

    Raises:
        ShapeError, ArgumentError: for shapes or sizes that mean nothing.

    Example:
        >>> boxes = jnp.array([[[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9]]])
        >>> found = nms_per_class(boxes, jnp.array([[[0.9, 0.0], [0.8, 0.7]]]), max_output_size=3)
        >>> found.classes.tolist(), found.count.tolist()
        ([[0, 1, -1]], [2])
    """
    boxes, scores = jnp.asarray(boxes), jnp.asarray(scores)
    if boxes.ndim != 3 or scores.ndim != 3 or boxes.shape[:2] != scores.shape[:2]:
        raise ShapeError(
            f"nms_per_class: got boxes of shape {boxes.shape} and scores of shape {scores.shape}; "
            "wanted [batch, n, 4] and [batch, n, classes]."
        )
    number = scores.shape[-1]

    def one(boxes: jax.Array, scores: jax.Array) -> Detections:
        flat = jnp.where(jnp.isnan(scores), _NEVER, scores).reshape(-1)
        best, position = lax.top_k(flat, min(max_candidates, flat.size))
        classes, candidates = position % number, boxes[position // number]
        kept, count = nms(
            candidates, best, max_output_size, iou_threshold, score_threshold, classes
        )
        there = kept >= 0
        return Detections(
            jnp.where(there[:, None], candidates[kept], 0),
            jnp.where(there, best[kept], 0),
            jnp.where(there, classes[kept], -1),
            count,
        )

    return jax.vmap(one)(boxes, scores)


def _greedy(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    score_threshold: float,
    classes: Any,
    after: Callable[[jax.Array, jax.Array], jax.Array],
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Take the best box again and again; `after` gives the scores that its choice leaves."""
    boxes, scores = wide(boxes), wide(scores)
    _check(boxes.shape, scores.shape, max_output_size)
    start = jnp.where(scores > score_threshold, scores, _NEVER)  # NaN is above nothing
    if not boxes.shape[0]:
        start, boxes = jnp.full((1,), _NEVER), jnp.zeros((1, 4))
        classes = None
    labels = None if classes is None else jnp.asarray(classes)

    def step(left: jax.Array, _: None) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
        best = jnp.argmax(left).astype(jnp.int32)
        score = left[best]
        there = score > score_threshold
        iou = pairwise_iou(boxes[best][None], boxes)[0]
        if labels is not None:
            iou = jnp.where(labels == labels[best], iou, 0.0)
        left = after(left, iou).at[best].set(_NEVER)
        return left, (jnp.where(there, best, -1), jnp.where(there, score, 0.0))

    _, (kept, left) = lax.scan(step, start, None, length=max_output_size)
    return kept, left, jnp.sum(kept >= 0, dtype=jnp.int32)


def _check(boxes: tuple[int, ...], scores: tuple[int, ...], max_output_size: int) -> None:
    if len(boxes) != 2 or boxes[-1] != 4 or scores != boxes[:1]:
        raise ShapeError(
            f"got boxes of shape {boxes} and scores of shape {scores}; wanted [n, 4] and [n]. "
            "For batches use nms_per_class, or jax.vmap."
        )
    if max_output_size < 1:
        raise ArgumentError(f"max_output_size: got {max_output_size}; wanted 1 or more.")
