"""Writing a file so that it is there whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from kerax.errors import ArgumentError

__all__ = ["check_target", "write_file"]


def check_target(filepath: str | os.PathLike, overwrite: bool) -> Path:
    """Return the path to write to.

    Raises:
        ArgumentError: where its folder is missing, where it is a folder itself, or where it
            exists and `overwrite` is False.
    """
    path = Path(filepath)
    if path.is_dir():
        raise ArgumentError(f"{path}: is a folder; wanted the path of a file to write.")
    if not path.parent.is_dir():
        raise ArgumentError(f"{path}: the folder {path.parent} does not exist; create it first.")
    if path.exists() and not overwrite:
        raise ArgumentError(f"{path}: exists; pass overwrite=True, or another path.")
    return path


def write_file(path: Path, data: bytes) -> None:
    """Write bytes beside the target and rename them into its place.

    A failure at any point, a full disk included, leaves an older file as it was. A symbolic link
    is followed, so that what it points to is replaced.

    Args:
        path: the target.
        data: what the file shall hold.
    """
    target = Path(os.path.realpath(path))
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(target))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(target.parent)


def _mode(target: Path) -> int:
    """The permissions of the file to replace, else those that a new file gets."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Make the renaming durable; not every system lets a folder be opened."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
