"""Which plugin serves a kind or namespace, under the switches in force."""

from collections.abc import Iterable, Iterator

from kerax.errors import PluginError, PluginNotFoundError
from kerax.plugins import discovery, hints, loading, switches
from kerax.plugins.loading import BUILTIN, Plugin
from kerax.plugins.provenance import OWN_DISTRIBUTION, Entry, report

__all__ = ["others", "own_plugin", "own_plugins", "plugins_of", "third_party"]

# Which of kerax's own plugins holds a kind's bare names.
_FAMILY = {
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "schedule": "optimizers",
    "regularizer": "regularizers",
}


def own_plugin(kind: str) -> Plugin:
    """Return the plugin of kerax's own that holds a kind's bare names.

    Raises:
        PluginNotFoundError: where its entry point is missing from the installation.
    """
    family = _FAMILY.get(kind)
    return _family(family) if family else loading.load(loading.builtin_entry())


def _family(family: str) -> Plugin:
    for found in (discovery.catalogue, discovery.rescan):
        entry = discovery.choose(found(), family, switches.active())
        if entry is not None:
            return loading.load(entry)
    version = loading.builtin_entry().version
    raise PluginNotFoundError(
        f"kerax's own plugin {family!r} is not installed: kerax {version} here declares no entry "
        f"point {family!r} in the group {discovery.GROUP!r}. Reinstall kerax: "
        "pip install --force-reinstall kerax.",
        namespace=family,
        distribution=OWN_DISTRIBUTION,
        version=version,
        install="pip install --force-reinstall kerax",
    )


def third_party(namespace: str, name: str) -> Plugin:
    """Return the plugin of a namespace, looking once more for one installed meanwhile.

    Raises:
        PluginNotFoundError: where no enabled plugin has the namespace.
    """
    if namespace == BUILTIN:
        return loading.load(loading.builtin_entry())
    for found in (discovery.catalogue, discovery.rescan):
        entry = discovery.choose(found(), namespace, switches.active())
        if entry is not None:
            return loading.load(entry)
    found_now, settings = discovery.catalogue(), switches.active()
    rejected = next((f for f in found_now.rejected if f.entry.namespace == namespace), None)
    if rejected:
        raise rejected.error()
    raise hints.unknown_namespace(namespace, name, found_now, settings)


def own_plugins() -> Iterator[Plugin]:
    """Iterate over those of kerax's own plugins with bare names that work."""
    yield loading.load(loading.builtin_entry())
    found = discovery.catalogue()
    yield from _working(entry for entry in found.entries() if entry.bare)


def others() -> Iterator[Plugin]:
    """Iterate over the enabled plugins with a namespace of ids; one that fails is reported."""
    yield from _working(entry for entry in discovery.catalogue().entries() if not entry.bare)


def _working(entries: Iterable[Entry]) -> Iterator[Plugin]:
    found, settings = discovery.catalogue(), switches.active()
    for entry in entries:
        try:
            if discovery.choose(found, entry.namespace, settings) == entry:
                yield loading.load(entry)
        except PluginError as error:
            if settings.strict:
                raise
            report(str(error))


def plugins_of(package: str) -> Iterator[Plugin]:
    """Iterate over the plugins whose entry points lie in a top-level package."""
    if package == OWN_DISTRIBUTION:
        yield loading.load(loading.builtin_entry())
    entries = (e for e in discovery.catalogue().entries() if e.package == package)
    yield from _working(entries)
