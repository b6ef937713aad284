"""Run the checks over a component, or over all components of a plugin."""

from collections.abc import Collection, Iterator

from kerax.errors import ArgumentError, PluginError
from kerax.plugins import loading, registry
from kerax.plugins.protocols import conforms
from kerax.plugins.provenance import Component, Entry
from kerax.plugins.spec import ComponentSpec
from kerax.testing.case import Case
from kerax.testing.check import Check, Skip, list_checks
from kerax.testing.report import Report, Result
from kerax.testing.subject import Subject, find_subject, result, subject_of

__all__ = ["check_component", "check_plugin", "planned", "plugin_components", "run_check"]

# What a component that can be made but not called is still judged by.
_BEFORE_CALL = ("spec.", "construct.", "config.is_json", "config.unknown", "call.")


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
        ArgumentError: for an unknown check id, an ambiguous name, or wrong cases.

    Example:
        >>> report = check_component("relu", checks=["spec.valid"])
        >>> report.counts
        {'passed': 1}
    """
    return _report(find_subject(id_or_spec, kind), checks)


def check_plugin(plugin: str, kind: str | None = None) -> list[Report]:
    """Run the conformance checks over all components of a plugin.

    Args:
        plugin: the namespace of an installed plugin, or `"package.module:object"` of one that can
            be imported but is not installed.
        kind: the only kind to check; None for all.

    Returns:
        A report for each component, in the order in which the plugin declares them. One that
        cannot be imported has a report in which `spec.valid` failed.

    Raises:
        PluginNotFoundError: where no enabled plugin has the namespace.
        PluginLoadError: where the plugin cannot be loaded.

    Example:
        >>> check_plugin("regularizers", kind="loss")
        []
    """
    components, installed = plugin_components(plugin)
    reports = []
    for component in components:
        if kind not in (None, component.spec.kind):
            continue
        try:
            reports.append(_report(subject_of(component, installed), None))
        except (PluginError, ArgumentError) as error:
            result = Result("spec.valid", "failed", f"{type(error).__name__}: {error}")
            reports.append(_report_of(component, [result]))
    return reports


def plugin_components(plugin: str) -> tuple[tuple[Component, ...], bool]:
    """Return the components of a plugin, and whether it is installed.

    Args:
        plugin: see `check_plugin`.

    Raises:
        PluginNotFoundError, PluginLoadError: see `check_plugin`.
    """
    if ":" in plugin:
        entry = Entry("local", plugin, "not-installed", "0", "")
        return loading.load(entry).components, False
    return registry.third_party(plugin, plugin).components, True


def planned(subject: Subject) -> Iterator[tuple[Check, Case]]:
    """Iterate over the checks of a component's kind, with each of its cases.

    Raises:
        ArgumentError: where a case expects the failure of a check that there is not.
    """
    checks = list_checks(subject.kind)
    _refuse_unknown(
        {id for case in subject.cases for id in case.expected_failures},
        checks,
        f"{subject.id}: expected_failures",
    )
    for each in checks:
        for case in subject.cases[:1] if each.once else subject.cases:
            yield each, case


def run_check(check: Check, subject: Subject, case: Case) -> Result:
    """Run one check with one case; what it raises becomes its result."""
    place = "" if check.once else case.name
    against = check.reason_against(subject.spec) or _problem(check, subject, case)
    if against:
        return Result(check.id, "skipped", against, place)
    expected = _expected(check, subject, case)
    try:
        check.run(subject, case)
    except Skip as skip:
        return Result(check.id, "skipped", str(skip), place)
    except AssertionError as error:
        message = _message(error)
    except (Exception, SystemExit) as error:
        message = f"raised {type(error).__name__}: {error}"
    else:
        if expected:
            return Result(check.id, "xpassed", f"was expected to fail: {expected}", place)
        return Result(check.id, "passed", "", place)
    if expected:
        return Result(check.id, "xfailed", expected, place)
    return Result(check.id, "failed", message, place)


def _message(error: AssertionError) -> str:
    # pytest rewrites assertions, and adds the expression to the message.
    return str(error).partition("\nassert ")[0] or "an assertion without a message failed"


def _report(subject: Subject, checks: Collection[str] | None) -> Report:
    if not __debug__:
        raise ArgumentError("check_component: Python's option -O removes what checks assert.")
    if checks is not None:
        known = list_checks(subject.kind)
        _refuse_unknown(set(checks), known, f"check_component: checks of a {subject.kind}")
    results = [
        run_check(each, subject, case)
        for each, case in planned(subject)
        if checks is None or each.id in checks
    ]
    return _report_of(subject.component, results, partial=checks is not None)


def _report_of(component: Component, results: list[Result], partial: bool = False) -> Report:
    source = component.entry.source
    return Report(component.id, component.spec.kind, source, tuple(results), partial)


def _refuse_unknown(ids: set[str], checks: list[Check], place: str) -> None:
    known = {each.id for each in checks}
    unknown = sorted(ids - known)
    if unknown:
        raise ArgumentError(
            f"{place}: got {', '.join(unknown)}; wanted ids of {', '.join(sorted(known))}."
        )


def _expected(check: Check, subject: Subject, case: Case) -> str | None:
    """Return why a check should fail; one on the whole component asks all cases."""
    cases = subject.cases if check.once else (case,)
    reasons = (each.expected_failures.get(check.id) for each in cases)
    return next(filter(None, reasons), None)


def _problem(check: Check, subject: Subject, case: Case) -> str | None:
    """Say that a component cannot be made or called, once and not in the words of every check."""
    if check.id.startswith("spec.") or check.id == "construct.succeeds":
        return None
    problem = subject.once(case, "unmade", lambda: _construction_problem(subject, case))
    if problem or subject.kind == "callback" or check.id.startswith(_BEFORE_CALL):
        return problem
    return subject.once(case, "uncallable", lambda: _call_problem(subject, case))


def _construction_problem(subject: Subject, case: Case) -> str | None:
    try:
        good = conforms(subject.kind, subject.make(case))
    except (Exception, SystemExit):
        good = False
    return None if good else "it cannot be made, see construct.succeeds"


def _call_problem(subject: Subject, case: Case) -> str | None:
    try:
        result(subject, case)
    except (Exception, SystemExit):
        return "it cannot be called, see call.succeeds"
    return None
