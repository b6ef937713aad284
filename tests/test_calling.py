"""Signatures of `call`, the training context, and masks of inputs."""

import jax.numpy as jnp
import pytest

import kerax
from kerax import calling
from kerax.calling import call_context, call_signature, current_training
from kerax.symbolic import set_mask


class Attends:
    def call(self, query, value, query_mask=None, value_mask=None, training=True):
        return query


class Plain:
    def call(self, x, **kwargs):
        return x


def test_a_signature_without_self():
    found = call_signature(Attends.call)
    assert found.names == ("query", "value", "query_mask", "value_mask", "training")
    assert found.has_training
    assert found.has_mask
    assert found.training_default is True
    plain = call_signature(Plain.call)
    assert plain.takes_any_keyword
    assert not plain.has_training


def test_the_inner_call_inherits_training():
    assert current_training() is None
    with call_context(True) as outermost:
        assert outermost
        with call_context(None) as inner:
            assert not inner
            assert current_training() is True
        with call_context(False):
            assert current_training() is False
        assert current_training() is True
    assert current_training() is None


def test_the_context_is_left_with_an_error():
    with pytest.raises(RuntimeError, match="inside"), call_context(True):
        raise RuntimeError("inside")
    with call_context(None) as outermost:
        assert outermost


def test_shapes_of_structures():
    x, symbolic = jnp.ones((2, 3)), kerax.KerasTensor((None, 4))
    assert calling.shapes_of(x) == (2, 3)
    assert calling.shapes_of([x, symbolic]) == [(2, 3), (None, 4)]
    assert calling.shapes_of({"a": x, "b": 1}) == {"a": (2, 3), "b": None}
    assert calling.shapes_of("text") is None
    assert calling.shapes_of([1, 2]) is None


def test_masks_go_to_the_arguments_named_after_the_inputs():
    query, value, mask = jnp.ones((2, 3, 1)), jnp.ones((2, 4, 1)), jnp.ones((2, 4), bool)
    set_mask(value, mask)
    arguments = {"query": query, "value": value}
    filled = calling.input_masks(call_signature(Attends.call), arguments)
    assert list(filled) == ["value_mask"]
    assert filled["value_mask"] is mask
    given = {**arguments, "value_mask": "given"}
    assert calling.input_masks(call_signature(Attends.call), given) == {}


def test_a_layer_inside_another_gets_its_training():
    seen = []

    class Inner(kerax.layers.Layer):
        def call(self, x, training=None):
            seen.append(training)
            return x

    class Outer(kerax.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, x):
            return self.inner(x)

    layer = Outer()
    layer(jnp.ones(1), training=True)
    layer(jnp.ones(1))
    assert seen[-2:] == [True, None]
