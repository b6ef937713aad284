"""Plain components without capabilities, oracles or cases: right, and just above the floor."""

import jax
import jax.numpy as jnp
import optax
import pytest

from kerax import callbacks, layers
from kerax.plugins import ComponentSpec
from kerax.plugins.spec import KINDS
from kerax.testing import check_component


def loss(y_true, y_pred):
    """Return the squared errors' mean."""
    return jnp.mean((y_true - y_pred) ** 2, axis=-1)


def metric(y_true, y_pred):
    """Return the largest error of each sample."""
    return jnp.max(jnp.abs(y_true - y_pred), axis=-1)


def optimizer(learning_rate=0.1):
    """Return optax' gradient descent."""
    return optax.sgd(learning_rate)


def regularizer(x):
    """Return the sum of squares."""
    return jnp.sum(x * x)


def initializer(shape, dtype=None):
    """Return halves."""
    return jnp.full(shape, 0.5, dtype)


def constraint(w):
    """Return the weights without negative ones."""
    return jnp.maximum(w, 0)


def activation(x):
    """Return the soft sign of each element."""
    return x / (1 + jnp.abs(x))


def schedule(step):
    """Return a rate that falls with the step."""
    return 0.1 / (1 + jnp.asarray(step, "float32"))


class layer(layers.Layer):  # noqa: N801 - the table below names functions and classes alike
    """Turn the signs."""

    def call(self, x):
        return -x


class callback(callbacks.Callback):  # noqa: N801 - as above
    """Count the epochs of a fit."""

    def on_train_begin(self, logs=None):
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_component_reaches_the_floor(kind):
    contract = {"optimizer": "gradient_transformation", "metric": "functional"}.get(kind)
    part = ComponentSpec(
        kind, "plain", f"{__name__}:{kind}", contract=contract, summary="A plain one."
    )
    report = check_component(part)
    assert report.ok, str(report)
    assert report.run - report.floor <= 8, f"{report.run} checks ran; the floor is low"


@pytest.mark.parametrize("kind", ["loss", "activation", "layer"])
def test_a_component_that_cannot_be_called_is_below_the_floor(kind):
    report = check_component(ComponentSpec(kind, "broken", f"{__name__}:broken", summary="No."))
    assert report.run < report.floor


def broken(*inputs):
    """Refuse everything."""
    raise jax.errors.JaxRuntimeError("no")
