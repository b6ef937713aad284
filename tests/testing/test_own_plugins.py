"""The standard plugins' components, optax' among them, pass the kit with their cases."""

import pytest

from kerax.plugins import names
from kerax.testing import check_component
from kerax.testing.subject import find_subject

KINDS = ("loss", "metric", "optimizer", "regularizer")

# These stand for their families where time is short.
FAST = {"huber", "Tversky", "Mean", "MeanSquaredError", "sparse_categorical_accuracy", "L1L2"}

OWN = [
    pytest.param(kind, name, id=f"{kind}-{name}", marks=() if name in FAST else pytest.mark.slow)
    for kind in KINDS
    for name in names(kind, own=True)
]


@pytest.mark.parametrize(("kind", "name"), OWN)
def test_own_component_passes_the_kit(kind, name):
    report = check_component(name, kind)
    assert report.ok, str(report)


BRIDGED = [
    pytest.param(kind, name, id=name, marks=pytest.mark.slow)
    for kind in ("optimizer", "schedule")
    for name in names(kind)
    if name.startswith("optax>")
]


# optax deprecates a few, and says so itself.
@pytest.mark.filterwarnings("ignore:optax>:FutureWarning", "ignore:`:DeprecationWarning")
@pytest.mark.parametrize(("kind", "name"), BRIDGED)
def test_what_optax_has_passes_the_kit(kind, name):
    report = check_component(name, kind)
    assert report.ok, str(report)


@pytest.mark.parametrize("kind", KINDS)
def test_every_own_component_has_a_case_with_an_oracle(kind):
    without = [
        name
        for name in names(kind, own=True)
        if not any(case.oracle for case in find_subject(name, kind).cases)
    ]
    assert not without
