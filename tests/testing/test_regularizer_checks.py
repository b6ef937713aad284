"""The checks of regularizers: each finds the wrong one made for it, odd but right ones pass."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from kerax.plugins import ComponentSpec
from kerax.regularizers import Regularizer
from kerax.testing import Case, check_component, list_checks


def ridge(x):
    """A plain function."""
    return jnp.sum(jnp.square(x))


class Groups(Regularizer):
    """Its config is a dict of lists, and its root has a finite slope at 0."""

    def __init__(self, groups=None):
        self.groups = groups or {"rows": [0, 1], "others": [2, 3]}

    def __call__(self, x):
        parts = [jnp.sum(jnp.square(x[jnp.array(rows)])) for rows in self.groups.values()]
        return sum(jnp.where(part > 0, jnp.sqrt(jnp.maximum(part, 1e-30)), 0.0) for part in parts)

    def get_config(self):
        return {"groups": self.groups}


class Kernel(Regularizer):
    """It is for kernels of a convolution alone."""

    def __call__(self, x):
        height, width, _, _ = x.shape
        return jnp.sum(jnp.square(x)) / (height * width)

    def get_config(self):
        return {}


class InFloat32:
    """A class without a base, which computes in float32 whatever it is given."""

    def __call__(self, x):
        return jnp.sum(jnp.abs(jnp.asarray(x, "float32")))


def of_rows(x):
    """It gives a penalty a row."""
    return jnp.sum(jnp.square(x), axis=-1)


def explodes(x):
    """An exponential of large weights is infinite, and their slope is cut."""
    return jnp.sum(jnp.exp(lax.stop_gradient(x))) * 0 + jnp.sum(jnp.square(x))


def lasso_of_groups(x):
    """The root has no slope at 0."""
    return jnp.sum(jnp.sqrt(jnp.sum(jnp.square(x), axis=-1)))


def half_blind(x):
    """Half of the gradient is kept back."""
    return jnp.sum(x * lax.stop_gradient(x))


def with_oracle():
    return [Case("default", oracle=lambda x: np.sum(x**2))]


def with_wrong_oracle():
    return [Case("default", oracle=lambda x: np.sum(x**2) / 2)]


def of_kernels():
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 2, 4)).astype("float32")
    return [Case("kernel", inputs=(kernel,), oracle=lambda x: np.sum(x**2) / 9)]


def grouped():
    return [Case("default"), Case("one", {"groups": {"all": [0, 1, 2, 3]}})]


def spec(target, **fields):
    if "cases" in fields:
        fields["cases"] = f"{__name__}:{fields['cases']}"
    return ComponentSpec("regularizer", "part", f"{__name__}:{target.__name__}", **fields)


WRONG = [
    (spec(of_rows), "regularizer.scalar"),
    (spec(explodes), "regularizer.finite"),
    (spec(lasso_of_groups), "regularizer.gradient_finite"),
    (spec(half_blind), "regularizer.finite_differences"),
    (spec(ridge, cases="with_wrong_oracle"), "regularizer.oracle"),
]

RIGHT = [
    spec(ridge, cases="with_oracle"),
    spec(Groups, cases="grouped"),
    spec(Kernel, cases="of_kernels"),
    spec(InFloat32),
]


def name_of(value):
    return value.target.partition(":")[2] if isinstance(value, ComponentSpec) else value


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=name_of)
def test_each_wrong_regularizer_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "regularizer") == {wrong}


@pytest.mark.parametrize("part", RIGHT, ids=name_of)
def test_odd_regularizers_that_are_right_pass(part, failures):
    assert not failures(part, "regularizer")


def test_every_check_of_regularizers_has_a_wrong_regularizer():
    ids = {c.id for c in list_checks("regularizer") if c.id.startswith("regularizer.")}
    assert {wrong for _, wrong in WRONG} == ids


def test_messages_name_the_weights():
    report = check_component(spec(lasso_of_groups), checks=["regularizer.gradient_finite"])
    assert "gradient at weights of 0: got nan at (0, 0)" in str(report)
