"""The frame of the conformance kit: cases, subjects, runs, reports."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from kerax.errors import ArgumentError, PluginLoadError, PluginNotFoundError
from kerax.plugins import ComponentSpec
from kerax.plugins.spec import KINDS
from kerax.testing import (
    Case,
    Report,
    Result,
    check_component,
    check_plugin,
    list_checks,
    parametrize_with_checks,
)
from kerax.testing.check import check
from kerax.testing.comparing import assert_equal_results
from kerax.testing.report import FLOORS
from kerax.testing.running import planned, run_check
from kerax.testing.subject import find_subject, pure_call
from kerax.testing.surroundings import changes, watching


def double(x):
    """Return twice the input."""
    return 2 * x


def wrong(x):
    """Fail at every call."""
    raise ValueError("no luck")


class Exits:
    """End the program where it is made."""

    def __init__(self):
        sys.exit(2)

    def __call__(self, x):
        return x


class Power:
    """Raise to a power."""

    def __init__(self, exponent):
        self.exponent = exponent

    def __call__(self, x):
        return x**self.exponent


def two_cases():
    return [Case("square", {"exponent": 2}), Case("cube", {"exponent": 3})]


def expecting_cases():
    return [
        Case("fails", expected_failures={"spec.documented": "it is told so"}),
        Case("passes", expected_failures={"activation.oracle": "it is told so"}),
    ]


def unknown_cases():
    return [Case("default", expected_failures={"activation.shiny": "it is dull"})]


def same_names():
    return [Case("twice"), Case("twice")]


def spec(target="double", cases=None, **fields):
    where = f"{__name__}:{cases}" if cases else None
    fields = {"kind": "activation", "name": "part", "summary": "Twice.", **fields}
    return ComponentSpec(target=f"{__name__}:{target}", cases=where, **fields)


def statuses(report):
    return [result.status for result in report.results]


def test_a_case_has_a_name_and_reasons():
    with pytest.raises(ArgumentError, match="name"):
        Case("")
    with pytest.raises(ArgumentError, match=r"expected_failures: got no reason for loss\.oracle"):
        Case("odd", expected_failures={"loss.oracle": ""})


def test_every_kind_has_checks_of_its_own_and_a_floor():
    for kind in KINDS:
        families = {each.id.partition(".")[0] for each in list_checks(kind)}
        assert {"spec", "construct", "config", "copy", "process"} <= families
        assert families - {"spec", "construct", "config", "copy", "process", "call", "numeric"}
        assert 0 < FLOORS[kind] < len(list_checks(kind))


def test_lists_of_checks_are_for_known_kinds():
    with pytest.raises(ArgumentError, match="got 'gadget'; wanted one of loss"):
        list_checks("gadget")


def test_an_id_is_given_once():
    with pytest.raises(ArgumentError, match=r"'spec\.valid' is given twice"):

        @check("spec.valid", "loss")
        def other(subject, case):
            """Another check."""


def test_components_are_found_by_id_name_and_spec():
    assert find_subject("relu").id == "relu"
    assert find_subject("mse", "loss").target.__name__ == "mean_squared_error"
    local = find_subject(spec())
    assert (local.id, local.installed) == ("local>part", False)
    with pytest.raises(ArgumentError, match=r"'mse' is a loss and a metric; say which with kind="):
        find_subject("mse")
    with pytest.raises(PluginNotFoundError, match="no installed plugin has the namespace"):
        find_subject("nowhere>part")
    with pytest.raises(PluginNotFoundError, match="'rleu': no component of any kind"):
        find_subject("rleu")
    with pytest.raises(PluginNotFoundError, match="Did you mean 'relu'"):
        find_subject("rleu", "activation")


def test_each_case_is_tried_and_named():
    report = check_component(spec("Power", "two_cases"), checks=["call.succeeds", "spec.valid"])
    places = [(r.check_id, r.case) for r in report.results]
    assert places == [("spec.valid", ""), ("call.succeeds", "square"), ("call.succeeds", "cube")]


@pytest.mark.parametrize("cases", ["same_names", "double"])
def test_cases_must_be_cases_with_names_of_their_own(cases):
    with pytest.raises((ArgumentError, PluginLoadError), match="cases"):
        check_component(spec(cases=cases))


def test_unknown_checks_are_refused():
    with pytest.raises(ArgumentError, match=r"checks of a activation: got activation\.shiny"):
        check_component("relu", checks=["activation.shiny"])
    with pytest.raises(ArgumentError, match=r"local>part: expected_failures: got activation\.shi"):
        check_component(spec(cases="unknown_cases"))


def test_expected_failures_are_strict():
    wanted = ["spec.documented", "activation.oracle"]
    report = check_component(spec(cases="expecting_cases"), checks=wanted)
    found = {(r.check_id, r.case): r.status for r in report.results}
    assert found["spec.documented", ""] == "xpassed"
    assert not report.ok
    assert "was expected to fail: it is told so" in str(report)


def failing_cases():
    return [Case("fails", expected_failures={"call.succeeds": "it never works"})]


def test_failures_that_are_expected_are_ok():
    report = check_component(spec("wrong", "failing_cases"), checks=["call.succeeds"])
    assert statuses(report) == ["xfailed"]
    assert report.ok


def test_what_a_component_raises_is_a_result():
    report = check_component(spec("wrong"), checks=["call.succeeds", "copy.pickles"])
    assert statuses(report) == ["failed", "skipped"]
    assert report.results[0].message == "raised ValueError: no luck"
    assert report.results[1].message == "it cannot be called, see call.succeeds"
    ended = check_component(spec("Exits"), checks=["construct.succeeds"])
    assert ended.results[0].message == "raised SystemExit: 2"


def test_too_few_checks_are_not_ok():
    some = tuple(Result(f"loss.{n}", "passed") for n in range(3))
    assert Report("foo>focal", "loss", "kerax-foo 1.2", some, partial=True).ok
    few = Report("foo>focal", "loss", "kerax-foo 1.2", some)
    assert not few.ok
    assert f"3 different checks ran; a loss needs {FLOORS['loss']}" in str(few)


def test_skipped_checks_count_nothing():
    many = tuple(Result(f"loss.{n}", "skipped", "no oracle") for n in range(90))
    assert Report("foo>focal", "loss", "kerax-foo 1.2", many).run == 0


def test_a_report_reads_well():
    results = (
        Result("loss.oracle", "skipped", "the case has no oracle", "sharp"),
        Result("loss.oracle", "skipped", "the case has no oracle", "blunt"),
        Result("loss.shape", "failed", "got (2,)\nwanted (3,)", "sharp"),
        Result("loss.finite", "passed", "", "sharp"),
    )
    report = Report("foo>focal", "loss", "kerax-foo 1.2", results, partial=True)
    assert str(report).splitlines() == [
        "foo>focal (loss, kerax-foo 1.2): NOT OK: 2 checks ran, 0 needed; "
        "results: 1 passed, 1 failed, 2 skipped",
        "  failed   loss.shape [sharp]: got (2,)",
        "    wanted (3,)",
        "  skipped  loss.oracle [sharp, blunt]: the case has no oracle",
    ]
    assert str(results[0]) == "skipped loss.oracle [sharp]: the case has no oracle"


def test_a_report_is_json():
    report = check_component(spec(), checks=["spec.valid"])
    read = json.loads(json.dumps(report.to_dict()))
    assert read["ok"] is True
    assert read["counts"] == {"passed": 1}
    assert read["results"] == [
        {"check_id": "spec.valid", "status": "passed", "message": "", "case": ""}
    ]


def test_a_plugin_is_checked_component_by_component():
    reports = check_plugin("regularizers", kind="regularizer")
    assert [report.id for report in reports] == ["L1", "L1L2", "L2", "OrthogonalRegularizer"]
    assert all(report.ok for report in reports), "\n".join(map(str, reports))
    with pytest.raises(PluginNotFoundError, match="nowhere"):
        check_plugin("nowhere")
    with pytest.raises(PluginLoadError, match="no_such_module"):
        check_plugin("no_such_module:plugin")


def test_checks_are_limited_by_what_is_declared():
    subject = find_subject(spec())
    skipped = {
        check.id: run_check(check, subject, case).message
        for check, case in planned(subject)
        if check.needs or check.contracts
    }
    assert skipped["numeric.devices_agree"] == "does not declare sharding"
    assert skipped["activation.elementwise"] == "its contract is 'general'"


def test_a_subject_holds_copies_and_shares_results():
    subject = find_subject(spec("Power", "two_cases"))
    case = subject.cases[0]
    held = subject.holding(other := Power(4))
    assert held.make(case) is other
    assert subject.make(case).exponent == 2
    assert pure_call(held, case)(np.full(1, 2.0)) == 16
    assert [subject.once(case, "n", lambda n=n: n) for n in (1, 2)] == [1, 1]


def test_differences_are_told_with_both_sides():
    cases = [
        ([1.0], [1.0, 2.0], "got 1 arrays; wanted 2"),
        ([np.ones(2)], [np.ones(3)], r"got shape \(2,\); wanted \(3,\)"),
        ([np.ones(2, "float32")], [np.ones(2)], "got float32; wanted float64"),
        ([np.zeros(1)], [np.ones(1)], r"got \[0\.\]; wanted \[1\.\]; they differ by up to 1"),
        ([np.array([1, 2])], [np.array([1, 3])], r"got \[1 2\]; wanted \[1 3\]"),
        ([np.array([np.nan])], [np.array([1.0])], r"got \[nan\]"),
    ]
    for got, wanted, message in cases:
        with pytest.raises(AssertionError, match=f"here: {message}"):
            assert_equal_results(got, wanted, "here")
    assert_equal_results([np.array([np.nan, np.inf])], [np.array([np.nan, np.inf])], "here")


def test_what_a_constructor_does_is_seen():
    with watching() as seen:
        open(os.devnull).close()
        json.loads("1")
    assert [line.split("(")[0] for line in seen] == ["open"]
    assert changes(lambda: None) == ()
    before = np.random.get_state()
    assert changes(lambda: np.random.seed(1)) == ("numpy's random state",)
    np.random.set_state(before)


def test_the_kit_refuses_to_run_without_assertions():
    code = "from kerax.testing import check_component; check_component('relu')"
    done = subprocess.run(
        [sys.executable, "-O", "-c", code], capture_output=True, text=True, check=False
    )
    assert "Python's option -O removes what checks assert" in done.stderr


def test_importing_the_kit_imports_no_jax():
    code = (
        "import sys, kerax.testing, kerax.testing.pytest_plugin, kerax.testing.plugin_env; "
        "kerax.testing.Case; assert not {'jax', 'numpy'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_of_the_kit_are_listed_and_others_are_not_there():
    testing = sys.modules["kerax.testing"]
    assert set(testing.__all__) <= set(dir(testing))
    assert parametrize_with_checks is testing.parametrize_with_checks
    with pytest.raises(AttributeError, match="gadget"):
        _ = testing.gadget
