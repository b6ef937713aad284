"""Checks for every kind that computes with arrays."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jax.extend import core

from kerax.testing import processes
from kerax.testing.case import Case
from kerax.testing.check import NUMERIC_KINDS, Skip, check
from kerax.testing.comparing import (
    assert_equal_results,
    cast_floats,
    has_floats,
    is_float,
    map_floats,
    scaled,
)
from kerax.testing.expectations import assert_finite
from kerax.testing.subject import PureCall, Subject, pure_call, result

__all__: list[str] = []

_PLATFORMS = ("cpu", "cuda", "tpu")
_LARGE = 80.0  # exp(80) is still finite in float32
_TINY = 1e-30
_CLOSE = {"float64": (1e-4, 1e-5), "bfloat16": (4e-2, 4e-2), "float16": (1e-2, 1e-2)}


@check("numeric.eager_equals_jit", *NUMERIC_KINDS)
def eager_equals_jit(subject: Subject, case: Case) -> None:
    """The component gives the same under `jax.jit` as without."""
    assert_equal_results(_compiled_result(subject, case), result(subject, case), "under jax.jit")


@check("numeric.traced_once", *NUMERIC_KINDS)
def traced_once_a_shape(subject: Subject, case: Case) -> None:
    """Inputs of equal shapes and types are traced once, whatever their values are."""
    call, traces = _call(subject, case), []

    def counted(*arguments: Any) -> Any:
        traces.append(1)
        return call.function(*arguments)

    compiled = jax.jit(counted)
    others = scaled(call.arguments, 0.5)
    for arguments in (call.arguments, others, call.arguments):
        compiled(*arguments)
    assert len(traces) == 1, (
        f"three calls with inputs of equal shapes traced it {len(traces)} times"
    )


@check("numeric.leaks_no_tracer", *NUMERIC_KINDS)
def leaks_no_tracer(subject: Subject, case: Case) -> None:
    """Nothing of a trace is kept after it, in the component or elsewhere."""
    call = _call(subject, case)
    with jax.checking_leaks():
        try:
            jax.jit(lambda *arguments: call.function(*arguments)).trace(*call.arguments)
        except Exception as error:
            if "Leaked" not in str(error):
                raise
            kept = [line for line in str(error).splitlines() if "referred to by" in line]
            where = f": {kept[0].strip()}" if kept else ""
            raise AssertionError(f"it keeps a tracer{where}") from error


@check("numeric.vmap_equals_loop", *NUMERIC_KINDS)
def vmap_equals_loop(subject: Subject, case: Case) -> None:
    """Under `jax.vmap` it gives what a loop gives; over the samples of a batch, too."""
    call = _call(subject, case)
    if not jax.tree.leaves(call.arguments):
        raise Skip("it takes no arrays")
    if call.per_sample and any(call.batched):
        _assert_rows_alone(call, _compiled_result(subject, case))
        return
    others = scaled(call.arguments, 0.5)
    compiled = _compiled(subject, case)
    looped = [compiled(*arguments) for arguments in (call.arguments, others)]
    stacked = jax.tree.map(lambda *xs: np.stack([np.asarray(x) for x in xs]), *looped)
    pairs = jax.tree.map(lambda *xs: np.stack(xs), call.arguments, others)
    mapped = jax.jit(jax.vmap(call.function))(*pairs)
    assert_equal_results(mapped, stacked, "under jax.vmap", rtol=1e-4, atol=1e-5)


def _assert_rows_alone(call: PureCall, whole: Any) -> None:
    rows = tuple(
        jax.tree.map(lambda x: np.asarray(x)[:, None], tree) if batched else tree
        for tree, batched in zip(call.arguments, call.batched, strict=True)
    )
    axes = tuple(0 if batched else None for batched in call.batched)
    alone = jax.jit(jax.vmap(call.function, in_axes=axes))(*rows)
    joined = jax.tree.map(lambda x: x[:, 0], alone)
    what = "under jax.vmap over samples, against the whole batch"
    assert_equal_results(joined, whole, what, rtol=1e-4, atol=1e-5)


@check("numeric.keeps_float32", *NUMERIC_KINDS)
def keeps_float32(subject: Subject, case: Case) -> None:
    """With float32 inputs it computes in float32 even where JAX allows float64."""
    wanted = result(subject, case)
    with jax.enable_x64(True):
        arguments = cast_floats(_call(subject, case).arguments, "float32")
        got = _compiled(subject, case)(*arguments)
        types = [jnp.result_type(x) for x in jax.tree.leaves(got)]
    wide = {str(t) for t in types if t in (jnp.float64, jnp.complex128)}
    narrow = {str(jnp.result_type(x)) for x in jax.tree.leaves(wanted) if is_float(x)}
    assert not wide, f"got {', '.join(wide)} for float32 inputs, with jax_enable_x64"
    assert narrow <= {"float32"}, f"got {', '.join(narrow)} for float32 inputs; wanted float32"


@check("numeric.float64", *NUMERIC_KINDS)
def computes_in_float64(subject: Subject, case: Case) -> None:
    """With float64 inputs, where JAX allows them, it agrees with itself in float32."""
    with jax.enable_x64(True):
        _assert_close_in(subject, case, "float64", {"float32", "float64"})


@check("numeric.bfloat16", *NUMERIC_KINDS, needs=["mixed_precision"])
def computes_in_bfloat16(subject: Subject, case: Case) -> None:
    """With bfloat16 inputs it is finite and close to float32, in bfloat16 or float32."""
    _assert_close_in(subject, case, "bfloat16", {"bfloat16", "float32"})


@check("numeric.float16", *NUMERIC_KINDS, needs=["mixed_precision"])
def computes_in_float16(subject: Subject, case: Case) -> None:
    """With float16 inputs it is finite and close to float32, in float16 or float32."""
    _assert_close_in(subject, case, "float16", {"float16", "float32"})


def _assert_close_in(subject: Subject, case: Case, dtype: str, allowed: set[str]) -> None:
    call = _call(subject, case)
    arguments = cast_floats(call.arguments, dtype)
    compiled = _compiled(subject, case)
    got = compiled(*arguments)
    types = {str(jnp.result_type(x)) for x in jax.tree.leaves(got) if is_float(x)}
    wrong = ", ".join(sorted(types - allowed))
    assert not wrong, f"got {wrong} for {dtype} inputs; wanted {' or '.join(sorted(allowed))}"
    wanted = compiled(*cast_floats(arguments, "float32"))
    rtol, atol = _CLOSE[dtype]
    what = f"with {dtype} inputs, against float32"
    assert_equal_results(got, wanted, what, rtol, atol, dtypes=False)


@check("numeric.finite_at_extremes", *NUMERIC_KINDS)
def finite_at_extremes(subject: Subject, case: Case) -> None:
    """Zeros, tiny and large inputs, within the range that the inputs show, give finite results.

    What sums to one along an axis is taken for distributions, whose extremes are one-hot; other
    inputs in [0, 1] become 0 and 1; the rest is scaled until the largest element is 80.
    """
    call = _call(subject, case)
    if not has_floats(call.arguments):
        raise Skip("it takes no floating-point arrays")
    assert_finite(result(subject, case), "ordinary inputs")
    for name, arguments in _extremes(call):
        assert_finite(call.function(*arguments), f"{name} inputs")


def _extremes(call: PureCall) -> Iterator[tuple[str, Any]]:
    yield "extreme", map_floats(_extreme, call.arguments)
    for name, factor in (("tiny", _TINY), ("zero", 0.0)):
        yield name, map_floats(lambda x, by=factor: _shrunk(x, by), call.arguments)


def _extreme(x: np.ndarray) -> np.ndarray:
    if x.size == 0:
        return x
    axis = _distribution_axis(x)
    if axis is not None:
        return (x == x.max(axis, keepdims=True)).astype(x.dtype)
    if x.min() >= 0 and x.max() <= 1:
        return (x > np.median(x)).astype(x.dtype)
    return scaled(x, _LARGE / np.abs(x).max())


def _shrunk(x: np.ndarray, factor: float) -> np.ndarray:
    return scaled(x, factor) if _distribution_axis(x) is None else x


def _distribution_axis(x: np.ndarray) -> int | None:
    """Return the axis along which probabilities sum to one, so that zeros would mean nothing."""
    if x.ndim > 1 and x.size > 0 and x.min() >= 0:
        for axis in range(-1, -x.ndim, -1):
            if x.shape[axis] > 1 and np.allclose(x.sum(axis), 1, atol=1e-4):
                return axis
    return None


@check("numeric.empty_batch", *NUMERIC_KINDS)
def takes_an_empty_batch(subject: Subject, case: Case) -> None:
    """A batch without samples is no error, and has results for none."""
    call = _call(subject, case)
    if not any(call.batched):
        raise Skip("its inputs are no batches")
    got = _compiled(subject, case)(
        *(
            jax.tree.map(lambda x: np.asarray(x)[:0], tree) if batched else tree
            for tree, batched in zip(call.arguments, call.batched, strict=True)
        )
    )
    if call.per_sample:
        shapes = [np.shape(x) for x in jax.tree.leaves(got)]
        wrong = [shape for shape in shapes if shape[:1] != (0,)]
        assert not wrong, f"got the shape {wrong[0]} for a batch of 0 samples"


@check("numeric.lowers_everywhere", *NUMERIC_KINDS)
def lowers_everywhere(subject: Subject, case: Case) -> None:
    """It lowers for cpu, cuda and tpu by `jax.export`, for batches of any size."""
    call = _call(subject, case)
    (batch,) = export.symbolic_shape("batch")

    def spec(x: Any, is_batch: bool) -> jax.ShapeDtypeStruct:
        shape = (batch, *np.shape(x)[1:]) if is_batch else np.shape(x)
        return jax.ShapeDtypeStruct(shape, jnp.result_type(x))

    specs = [
        jax.tree.map(lambda x, batched=batched: spec(x, batched), tree)
        for tree, batched in zip(call.arguments, call.batched, strict=True)
    ]
    lowered = export.export(jax.jit(call.function), platforms=_PLATFORMS)(*specs)
    assert lowered.platforms == _PLATFORMS


@check("numeric.calls_no_host", *NUMERIC_KINDS)
def calls_no_host(subject: Subject, case: Case) -> None:
    """Its compiled form calls back no Python function."""
    call = _call(subject, case)
    jaxpr = jax.make_jaxpr(call.function)(*call.arguments)
    found = sorted({name for name in _primitives(jaxpr.jaxpr) if "callback" in name})
    assert not found, (
        f"it calls {', '.join(found)}, which stops the device at every step; compute with "
        "jax.numpy, or say in expected_failures why not"
    )


def _primitives(jaxpr: Any) -> Iterator[str]:
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        for inner in core.jaxprs_in_params(equation.params):
            yield from _primitives(inner)


@check("numeric.devices_agree", *NUMERIC_KINDS, needs=["sharding"])
def devices_agree(subject: Subject, case: Case) -> None:
    """One device and four compute the same."""
    seen = processes.observed(subject, case)
    assert not seen.error, f"on four devices, or before, it raised {seen.error}"
    assert_equal_results(seen.spread, seen.alone, "on four devices, against one")


@check("numeric.inputs_not_mutated", *NUMERIC_KINDS)
def inputs_are_not_mutated(subject: Subject, case: Case) -> None:
    """The arrays that it is given are as they were."""
    call = _call(subject, case)
    given = jax.tree.map(np.array, call.arguments)
    call.function(*given)
    assert_equal_results(given, call.arguments, "its inputs, after the call", 0.0, 0.0)


def _call(subject: Subject, case: Case) -> PureCall:
    """Return the component's pure call with copies of the arrays, which it may not spoil."""
    call = pure_call(subject, case)
    arguments = jax.tree.map(lambda x: np.array(x), call.arguments)
    return PureCall(call.function, arguments, call.batched, call.per_sample)


def _compiled(subject: Subject, case: Case) -> Any:
    """Return the component under `jax.jit`, the same for all checks, so that it compiles once."""
    return subject.once(case, "compiled", lambda: jax.jit(_call(subject, case).function))


def _compiled_result(subject: Subject, case: Case) -> Any:
    """Return what the compiled component gives for its own inputs."""
    arguments = _call(subject, case).arguments
    return subject.once(case, "compiled result", lambda: _compiled(subject, case)(*arguments))
