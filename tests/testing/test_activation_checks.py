"""The checks of activations: each finds the wrong one made for it, and odd but right ones pass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import ops
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks


def cube(x):
    """Elementwise."""
    return x**3


def rows_in_one(x):
    """It joins the samples."""
    return jnp.reshape(x, (-1,))


def of_matrices(x):
    """It needs two axes."""
    rows, columns = x.shape
    return jnp.tanh(x).reshape(rows, columns)


def softmax(x):
    """It mixes the elements of a sample."""
    return jax.nn.softmax(x, -1)


def centred(x):
    """It mixes the samples."""
    return x - jnp.mean(x, axis=0, keepdims=True)


def root(x):
    """Its gradient at 0 is not finite."""
    return jnp.sign(x) * jnp.sqrt(jnp.abs(x))


def half_gradient(x):
    """Its gradient leaves one factor out."""
    return x * jax.lax.stop_gradient(jnp.tanh(x))


def of_known_sizes(x):
    """It needs to know the size of the batch."""
    return x * np.ones(x.shape, "float32")


def halves(x):
    """The first half times the second: another width."""
    first, second = ops.split(x, 2, axis=-1)
    return first * second


class Power:
    """A class with a config."""

    def __init__(self, exponent=2):
        self.exponent = exponent

    def __call__(self, x):
        return x**self.exponent

    def get_config(self):
        return {"exponent": self.exponent}


def squares():
    return [Case("default", oracle=np.square)]


def powers():
    return [Case("third", {"exponent": 3}, oracle=lambda x, exponent: x**exponent)]


def sequences():
    return [Case("sequences", inputs=(np.ones((2, 3, 4), "float32"),), oracle=lambda x: x / 4)]


def spec(target, contract="elementwise", cases=None):
    return ComponentSpec(
        "activation",
        "part",
        f"{__name__}:{target.__name__}",
        summary="Of elements",
        contract=contract,
        cases=cases and f"{__name__}:{cases.__name__}",
    )


WRONG = [
    (spec(cube, cases=squares), {"oracle"}),
    (spec(rows_in_one, "general"), {"batch_kept"}),
    (spec(of_matrices), {"shape_kept"}),
    (spec(softmax), {"elementwise", "shape_kept"}),
    (spec(centred, "general"), {"samples_apart"}),
    (spec(root), {"gradient_finite"}),
    (spec(half_gradient), {"gradient_right"}),
    (spec(of_known_sizes), {"in_a_layer"}),
]


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=lambda p: getattr(p, "target", None))
def test_each_wrong_activation_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "activation") == {f"activation.{name}" for name in wrong}


@pytest.mark.parametrize(
    "part",
    [spec(softmax, "general", sequences), spec(halves, "general"), spec(Power, cases=powers)],
    ids=lambda p: p.target,
)
def test_odd_activations_that_are_right_pass(part, failures):
    assert not failures(part, "activation")


def test_every_check_of_activations_has_a_wrong_activation():
    ids = {c.id for c in list_checks("activation") if c.id.startswith("activation.")}
    assert {f"activation.{name}" for _, wrong in WRONG for name in wrong} == ids


def test_elementwise_is_checked_where_it_is_declared():
    report = check_component(spec(softmax, "general"), checks=["activation.elementwise"])
    assert report.results[0].status == "skipped"
    report = check_component(spec(softmax), checks=["activation.elementwise"])
    assert "the contract of a function that mixes them is 'general'" in str(report)
