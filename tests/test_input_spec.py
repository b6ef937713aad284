"""What a layer requires of its inputs."""

import numpy as np
import pytest

import kerax
from kerax.errors import ShapeError
from kerax.input_spec import InputSpec, check_input

X = np.zeros((2, 3, 4), "float32")


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (InputSpec(ndim=2), "2 axes"),
        (InputSpec(min_ndim=4), "at least 4"),
        (InputSpec(max_ndim=2), "at most 2"),
        (InputSpec(axes={-1: 5}), "size 5 on axis -1"),
        (InputSpec(axes={7: 5}), "size 5 on axis 7"),
        (InputSpec(shape=(None, 3, 9)), "shape"),
        (InputSpec(dtype="int32"), "int32"),
    ],
)
def test_what_does_not_fit_is_named(spec, wanted):
    with pytest.raises(ShapeError, match=rf"place: input 0 .*{wanted}"):
        check_input(spec, X, "place")


@pytest.mark.parametrize(
    "spec",
    [
        InputSpec(),
        InputSpec(ndim=3, axes={-1: 4, 1: None}),
        InputSpec(shape=(None, 3, 4), dtype="float32"),
        InputSpec(min_ndim=2, max_ndim=3),
    ],
)
def test_what_fits_passes(spec):
    check_input(spec, X, "place")
    check_input(spec, kerax.KerasTensor((None, None, 4)), "place")


def test_several_inputs_are_checked_each():
    specs = [InputSpec(ndim=3), InputSpec(ndim=1)]
    check_input(specs, [X, np.zeros(2)], "place")
    with pytest.raises(ShapeError, match="input 1"):
        check_input(specs, [X, X], "place")
    with pytest.raises(ShapeError, match=r"got 1 input\(s\); wanted 2"):
        check_input(specs, X, "place")


def test_inputs_by_name():
    specs = {"a": InputSpec(ndim=3), "b": InputSpec(ndim=2, optional=True)}
    check_input(specs, {"b": None, "a": X}, "place")
    with pytest.raises(ShapeError, match=r"missing \['b'\]"):
        check_input(specs, {"a": X}, "place")


def test_a_spec_comes_back_from_its_config():
    spec = InputSpec(dtype="float32", min_ndim=2, axes={-1: 4}, optional=True)
    assert InputSpec.from_config(spec.get_config()).get_config() == spec.get_config()


def test_a_layer_says_which_axis_is_wrong():
    layer = kerax.layers.Dense(2, name="last")
    layer.build((None, 4))
    with pytest.raises(ShapeError, match=r"last.*size 4 on axis -1"):
        layer(np.zeros((1, 5), "float32"))
