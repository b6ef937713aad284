"""Every initializer against Keras and its distribution: statistics, shapes, configs."""

import numpy as np
import pytest
from scipy import stats

from kerax import initializers, random

keras = pytest.importorskip("keras")

SHAPES = [(40, 50), (3, 3, 8, 20), (2000,), (5, 30, 20)]
DRAWN = [
    ("RandomNormal", {"mean": 0.5, "stddev": 0.2}),
    ("TruncatedNormal", {"stddev": 2.0}),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}),
    ("GlorotUniform", {}),
    ("GlorotNormal", {}),
    ("HeUniform", {}),
    ("HeNormal", {}),
    ("LecunUniform", {}),
    ("LecunNormal", {}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("VarianceScaling", {"mode": "fan_avg", "input_axes": (0,), "output_axes": (1,)}),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("name", "kwargs"), DRAWN)
def test_draws_have_keras_distribution(name, kwargs, shape):
    if len(shape) == 1 and "input_axes" in kwargs:
        shape = (2000, 3)
    ours = getattr(initializers, name)(**kwargs, seed=7)(shape).ravel()
    theirs = np.asarray(getattr(keras.initializers, name)(**kwargs, seed=7)(shape)).ravel()
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-4
    np.testing.assert_allclose(ours.std(), theirs.std(), rtol=0.1)
    assert abs(np.abs(ours).max() / np.abs(theirs).max() - 1) < 0.5


FIXED = [
    ("Zeros", {}, (2, 3)),
    ("Ones", {}, (2, 3)),
    ("Constant", {"value": 2.5}, (2, 3)),
    ("Constant", {"value": np.array([1.0, 2.0])}, (3, 2)),
    ("Identity", {"gain": 2.0}, (3, 4)),
    ("STFT", {}, (8, 1, 5)),
    ("STFT", {"side": "imag", "window": "hamming", "scaling": "spectrum"}, (8, 1, 5)),
    ("STFT", {"window": None, "scaling": None, "periodic": True}, (6, 1, 4)),
    ("STFT", {"periodic": True}, (8, 1, 5)),
]


@pytest.mark.parametrize(("name", "kwargs", "shape"), FIXED)
def test_fixed_values(name, kwargs, shape):
    ours, theirs = (
        getattr(initializers, name)(**kwargs),
        getattr(keras.initializers, name)(**kwargs),
    )
    np.testing.assert_allclose(ours(shape), theirs(shape), atol=1e-6)
    for dtype in ("float16", "bfloat16"):
        assert str(ours(shape, dtype=dtype).dtype) == dtype


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (2, 3, 8)])
def test_orthogonal(shape):
    matrix = initializers.Orthogonal(gain=2.0, seed=1)(shape).reshape(-1, shape[-1])
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


@pytest.mark.parametrize(("name", "kwargs"), [*DRAWN, *(case[:2] for case in FIXED[:3])])
def test_configs_go_both_ways(name, kwargs):
    ours, theirs = (
        getattr(initializers, name)(**kwargs),
        getattr(keras.initializers, name)(**kwargs),
    )
    assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    back = initializers.deserialize(keras.initializers.serialize(theirs))
    assert back.get_config() == theirs.get_config()
    assert ours.clone().get_config() == ours.get_config()


@pytest.mark.parametrize(
    "name",
    [
        *("zeros", "Zeros", "ones", "he_normal", "HeNormal", "glorot_uniform", "uniform", "normal"),
        *("truncated_normal", "orthogonal", "OrthogonalInitializer", "identity", "lecun_uniform"),
        *("variance_scaling", "random_normal", "random_uniform", "stft"),
    ],
)
def test_spellings(name):
    wanted = type(keras.initializers.get(name)).__name__
    assert type(initializers.get(name)).__name__ == wanted


def test_get():
    assert initializers.get(None) is None
    assert isinstance(initializers.get(initializers.Ones), initializers.Ones)
    draw = lambda shape, dtype=None: np.ones(shape)  # noqa: E731 - a function is what is meant
    assert initializers.get(draw) is draw
    np.testing.assert_array_equal(initializers.get(np.arange(2.0))((2,)), [0, 1])
    with pytest.raises(ValueError, match=r"zeros|Zeros"):
        initializers.get("zeross")


def test_seeds():
    fixed = initializers.GlorotNormal(seed=3)
    np.testing.assert_array_equal(fixed((3, 4)), fixed((3, 4)))
    np.testing.assert_array_equal(fixed((3, 4)), initializers.GlorotNormal(seed=3)((3, 4)))
    free = initializers.GlorotNormal()
    assert free.get_config()["seed"] is None
    np.testing.assert_array_equal(free((3, 4)), free((3, 4)))
    assert (free((3, 4)) != initializers.GlorotNormal()((3, 4))).any()
    running = initializers.GlorotNormal(seed=random.SeedGenerator(1))
    assert (running((3, 4)) != running((3, 4))).any()
    random.set_random_seed(5)
    first = initializers.HeNormal()((4,))
    random.set_random_seed(5)
    np.testing.assert_array_equal(first, initializers.HeNormal()((4,)))


def test_different_shapes_do_not_share_draws():
    fixed = initializers.RandomNormal(seed=3)
    assert (fixed((4, 4)).ravel()[:4] != fixed((4, 5)).ravel()[:4]).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: initializers.VarianceScaling(scale=0),
        lambda: initializers.VarianceScaling(mode="x"),
        lambda: initializers.VarianceScaling(distribution="x"),
        lambda: initializers.RandomNormal(seed="x"),
        lambda: initializers.Orthogonal()((3,)),
        lambda: initializers.Identity()((2, 2, 2)),
        lambda: initializers.STFT(window="x"),
        lambda: initializers.STFT(side="x"),
        lambda: initializers.STFT(scaling="x"),
    ],
)
def test_bad_arguments(make):
    with pytest.raises(ValueError, match="wanted"):
        make()
