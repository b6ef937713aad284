"""The base class of layers: building, calling, masks, losses, state, configs, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax
from kerax import layers, ops
from kerax.errors import ArgumentError, BuildError, ShapeError, StateError
from kerax.symbolic import get_mask, set_mask


@pytest.fixture(autouse=True)
def _fresh_names():
    kerax.utils.clear_session()


class Scale(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")

    def call(self, x, training=False):
        if training:
            self.seen.assign_add(1.0)
        return x * self.scale * self.factor


class Stack(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(3)
        self.rest = [layers.Dense(2), layers.Dense(1)]
        self.by_name = {"scale": Scale()}
        self.dropout = layers.Dropout(0.5, seed=1)

    def call(self, x, training=None):
        x = self.dropout(self.first(x))
        for layer in self.rest:
            x = layer(x)
        return self.by_name["scale"](x)


def test_build_names_and_orders_variables():
    layer = Scale(name="s")
    assert layer.variables == []
    layer.build((None, 3))
    assert [v.path for v in layer.weights] == ["s/scale", "s/seen"]
    assert [v.path for v in layer.trainable_variables] == ["s/scale"]
    assert layer.get_build_config() == {"input_shape": (None, 3)}
    assert layer.path == "s"


def test_sublayers_are_found_in_lists_and_dicts_and_named_by_their_parents():
    layer = Stack(name="stack")
    layer(np.ones((2, 4)))
    assert [v.path for v in layer.weights][:2] == ["stack/dense/kernel", "stack/dense/bias"]
    assert len(layer.weights) == 8
    assert len(layer.variables) == 9  # the dropout's seed
    layer.rest.append(layers.Dense(5))
    layer.rest[-1].build((None, 1))
    assert len(layer.weights) == 10


def test_build_with_a_shape_builds_sublayers():
    layer = Stack()
    layer.build((None, 4))
    assert layer.count_params() == 4 * 3 + 3 + 3 * 2 + 2 + 2 + 1 + 1 + 1


def test_freezing_moves_variables():
    layer = Stack()
    layer.build((None, 4))
    layer.first.trainable = False
    assert len(layer.trainable_variables) == 5
    layer.trainable = False
    assert layer.trainable_variables == []
    layer.trainable = True
    assert len(layer.trainable_variables) == 7


def test_training_reaches_sublayers_and_defaults_to_inference():
    layer = Stack()
    x = np.ones((64, 4), "float32")
    layer(x)
    assert float(layer.by_name["scale"].seen.value) == 0.0
    layer(x, training=True)
    assert float(layer.by_name["scale"].seen.value) == 1.0


def test_stateless_call_is_pure_and_checks_lengths():
    layer = Scale()
    with pytest.raises(BuildError, match="isn't built"):
        layer.stateless_call([], [], np.ones((1, 2)))
    layer.build((None, 2))
    trainable = [v.value for v in layer.trainable_variables]
    rest = [v.value for v in layer.non_trainable_variables]
    call = jax.jit(lambda *state: layer.stateless_call(*state, np.ones((1, 2)), training=True))
    out, new = call(trainable, rest)
    assert out.tolist() == [[2.0, 2.0]]
    assert float(new[0]) == 1.0
    assert float(layer.seen.value) == 0.0
    with pytest.raises(ShapeError, match="got 0 trainable_variables; wanted 1"):
        layer.stateless_call([], rest, np.ones((1, 2)))


def test_values_by_path_are_a_pytree_for_a_pure_call():
    layer = Scale(name="s")
    layer.build((None, 2))
    values = layer.values_by_path()
    assert sorted(values) == ["s/scale", "s/seen"]

    def loss(values):
        return layer.stateless_apply(values, jnp.ones((1, 2)))[0].sum()

    assert jax.grad(loss)(values)["s/scale"].tolist() == [2.0, 2.0]


def test_under_the_users_own_transformations():
    layer = Scale()
    x = jnp.arange(6.0).reshape(3, 2)
    layer(x)
    expected = layer(x)
    np.testing.assert_allclose(jax.jit(layer)(x), expected)
    np.testing.assert_allclose(jax.vmap(lambda row: layer(row[None])[0])(x), expected)
    assert jax.grad(lambda x: layer(x).sum())(x).shape == x.shape
    with pytest.raises(StateError, match="stateless_call"):
        jax.jit(lambda x: layer(x, training=True))(x)


def test_losses_of_the_last_call_and_of_weights():
    class Penalised(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2")

        def call(self, x):
            self.add_loss(ops.sum(x))
            return self.dense(x)

    layer = Penalised()
    for _ in range(2):
        layer(np.ones((1, 2)))
        assert [round(float(v), 4) for v in layer.losses] == [2.0, 0.02]
    trainable = [v.value for v in layer.trainable_variables]
    _, _, losses = layer.stateless_call(trainable, [], np.ones((1, 3))[:, :2], return_losses=True)
    assert len(losses) == 2


def test_masks_go_from_layer_to_layer():
    class Masks(layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x):
            return x * 1.0

        def compute_mask(self, inputs, previous_mask):
            return inputs[..., 0] > 0

    class Reads(layers.Layer):
        def call(self, x, mask=None):
            return x if mask is None else x * mask[..., None]

    x = np.array([[[1.0], [-1.0]]], "float32")
    y = Masks()(x)
    assert get_mask(y).tolist() == [[True, False]]
    assert Reads()(y).tolist() == [[[1.0], [0.0]]]
    assert Reads()(x).tolist() == x.tolist()
    inputs = kerax.Input((2, 1))
    model = kerax.Model(inputs, Reads()(Masks()(inputs)))
    np.testing.assert_allclose(jax.jit(model)(x), [[[1.0], [0.0]]])


def test_a_mask_is_forgotten_with_its_tensor():
    x = jnp.ones((1, 2))
    set_mask(x, jnp.ones((1, 2), bool))
    assert get_mask(x) is not None
    set_mask(x, None)
    assert get_mask(x) is None


def test_a_lost_mask_is_warned_of():
    class Plain(layers.Layer):
        def call(self, x):
            return x + 1

    x = jnp.ones((1, 2))
    set_mask(x, jnp.ones((1, 2), bool))
    with pytest.warns(UserWarning, match="does not support"):
        Plain()(x)


@pytest.mark.parametrize(
    ("policy", "compute", "variable"),
    [
        ("float32", "float32", "float32"),
        ("bfloat16", "bfloat16", "bfloat16"),
        ("float16", "float16", "float16"),
        ("mixed_bfloat16", "bfloat16", "float32"),
        ("mixed_float16", "float16", "float32"),
    ],
)
def test_policies_choose_the_types(policy, compute, variable):
    layer = layers.Dense(2, dtype=policy)
    y = layer(np.ones((1, 3)))
    assert (str(y.dtype), layer.kernel.dtype) == (compute, variable)
    symbolic = layers.Dense(2, dtype=policy)(kerax.Input((3,)))
    assert symbolic.dtype == compute


def test_float64_under_x64():
    with jax.enable_x64(True):
        layer = layers.Dense(2, dtype="float64")
        assert layer(np.ones((1, 3))).dtype == jnp.float64
        assert layer.kernel.dtype == "float64"


def test_compute_output_shape_needs_no_variables():
    layer = layers.Dense(7)
    assert layer.compute_output_shape((None, 3)) == (None, 7)
    assert not layer.built
    assert Stack().compute_output_shape((None, 4)) == (None, 1)


def test_automatic_config():
    layer = Scale(3.0, name="s")
    config = layer.get_config()
    assert config["factor"] == 3.0
    copy = Scale.from_config(config)
    assert (copy.name, copy.factor) == ("s", 3.0)

    class Holds(layers.Layer):
        def __init__(self, thing):
            super().__init__()

    with pytest.raises(NotImplementedError, match="thing"):
        Holds(object()).get_config()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: layers.Dense(2, unit=3), ArgumentError, "unit"),
        (lambda: layers.Dense(2)(np.ones((3,))), ShapeError, "at least 2 axes"),
        (lambda: Scale().count_params(), BuildError, "isn't built"),
        (lambda: layers.Layer()(np.ones(2)), NotImplementedError, "call"),
    ],
)
def test_mistakes_say_what_was_wanted(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_an_error_says_in_which_layer_it_arose():
    layer = Stack(name="outer")
    layer.build((None, 4))
    with pytest.raises(ShapeError) as caught:
        layer(np.ones((2, 5)))
    assert any("outer/dense" in note for note in caught.value.__notes__)
    assert "outer/dense" in str(caught.value)


def test_set_weights_changes_all_or_nothing():
    layer = layers.Dense(2)
    layer.build((None, 3))
    before = layer.get_weights()
    with pytest.raises(ShapeError, match=r"\(4,\)"):
        layer.set_weights([np.ones((3, 2)), np.ones(4)])
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])


def test_no_tracer_stays_in_a_variable():
    layer = Stack()
    layer.compute_output_shape((None, 4))
    layer(kerax.Input((4,)))
    jax.eval_shape(layer, jax.ShapeDtypeStruct((2, 4), jnp.float32))
    assert not any(isinstance(v._value, jax.core.Tracer) for v in layer.variables)


def test_a_first_call_with_wrong_arguments_is_refused_before_anything_is_built():
    for call, error, words in (
        (lambda layer: layer(), TypeError, "missing a required argument: 'inputs'"),
        (lambda layer: layer([[1.0, 2.0]]), ArgumentError, r"got \[\[1.0, 2.0\]\] of type list"),
        (lambda layer: layer("text"), ArgumentError, "'text' of type str"),
        (lambda layer: layer([np.ones((2, 3)), np.ones((2, 3))]), ShapeError, "2 input.*wanted 1"),
        (lambda layer: layer(np.ones((3,))), ShapeError, "at least 2 axes"),
    ):
        layer = layers.Dense(2)
        with pytest.raises(error, match=words):
            call(layer)
        assert not layer.built
        assert layer(np.ones((4, 3))).shape == (4, 2)
    with pytest.raises(ShapeError, match="wanted 3 axes"):
        layers.LSTM(2)(kerax.Input((6,)))


def test_a_layer_whose_init_skips_that_of_the_base_class_is_explained():
    class Bare(layers.Layer):
        def __init__(self):
            self.width = 3

        def call(self, x):
            return x

    with pytest.raises(StateError, match=r"Bare.*super\(\).__init__\(\)"):
        Bare()(np.ones((2, 3)))
