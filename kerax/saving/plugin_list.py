"""`plugins.json`: which installed plugins a saved model needs, and for what.

    {"version": 1, "plugins": [{"namespace", "distribution", "version", "components":
        [{"kind", "id", "schema_version", "role"}]}]}

`role` is `"structure"` for what predictions need, `"training"` for the rest.
"""

import contextlib
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from kerax.errors import (
    ArgumentError,
    PluginConflictError,
    PluginError,
    PluginLoadError,
    PluginNotFoundError,
    SerializationError,
)
from kerax.plugins import discovery, migration, resolver, switches
from kerax.plugins.index import known_plugins
from kerax.plugins.provenance import Component
from kerax.plugins.spec import KINDS
from kerax.plugins.tracing import kinds_of

__all__ = [
    "Missing",
    "check_plugins",
    "list_plugins",
    "migrate_names",
    "permitting",
    "read_rows",
    "schemas_of",
]

_VERSION = 1
_TRAINING = "compile_config"
_KIND_OF_KEY = {
    "loss": "loss",
    "metrics": "metric",
    "weighted_metrics": "metric",
    "optimizer": "optimizer",
    "learning_rate": "schedule",
}
_ID = re.compile(r"[a-z][a-z0-9_]{1,30}>[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, eq=False)
class _Part:
    """A plugin's component that a config names, in the place where it is needed."""

    kind: str
    id: str
    role: str
    sure: bool = True  # False where the kind is only guessed from the place
    schema: Any = None
    row: Any = None  # the plugin's row of the file's list


def list_plugins(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the contents of `plugins.json` for a model's config; None where it needs none."""
    rows: dict[str, dict[str, Any]] = {}
    for part in _parts(config):
        component = _component(part.kind, part.id)
        if component is not None and not component.entry.own:
            row = rows.setdefault(component.entry.namespace, _row(component))
            row["components"].append(
                {
                    "kind": part.kind,
                    "id": component.id,
                    "schema_version": component.spec.schema_version,
                    "role": part.role,
                }
            )
    if not rows:
        return None
    return {"version": _VERSION, "plugins": [rows[name] for name in sorted(rows)]}


def _row(component: Component) -> dict[str, Any]:
    entry = component.entry
    return {
        "namespace": entry.namespace,
        "distribution": entry.distribution,
        "version": entry.version,
        "components": [],
    }


def _component(kind: str, name: str) -> Component | None:
    """The plugin's component of an id; None for a name that this program registered itself."""
    try:
        return resolver.resolve(kind, name, construct=False)[0]
    except PluginError:
        return None


def _parts(config: Any) -> list[_Part]:
    """The components of plugins that a config names, each once; structure before training."""
    found: dict[tuple[str, str], _Part] = {}
    for part in _ids(config, "structure", None):
        known = found.get((part.kind, part.id))
        if known is None or (known.role, part.role) == ("training", "structure"):
            found[part.kind, part.id] = part
    return list(found.values())


def _ids(value: Any, role: str, kind: str | None) -> Iterator[_Part]:
    if isinstance(value, dict):
        name = value.get("config") if value.get("class_name") == "function" else None
        name = name or value.get("registered_name") or value.get("id")
        named = value.get("kind") if value.get("kind") in KINDS else None
        if _is_id(name) and (named or (kind and "id" in value)):
            schema = value.get("schema_version")
            yield _Part(named or str(kind), name, role, named is not None, schema)
        for key, item in value.items():
            inner = "training" if key == _TRAINING else role
            known = _KIND_OF_KEY.get(key, kind) if inner == "training" else None
            if key not in ("id", "registered_name", "class_name", "name"):
                yield from _ids(item, inner, known)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _ids(item, role, kind)
    elif kind and _is_id(value):
        yield _Part(kind, value, role, sure=False)


def _is_id(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(_ID.fullmatch(value))


@contextlib.contextmanager
def permitting(allowed: Any) -> Iterator[None]:
    """Use `"installed"` plugins, kerax's own alone with `"core"`, or those of a list."""
    if allowed == "installed":
        yield
        return
    if isinstance(allowed, str) and allowed != "core":
        raise ArgumentError(
            f"load_model: plugins: got {allowed!r}; wanted 'installed', 'core' or a list such as "
            f"[{allowed!r}]."
        )
    origin = f"load_model(plugins={allowed!r})"
    with discovery.narrowing(origin, [] if allowed == "core" else allowed):
        yield


@dataclass(frozen=True)
class Missing:
    """What a file names and cannot be used here.

    Attributes:
        ids: the components' ids.
        text: a line for each source and reason.
        install: the line that installs what is not installed; None where nothing is to install.
        cause: the first error.
    """

    ids: tuple[str, ...]
    text: str
    install: str | None
    cause: PluginError

    def error(self, place: str) -> PluginNotFoundError:
        """Return the exception to raise."""
        error = PluginNotFoundError(f"{place}: {self}", missing=self.ids, install=self.install)
        error.__cause__ = self.cause
        return error

    def __str__(self) -> str:
        install = f"\nInstall: {self.install}" if self.install else ""
        return f"{len(self.ids)} of its parts cannot be used here:\n{self.text}{install}"


def check_plugins(config: Any, listed: Any, place: str, training: bool) -> Missing | None:
    """Compare what a model's config names with what is installed and enabled, before it is built.

    Layers and all that their configs hold are the structure; losses, metrics and the optimizer
    with its schedule are for training.

    Args:
        config: the config.
        listed: the contents of the file's `plugins.json`; None where it has none.
        place: the file, for messages.
        training: whether the parts for training are wanted too.

    Returns:
        What is missing for training, None where nothing is.

    Raises:
        PluginNotFoundError: where a part of the structure is missing, naming all that is missing.
        SerializationError: where the list is malformed, or was written by newer plugins.
    """
    missing: dict[_Part, PluginError] = {}
    newer: list[SerializationError] = []
    drifted: dict[str, str] = {}
    for part in _needed(config, read_rows(listed, place) if listed is not None else []):
        if part.role == "training" and not training:
            continue
        try:
            component = resolver.resolve(part.kind, part.id, construct=False)[0]
        except PluginError as error:
            if part.sure or not kinds_of(part.id):
                missing[part] = error
            continue
        if component is not None:
            newer += _newer(component, part)
            drifted.update(_drift(component, part.row))
    if any(part.role == "structure" for part in missing):
        raise _missing(missing).error(place)
    if newer:
        newer[0].add_note(f"at {place}")
        raise newer[0]
    for line in drifted.values():
        warnings.warn(f"{place}: {line}", stacklevel=6)
    return _missing(missing) if missing else None


def _needed(config: Any, rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> Iterator[_Part]:
    """The parts that a config names or a file's list does, with what the list says of them."""
    listed = {(item["kind"], item["id"]): (row, item) for row, item in rows}
    for part in _parts(config):
        row, item = listed.pop((part.kind, part.id), (None, {}))
        schema = part.schema or item.get("schema_version")
        yield _Part(part.kind, part.id, part.role, part.sure, schema, row)
    for (kind, name), (row, item) in listed.items():
        yield _Part(kind, name, item["role"], True, item["schema_version"], row)


def schemas_of(listed: Any, place: str) -> dict[tuple[str, str], int]:
    """Return the schema version that a list of plugins gives for each kind and id."""
    if listed is None:
        return {}
    rows = read_rows(listed, place)
    return {(item["kind"], item["id"]): item["schema_version"] for _, item in rows}


def migrate_names(compiling: Any, schemas: Mapping[tuple[str, str], int]) -> Any:
    """Return a compile config with names as configs, where their defaults are others by now.

    Args:
        compiling: the compile config.
        schemas: the schema version that the file was written with, by kind and id.
    """
    return {
        key: _with_configs(value, _KIND_OF_KEY[key], schemas) if key in _KIND_OF_KEY else value
        for key, value in compiling.items()
    }


def _with_configs(value: Any, kind: str, schemas: Mapping[tuple[str, str], int]) -> Any:
    if isinstance(value, (list, tuple)):
        return [_with_configs(item, kind, schemas) for item in value]
    if isinstance(value, dict) and "class_name" not in value and "id" not in value:
        return {key: _with_configs(item, kind, schemas) for key, item in value.items()}
    if not isinstance(value, str) or (kind, value) not in schemas:
        return value
    component = _component(kind, value)
    config = migration.migrated(component, None, schemas[kind, value]) if component else None
    if component is None or config is None:
        return value
    return {
        "id": value,
        "config": config,
        "kind": kind,
        "schema_version": component.spec.schema_version,
    }


def _missing(parts: Mapping[_Part, PluginError]) -> Missing:
    """Gather missing parts by where they come from and why they cannot be used."""
    groups: dict[tuple[str, str], list[str]] = {}
    needed = set()
    for part, error in parts.items():
        row, namespace = part.row, part.id.partition(">")[0]
        known = known_plugins().get(namespace)
        source = f"{row['distribution']} {row['version']}" if row else f"plugin {namespace!r}"
        reason, absent = _reason(namespace, error)
        groups.setdefault((source, reason), []).append(f"{part.kind} {part.id!r}")
        if absent and row:
            needed.add(f"'{row['distribution']}>={row['version']}'")
        elif absent and known:
            needed.add(known.distribution)
    lines = [
        f"  {', '.join(sorted(names))} of {source}: {reason}"
        for (source, reason), names in sorted(groups.items())
    ]
    return Missing(
        ids=tuple(sorted({part.id for part in parts})),
        text="\n".join(lines),
        install=f"pip install {' '.join(sorted(needed))}" if needed else None,
        cause=next(iter(parts.values())),
    )


def _reason(namespace: str, error: PluginError) -> tuple[str, bool]:
    """Say why a plugin's part cannot be used, and whether installing something would help."""
    if isinstance(error, PluginConflictError):
        return "its namespace is claimed by two distributions", False
    if isinstance(error, PluginLoadError):
        return f"{error.distribution} {error.version} fails in the phase {error.phase}", False
    found, settings = discovery.catalogue(), switches.active()
    for entry in found.claims.get(namespace, ()):
        rule = settings.forbidding(entry)
        if rule is None:
            return f"{entry.source} has none of this name", True
        return f"disabled by {rule.origin}", False
    return "not installed", True


def _newer(component: Component, part: _Part) -> list[SerializationError]:
    schema, row = part.schema, part.row
    if not isinstance(schema, int) or schema <= component.spec.schema_version:
        return []
    return [migration.newer_schema(component, schema, row["version"] if row else None)]


def _drift(component: Component, row: Any) -> dict[str, str]:
    """What to say of a plugin of another version than the one that the file was saved with."""
    if row is None or f"{row['distribution']} {row['version']}" == component.entry.source:
        return {}
    line = (
        f"was saved with {row['distribution']} {row['version']}; {component.entry.source} is "
        "installed."
    )
    return {row["namespace"]: line}


def read_rows(listed: Any, place: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each component of a list with the plugin's row that it stands in.

    Raises:
        SerializationError: where the list is malformed.
    """
    try:
        rows = [(row, item) for row in listed["plugins"] for item in row["components"]]
        wrong = listed["version"] != _VERSION or any(
            item["role"] not in ("structure", "training")
            or item["kind"] not in KINDS
            or not item["id"].startswith(f"{row['namespace']}>")
            or not isinstance(item["schema_version"], int)
            for row, item in rows
        )
        wrong = wrong or not all(
            isinstance(row[key], str)
            for row in listed["plugins"]
            for key in ("namespace", "distribution", "version")
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SerializationError(f"{place}: the list of plugins is malformed: {error!r}") from error
    if wrong:
        raise SerializationError(f"{place}: the list of plugins is malformed.")
    return rows
