"""The way from an identifier to a component, step by step: what `kerax plugins why` prints."""

from collections.abc import Iterator
from dataclasses import dataclass

from kerax.errors import PluginConflictError, PluginError
from kerax.plugins import discovery, loading, registry, resolver, session, switches
from kerax.plugins.loading import BUILTIN, Plugin
from kerax.plugins.protocols import WANTED
from kerax.plugins.provenance import Component, Entry
from kerax.plugins.requirements import unmet
from kerax.plugins.spec import KINDS

__all__ = ["Step", "kinds_of", "trace"]


@dataclass(frozen=True)
class Step:
    """One step: what was looked at, how it came out, and what was seen there.

    `outcome` is `"found"` (this step ends the search, with success), `"passed"` (the search goes
    on) or `"failed"` (this step ends it without).
    """

    name: str
    outcome: str
    detail: str


def trace(kind: str, identifier: str) -> list[Step]:
    """Resolve a name as `get` does, and tell each step.

    Args:
        kind: one of the ten kinds.
        identifier: a bare name or `"namespace>name"`.

    Returns:
        Steps in their order; the last one's outcome is `"found"` or `"failed"`.

    Example:
        >>> [step.outcome for step in trace("activation", "relu")][-1]
        'found'
    """
    return list(_steps(kind, identifier))


def kinds_of(identifier: str) -> list[str]:
    """Return the kinds in which an identifier names something, as far as specs tell.

    Example:
        >>> kinds_of("relu")
        ['activation']
    """
    if session.find(identifier) is not None:
        return list(KINDS)
    namespace, separator, local = identifier.partition(">")
    found = []
    for kind in KINDS:
        try:
            plugin = (
                registry.third_party(namespace, identifier)
                if separator
                else registry.own_plugin(kind)
            )
        except PluginError:
            continue
        if plugin.find(kind, local if separator else identifier):
            found.append(kind)
    return found


def _steps(kind: str, name: str) -> Iterator[Step]:
    registered = session.find(name)
    if registered is not None:
        yield Step("registrations of this program", "found", repr(registered))
        return
    yield Step("registrations of this program", "passed", f"none under {name!r}")
    namespace, separator, local = name.partition(">")
    if separator:
        yield Step("name", "passed", f"{local!r} in the namespace {namespace!r}")
        yield from _discovery(namespace)
    else:
        yield Step("name", "passed", f"bare, so one of kerax's own {kind} names")
    try:
        plugin = registry.third_party(namespace, name) if separator else registry.own_plugin(kind)
    except PluginError as error:
        yield Step("plugin", "failed", str(error))
        return
    yield Step("plugin", "passed", _loaded(plugin))
    yield from _component(kind, name, plugin)


def _discovery(namespace: str) -> Iterator[Step]:
    """What is installed under a namespace, and what the switches say of it."""
    found, settings = discovery.catalogue(), switches.active()
    claims = found.claims.get(namespace, ())
    own = [loading.builtin_entry()] if namespace == BUILTIN else []
    listed = "; ".join(map(_placed, (*own, *claims))) or "no distribution has the namespace"
    yield Step("installed", "passed", listed)
    for entry in claims:
        rule = settings.forbidding(entry)
        said = f"disabled by {rule.origin}" if rule else "enabled"
        yield Step("switches", "passed", f"{entry.source}: {said}")
    try:
        chosen = discovery.choose(found, namespace, settings)
    except PluginConflictError:
        return  # told in full by the step that wants the plugin
    if chosen and len(claims) > 1:
        yield Step("switches", "passed", f"{chosen.source} serves {namespace!r}")


def _placed(entry: Entry) -> str:
    return f"{entry.source} in {entry.location}, entry point {entry.value}"


def _loaded(plugin: Plugin) -> str:
    entry, count = plugin.entry, len(plugin.components)
    return f"{entry.value} of {entry.source} declares {count} components"


def _component(kind: str, name: str, plugin: Plugin) -> Iterator[Step]:
    component = plugin.find(kind, name.rpartition(">")[2])
    if component is None:
        try:
            resolver.resolve(kind, name)
        except PluginError as error:
            yield Step("kind and name", "failed", str(error))
        return
    yield Step("kind and name", "passed", f"{kind} {component.label}")
    for requirement in component.spec.needs:
        yield Step("needs", "passed", unmet(requirement) or f"{requirement}: met")
    yield from _target(kind, name, component)


def _target(kind: str, name: str, component: Component) -> Iterator[Step]:
    target = component.spec.target
    try:
        found = resolver.resolve(kind, name)[1]
    except PluginError as error:
        yield Step("target", "failed", str(error))
        return
    yield Step("target", "passed", f"{target} imported")
    yield Step("protocol", "passed", f"serves as {WANTED[kind]}")
    yield Step("component", "found", repr(found))
