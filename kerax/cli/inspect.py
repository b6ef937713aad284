"""`kerax inspect FILE`: what a saved model holds and needs, without loading it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kerax.cli.output import format_columns, print_json
from kerax.cli.parsing import add_json, make_parser
from kerax.saving.inspection import inspect_file

__all__ = ["run"]


def run(argv: Sequence[str]) -> int:
    """Print a file's model, layers, sizes and plugins; nothing is built, no plugin imported.

    Args:
        argv: the words after `kerax inspect`.

    Returns:
        0, or 1 where the file needs what is not installed or enabled.

    Raises:
        SerializationError: where the file is missing, damaged or malformed.
    """
    parser = make_parser(
        "kerax inspect",
        "Show what a saved model holds and which plugins it needs, without loading it.",
        "kerax inspect digits.keras",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a .keras or .weights.h5 file")
    add_json(parser)
    arguments = parser.parse_args(argv)
    found = inspect_file(arguments.file)
    if arguments.json:
        print_json(found)
    else:
        print(*_as_lines(found), sep="\n")
    return 1 if found["missing"] else 0


def _as_lines(found: dict[str, Any]) -> Iterator[str]:
    yield from format_columns([(name, text) for name, text in _facts(found) if text])
    if found["layers"]:
        rows = [
            (layer["name"], layer["id"] or "", f"{layer['parameters']:,}")
            for layer in found["layers"]
        ]
        yield "\nlayers"
        yield from format_columns(rows, header=("name", "id", "parameters"), indent="  ")
    if found["plugins"]:
        yield "\nplugins"
        yield from _plugins(found["plugins"])
    if found["custom"]:
        yield "\nregistered by the program that saved it"
        yield from (f"  {name}" for name in found["custom"])
    if found["missing"]:
        yield f"\nmissing here: {', '.join(found['missing'])}"
    if found["install"]:
        yield f"install: {found['install']}"


def _facts(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    model, training = found["model"] or {}, found["training"] or {}
    yield "file", f"{found['file']}, {found['bytes']:,} bytes"
    yield "model", " ".join(str(model[key]) for key in ("class_name", "name") if model.get(key))
    yield "parameters", f"{found['parameters']:,}"
    if found["optimizer_parameters"]:
        yield "optimizer state", f"{found['optimizer_parameters']:,}"
    for key, value in found["metadata"].items():
        yield key.replace("_", " "), value or ""
    for key, value in training.items():
        yield key.replace("_", " "), _format(value)


def _format(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_format, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_format(item)}" for key, item in value.items())
    return "" if value is None else str(value)


def _plugins(rows: list[dict[str, Any]]) -> Iterator[str]:
    table = [
        (r["namespace"], r["distribution"], r["version"], r["installed"] or "-", r["status"])
        for r in rows
    ]
    header = ("namespace", "distribution", "saved with", "installed", "status")
    yield from format_columns(table, header=header, indent="  ")
    for row in rows:
        for part in row["components"]:
            schema = part.get("schema_version", 1)
            yield f"    {part['kind']} {part['id']}: {part['role']}, schema version {schema}"
