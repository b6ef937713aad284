"""What to say of a name that nothing has."""

import difflib
from collections.abc import Iterable

from kerax.plugins.discovery import Catalogue
from kerax.plugins.loading import Plugin
from kerax.plugins.provenance import Component
from kerax.plugins.switches import Switches

__all__ = ["did_you_mean", "unknown_name", "unknown_namespace"]


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return ` Did you mean 'a' or 'b'?`, an empty text where nothing is close.

    Example:
        >>> did_you_mean("adm", ["adam", "sgd"])
        " Did you mean 'adam'?"
    """
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3)
    if not close:
        return ""
    return f" Did you mean {' or '.join(repr(by_lower[key]) for key in close)}?"


def unknown_namespace(namespace: str, name: str, found: Catalogue, settings: Switches) -> str:
    """Explain why `namespace>…` resolves to nothing: disabled, misspelled, or not installed."""
    for entry in found.claims.get(namespace, ()):
        rule = settings.forbidding(entry)
        if rule:
            return f"{name!r}: plugin {namespace!r} ({entry.source}) is disabled by {rule.origin}."
    usable = [e.namespace for e in found.entries() if not settings.forbidding(e)]
    suggestion = did_you_mean(namespace, usable)
    listed = ", ".join(sorted(set(usable))) or "none"
    return (
        f"{name!r}: no installed plugin has the namespace {namespace!r}.{suggestion} "
        f"Installed: {listed}. Install the distribution that provides it, or register the object "
        "with register_keras_serializable."
    )


def unknown_name(
    kind: str, name: str, plugin: Plugin, own: Iterable[Plugin], others: Iterable[Plugin]
) -> str:
    """Explain that a plugin has no such component, and name what comes near it."""
    namespace, separator, local = name.rpartition(">")
    prefix = f"{namespace}>" if separator else ""
    place = f" in plugin {namespace!r} ({plugin.entry.source})" if separator else ""
    suggestion = did_you_mean(local, plugin.names(kind)) if local else ""
    message = f"{kind} {name!r}: no {kind} has this name{place}.{suggestion}"
    searched = [plugin] if separator else [plugin, *own]
    kinds = sorted(
        {
            component.spec.kind
            for each in searched
            for component in each.components
            if component.spec.kind != kind and each.find(component.spec.kind, local) is component
        }
    )
    if kinds:
        message += f" {prefix}{local} exists as a {' and a '.join(kinds)}."
    offers = [f"{c.id} ({c.entry.source})" for c in _offers(kind, local, others)]
    if offers:
        message += f" Installed plugins have it: {', '.join(offers)}."
    return message


def _offers(kind: str, name: str, plugins: Iterable[Plugin]) -> list[Component]:
    found = (plugin.find(kind, name) for plugin in plugins)
    return [component for component in found if component is not None]
