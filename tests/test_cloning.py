"""clone_model: new layers and weights in the same graph."""

import numpy as np
import pytest

import kerax
from kerax import errors, layers
from kerax.models import clone_model

X = np.ones((2, 4), "float32")


@pytest.fixture
def graph():
    kerax.utils.clear_session()
    x = kerax.Input((4,), name="x")
    shared = layers.Dense(4, name="shared")
    inner = kerax.Sequential([layers.Dense(2, name="deep")], name="inner")
    y = inner(shared(shared(x)) + 1.0)
    return kerax.Model({"x": x}, {"y": y, "z": layers.Dropout(0.5, name="drop")(y)}, name="graph")


def test_the_copy_has_the_graph_and_new_weights(graph):
    copy = clone_model(graph)
    assert type(copy) is type(graph)
    assert copy.name == "graph"
    assert [layer.name for layer in copy.layers] == [layer.name for layer in graph.layers]
    assert not {id(v) for v in copy.variables} & {id(v) for v in graph.variables}
    copy.set_weights(graph.get_weights())
    for key, value in graph({"x": X}).items():
        np.testing.assert_array_equal(copy({"x": X})[key], value)


def test_sequential_models():
    model = kerax.Sequential([kerax.Input((4,)), layers.Dense(3)], name="s")
    copy = clone_model(model)
    assert copy.built
    assert copy.get_config()["layers"][1:] == model.get_config()["layers"][1:]
    assert not clone_model(kerax.Sequential([layers.Dense(3)])).built
    assert clone_model(model, input_tensors=kerax.Input((4,), name="new")).inputs[0].name == "new"


def test_compiled_models_stay_compiled(graph):
    graph.compile("sgd", "mse")
    copy = clone_model(graph)
    assert copy.compiled
    assert copy.optimizer is not graph.optimizer


def test_clone_function(graph):
    seen = []

    def clone(layer):
        seen.append(layer.name)
        config = layer.get_config()
        if "rate" in config:
            config["rate"] = 0.0
        return type(layer).from_config(config)

    copy = clone_model(graph, clone_function=clone)
    assert seen == ["shared", "inner", "drop"]
    assert copy.get_layer("drop").rate == 0.0
    seen.clear()
    clone_model(graph, clone_function=clone, recursive=True)
    assert seen == ["shared", "deep", "drop"]


def test_call_function(graph):
    calls = []

    def call(layer, *args, **kwargs):
        calls.append(layer.name)
        return layer(*args, **kwargs)

    clone_model(graph, call_function=call)
    assert calls == ["shared", "shared", "add", "inner", "drop"]


def test_input_tensors(graph):
    start = kerax.Input((4,), name="other")
    assert clone_model(graph, input_tensors={"x": start}).inputs[0] is start


def test_subclassed_models():
    class Small(kerax.Model):
        def __init__(self, units=2, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(units)

        def call(self, x):
            return self.dense(x)

    copy = clone_model(Small(units=5))
    assert copy(X).shape == (2, 5)
    with pytest.raises(errors.ArgumentError, match="subclassed"):
        clone_model(Small(), clone_function=lambda layer: layer)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"clone_function": lambda layer: 3}, "returned 3"),
        ({"input_tensors": X}, "wanted 1 KerasTensors"),
        ({"recursive": True}, "recursive"),
        ({"cache": True}, "cache"),
    ],
)
def test_wrong_arguments(graph, arguments, message):
    with pytest.raises(errors.ArgumentError, match=message):
        clone_model(graph, **arguments)


def test_call_function_of_a_stack():
    with pytest.raises(errors.ArgumentError, match="Sequential"):
        clone_model(kerax.Sequential([layers.Dense(1)]), call_function=lambda *a: a)
