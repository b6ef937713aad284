"""The kit inside pytest: an option, a decorator and a fixture.

pytest loads this module in every run on a machine that has kerax, before any conftest.py could set
the environment. So it imports neither JAX nor the rest of the kit; these are imported when asked
for.

- `pytest --kerax-plugin NS` checks every component of an installed plugin.
- `parametrize_with_checks` makes a test of each check of some components.
- `plugin_env` is a `kerax.testing.plugin_env.PluginEnv` in the test's temporary path.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kerax.plugins import ComponentSpec
    from kerax.testing.plugin_env import PluginEnv

__all__ = ["CheckItem", "PluginCollector", "parametrize_with_checks", "plugin_env"]


class _Bound:
    """A check with its case: what the tests of `parametrize_with_checks` are given."""

    def __init__(self, check: Any, case: Any):
        self.check = check
        self.case = case

    def __call__(self, subject: Any) -> None:
        """Run it; its result is pytest's: passing, failing, skipping, or failing as expected."""
        __tracebackhide__ = True
        running = importlib.import_module("kerax.testing.running")
        _conclude(running.run_check(self.check, subject, self.case))


class _Unloadable:
    """In place of the checks of a component that cannot be imported."""

    def __init__(self, problem: Exception):
        self.problem = problem

    def __call__(self, subject: Any) -> None:
        """Fail with what its import raised."""
        __tracebackhide__ = True
        pytest.fail(f"{type(self.problem).__name__}: {self.problem}", pytrace=False)


def parametrize_with_checks(
    components: "Iterable[str | ComponentSpec]", kind: str | None = None
) -> Callable[[Any], Any]:
    """Make a test of each check of some components.

    The decorated test takes `component` and `check`, and calls `check(component)`. Its ids read
    `foo>focal-loss.gradient_finite-default`: component, check, case.

    Args:
        components: what `check_component` takes: ids, or specs of what is not installed.
        kind: their kind, needed where several kinds have a name.

    Returns:
        The decorator. A component that cannot be imported has one test, which fails.

    Example:
        >>> @parametrize_with_checks(["relu"])
        ... def test_conformance(component, check):
        ...     check(component)
    """
    subjects = importlib.import_module("kerax.testing.subject")
    parameters = []
    for each in components:
        try:
            parameters += list(_parameters(subjects.find_subject(each, kind)))
        except importlib.import_module("kerax.errors").PluginError as error:
            name = each if isinstance(each, str) else each.name
            parameters.append(pytest.param(None, _Unloadable(error), id=f"{name}-spec.valid"))
    return pytest.mark.parametrize(("component", "check"), parameters)


def _parameters(subject: Any) -> Iterator[Any]:
    for name, bound in _bound_checks(subject):
        yield pytest.param(subject, bound, id=f"{subject.id}-{name}")


def _bound_checks(subject: Any) -> Iterator[tuple[str, _Bound]]:
    running = importlib.import_module("kerax.testing.running")
    for check, case in running.planned(subject):
        name = check.id if check.once else f"{check.id}-{case.name}"
        yield name, _Bound(check, case)


def _conclude(result: Any) -> None:
    __tracebackhide__ = True
    if result.status == "skipped":
        pytest.skip(result.message)
    elif result.status == "xfailed":
        pytest.xfail(result.message)
    elif result.status in ("failed", "xpassed"):
        pytest.fail(f"{result.status} {result.check_id}: {result.message}", pytrace=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--kerax-plugin NS`."""
    parser.getgroup("kerax").addoption(
        "--kerax-plugin",
        action="append",
        default=[],
        metavar="NS",
        help="run kerax' conformance checks over the components of an installed plugin, given by "
        "its namespace; without paths, over nothing else",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Where plugins are to be checked and no path is given, collect no test files."""
    if config.getoption("--kerax-plugin") and config.args_source != config.ArgsSource.ARGS:
        config.args = []


@pytest.hookimpl(tryfirst=True)  # before items are deselected
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the checks of the plugins that the command line names.

    Raises:
        pytest.UsageError: where one is not installed or cannot be loaded.
    """
    for namespace in session.config.getoption("--kerax-plugin") or ():
        running = importlib.import_module("kerax.testing.running")
        try:
            components, _ = running.plugin_components(namespace)
        except importlib.import_module("kerax.errors").PluginError as error:
            raise pytest.UsageError(f"--kerax-plugin: {error}") from error
        collector = PluginCollector.from_parent(session, name=namespace, nodeid=namespace)
        collector.components = components
        items.extend(session.genitems(collector))


class PluginCollector(pytest.Collector):
    """The checks of all components of one installed plugin."""

    components: tuple[Any, ...] = ()

    def collect(self) -> "Iterator[CheckItem]":
        """Make an item of each component, check and case."""
        subjects = importlib.import_module("kerax.testing.subject")
        errors = importlib.import_module("kerax.errors")
        for component in self.components:
            place = f"{component.id}-{component.spec.kind}"
            try:
                subject = subjects.subject_of(component)
                bound = list(_bound_checks(subject))
            except (errors.PluginError, errors.ArgumentError) as error:
                yield self._item(f"{place}[spec.valid]", None, _Unloadable(error))
                continue
            for name, check in bound:
                yield self._item(f"{place}[{name}]", subject, check)

    def _item(self, name: str, subject: Any, check: Any) -> "CheckItem":
        item = CheckItem.from_parent(self, name=name)
        item.subject, item.check = subject, check
        return item


class CheckItem(pytest.Item):
    """One check of one component with one case."""

    subject: Any = None
    check: Any = None

    def runtest(self) -> None:
        """Run the check."""
        self.check(self.subject)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say where it stands: nowhere, hence the name alone."""
        return self.path, None, self.name


@pytest.fixture
def plugin_env(tmp_path: Path) -> "PluginEnv":
    """A folder to build and install fake distributions in, and to run fresh processes with."""
    return importlib.import_module("kerax.testing.plugin_env").PluginEnv(tmp_path)
