"""The conformance kit: what every component must do, whoever publishes it, as checks to run.

    from kerax.testing import check_component
    print(check_component("foo>focal"))

Names are resolved when they are first used, so that pytest can load this package early.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerax.testing.case import Case
    from kerax.testing.check import Check, list_checks
    from kerax.testing.pytest_plugin import parametrize_with_checks
    from kerax.testing.report import Report, Result
    from kerax.testing.running import check_component, check_plugin

_NAMES = {
    "Case": "case",
    "Check": "check",
    "Report": "report",
    "Result": "report",
    "check_component": "running",
    "check_plugin": "running",
    "list_checks": "check",
    "parametrize_with_checks": "pytest_plugin",
}

__all__ = [
    "Case",
    "Check",
    "Report",
    "Result",
    "check_component",
    "check_plugin",
    "list_checks",
    "parametrize_with_checks",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES})
