"""The kit inside pytest: its option, its decorator and its fixture, in runs of their own."""

import re
import sys

import pytest

from kerax.plugins import ComponentSpec
from kerax.testing import parametrize_with_checks

SPECS = """
    ComponentSpec("activation", "twice", "kerax_kit.parts:twice", summary="Twice."),
    ComponentSpec("activation", "silent", "kerax_kit.parts:silent"),
    ComponentSpec("activation", "gone", "kerax_kit.parts:gone", summary="Gone.")
"""

PARTS = '''
    def twice(x):
        """Return twice the input."""
        return 2 * x

    def silent(x):
        return x
'''

CONFORMANCE = """
    from kerax.plugins import ComponentSpec
    from kerax.testing import Case, parametrize_with_checks

    def cases():
        reasons = {"spec.documented": "it is plain", "call.succeeds": "it might fail"}
        return [Case("default", expected_failures=reasons)]

    def plain(x):
        return x

    local = ComponentSpec(
        "activation", "plain", f"{__name__}:plain", summary="Plain.", cases=f"{__name__}:cases"
    )

    @parametrize_with_checks(["kit>twice", "kit>nowhere", local])
    def test_conformance(component, check):
        check(component)
"""

OPTIONS = ("-p", "no:cacheprovider", "-W", "error", "--strict-config", "--strict-markers", "-vv")
ROW = re.compile(r"^(\S+) (?:<- \S+ )?(PASSED|FAILED|SKIPPED|XFAIL)", re.MULTILINE)
FEW = "spec.valid or spec.documented or call.succeeds or oracle"


@pytest.fixture
def run(plugin_env):
    """Run pytest in a project of its own, beside an installed plugin `kit`."""
    plugin_env.add("kit", specs=SPECS, modules={"parts": PARTS})

    def run(*arguments, **files):
        for name, text in files.items():
            lines = text.splitlines()
            indent = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
            code = "\n".join(line[indent:] for line in lines)
            (plugin_env.work / f"{name}.py").write_text(code, encoding="utf-8")
        done = plugin_env.command([sys.executable, "-m", "pytest", *OPTIONS, *arguments])
        text = done.stdout + done.stderr
        rows = ROW.findall(text)
        return done.returncode, dict(rows), text

    return run


def test_an_installed_plugin_is_checked_without_any_test_file(run):
    status, rows, text = run(
        "--kerax-plugin", "kit", "-k", FEW, test_other="def test_other(): assert False"
    )
    assert status == 1, text
    assert rows == {
        "kit::kit>twice-activation[spec.valid]": "PASSED",
        "kit::kit>twice-activation[spec.documented]": "PASSED",
        "kit::kit>twice-activation[call.succeeds-default]": "PASSED",
        "kit::kit>twice-activation[activation.oracle-default]": "SKIPPED",
        "kit::kit>silent-activation[spec.valid]": "FAILED",
        "kit::kit>silent-activation[spec.documented]": "FAILED",
        "kit::kit>silent-activation[call.succeeds-default]": "PASSED",
        "kit::kit>silent-activation[activation.oracle-default]": "SKIPPED",
        "kit::kit>gone-activation[spec.valid]": "FAILED",
    }
    assert re.search(r"collected (\d+) items / (\d+) deselected / 9 selected", text)
    assert "failed spec.documented: kerax_kit.parts:silent has no docstring of its own" in text
    assert "PluginLoadError: Plugin 'kit' (kerax-kit 1.0) failed in the phase resolve" in text


@pytest.mark.slow
def test_with_a_path_the_tests_there_run_too(run):
    status, rows, text = run(
        *("--kerax-plugin", "kit", "-k", "test_other or (twice and spec.valid)"),
        "test_other.py",
        test_other="def test_other(): pass",
    )
    assert status == 0, text
    assert rows == {
        "test_other.py::test_other": "PASSED",
        "kit::kit>twice-activation[spec.valid]": "PASSED",
    }


@pytest.mark.slow
def test_several_processes_share_the_checks(run):
    pytest.importorskip("xdist")
    status, _, text = run("-n", "2", "--kerax-plugin", "kit", "-k", "twice and spec")
    assert status == 0, text
    assert "3 passed" in text


def test_an_unknown_plugin_is_an_error_of_usage(run):
    status, _, text = run("--kerax-plugin", "gadget")
    assert status == 4
    assert "--kerax-plugin: 'gadget': no installed plugin has the namespace 'gadget'" in text


def test_a_test_is_made_of_each_check(run):
    status, rows, text = run("-rs", "-k", FEW, test_kit=CONFORMANCE)
    assert status == 1, text
    assert rows == {
        f"test_kit.py::test_conformance[{name}]": outcome
        for name, outcome in {
            "kit>twice-spec.valid": "PASSED",
            "kit>twice-spec.documented": "PASSED",
            "kit>twice-call.succeeds-default": "PASSED",
            "kit>twice-activation.oracle-default": "SKIPPED",
            "kit>nowhere-spec.valid": "FAILED",
            "local>plain-spec.valid": "PASSED",
            "local>plain-spec.documented": "XFAIL",
            "local>plain-call.succeeds-default": "FAILED",
            "local>plain-activation.oracle-default": "SKIPPED",
        }.items()
    }
    assert "xpassed call.succeeds: was expected to fail: it might fail" in text
    assert "the case has no oracle" in text
    assert "kerax_kit" not in text.partition("short test summary")[2]


def test_pytest_runs_without_the_plugin_and_with_it_imports_no_jax(run):
    light = "import sys\n\ndef test_light(): assert 'jax' not in sys.modules"
    assert run(test_light=light)[0] == 0
    assert run("-p", "no:kerax", test_light=light)[0] == 0
    status, _, text = run("-p", "no:kerax", "-k", "twice and spec.valid", test_kit=CONFORMANCE)
    assert status == 0, text


def test_the_fixture_builds_distributions_and_runs_programs(run):
    code = """
        def test_env(plugin_env):
            plugin_env.add("bar", specs='ComponentSpec("loss", "far", "kerax_bar.parts:far")')
            program = "import kerax.plugins as p; print('bar>far' in p.names('loss'))"
            assert plugin_env.output(program) == "True"
    """
    assert run(test_env=code)[0] == 0


def test_specs_are_taken_beside_ids():
    local = ComponentSpec("activation", "twice", f"{__name__}:twice")
    mark = parametrize_with_checks([local], kind="activation")
    assert mark.args[1][0].id == "local>twice-spec.valid"


def twice(x):
    """Return twice the input."""
    return 2 * x
