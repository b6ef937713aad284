"""Keras' backend namespace hands out the functions of other rooms."""

import kerax
from kerax import backend, dtypes, settings


def test_every_name_is_the_one_defined_elsewhere():
    assert backend.floatx is settings.floatx
    assert backend.standardize_dtype is dtypes.standardize_dtype
    assert backend.is_float_dtype is dtypes.is_float
    assert backend.is_keras_tensor(kerax.Input((2,)))
    assert backend.backend() == "jax"


def test_clear_session_begins_names_anew():
    backend.clear_session()
    first = kerax.layers.Dense(1).name
    kerax.layers.Dense(1)
    backend.clear_session()
    assert kerax.layers.Dense(1).name == first == "dense"
