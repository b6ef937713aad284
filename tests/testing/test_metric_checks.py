"""The checks of metrics: each finds the wrong metric made for it, and odd but right ones pass."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax import nn

from kerax import ops
from kerax.metrics import AdditiveMetric, Metric
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks

EVERY = ("mask", "sample_weight")


def squares(y_true, y_pred):
    """A plain function: kerax takes the mean of its values."""
    return jnp.mean((y_true - y_pred) ** 2, axis=-1)


class Errors(AdditiveMetric):
    """The weighted mean of the squared errors, as sums that add up."""

    def __init__(self, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def increments(self, y_true, y_pred, sample_weight=None):
        values = squares(y_true, y_pred)
        weights = jnp.ones(len(values)) if sample_weight is None else sample_weight
        return [jnp.sum(values * weights), jnp.sum(weights)]

    def result(self):
        return ops.divide_no_nan(self.total.value, self.count.value)


class Table(Errors):
    """It gives a dict."""

    def result(self):
        return {"mean": super().result(), "count": self.count.value}


class Largest(Metric):
    """It has a state that begins at minus infinity and does not add up."""

    def __init__(self):
        super().__init__()
        self.largest = self.add_variable((), "zeros", name="largest")

    def update_state(self, y_true, y_pred):
        self.largest.assign(jnp.maximum(self.largest.value, jnp.max(jnp.abs(y_true - y_pred))))

    def result(self):
        return self.largest.value


class OfValues(Metric):
    """It takes values alone, and counts them in a matrix of whole numbers."""

    def __init__(self):
        super().__init__()
        self.counts = self.add_variable((2, 2), "zeros", dtype="int32", name="counts")

    def update_state(self, values):
        signs = jnp.stack([jnp.sum(values < 0), jnp.sum(values >= 0)]).astype("int32")
        self.counts.assign_add(jnp.stack([signs, signs]))

    def result(self):
        return self.counts.value[0]


class Twice(Errors):
    """It counts everything twice."""

    def result(self):
        return 2 * super().result()


def one_number(y_true, y_pred):
    """A function of the whole batch."""
    return jnp.mean((y_true - y_pred) ** 2)


class Divides(Errors):
    """It divides by the number of samples, be it 0."""

    def result(self):
        return self.total.value / self.count.value


class Logarithm(Errors):
    """It is infinite for good predictions, and 0 before any."""

    def result(self):
        return jnp.where(self.count.value > 0, jnp.inf, 0.0)


class MeanOfMeans(Metric):
    """It averages the means of batches, however large they are."""

    def __init__(self):
        super().__init__()
        self.total = self.add_variable((), "zeros", name="total")
        self.batches = self.add_variable((), "zeros", name="batches")

    def update_state(self, y_true, y_pred):
        self.total.assign_add(one_number(y_true, y_pred))
        self.batches.assign_add(1.0)

    def result(self):
        return self.total.value / jnp.maximum(self.batches.value, 1)


class Last(Errors):
    """It tells of the last batch only."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign(0.0)
        self.count.assign(0.0)
        super().update_state(y_true, y_pred, sample_weight)


class KeepsOwn(Errors):
    """Merging replaces its own state."""

    def merge_state(self, metrics):
        for mine, other in zip(self.variables, metrics[0].variables, strict=True):
            mine.assign(other.value)


class KeepsCount(Errors):
    """It resets one of its variables."""

    def reset_state(self):
        self.total.assign(0.0)


class Shares(Metric):
    """All metrics of the class count in one variable."""

    total = None

    def __init__(self):
        super().__init__()
        if Shares.total is None:
            Shares.total = self.add_variable((), "zeros", name="total")
        self.mine = Shares.total

    def update_state(self, y_true, y_pred):
        self.mine.assign_add(jnp.sum(squares(y_true, y_pred)))

    def result(self):
        return self.mine.value


class Grows(Errors):
    """It makes a variable when the first batch comes."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        if len(self.variables) == 2:
            self.add_variable((), "zeros", name="late")
        super().update_state(y_true, y_pred, sample_weight)


class Converts(Metric):
    """It computes in numpy, which a compiled step cannot."""

    def __init__(self):
        super().__init__()
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, y_true, y_pred):
        self.total.assign_add(float(np.sum((np.asarray(y_true) - np.asarray(y_pred)) ** 2)))

    def result(self):
        return self.total.value


class DropsWeights(Errors):
    """It takes weights and leaves them aside."""

    def increments(self, y_true, y_pred, sample_weight=None):
        return super().increments(y_true, y_pred)


class DividesByWeights(Errors):
    """It divides by the sum of the weights as soon as there are samples."""

    def __init__(self):
        super().__init__()
        self.rows = self.add_variable((), "zeros", name="rows")

    def increments(self, y_true, y_pred, sample_weight=None):
        return [*super().increments(y_true, y_pred, sample_weight), len(y_pred)]

    def result(self):
        return jnp.where(self.rows.value > 0, self.total.value / self.count.value, 0.0)


def of_logits(y_true, y_pred, from_logits=False):
    """Right for logits and probabilities."""
    p = nn.softmax(y_pred) if from_logits else y_pred
    return -jnp.sum(y_true * jnp.log(p), axis=-1)


def ignores_logits(y_true, y_pred, from_logits=False):
    """It takes the argument and does nothing about it."""
    return squares(y_true, y_pred)


def is_best(y_true, y_pred):
    """Right for class numbers in either shape, and for one-hot targets."""
    if y_true.ndim == y_pred.ndim:
        y_true = y_true[..., 0] if y_true.shape[-1] == 1 else jnp.argmax(y_true, -1)
    return jnp.asarray(jnp.argmax(y_pred, -1) == y_true, "float32")


def counts_columns(y_true, y_pred):
    """Class numbers `[batch, 1]` meet predictions `[batch]`, and all are compared with all."""
    hits = jnp.argmax(y_pred, -1) == y_true
    return jnp.mean(jnp.asarray(hits, "float32").reshape(len(y_pred), -1), axis=-1)


def with_oracle():
    return [Case("default", oracle=lambda t, p: np.mean((t - p) ** 2))]


def with_dict():
    return [
        Case("default", oracle=lambda t, p: {"mean": np.mean((t - p) ** 2), "count": float(len(t))})
    ]


def with_other_keys():
    return [Case("default", oracle=lambda t, p: {"mean": np.mean((t - p) ** 2)})]


def of_values():
    return [Case("default", inputs=(np.linspace(-1, 1, 7, dtype="float32"),))]


def spec(target, *supports, **fields):
    if "cases" in fields:
        fields["cases"] = f"{__name__}:{fields['cases']}"
    where = f"{__name__}:{target.__name__}"
    return ComponentSpec("metric", "part", where, supports=frozenset(supports), **fields)


WRONG = [
    (spec(Twice, cases="with_oracle"), "metric.oracle"),
    (spec(Divides), "metric.fresh_result_finite"),
    (spec(Logarithm), "metric.result_finite"),
    (spec(MeanOfMeans), "metric.ragged_batches"),
    (spec(KeepsOwn), "metric.merge"),
    (spec(KeepsCount), "metric.reset_exact"),
    (spec(Shares), "metric.instances_independent"),
    (spec(Converts), "metric.stateless"),
    (spec(DropsWeights, "sample_weight"), "metric.weights_equal_duplicated_rows"),
    (spec(DividesByWeights, "sample_weight"), "metric.zero_weight_finite"),
    (spec(Errors, "mask"), "metric.mask"),
    (spec(ignores_logits, "from_logits", contract="functional"), "labels.from_logits"),
    (spec(counts_columns, "sparse_labels", contract="functional"), "labels.sparse"),
]

RIGHT = [
    spec(squares, *EVERY, contract="functional", cases="with_oracle"),
    spec(Errors, "sample_weight", cases="with_oracle"),
    spec(Table, "sample_weight", cases="with_dict"),
    spec(Largest),
    spec(OfValues, cases="of_values"),
    spec(of_logits, "from_logits", *EVERY, contract="functional"),
    spec(is_best, "sparse_labels", *EVERY, contract="functional"),
]


def name_of(value):
    return value.target.partition(":")[2] if isinstance(value, ComponentSpec) else value


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=name_of)
def test_each_wrong_metric_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "metric", "labels") == {wrong}


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        (spec(one_number, contract="functional"), "metric.values_per_sample"),
        (spec(Last), "metric.batch_order"),
        (spec(Grows), "metric.state_constant"),
    ],
    ids=name_of,
)
def test_some_defects_show_in_several_checks(part, wrong, failures):
    assert wrong in failures(part, "metric")


@pytest.mark.parametrize("part", RIGHT, ids=name_of)
def test_odd_metrics_that_are_right_pass(part, failures):
    assert not failures(part, "metric", "labels")


def test_every_check_of_metrics_has_a_wrong_metric():
    ids = {c.id for c in list_checks("metric") if c.id.partition(".")[0] in ("metric", "labels")}
    several = {"metric.values_per_sample", "metric.batch_order", "metric.state_constant"}
    assert {wrong for _, wrong in WRONG} | several == ids


def test_messages_say_what_was_got_and_wanted():
    report = check_component(spec(MeanOfMeans), checks=["metric.ragged_batches"])
    assert "result after batches of [4, 2], beside one batch of 6: got" in str(report)
    other = spec(Table, cases="with_other_keys")
    report = check_component(other, checks=["metric.oracle"])
    assert "the result has the keys ['count', 'mean']; wanted ['mean']" in str(report)


def test_a_function_needs_its_contract():
    report = check_component(spec(squares), checks=["call.succeeds"])
    assert "contract='functional'" in str(report)


def test_a_metric_without_merge_state_skips_merging():
    report = check_component(spec(Largest), checks=["metric.merge"])
    assert [result.status for result in report.results] == ["skipped"]
