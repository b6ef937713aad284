"""The checks of constraints: each finds the wrong one made for it, and odd but right ones pass."""

import jax.numpy as jnp
import numpy as np
import pytest

from kerax import constraints, ops
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks

WHOLE = np.arange(-6, 6, dtype="float32").reshape(4, 3)


def clipped(w):
    """A plain function: between -1 and 1."""
    return jnp.clip(w, -1, 1)


def in_float32(w):
    """It gives float32 whatever it was given."""
    return jnp.clip(jnp.asarray(w, "float32"), -1, 1)


def shrunk(w):
    """It goes on shrinking."""
    return 0.9 * w


def divided(w):
    """It divides by a norm that may be 0."""
    return w / jnp.sqrt(jnp.sum(jnp.square(w), axis=0, keepdims=True))


def by_fourth_powers(w):
    """What is positive, by powers that overflow."""
    return (w + (w**4) ** 0.25) / 2


def halved_fractions(w):
    """It leaves whole numbers alone, and is no projection for others."""
    return w - (w - jnp.floor(w)) / 2


def looks_at_values(w):
    """It reads its input, which a trace does not have."""
    return jnp.clip(w, -1, 1) if float(jnp.max(jnp.abs(w))) > 1 else w


class OnAxis(constraints.Constraint):
    """Vectors along an axis have a mean of 0."""

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        return w - ops.mean(w, axis=self.axis, keepdims=True)

    def get_config(self):
        return {"axis": self.axis}


def clipped_to_two():
    return [Case("two", oracle=lambda w: np.clip(w, -2, 2))]


def clipped_to_one():
    return [Case("one", oracle=lambda w: np.clip(w, -1, 1))]


def whole_numbers():
    return [Case("whole", inputs=(WHOLE,))]


def axes():
    return [
        Case(f"axis {axis}", {"axis": axis}, oracle=lambda w, axis: w - w.mean(axis, keepdims=True))
        for axis in (0, 1)
    ]


def spec(target, cases=None):
    return ComponentSpec(
        "constraint",
        "part",
        f"{__name__}:{target.__name__}",
        summary="Projects",
        cases=cases and f"{__name__}:{cases.__name__}",
    )


WRONG = [
    (spec(clipped, clipped_to_two), {"oracle"}),
    (spec(in_float32), {"shape_and_dtype_kept"}),
    (spec(shrunk), {"idempotent", "holds_after_a_step"}),
    (spec(divided), {"finite_at_zero"}),
    (spec(by_fourth_powers), {"small_and_large"}),
    (spec(halved_fractions, whole_numbers), {"holds_after_a_step"}),
    (spec(looks_at_values), {"compiled_step", "holds_after_a_step"}),
]


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=lambda p: getattr(p, "target", None))
def test_each_wrong_constraint_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "constraint") == {f"constraint.{name}" for name in wrong}


@pytest.mark.parametrize(
    "part", [spec(clipped, clipped_to_one), spec(OnAxis, axes)], ids=lambda p: p.target
)
def test_odd_constraints_that_are_right_pass(part, failures):
    assert not failures(part, "constraint")


def test_every_check_of_constraints_has_a_wrong_constraint():
    ids = {c.id for c in list_checks("constraint") if c.id.startswith("constraint.")}
    assert {f"constraint.{name}" for _, wrong in WRONG for name in wrong} == ids


def test_messages_say_what_was_got_and_wanted():
    report = check_component(spec(in_float32), checks=["constraint.shape_and_dtype_kept"])
    assert "a weight (5, 4) of float16: got (5, 4) of float32" in str(report)
