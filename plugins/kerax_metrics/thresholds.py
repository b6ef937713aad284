"""Weights of right and wrong predictions at many thresholds, by one histogram over the values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerax import ops

#: How far the outermost thresholds of a curve lie outside of [0, 1].
MARGIN = 1e-7


def curve_thresholds(inner: Sequence[float]) -> tuple[float, ...]:
    """Return thresholds, sorted, with one below 0 and one above 1 around them.

    Example:
        >>> curve_thresholds([0.9, 0.5])
        (-1e-07, 0.5, 0.9, 1.0000001)
    """
    return (-MARGIN, *sorted(inner), 1.0 + MARGIN)


def even_steps(count: int) -> tuple[float, ...]:
    """Return the numbers that part [0, 1] into `count - 1` equal steps, without 0 and 1.

    Example:
        >>> even_steps(5)
        (0.25, 0.5, 0.75)
    """
    return tuple(step / (count - 1) for step in range(1, count - 1))


def is_even(thresholds: Sequence[float]) -> bool:
    """Tell whether sorted thresholds part [0, 1] into equal steps, up to rounding.

    Example:
        >>> is_even(curve_thresholds([0.5])), is_even(curve_thresholds([0.4]))
        (True, False)
    """
    count = len(thresholds)
    steps = np.arange(count) / max(count - 1, 1)
    return count > 2 and np.allclose(thresholds, steps, rtol=1e-5, atol=MARGIN)


def ranks(thresholds: Sequence[float], y_pred: Any, even: bool) -> Any:
    """Return how many of the thresholds each prediction exceeds; NaN counts as the least.

    Args:
        thresholds: numbers, smallest first, `t` of them.
        y_pred: float32 predictions of any shape.
        even: whether the thresholds lie in equal steps, the first and last at or around 0 and 1.
            The rank is then computed rather than searched, as Keras does, and predictions
            outside of [0, 1] count as 0 and 1.

    Returns:
        int32 tensor of the shape of `y_pred`, from 0 to `t`.

    Example:
        >>> ranks((0.0, 0.5, 1.0), ops.convert_to_tensor([0.0, 0.5, 0.6, 1.0]), even=True).tolist()
        [0, 1, 2, 2]
    """
    if even:
        step = ops.ceil(ops.minimum(y_pred, 1.0) * (len(thresholds) - 1))
        rank = ops.cast(ops.where(y_pred > 0, step, 0.0), "int32")
        return ops.maximum(rank, 1) if thresholds[0] < 0 else rank
    found = ops.searchsorted(np.asarray(thresholds, "float32"), y_pred)
    return ops.where(ops.isnan(y_pred), 0, ops.cast(found, "int32"))


def counts_by_rank(
    rank: Any, y_true: Any, weight: Any, count: int, label: Any = None, labels: int = 1
) -> tuple[Any, Any, Any, Any]:
    """Return the weights of true positives, false positives, true and false negatives.

    Args:
        rank: how many thresholds each prediction exceeds `[values]`, int32.
        y_true: booleans `[values]`.
        weight: weights `[values]`.
        count: the number of thresholds, `t`.
        label: the label of each value `[values]`, int32; None means one label for all.
        labels: the number of labels.

    Returns:
        Four tensors `[t]`, or `[t, labels]` where `label` is given.

    Example:
        >>> ones = ops.ones(2)
        >>> counts = counts_by_rank(ops.convert_to_tensor([1, 2]), ones > 0, ones, 2)
        >>> [count.tolist() for count in counts]
        [[2.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 1.0]]
    """
    group = ops.cast(y_true, "int32")
    if label is not None:
        group = group * labels + label
    sums = ops.segment_sum(weight, group * (count + 1) + rank, 2 * labels * (count + 1))
    sums = ops.reshape(sums, (2, labels, count + 1))  # of each rank, negatives first
    below = ops.cumsum(sums, axis=-1)[..., :-1]
    above = ops.flip(ops.cumsum(ops.flip(sums, -1), axis=-1), -1)[..., 1:]
    counts = (above[1], above[0], below[0], below[1])
    if label is None:
        return tuple(ops.squeeze(c, 0) for c in counts)  # type: ignore[return-value]  # four
    return tuple(ops.transpose(c) for c in counts)  # type: ignore[return-value]  # four
