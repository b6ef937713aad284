"""Checks for every kind."""

from kerax.plugins.spec import KINDS
from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.subject import Subject

__all__: list[str] = []


@check("spec.valid", *KINDS, once=True)
def spec_is_valid(subject: Subject, case: Case) -> None:
    """The spec has a summary, and its target is what it names."""
    assert subject.spec.summary.strip(), "summary is empty; say in one line what it is"
