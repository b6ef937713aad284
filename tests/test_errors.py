"""The tree of exceptions: what catches what."""

import inspect

import pytest

from kerax import errors

ALL = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_each_is_kerax_own_and_what_keras_raises_there(error):
    assert issubclass(error, errors.KeraxError)
    assert error is errors.KeraxError or issubclass(error, ValueError)


def test_a_damaged_config_is_a_type_error_too():
    assert issubclass(errors.SerializationError, TypeError)


def test_the_exported_names_are_all_there_are():
    found = {n for n, v in vars(errors).items() if inspect.isclass(v)}
    assert found == set(errors.__all__)


def test_the_drawing_in_the_docstring_names_each():
    assert all(name in errors.__doc__ for name in errors.__all__)
