"""The table of Model.summary."""

import numpy as np
import pytest

import kerax
from kerax import errors, layers, ops


def text_of(model, **arguments):
    lines = []
    model.summary(print_fn=lines.append, **arguments)
    return "\n".join(lines)


@pytest.fixture
def stack():
    kerax.utils.clear_session()
    return kerax.Sequential(
        [
            kerax.Input((8, 8, 1)),
            layers.Conv2D(8, 3, name="convolution_of_a_rather_long_name"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10),
        ],
        name="stack",
    )


@pytest.fixture
def branched():
    kerax.utils.clear_session()
    a, b = kerax.Input((4,), name="a"), kerax.Input((4,), name="b")
    shared = layers.Dense(3)
    inner = kerax.Sequential([kerax.Input((3,)), layers.Dense(2)], name="inner")
    x = layers.Concatenate()([inner(shared(a)), shared(b) * 2.0])
    return kerax.Model([a, b], [layers.Dense(1)(x), ops.split(x, [2], axis=1)], name="branched")


def test_a_stack(stack, capsys):
    stack.summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'Model: "stack"'
    assert lines[2].split("┃")[1].strip() == "Layer (type)"
    assert {len(line) for line in lines[1:-3]} == {76}
    assert "│ convolution_of_a_rather_long_n… │ (None, 6, 6, 8)" in lines[4]
    assert "│ (Conv2D) " in lines[5]
    assert "│ dense (Dense) " in lines[13] or "│ dense (Dense) " in lines[14]
    assert lines[-3:] == [
        " Total params: 3,002 (11.73 KB)",
        " Trainable params: 2,986 (11.66 KB)",
        " Non-trainable params: 16 (64.00 B)",
    ]


def test_frozen_layers_and_the_optimizer(stack):
    stack.layers[0].trainable = False
    stack.compile("adam", "mse")
    assert "Optimizer" not in text_of(stack)
    stack.optimizer.build(stack.trainable_variables)
    text = text_of(stack, show_trainable=True)
    assert " Non-trainable params: 96 (384.00 B)" in text
    assert " Optimizer params: 5,814 (22.71 KB)" in text
    marks = [line.split("│")[-2].strip() for line in text.splitlines() if line.startswith("│")]
    assert [mark for mark in marks if mark] == ["N", "Y", "-", "-", "Y"]


def test_a_branched_graph(branched):
    text = text_of(branched)
    assert "Connected to" in text
    for part in ("a[0][0],", "b[0][0]", "inner[0][0],", "multiply[0][0]", "multiply (Multiply)"):
        assert part in text
    assert "[(None, 2)," in text
    assert " Total params: 29 (116.00 B)" in text


def test_a_chain_says_nothing_of_connections():
    x = kerax.Input((4,))
    assert "Connected" not in text_of(kerax.Model(x, layers.Dense(1)(ops.relu(x))))


def test_nested_models_expand(branched):
    assert "└ dense" not in text_of(branched)
    assert "   └ dense_1 (Dense)" in text_of(branched, expand_nested=True, line_length=110)


def test_a_range_of_layers(branched):
    text = text_of(branched, layer_range=["inner", "multiply"])
    assert "inner (Sequential)" in text
    assert "concatenate" not in text
    with pytest.raises(errors.ArgumentError, match="matches none"):
        branched.summary(layer_range=["inner", "nothing"])
    with pytest.raises(errors.ArgumentError, match="two patterns"):
        branched.summary(layer_range=["inner"])


@pytest.mark.parametrize("length", [40, 60, 120])
def test_line_length(stack, length):
    lines = text_of(stack, line_length=length).splitlines()
    assert {len(line) for line in lines[1:-3]} == {length}


def test_positions(stack):
    line = text_of(stack, positions=[0.3, 0.6, 1.0]).splitlines()[1]
    assert [len(part) for part in line[1:-1].split("┳")] == [21, 21, 30]
    with pytest.raises(errors.ArgumentError, match="positions"):
        stack.summary(positions=[0.5, 1.0])


def test_unbuilt_and_subclassed_models():
    class Small(kerax.Model):
        def __init__(self):
            super().__init__(name="small")
            self.first = layers.Dense(3, name="first")

        def call(self, x):
            return self.first(x)

    model = Small()
    assert (
        "│ first (Dense)                   │ ?                     │    0 (unbuilt) │"
        in text_of(model)
    )
    model(np.ones((2, 4)))
    assert "(2, 3)" in text_of(model)
    assert " Total params: 15 (60.00 B)" in text_of(model)
    assert text_of(kerax.Sequential([])).count("│") == 0
