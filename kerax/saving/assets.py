"""Files that layers keep in an archive, such as vocabularies.

A layer with `save_assets(folder)` and `load_assets(folder)` is given a folder of its own; its
files are members of the archive under the layer's path.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerax.errors import SerializationError
from kerax.saving.members import ASSETS
from kerax.saving.parts import saved_parts

__all__ = ["collect_assets", "load_assets"]


def collect_assets(model: Any) -> dict[str, bytes]:
    """Return the archive members of the files that a model's layers save."""
    members: dict[str, bytes] = {}
    for path, part in _parts_with(model, "save_assets").items():
        with tempfile.TemporaryDirectory() as folder:
            part.save_assets(folder)
            for file in sorted(Path(folder).rglob("*")):
                if file.is_file():
                    name = file.relative_to(folder).as_posix()
                    members[f"{ASSETS}{path}/{name}"] = file.read_bytes()
    return members


def load_assets(model: Any, members: Mapping[str, bytes], place: str) -> None:
    """Give each layer a folder with the files that it saved.

    Args:
        model: the model.
        members: the archive's members; the reader has checked that their names lead nowhere else.
        place: the archive's name, for messages.

    Raises:
        SerializationError: where a member belongs to no layer.
    """
    parts = _parts_with(model, "load_assets")
    files: dict[str, dict[str, bytes]] = {}
    for name, data in members.items():
        if name.startswith(ASSETS):
            owner, inner = _owner(name.removeprefix(ASSETS), parts)
            if not owner:
                raise SerializationError(f"{place}: {name} belongs to no layer of the model.")
            files.setdefault(owner, {})[inner] = data
    for path, contents in files.items():
        with tempfile.TemporaryDirectory() as folder:
            for name, data in contents.items():
                target = Path(folder, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            parts[path].load_assets(folder)


def _parts_with(model: Any, method: str) -> dict[str, Any]:
    return {path: part for path, part in saved_parts(model).items() if hasattr(part, method)}


def _owner(name: str, parts: Mapping[str, Any]) -> tuple[str, str]:
    """The longest path of a layer that begins a member's name, and the rest."""
    owners = [path for path in parts if path and name.startswith(f"{path}/")]
    owner = max(owners, key=len, default="")
    return owner, name[len(owner) + 1 :]
