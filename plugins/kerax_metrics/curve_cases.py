"""What the metrics of thresholds, overlaps and correlations should give, in numpy."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kerax.testing import Case

__all__ = ["CASES"]

Array = Any


def _area(t: Array, p: Array) -> Array:
    """The share of pairs of a positive and a negative that are in order."""
    good, bad = p[t > 0], p[t == 0]
    return np.mean(np.sign(good[:, None] - bad[None]) / 2 + 0.5)


def _f_beta(
    t: Array,
    p: Array,
    beta: float = 1.0,
    average: str | None = None,
    threshold: float | None = None,
) -> Array:
    chosen = p == p.max(-1, keepdims=True) if threshold is None else p > threshold
    both, predicted, true = ((x.sum(0)) for x in (chosen * t, chosen, t))
    total = beta**2 * true + predicted
    scores = (1 + beta**2) * both / np.where(total == 0, 1, total)
    return scores if average is None else np.mean(scores)


def _iou(t: Array, p: Array, num_classes: int, target_class_ids: Any = None) -> Array:
    """The mean over the classes that occur."""
    ids = range(num_classes) if target_class_ids is None else target_class_ids
    pairs = [(t == number, p == number) for number in ids]
    return np.mean([np.sum(a & b) / np.sum(a | b) for a, b in pairs if np.any(a | b)])


def _one_hot_iou(t: Array, p: Array, **kwargs: Any) -> Array:
    return _iou(t.argmax(-1), p.argmax(-1), **kwargs)


def _binary_iou(
    t: Array, p: Array, threshold: float = 0.5, target_class_ids: Any = (0, 1)
) -> Array:
    return _iou(t, p >= threshold, 2, target_class_ids)


def _best(sought: Callable[..., Array], bound: Callable[..., Array], name: str) -> Any:
    """The best of one rate where another reaches a value, over all cuts between the scores."""

    def best(t: Array, p: Array, **kwargs: Any) -> Array:
        found = [0.0]
        for cut in (-1.0, *np.unique(p)):
            chosen, true = p > cut, t > 0
            counts = [np.sum(x) for x in (chosen & true, chosen & ~true, ~chosen & ~true)]
            rates = (*counts, np.sum(~chosen & true))
            if bound(*rates) >= kwargs[name]:
                found.append(sought(*rates))
        return max(found)

    return best


def _precision(tp: float, fp: float, tn: float, fn: float) -> float:
    return tp / max(tp + fp, 1)


def _sensitivity(tp: float, fp: float, tn: float, fn: float) -> float:
    return tp / max(tp + fn, 1)


def _specificity(tp: float, fp: float, tn: float, fn: float) -> float:
    return tn / max(tn + fp, 1)


def _r2(t: Array, p: Array, class_aggregation: str | None = "uniform_average") -> Array:
    scores = 1 - np.sum((t - p) ** 2, 0) / np.sum((t - t.mean(0)) ** 2, 0)
    return scores if class_aggregation is None else np.mean(scores)


def _pearson(t: Array, p: Array) -> Array:
    return np.mean([np.corrcoef(*rows)[0, 1] for rows in zip(t, p, strict=True)])


def _concordance(t: Array, p: Array) -> Array:
    apart = (t.mean(-1) - p.mean(-1)) ** 2
    both = np.mean((t - t.mean(-1, keepdims=True)) * (p - p.mean(-1, keepdims=True)), -1)
    return np.mean(2 * both / (t.var(-1) + p.var(-1) + apart))


_rng = np.random.default_rng(2)
_SCORES = _rng.permutation(24).reshape(6, 4).astype("float32") / 24
_NUMBERS, _GUESSES = (_rng.integers(0, 4, size=6).astype("int32") for _ in range(2))
_ONE_HOT = np.eye(4, dtype="float32")[_NUMBERS]
_REAL = tuple(_rng.normal(size=(6, 4)).astype("float32") for _ in range(2))

_SCORED = (_ONE_HOT, _SCORES)
_CHOICE = {"num_classes": 4, "target_class_ids": [0, 2]}
_RATES = {
    "PrecisionAtRecall": (_precision, _sensitivity, "recall"),
    "RecallAtPrecision": (_sensitivity, _precision, "precision"),
    "SensitivityAtSpecificity": (_sensitivity, _specificity, "specificity"),
    "SpecificityAtSensitivity": (_specificity, _sensitivity, "sensitivity"),
}
_CORRELATIONS = {
    "ConcordanceCorrelation": _concordance,
    "concordance_correlation": _concordance,
    "PearsonCorrelation": _pearson,
    "pearson_correlation": _pearson,
}
_UNDEFINED = {
    _pearson: {"numeric.finite_at_extremes": "constant values have no correlation, so NaN is right"}
}

CASES: dict[str, list[Case]] = {
    "AUC": [Case("default", {}, _SCORED, _area)],
    "BinaryIoU": [
        Case("default", {}, _SCORED, _binary_iou),
        Case("ones", {"target_class_ids": [1], "threshold": 0.3}, _SCORED, _binary_iou),
    ],
    "F1Score": [Case("default", {}, _SCORED, _f_beta)],
    "FBetaScore": [
        Case("default", {}, _SCORED, _f_beta),
        Case("macro", {"beta": 2.0, "average": "macro", "threshold": 0.4}, _SCORED, _f_beta),
    ],
    "IoU": [Case("default", _CHOICE, (_NUMBERS, _GUESSES), _iou)],
    "MeanIoU": [Case("default", {"num_classes": 4}, (_NUMBERS, _GUESSES), _iou)],
    "OneHotIoU": [Case("default", _CHOICE, _SCORED, _one_hot_iou)],
    "OneHotMeanIoU": [Case("default", {"num_classes": 4}, _SCORED, _one_hot_iou)],
    "R2Score": [
        Case("default", {}, _REAL, _r2),
        Case("each", {"class_aggregation": None}, _REAL, _r2),
    ],
    **{
        name: [Case("default", {argument: 0.6}, _SCORED, _best(sought, bound, argument))]
        for name, (sought, bound, argument) in _RATES.items()
    },
    **{
        name: [Case("default", {}, _REAL, formula, _UNDEFINED.get(formula, {}))]
        for name, formula in _CORRELATIONS.items()
    },
}
