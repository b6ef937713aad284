"""`plugins.json`: which installed plugins a saved model needs, and for what.

    {"version": 1, "plugins": [{"namespace", "distribution", "version", "components":
        [{"kind", "id", "schema_version", "role"}]}]}

`role` is `"structure"` for what predictions need, `"training"` for the rest.
"""

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from kerax import plugins
from kerax.errors import PluginError, PluginNotFoundError, SerializationError
from kerax.plugins import resolver
from kerax.plugins.provenance import Component
from kerax.plugins.spec import KINDS

__all__ = ["check_plugins", "list_plugins", "permitting", "read_rows"]

_VERSION = 1
_TRAINING = "compile_config"
_KIND_OF_KEY = {
    "loss": "loss",
    "metrics": "metric",
    "weighted_metrics": "metric",
    "optimizer": "optimizer",
}


def list_plugins(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the contents of `plugins.json` for a model's config; None where it needs none."""
    found: dict[tuple[str, str], str] = {}
    for kind, name, role in _ids(config, "structure", None):
        if role == "structure" or (kind, name) not in found:
            found[kind, name] = role
    rows: dict[str, dict[str, Any]] = {}
    for (kind, name), role in found.items():
        component = _component(kind, name)
        if component is not None and not component.entry.own:
            row = rows.setdefault(component.entry.namespace, _row(component))
            row["components"].append(
                {
                    "kind": kind,
                    "id": component.id,
                    "schema_version": component.spec.schema_version,
                    "role": role,
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


def _ids(value: Any, role: str, kind: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield kind, id and role of each component of a plugin that a config names."""
    if isinstance(value, dict):
        name = value.get("config") if value.get("class_name") == "function" else None
        name = name or value.get("registered_name")
        if isinstance(name, str) and ">" in name and value.get("kind") in KINDS:
            yield value["kind"], name, role
        for key, item in value.items():
            inner = "training" if key == _TRAINING else role
            known = _KIND_OF_KEY.get(key, kind) if inner == "training" else None
            yield from _ids(item, inner, known)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _ids(item, role, kind)
    elif isinstance(value, str) and kind and value.count(">") == 1:
        yield kind, value, role


@contextlib.contextmanager
def permitting(allowed: Any) -> Iterator[None]:
    """Use `"installed"` plugins, kerax's own alone with `"core"`, or those of a list."""
    if allowed == "installed":
        yield
        return
    with plugins.using([] if allowed == "core" else allowed):
        yield


def check_plugins(listed: Any, place: str) -> bool:
    """Compare what a file needs with what is installed and enabled, before it is built.

    Args:
        listed: the contents of `plugins.json`.
        place: the file, for messages.

    Returns:
        Whether the parts for training are there too; where they aren't, the caller says so.

    Raises:
        PluginNotFoundError: where a part of the model's structure is missing, naming all.
        SerializationError: where the list is malformed, or was written by newer plugins.
    """
    missing: dict[str, list[str]] = {"structure": [], "training": []}
    needed: set[str] = set()
    for row, item in read_rows(listed, place):
        source = f"{row['distribution']} {row['version']}"
        try:
            component = resolver.resolve(item["kind"], item["id"], construct=False)[0]
        except PluginError:
            missing[item["role"]].append(f"{item['kind']} {item['id']!r} of {source}")
            needed.add(f"'{row['distribution']}>={row['version']}'")
            continue
        if component is not None:
            _check_versions(component, row, item, place)
    if missing["structure"]:
        everything = missing["structure"] + missing["training"]
        raise PluginNotFoundError(
            f"{place}: needs {', '.join(everything)}, which cannot be used here. Install: "
            f"pip install {' '.join(sorted(needed))}; or enable the plugin."
        )
    return not missing["training"]


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


def _check_versions(
    component: Component, row: dict[str, Any], item: dict[str, Any], place: str
) -> None:
    if item["schema_version"] > component.spec.schema_version:
        raise SerializationError(
            f"{place}: {item['id']} was written with schema {item['schema_version']} by "
            f"{row['distribution']} {row['version']}; {component.entry.source} reads up to "
            f"{component.spec.schema_version}. Install: pip install "
            f"'{row['distribution']}>={row['version']}'."
        )
    if component.entry.version != row["version"]:
        warnings.warn(
            f"{place}: was saved with {row['distribution']} {row['version']}; "
            f"{component.entry.source} is installed.",
            stacklevel=5,
        )
