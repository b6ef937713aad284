"""The table of checks: each has an id of one form, a sentence, and a family that says where."""

import re

import pytest

from kerax.plugins.spec import KINDS, SUPPORTS
from kerax.testing import list_checks

GENERAL = {"spec", "construct", "config", "copy", "process", "call", "numeric"}
SHARED = {"loss": {"labels"}, "metric": {"labels"}}


@pytest.mark.parametrize("kind", KINDS)
def test_checks_of_a_kind_are_named_and_described(kind):
    for check in list_checks(kind):
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", check.id)
        assert check.summary.endswith("."), check.id
        assert len(check.summary) <= 100, check.id
        assert check.needs <= SUPPORTS
        family = check.id.partition(".")[0]
        assert family in GENERAL | {kind} | SHARED.get(kind, set()), check.id


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_checks_of_its_own(kind):
    own = [check for check in list_checks(kind) if check.id.startswith(f"{kind}.")]
    assert len(own) >= 4


def test_ids_are_given_once():
    for kind in KINDS:
        ids = [check.id for check in list_checks(kind)]
        assert len(set(ids)) == len(ids)
