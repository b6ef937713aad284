"""The pure steps: state in, logs and state out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax
from kerax import layers

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = X[:, :1]


class Penalised(layers.Layer):
    def call(self, x):
        self.add_loss(0.5)
        return x


@pytest.fixture
def model():
    kerax.utils.set_random_seed(0)
    inner = [layers.BatchNormalization(), Penalised(), layers.Dense(1)]
    made = kerax.Sequential([layers.Input((3,)), *inner])
    made.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    made.train_on_batch(X, Y)
    return made


def state_of(model, mode):
    return tuple([jnp.array(v.value) for v in group] for group in model._state_groups(mode))


def test_a_train_step_is_pure_and_jax_may_transform_it(model):
    before = [v.numpy() for v in model.variables]
    state = state_of(model, "train")
    logs, new = jax.jit(model.train_step)(state, (X, Y))
    assert set(logs) == {"loss", "mae"}
    assert [len(group) for group in new] == [len(group) for group in state]
    assert any(not np.array_equal(a, b) for a, b in zip(state[0], new[0], strict=True))
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_losses_of_layers_are_added(model):
    prediction = model(X)
    plain = float(jnp.mean((prediction - Y) ** 2))
    assert float(model.compute_loss(X, Y, prediction)) == pytest.approx(plain + 0.5, rel=1e-5)


def test_a_test_step_leaves_weights_and_moving_means(model):
    state = state_of(model, "test")
    logs, new = model.test_step(state, (X, Y))
    for a, b in zip(jax.tree.leaves(state[:2]), jax.tree.leaves(new[:2]), strict=True):
        np.testing.assert_array_equal(a, b)
    model.reset_metrics()
    assert float(logs["loss"]) != 0


def test_a_predict_step_reads_x_alone(model):
    state = state_of(model, "predict")
    outputs, rest = model.predict_step(state, (X, None, None))
    np.testing.assert_allclose(outputs, model.predict(X, verbose=0), rtol=1e-4)
    assert len(rest) == len(state[1])


def test_stateless_compute_loss_has_a_gradient(model):
    trainable, rest, _, metrics = state_of(model, "train")

    def loss(values):
        y_pred, new = model.stateless_call(values, rest, X)
        return model.stateless_compute_loss(values, new, metrics, X, Y, y_pred)[0]

    gradients = jax.grad(loss)(trainable)
    assert [g.shape for g in gradients] == [v.shape for v in trainable]


def test_the_loss_is_a_mean_over_samples_where_batches_differ(model):
    whole = model.evaluate(X, Y, batch_size=8, verbose=0)
    split = model.evaluate(X, Y, batch_size=3, verbose=0)
    np.testing.assert_allclose(whole, split, rtol=1e-5)
