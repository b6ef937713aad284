"""What a saved file holds, told from its bytes alone: no plugin is imported, no model is made."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kerax.errors import PluginConflictError, SerializationError
from kerax.naming import snake_case
from kerax.plugins import discovery, switches
from kerax.saving.hdf5 import Reader
from kerax.saving.members import CONFIG, METADATA, PLUGINS, WEIGHTS, is_known
from kerax.saving.plugin_list import read_rows
from kerax.saving.strict_json import parse
from kerax.saving.zip_file import read_members
from kerax.serialization import check_depth

__all__ = ["INSPECTION_VERSION", "inspect_file"]

INSPECTION_VERSION = 1

_METADATA = ("keras_version", "kerax_version", "date_saved")


def inspect_file(filepath: str | os.PathLike) -> dict[str, Any]:
    """Describe a `.keras` or `.weights.h5` file without making a model or importing a plugin.

    Args:
        filepath: the file.

    Returns:
        `{"version", "file", "bytes", "metadata", "model": {"class_name", "name"}, "layers":
        [{"name", "id", "parameters"}], "parameters", "optimizer_parameters", "training":
        {"optimizer", "loss", "metrics", …}, "plugins": [{"namespace", "distribution", "version",
        "installed", "status", "components": [{"kind", "id", "schema_version", "role"}]}],
        "custom", "missing", "install"}`. A plugin's status is `"installed"`, `"drifted"` (another
        version), `"missing"`, `"disabled"` or `"conflict"`; `custom` are the names with `>` that
        no plugin is listed for; `missing` are ids that cannot be used, `install` the line that
        would install them, or None. What a kind of file does not have is None or empty. Texts
        hold printable characters only.

    Raises:
        SerializationError: where the file is missing, damaged or malformed.

    Example:
        >>> import tempfile
        >>> from kerax import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="out")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/model.keras")
        ...     inspect_file(f"{folder}/model.keras")["layers"][-1]
        {'name': 'out', 'id': 'Dense', 'parameters': 3}
    """
    place = os.fspath(filepath)
    if not Path(place).is_file():
        raise SerializationError(f"{place}: file not found; wanted a `.keras` file.")
    if str(place).endswith((".h5", ".hdf5")):
        config, metadata, listed, sizes = {}, {}, [], _sizes(place, place)
    else:
        config, metadata, listed, sizes = _archive(place)
    rows = [_plugin_row(row) for row in listed]
    missing = [row for row in rows if row["status"] not in ("installed", "drifted")]
    own = {c["id"] for row in rows for c in row["components"]}
    weights = {path: n for path, n in sizes.items() if path.partition("/")[0] != "optimizer"}
    found = {
        "version": INSPECTION_VERSION,
        "file": str(place),
        "bytes": os.path.getsize(place),
        "metadata": {key: metadata.get(key) for key in _METADATA},
        "model": _model(config),
        "layers": list(_layers(config, weights)) or list(_groups(weights)),
        "parameters": sum(weights.values()),
        "optimizer_parameters": sum(sizes.values()) - sum(weights.values()),
        "training": _training(config.get("compile_config")),
        "plugins": rows,
        "custom": sorted(set(_names(config)) - own),
        "missing": sorted(c["id"] for row in missing for c in row["components"]),
        "install": _install_line(missing),
    }
    return _printable(found)


def _archive(place: str) -> tuple[dict, dict, list[dict[str, Any]], dict[str, int]]:
    members = read_members(place, place, is_known)
    absent = [name for name in (METADATA, CONFIG, WEIGHTS) if name not in members]
    if absent:
        raise SerializationError(f"{place}: has no {absent[0]}; it is no saved model.")
    texts = {
        name: parse(members[name], f"{place}: {name}")
        for name in (METADATA, CONFIG, PLUGINS)
        if name in members
    }
    for name in (METADATA, CONFIG):
        if not isinstance(texts[name], dict):
            raise SerializationError(f"{place}: {name}: wanted an object.")
        check_depth(texts[name])
    listed = texts.get(PLUGINS)
    if listed is not None:
        read_rows(listed, f"{place}: {PLUGINS}")
    sizes = _sizes(members[WEIGHTS], f"{place}: {WEIGHTS}")
    return texts[CONFIG], texts[METADATA], listed["plugins"] if listed else [], sizes


def _sizes(source: Any, place: str) -> dict[str, int]:
    with Reader(source, place) as reader:
        return reader.sizes()


def _model(config: Mapping[str, Any]) -> dict[str, Any] | None:
    if "class_name" not in config:
        return None
    return {"class_name": _name(config), "name": _inner(config).get("name")}


def _layers(
    config: Any, sizes: Mapping[str, int], group: str = "", prefix: str = ""
) -> Iterator[dict[str, Any]]:
    """Yield a row for each layer of a graph or stack; a nested model's layers follow it."""
    layers = _inner(config).get("layers")
    counts: Counter[str] = Counter()
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict) or "class_name" not in layer:
            continue
        base = snake_case(str(layer["class_name"]))
        path = f"{group}layers/{base}_{counts[base]}" if counts[base] else f"{group}layers/{base}"
        counts[base] += 1
        name = f"{prefix}{_inner(layer).get('name', base)}"
        inside = (n for key, n in sizes.items() if key == path or key.startswith(f"{path}/"))
        yield {"name": name, "id": _name(layer), "parameters": sum(inside)}
        yield from _layers(layer, sizes, f"{path}/", f"{name}/")


def _groups(sizes: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Yield a row for each object of a file that holds no graph."""
    for path, count in sorted(sizes.items()):
        if count:
            yield {"name": path, "id": None, "parameters": count}


def _inner(config: Any) -> dict[str, Any]:
    inner = config.get("config") if isinstance(config, dict) else None
    return inner if isinstance(inner, dict) else {}


def _name(config: Mapping[str, Any]) -> str:
    """Return the id of a config: `foo>focal` for what is registered or a plugin's."""
    if config["class_name"] == "function":
        return str(config.get("config"))
    registered = config.get("registered_name")
    is_id = isinstance(registered, str) and ">" in registered
    return str(registered if is_id else config["class_name"])


def _names(value: Any) -> Iterator[str]:
    """Yield every name with `>` that a config holds."""
    if isinstance(value, dict):
        if "class_name" in value and ">" in _name(value):
            yield _name(value)
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _training(config: Any) -> dict[str, Any] | None:
    if not isinstance(config, dict):
        return None
    wanted = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
    return {key: _short(config.get(key)) for key in wanted}


def _short(value: Any) -> Any:
    """Put an object's id in the place of its config."""
    if isinstance(value, dict):
        if "class_name" in value:
            return _name(value)
        return value["id"] if "id" in value else {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list) else value


def _plugin_row(row: dict[str, Any]) -> dict[str, Any]:
    installed, status = _status(row)
    keys = ("namespace", "distribution", "version")
    return {
        **{key: row[key] for key in keys},
        "installed": installed,
        "status": status,
        "components": row["components"],
    }


def _status(row: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the installed version, and whether the plugin can be used, told by metadata."""
    found, settings = discovery.catalogue(), switches.active()
    claims = found.claims.get(row["namespace"], ())
    try:
        entry = discovery.choose(found, row["namespace"], settings)
    except PluginConflictError:
        return None, "conflict"
    if entry is None:
        return (claims[0].version, "disabled") if claims else (None, "missing")
    same = (entry.distribution, entry.version) == (row["distribution"], row["version"])
    return entry.version, "installed" if same else "drifted"


def _install_line(rows: list[dict[str, Any]]) -> str | None:
    wanted = [f"'{r['distribution']}>={r['version']}'" for r in rows if r["status"] == "missing"]
    return f"pip install {' '.join(sorted(wanted))}" if wanted else None


def _printable(value: Any) -> Any:
    """Write what could steer a terminal as escapes."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list) else value
