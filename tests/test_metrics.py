"""The metrics' base classes: state, scopes, compiled updates, subclasses, bad input."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import Sequential, layers, losses, metrics, ops, plugins, symbolic
from kerax.errors import ArgumentError, PluginNotFoundError, ShapeError, StateError
from kerax.variable import Variable

LABELS = np.array([0, 1, 1, 0])
CHANCES = np.array([0.2, 0.7, 0.4, 0.1], "float32")


class Counter(metrics.Metric):
    """Holds a variable of its own, one set by hand, and two metrics."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.count = self.add_weight(name="count", initializer="ones", shape=(2,))
        self.mean = metrics.Mean()
        self.more = [metrics.Sum()]
        self.own = Variable(0.0, name="own", trainable=False)

    def update_state(self, values):
        self.count.assign_add(values)
        self.own.assign(ops.max(values))
        for metric in (self.mean, *self.more):
            metric.update_state(values)

    def result(self):
        return {"count": self.count.value, "mean": self.mean.result(), "own": self.own.value}


def test_variables_of_nested_metrics_are_found_and_reset():
    metric = Counter(name="counter")
    assert [v.path for v in metric.variables] == [
        *("counter/count", "own", "mean/total", "mean/count", "sum/total")
    ]
    result = metric([1.0, 3.0])
    assert result["count"].tolist() == [2.0, 4.0]
    assert (float(result["mean"]), float(result["own"])) == (2.0, 3.0)
    metric.reset_state()
    assert all(not np.any(v.numpy()) for v in metric.variables)


def test_stateless_methods_leave_the_metric_alone():
    metric = Counter()
    before = [v.numpy() for v in metric.variables]
    values = jax.jit(metric.stateless_update_state)(before, jnp.array([1.0, 3.0]))
    assert float(metric.stateless_result(values)["mean"]) == 2.0
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, metric.variables, strict=True))
    assert not np.any(metric.stateless_reset_state()[0])


def test_a_wrong_number_of_values_is_refused():
    with pytest.raises(StateError, match="got 1 values; wanted 2"):
        metrics.Mean().stateless_update_state([0.0], [1.0])


def test_updates_run_inside_scan():
    metric = metrics.BinaryAccuracy()

    def step(values, batch):
        return metric.stateless_update_state(values, *batch), None

    batches = np.tile(LABELS, (5, 1)), np.tile(CHANCES, (5, 1))
    values, _ = jax.lax.scan(step, metric.stateless_reset_state(), batches)
    assert float(metric.stateless_result(values)) == 0.75


def test_an_update_under_jit_without_a_scope_is_refused():
    metric = metrics.Mean()
    with pytest.raises(StateError, match="Use stateless_call"):
        jax.jit(metric.update_state)(jnp.ones(3))
    assert float(metric.result()) == 0.0


def test_an_update_compiles_once_a_shape():
    class Traced(metrics.Sum):
        traces = 0

        def increments(self, values, sample_weight=None):
            type(self).traces += 1
            return super().increments(values, sample_weight)

    metric = Traced()
    for size in (3, 3, 2, 3):
        metric.update_state(np.ones(size))
    assert (float(metric.result()), Traced.traces) == (11.0, 2)


def test_a_changed_attribute_takes_effect():
    metric = metrics.Precision()
    assert float(metric(LABELS, CHANCES)) == 1.0
    metric.reset_state()
    metric.thresholds = (0.15,)
    assert float(metric(LABELS, CHANCES)) == pytest.approx(2 / 3)


def test_a_function_of_the_user_runs_uncompiled():
    seen = []

    def values(y_true, y_pred):
        seen.append(float(ops.sum(y_true)))
        return y_true

    metric = metrics.MeanMetricWrapper(values)
    for y in (np.ones(2), np.zeros(2)):
        metric.update_state(y, y)
    assert seen == [2.0, 0.0]


def test_a_subclass_may_have_more_variables():
    class Ranged(metrics.Mean):
        def __init__(self):
            super().__init__(name="ranged")
            self.largest = self.add_weight(name="largest")

        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(ops.abs(ops.subtract(y_true, y_pred)), sample_weight)
            self.largest.assign(ops.maximum(self.largest, ops.max(y_pred)))

    metric = Ranged()
    assert float(metric([1.0, 2.0], [1.0, 4.0])) == 1.0
    assert float(metric.largest) == 4.0
    values = metric.stateless_update_state(metric.stateless_reset_state(), [1.0], [3.0])
    assert [float(v) for v in values] == [2.0, 1.0, 3.0]


def test_states_of_parts_merge():
    whole, part, other = (metrics.Recall([0.3, 0.5]) for _ in range(3))
    whole.update_state(LABELS, CHANCES)
    part.update_state(LABELS[:3], CHANCES[:3])
    other.update_state(LABELS[3:], CHANCES[3:])
    part.merge_state([other])
    assert part.result().tolist() == whole.result().tolist()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_metrics_are_copied_and_pickled_with_their_state(copied):
    metric = metrics.BinaryAccuracy(threshold=0.3)
    metric.update_state(LABELS, CHANCES)
    other = copied(metric)
    assert float(other.result()) == float(metric.result()) == 1.0
    other.update_state(LABELS, 1 - CHANCES)
    assert float(metric.result()) == 1.0


def test_a_nan_of_weight_zero_does_not_count():
    assert float(metrics.Mean()([np.nan, 2.0], sample_weight=[0.0, 1.0])) == 2.0


def test_no_values_and_no_weight_give_zero():
    assert float(metrics.Mean()([])) == 0.0
    assert float(metrics.MeanSquaredError()(np.zeros((2, 1)), np.ones((2, 1)), [0, 0])) == 0.0
    assert float(metrics.Precision()(np.zeros(2), np.zeros(2))) == 0.0


def test_class_numbers_out_of_range_are_never_right():
    chances = np.eye(3, dtype="float32")
    labels = np.array([0, -1, 7])
    assert float(metrics.SparseCategoricalAccuracy()(labels, chances)) == pytest.approx(1 / 3)
    assert float(metrics.SparseTopKCategoricalAccuracy(k=9)(labels, chances)) == pytest.approx(
        1 / 3
    )


def test_nan_is_never_among_the_top():
    scores = np.array([[np.nan, 0.2, 0.1]], "float32")
    found = [metrics.sparse_top_k_categorical_accuracy([i], scores, k=2)[0] for i in range(3)]
    assert found == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "mixed_bfloat16"])
def test_a_small_type_computes_and_classes_are_not_rounded(dtype):
    metric = metrics.SparseCategoricalAccuracy(dtype=dtype)
    scores = np.zeros((1, 1000), "float32")
    scores[0, 999] = 1
    assert float(metric([999], scores)) == 1.0
    assert metric.result().dtype == metric.dtype


SHAPES = [
    ("MeanSquaredError", (4, 2), (4, 3)),
    ("BinaryAccuracy", (4,), (4, 3)),
    ("Accuracy", (4, 2), (4, 3)),
    ("CategoricalAccuracy", (4,), (4, 3)),
    ("CategoricalAccuracy", (4, 1), (4, 3)),
    ("SparseCategoricalAccuracy", (4, 3), (4, 3)),
    ("SparseCategoricalAccuracy", (4,), (4,)),
    ("TopKCategoricalAccuracy", (4,), (4, 3)),
    ("SparseTopKCategoricalAccuracy", (4, 3), (4, 3)),
    ("Precision", (4,), (4, 2)),
    ("RootMeanSquaredError", (4, 2), (4, 3)),
]


@pytest.mark.parametrize(("name", "true", "pred"), SHAPES)
def test_shapes_that_do_not_fit_are_refused(name, true, pred):
    with pytest.raises(ShapeError, match=r"got .*wanted"):
        getattr(metrics, name)()(np.zeros(true), np.ones(pred))


@pytest.mark.parametrize("thresholds", [[], [-0.1], 1.5, [0.2, float("nan")]])
def test_thresholds_out_of_range_are_refused(thresholds):
    with pytest.raises(ArgumentError, match="thresholds: got"):
        metrics.Recall(thresholds)


def test_classes_that_do_not_exist_are_refused():
    y = np.eye(3)
    with pytest.raises(ShapeError, match="class_id=3"):
        metrics.Precision(class_id=3)(y, y)
    with pytest.raises(ShapeError, match="top_k=4"):
        metrics.Precision(top_k=4)(y, y)
    with pytest.raises(ArgumentError, match="top_k: got 0"):
        metrics.Precision(top_k=0)
    with pytest.raises(ArgumentError, match="k: got 0"):
        metrics.TopKCategoricalAccuracy(k=0)


def test_weights_of_one_class_are_those_of_its_column():
    y_true, y_pred = np.eye(3)[[0, 0, 1]], np.eye(3)[[0, 1, 0]]
    weight = np.arange(9.0).reshape(3, 3)
    metric = metrics.Precision(class_id=0)
    assert float(metric(y_true, y_pred, weight)) == 0.0
    assert float(metrics.Recall(class_id=0)(y_true, y_pred, weight)) == 0.0
    assert float(metrics.Recall(class_id=0)(y_true, y_true, weight)) == 1.0


def test_strings_name_the_metric():
    y_pred = symbolic.KerasTensor((None, 10))
    metric = metrics.get_for_outputs("acc", np.zeros((8,)), y_pred)
    assert (type(metric).__name__, metric.name) == ("SparseCategoricalAccuracy", "acc")
    metric = metrics.get_for_outputs("ce", np.zeros((8, 10)), y_pred)
    assert (type(metric).__name__, metric.name) == ("CategoricalCrossentropy", "ce")
    assert metrics.get_for_outputs(None, None, None) is None


def test_variables_that_depend_on_outputs_are_there_before_training():
    x = np.linspace(-1, 1, 48, dtype="float32").reshape(16, 3)
    y = (x > 0).astype("float32")
    given = [
        metrics.F1Score("macro", threshold=0.5),
        metrics.R2Score(),
        metrics.AUC(multi_label=True),
    ]
    model = Sequential([layers.Dense(3, activation="sigmoid")])
    model.compile(loss="mse", metrics=given)
    model.fit(x, y, batch_size=4, epochs=2, verbose=0)
    logs = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    for metric in given:
        alone = type(metric).from_config(metric.get_config())
        assert logs[metric.name] == pytest.approx(float(alone(y, model(x))), abs=1e-5)


def test_losses_and_functions_become_means():
    y = np.zeros((4, 2)), np.ones((4, 2))
    for given, name in (
        (losses.Huber(), "huber_loss"),
        (losses.mean_absolute_error, "mean_absolute_error"),
        (lambda t, p: p, "lambda"),
    ):
        metric = metrics.get_for_outputs(given, *y)
        assert (metric.name, type(metric).__name__) == (name, "MeanMetricWrapper")
        assert float(metric(*y)) > 0


def test_an_unknown_name_is_refused_with_a_suggestion():
    with pytest.raises(PluginNotFoundError, match="binary_accuracy"):
        metrics.get("binary_acuracy")


def test_every_listed_name_resolves():
    for name in plugins.names("metric", own=True):
        assert callable(getattr(metrics, name))


def test_the_base_has_neither_update_nor_result():
    with pytest.raises(NotImplementedError):
        metrics.Metric().update_state(1)
    with pytest.raises(NotImplementedError):
        metrics.Metric().result()
