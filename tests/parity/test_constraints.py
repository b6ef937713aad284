"""Every constraint against Keras: values and configs."""

import numpy as np
import pytest

from kerax import constraints

keras = pytest.importorskip("keras")

W = np.random.default_rng(0).normal(scale=2, size=(3, 4, 2)).astype("float32")
W[:, 0] = 0

CASES = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 1.5, "axis": [0, 1]}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 2.0, "rate": 0.4, "axis": 1}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": [0, 2]}),
]


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_values_and_config(name, kwargs):
    ours, theirs = getattr(constraints, name)(**kwargs), getattr(keras.constraints, name)(**kwargs)
    np.testing.assert_allclose(ours(W), theirs(W), atol=1e-6)
    assert constraints.serialize(ours) == keras.constraints.serialize(theirs)
    again = constraints.deserialize(keras.constraints.serialize(theirs))
    np.testing.assert_allclose(again(W), ours(W))
    if kwargs.get("rate", 1) == 1:
        np.testing.assert_allclose(ours(ours(W)), ours(W), atol=1e-5)


@pytest.mark.parametrize("name", ["max_norm", "MaxNorm", "non_neg", "unit_norm", "min_max_norm"])
def test_get(name):
    wanted = type(keras.constraints.get(name)).__name__
    assert type(constraints.get(name)).__name__ == wanted
    assert type(constraints.get(getattr(constraints, wanted))).__name__ == wanted


def test_get_of_nothing_and_of_a_wrong_name():
    assert constraints.get(None) is None
    with pytest.raises(ValueError, match=r"max_norm|MaxNorm"):
        constraints.get("max_nrom")
