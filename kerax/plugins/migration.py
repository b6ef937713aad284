"""Configs that an older version of a plugin wrote, brought to the form of today's.

A config says with which `schema_version` it was written. What a file says only in its list of
plugins holds for the configs in it that do not say it themselves.
"""

import contextlib
import contextvars
import copy
from collections.abc import Iterator, Mapping
from typing import Any

from kerax.errors import PluginError, SerializationError
from kerax.plugins import loading
from kerax.plugins.loading import Plugin
from kerax.plugins.provenance import Component

__all__ = ["migrated", "newer_schema", "written_with"]

_file: contextvars.ContextVar[Mapping[tuple[str, str], int] | None] = contextvars.ContextVar(
    "schemas", default=None
)


@contextlib.contextmanager
def written_with(schemas: Mapping[tuple[str, str], int]) -> Iterator[None]:
    """Take these versions for configs that name none inside the block.

    Args:
        schemas: the schema version by kind and id.
    """
    token = _file.set(schemas)
    try:
        yield
    finally:
        _file.reset(token)


def migrated(
    component: Component, config: dict[str, Any] | None, schema: Any = None
) -> dict[str, Any] | None:
    """Return a component's config in the form of its present schema.

    Args:
        component: the component.
        config: its config; None where it is made from its defaults.
        schema: the version that the config was written with; None where it does not say.

    Returns:
        The config, from the plugin's `kerax_migrate_config` where it is older.

    Raises:
        SerializationError: where the config is newer than the installed component.
        PluginLoadError: where the hook fails.
    """
    if schema is None:
        schema = (_file.get() or {}).get((component.spec.kind, component.id))
    today = component.spec.schema_version
    if schema is None or schema == today:
        return config
    if not isinstance(schema, int):
        raise SerializationError(f"{component.id}: schema_version: got {schema!r}; wanted {today}.")
    if schema > today:
        raise newer_schema(component, schema)
    plugin = loading.load(component.entry)
    new = loading.guarded(
        component.entry, "migrate", lambda: _call(plugin, component, schema, config), component.id
    )
    return config if new is None else new


def newer_schema(
    component: Component, schema: int, writer: str | None = None
) -> SerializationError:
    """Return the error for a config that a newer version of a plugin wrote.

    Args:
        component: the installed component.
        schema: the config's schema version.
        writer: the version of the distribution that wrote it, where it is known.
    """
    distribution = component.entry.distribution
    by = f" by {distribution} {writer}" if writer else ""
    install = f"'{distribution}>={writer}'" if writer else f"--upgrade {distribution}"
    return SerializationError(
        f"{component.id}: its config was written with schema {schema}{by}; "
        f"{component.entry.source} reads up to {component.spec.schema_version}. Install: "
        f"pip install {install}."
    )


def _call(
    plugin: Plugin, component: Component, schema: int, config: dict[str, Any] | None
) -> dict[str, Any] | None:
    new = plugin.manager.hook.kerax_migrate_config(
        kind=component.spec.kind,
        name=component.spec.name,
        from_schema=schema,
        config=copy.deepcopy(config or {}),
    )
    if new is not None and not isinstance(new, dict):
        raise PluginError(f"kerax_migrate_config: got {new!r}; wanted a dict or None")
    return new
