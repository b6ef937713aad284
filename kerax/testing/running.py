"""Run the checks over a component."""

from collections.abc import Collection, Iterator

from kerax.errors import ArgumentError
from kerax.plugins.spec import ComponentSpec
from kerax.testing.case import Case
from kerax.testing.check import Check, Skip, list_checks
from kerax.testing.report import Report, Result
from kerax.testing.subject import Subject, find_subject

__all__ = ["check_component", "planned", "run_check"]


def check_component(
    id_or_spec: str | ComponentSpec,
    kind: str | None = None,
    checks: Collection[str] | None = None,
) -> Report:
    """Run the conformance checks over one component.

    Args:
        id_or_spec: `"foo>focal"` of an installed plugin, a bare name of kerax's own, or the
            spec of a component that is not installed.
        kind: the kind, needed where several kinds have the name.
        checks: ids to run; None for all. With some only, the floor counts nothing.

    Returns:
        The report; print it to read it.

    Raises:
        PluginNotFoundError: where nothing has the id.
        PluginLoadError: where its plugin or target cannot be imported.
        ArgumentError: for an unknown check id, or an ambiguous name.

    Example:
        >>> report = check_component("relu", checks=["spec.valid"])
        >>> report.counts
        {'passed': 1}
    """
    subject = find_subject(id_or_spec, kind)
    known = {each.id for each in list_checks(subject.kind)}
    unknown = sorted(set(checks or ()) - known)
    if unknown:
        raise ArgumentError(
            f"check_component: got the checks {', '.join(unknown)}; a {subject.kind} has "
            f"{', '.join(sorted(known))}."
        )
    results = [
        run_check(each, subject, case)
        for each, case in planned(subject)
        if checks is None or each.id in checks
    ]
    entry = subject.component.entry
    return Report(
        subject.id, subject.kind, entry.source, tuple(results), partial=checks is not None
    )


def planned(subject: Subject) -> Iterator[tuple[Check, Case]]:
    """Iterate over the checks of a component's kind, with each of its cases."""
    for each in list_checks(subject.kind):
        for case in subject.cases[:1] if each.once else subject.cases:
            yield each, case


def run_check(check: Check, subject: Subject, case: Case) -> Result:
    """Run one check with one case; what it raises becomes its result."""
    place = "" if check.once else case.name
    against = check.reason_against(subject.spec)
    if against:
        return Result(check.id, "skipped", against, place)
    expected = case.expected_failures.get(check.id)
    try:
        check.run(subject, case)
    except Skip as skip:
        return Result(check.id, "skipped", str(skip), place)
    except AssertionError as error:
        message = str(error)
    except Exception as error:
        message = f"raised {type(error).__name__}: {error}"
    else:
        if expected:
            return Result(check.id, "xpassed", f"was expected to fail: {expected}", place)
        return Result(check.id, "passed", "", place)
    if expected:
        return Result(check.id, "xfailed", expected, place)
    return Result(check.id, "failed", message, place)
