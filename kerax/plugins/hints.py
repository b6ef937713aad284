"""What to say of a name that nothing has."""

import difflib
from collections.abc import Iterable

from kerax.errors import PluginNotFoundError
from kerax.plugins.discovery import Catalogue
from kerax.plugins.index import known_plugins
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


def unknown_namespace(
    namespace: str, name: str, found: Catalogue, settings: Switches
) -> PluginNotFoundError:
    """Explain why `namespace>…` resolves to nothing: disabled, misspelled, or not installed."""
    for entry in found.claims.get(namespace, ()):
        rule = settings.forbidding(entry)
        if rule:
            return PluginNotFoundError(
                f"{name!r}: plugin {namespace!r} ({entry.source}) is disabled by {rule.origin}.",
                namespace=namespace,
                distribution=entry.distribution,
                version=entry.version,
                missing=(name,),
            )
    usable = [e.namespace for e in found.entries() if not settings.forbidding(e)]
    suggestion = did_you_mean(namespace, usable)
    listed = ", ".join(sorted(set(usable))) or "none"
    known = known_plugins().get(namespace)
    return PluginNotFoundError(
        f"{name!r}: no installed plugin has the namespace {namespace!r}.{suggestion} "
        f"Installed: {listed}. {_remedy(namespace)}",
        namespace=namespace,
        distribution=known.distribution if known else None,
        missing=(name,),
        install=known.install if known else None,
    )


def _remedy(namespace: str) -> str:
    known = known_plugins()
    if namespace in known:
        plugin = known[namespace]
        return f"{plugin.distribution} provides it ({plugin.summary}): {plugin.install}"
    close = difflib.get_close_matches(namespace, known, n=1)
    if close:
        plugin = known[close[0]]
        return f"Should it be {plugin.namespace!r}, of {plugin.distribution}: {plugin.install}"
    return (
        "Install the distribution that provides it, or register the object with "
        "register_keras_serializable."
    )


def unknown_name(
    kind: str, name: str, plugin: Plugin, own: Iterable[Plugin], others: Iterable[Plugin]
) -> PluginNotFoundError:
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
    entry = plugin.entry
    return PluginNotFoundError(
        message,
        namespace=entry.namespace,
        distribution=entry.distribution,
        version=entry.version,
        missing=(name,),
    )


def _offers(kind: str, name: str, plugins: Iterable[Plugin]) -> list[Component]:
    found = (plugin.find(kind, name) for plugin in plugins)
    return [component for component in found if component is not None]
