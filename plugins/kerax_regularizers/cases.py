"""What the standard regularizers should give: formulas in numpy, and arguments to try."""

from typing import Any

import numpy as np

from kerax.testing import Case

__all__ = ["cases"]

Array = Any


def _elastic(x: Array, l1: float = 0.0, l2: float = 0.0) -> Array:
    return l1 * np.sum(np.abs(x)) + l2 * np.sum(x**2)


def _lasso(x: Array, l1: float = 0.01) -> Array:
    return _elastic(x, l1=l1)


def _ridge(x: Array, l2: float = 0.01) -> Array:
    return _elastic(x, l2=l2)


def _orthogonal(x: Array, factor: float = 0.01, mode: str = "rows") -> Array:
    x = x if mode == "rows" else x.T
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosines = np.abs(x @ x.T)[np.triu_indices(len(x), 1)]
    return factor * np.mean(cosines)


_CASES: dict[str, list[Case]] = {
    "L1": [Case("default", {}, None, _lasso), Case("strong", {"l1": 0.3}, None, _lasso)],
    "L2": [Case("default", {}, None, _ridge), Case("strong", {"l2": 0.3}, None, _ridge)],
    "L1L2": [
        Case("default", {}, None, _elastic),
        Case("both", {"l1": 0.2, "l2": 0.1}, None, _elastic),
    ],
    "OrthogonalRegularizer": [
        Case("default", {}, None, _orthogonal),
        Case("columns", {"factor": 0.5, "mode": "columns"}, None, _orthogonal),
    ],
}


def cases(name: str) -> list[Case]:
    """Return the cases of a regularizer."""
    return _CASES.get(name, [])
