"""Cases for the standard constraints."""

from typing import Any

import numpy as np

from kerax.testing.case import Case

__all__ = ["CASES"]

_PART_OF_THE_WAY = {
    name: "with a rate below 1, one call goes only a part of the way"
    for name in ("constraint.idempotent", "constraint.holds_after_a_step")
}


def _norms(w: Any, axis: Any) -> Any:
    return np.sqrt(np.sum(w**2, axis=axis, keepdims=True))


def _max_norm(w: Any, max_value: float = 2, axis: Any = 0) -> Any:
    norms = _norms(w, axis)
    return w * np.minimum(norms, max_value) / norms


def _min_max_norm(
    w: Any, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
) -> Any:
    norms = _norms(w, axis)
    return w * (rate * np.clip(norms, min_value, max_value) / norms + 1 - rate)


def _unit_norm(w: Any, axis: Any = 0) -> Any:
    return w / _norms(w, axis)


CASES: dict[str, list[Case]] = {
    "MaxNorm": [
        Case("columns", {}, oracle=_max_norm),
        Case("rows", {"max_value": 1.0, "axis": 1}, oracle=_max_norm),
    ],
    "MinMaxNorm": [
        Case("columns", {"min_value": 0.5}, oracle=_min_max_norm),
        Case("rows", {"min_value": 6.0, "max_value": 9.0, "axis": 1}, oracle=_min_max_norm),
        Case("slow", {"rate": 0.5}, oracle=_min_max_norm, expected_failures=_PART_OF_THE_WAY),
    ],
    "NonNeg": [Case("default", {}, oracle=lambda w: np.maximum(w, 0))],
    "UnitNorm": [
        Case("columns", {}, oracle=_unit_norm),
        Case("rows", {"axis": 1}, oracle=_unit_norm),
    ],
}
