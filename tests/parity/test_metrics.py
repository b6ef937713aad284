"""Every standard metric against installed Keras, streamed in ragged batches."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax

keras = pytest.importorskip("keras")

pytestmark = [
    # Keras' confusion matrix asks JAX for a type that it has not.
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning"),
    # Both warn of fractions as weights of whole numbers.
    pytest.mark.filterwarnings("ignore:You are passing weight as `float`:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*cuts them to whole numbers:UserWarning"),
]

RANDOM = np.random.default_rng(1)
SIZES = (6, 3)
TOTAL = sum(SIZES)


def floats(*shape):
    return RANDOM.normal(size=(TOTAL, *shape)).astype("float32")


REAL = floats(3), floats(3)
POSITIVE = np.abs(REAL[0]), np.abs(REAL[1])
BITS = (REAL[0] > 0).astype("float32")
NUMBERS = RANDOM.integers(0, 6, TOTAL)
ONE_HOT = np.eye(6, dtype="float32")[NUMBERS]
SCORES = np.round(RANDOM.dirichlet(np.ones(6), TOTAL), 1).astype("float32")
SMOOTH = RANDOM.dirichlet(np.ones(6), TOTAL).astype("float32")
CHANCES = RANDOM.random((TOTAL, 3)).astype("float32")
SEQUENCE = RANDOM.integers(0, 6, (TOTAL, 4)), floats(4, 6)
SPARSE = "SparseCategoricalCrossentropy"
GRID = np.round(CHANCES, 1)
LABELS = NUMBERS.astype("int32") % 3
GUESSES = RANDOM.integers(0, 3, TOTAL).astype("int32")
ONE_OF_3 = np.eye(3, dtype="float32")
VOID = np.where(np.arange(TOTAL) % 4 == 1, 255, LABELS)

# name: class, keyword arguments, targets, predictions
CASES = {
    "mse": ("MeanSquaredError", {}, *REAL),
    "rmse": ("RootMeanSquaredError", {}, *REAL),
    "rmse column": ("RootMeanSquaredError", {}, REAL[0][:, 0], REAL[1][:, :1]),
    "mae": ("MeanAbsoluteError", {}, *REAL),
    "mape": ("MeanAbsolutePercentageError", {}, *REAL),
    "msle": ("MeanSquaredLogarithmicError", {}, *POSITIVE),
    "log cosh": ("LogCoshError", {}, *REAL),
    "cosine": ("CosineSimilarity", {}, *REAL),
    "hinge": ("Hinge", {}, np.sign(REAL[0]), REAL[1]),
    "squared hinge": ("SquaredHinge", {}, np.sign(REAL[0]), REAL[1]),
    "categorical hinge": ("CategoricalHinge", {}, ONE_HOT, SMOOTH),
    "kl": ("KLDivergence", {}, ONE_HOT, SMOOTH),
    "poisson": ("Poisson", {}, *POSITIVE),
    "bce": ("BinaryCrossentropy", {"label_smoothing": 0.1}, BITS, CHANCES),
    "bce logits": ("BinaryCrossentropy", {"from_logits": True}, BITS, REAL[1]),
    "cce": ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, SMOOTH),
    "cce logits": ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, 9 * SMOOTH),
    "scce": (SPARSE, {}, NUMBERS, SMOOTH),
    "scce steps": (SPARSE, {"from_logits": True}, *SEQUENCE),
    "scce ignore": (SPARSE, {"ignore_class": 2}, NUMBERS, SMOOTH),
    "accuracy": ("Accuracy", {}, NUMBERS, (NUMBERS + RANDOM.integers(0, 2, TOTAL))),
    "binary accuracy": ("BinaryAccuracy", {}, BITS, CHANCES),
    "binary accuracy 0.2": ("BinaryAccuracy", {"threshold": 0.2}, BITS[:, 0], CHANCES[:, :1]),
    "categorical accuracy": ("CategoricalAccuracy", {}, ONE_HOT, SCORES),
    "sparse accuracy": ("SparseCategoricalAccuracy", {}, NUMBERS, SCORES),
    "sparse accuracy column": ("SparseCategoricalAccuracy", {}, NUMBERS[:, None], SCORES),
    "sparse accuracy steps": ("SparseCategoricalAccuracy", {}, *SEQUENCE),
    "top 5": ("TopKCategoricalAccuracy", {}, ONE_HOT, SCORES),
    "top 2": ("TopKCategoricalAccuracy", {"k": 2}, ONE_HOT, SCORES),
    "sparse top 1": ("SparseTopKCategoricalAccuracy", {"k": 1}, NUMBERS, SCORES),
    "sparse top 9": ("SparseTopKCategoricalAccuracy", {"k": 9}, NUMBERS, SCORES),
    "sparse top steps": ("SparseTopKCategoricalAccuracy", {"k": 2}, *SEQUENCE),
    "top sorted": (
        "SparseTopKCategoricalAccuracy",
        {"k": 2, "from_sorted_ids": True},
        NUMBERS,
        np.argsort(-SMOOTH).astype("float32"),
    ),
    "precision": ("Precision", {}, BITS, CHANCES),
    "precision column": ("Precision", {}, BITS[:, 0], CHANCES[:, :1]),
    "precision thresholds": ("Precision", {"thresholds": [0.0, 0.3, 0.9, 1.0]}, BITS, CHANCES),
    "precision top 2": ("Precision", {"top_k": 2}, ONE_HOT, SCORES),
    "precision class": ("Precision", {"class_id": 2, "thresholds": 0.1}, ONE_HOT, SCORES),
    "precision top class": ("Precision", {"class_id": 2, "top_k": 3}, ONE_HOT, SCORES),
    "precision top thresholds": (
        "Precision",
        {"top_k": 3, "thresholds": [0.1, 0.25]},
        ONE_HOT,
        SCORES,
    ),
    "precision images": ("Precision", {}, (SEQUENCE[1] > 0).astype(int), SEQUENCE[1] % 1),
    "recall": ("Recall", {}, BITS, CHANCES),
    "recall thresholds": ("Recall", {"thresholds": [0.0, 0.3, 0.9, 1.0]}, BITS, CHANCES),
    "recall top 2": ("Recall", {"top_k": 2}, ONE_HOT, SCORES),
    "recall class": ("Recall", {"class_id": 2, "thresholds": 0.1}, ONE_HOT, SCORES),
    "true positives": ("TruePositives", {}, BITS, CHANCES),
    "true negatives": ("TrueNegatives", {"thresholds": [0.1, 0.6]}, BITS, CHANCES),
    "false positives": ("FalsePositives", {"thresholds": 0.3}, BITS, CHANCES),
    "false negatives": ("FalseNegatives", {}, BITS, CHANCES),
    "auc": ("AUC", {}, BITS, CHANCES),
    "auc logits": ("AUC", {"from_logits": True, "num_thresholds": 9}, BITS, REAL[1]),
    "auc column": ("AUC", {"num_thresholds": 2}, BITS[:, 0], CHANCES[:, :1]),
    "auc thresholds": ("AUC", {"thresholds": [0.7, 0.2, 0.33, 0.2]}, BITS, GRID),
    "auc even": ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, BITS, GRID),
    "auc labels": ("AUC", {"multi_label": True, "num_thresholds": 9}, BITS, GRID),
    "auc 3 labels": ("AUC", {"multi_label": True, "num_labels": 3, "curve": "PR"}, BITS, CHANCES),
    **{
        f"auc {curve} {method}": (
            "AUC",
            {"curve": curve, "summation_method": method, "num_thresholds": 6},
            BITS,
            GRID,
        )
        for curve in ("ROC", "pr", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
    },
    "sensitivity": ("SensitivityAtSpecificity", {"specificity": 0.6}, BITS, CHANCES),
    "specificity": ("SpecificityAtSensitivity", {"sensitivity": 0.6}, BITS, GRID),
    "specificity one": (
        "SpecificityAtSensitivity",
        {"sensitivity": 0.2, "num_thresholds": 1},
        BITS,
        GRID,
    ),
    "precision at": ("PrecisionAtRecall", {"recall": 0.8, "num_thresholds": 7}, BITS, GRID),
    "precision at class": ("PrecisionAtRecall", {"recall": 0.5, "class_id": 1}, BITS, CHANCES),
    "recall at": ("RecallAtPrecision", {"precision": 0.4}, BITS, CHANCES),
    "f1": ("F1Score", {}, ONE_HOT, SCORES),
    "f1 threshold": ("F1Score", {"average": "macro", "threshold": 0.3}, ONE_HOT, SCORES),
    "f beta micro": ("FBetaScore", {"average": "micro", "beta": 2.0}, ONE_HOT, SCORES),
    "f beta weighted": (
        "FBetaScore",
        {"average": "weighted", "beta": 0.5, "threshold": 0.2},
        ONE_HOT,
        SCORES,
    ),
    "f1 soft": ("F1Score", {"threshold": 0.5}, SMOOTH, CHANCES.repeat(2, axis=1)),
    "r2": ("R2Score", {}, *REAL),
    "r2 column": ("R2Score", {}, REAL[0][:, :1], REAL[1][:, 0]),
    "r2 columns": ("R2Score", {"class_aggregation": None}, *REAL),
    "r2 variance": (
        "R2Score",
        {"class_aggregation": "variance_weighted_average", "num_regressors": 2},
        *REAL,
    ),
    "iou": ("IoU", {"num_classes": 3, "target_class_ids": (0, -1)}, LABELS, GUESSES),
    "iou ignore": (
        "IoU",
        {"num_classes": 3, "target_class_ids": [1], "ignore_class": 255, "sparse_y_pred": False},
        VOID,
        CHANCES,
    ),
    "iou one-hot": (
        "IoU",
        {"num_classes": 3, "target_class_ids": [2], "sparse_y_true": False, "dtype": "float32"},
        ONE_OF_3[LABELS],
        GUESSES,
    ),
    "iou binary": ("BinaryIoU", {"threshold": 0.3, "dtype": "float32"}, BITS, GRID),
    "iou binary one": ("BinaryIoU", {"target_class_ids": [1]}, BITS, GRID),
    "iou mean": ("MeanIoU", {"num_classes": 4}, LABELS, GUESSES),
    "iou mean column": ("MeanIoU", {"num_classes": 3}, LABELS[:, None], GUESSES),
    "iou half": ("MeanIoU", {"num_classes": 3, "dtype": "float16"}, LABELS, GUESSES),
    "iou out of range": ("MeanIoU", {"num_classes": 2}, LABELS - 1, GUESSES),
    "one-hot iou": (
        "OneHotIoU",
        {"num_classes": 3, "target_class_ids": [0, 1], "ignore_class": 1},
        ONE_OF_3[LABELS],
        CHANCES,
    ),
    "one-hot mean iou": ("OneHotMeanIoU", {"num_classes": 3}, ONE_OF_3[LABELS], CHANCES),
    "one-hot mean iou sparse": (
        "OneHotMeanIoU",
        {"num_classes": 3, "sparse_y_pred": True},
        ONE_OF_3[LABELS],
        GUESSES,
    ),
    "pearson": ("PearsonCorrelation", {}, *REAL),
    "pearson sequence": ("PearsonCorrelation", {"axis": 1}, SEQUENCE[1], SEQUENCE[1] ** 2),
    "concordance": ("ConcordanceCorrelation", {}, *REAL),
    "concordance axis": ("ConcordanceCorrelation", {"axis": 1}, *REAL),
}

# Metrics that create variables with the first batch, and have no result before.
LATE = {case for case, row in CASES.items() if row[0] in ("F1Score", "FBetaScore", "R2Score")}
LATE.add("auc labels")

# Keras' metric counts an ignored class as 0 without weights, takes no weights for images, and for
# overlaps none of whole samples.
PER_VALUE = (None, np.linspace(0, 3, 3 * TOTAL, dtype="float32").reshape(TOTAL, 3))
CASE_WEIGHTS = {
    "scce ignore": (np.ones(TOTAL), np.arange(TOTAL)),
    "precision images": (None, None),
    "iou binary": PER_VALUE,
    "iou binary one": PER_VALUE,
}


def close(mine, theirs, what=""):
    def compare(a, b):
        a, b = np.asarray(a), np.asarray(b)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5, err_msg=what)

    jax.tree.map(compare, mine, theirs)


def pair(case, **more):
    name, kwargs, y_true, y_pred = CASES[case]
    mine, theirs = (getattr(m.metrics, name)(**kwargs, **more) for m in (kerax, keras))
    return mine, theirs, y_true, y_pred


def batches(*arrays):
    ends = np.cumsum(SIZES)
    for start, end in zip(ends - SIZES, ends, strict=True):
        yield [None if a is None else a[start:end] for a in arrays]


@pytest.mark.parametrize("case", CASES)
def test_streams_without_and_with_weights(case):
    mine, theirs, y_true, y_pred = pair(case)
    if case not in LATE:
        close(mine.result(), theirs.result())
    weights = CASE_WEIGHTS.get(case, (None, np.linspace(0, 2, TOTAL).astype("float32")))
    for i, (t, p, *weight) in enumerate(batches(y_true, y_pred, *weights)):
        close(mine(t, p, weight[i]), theirs(t, p, weight[i]))
    close([v.numpy() for v in mine.variables], [np.asarray(v.value) for v in theirs.variables])


@pytest.mark.parametrize("case", CASES)
def test_names_and_variables(case):
    mine, theirs, *_ = pair(case, name="given")
    assert mine.name == "given"
    facts = [(v.name, v.path, tuple(v.shape), v.dtype, v.trainable) for v in mine.variables]
    assert facts == [
        (v.name, v.path, tuple(v.shape), v.dtype, v.trainable) for v in theirs.variables
    ]
    assert mine.dtype == theirs.dtype
    assert type(mine)(**CASES[case][1]).name.rstrip("_0123456789") == type(theirs)(
        **CASES[case][1]
    ).name.rstrip("_0123456789")


@pytest.mark.parametrize("case", CASES)
def test_configs_go_both_ways(case):
    mine, theirs, *_ = pair(case, name="given")
    config, reference = kerax.metrics.serialize(mine), keras.metrics.serialize(theirs)
    assert {**config, "config": {**config["config"], **reference["config"]}} == config
    assert {k: v for k, v in config.items() if k != "config"} == {
        k: v for k, v in reference.items() if k != "config"
    }
    read, read_back = keras.metrics.deserialize(config), kerax.metrics.deserialize(reference)
    assert read.get_config() == reference["config"]
    assert {**read_back.get_config(), **reference["config"]} == read_back.get_config()
    assert kerax.metrics.deserialize(config).get_config() == config["config"]


STREAMED = [
    "mse",
    "rmse",
    "scce ignore",
    "sparse top steps",
    "recall thresholds",
    "false negatives",
    "auc",
    "auc labels",
    "recall at",
    "f beta micro",
    "r2 variance",
    "iou mean",
    "pearson",
]


@pytest.mark.parametrize("case", STREAMED)
def test_stateless_methods_scan_and_merge(case):
    mine, theirs, y_true, y_pred = pair(case)
    mine.build_for(y_true, y_pred)
    step = jax.jit(mine.stateless_update_state)
    values = mine.stateless_reset_state()
    parts = []
    for batch in batches(y_true, y_pred, CASE_WEIGHTS.get(case, (None,))[0]):
        values = step(values, *batch)
        parts.append(step(mine.stateless_reset_state(), *batch))
        theirs.update_state(*batch)
    close(jax.jit(mine.stateless_result)(values), theirs.result())
    merged = [sum(part[1:], part[0]) for part in zip(*parts, strict=True)]
    assert [v.dtype for v in merged] == [v.dtype for v in mine.variables]
    close(mine.stateless_result(merged), theirs.result())
    assert all(not np.any(v.numpy()) for v in mine.variables)


MASKED = (
    *("mse", "mae", "bce", "cce", "scce", "sparse accuracy", "top 2", "rmse", "precision"),
    *("auc", "f1", "r2", "iou mean", "pearson"),
)


@pytest.mark.parametrize("case", MASKED)
def test_masks_of_predictions(case):
    mine, theirs, y_true, y_pred = pair(case)
    mask = jnp.asarray(RANDOM.random(TOTAL) > 0.4)
    own, other = jnp.asarray(y_pred), jnp.array(y_pred, copy=True)
    kerax.symbolic.set_mask(own, mask)
    other._keras_mask = mask
    y_true = y_true.astype("int32") if y_true.dtype == "int64" else y_true
    for weight in (None, np.linspace(0, 2, TOTAL).astype("float32")):
        close(mine(y_true, own, weight), theirs(y_true, other, weight))


# case: the shapes of weights that Keras takes there, () for a number
RANKS = {
    "mse": [(TOTAL,), (TOTAL, 1)],
    "bce": [(TOTAL,), (TOTAL, 1)],
    "sparse accuracy steps": [(TOTAL,), (TOTAL, 1), (TOTAL, 4)],
    "precision": [(), (TOTAL,), (TOTAL, 1), (TOTAL, 3), (1, 3)],
    "auc": [(), (TOTAL,), (TOTAL, 1), (TOTAL, 3), (1, 3)],
    "auc labels": [(), (TOTAL,), (TOTAL, 1), (TOTAL, 3), (1, 3)],
    "recall at": [(), (TOTAL,), (TOTAL, 1), (TOTAL, 3), (1, 3)],
    "precision at class": [(), (TOTAL,), (TOTAL, 1)],
    "f1": [(TOTAL,)],
    "r2 columns": [(), (TOTAL,), (TOTAL, 1), (TOTAL, 3), (1, 3)],
    "iou binary": [(), (TOTAL, 3)],
    "iou mean": [(), (TOTAL,), (TOTAL, 1)],
    "pearson sequence": [(TOTAL,), (TOTAL, 1), (TOTAL, 6)],
}


@pytest.mark.parametrize("case", RANKS)
def test_weights_of_every_rank(case):
    mine, theirs, y_true, y_pred = pair(case)
    for shape in RANKS[case]:
        weight = 3 * np.asarray(RANDOM.random(shape), "float32")
        close(mine(y_true, y_pred, weight), theirs(y_true, y_pred, weight))


def spoiled(*values):
    """Return a change of predictions: the first ones of the first column are these values."""

    def spoil(y_true, y_pred):
        y_pred = np.array(y_pred)
        y_pred[: len(values), 0] = values
        return y_true, y_pred, None

    return spoil


EXTREMES = {
    "empty": lambda t, p: (t[:0], p[:0], None),
    "no positives": lambda t, p: (np.zeros_like(t), p, None),
    "only positives": lambda t, p: (np.ones_like(t), p, None),
    "no weight": lambda t, p: (t, p, np.zeros(TOTAL, "float32")),
    "zeros": lambda t, p: (t, np.zeros_like(p), None),
    "nan": spoiled(np.nan),
    "infinite": spoiled(np.inf, -np.inf),
    "huge": spoiled(1e30, -1e30),
}

HUGE = REAL[0].astype("float64"), spoiled(1e30, -1e30)(None, REAL[1].astype("float64"))[1]

# case: where kerax gives another result than Keras, and which
BETTER = {
    "log cosh": {"infinite": np.inf},  # there NaN
    "recall at": {"nan": 14 / 15},  # NaN exceeds no threshold, there the first
    # No targets explain nothing, and infinite errors are the worst; there NaN and 0.
    "r2": {"empty": 0.0, "no weight": 0.0, "infinite": -np.inf, "huge": -np.inf},
    # The scale cancels; there squares overflow.
    "pearson": {"huge": np.mean([np.corrcoef(t, p)[0, 1] for t, p in zip(*HUGE, strict=True)])},
    "concordance": {
        "huge": np.mean(
            [
                2 * np.cov(t, p, ddof=0)[0, 1] / (t.var() + p.var() + (t.mean() - p.mean()) ** 2)
                for t, p in zip(*HUGE, strict=True)
            ]
        )
    },
}

SPOILED = (
    *("mse", "rmse", "mae", "log cosh", "hinge", "cosine", "bce", "cce", "binary accuracy"),
    *("categorical accuracy", "top 2", "precision", "recall thresholds", "true negatives"),
    *("auc", "auc thresholds", "auc ROC majoring", "auc pr interpolation", "auc labels"),
    *("sensitivity", "specificity", "precision at", "recall at", "f1", "f1 threshold"),
    *("f beta weighted", "r2", "pearson", "concordance"),
)


@pytest.mark.parametrize("case", SPOILED)
def test_extreme_inputs(case):
    mine, theirs, *given = pair(case)
    for name, change in EXTREMES.items():
        mine.reset_state()
        theirs.reset_state()
        batch = change(*given)
        got, wanted = mine(*batch), theirs(*batch)
        close(got, BETTER.get(case, {}).get(name, wanted), name)


VALUES = RANDOM.normal(size=(2, 3)).astype("float32")
WEIGHTS = {
    "none": None,
    "batch": [1.0, 2.0],
    "column": [[1.0], [2.0]],
    "values": np.abs(VALUES),
    "values column": np.abs(VALUES)[..., None],
    "row": [[1.0, 2.0, 3.0]],
    "one": [2.0],
    "zeros": np.zeros((2, 3)),
}


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_mean_and_sum(name, weight):
    mine, theirs = (getattr(m.metrics, name)() for m in (kerax, keras))
    for metric in (mine, theirs):
        metric.update_state(VALUES, sample_weight=WEIGHTS[weight])
        metric.update_state([1.0, 5.0])
        metric.update_state(3.0)
    close([v.numpy() for v in mine.variables], [np.asarray(v.value) for v in theirs.variables])
    close(mine.result(), theirs.result())


def test_mean_of_a_function():
    mine = kerax.metrics.MeanMetricWrapper(kerax.losses.huber, name="h", delta=0.5)
    theirs = keras.metrics.MeanMetricWrapper(keras.losses.huber, name="h", delta=0.5)
    close(mine(*REAL), theirs(*REAL))
    assert mine.get_config() == theirs.get_config()
    close(kerax.metrics.deserialize(kerax.metrics.serialize(mine))(*REAL), mine.result())


def test_every_spelling_is_taken():
    names = [n for n in dir(keras.metrics) if n[0] != "_"]
    names += [kerax.naming.snake_case(n) for n in names]
    names += ["bce", "BCE", "mae", "MAE", "mape", "MAPE", "mse", "MSE", "msle", "MSLE"]
    classes = {name for name, *_ in CASES.values()} | {"Mean", "Sum"}
    taken = 0
    for name in names:
        try:
            wanted = keras.metrics.get(name)
        except (ValueError, TypeError):
            continue
        if type(wanted).__name__ in classes:
            got = kerax.metrics.get(name)
            assert type(got).__name__ == type(wanted).__name__
            taken += 1
    assert taken >= 2 * len(classes)


def test_functions_are_attributes():
    functions = [n for n in dir(keras.metrics) if n[0].islower() and "_" in n]
    own = [n for n in functions if n in dir(kerax.metrics)]
    assert len(own) >= 16
    for name in own:
        assert callable(getattr(kerax.metrics, name))
        assert not isinstance(getattr(kerax.metrics, name), type)


OUTPUTS = {
    "column": ((8, 1), 1, "sigmoid"),
    "flat": ((8,), 1, "sigmoid"),
    "numbers": ((8,), 4, "softmax"),
    "number column": ((8, 1), 4, "softmax"),
    "one-hot": ((8, 4), 4, "softmax"),
}


@pytest.mark.parametrize("identifier", ["accuracy", "acc", "mse", "MeanSquaredError", "mae"])
@pytest.mark.parametrize("case", OUTPUTS)
def test_strings_of_compile_by_shapes(case, identifier):
    shape, units, activation = OUTPUTS[case]
    if identifier not in ("accuracy", "acc") and case == "numbers":
        pytest.skip("class numbers have no distance from probabilities")
    y_true, y_pred = np.zeros(shape), np.full((8, units), 1 / units)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, activation=activation)])
    model.compile(loss=lambda t, p: keras.ops.sum(p), metrics=[identifier])
    model.test_on_batch(np.ones((8, 2)), y_true)
    wanted = model._compile_metrics.metrics[0]
    got = kerax.metrics.get_for_outputs(identifier, y_true, y_pred)
    assert (type(got).__name__, got.name) == (type(wanted).__name__, wanted.name)
    float(got(y_true, y_pred))
