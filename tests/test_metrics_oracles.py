"""Metrics beside scikit-learn, scipy and plain numpy, and on data at the edge of what they take."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import metrics
from kerax.errors import ArgumentError, ShapeError, StateError

sklearn = pytest.importorskip("sklearn.metrics")
stats = pytest.importorskip("scipy.stats")

RANDOM = np.random.default_rng(3)
CHANCES = RANDOM.random((400, 3)).astype("float32")
BITS = (RANDOM.random((400, 3)) < CHANCES).astype("int32")
CLASSES, GUESSES = (RANDOM.integers(0, 4, 400).astype("int32") for _ in range(2))
WEIGHTS = RANDOM.random(400).astype("float32")
REAL = RANDOM.normal(size=(400, 3)).astype("float32")
NEAR = REAL + RANDOM.normal(size=(400, 3)).astype("float32") * 0.3
HARD = (CHANCES > 0.5).astype("int32")
DRAWN = BITS[:, 0], CHANCES[:, 0]

# metric: what the same data give elsewhere, and the tolerance
CASES = {
    "roc": (
        metrics.AUC(2000),
        *DRAWN,
        lambda t, p, w: sklearn.roc_auc_score(t, p, sample_weight=w),
        1e-3,
    ),
    "roc labels": (
        metrics.AUC(2000, multi_label=True),
        BITS,
        CHANCES,
        lambda t, p, w: sklearn.roc_auc_score(t, p, average="macro", sample_weight=w),
        1e-3,
    ),
    "precision-recall": (
        metrics.AUC(2000, curve="PR"),
        *DRAWN,
        lambda t, p, w: sklearn.average_precision_score(t, p, sample_weight=w),
        5e-3,
    ),
    **{
        f"f beta {average}": (
            metrics.FBetaScore(average, beta=2.0, threshold=0.5),
            BITS,
            CHANCES,
            lambda t, p, w, average=average: sklearn.fbeta_score(
                t, HARD, beta=2.0, average=average, sample_weight=w
            ),
            1e-5,
        )
        for average in (None, "micro", "macro", "weighted")
    },
    "f1": (
        metrics.F1Score("macro", threshold=0.5),
        BITS,
        CHANCES,
        lambda t, p, w: sklearn.f1_score(t, HARD, average="macro", sample_weight=w),
        1e-5,
    ),
    **{
        f"r2 {ours}": (
            metrics.R2Score(ours),
            REAL,
            NEAR,
            lambda t, p, w, theirs=theirs: sklearn.r2_score(
                t, p, multioutput=theirs, sample_weight=w
            ),
            1e-4,
        )
        for ours, theirs in (
            (None, "raw_values"),
            ("uniform_average", "uniform_average"),
            ("variance_weighted_average", "variance_weighted"),
        )
    },
    "mean iou": (
        metrics.MeanIoU(4, dtype="float32"),
        CLASSES,
        GUESSES,
        lambda t, p, w: sklearn.jaccard_score(t, p, average="macro", sample_weight=w),
        1e-5,
    ),
    "iou of two": (
        metrics.IoU(4, [1, 3], dtype="float32"),
        CLASSES,
        GUESSES,
        lambda t, p, w: np.mean(sklearn.jaccard_score(t, p, average=None, sample_weight=w)[[1, 3]]),
        1e-5,
    ),
    "pearson": (
        metrics.PearsonCorrelation(axis=-1),
        REAL,
        NEAR,
        lambda t, p, w: np.average(stats.pearsonr(t, p, axis=1).statistic, weights=w),
        1e-5,
    ),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_oracles_agree(case, weighted):
    metric, y_true, y_pred, oracle, tolerance = CASES[case]
    weight = WEIGHTS if weighted else None
    metric.reset_state()
    wanted = oracle(y_true, y_pred.astype("float64"), weight)
    np.testing.assert_allclose(metric(y_true, y_pred, weight), wanted, atol=tolerance)


def test_thresholds_sum_the_same_searched_and_computed():
    searched = metrics.AUC(thresholds=[0.1, 0.3, 0.35, 0.8])
    searched.update_state(*DRAWN, WEIGHTS)
    limits = np.asarray(searched.thresholds, "float32")[:, None]
    positive, true = DRAWN[1] > limits, DRAWN[0] > 0
    parts = positive & true, positive & ~true, ~positive & ~true, ~positive & true
    for variable, part in zip(searched.variables, parts, strict=True):
        np.testing.assert_allclose(variable.numpy(), part @ WEIGHTS, rtol=1e-5, atol=1e-4)
    even = metrics.SensitivityAtSpecificity(0.5, num_thresholds=5)
    even.update_state(*DRAWN)
    assert even.true_positives.numpy().tolist() == [
        int(((DRAWN[1] > limit) & true).sum()) for limit in even.thresholds
    ]


def test_a_million_predictions_are_one_compiled_call():
    metric = metrics.AUC()
    arguments = jnp.zeros(10**6), jnp.zeros(10**6)
    text = str(
        jax.make_jaxpr(metric.stateless_update_state)(
            [v.value for v in metric.variables], *arguments
        )
    )
    assert "200,1000000" not in text
    assert "1000000,200" not in text
    assert text.count("scatter-add[") == 1


EXTREMES = np.array([1e30, -1e30, np.inf, -np.inf, np.nan, 0.0, 1.0, 0.5], "float32")


@pytest.mark.parametrize("thresholds", [None, [0.2, 0.5, 0.9]])
def test_every_prediction_counts_once_however_extreme(thresholds):
    metric = metrics.AUC(thresholds=thresholds)
    metric.update_state(np.ones(8), EXTREMES)
    total = metric.true_positives.numpy() + metric.false_negatives.numpy()
    assert total.tolist() == [8.0] * metric.num_thresholds
    assert metric.true_positives.numpy()[metric.num_thresholds // 2] == 3


ONE = [[1.0, 2.0, 4.0]]
OTHER = [[2.0, 3.0, 9.0]]


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e30])
@pytest.mark.parametrize("name", ["pearson_correlation", "concordance_correlation"])
def test_correlations_do_not_depend_on_the_scale(name, scale):
    function = getattr(metrics, name)
    wanted = function(np.array(ONE), np.array(OTHER))
    got = function(np.array(ONE) * scale, np.array(OTHER) * scale)
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


def test_correlations_of_constants():
    assert np.isnan(metrics.pearson_correlation([[1.0, 1.0]], [[1.0, 2.0]])).all()
    assert metrics.concordance_correlation([[1.0, 1.0]], [[1.0, 1.0]]).tolist() == [0.0]
    assert np.isnan(metrics.concordance_correlation([[np.nan, 1.0]], [[1.0, 2.0]])).all()


@pytest.mark.parametrize("aggregation", [None, "uniform_average", "variance_weighted_average"])
@pytest.mark.parametrize(
    ("y_true", "y_pred", "wanted"),
    [
        (np.ones((3, 2)), np.ones((3, 2)), 1.0),
        (np.ones((3, 2)), np.zeros((3, 2)), 0.0),
        (np.zeros((0, 2)), np.zeros((0, 2)), 0.0),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), np.nan),
        (np.full((3, 2), 1e30), np.zeros((3, 2)), np.nan),
    ],
)
def test_r2_of_targets_that_do_not_vary(aggregation, y_true, y_pred, wanted):
    result = np.asarray(metrics.R2Score(aggregation)(y_true, y_pred))
    np.testing.assert_array_equal(result, np.full(result.shape, wanted))


def test_small_weights_do_not_lower_f1():
    metric = metrics.F1Score("macro")
    assert float(metric(np.eye(2), np.eye(2), np.full(2, 1e-6))) == pytest.approx(1.0)


def test_scores_of_classes_may_stand_on_any_axis_and_weights_on_samples():
    images, guesses = (RANDOM.integers(0, 3, (2, 4, 4)) for _ in range(2))
    first, last = metrics.OneHotMeanIoU(3, axis=1), metrics.OneHotMeanIoU(3)
    one_hot = [np.eye(3)[images], np.eye(3)[guesses]]
    moved = [np.moveaxis(x, -1, 1) for x in one_hot]
    assert float(first(*moved, np.array([1, 2]))) == float(last(*one_hot, np.array([1, 2])))
    weights = np.repeat([1, 2], 16).reshape(2, 4, 4)
    assert float(metrics.MeanIoU(3)(images, guesses, weights)) == float(last.result())


def test_label_weights_weigh_areas_or_values():
    areas = [metrics.AUC()(BITS[:, i], CHANCES[:, i]) for i in range(3)]
    metric = metrics.AUC(multi_label=True, label_weights=[1.0, 2.0, 5.0])
    assert float(metric(BITS, CHANCES)) == pytest.approx(np.average(areas, weights=[1, 2, 5]))
    config = metrics.serialize(metric)
    assert metrics.deserialize(config).get_config() == metric.get_config()
    flat, other = metrics.AUC(label_weights=[1.0, 2.0, 5.0]), metrics.AUC()
    weight = np.broadcast_to([1.0, 2.0, 5.0], BITS.shape)
    assert float(flat(BITS, CHANCES)) == pytest.approx(float(other(BITS, CHANCES, weight)))


def test_fractions_as_weights_of_whole_numbers_are_told():
    ids = np.array([0, 1])
    with pytest.warns(UserWarning, match="dtype='float32'"):
        metrics.MeanIoU(2).update_state(ids, ids, [0.5, 1.0])
    metric = metrics.MeanIoU(2)
    metric.update_state(ids, ids, np.array([2.0, 1.0]))
    assert metric.total_cm.numpy().tolist() == [[2, 0], [0, 1]]


BAD = [
    (metrics.AUC, {"num_thresholds": 1}, "num_thresholds: got 1"),
    (metrics.AUC, {"curve": "ROCK"}, "curve: got 'ROCK'"),
    (metrics.AUC, {"summation_method": "x"}, "summation_method: got 'x'"),
    (metrics.AUC, {"thresholds": [1.5]}, "thresholds: got"),
    (metrics.AUC, {"num_labels": 3}, "num_labels: got 3"),
    (metrics.PrecisionAtRecall, {"recall": 1.1}, "recall: got 1.1"),
    (metrics.RecallAtPrecision, {"precision": -0.1}, "precision: got -0.1"),
    (metrics.SensitivityAtSpecificity, {"specificity": 2}, "specificity: got 2"),
    (metrics.SpecificityAtSensitivity, {"sensitivity": 2}, "sensitivity: got 2"),
    (metrics.PrecisionAtRecall, {"recall": 0.5, "num_thresholds": 0}, "num_thresholds: got 0"),
    (metrics.F1Score, {"average": "x"}, "average: got 'x'"),
    (metrics.FBetaScore, {"beta": 1}, "beta: got 1"),
    (metrics.FBetaScore, {"beta": -1.0}, "beta: got -1.0"),
    (metrics.F1Score, {"threshold": 1}, "threshold: got 1"),
    (metrics.F1Score, {"threshold": 0.0}, "threshold: got 0.0"),
    (metrics.R2Score, {"class_aggregation": "x"}, "class_aggregation: got 'x'"),
    (metrics.R2Score, {"num_regressors": -1}, "num_regressors: got -1"),
    (metrics.IoU, {"num_classes": 3, "target_class_ids": [3]}, "target_class_ids: got 3"),
    (metrics.IoU, {"num_classes": 3, "target_class_ids": []}, "target_class_ids: got none"),
    (metrics.BinaryIoU, {"threshold": None}, "threshold: got None"),
]


@pytest.mark.parametrize(("metric", "arguments", "message"), BAD)
def test_arguments_without_a_meaning_are_refused(metric, arguments, message):
    with pytest.raises(ArgumentError, match=f"{message}.*; wanted"):
        metric(**arguments)


SHAPES = [
    (metrics.AUC(multi_label=True), (4,), (4,)),
    (metrics.AUC(multi_label=True, num_labels=2), (4, 3), (4, 3)),
    (metrics.AUC(label_weights=[1.0, 2.0]), (4, 3), (4, 3)),
    (metrics.AUC(), (4, 2), (4, 3)),
    (metrics.PrecisionAtRecall(0.5, class_id=1), (4,), (4,)),
    (metrics.F1Score(), (4,), (4,)),
    (metrics.F1Score(), (4, 1), (4, 3)),
    (metrics.R2Score(), (4,), (4,)),
    (metrics.R2Score(), (4, 2), (4, 3)),
    (metrics.MeanIoU(3), (4,), (5,)),
    (metrics.PearsonCorrelation(), (4, 2), (4, 3)),
]


@pytest.mark.parametrize(("metric", "true", "pred"), SHAPES)
def test_shapes_that_do_not_fit_are_refused(metric, true, pred):
    with pytest.raises(ShapeError, match=r"got .*wanted"):
        metric.update_state(np.zeros(true), np.ones(pred))


LATE = [metrics.F1Score, metrics.R2Score, lambda: metrics.AUC(multi_label=True)]


@pytest.mark.parametrize("make", LATE)
def test_metrics_without_a_batch_merge_and_have_no_result(make):
    empty, other, third = make(), make(), make()
    with pytest.raises(StateError, match="wanted update_state"):
        empty.result()
    other.update_state(BITS[:5], CHANCES[:5])
    empty.merge_state([other, third])
    assert np.array_equal(empty.result(), other.result())
    with pytest.raises(ShapeError, match=r"wanted \[batch, 3\]"):
        empty.update_state(BITS[:5, :2], CHANCES[:5, :2])
