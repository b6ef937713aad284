"""Values in configs: the parts that `test_serialization` does not reach through whole configs."""

import pytest

from kerax import values
from kerax.errors import SerializationError


def test_a_lambda_keeps_its_defaults_and_closure():
    offset = 3
    function = lambda x, y=2: x + y + offset  # noqa: E731 - a lambda is what is tested
    config = values.dump_lambda(function)
    assert config["defaults"] == (2,)
    assert config["closure"] == (3,)
    assert values.load_lambda(config)(1) == 6


@pytest.mark.parametrize("code", ["", "AAAA", "4wAA", 3, "aQEAAAA="])
def test_damaged_bytecode(code):
    with pytest.raises(SerializationError):
        values.load_lambda({"code": code, "defaults": None, "closure": None})


def test_other_objects_are_left_to_the_caller():
    assert values.write("text", lambda value: value) is None
    assert not values.is_lambda(len)
