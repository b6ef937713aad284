"""The one reader of zip archives, and their writer."""

import io
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from kerax.errors import SerializationError

__all__ = ["read_members", "write_members"]

_MAX_MEMBERS = 10_000
_MAX_RATIO = 1032  # what deflate can reach at most
_DATE = (1980, 1, 1, 0, 0, 0)


def write_members(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive that stores members uncompressed; equal members give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    return buffer.getvalue()


def read_members(
    source: str | os.PathLike | bytes, place: str, is_known: Callable[[str], bool]
) -> dict[str, bytes]:
    """Return the members of a zip archive.

    Args:
        source: the path, or the archive itself.
        place: its name, for messages.
        is_known: tells whether a member of a name may be there.

    Raises:
        SerializationError: where it is damaged, where sizes or checksums are wrong, where a
            member is unknown, doubled, encrypted or no plain file, or leads outside.
    """
    file: Any = io.BytesIO(source) if isinstance(source, bytes) else source
    size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            _check_directory(infos, size, place, is_known)
            return {
                info.filename: _read(archive, info, place) for info in infos if not info.is_dir()
            }
    except zipfile.BadZipFile as error:
        raise SerializationError(f"{place}: is no intact zip archive: {error}.") from error
    except (NotImplementedError, RuntimeError, EOFError, UnicodeDecodeError) as error:
        raise SerializationError(f"{place}: cannot be read: {error}.") from error


def _check_directory(
    infos: list[zipfile.ZipInfo], size: int, place: str, is_known: Callable[[str], bool]
) -> None:
    if len(infos) > _MAX_MEMBERS:
        raise SerializationError(f"{place}: holds {len(infos)} members; wanted {_MAX_MEMBERS}.")
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        why = _reason_against(info, seen, is_known)
        if why:
            raise SerializationError(f"{place}: member {name!r} {why}.")
        seen.add(name)
    stored = sum(info.compress_size for info in infos)
    if stored > size:
        raise SerializationError(
            f"{place}: claims {stored} bytes of members in a file of {size}; it is damaged."
        )


def _reason_against(
    info: zipfile.ZipInfo, seen: set[str], is_known: Callable[[str], bool]
) -> str | None:
    name = info.filename
    kind = (info.external_attr >> 16) & 0o170000
    if name in seen:
        return "is there twice"
    if not _is_inside(name):
        return "would lie outside of the archive's folder"
    if kind not in (0, 0o100000, 0o040000):
        return "is a link or device; wanted plain files"
    if info.flag_bits & 0x1:
        return "is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in a way that is neither stored nor deflated"
    if info.file_size > _MAX_RATIO * max(info.compress_size, 1):
        return f"claims to unpack to {info.file_size} bytes from {info.compress_size}"
    if not info.is_dir() and not is_known(name):
        return "is unknown in this kind of file"
    return None


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    odd = any(c in name for c in "\\:\0") or len(name) > 1024
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not odd


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str) -> bytes:
    """Read a member in full, which compares its checksum, and compare its size."""
    try:
        with archive.open(info) as member:
            data = member.read(info.file_size + 1)
            rest = member.read(1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise SerializationError(
            f"{place}: member {info.filename!r} is damaged: {error}."
        ) from error
    if len(data) != info.file_size or rest:
        raise SerializationError(
            f"{place}: member {info.filename!r} holds other than the {info.file_size} bytes that "
            "the directory names; it is damaged."
        )
    return data
