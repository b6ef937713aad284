"""Recognising, checking, splitting and weighing data."""

import re

import numpy as np
import pytest

from kerax.errors import DataError
from kerax.training.data import (
    make_source,
    pack_x_y_sample_weight,
    split_validation,
    unpack_x_y_sample_weight,
)

X, Y = np.arange(5.0), np.arange(5)


def weights(**options):
    return make_source(X, **options).arrays[2]


def test_a_source_passes():
    source = make_source(X)
    assert make_source(source) is source
    assert source.batch_size == 32


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (Y, [0.5, 2, 1, 3, 1]),
        (Y[:, None], [0.5, 2, 1, 3, 1]),
        (-Y, [0.5, 1, 1, 1, 1]),
        (Y + 0.7, [2, 1, 3, 1, 1]),
        (Y > 2, [0.5, 0.5, 0.5, 2, 2]),
        (np.eye(5), [0.5, 2, 1, 3, 1]),
        (np.array([[0.1, 0.9], [0.7, 0.3], [0.5, 0.5], [0, 0], [0, 1]]), [2, 0.5, 0.5, 0.5, 2]),
    ],
)
def test_class_weights_become_sample_weights(labels, expected):
    result = weights(y=labels, class_weight={0: 0.5, 1: 2, 3.0: 3})
    assert result.dtype == "float32"
    np.testing.assert_allclose(result, expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"y": Y, "class_weight": {"a": 1.0}}, "class_weight key 'a'"),
        ({"y": Y, "class_weight": {0.5: 1.0}}, "class_weight key 0.5"),
        ({"y": Y, "class_weight": {0: "x"}}, "wanted a finite number"),
        ({"y": Y, "class_weight": {0: float("nan")}}, "wanted a finite number"),
        ({"y": Y, "class_weight": [1, 2]}, "dict(enumerate(weights))"),
        ({"y": [Y, Y], "class_weight": {0: 1.0}}, "y with a list of 2"),
        ({"y": {"a": Y}, "class_weight": {0: 1.0}}, "keys ['a']"),
        ({"class_weight": {0: 1.0}}, "no y"),
        ({"y": np.ones((5, 2, 2)), "class_weight": {0: 1.0}}, "shape (5, 2, 2)"),
        ({"y": Y * np.nan, "class_weight": {0: 1.0}}, "not finite"),
        ({"y": Y, "class_weight": {}, "sample_weight": X}, "wanted one of them"),
        ({"y": np.ones(4)}, "x has 5, y has 4"),
        ({"y": Y, "sample_weight": np.ones(2)}, "sample_weight has 2"),
        ({"y": [Y, Y], "sample_weight": [X]}, "sample_weight with a list of 1"),
        ({"y": {"a": Y, "b": Y}, "sample_weight": {"a": X}}, "keys ['a', 'b']"),
        ({"y": {"a": Y}, "sample_weight": [X]}, "for each target"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": 2.5}, "batch_size=2.5"),
        ({"batch_size": True}, "batch_size=True"),
        ({"steps": -1}, "steps_per_epoch=-1"),
        ({"steps": 0, "role": "evaluate"}, "steps=0"),
        ({"shuffle": "foo"}, "shuffle='foo'"),
    ],
)
def test_bad_arguments_are_named(options, words):
    with pytest.raises(DataError, match=re.escape(words)):
        make_source(X, **options)


@pytest.mark.parametrize("x", [None, 3, "abc", b"abc", object()])
def test_bad_data_is_refused(x):
    with pytest.raises(DataError, match="predict: got x"):
        make_source(x, role="predict")


@pytest.mark.parametrize("name", ["y", "sample_weight"])
def test_targets_beside_a_generator_are_refused(name):
    with pytest.raises(DataError, match=f"got {name} beside x of generator"):
        make_source((i for i in range(3)), **{name: Y})


def test_one_weight_serves_all_targets():
    assert [w.tolist() for w in weights(y=[Y, Y], sample_weight=X)] == [X.tolist()] * 2
    assert list(weights(y={"a": Y, "b": None}, sample_weight=X)) == ["a", "b"]
    assert weights(y=[Y, Y], sample_weight=[X, None])[1] is None


def test_shuffle_none_means_no_shuffle():
    assert make_source(X, shuffle=None).order(0).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("fraction", "kept"), [(0.4, 3), (0.5, 2), (0.01, 4), (0.79, 1)])
def test_validation_takes_the_last_samples(fraction, kept):
    (x, _, w), (x2, y2, w2) = split_validation({"a": X, "b": None}, [Y], None, fraction)
    assert x["a"].tolist() == X[:kept].tolist()
    assert y2[0].tolist() == Y[kept:].tolist()
    assert x["b"] is x2["b"] is w is w2 is None


@pytest.mark.parametrize("fraction", [0, 1.0, -0.1, 0.9, "a", 5])
def test_a_split_that_leaves_nothing_is_refused(fraction):
    with pytest.raises(DataError, match="validation_split="):
        split_validation(X, Y, None, fraction)


def test_only_arrays_can_be_split():
    with pytest.raises(DataError, match="Give validation_data instead"):
        split_validation((i for i in range(3)), None, None, 0.5)


def test_packing_and_unpacking():
    for parts in [(X, None, None), (X, Y, None), (X, Y, Y), ([X, X], None, None)]:
        assert unpack_x_y_sample_weight(pack_x_y_sample_weight(*parts)) == parts
    assert unpack_x_y_sample_weight([X, Y]) == (X, Y, None)
    assert unpack_x_y_sample_weight({"a": X})[0] == {"a": X}
    for wrong in [(), (1, 2, 3, 4)]:
        with pytest.raises(DataError, match="unpack_x_y_sample_weight"):
            unpack_x_y_sample_weight(wrong)
