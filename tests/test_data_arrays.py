"""Arrays in every form that a user may give them."""

from collections import OrderedDict, namedtuple

import jax.numpy as jnp
import numpy as np
import pytest

from kerax import config
from kerax.errors import DataError
from kerax.training.data_arrays import as_array, as_arrays, cast, leaves, map_arrays, row_count

Pair = namedtuple("Pair", "left right")


def test_structures_keep_their_types_and_nones():
    tree = {"a": [np.ones(2), None], "b": Pair(np.ones(3), (np.ones(4),))}
    sizes = map_arrays(lambda leaf, name: (name, len(leaf)), tree, "x")
    assert sizes == {
        "a": [("x['a'][0]", 2), None],
        "b": Pair(("x['b'][0]", 3), (("x['b'][1][0]", 4),)),
    }
    assert [name for name, _ in leaves(OrderedDict(k=np.ones(1)), "y")] == ["y['k']"]


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ([1, 2, 3], (3,)),
        ((1.0, 2.0), (2,)),
        ([[1, 2], [3, 4], [5, 6]], (3, 2)),
        ([np.float32(1), np.float32(2)], (2,)),
        ([True, False], (2,)),
    ],
)
def test_a_list_of_numbers_is_one_array(given, shape):
    assert as_arrays(given, "x").shape == shape


def test_a_list_of_arrays_is_a_structure():
    assert [a.shape for a in as_arrays([np.ones(2), np.ones((2, 1))], "x")] == [(2,), (2, 1)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.array([1, "a"], dtype=object), "dtype object"),
        (np.array(["a", "b"]), "Encode text"),
        (np.array(["2020-01-01"], "datetime64[D]"), "datetime64"),
        (np.array(3.0), "scalar"),
        ([[1, 2], [3]], "unequal lengths"),
        (["a", "b"], r"x\[0\]: got str 'a'"),
        (object(), "got object"),
        (7, "scalar"),
    ],
)
def test_what_holds_no_numbers_is_refused_by_name(given, words):
    with pytest.raises(DataError, match=words):
        as_arrays(given, "x")


def test_floats_become_floatx_and_integers_what_jax_holds():
    assert cast(np.ones(2), "x", True).dtype == "float32"
    assert cast(np.ones(2, "float16"), "x", True).dtype == "float32"
    assert cast(np.ones(2, "float16"), "x", False).dtype == "float16"
    assert cast(np.ones(2), "x", False).dtype == "float32"
    assert cast(jnp.ones(2, "bfloat16"), "x", True).dtype == "float32"
    assert cast(np.ones(2, "int64"), "x", True).dtype == "int32"
    assert cast(np.ones(2, "uint8"), "x", True).dtype == "uint8"
    assert cast(np.ones(2, bool), "x", True).dtype == "bool"
    try:
        config.set_floatx("bfloat16")
        assert cast(np.ones(2, "float32"), "x", True).dtype == jnp.bfloat16
    finally:
        config.set_floatx("float32")


def test_a_right_type_is_not_copied():
    array = np.ones(2, "float32")
    assert cast(as_array(array, "x"), "x", True) is array


def test_integers_that_would_wrap_are_refused():
    with pytest.raises(DataError, match="x: got int64 values up to 4294967296"):
        cast(np.array([1, 2**32]), "x", True)


def test_lengths_must_agree():
    assert row_count({"x": [np.ones(3), None], "y": np.ones((3, 1)), "w": None}, "fit") == 3
    with pytest.raises(DataError, match=r"x\['a'\] has 3, y has 4"):
        row_count({"x": {"a": np.ones(3)}, "y": np.ones(4)}, "fit")
    with pytest.raises(DataError, match="no array"):
        row_count({"x": None, "y": None}, "fit")


def test_pandas_columns_are_read():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    assert as_array(frame, "x").tolist() == [[1.0, 0.5], [2.0, 1.5]]
    assert as_array(frame["a"], "y").shape == (2, 1)
    with pytest.raises(DataError, match="wanted numbers"):
        as_array(pandas.DataFrame({"a": ["x", "y"]}), "x")


def test_torch_tensors_are_read():
    torch = pytest.importorskip("torch")
    tensor = torch.ones(2, 3, dtype=torch.bfloat16, requires_grad=True)
    assert as_array(tensor, "x").dtype == "float32"
