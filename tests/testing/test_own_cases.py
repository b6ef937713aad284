"""The core's own components, and the standard schedules, pass the kit with their cases."""

import pytest

from kerax.plugins import names
from kerax.testing import check_component
from kerax.testing.own_cases import (
    activations,
    callbacks,
    cases,
    constraints,
    initializers,
    layers,
)

KINDS = ("activation", "callback", "constraint", "initializer", "layer", "schedule")

# These stand for their families where time is short.
FAST = {
    *("Dropout", "Embedding", "Concatenate", "ActivityRegularization", "InputLayer", "Flatten"),
    *("softplus", "glu", "NonNeg", "STFT", "Orthogonal", "History", "EarlyStopping"),
    *("ReduceLROnPlateau", "InverseTimeDecay"),
}

OWN = [
    pytest.param(kind, name, id=f"{kind}-{name}", marks=() if name in FAST else pytest.mark.slow)
    for kind in KINDS
    for name in names(kind, own=True)
]


@pytest.mark.parametrize(("kind", "name"), OWN)
def test_own_component_passes_the_kit(kind, name):
    report = check_component(name, kind)
    assert report.ok, str(report)


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("activation", activations.CASES),
        ("callback", callbacks.CASES),
        ("constraint", constraints.CASES),
        ("initializer", initializers.CASES),
        ("layer", layers.CASES),
    ],
)
def test_cases_are_for_components_that_there_are(kind, table):
    assert table.keys() <= set(names(kind, own=True))
    assert all(cases(kind, name) == table[name] for name in table)


def test_a_name_without_cases_has_none():
    assert cases("callback", "History") == []
