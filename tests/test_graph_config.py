"""A functional model's config and the way back."""

import json

import numpy as np
import pytest

import kerax
from kerax import layers, ops
from kerax.errors import SerializationError
from kerax.models.graph_config import functional_from_config, is_graph_config


def model():
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    shared = layers.Dense(2, name="shared")
    left, right = shared(a), shared(b)
    return kerax.Model({"a": a, "b": b}, [left + ops.relu(right), right], name="both")


def test_json_holds_it_and_a_model_comes_back():
    first = model()
    config = json.loads(json.dumps(first.get_config()))
    assert is_graph_config(config)
    second = kerax.Model.from_config(config)
    second.set_weights(first.get_weights())
    x = {"a": np.ones((1, 3), "float32"), "b": np.full((1, 3), 2.0, "float32")}
    for one, other in zip(first(x), second(x), strict=True):
        np.testing.assert_allclose(one, other)
    assert second.get_config() == first.get_config()


def test_a_shared_layer_lists_each_call_and_an_input_none():
    entries = {entry["name"]: entry for entry in model().get_config()["layers"]}
    assert len(entries["shared"]["inbound_nodes"]) == 2
    assert entries["a"]["inbound_nodes"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["layers"].pop(0), "no layer of that name"),
        (lambda c: c["output_layers"].__setitem__(0, ["nobody", 0, 0]), "'nobody'"),
    ],
)
def test_a_call_of_what_is_not_there_is_refused(change, words):
    config = json.loads(json.dumps(model().get_config()))
    change(config)
    with pytest.raises(SerializationError, match=words):
        functional_from_config(kerax.Model, config)


def test_calls_that_wait_for_each_other_are_refused():
    config = json.loads(json.dumps(kerax.Model.from_config(model().get_config()).get_config()))
    for entry in config["layers"]:
        for call in entry["inbound_nodes"]:
            for tensor in call["args"]:
                if isinstance(tensor, dict) and "keras_history" in tensor.get("config", {}):
                    tensor["config"]["keras_history"] = [entry["name"], 7, 0]
    with pytest.raises(SerializationError, match="refer to outputs that no layer makes"):
        functional_from_config(kerax.Model, config)


def test_other_objects_in_a_graph_are_refused():
    config = json.loads(json.dumps(model().get_config()))
    config["layers"][0] |= {"module": "keras.losses", "class_name": "MeanSquaredError"}
    config["layers"][0]["config"] = {}
    with pytest.raises(SerializationError, match="wanted a layer or an op"):
        functional_from_config(kerax.Model, config)
