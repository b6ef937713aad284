"""Draws and seed generators, against Keras' numbers and the distributions."""

import jax
import numpy as np
import pytest

from kerax import random
from kerax.variable import functionalize

keras = pytest.importorskip("keras")

LOGITS = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")

DRAWS = [
    ("normal", ((3, 2), 1.0, 2.0), {}),
    ("uniform", ((3, 2), -1.0, 2.0), {}),
    ("truncated_normal", ((3, 2), 1.0, 2.0), {}),
    ("randint", ((3, 2), 2, 9), {}),
    ("categorical", (LOGITS, 3), {}),
    ("dropout", (LOGITS, 0.4), {}),
    ("dropout", (LOGITS, 0.4), {"noise_shape": (None, 1)}),
    ("shuffle", (np.arange(12).reshape(3, 4),), {"axis": 1}),
    ("shuffle", (np.arange(12).reshape(3, 4),), {}),
    ("gamma", ((3, 2), 2.0), {}),
    ("beta", ((3, 2), 2.0, 3.0), {}),
    ("binomial", ((3, 2), 9, 0.4), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), DRAWS)
def test_draws_are_keras_draws(name, args, kwargs):
    ours = getattr(random, name)(*args, **kwargs, seed=11)
    theirs = getattr(keras.random, name)(*args, **kwargs, seed=11)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize(("name", "args", "kwargs"), DRAWS[:3])
def test_generators_move_on(name, args, kwargs):
    ours, theirs = random.SeedGenerator(3), keras.random.SeedGenerator(3)
    for _ in range(2):
        one = getattr(random, name)(*args, **kwargs, seed=ours)
        other = getattr(keras.random, name)(*args, **kwargs, seed=theirs)
        np.testing.assert_allclose(one, other, rtol=1e-6)
    np.testing.assert_array_equal(ours.state.numpy(), theirs.state)


def test_set_random_seed():
    def draws():
        random.set_random_seed(4)
        return [random.normal((2,)), random.normal((2,)), np.random.rand(2), random.make_seed()]

    for one, other in zip(draws(), draws(), strict=True):
        np.testing.assert_array_equal(one, other)
    first, second, *_ = draws()
    assert (np.asarray(first) != np.asarray(second)).all()


def test_the_generator_in_a_pure_function():
    generator = random.SeedGenerator(1)
    pure = jax.jit(functionalize(lambda: random.uniform((2,), seed=generator), [generator.state]))
    out, values, _ = pure({generator.state.path: generator.state.value})
    assert values[generator.state.path].tolist() == [1, 1]
    assert generator.state.value.tolist() == [1, 0]
    np.testing.assert_array_equal(out, random.uniform((2,), seed=1))


def test_config_and_path():
    generator = random.SeedGenerator(5, name="source")
    assert generator.get_config() == {"seed": 5, "name": "source"}
    assert random.SeedGenerator.from_config(generator.get_config()).state.value.tolist() == [5, 0]
    assert generator.state.path == "source/seed_generator_state"
    assert random.SeedGenerator().get_config()["seed"] is None


@pytest.mark.parametrize("seed", ["a", 2.5, -1, 2**40, True])
def test_bad_seeds(seed):
    with pytest.raises(ValueError, match="seed"):
        random.SeedGenerator(seed)
    with pytest.raises(ValueError, match="seed"):
        random.normal((2,), seed=seed)


def test_bad_types():
    with pytest.raises(ValueError, match="float"):
        random.uniform((2,), dtype="int32")
    with pytest.raises(ValueError, match="integer"):
        random.randint((2,), 0, 5, dtype="float32")


def test_dropping_everything():
    assert not np.any(random.dropout(LOGITS, 1.0, seed=1))
