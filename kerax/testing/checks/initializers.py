"""Checks for initializers, and how an initializer is called as a pure function."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import config
from kerax.layers import Layer
from kerax.testing.arguments import seeded
from kerax.testing.case import Case
from kerax.testing.check import Skip, check
from kerax.testing.subject import PureCall, Subject, register_pure_call

__all__: list[str] = []

# Means and deviations of two draws differ by less than so many standard errors.
_STANDARD_ERRORS = 6.0
_ENOUGH_DRAWS = 2000


def _inputs(subject: Subject) -> tuple[Any, ...]:
    return ((4, 6),)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    with seeded():
        initializer = subject.make(case)
    (shape,) = subject.inputs(case)
    return PureCall(lambda: initializer(shape, "float32"), (), (), per_sample=False)


register_pure_call("initializer", _pure_call, _inputs)


@check("initializer.shape_and_dtype", "initializer")
def shape_and_dtype(subject: Subject, case: Case) -> None:
    """The values have the shape and data type that were asked for, `floatx()` where none was."""
    initializer, (shape,) = _made(subject, case), subject.inputs(case)
    for given in (None, "float32", "float16", "bfloat16"):
        wanted = given or config.floatx()
        values = initializer(shape, given) if given else initializer(shape)
        got = tuple(values.shape), str(values.dtype)
        assert got == (tuple(shape), wanted), (
            f"asked for shape {tuple(shape)} and dtype {given}: got {got[0]} of {got[1]}; "
            f"wanted {tuple(shape)} of {wanted}"
        )


@check("initializer.keyword_dtype", "initializer")
def keyword_dtype(subject: Subject, case: Case) -> None:
    """It is called as layers call it: a shape of any sequence type, and `dtype` by name."""
    (shape,) = subject.inputs(case)
    for given in (tuple(shape), list(shape)):
        values = _made(subject, case)(given, dtype="float32")
        got = np.shape(values)
        assert got == tuple(shape), f"called with {given!r}: got shape {got}; wanted {shape}"


@check("initializer.finite", "initializer")
def finite(subject: Subject, case: Case) -> None:
    """Every value is finite, in half precision too."""
    (shape,) = subject.inputs(case)
    for dtype in ("float32", "float16", "bfloat16"):
        values = np.asarray(_made(subject, case)(shape, dtype), "float64")
        bad = np.size(values) - np.isfinite(values).sum()
        assert not bad, f"{bad} of {values.size} values of {dtype} are not finite"


@check("initializer.same_values_at_each_call", "initializer")
def same_values_at_each_call(subject: Subject, case: Case) -> None:
    """With a whole number as seed, or with nothing drawn, each call gives the same values."""
    (shape,) = subject.inputs(case)
    initializer = _seeded(subject, case, 1)
    first, second = np.asarray(initializer(shape)), np.asarray(initializer(shape))
    assert np.array_equal(first, second), (
        f"two calls with shape {tuple(shape)} differ by up to {_distance(first, second)}; draw "
        "from a key made anew from the seed in each call"
    )


@check("initializer.same_seed_same_values", "initializer")
def same_seed_same_values(subject: Subject, case: Case) -> None:
    """Two initializers of one seed, or without any, give the same values."""
    (shape,) = subject.inputs(case)
    first, second = (np.asarray(_seeded(subject, case, 1)(shape)) for _ in range(2))
    assert np.array_equal(first, second), (
        f"two made from equal arguments differ by up to {_distance(first, second)}; draw from the "
        "seed alone"
    )


@check("initializer.other_seed_other_values", "initializer")
def other_seed_other_values(subject: Subject, case: Case) -> None:
    """Another seed gives other values."""
    _require_seed(subject)
    (shape,) = subject.inputs(case)
    first, second = (np.asarray(_seeded(subject, case, seed)(shape)) for seed in (1, 2))
    assert not np.array_equal(first, second), "the seeds 1 and 2 give the same values"


@check("initializer.fresh_seed_by_default", "initializer")
def fresh_seed_by_default(subject: Subject, case: Case) -> None:
    """Two initializers without a seed give different values, so that no two weights are equal."""
    _require_seed(subject)
    (shape,) = subject.inputs(case)
    first, second = (np.asarray(_seeded(subject, case, None)(shape)) for _ in range(2))
    assert not np.array_equal(first, second), (
        "two made with seed=None give the same values; draw a seed for each, for instance with "
        "kerax.random.make_seed()"
    )


@check("initializer.statistics", "initializer")
def statistics(subject: Subject, case: Case) -> None:
    """Mean and standard deviation of large draws do not depend on the seed."""
    _require_seed(subject)
    shape = _larger(subject.inputs(case)[0])
    draws = [np.asarray(_seeded(subject, case, seed)(shape), "float64") for seed in (1, 2)]
    spread = max(float(draw.std()) for draw in draws)
    # The standard error of a deviation is below that of a mean for all but heavy tails.
    bound = _STANDARD_ERRORS * spread / np.sqrt(draws[0].size) + 1e-12
    for name, function in (("mean", np.mean), ("standard deviation", np.std)):
        first, second = (float(function(draw)) for draw in draws)
        assert abs(first - second) <= bound, (
            f"the {name} of {draws[0].size} values is {first:.4g} with seed 1 and {second:.4g} "
            f"with seed 2; wanted a difference below {bound:.2g}"
        )


@check("initializer.neighbours_differ", "initializer")
def neighbours_differ(subject: Subject, case: Case) -> None:
    """What is drawn differs along each axis: no key is used twice."""
    _require_seed(subject)
    shape = _larger(subject.inputs(case)[0])
    values = np.asarray(_seeded(subject, case, 1)(shape), "float64")
    for axis, size in enumerate(shape):
        if size > 1:
            first, second = (np.take(values, index, axis) for index in (0, 1))
            assert not np.array_equal(first, second), (
                f"entries 0 and 1 of axis {axis} are equal in a draw of shape {tuple(shape)}; "
                "use a key of its own for each draw, or draw the whole shape at once"
            )


@check("initializer.under_jit", "initializer")
def under_jit(subject: Subject, case: Case) -> None:
    """Called while a function is traced, it gives the values that it gives outside."""
    (shape,) = subject.inputs(case)
    initializer = _seeded(subject, case, 1)
    outside = np.asarray(initializer(shape, "float32"))
    traced = np.asarray(jax.jit(lambda: jnp.asarray(initializer(shape, "float32")))())
    assert np.allclose(outside, traced, rtol=1e-6, atol=1e-7), (
        f"traced and outside differ by up to {_distance(outside, traced)}"
    )


@check("initializer.fills_a_weight", "initializer")
def fills_a_weight(subject: Subject, case: Case) -> None:
    """A layer's weight takes it, in its type under a mixed-precision policy too."""
    (shape,) = subject.inputs(case)
    initializer = _seeded(subject, case, 1)
    for policy, wanted in (("float32", "float32"), ("mixed_float16", "float32")):
        weight = Layer(dtype=policy).add_weight(shape, initializer)
        got = tuple(weight.shape), str(weight.dtype)
        assert got == (tuple(shape), wanted), (
            f"a weight of shape {tuple(shape)} under {policy}: got {got}; wanted {wanted}"
        )


def _made(subject: Subject, case: Case) -> Any:
    with seeded():
        return subject.make(case)


def _takes_seed(subject: Subject) -> bool:
    return subject.is_class and "seed" in inspect.signature(subject.target).parameters


def _require_seed(subject: Subject) -> None:
    if not _takes_seed(subject):
        raise Skip("takes no seed")


def _seeded(subject: Subject, case: Case, seed: int | None) -> Any:
    """Make the initializer with a seed where it takes one; else it has to be deterministic."""
    if _takes_seed(subject):
        kwargs = {**case.kwargs, "seed": seed}
        return subject.make(Case(case.name, kwargs))
    if not subject.spec.deterministic:
        raise Skip("draws without a seed")
    return subject.make(case)


def _larger(shape: Any) -> tuple[int, ...]:
    """Double axes of a shape, the last ones first, until it has enough values."""
    sizes, axis = list(shape), 0
    while np.prod(sizes) < _ENOUGH_DRAWS:
        axis = (axis - 1) % len(sizes)
        sizes[axis] *= 2
    return tuple(sizes)


def _distance(first: np.ndarray, second: np.ndarray) -> str:
    return f"{np.max(np.abs(first.astype('float64') - second.astype('float64'))):.3g}"
