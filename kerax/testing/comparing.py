"""Compare what components return, and say got and wanted."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = [
    "assert_equal_results",
    "cast_floats",
    "has_floats",
    "is_float",
    "map_floats",
    "scaled",
]


def is_float(x: Any) -> bool:
    """Tell whether an array or number is of a floating type.

    Example:
        >>> is_float(np.ones(2, "float16")), is_float(np.ones(2, "int32"))
        (True, False)
    """
    return jnp.issubdtype(jnp.result_type(x), jnp.floating)


def has_floats(tree: Any) -> bool:
    """Tell whether a tree holds an array of a floating type.

    Example:
        >>> has_floats([np.ones(2, "int32")])
        False
    """
    return any(map(is_float, jax.tree.leaves(tree)))


def map_floats(function: Callable[[np.ndarray], Any], tree: Any) -> Any:
    """Apply a function to the arrays of floating type of a tree, leaving the others.

    Example:
        >>> map_floats(np.negative, (np.ones(1), np.ones(1, "int32")))
        (array([-1.]), array([1], dtype=int32))
    """
    return jax.tree.map(lambda x: function(np.asarray(x)) if is_float(x) else x, tree)


def cast_floats(tree: Any, dtype: Any) -> Any:
    """Return a tree with its arrays of floating type cast.

    Example:
        >>> cast_floats(np.ones(1), "float16").dtype
        dtype('float16')
    """
    return map_floats(lambda x: x.astype(dtype), tree)


def scaled(tree: Any, factor: float) -> Any:
    """Return a tree with its arrays of floating type multiplied, their types kept.

    Example:
        >>> scaled(np.ones(1, "float32"), 0.5)
        array([0.5], dtype=float32)
    """
    return map_floats(lambda x: x * np.asarray(factor, x.dtype), tree)


def assert_equal_results(
    got: Any, wanted: Any, what: str, rtol: float = 1e-5, atol: float = 1e-6, dtypes: bool = True
) -> None:
    """Compare two trees of arrays: structure, shapes, types and values.

    Args:
        got: what is judged.
        wanted: what it should be.
        what: the sentence's beginning, such as `"under jax.jit"`.
        rtol: relative tolerance.
        atol: absolute tolerance.
        dtypes: whether the types must be the same too.

    Raises:
        AssertionError: where they differ.

    Example:
        >>> assert_equal_results([np.ones(2)], [np.zeros(2)], "the copy")
        Traceback (most recent call last):
        AssertionError: the copy: got [1. 1.]; wanted [0. 0.]; they differ by up to 1
    """
    ours, theirs = jax.tree.leaves(got), jax.tree.leaves(wanted)
    assert len(ours) == len(theirs), f"{what}: got {len(ours)} arrays; wanted {len(theirs)}"
    for mine, other in zip(ours, theirs, strict=True):
        _assert_equal(np.asarray(mine), np.asarray(other), what, rtol, atol, dtypes)


def _assert_equal(
    got: np.ndarray, wanted: np.ndarray, what: str, rtol: float, atol: float, dtypes: bool
) -> None:
    assert got.shape == wanted.shape, f"{what}: got shape {got.shape}; wanted {wanted.shape}"
    if dtypes:
        assert got.dtype == wanted.dtype, f"{what}: got {got.dtype}; wanted {wanted.dtype}"
    if not is_float(wanted):
        same = bool(np.array_equal(got, wanted))
        assert same, f"{what}: got {_short(got)}; wanted {_short(wanted)}"
        return
    ours, theirs = (np.asarray(x, _wide(x)) for x in (got, wanted))
    if not np.allclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True):
        with np.errstate(invalid="ignore"):
            apart = np.max(np.abs(ours - theirs))
        raise AssertionError(
            f"{what}: got {_short(ours)}; wanted {_short(theirs)}; they differ by up to {apart:.3g}"
        )


def _wide(x: np.ndarray) -> Any:
    return np.complex128 if np.iscomplexobj(x) else np.float64


def _short(x: np.ndarray) -> str:
    text = np.array2string(x, precision=6, threshold=12, edgeitems=2, floatmode="maxprec")
    return " ".join(text.split())
