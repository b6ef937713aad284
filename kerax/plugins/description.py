"""What is installed, as data for lists."""

from typing import Any

from kerax.errors import PluginError, PluginLoadError
from kerax.plugins import discovery, loading, switches
from kerax.plugins.loading import BUILTIN, Plugin
from kerax.plugins.provenance import Entry, report

__all__ = ["DESCRIPTION_VERSION", "describe"]

DESCRIPTION_VERSION = 1


def describe(specs: bool = True) -> dict[str, Any]:
    """Describe all installed plugins, kerax's own included.

    Args:
        specs: whether to read the plugins' specs too; without it nothing is imported and
            components are listed of plugins in use only.

    Returns:
        `{"version", "plugins": [{"namespace", "distribution", "version", "location", "status",
        "components": [{"kind", "name", "id"}]}]}`, sorted. Status is `"loaded"`, `"installed"`,
        `"failed"`, `"disabled"`, `"conflict"` or `"rejected"`.

    Example:
        >>> describe(specs=False)["plugins"][0]["namespace"]
        'builtin'
    """
    found, settings = discovery.catalogue(), switches.active()
    entries = [loading.builtin_entry(), *found.entries()]
    rows = [_row(entry, *_status(entry, found, settings, specs)) for entry in entries]
    rows += [_row(failure.entry, "rejected", None) for failure in found.rejected]
    rows.sort(key=lambda row: (row["namespace"], row["distribution"]))
    return {"version": DESCRIPTION_VERSION, "plugins": rows}


def _status(
    entry: Entry, found: discovery.Catalogue, settings: switches.Switches, specs: bool
) -> tuple[str, Plugin | None]:
    if settings.forbidding(entry):
        return "disabled", None
    try:
        chosen = discovery.choose(found, entry.namespace, settings)
        if chosen != entry and entry.namespace != BUILTIN:
            return "disabled", None
    except PluginError:
        return "conflict", None
    plugin = next((p for p in loading.loaded() if p.entry == entry), None)
    if plugin is None and specs and loading.failure_of(entry) is None:
        try:
            plugin = loading.load(entry)
        except PluginLoadError as error:
            report(str(error))
    if loading.failure_of(entry):
        return "failed", None
    return ("loaded" if plugin else "installed"), plugin


def _row(entry: Entry, status: str, plugin: Plugin | None) -> dict[str, Any]:
    components = [
        {"kind": c.spec.kind, "name": c.spec.name, "id": c.id}
        for c in (plugin.components if plugin else ())
        if c.listed
    ]
    return {
        "namespace": entry.namespace,
        "distribution": entry.distribution,
        "version": entry.version,
        "location": entry.location,
        "status": status,
        "components": sorted(components, key=lambda row: (row["kind"], row["name"])),
    }
