"""A stack of layers: adding, removing, deferred building."""

import numpy as np
import pytest

import kerax
from kerax import layers
from kerax.errors import ArgumentError, BuildError

X = np.ones((2, 3), "float32")


def test_with_an_input_it_is_built_at_once_and_else_by_data():
    known = kerax.Sequential([layers.Input((3,)), layers.Dense(2)])
    unknown = kerax.Sequential([layers.Dense(2)])
    assert known.built
    assert not unknown.built
    assert unknown(X).shape == (2, 2)
    assert unknown.output_shape[-1] == 2


def test_layers_are_added_and_popped():
    model = kerax.Sequential([layers.Input((3,)), layers.Dense(4, name="first")])
    model.add(layers.Dense(2, name="second"))
    assert [layer.name for layer in model.layers] == ["first", "second"]
    assert model.output_shape == (None, 2)
    assert model.pop().name == "second"
    assert model.output_shape == (None, 4)
    assert model(X).shape == (2, 4)
    assert len(model.variables) == 2


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([layers.Dense], "an instance, not a class"),
        (["dense"], "wanted a layer"),
        ([layers.Dense(1, name="a"), layers.Dense(1, name="a")], "names must differ"),
        ([layers.Dense(1), layers.InputLayer((3,))], "only come first"),
    ],
)
def test_what_cannot_be_stacked_is_refused(items, words):
    with pytest.raises(ArgumentError, match=words):
        kerax.Sequential(items)


def test_an_empty_stack_cannot_be_built_or_popped():
    with pytest.raises(BuildError, match="without a layer"):
        kerax.Sequential().build((None, 3))
    with pytest.raises(ArgumentError, match="no layer to pop"):
        kerax.Sequential().pop()


def test_a_subclass_and_a_config_keep_their_class_and_shapes():
    class Mine(kerax.Sequential):
        pass

    model = Mine([layers.Input((3,)), layers.Dense(2)])
    assert type(model) is Mine
    same = Mine.from_config(model.get_config())
    assert type(same) is Mine
    assert same.input_shape == (None, 3)
    assert same.built


def test_paths_begin_with_the_models_name():
    model = kerax.Sequential([layers.Dense(2, name="d")], name="stack")
    model(X)
    assert [v.path for v in model.variables] == ["stack/d/kernel", "stack/d/bias"]


def test_a_model_as_the_first_layer_gives_the_shape_of_the_input():
    tokens = layers.Input((5,), dtype="int32")
    base = kerax.Model(tokens, layers.Embedding(9, 4)(tokens), name="base")
    for first in (base, kerax.Sequential([layers.Input((5, 3)), layers.Dense(4)])):
        model = kerax.Sequential([first, layers.Dense(2)])
        assert model.built
        assert model.output_shape == (None, 5, 2)
        assert model.input_shape == first.input_shape
        assert model.layers[0].name == first.name
        assert len(kerax.Sequential.from_config(model.get_config()).weights) == len(model.weights)
