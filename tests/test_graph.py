"""The order of a graph, its replay, and the matching of inputs."""

import numpy as np
import pytest

from kerax import KerasTensor, layers
from kerax.errors import BuildError, ShapeError
from kerax.graph import Graph, match_inputs


def diamond():
    x = layers.Input((3,), name="x")
    shared = layers.Dense(3, kernel_initializer="ones", name="shared")
    left, right = shared(x), shared(shared(x))
    return x, layers.Add(name="sum")([left, right])


def test_nodes_come_after_what_they_read():
    x, y = diamond()
    graph = Graph(x, y)
    made = {id(x)}
    for node in graph.nodes:
        assert all(id(tensor) in made for tensor in node.input_tensors)
        made |= {id(tensor) for tensor in node.output_tensors}
    assert [operation.name for operation in graph.operations] == ["x", "shared", "sum"]
    assert len(graph.used_nodes(graph.operations[1])) == 3


def test_replay_calls_a_shared_layer_as_often_as_it_was_called():
    x, y = diamond()
    out = Graph(x, {"y": y, "x": x}).run([np.ones((1, 3), "float32")])
    assert out["y"].tolist() == [[12.0] * 3]  # 3 + 9
    assert out["x"].tolist() == [[1.0] * 3]


def test_a_graph_may_begin_in_the_middle():
    x = layers.Input((3,))
    middle = layers.Dense(2)(x)
    graph = Graph(middle, layers.Activation("relu")(middle))
    assert len(graph.nodes) == 1


def test_names_must_differ():
    x = layers.Input((3,))
    with pytest.raises(BuildError, match=r"\['same'\].*must differ"):
        Graph(x, layers.Dense(2, name="same")(layers.Dense(2, name="same")(x)))


def test_an_output_that_follows_from_another_input_is_refused():
    _, y = diamond()
    with pytest.raises(BuildError, match="does not follow from the inputs"):
        Graph(layers.Input((3,)), y)
    with pytest.raises(BuildError, match="wanted KerasTensors"):
        Graph(np.ones(3), y)
    with pytest.raises(BuildError, match="wanted KerasTensors"):
        Graph(KerasTensor((1,)), [])


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (["A", "B"], [1, 2]),
        (["A", "B"], {"b": 2, "a": 1}),
        ({"p": "A", "q": "B"}, {"q": 2, "p": 1}),
        ({"p": "A", "q": "B"}, {"a": 1, "b": 2}),
        ({"p": "A", "q": "B"}, [1, 2]),
    ],
)
def test_inputs_match_by_place_key_or_name(wanted, given):
    tensors = {"A": layers.Input((1,), name="a"), "B": layers.Input((1,), name="b")}
    if isinstance(wanted, dict):
        wanted = {key: tensors[name] for key, name in wanted.items()}
    else:
        wanted = [tensors[name] for name in wanted]
    assert match_inputs(wanted, given, ["a", "b"], "model") == [1, 2]


def test_missing_inputs_are_named():
    wanted = [layers.Input((1,)), layers.Input((1,))]
    with pytest.raises(ShapeError, match=r"missing \['b'\]"):
        match_inputs(wanted, {"a": 1}, ["a", "b"], "model")
    with pytest.raises(ShapeError, match=r"got 1 input\(s\); wanted 2"):
        match_inputs(wanted, [1], ["a", "b"], "model")


def test_an_optional_input_may_be_left_out():
    wanted = {"p": layers.Input((1,)), "q": layers.Input((1,), optional=True)}
    assert match_inputs(wanted, {"p": 1}, ["a", "b"], "model") == [1, None]
