"""What `compile` fixed: settings, trackers, names of results."""

import numpy as np
import pytest

from kerax.errors import ArgumentError
from kerax.training.compiled import Compiled, LossTracker

Y, P = np.zeros((4, 1), "float32"), np.ones((4, 1), "float32")


def made(**given):
    arguments = {
        "loss": None,
        "loss_weights": None,
        "metrics": None,
        "weighted_metrics": None,
        "run_eagerly": False,
        "steps_per_execution": "auto",
        "jit_compile": "auto",
    }
    return Compiled({**arguments, **given})


def test_metrics_in_the_place_of_loss_weights_are_explained():
    with pytest.raises(ArgumentError, match=r"loss_weights=\['accuracy'\].*metrics="):
        made(loss="mse", loss_weights=["accuracy"])


def test_a_custom_step_can_track_its_loss_without_a_weight():
    tracker = LossTracker("loss")
    values = [v.value for v in tracker.variables]
    for loss in (1.0, 3.0):
        values = tracker.stateless_update_state(values, loss)
    assert float(tracker.stateless_result(values)) == 2.0


class TwoOutputs:
    output_names = ("a", "b")


@pytest.mark.parametrize("steps", [0, -1, 2.0, True, "fast"])
def test_steps_per_execution_is_checked(steps):
    with pytest.raises(ArgumentError, match="steps_per_execution"):
        made(steps_per_execution=steps)


@pytest.mark.parametrize(
    ("given", "jits"),
    [({}, True), ({"run_eagerly": True}, False), ({"jit_compile": False}, False)],
)
def test_what_compiles(given, jits):
    assert made(**given).jits is jits


def test_eager_and_compiled_exclude_each_other():
    with pytest.raises(ArgumentError, match="at most one"):
        made(run_eagerly=True, jit_compile=True)


def test_a_tracker_weighs_by_samples():
    tracker = LossTracker("loss")
    assert float(tracker.result()) == 0.0
    tracker.update_state(1.0, sample_weight=3)
    tracker.update_state(5.0, sample_weight=1)
    assert float(tracker.result()) == 2.0


def test_each_of_several_outputs_has_a_loss_of_its_own():
    compiled = made(loss="mse", metrics=["mae", "mae"])
    compiled.build(TwoOutputs(), [Y, Y], [P, P])
    total, parts = compiled.losses([Y, Y], [P, 2 * P], None)
    assert float(total) == 5.0
    compiled.track_parts(parts, 4)
    assert list(compiled.results()) == ["loss", "a_loss", "b_loss", "a_mae", "b_mae"]
    assert float(compiled.results()["b_loss"]) == 4.0


def test_a_single_output_has_no_parts_and_is_built_once():
    compiled = made(loss="mse", metrics=["mae"])
    compiled.build(object(), Y, P)
    metrics = compiled.all_metrics()
    compiled.build(object(), Y, P)
    assert compiled.all_metrics() == metrics
    assert list(compiled.results()) == ["loss", "mae"]
