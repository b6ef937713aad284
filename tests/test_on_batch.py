"""The methods on single batches."""

import numpy as np
import pytest

import kerax
from kerax import layers

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = X[:, :1]


@pytest.fixture
def model():
    model = kerax.Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_training_on_a_batch_is_one_step_of_fit(model):
    start = model.get_weights()
    logs = model.train_on_batch(X, Y, return_dict=True)
    after = model.get_weights()
    model.set_weights(start)
    history = model.fit(X, Y, batch_size=6, verbose=0).history
    np.testing.assert_allclose(logs["loss"], history["loss"][0], rtol=1e-6)
    for a, b in zip(after, model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_each_call_reports_its_own_batch(model):
    first = model.test_on_batch(X, Y)
    assert model.test_on_batch(X, Y) == first
    assert first == model.evaluate(X, Y, verbose=0)


def test_predicting_a_batch(model):
    np.testing.assert_allclose(model.predict_on_batch(X), model(X), rtol=1e-6)
    np.testing.assert_array_equal(model.predict_proba(X), model.predict(X, verbose=0))
    assert model.predict_classes(X).shape == (6, 1)
    assert set(np.unique(model.predict_classes(X))) <= {0, 1}
