"""Mean IoU and the precision-recall metrics: against numpy, scikit-learn, and their own parts."""

import jax
import numpy as np
import pytest
from kerax import metrics
from kerax.errors import ArgumentError, DataError, ShapeError, StateError

from kerax_vision.cases import metrics as cases
from kerax_vision.curves import AveragePrecision, PrecisionRecallCurve
from kerax_vision.mean_iou import MeanIoU

ALL = ["mean_iou", "precision_recall_curve", "average_precision"]


def make(name, kwargs):
    return metrics.get({"id": f"vision>{name}", "config": kwargs})


@pytest.mark.parametrize("name", ALL)
def test_result_equals_the_formula(name):
    for case in getattr(cases, name)():
        metric = make(name, case.kwargs)
        true, pred = case.inputs
        for rows in (slice(0, 4), slice(4, None)):
            metric.update_state(true[rows], pred[rows])
        wanted = case.oracle(true, pred, **case.kwargs)
        np.testing.assert_allclose(metric.result(), wanted, rtol=1e-5, atol=1e-6)
        again = metrics.deserialize(metrics.serialize(metric))
        assert again.get_config() == metric.get_config()


def test_mean_iou_takes_class_maps_and_one_hot_targets():
    labels, scores = cases.mean_iou()[0].inputs
    wanted = float(MeanIoU(3)(labels, scores))
    assert float(MeanIoU(3, sparse_y_pred=True)(labels, scores.argmax(-1))) == wanted
    assert float(MeanIoU(3, sparse_y_true=False)(np.eye(3)[labels], scores)) == wanted


def test_mean_iou_counts_weights_and_the_classes_that_occur():
    metric = MeanIoU(4, sparse_y_pred=True)
    metric.update_state([[0, 0, 1], [1, 1, 1]], [[0, 1, 1], [0, 0, 0]], sample_weight=[1.0, 0.0])
    np.testing.assert_allclose(metric.iou_per_class(), [0.5, 0.5, np.nan, np.nan])
    assert float(metric.result()) == 0.5
    assert float(MeanIoU(4).result()) == 0.0


def test_mean_iou_of_a_number_that_is_no_class_is_nan():
    assert np.isnan(MeanIoU(2, sparse_y_pred=True)([[0, 9]], [[0, 1]]))
    assert float(MeanIoU(2, ignore_class=9, sparse_y_pred=True)([[0, 9]], [[0, 1]])) == 1.0


def test_mean_iou_says_what_is_wrong():
    with pytest.raises(ArgumentError, match="classes: got 0"):
        MeanIoU(0)
    with pytest.raises(ShapeError, match="wanted 3 classes"):
        MeanIoU(3).update_state(np.zeros((2, 4)), np.zeros((2, 4, 2)))
    with pytest.raises(ShapeError, match="wanted equal shapes"):
        MeanIoU(2).update_state(np.zeros((2, 5)), np.zeros((2, 4, 2)))


@pytest.mark.parametrize("digits", [9, 1])
def test_average_precision_and_curve_equal_scikit_learn(digits):
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    true, pred = rng.integers(0, 2, 300), rng.uniform(size=300).astype("f").round(digits)
    weight = rng.integers(0, 3, 300).astype("f")
    metric = AveragePrecision(capacity=512)
    for rows in np.array_split(np.arange(300), 4):
        metric.update_state(true[rows], pred[rows], sample_weight=weight[rows])
    wanted = sklearn.average_precision_score(true, pred, sample_weight=weight)
    assert float(metric.result()) == pytest.approx(wanted, rel=1e-5)
    curve = sklearn.precision_recall_curve(true, pred, sample_weight=weight)
    for got, right in zip(metric.curve(), curve, strict=True):
        np.testing.assert_allclose(got, right, rtol=1e-6)


def test_thresholded_curve_equals_scikit_learn_at_its_scores():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    true, pred = rng.integers(0, 2, 50), (rng.integers(0, 9, 50) / 8).astype("f")
    precision, recall, thresholds = sklearn.precision_recall_curve(true, pred)
    got = PrecisionRecallCurve(thresholds.tolist())(true, pred)
    np.testing.assert_allclose(got, [precision[:-1], recall[:-1]], rtol=1e-6)


def test_thresholds_must_rise():
    for wrong in ([0.5, 0.5], [], 0):
        with pytest.raises(ArgumentError, match="wanted a positive number"):
            PrecisionRecallCurve(wrong)


def test_what_finds_no_room_is_an_error_or_nan_never_dropped():
    metric = AveragePrecision(capacity=4)
    metric.update_state([0, 1, 1], [0.1, 0.2, 0.3])
    assert float(metric.result()) == 1.0
    metric.update_state([0, 1], [0.1, 0.2])
    with pytest.raises(DataError, match="got 5 values; wanted at most capacity=4"):
        metric.result()
    with pytest.raises(DataError, match="capacity"):
        metric.curve()
    values = [variable.value for variable in metric.variables]
    assert np.isnan(jax.jit(metric.stateless_result)(values))
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_states_merge_and_what_the_other_lost_stays_lost():
    true, pred = [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]
    whole, first, second = AveragePrecision(8), AveragePrecision(8), AveragePrecision(4)
    whole.update_state(true, pred)
    first.update_state(true[:3], pred[:3])
    second.update_state(true[3:], pred[3:])
    first.merge_state([second])
    assert float(first.result()) == float(whole.result())
    second.update_state(true, pred)
    first.merge_state([second])
    with pytest.raises(DataError, match="capacity"):
        first.result()
    with pytest.raises(StateError, match="merge_state"):
        first.merge_state([MeanIoU(2)])


def test_capacity_must_be_positive():
    with pytest.raises(ArgumentError, match="capacity: got 0"):
        AveragePrecision(capacity=0)
