"""What results are held against: messages and the cases that are hard to judge."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from kerax.plugins import ComponentSpec
from kerax.testing import Case
from kerax.testing.check import Skip
from kerax.testing.expectations import (
    assert_bits,
    assert_close,
    assert_finite,
    assert_gradient_matches,
    oracle_result,
    with_arguments,
)
from kerax.testing.subject import find_subject


def twice(x, factor=2):
    return factor * x


def subject():
    return find_subject(ComponentSpec("activation", "part", f"{__name__}:twice"))


def test_close_compares_numbers_and_bits_compare_all():
    near = np.float32(1) + np.finfo("float32").eps
    assert_close([near], [np.float64(1)], "it")
    with pytest.raises(AssertionError, match="it: got"):
        assert_bits([near], [np.float32(1)], "it")
    with pytest.raises(AssertionError, match="got float32; wanted float64"):
        assert_bits([np.ones(1, "float32")], [np.ones(1)], "it")


def test_finite_names_the_place_of_the_first_number_that_is_not():
    assert_finite([np.ones(2), 3], "it")
    with pytest.raises(AssertionError, match=r"it\[1\]: got inf at \(1, 0\), 1 of 2 numbers"):
        assert_finite([np.ones(2), np.array([[0.0], [np.inf]])], "it")


@pytest.mark.parametrize("dtype", ["float32", None])
def test_right_gradients_match_whatever_type_a_function_computes_in(dtype):
    x = np.random.default_rng(0).normal(size=(3, 2))
    assert_gradient_matches(lambda x: jnp.sum(jnp.sin(jnp.asarray(x, dtype)) ** 2), x, "it")
    assert_gradient_matches(lambda x: jnp.sum(jnp.abs(x)), np.zeros((0, 2)), "nothing")


@pytest.mark.parametrize("dtype", ["float32", None])
def test_wrong_gradients_do_not_match(dtype):
    x = np.random.default_rng(0).normal(size=(3, 2))
    with pytest.raises(AssertionError, match="finite differences give"):
        assert_gradient_matches(
            lambda x: jnp.sum(lax.stop_gradient(x) * jnp.asarray(x, dtype)), x, "it"
        )


def test_an_oracle_is_given_float64_inputs_and_the_arguments():
    seen = {}

    def oracle(x, **kwargs):
        seen.update(kwargs, dtype=x.dtype)
        return 3 * x

    case = Case("three", {"factor": 3}, (np.ones(2, "float32"),), oracle)
    assert oracle_result(subject(), case, more=1).tolist() == [3.0, 3.0]
    assert seen == {"factor": 3, "more": 1, "dtype": np.float64}
    with pytest.raises(Skip, match="no oracle"):
        oracle_result(subject(), Case("without"))


def test_further_arguments_leave_a_case_as_it_was():
    case = Case("three", {"factor": 3}, atol=0.5)
    more = with_arguments(case, factor=4, name="x")
    assert (more.kwargs, more.atol, case.kwargs) == ({"factor": 4, "name": "x"}, 0.5, {"factor": 3})
