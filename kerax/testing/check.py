"""Check: one thing that a component must do; and the table of all checks."""

import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from kerax.errors import ArgumentError
from kerax.plugins.spec import KINDS, ComponentSpec

__all__ = ["NUMERIC_KINDS", "Check", "Skip", "check", "list_checks"]

NUMERIC_KINDS = tuple(kind for kind in KINDS if kind != "callback")

# The modules of kerax.testing.checks for a kind; importing one fills the table.
_EVERY_KIND = ("general", "numeric")
_MODULES: dict[str, tuple[str, ...]] = {
    "loss": ("losses", "labels"),
    "metric": ("metrics", "labels"),
    "optimizer": ("optimizers",),
    "regularizer": ("regularizers",),
    "initializer": ("initializers",),
    "constraint": ("constraints",),
    "activation": ("activations",),
    "schedule": ("schedules",),
    "layer": ("layers", "layer_weights", "layer_masks"),
    "callback": ("callbacks",),
}

_table: dict[str, "Check"] = {}


class Skip(Exception):  # noqa: N818 - it reports no error
    """Raised by a check that finds that it does not apply, with the reason."""


@dataclass(frozen=True)
class Check:
    """One thing that components of some kinds must do.

    Args:
        id: its stable name, `"<family>.<what holds>"`.
        kinds: the kinds that it applies to.
        summary: one sentence.
        run: `run(subject, case)`; raises AssertionError where the component is wrong.
        needs: capabilities that the component must declare in `supports`.
        contracts: contracts that it is limited to; empty for all.
        once: whether it looks at the component as a whole, with its first case.
    """

    id: str
    kinds: tuple[str, ...]
    summary: str
    run: Callable[[Any, Any], None]
    needs: frozenset[str] = frozenset()
    contracts: frozenset[str] = frozenset()
    once: bool = False

    def reason_against(self, spec: ComponentSpec) -> str | None:
        """Say why the check does not apply to a component, None where it does."""
        missing = sorted(self.needs - spec.supports)
        if missing:
            return f"does not declare {', '.join(missing)}"
        if self.contracts and spec.contract not in self.contracts:
            return f"its contract is {spec.contract!r}"
        return None


def check(
    id: str,
    *kinds: str,
    needs: Collection[str] = (),
    contracts: Collection[str] = (),
    once: bool = False,
) -> Callable[[Callable[[Any, Any], None]], Callable[[Any, Any], None]]:
    """Enter the decorated function in the table of checks; its docstring is the summary.

    Args:
        id: the check's stable name.
        *kinds: the kinds that it applies to.
        needs: see `Check`.
        contracts: see `Check`.
        once: see `Check`.
    """

    def decorate(run: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        if id in _table and _table[id].run.__qualname__ != run.__qualname__:
            raise ArgumentError(f"check: the id {id!r} is given twice.")
        summary = (run.__doc__ or "").strip().splitlines()[0]
        _table[id] = Check(id, kinds, summary, run, frozenset(needs), frozenset(contracts), once)
        return run

    return decorate


def list_checks(kind: str) -> list[Check]:
    """List the checks that apply to a kind.

    Args:
        kind: one of the ten kinds.

    Returns:
        The checks in the order in which they run.

    Raises:
        ArgumentError: for another kind.

    Example:
        >>> list_checks("loss")[0].id
        'spec.valid'
    """
    if kind not in KINDS:
        raise ArgumentError(f"list_checks: got {kind!r}; wanted one of {', '.join(KINDS)}.")
    modules = [f"kerax.testing.checks.{name}" for name in (*_EVERY_KIND, *_MODULES[kind])]
    for module in modules:
        importlib.import_module(module)
    rank = {module: index for index, module in enumerate(modules)}
    found = [each for each in _table.values() if kind in each.kinds]
    return sorted(found, key=lambda each: rank.get(each.run.__module__, len(rank)))
