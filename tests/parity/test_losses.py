"""Every standard loss against installed Keras: values, gradients, reductions, weights, masks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax
from kerax.naming import snake_case
from kerax.symbolic import set_mask

keras = pytest.importorskip("keras")

RANDOM = np.random.default_rng(0)
REAL = RANDOM.normal(size=(4, 3)).astype("float32"), RANDOM.normal(size=(4, 3)).astype("float32")
SHARE = RANDOM.dirichlet(np.ones(3), 4).astype("float32")
SIGNS = np.sign(REAL[0]), REAL[1]
BITS = (REAL[0] > 0).astype("float32")
ONE_HOT = np.eye(3, dtype="float32")[[0, 2, 1, 1]]
NUMBERS = np.array([0, 2, 1, 1])
PROBABILITIES = 1 / (1 + np.exp(-REAL[1]))
POSITIVE = np.abs(REAL[0]), np.abs(REAL[1])
IMAGES = RANDOM.integers(0, 3, (2, 4)), RANDOM.normal(size=(2, 4, 3)).astype("float32")
UNIT = REAL[1] / np.linalg.norm(REAL[1], axis=1, keepdims=True)
PAIRS = np.array([0, 1, 1, 0])
LABELS = np.array([[1, 2, 2], [3, 1, 0]]), RANDOM.normal(size=(2, 6, 4)).astype("float32")

SPARSE = "SparseCategoricalCrossentropy"

# name: class, keyword arguments, targets, predictions
CASES = {
    "mse": ("MeanSquaredError", {}, *REAL),
    "mse integers": ("MeanSquaredError", {}, BITS.astype("int32"), REAL[1]),
    "mae": ("MeanAbsoluteError", {}, *REAL),
    "mape": ("MeanAbsolutePercentageError", {}, *REAL),
    "mape zero": ("MeanAbsolutePercentageError", {}, BITS, REAL[1]),
    "msle": ("MeanSquaredLogarithmicError", {}, *POSITIVE),
    "msle negative": ("MeanSquaredLogarithmicError", {}, *REAL),
    "huber": ("Huber", {}, *REAL),
    "huber 0.3": ("Huber", {"delta": 0.3}, *REAL),
    "log cosh": ("LogCosh", {}, 9 * REAL[0], REAL[1]),
    "cosine": ("CosineSimilarity", {}, *REAL),
    "cosine axis 0": ("CosineSimilarity", {"axis": 0}, *REAL),
    "hinge": ("Hinge", {}, *SIGNS),
    "hinge of bits": ("Hinge", {}, BITS, REAL[1]),
    "squared hinge": ("SquaredHinge", {}, *SIGNS),
    "squared hinge of bits": ("SquaredHinge", {}, BITS, REAL[1]),
    "categorical hinge": ("CategoricalHinge", {}, ONE_HOT, REAL[1]),
    "kl": ("KLDivergence", {}, SHARE, PROBABILITIES),
    "poisson": ("Poisson", {}, *POSITIVE),
    "bce": ("BinaryCrossentropy", {}, BITS, PROBABILITIES),
    "bce of bits": ("BinaryCrossentropy", {}, BITS, 1 - BITS),
    "bce logits": ("BinaryCrossentropy", {"from_logits": True}, BITS, REAL[1]),
    "bce smooth": ("BinaryCrossentropy", {"label_smoothing": 0.2, "axis": 0}, BITS, PROBABILITIES),
    "cce": ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    "cce logits": ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, 40 * REAL[1]),
    "cce smooth": ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, SHARE),
    "scce": (SPARSE, {}, NUMBERS, PROBABILITIES),
    "scce column": (SPARSE, {}, NUMBERS[:, None].astype("float32"), PROBABILITIES),
    "scce logits": (SPARSE, {"from_logits": True}, *IMAGES),
    "scce ignore": (SPARSE, {"from_logits": True, "ignore_class": 1}, *IMAGES),
    "focal": ("BinaryFocalCrossentropy", {}, BITS, PROBABILITIES),
    "focal odd": (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5, "label_smoothing": 0.1},
        BITS,
        PROBABILITIES,
    ),
    "focal logits": (
        "BinaryFocalCrossentropy",
        {"from_logits": True, "axis": 0, "gamma": 1.0},
        BITS,
        REAL[1],
    ),
    "categorical focal": ("CategoricalFocalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    "categorical focal odd": (
        "CategoricalFocalCrossentropy",
        {"alpha": [0.1, 0.2, 0.3], "gamma": 0.5, "label_smoothing": 0.1, "from_logits": True},
        ONE_HOT,
        REAL[1],
    ),
    "generalized": ("CategoricalGeneralizedCrossEntropy", {"q": 0.5}, NUMBERS, SHARE),
    "generalized 0.9": (
        "CategoricalGeneralizedCrossEntropy",
        {"q": 0.9},
        IMAGES[0],
        1 / (1 + np.exp(-IMAGES[1])),
    ),
    "dice": ("Dice", {}, BITS, PROBABILITIES),
    "dice axis": ("Dice", {"axis": (1,)}, BITS, PROBABILITIES),
    "tversky": ("Tversky", {"alpha": 0.3, "beta": 0.9}, BITS, PROBABILITIES),
    "tversky axis": ("Tversky", {"axis": -1}, BITS, PROBABILITIES),
    "circle": ("Circle", {}, PAIRS, UNIT),
    "circle odd": (
        "Circle",
        {"gamma": 10.0, "margin": 0.2, "remove_diagonal": False},
        PAIRS[:, None].astype("float32"),
        REAL[1] / 2,
    ),
    "ctc": ("CTC", {}, *LABELS),
    "ctc repeated": ("CTC", {}, np.array([[1, 1, 1], [0, 0, 0]]), LABELS[1]),
    "scce ignore -1": (SPARSE, {"ignore_class": -1}, np.array([0, -1, 1, 2]), PROBABILITIES),
}
CLASSES = {name for name, *_ in CASES.values()}
FUNCTIONS = {snake_case(name) for name in CLASSES}
REDUCTIONS = ("sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", "none", None)


def close(mine, theirs):
    np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=1e-5, atol=1e-5)


def pair(case, **kwargs):
    name, own, y_true, y_pred = CASES[case]
    return (
        *(getattr(module.losses, name)(**own, **kwargs) for module in (kerax, keras)),
        y_true,
        y_pred,
    )


@pytest.mark.parametrize("case", CASES)
def test_function_values_and_gradients(case):
    class_name, kwargs, y_true, y_pred = CASES[case]
    name = snake_case(class_name)
    mine, theirs = getattr(kerax.losses, name), getattr(keras.losses, name)
    close(mine(y_true, y_pred, **kwargs), theirs(y_true, y_pred, **kwargs))

    def gradient(function):
        return jax.grad(lambda p: jnp.sum(function(y_true, p, **kwargs)))(jnp.asarray(y_pred))

    close(gradient(mine), gradient(theirs))
    close(
        jax.jit(lambda t, p: mine(t, p, **kwargs))(y_true, y_pred), mine(y_true, y_pred, **kwargs)
    )


@pytest.mark.parametrize(
    ("case", "reduction"),
    [(case, "sum_over_batch_size") for case in CASES]
    + [(case, reduction) for case in ("mse", "scce ignore") for reduction in REDUCTIONS],
)
def test_class_values_and_weights(case, reduction):
    mine, theirs, y_true, y_pred = pair(case, reduction=reduction)
    close(mine(y_true, y_pred), theirs(y_true, y_pred))
    shape = np.shape(theirs.call(y_true, y_pred)) if reduction is None else ()
    weights = [2.0] if len(shape) == 0 else [2.0, RANDOM.random(shape), np.zeros(shape)]
    for weight in weights:
        close(mine(y_true, y_pred, weight), theirs(y_true, y_pred, weight))


@pytest.mark.parametrize("case", CASES)
def test_class_gradients_with_weights(case):
    mine, theirs, y_true, y_pred = pair(case)
    weight = np.linspace(0, 2, len(y_true)).astype("float32")
    if np.ndim(mine.call(y_true, y_pred)) != 1 or len(mine.call(y_true, y_pred)) != len(weight):
        weight = np.float32(0.5)

    def gradient(loss):
        return jax.grad(lambda p: loss(y_true, p, weight))(jnp.asarray(y_pred))

    close(gradient(mine), gradient(theirs))


SEQUENCE = np.arange(12, dtype="float32").reshape(2, 3, 2)
WEIGHTS = {
    "none": None,
    "scalar": 2.0,
    "sample column": np.array([[1.0], [2.0]]),
    "step": np.array([[1.0, 2, 3], [0, 1, 0]]),
    "step column": np.array([[[1.0], [2], [3]], [[0], [1], [0]]]),
    "row": np.array([1.0, 2.0, 3.0]),
    "zeros": np.zeros((2, 3)),
}
MASKS = {
    "none": None,
    "steps": np.array([[True, True, False], [True, False, False]]),
    "nothing": np.zeros((2, 3), bool),
}


@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_with_sample_weight", "none"])
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("mask", MASKS)
def test_masks_and_weights_of_every_rank(reduction, weight, mask):
    def value(module, mark):
        y_pred = jnp.asarray(0.7 * SEQUENCE - 1)
        if MASKS[mask] is not None:
            mark(y_pred, jnp.asarray(MASKS[mask]))
        return module.losses.MeanAbsoluteError(reduction)(SEQUENCE, y_pred, WEIGHTS[weight])

    mine = value(kerax, set_mask)
    close(mine, value(keras, lambda x, m: setattr(x, "_keras_mask", m)))


@pytest.mark.parametrize(
    "shapes",
    [((4,), (4, 1)), ((4, 1), (4,)), ((4, 3), (4, 3, 1)), ((4, 3, 1), (4, 3)), ((4, 1), (4, 3))],
)
def test_ranks_are_matched(shapes):
    y_true, y_pred = (RANDOM.normal(size=shape).astype("float32") for shape in shapes)
    for name in ("MeanSquaredError", "Huber", "LogCosh"):
        mine, theirs = (getattr(m.losses, name)(reduction="none") for m in (kerax, keras))
        close(mine(y_true, y_pred), theirs(y_true, y_pred))


EXTREMES = ([0.0, 0.0], [1.0, 0.0], [1e30, -1e30], [-5.0, 7.0])


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("row", EXTREMES, ids=str)
def test_extreme_predictions(name, row):
    y_pred = np.array([row] * 4, "float32")
    y_true = np.array([[0, 1], [1, 0], [0, 0], [1, 1]], "float32")
    if name in ("circle", "categorical_generalized_cross_entropy") or name[:6] == "sparse":
        y_true = np.array([0, 1, 0, 1])
    if name == "ctc":
        y_pred = np.stack([y_pred, y_pred], 1)
    more = {"q": 0.5} if name == "categorical_generalized_cross_entropy" else {}
    mine, theirs = getattr(kerax.losses, name), getattr(keras.losses, name)
    close(mine(y_true, y_pred, **more), theirs(y_true, y_pred, **more))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("case", ["mse", "bce logits", "cce", "scce"])
def test_small_float_types(case, dtype):
    mine, theirs, y_true, y_pred = pair(case, dtype=dtype)
    got, wanted = mine(y_true, y_pred), theirs(y_true, y_pred)
    assert str(got.dtype) == str(wanted.dtype) == dtype
    np.testing.assert_allclose(np.float32(got), np.float32(wanted), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("case", CASES)
def test_configs_go_both_ways(case):
    mine, theirs, y_true, y_pred = pair(case, reduction="sum", name="given")
    config = kerax.losses.serialize(mine)
    reference = keras.losses.serialize(theirs)
    assert {**config, "config": {**config["config"], **reference["config"]}} == config
    assert {k: v for k, v in config.items() if k != "config"} == {
        k: v for k, v in reference.items() if k != "config"
    }
    read = kerax.losses.deserialize(reference)
    assert read.name == "given"
    if case.startswith("generalized"):  # Keras itself does not find this class
        close(read(y_true, y_pred), theirs(y_true, y_pred))
        return
    read = keras.losses.deserialize(config)
    assert read.name == "given"
    close(kerax.losses.deserialize(config)(y_true, y_pred), read(y_true, y_pred))


def test_every_spelling_is_taken():
    names = [n for n in dir(keras.losses) if n[0] != "_"] + [
        *(["bce", "BCE", "kld", "KLD", "mae", "MAE", "mape", "MAPE", "mse", "MSE", "msle", "MSLE"])
    ]
    for name in names:
        try:
            wanted = keras.losses.get(name)
        except (ValueError, TypeError):
            continue
        own_name = getattr(wanted, "__name__", type(wanted).__name__)
        if own_name in CLASSES | FUNCTIONS:
            got = kerax.losses.get(name)
            assert getattr(got, "__name__", type(got).__name__) == own_name
            assert getattr(got, "name", None) == getattr(wanted, "name", None)
