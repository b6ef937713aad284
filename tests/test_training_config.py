"""Losses, metrics and weights matched to a model's outputs."""

import numpy as np
import pytest

from kerax.errors import ArgumentError, DataError
from kerax.training.config import CompiledLosses, CompiledMetrics, output_paths

Y = np.zeros((4, 1), "float32")
ONE, TWO = np.ones((4, 1), "float32"), np.full((4, 1), 2.0, "float32")


@pytest.mark.parametrize(
    ("outputs", "names", "paths"),
    [
        (1, ["dense"], [""]),
        ([1, 2], ["a", "b"], ["a", "b"]),
        ([1, 2], None, ["output_0", "output_1"]),
        ({"x": 1}, ["a"], ["x"]),
        ({"x": [1, 2], "z": 3}, ["a", "b", "c"], ["x/a", "x/b", "z"]),
    ],
)
def test_output_paths(outputs, names, paths):
    assert output_paths(outputs, names) == paths


@pytest.mark.parametrize(
    ("loss", "weights", "total"),
    [
        ("mse", None, 5.0),
        (["mse", "mae"], None, 3.0),
        (["mse", None], None, 1.0),
        ({"b": "mse"}, None, 4.0),
        ("mse", [0.5, 2], 8.5),
        ({"a": "mse", "b": "mae"}, {"b": 10.0}, 21.0),
    ],
)
def test_specs_in_every_form(loss, weights, total):
    losses = CompiledLosses(loss, weights, [Y, Y], [ONE, TWO], ["a", "b"])
    assert float(losses([Y, Y], [ONE, TWO], None)[0]) == total


def test_outputs_in_a_dict_take_targets_by_key():
    outputs = {"p": ONE, "q": TWO}
    losses = CompiledLosses({"q": "mse"}, None, {"q": Y}, outputs, ["a", "b"])
    assert float(losses({"q": Y}, outputs, None)[0]) == 4.0


def test_sample_weights_for_all_or_for_each():
    losses = CompiledLosses("mse", None, [Y, Y], [ONE, TWO], ["a", "b"])
    none = np.zeros((4,), "float32")
    assert float(losses([Y, Y], [ONE, TWO], none)[0]) == 0.0
    assert float(losses([Y, Y], [ONE, TWO], {"a": none})[0]) == 4.0
    assert float(losses([Y, Y], [ONE, TWO], [None, none])[0]) == 1.0


@pytest.mark.parametrize(
    ("loss", "targets", "error", "words"),
    [
        ({"c": "mse"}, [Y, Y], ArgumentError, r"names \['c'\]"),
        (["mse"] * 3, [Y, Y], ArgumentError, "a list of 3"),
        ("mse", [Y], DataError, r"got 1 array\(s\)"),
        ("mse", {"a": Y}, DataError, "'b' has a loss.*no targets"),
        ("mse", {"a": Y, "b": Y, "z": Y}, DataError, r"got keys \['z'\].*\['a', 'b'\]"),
    ],
)
def test_what_does_not_match_is_named(loss, targets, error, words):
    with pytest.raises(error, match=words):
        CompiledLosses(loss, None, targets, [ONE, TWO], ["a", "b"])


def test_a_list_for_a_single_output_has_one_entry():
    assert float(CompiledLosses(["mse"], [2.0], Y, ONE, ["a"])(Y, ONE, None)[0]) == 2.0
    for loss, weights in ((["mse", "mae"], None), ("mse", [1.0, 2.0])):
        with pytest.raises(ArgumentError, match=r"a list of 2.*a list of 1"):
            CompiledLosses(loss, weights, Y, ONE, ["a"])


def test_targets_that_lack_in_a_later_batch_are_named():
    losses = CompiledLosses("mse", None, [Y, Y], [ONE, TWO], ["a", "b"])
    for call in (losses, losses.check):
        with pytest.raises(DataError, match=r"'b' has a loss.*no targets"):
            call([Y, None], [ONE, TWO], None)


def test_metrics_by_output_with_names_that_stay_apart():
    metrics = CompiledMetrics([["mae", "mse"], ["mae"]], "mae", [Y, Y], [ONE, TWO], ["a", "b"])
    metrics.update([Y, Y], [ONE, TWO], None)
    results = {name: float(value) for name, value in metrics.results().items()}
    assert results == {
        "a_mae": 1.0,
        "a_mse": 1.0,
        "b_mae": 2.0,
        "weighted_a_mae": 1.0,
        "weighted_b_mae": 2.0,
    }


def test_only_weighted_metrics_take_weights():
    weight = np.array([1, 0, 0, 0], "float32")
    prediction = np.array([[1], [9], [9], [9]], "float32")
    metrics = CompiledMetrics(["mae"], ["mae"], Y, prediction, None)
    metrics.update(Y, prediction, weight)
    assert {n: float(v) for n, v in metrics.results().items()} == {"mae": 7.0, "weighted_mae": 1.0}
