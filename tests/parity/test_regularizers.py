"""Every standard regularizer against installed Keras."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax

keras = pytest.importorskip("keras")

CASES = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.0}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.2, "l2": 0.7}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
WEIGHTS = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_values_and_gradients(name, kwargs):
    mine, theirs = (getattr(m.regularizers, name)(**kwargs) for m in (kerax, keras))
    x = jnp.asarray(WEIGHTS)
    np.testing.assert_allclose(mine(x), theirs(x), atol=1e-5)
    np.testing.assert_allclose(jax.grad(mine)(x), jax.grad(theirs)(x), atol=1e-5)
    np.testing.assert_allclose(jax.jit(mine)(x), mine(x), atol=1e-6)
    assert mine(x.astype("bfloat16")).dtype == theirs(x.astype("bfloat16")).dtype


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_configs_go_both_ways(name, kwargs):
    mine, theirs = (getattr(m.regularizers, name)(**kwargs) for m in (kerax, keras))
    config, reference = kerax.regularizers.serialize(mine), keras.regularizers.serialize(theirs)
    assert config.keys() == reference.keys()
    assert config["config"] == pytest.approx(reference["config"])
    read, read_back = keras.regularizers.get(config), kerax.regularizers.get(reference)
    np.testing.assert_allclose(read(jnp.asarray(WEIGHTS)), read_back(WEIGHTS), atol=1e-6)


@pytest.mark.parametrize(
    "name",
    ["l1", "l2", "l1l2", "L1", "L2", "L1L2", "OrthogonalRegularizer", "orthogonal_regularizer"],
)
def test_every_spelling_is_taken(name):
    mine, theirs = kerax.regularizers.get(name), keras.regularizers.get(name)
    assert type(mine).__name__ == type(theirs).__name__
    assert mine.get_config() == pytest.approx(theirs.get_config())


@pytest.mark.parametrize("name", ["l1", "l2", "l1_l2", "orthogonal_regularizer"])
def test_attributes_in_snake_case(name):
    wanted = getattr(keras.regularizers, name).__name__
    assert getattr(kerax.regularizers, name).__name__ == wanted
