"""Plugins that are not installed: a project's folder or a file with a table, put on the path."""

import contextlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerax.errors import ArgumentError
from kerax.plugins.discovery import GROUP

__all__ = ["Source", "as_installed", "find_source"]

# Where a project may keep its packages.
ROOTS = ("src", ".")


@dataclass(frozen=True)
class Source:
    """What would be installed.

    Args:
        distribution: its name.
        version: its version.
        root: the folder that its package lies in.
        entries: entry points, value by namespace.
    """

    distribution: str
    version: str
    root: Path
    entries: dict[str, str]


def find_source(path: Path) -> Source:
    """Read what a path offers.

    Args:
        path: a folder with a pyproject.toml that declares entry points in the group
            `kerax.plugins`; or a module with a table of specs as `plugin`, in or out of a package.

    Raises:
        ArgumentError: where it is neither.
    """
    if path.is_dir():
        source = _read_project(path)
        if source is None:
            raise ArgumentError(
                f'{path}: found no pyproject.toml with [project.entry-points."{GROUP}"]; '
                "wanted a plugin's project folder, or its table such as src/kerax_foo/_plugin.py."
            )
        return source
    if path.suffix != ".py" or not path.is_file():
        raise ArgumentError(f"{path}: wanted a folder or a Python file.")
    return _read_module(path)


@contextlib.contextmanager
def as_installed(source: Source) -> Iterator[None]:
    """Let this process and those it starts find a plugin as if it were installed.

    Metadata in a temporary folder, before all others on the path, is what an editable
    installation consists of.
    """
    with tempfile.TemporaryDirectory(prefix="kerax-check-") as folder:
        name = source.distribution.replace("-", "_")
        info = Path(folder, f"{name}-{source.version}.dist-info")
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {source.distribution}\nVersion: {source.version}"
        info.joinpath("METADATA").write_text(f"{metadata}\n", encoding="utf-8")
        points = "".join(f"{key} = {value}\n" for key, value in source.entries.items())
        info.joinpath("entry_points.txt").write_text(f"[{GROUP}]\n{points}", encoding="utf-8")
        places = [folder, str(source.root.resolve())]
        before = sys.path[:], os.environ.get("PYTHONPATH")
        sys.path[:0] = places
        os.environ["PYTHONPATH"] = os.pathsep.join([*places, *filter(None, [before[1]])])
        try:
            yield
        finally:
            sys.path[:] = before[0]
            del os.environ["PYTHONPATH"]
            if before[1] is not None:
                os.environ["PYTHONPATH"] = before[1]


def _read_project(folder: Path) -> Source | None:
    file = folder / "pyproject.toml"
    if not file.is_file():
        return None
    try:
        project: dict[str, Any] = tomllib.loads(file.read_text("utf-8")).get("project", {})
        entries = dict(project.get("entry-points", {}).get(GROUP, {}))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise ArgumentError(f"{file}: cannot be read: {error}") from error
    if not entries:
        return None
    module = next(iter(entries.values())).partition(":")[0].strip()
    root = _root_of(folder, module.partition(".")[0])
    return Source(
        str(project.get("name", folder.name)), str(project.get("version", "0")), root, entries
    )


def _root_of(folder: Path, package: str) -> Path:
    for root in ROOTS:
        place = folder / root / package
        if place.is_dir() or place.with_suffix(".py").is_file():
            return folder / root
    raise ArgumentError(
        f"{folder}: its entry point names the package {package!r}, which is neither in "
        f"{folder / 'src'} nor in {folder}."
    )


def _read_module(path: Path) -> Source:
    path = path.resolve()
    names, folder = [path.stem], path.parent
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    if names[-1] == "__init__":
        names.pop()
    module = ".".join(names)
    for parent in (folder, folder.parent):
        source = _read_project(parent)
        if source and any(v.partition(":")[0].strip() == module for v in source.entries.values()):
            return source
    namespace = names[0].lower().removeprefix("kerax_").strip("_")
    return Source(f"kerax-{namespace}", "0", folder, {namespace: f"{module}:plugin"})
