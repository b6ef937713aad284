"""The checks of masks: each finds the wrong layer made for it, and right ones pass."""

import numpy as np
import pytest

from kerax import ops
from kerax.layers import Layer
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks

SEQUENCES = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")


class Doubled(Layer):
    """It passes masks on."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x):
        return 2 * x


class MaskedMean(Layer):
    """It uses a mask, and gives none."""

    def call(self, x, mask=None):
        weights = ops.ones(x.shape[:2]) if mask is None else ops.cast(mask, "float32")
        weights = ops.expand_dims(weights, -1)
        return ops.sum(x * weights, axis=1) / ops.sum(weights, axis=1)

    def compute_mask(self, inputs, previous_mask):
        return None


class Deaf(Layer):
    """It says that it supports masks, and loses them."""

    def call(self, x):
        return 2 * x


class NumberMask(Doubled):
    """Its mask is of numbers, of another length."""

    def compute_mask(self, inputs, previous_mask):
        return None if previous_mask is None else ops.cast(previous_mask[:, :2], "int32")


class RunningSum(Doubled):
    """What is masked goes on into later steps."""

    def call(self, x):
        return ops.cumsum(x[:, ::-1], axis=1)[:, ::-1]


class FirstStep(Layer):
    """It takes a mask and does nothing with it."""

    def call(self, x, mask=None):
        return x[:, 0]


def sequences():
    return [Case("sequences", inputs=(SEQUENCES,))]


def spec(target, cases=sequences):
    return ComponentSpec(
        "layer",
        "part",
        f"{__name__}:{target.__name__}",
        summary="Of steps",
        supports={"mask"},
        cases=cases and f"{__name__}:{cases.__name__}",
    )


WRONG = [
    (Deaf, {"mask_accepted", "masked_steps_ignored"}),
    (NumberMask, {"mask_accepted"}),
    (RunningSum, {"masked_steps_ignored"}),
    (FirstStep, {"mask_has_effect"}),
]


@pytest.mark.parametrize(("target", "wrong"), WRONG)
def test_each_wrong_layer_fails_the_checks_meant_for_it(target, wrong, failures):
    failed = failures(spec(target), "layer")
    assert {f"layer.{name}" for name in wrong} <= failed
    assert all("mask" in name for name in failed)


@pytest.mark.parametrize("target", [Doubled, MaskedMean])
def test_layers_that_honour_masks_pass(target, failures):
    assert not failures(spec(target), "layer")


def test_a_mask_needs_a_case_to_try_it_with(failures):
    names = {"layer.mask_accepted", "layer.masked_steps_ignored", "layer.mask_has_effect"}
    assert failures(spec(Doubled, cases=None), "layer") == names
    report = check_component(spec(Doubled, cases=None), checks=["layer.mask_accepted"])
    assert "give a case with inputs [batch, time, features]" in str(report)


def test_every_check_of_masks_has_a_wrong_layer():
    ids = {c.id for c in list_checks("layer") if c.run.__module__.endswith("layer_masks")}
    assert {f"layer.{name}" for _, wrong in WRONG for name in wrong} == ids
