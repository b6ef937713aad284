"""kerax.utils."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax
from kerax import errors, utils


@pytest.mark.parametrize(
    ("labels", "shape"),
    [
        ([0, 1, 2], (3, 3)),
        (np.array([[0], [2]]), (2, 3)),
        (np.array([[0, 1], [2, 0]]), (2, 2, 3)),
        (np.array(3), (4,)),
        (np.array([0.0, 1.7]), (2, 2)),
        (jnp.array([0, 2]), (2, 3)),
    ],
)
def test_to_categorical(labels, shape):
    vectors = utils.to_categorical(labels)
    assert vectors.shape == shape
    assert vectors.dtype == ("float32" if isinstance(labels, jax.Array) else "float64")
    wanted = np.asarray(labels).astype(int).reshape(shape[:-1])
    np.testing.assert_array_equal(np.argmax(vectors, -1), wanted)
    np.testing.assert_array_equal(np.sum(vectors, -1), np.ones(shape[:-1]))


def test_to_categorical_of_traced_and_symbolic_labels():
    assert utils.to_categorical(kerax.Input((3,), dtype="int32"), 5).shape == (None, 3, 5)
    out = jax.jit(lambda x: utils.to_categorical(x, 2))(jnp.array([1]))
    assert out.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([], None, "no labels"),
        ([0, 3], 2, "from 0 to 3"),
        ([-1, 1], None, "from -1"),
        ("ab", None, "integer labels"),
    ],
)
def test_to_categorical_refuses(labels, classes, message):
    with pytest.raises(errors.ArgumentError, match=message):
        utils.to_categorical(labels, classes)


def test_to_categorical_needs_classes_for_symbols():
    with pytest.raises(errors.ArgumentError, match="num_classes"):
        utils.to_categorical(kerax.Input((3,), dtype="int32"))


@pytest.mark.parametrize(
    ("x", "arguments", "wanted"),
    [
        (np.array([[3.0, 4.0], [0.0, 0.0]]), {}, [[0.6, 0.8], [0.0, 0.0]]),
        (np.array([[1.0, 1.0]]), {"order": 1}, [[0.5, 0.5]]),
        (np.array([[3.0, 1.0], [4.0, 0.0]]), {"axis": 0}, [[0.6, 1.0], [0.8, 0.0]]),
        ([3.0, 4.0], {}, [0.6, 0.8]),
        (jnp.array([[3.0, 4.0]]), {}, [[0.6, 0.8]]),
    ],
)
def test_normalize(x, arguments, wanted):
    np.testing.assert_allclose(utils.normalize(x, **arguments), wanted, rtol=1e-6)


def test_source_inputs():
    a, b = kerax.Input((2,)), kerax.Input((2,))
    assert utils.get_source_inputs((a + b) * a) == [a, b]
    assert utils.get_source_inputs(a) == [a]


def test_seeds_repeat():
    draws = []
    for _ in range(2):
        utils.set_random_seed(5)
        model = kerax.Sequential([kerax.Input((3,)), kerax.layers.Dense(2)])
        draws.append([np.random.rand(2), *model.get_weights()])
    for first, second in zip(*draws, strict=True):
        np.testing.assert_array_equal(first, second)


def test_names_are_keras():
    assert set(utils.__all__) >= {"PyDataset", "Progbar", "clear_session", "set_random_seed"}
    assert utils.Sequence is utils.PyDataset
