"""Checks for metrics, and how a metric is called as a pure function."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import metrics
from kerax.metrics import Metric
from kerax.symbolic import set_mask
from kerax.testing.case import Case
from kerax.testing.check import Skip, check
from kerax.testing.expectations import assert_bits, assert_close, assert_finite, oracle_result
from kerax.testing.samples import count, duplicated, kept, take
from kerax.testing.subject import PureCall, Subject, register_pure_call

__all__: list[str] = []


def _inputs(subject: Subject) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    y_pred = rng.uniform(0.05, 0.95, size=(6, 3)).astype("float32")
    y_true = rng.integers(0, 3, size=6).astype("int32")
    if "sparse_labels" not in subject.spec.supports:
        y_true = np.eye(3, dtype="float32")[y_true]
    return y_true, y_pred / y_pred.sum(-1, keepdims=True)


def _metric(subject: Subject, case: Case) -> Metric:
    """Return the metric anew, as `compile` takes it: a function becomes the mean of its values."""
    inputs = subject.inputs(case)
    made = subject.make(case)
    found = metrics.get_for_outputs(made, inputs[0], inputs[-1])
    is_function = subject.spec.contract == "functional"
    assert isinstance(found, Metric), f"compile makes {found!r} of {made!r}; wanted a Metric"
    assert (found is not made) == is_function, (
        f"got {made!r} with contract={subject.spec.contract!r}; wanted an object of "
        "kerax.metrics.Metric, or a function with contract='functional'"
    )
    return found


def _pure_call(subject: Subject, case: Case) -> PureCall:
    metric = _metric(subject, case)
    start = _state(metric)

    def function(*batch: Any) -> Any:
        state = metric.stateless_update_state(start, *jax.tree.map(jnp.asarray, batch))
        return metric.stateless_result(state)

    inputs = subject.inputs(case)
    return PureCall(function, inputs, (True,) * len(inputs), per_sample=False)


register_pure_call("metric", _pure_call, _inputs)


def _state(metric: Metric) -> list[np.ndarray]:
    return [variable.numpy() for variable in metric.variables]


def _shared(subject: Subject, case: Case) -> tuple[Metric, list[np.ndarray]]:
    """A metric, in the state of a new one, that the checks share with what it has compiled."""

    def make() -> tuple[Metric, list[np.ndarray]]:
        metric = _metric(subject, case)
        return metric, _state(metric)

    metric, start = subject.once(case, "metric", make)
    for variable, value in zip(metric.variables, start, strict=False):
        variable.assign(value)
    return metric, start


def _result(subject: Subject, case: Case, *batches: Any, **options: Any) -> Any:
    """The result after batches, from a new metric's state."""
    metric, _ = _shared(subject, case)
    for batch in batches:
        metric.update_state(*batch, **options)
    return jax.tree.map(np.asarray, metric.result())


def _whole(subject: Subject, case: Case) -> Any:
    return take(subject.inputs(case), slice(None))


def _parts(subject: Subject, case: Case) -> list[Any]:
    """The samples in two batches, the second one smaller."""
    whole = subject.inputs(case)
    samples = count(whole)
    if samples < 3:
        raise Skip(f"the case has {samples} samples; give it 3 or more")
    size = int(kept(samples).sum())  # a batch's size that other checks compile for, too
    return [take(whole, slice(size)), take(whole, slice(size, None))]


@check("metric.oracle", "metric")
def equals_oracle(subject: Subject, case: Case) -> None:
    """The result after one batch equals that of the case's oracle."""
    wanted = oracle_result(subject, case)
    got = _result(subject, case, _whole(subject, case))
    keys, right = ([str(key) for key in x] if isinstance(x, dict) else [] for x in (got, wanted))
    assert sorted(keys) == sorted(right), f"the result has the keys {keys}; wanted {right}"
    assert_close(got, wanted, "result", case.rtol, case.atol)


@check("metric.values_per_sample", "metric", contracts=["functional"])
def function_gives_values(subject: Subject, case: Case) -> None:
    """A functional metric gives one value, or more, for each sample of the batch."""
    batch = _whole(subject, case)
    shape, samples = np.shape(subject.make(case)(*batch)), count(batch)
    assert shape[:1] == (samples,), (
        f"got shape {shape} for a batch of {samples}; wanted ({samples}, …): kerax takes the mean "
        "over all batches"
    )


@check("metric.fresh_result_finite", "metric")
def fresh_result_is_finite(subject: Subject, case: Case) -> None:
    """The result before any batch is finite."""
    assert_finite(_metric(subject, case).result(), "result before any batch")


@check("metric.result_finite", "metric")
def result_is_finite(subject: Subject, case: Case) -> None:
    """The result is finite, and a scalar, an array or a dict of them, with the same keys always."""
    fresh, result = _result(subject, case), _result(subject, case, _whole(subject, case))
    assert not isinstance(result, (list, tuple)), f"got {result!r}; wanted a scalar or a dict"
    assert_finite(result, "result")
    if isinstance(result, dict):
        first, later = list(fresh), list(result)
        assert first == later, f"the result's keys are {first} before any batch and {later} later"


@check("metric.ragged_batches", "metric")
def ragged_batches_give_the_same(subject: Subject, case: Case) -> None:
    """The same samples in several batches, the last one smaller, give the same result."""
    parts = _parts(subject, case)
    sizes = [count(part) for part in parts]
    what = f"result after batches of {sizes}, beside one batch of {sum(sizes)}"
    wanted = _result(subject, case, _whole(subject, case))
    assert_close(_result(subject, case, *parts), wanted, what)


@check("metric.batch_order", "metric")
def batch_order_does_not_matter(subject: Subject, case: Case) -> None:
    """The order in which batches come does not change the result."""
    parts = _parts(subject, case)
    wanted = _result(subject, case, *parts)
    got = _result(subject, case, *reversed(parts))
    assert_close(got, wanted, "result of batches in reversed order")


@check("metric.merge", "metric")
def merged_states_equal_one_pass(subject: Subject, case: Case) -> None:
    """Merging the states of two parts of the data equals one pass over both."""
    second: Any = _metric(subject, case)  # of some class that has the method
    if not hasattr(second, "merge_state"):
        raise Skip("it has no merge_state(metrics)")
    parts = _parts(subject, case)
    wanted = _result(subject, case, *parts)
    first, _ = _shared(subject, case)
    for metric, part in zip((second, first), parts, strict=True):
        metric.update_state(*part)
    second.merge_state([first])
    assert_close(second.result(), wanted, "result of two merged states")


@check("metric.reset_exact", "metric")
def reset_is_exact(subject: Subject, case: Case) -> None:
    """After `reset_state` the state equals a new metric's bit for bit."""
    metric, start = _shared(subject, case)
    metric.update_state(*_whole(subject, case))
    metric.reset_state()
    assert_bits(_state(metric), start, "state after reset_state, beside a new metric's")


@check("metric.instances_independent", "metric")
def instances_share_nothing(subject: Subject, case: Case) -> None:
    """A batch given to one metric does not change another."""
    first, _ = _shared(subject, case)
    second = _metric(subject, case)
    before = second.result()
    first.update_state(*_whole(subject, case))
    assert_bits(second.result(), before, "result of another metric, which was given no batch")


@check("metric.state_constant", "metric")
def state_structure_is_constant(subject: Subject, case: Case) -> None:
    """The state keeps the number, shapes and types of its variables, so that it can be carried."""
    metric, start = _shared(subject, case)
    states = [start]
    for part in _parts(subject, case):
        metric.update_state(*part)
        states.append(_state(metric))
    forms = [[(value.shape, str(value.dtype)) for value in state] for state in states]
    for batches, form in enumerate(forms):
        assert form == forms[0], (
            f"after {batches} batches got variables {form}; wanted {forms[0]}, as at first: "
            "create them all in the constructor"
        )


@check("metric.stateless", "metric")
def stateless_form_agrees(subject: Subject, case: Case) -> None:
    """The stateless methods, in `jax.jit` and `jax.lax.scan`, agree and store nothing."""
    size = max(count(subject.inputs(case)) // 2, 1)
    halves = [take(subject.inputs(case), slice(at, at + size)) for at in (0, size)]
    wanted = _result(subject, case, *halves)
    metric = _metric(subject, case)
    stored = _state(metric)

    @jax.jit
    def scanned(state: Sequence[Any], batches: Any) -> Any:
        def step(state: Any, batch: Any) -> tuple[Any, None]:
            return metric.stateless_update_state(state, *batch), None

        return metric.stateless_result(jax.lax.scan(step, state, batches)[0])

    start = [jnp.asarray(value) for value in metric.stateless_reset_state()]
    got = scanned(start, jax.tree.map(lambda *x: jnp.stack(x), *halves))
    assert_close(got, wanted, "result inside jit and scan, beside update_state")
    assert_bits(_state(metric), stored, "stored state after stateless calls")


@check("metric.weights_equal_duplicated_rows", "metric", needs=["sample_weight"])
def weights_equal_duplicates(subject: Subject, case: Case) -> None:
    """A sample of weight n counts as n samples, one of weight 0 as none."""
    batch = subject.inputs(case)
    counts, rows = duplicated(count(batch))
    weights = jnp.asarray(counts, "float32")
    got = _result(subject, case, _whole(subject, case), sample_weight=weights)
    wanted = _result(subject, case, take(batch, rows))
    assert_close(got, wanted, f"result with sample_weight={counts.tolist()}")


@check("metric.zero_weight_finite", "metric", needs=["sample_weight"])
def zero_weight_is_finite(subject: Subject, case: Case) -> None:
    """With weights that are all 0 the result is finite."""
    batch = _whole(subject, case)
    got = _result(subject, case, batch, sample_weight=jnp.zeros(count(batch)))
    assert_finite(got, "result of samples of weight 0")


@check("metric.mask", "metric", needs=["mask"])
def mask_leaves_out(subject: Subject, case: Case) -> None:
    """Samples that the predictions' mask leaves out have no influence."""
    batch = _whole(subject, case)
    keep = kept(count(batch))
    wanted = _result(subject, case, take(batch, keep))
    for leaf in jax.tree.leaves(batch[-1]):
        set_mask(leaf, jnp.asarray(keep))
    what = f"result where {(~keep).sum()} of {len(keep)} samples are masked"
    assert_close(_result(subject, case, batch), wanted, what)
