"""`kerax plugins show NS`: one plugin's components and what their specs promise."""

from collections.abc import Iterator, Sequence
from typing import Any

from kerax.cli.output import count, format_columns, plugins_on_stderr, print_json
from kerax.cli.parsing import add_json, make_parser
from kerax.plugins import registry
from kerax.plugins.loading import Plugin
from kerax.plugins.provenance import Component
from kerax.plugins.requirements import unmet
from kerax.plugins.spec import KINDS, ComponentSpec

__all__ = ["run"]

VERSION = 1


def run(argv: Sequence[str]) -> int:
    """Show where a plugin comes from and what it offers; no component is imported.

    Args:
        argv: the words after `kerax plugins show`.

    Returns:
        0.

    Raises:
        PluginError: where the plugin is not installed or fails to load.
    """
    parser = make_parser(
        "kerax plugins show",
        "Show one plugin's components by kind, with what they promise and need.",
        "kerax plugins show losses",
    )
    parser.add_argument("namespace", metavar="NS", help="the plugin's namespace")
    add_json(parser)
    arguments = parser.parse_args(argv)
    with plugins_on_stderr():
        plugin = registry.third_party(arguments.namespace, arguments.namespace)
    if arguments.json:
        print_json(_as_data(plugin))
    else:
        print(*_as_lines(plugin), sep="\n")
    return 0


def _as_data(plugin: Plugin) -> dict[str, Any]:
    entry = plugin.entry
    return {
        "version": VERSION,
        "namespace": entry.namespace,
        "distribution": entry.distribution,
        "distribution_version": entry.version,
        "location": entry.location,
        "entry_point": entry.value,
        "components": [_component(component) for component in _sorted(plugin)],
    }


def _component(component: Component) -> dict[str, Any]:
    spec = component.spec
    fields = {name: getattr(spec, name) for name in spec.__dataclass_fields__}
    fields["supports"] = sorted(spec.supports)
    return {"id": component.id, **fields, "unmet": [*filter(None, map(unmet, spec.needs))]}


def _sorted(plugin: Plugin) -> list[Component]:
    listed = (component for component in plugin.components if component.listed)
    return sorted(listed, key=lambda c: (KINDS.index(c.spec.kind), c.spec.name.lower()))


def _as_lines(plugin: Plugin) -> Iterator[str]:
    entry, components = plugin.entry, _sorted(plugin)
    facts = [
        ("namespace", entry.namespace),
        ("distribution", entry.source),
        ("location", entry.location),
        ("entry point", entry.value),
        ("components", str(len(components))),
    ]
    yield from format_columns(facts)
    for kind in KINDS:
        members = [component for component in components if component.spec.kind == kind]
        if members:
            yield f"\n{count(len(members), kind)}"
        for component in members:
            yield f"  {component.id}  {component.spec.summary}".rstrip()
            yield from format_columns(_details(component.spec), indent="      ")


def _details(spec: ComponentSpec) -> list[tuple[str, str]]:
    """Return what a component has beside its name; one that is plain in every way has nothing."""
    facts = {
        "deprecated": spec.deprecated,
        "aliases": ", ".join(spec.aliases),
        "supports": ", ".join(sorted(spec.supports)),
        "needs": ", ".join(f"{need} ({unmet(need) or 'met'})" for need in spec.needs),
        "config": "any value is harmless" if spec.safe_config else None,
        "docs": spec.doc_url,
        "tags": ", ".join(spec.tags),
    }
    return [(name, text) for name, text in facts.items() if text]
