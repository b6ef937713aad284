"""What results are held against: a case's oracle, finite differences, finiteness."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax.testing.case import Case
from kerax.testing.check import Skip
from kerax.testing.comparing import assert_equal_results, map_floats
from kerax.testing.subject import Subject

__all__ = [
    "assert_bits",
    "assert_close",
    "assert_finite",
    "assert_gradient_matches",
    "oracle_result",
    "with_arguments",
]


def assert_close(got: Any, wanted: Any, what: str, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Raise AssertionError where two trees of numbers, of any types, are far apart.

    Example:
        >>> assert_close(np.float32(1), np.float64(1), "loss")
    """
    assert_equal_results(got, wanted, what, rtol, atol, dtypes=False)


def assert_bits(got: Any, wanted: Any, what: str) -> None:
    """Raise AssertionError where two trees of arrays differ in a bit or a type.

    Example:
        >>> assert_bits(np.ones(1), np.ones(1), "state")
    """
    assert_equal_results(got, wanted, what, rtol=0.0, atol=0.0)


def assert_finite(tree: Any, what: str) -> None:
    """Raise AssertionError where a tree of arrays holds NaN or an infinity.

    Args:
        tree: arrays, which the message names by their place in the tree.
        what: what they are, the message's first words.

    Example:
        >>> assert_finite({"loss": np.array([1.0, np.nan])}, "result")
        Traceback (most recent call last):
        AssertionError: result['loss']: got nan at (1,), 1 of 2 numbers not finite
    """
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        values = np.asarray(leaf, "float64")
        bad = ~np.isfinite(values)
        if bad.any():
            first = tuple(int(axis) for axis in np.argwhere(bad)[0])
            raise AssertionError(
                f"{what}{jax.tree_util.keystr(path)}: got {values[first]}"
                f"{f' at {first}' if first else ''}, {bad.sum()} of {bad.size} numbers not finite"
            )


def assert_gradient_matches(function: Callable[[Any], Any], x: Any, what: str) -> None:
    """Raise AssertionError where a gradient differs from finite differences in float64.

    Args:
        function: of one float array, to a scalar.
        x: where, an array; it is moved a little, so that it lies on no edge.
        what: what is differentiated, the message's first words.

    Example:
        >>> assert_gradient_matches(lambda x: jnp.sum(jax.lax.stop_gradient(x)), np.ones(2), "sum")
        Traceback (most recent call last):
        AssertionError: sum: along a random direction its gradient gives 0; finite differences...
    """
    rng = np.random.default_rng(7)
    with jax.enable_x64(True):
        point = np.asarray(x, "float64") * (1 - 1e-3 * rng.uniform(size=np.shape(x)))
        (result,) = jax.make_jaxpr(function)(point).out_avals
        # A function that casts within is compared as finely as its own type allows.
        exact = result.dtype == jnp.float64
        step, tolerance = (1e-6, 1e-5) if exact else (1e-2, 3e-2)
        compiled = jax.jit(function)
        gradient = np.asarray(jax.jit(jax.grad(function))(point))
        for _ in range(3):
            direction = rng.normal(size=point.shape)
            direction /= np.linalg.norm(direction) or 1.0
            ahead, behind = (float(compiled(point + sign * step * direction)) for sign in (1, -1))
            numeric, slope = (ahead - behind) / (2 * step), float(np.vdot(gradient, direction))
            assert abs(slope - numeric) <= tolerance * max(1.0, abs(numeric)), (
                f"{what}: along a random direction its gradient gives {slope:.6g}; finite "
                f"differences give {numeric:.6g}"
            )


def oracle_result(subject: Subject, case: Case, **more: Any) -> Any:
    """Return what a case's oracle gives for its inputs in float64.

    Args:
        subject: the component.
        case: the case.
        **more: further arguments for the oracle.

    Raises:
        Skip: where the case has no oracle.
    """
    if case.oracle is None:
        raise Skip("the case has no oracle")
    inputs = map_floats(lambda x: np.asarray(x, "float64"), subject.inputs(case))
    return case.oracle(*inputs, **case.kwargs, **more)


def with_arguments(case: Case, **more: Any) -> Case:
    """Return a case with further constructor arguments.

    Example:
        >>> with_arguments(Case("sharp", {"gamma": 3.0}), reduction="sum").kwargs
        {'gamma': 3.0, 'reduction': 'sum'}
    """
    return dataclasses.replace(case, kwargs={**case.kwargs, **more})
