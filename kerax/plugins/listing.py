"""The names of a kind, in lists and as the attributes of a module."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kerax.plugins import hints, registry
from kerax.plugins.loading import Plugin
from kerax.plugins.resolver import check_kind, find_own

__all__ = ["facade", "names"]


def names(kind: str, own: bool = False) -> list[str]:
    """List the names of a kind: kerax's own bare, those of installed plugins as ids.

    It reads the specs of every enabled plugin; one that fails is reported on stderr and left out.

    Args:
        kind: one of the ten kinds.
        own: whether to list kerax's own only.

    Returns:
        Names, sorted, kerax's own first.

    Example:
        >>> "relu" in names("activation")
        True
    """
    check_kind(kind)
    own_plugin = registry.own_plugin(kind)
    found = sorted(_listed(kind, [own_plugin]))
    if own:
        return found
    return found + sorted(_listed(kind, registry.others()))


def _listed(kind: str, plugins: Iterable[Plugin]) -> Iterator[str]:
    for plugin in plugins:
        yield from (c.id for c in plugin.components if c.spec.kind == kind and c.listed)


def facade(kind: str, module: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the `__getattr__` and `__dir__` of a module whose attributes are a kind's members.

    Args:
        kind: one of the ten kinds.
        module: the module's `__name__`.

    Returns:
        The two functions. Only kerax's own members are attributes, so a wrong one loads nothing
        of third parties.

    Example:
        >>> attribute, _ = facade("activation", "kerax.activations")
        >>> attribute("rleu")
        Traceback (most recent call last):
        AttributeError: module 'kerax.activations' has no attribute 'rleu'. Did you mean 'relu'...
    """
    check_kind(kind)

    def attribute(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        found = find_own(kind, name)
        if found is None:
            suggestion = hints.did_you_mean(name, registry.own_plugin(kind).names(kind))
            raise AttributeError(f"module {module!r} has no attribute {name!r}.{suggestion}")
        return found

    def directory() -> list[str]:
        return sorted({*vars(sys.modules[module]), *registry.own_plugin(kind).names(kind)})

    return attribute, directory
