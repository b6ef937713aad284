"""Names of data types, promotion, and policies."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerax
from kerax import dtypes
from kerax.errors import ArgumentError, SerializationError


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (None, "float32"),
        ("int", "int32"),
        (float, "float32"),
        (bool, "bool"),
        (np.float16, "float16"),
        (jnp.bfloat16, "bfloat16"),
        (np.dtype("uint8"), "uint8"),
        ("float8_e4m3fn", "float8_e4m3fn"),
    ],
)
def test_names(given, name):
    assert dtypes.standardize_dtype(given) == name


@pytest.mark.parametrize("given", ["float31", object, "mixed_float16"])
def test_unknown_types_are_refused(given):
    with pytest.raises(ArgumentError, match="wanted one of"):
        dtypes.standardize_dtype(given)


@pytest.mark.parametrize(
    ("parts", "result"),
    [
        ((), "float32"),
        ((int, "float16"), "float16"),
        ((float, "int8"), "float32"),
        ((int,), "int32"),
        (("bfloat16", "float16"), "float32"),
        (("bool", "uint8"), "uint8"),
        (("float64", "int64"), "float32"),
    ],
)
def test_promotion(parts, result):
    assert not jax.config.read("jax_enable_x64")
    assert dtypes.result_type(*parts) == result


def test_kinds():
    assert dtypes.is_float("float8_e5m2")
    assert not dtypes.is_float("complex64")
    assert dtypes.is_int("uint4")
    assert not dtypes.is_int("bool")


def test_a_mixed_policy_computes_small_and_keeps_float32():
    layer = kerax.layers.Dense(2, dtype="mixed_float16")
    out = layer(np.ones((1, 3), "float32"))
    assert str(out.dtype) == layer.compute_dtype == "float16"
    assert layer.kernel.dtype == layer.variable_dtype == "float32"


def test_policies_are_equal_by_name_and_hashable():
    same = {dtypes.DTypePolicy("float16"), dtypes.DTypePolicy("float16")}
    assert len(same) == 1
    assert dtypes.DTypePolicy("float16") != dtypes.DTypePolicy("float32")
    assert dtypes.DTypePolicy("float16") != "float16"


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        (None, "float32"),
        ("mixed_bfloat16", "mixed_bfloat16"),
        (np.float16, "float16"),
        (dtypes.DTypePolicy("bfloat16"), "bfloat16"),
        ({"class_name": "DTypePolicy", "config": {"name": "float16"}}, "float16"),
    ],
)
def test_get(identifier, name):
    assert dtypes.get(identifier).name == name


def test_get_refuses_other_classes_and_names():
    with pytest.raises(SerializationError, match="Dense"):
        dtypes.get({"class_name": "Dense", "config": {}})
    with pytest.raises(ArgumentError, match="mixed_float16"):
        dtypes.get("mixed_float8")
    with pytest.raises(ArgumentError, match="string"):
        dtypes.DTypePolicy(3)


def test_convert_input_casts_floats_only():
    policy = dtypes.DTypePolicy("mixed_float16")
    convert = lambda x: str(policy.convert_input(x, True, "float16").dtype)  # noqa: E731 - short
    assert convert(np.ones(2, "float32")) == "float16"
    assert convert(np.ones(2, "int32")) == "int32"
    assert policy.convert_input("text", True, "float16") == "text"
