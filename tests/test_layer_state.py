"""What a layer holds: variables, losses, metrics, and its pure calls."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax
from kerax import layers
from kerax.errors import ArgumentError, BuildError, ShapeError

X = np.ones((2, 3), "float32")


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.parts = [layers.Dense(3), {"norm": layers.BatchNormalization()}]
        self.drop = layers.Dropout(0.5)
        self.seen = kerax.metrics.Mean(name="seen")

    def build(self, shape):
        self.scale = self.add_weight(shape=(3,), initializer="ones", name="scale")

    def call(self, x, training=None):
        x = self.drop(self.parts[1]["norm"](self.parts[0](x), training=training))
        self.add_loss(jnp.sum(x))
        return x * self.scale


@pytest.fixture
def block():
    layer = Block()
    layer(X)
    return layer


def test_variables_of_layers_in_containers_are_held(block):
    names = [v.name for v in block.variables]
    assert names[0] == "scale"
    assert {"kernel", "gamma", "moving_mean", "seed_generator_state"} <= set(names)
    assert len(block.weights) == len(block.variables) - 1  # the seed's state
    assert len(block.trainable_variables) == 5
    held = {id(v) for v in block.variables}
    assert not held & {id(v) for v in block.metrics_variables}
    assert block.metrics == [block.seen]


def test_freezing_moves_variables_and_spares_what_never_trained(block):
    block.trainable = False
    assert block.trainable_variables == []
    assert len(block.non_trainable_variables) == len(block.variables)
    block.trainable = True
    assert len(block.trainable_variables) == 5


def test_losses_are_those_of_the_last_call(block):
    block(X)
    block(X)
    assert len(block.losses) == 1
    block.parts[0].kernel.regularizer = kerax.regularizers.get("l2")
    assert len(block.losses) == 2
    with pytest.raises(ArgumentError, match="add_loss"):
        block.add_loss(lambda: 1.0)


def test_weights_are_set_all_or_none(block):
    before = block.get_weights()
    wrong = [np.zeros_like(w) for w in before]
    wrong[-1] = np.zeros((99,))
    with pytest.raises(ShapeError, match="99"):
        block.set_weights(wrong)
    with pytest.raises(ShapeError, match="wanted"):
        block.set_weights(before[1:])
    for a, b in zip(before, block.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_pure_call_changes_no_variable(block):
    trainable = [v.value for v in block.trainable_variables]
    rest = [v.value for v in block.non_trainable_variables]
    before = block.get_weights()
    call = jax.jit(lambda *a: block.stateless_call(*a, training=True, return_losses=True))
    _, new, losses = call(trainable, rest, X)
    assert len(losses) == 1
    assert any(not np.array_equal(a, b) for a, b in zip(rest, new, strict=True))
    for a, b in zip(before, block.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ShapeError, match="trainable_variables"):
        block.stateless_call(trainable[1:], rest, X)


def test_values_by_path_are_a_pytree_for_gradients(block):
    def loss(values):
        return jnp.sum(block.stateless_apply(values, X)[0] ** 2)

    values = {p: v for p, v in block.values_by_path().items() if v.dtype == jnp.float32}
    gradients = jax.grad(loss)(values)
    assert gradients.keys() == values.keys()


def test_an_unbuilt_layer_says_so():
    layer = layers.Dense(2)
    with pytest.raises(BuildError, match="build"):
        layer.count_params()
    with pytest.raises(BuildError, match="build"):
        layer.stateless_call([], [], X)


def test_a_store_of_another_size_is_refused(block):
    store: dict = {}
    block.parts[0].save_own_variables(store)
    assert sorted(store) == ["0", "1"]
    with pytest.raises(ShapeError, match="1 variables; wanted 2"):
        block.parts[0].load_own_variables({"0": store["0"]})
    with pytest.raises(ShapeError, match="the file holds shape"):
        block.parts[0].load_own_variables({"0": store["1"], "1": store["0"]})
