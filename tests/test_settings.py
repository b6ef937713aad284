"""Global settings: what they take, refuse, and change."""

import numpy as np
import pytest

import kerax
from kerax import settings
from kerax.errors import ArgumentError


@pytest.fixture(autouse=True)
def _defaults():
    yield
    settings.set_floatx("float32")
    settings.set_epsilon(1e-7)
    settings.set_image_data_format("channels_last")
    settings.enable_interactive_logging()


def test_floatx_is_the_type_of_new_variables():
    settings.set_floatx("bfloat16")
    assert kerax.Variable(lambda shape, dtype: np.zeros(shape, dtype), (2,)).dtype == "bfloat16"
    assert kerax.layers.Dense(1).compute_dtype == "bfloat16"


def test_image_data_format_is_that_of_layers_made_afterwards():
    before = kerax.layers.MaxPooling2D()
    settings.set_image_data_format("channels_first")
    assert kerax.layers.MaxPooling2D().data_format == "channels_first"
    assert before.data_format == "channels_last"


def test_a_data_format_is_read_in_any_case_and_none_means_the_global_one():
    assert settings.standardize_data_format("Channels_First") == "channels_first"
    assert settings.standardize_data_format(None) == "channels_last"


@pytest.mark.parametrize(
    ("set_value", "value"),
    [(settings.set_floatx, "int32"), (settings.set_image_data_format, "nchw")],
)
def test_unknown_values_are_refused_and_change_nothing(set_value, value):
    before = settings.floatx(), settings.image_data_format()
    with pytest.raises(ArgumentError, match=value):
        set_value(value)
    assert (settings.floatx(), settings.image_data_format()) == before


def test_epsilon_is_a_float():
    settings.set_epsilon("1e-5")
    assert settings.epsilon() == 1e-5


def test_interactive_logging_can_be_switched():
    settings.disable_interactive_logging()
    assert not settings.is_interactive_logging_enabled()
