"""What the standard metrics should give: formulas in numpy, and arguments and inputs to try."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kerax.testing import Case
from kerax.testing.subject import find_subject
from kerax_metrics.curve_cases import CASES as _CURVES

__all__ = ["cases"]

Array = Any

# A metric that averages a loss is tried as that loss is; these have other names.
_LOSSES = {
    "BinaryCrossentropy": "binary_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalHinge": "categorical_hinge",
    "Hinge": "hinge",
    "KLDivergence": "kl_divergence",
    "LogCoshError": "log_cosh",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredError": "mean_squared_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Poisson": "poisson",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "SquaredHinge": "squared_hinge",
}


def _equal(t: Array, p: Array) -> Array:
    return np.mean(t == p)


def _binary(t: Array, p: Array, threshold: float = 0.5) -> Array:
    return np.mean((p > threshold) == (t > 0.5))


def _categorical(t: Array, p: Array) -> Array:
    return np.mean(t.argmax(-1) == p.argmax(-1))


def _sparse(t: Array, p: Array) -> Array:
    return np.mean(t == p.argmax(-1))


def _top_k(t: Array, p: Array, k: int = 5) -> Array:
    return _sparse_top_k(t.argmax(-1), p, k)


def _sparse_top_k(t: Array, p: Array, k: int = 5, from_sorted_ids: bool = False) -> Array:
    best = p if from_sorted_ids else np.argsort(-p, -1)
    return np.mean(np.any(best[..., :k] == t[..., None], -1))


def _counts(t: Array, p: Array, thresholds: Any = 0.5) -> dict[str, Array]:
    """The four counts at each threshold."""
    limits = np.reshape(0.5 if thresholds is None else thresholds, (-1, 1))
    true, chosen = t.reshape(1, -1) > 0, p.reshape(1, -1) > limits
    counts = {
        "TruePositives": chosen & true,
        "FalsePositives": chosen & ~true,
        "TrueNegatives": ~chosen & ~true,
        "FalseNegatives": ~chosen & true,
    }
    return {name: _one(found.sum(-1)) for name, found in counts.items()}


def _one(values: Array) -> Array:
    return values[0] if len(values) == 1 else values


def _count(name: str) -> Callable[..., Array]:
    def count(t: Array, p: Array, thresholds: Any = 0.5) -> Array:
        return _counts(t, p, thresholds)[name]

    return count


def _ratio(other: str) -> Callable[..., Array]:
    def ratio(
        t: Array,
        p: Array,
        thresholds: Any = 0.5,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> Array:
        if top_k is not None:
            chosen = np.argsort(-p, -1)[..., :top_k]
            p, thresholds = np.zeros_like(p), 0.5
            np.put_along_axis(p, chosen, 1.0, -1)
        if class_id is not None:
            t, p = t[..., class_id], p[..., class_id]
        counts = _counts(t, p, thresholds)
        right = counts["TruePositives"]
        return right / np.maximum(right + counts[other], 1)

    return ratio


def _root(t: Array, p: Array) -> Array:
    return np.sqrt(np.mean((t - p) ** 2))


def _cosine(t: Array, p: Array, axis: int = -1) -> Array:
    lengths = np.linalg.norm(t, axis=axis) * np.linalg.norm(p, axis=axis)
    return np.mean(np.sum(t * p, axis) / lengths)


def _squares(t: Array, p: Array, fn: Any) -> Array:
    return np.mean((t - p) ** 2)


_rng = np.random.default_rng(1)
_SCORES = _rng.permutation(24).reshape(6, 4).astype("float32") / 24
_NUMBERS = _rng.integers(0, 4, size=6).astype("int32")
_ONE_HOT = np.eye(4, dtype="float32")[_NUMBERS]
_IDS = np.argsort(-_SCORES, -1).astype("int32")
_REAL = tuple(_rng.normal(size=(6, 3)).astype("float32") for _ in range(2))
_FUNCTION = {
    "module": "builtins",
    "class_name": "function",
    "config": "mean_squared_error",
    "registered_name": "function",
}

_EQUAL = [Case("default", {}, (_NUMBERS, (_NUMBERS % 3).astype("float32")), _equal)]
_BINARY = [
    Case("default", {}, (_ONE_HOT, _SCORES), _binary),
    Case("threshold", {"threshold": 0.3}, (_ONE_HOT, _SCORES), _binary),
]
_TOP_K = [Case("two", {"k": 2}, (_ONE_HOT, _SCORES), _top_k)]
_CLASS = [Case("default", {}, (_ONE_HOT, _SCORES), _categorical)]
_NUMBER = [Case("default", {}, (_NUMBERS, _SCORES), _sparse)]
_SPARSE_TOP_K = [
    Case("two", {"k": 2}, (_NUMBERS, _SCORES), _sparse_top_k),
    Case("sorted", {"k": 2, "from_sorted_ids": True}, (_NUMBERS, _IDS), _sparse_top_k),
]

_UNKNOWN = {"config.unknown_key_refused": "further arguments are those of its function"}

_CASES: dict[str, list[Case]] = {
    **_CURVES,
    "Accuracy": _EQUAL,
    "BinaryAccuracy": _BINARY,
    "binary_accuracy": _BINARY,
    "CategoricalAccuracy": _CLASS,
    "categorical_accuracy": _CLASS,
    "SparseCategoricalAccuracy": _NUMBER,
    "sparse_categorical_accuracy": _NUMBER,
    "TopKCategoricalAccuracy": _TOP_K,
    "top_k_categorical_accuracy": _TOP_K,
    "SparseTopKCategoricalAccuracy": _SPARSE_TOP_K,
    "sparse_top_k_categorical_accuracy": _SPARSE_TOP_K,
    "Mean": [Case("default", {}, (_SCORES,), np.mean)],
    "Sum": [Case("default", {}, (_SCORES,), np.sum)],
    "MeanMetricWrapper": [Case("squares", {"fn": _FUNCTION}, _REAL, _squares, _UNKNOWN)],
    "RootMeanSquaredError": [Case("default", {}, _REAL, _root)],
    "CosineSimilarity": [
        Case("default", {}, _REAL, _cosine),
        Case("last_axis", {"axis": 1}, _REAL, _cosine),
    ],
    **{
        name: [
            Case("default", {}, (_ONE_HOT, _SCORES), _count(name)),
            Case("thresholds", {"thresholds": [0.3, 0.7]}, (_ONE_HOT, _SCORES), _count(name)),
        ]
        for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
    },
    **{
        name: [
            Case("default", {}, (_ONE_HOT, _SCORES), _ratio(other)),
            Case("thresholds", {"thresholds": [0.3, 0.7]}, (_ONE_HOT, _SCORES), _ratio(other)),
            Case("top_k", {"top_k": 2}, (_ONE_HOT, _SCORES), _ratio(other)),
            Case("class_id", {"class_id": 1}, (_ONE_HOT, _SCORES), _ratio(other)),
        ]
        for name, other in (("Precision", "FalsePositives"), ("Recall", "FalseNegatives"))
    },
}


def cases(name: str, is_class: bool) -> list[Case]:
    """Return the cases of a metric.

    Args:
        name: its name.
        is_class: whether it is a class rather than a function.
    """
    if name in _CASES:
        return _CASES[name]
    loss = _LOSSES.get(name, None if is_class else name)
    if loss is None:
        return []
    return [_averaged(case, is_class) for case in find_subject(loss, "loss").cases]


def _averaged(case: Case, is_class: bool) -> Case:
    """Return a loss's case as one of the mean; a class leaves ignored samples out of it."""
    formula = case.oracle
    if formula is None:
        return Case(case.name, case.kwargs, case.inputs)

    def mean(t: Array, p: Array, **kwargs: Any) -> Array:
        values = formula(t, p, **kwargs)
        ignored = kwargs.get("ignore_class") if is_class else None
        return np.mean(values if ignored is None else values[t != ignored])

    return Case(case.name, case.kwargs, case.inputs, mean)
