"""The checks of numerics: each finds the wrong component made for it, and passes right ones."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component
from kerax.testing.check import NUMERIC_KINDS
from kerax.testing.check import list_checks as checks_of

SUPPORTS = frozenset({"mixed_precision", "sharding"})


def cube(x):
    """Right in every way."""
    return x * x * x


def cumulative(x):
    """Right, though it mixes the elements of a sample."""
    return jnp.cumsum(x, axis=-1)


def pair(x):
    """Right, with two results in a dict, one of them whole numbers."""
    return {"signs": jnp.sign(x).astype("int32"), "sizes": jnp.abs(x)}


@functools.partial(jax.jit, static_argnames="times")
def compiled(x, times=2):
    """Right, and compiled by itself with a loop inside."""
    return lax.fori_loop(0, times, lambda _, y: 0.5 * y, x)


def differs_when_traced(x):
    """It knows when it is compiled."""
    return x if isinstance(x, jax.core.Tracer) else 2 * x


def branches_on_values(x):
    """It needs to know values that a compiled step does not have."""
    return x if x.sum() > 0 else -x


_switch = itertools.cycle([True, False])


def changes_settings(x):
    """It sets another precision at each call, so that JAX compiles each time."""
    jax.config.update("jax_numpy_rank_promotion", "allow" if next(_switch) else "warn")
    return 2 * x


class KeepsTracer:
    """It keeps what it saw last."""

    def __call__(self, x):
        self.last = jnp.abs(x)
        return x + self.last


def mixes_samples(x):
    """A sample's result depends on the other samples."""
    return x - jnp.mean(x, axis=0)


def widens(x):
    """A constant of numpy's float64 widens its results where JAX allows it."""
    return jnp.multiply(x, np.float64(2.0))


def refuses_float64(x):
    """A constant of float32 meets inputs of float64."""
    if jnp.result_type(x) == jnp.float64:
        return lax.mul(x, jnp.full(x.shape, 2, "float32"))
    return 2 * x


def rounds_bfloat16(x):
    """Differences of close numbers vanish in bfloat16."""
    return (x + 256) - 256 if jnp.result_type(x) == jnp.bfloat16 else x


def overflows_float16(x):
    """An intermediate result is beyond what float16 holds."""
    return x * 1e5 / 1e5 if jnp.result_type(x) == jnp.float16 else x


def takes_logarithms(x):
    """The logarithm of zero is infinite."""
    return jnp.log(jnp.abs(x))


def needs_a_sample(x):
    """It looks at the first sample."""
    return x + 0 * x[0]


def needs_a_size(x):
    """It loops over the samples in Python."""
    return jnp.stack([row * 2 for row in x]) if len(x) else jnp.asarray(x)


def calls_host(x):
    """It calls Python in the compiled step."""
    jax.debug.callback(lambda: None)
    return 2 * x


def stays_on_one_device(x):
    """It wants its inputs on the first device."""
    first = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    return lax.with_sharding_constraint(jnp.asarray(x), first)


def works_in_place(x):
    """It writes into the array that it is given."""
    if isinstance(x, np.ndarray):
        x *= 2
        return jnp.asarray(x)
    return 2 * x


@pytest.fixture(autouse=True)
def same_settings():
    before = jax.config.jax_numpy_rank_promotion
    yield
    jax.config.update("jax_numpy_rank_promotion", before)


def spec(target, **fields):
    where = f"{__name__}:{target.__name__}"
    return ComponentSpec("activation", "part", where, supports=SUPPORTS, **fields)


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        (differs_when_traced, "numeric.eager_equals_jit"),
        (changes_settings, "numeric.traced_once"),
        (KeepsTracer, "numeric.leaks_no_tracer"),
        (mixes_samples, "numeric.vmap_equals_loop"),
        (widens, "numeric.keeps_float32"),
        (refuses_float64, "numeric.float64"),
        (rounds_bfloat16, "numeric.bfloat16"),
        (overflows_float16, "numeric.float16"),
        (takes_logarithms, "numeric.finite_at_extremes"),
        (needs_a_sample, "numeric.empty_batch"),
        (needs_a_size, "numeric.lowers_everywhere"),
        (stays_on_one_device, "numeric.devices_agree"),
        (works_in_place, "numeric.inputs_not_mutated"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_each_wrong_component_fails_the_check_meant_for_it(target, wrong, failures):
    assert failures(spec(target), "numeric") == {wrong}


def test_a_call_of_python_fails_where_it_is_found_and_where_it_cannot_be_exported(failures):
    wrong = failures(spec(calls_host), "numeric")
    assert wrong == {"numeric.calls_no_host", "numeric.lowers_everywhere"}


def test_a_branch_on_values_fails_wherever_it_is_traced(failures):
    wrong = failures(spec(branches_on_values), "numeric")
    assert {"numeric.eager_equals_jit", "numeric.traced_once"} <= wrong


@pytest.mark.parametrize("target", [cube, cumulative, pair, compiled])
def test_right_components_pass(target, failures):
    assert not failures(spec(target), "numeric")


def test_every_check_of_numerics_has_a_wrong_component():
    marks = test_each_wrong_component_fails_the_check_meant_for_it.pytestmark
    (rows,) = [mark.args[1] for mark in marks if mark.name == "parametrize"]
    ids = {check.id for check in checks_of("activation") if check.id.startswith("numeric.")}
    assert {wrong for _, wrong in rows} == ids - {"numeric.calls_no_host"}


def distributions():
    rows = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1], [1.0, 0.0]], "float32")
    return [Case("rows", inputs=(rows,)), Case("labels", inputs=(np.arange(4, dtype="int32"),))]


def divides_by_its_sum(x):
    """Right for probabilities, which never sum to zero."""
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.integer) else x / jnp.sum(x, -1, keepdims=True)


def test_extremes_keep_to_what_inputs_mean():
    part = spec(divides_by_its_sum, cases=f"{__name__}:distributions")
    report = check_component(part, checks=["numeric.finite_at_extremes"])
    assert [r.status for r in report.results] == ["passed", "skipped"]


def test_checks_of_precision_apply_where_it_is_declared():
    part = ComponentSpec("activation", "part", f"{__name__}:cube")
    ids = ["numeric.bfloat16", "numeric.float16", "numeric.devices_agree"]
    report = check_component(part, checks=ids)
    assert {r.status for r in report.results} == {"skipped"}
    assert "does not declare mixed_precision" in str(report)


def test_callbacks_are_not_numeric():
    assert "callback" not in NUMERIC_KINDS
    assert not [c.id for c in checks_of("callback") if c.id.startswith("numeric.")]
