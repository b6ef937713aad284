"""The checks of schedules: each finds the wrong one made for it, and odd but right ones pass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax.optimizers.schedules import LearningRateSchedule
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks


def halving(step):
    """A plain function."""
    return 0.1 * 0.5 ** (jnp.asarray(step, "float32") / 10)


def whole(step):
    """A rate that is no float."""
    return jnp.where(jnp.asarray(step) > 5, 1, 2)


def branching(step):
    """It branches in Python."""
    return jnp.float32(0.1 if step > 5 else 0.2)


def of_arrays(step):
    """It takes arrays only."""
    return 0.1 / (1 + step.astype("float32"))


class Remembering:
    """Its rate falls once it has seen a later step."""

    def __init__(self):
        self.latest = 0.0

    def __call__(self, step):
        if isinstance(step, jax.core.Tracer):
            return jnp.float32(0.1)
        self.latest = max(self.latest, float(step))
        return jnp.float32(0.1 if self.latest <= float(step) else 0.05)

    def get_config(self):
        return {}


def from_one(step):
    """It is not defined at step 0."""
    return 0.1 / jnp.asarray(step, "float32")


class Pieces(LearningRateSchedule):
    """Constant between boundaries, and flat after the last."""

    def __init__(self, boundaries=(3, 10), values=(0.3, 0.2, 0.1)):
        self.boundaries = list(boundaries)
        self.values = list(values)

    def __call__(self, step):
        passed = jnp.sum(jnp.asarray(step) >= jnp.asarray(self.boundaries))
        return jnp.asarray(self.values, "float32")[passed]

    def get_config(self):
        return {"boundaries": self.boundaries, "values": self.values}


def constant():
    return [Case("constant", oracle=lambda step: np.full(step.shape, 0.1))]


def from_first():
    return [Case("from 1", inputs=(np.arange(1, 4),), oracle=lambda step: 0.1 / step)]


def pieces():
    places = lambda step: np.searchsorted([3, 10], step, side="right")  # noqa: E731 - one line
    return [Case("pieces", oracle=lambda step: np.array([0.3, 0.2, 0.1])[places(step)])]


def spec(target, cases=None):
    return ComponentSpec(
        "schedule",
        "part",
        f"{__name__}:{target.__name__}",
        summary="Of steps",
        cases=cases and f"{__name__}:{cases.__name__}",
    )


WRONG = [
    (spec(halving, constant), {"oracle"}),
    (spec(whole), {"scalar"}),
    (spec(branching), {"traced_step", "drives_an_optimizer"}),
    (spec(of_arrays), {"step_types"}),
    (spec(Remembering), {"whatever_came_before"}),
    (spec(from_one, from_first), {"drives_an_optimizer"}),
]


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=lambda p: getattr(p, "target", None))
def test_each_wrong_schedule_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "schedule") == {f"schedule.{name}" for name in wrong}


@pytest.mark.parametrize("part", [spec(halving), spec(Pieces, pieces)], ids=lambda p: p.target)
def test_odd_schedules_that_are_right_pass(part, failures):
    assert not failures(part, "schedule")


def test_every_check_of_schedules_has_a_wrong_schedule():
    ids = {c.id for c in list_checks("schedule") if c.id.startswith("schedule.")}
    assert {f"schedule.{name}" for _, wrong in WRONG for name in wrong} == ids


def test_messages_say_what_was_got_and_wanted():
    report = check_component(spec(whole), checks=["schedule.scalar"])
    assert "at step 0: got a rate of int32; wanted a float" in str(report)
