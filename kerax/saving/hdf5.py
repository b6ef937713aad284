"""The one reader of HDF5 files, and their writer.

A file is a tree of groups; each object's arrays are in a group `vars` under the names that the
object chose, mostly `"0"`, `"1"`, ….
"""

import io
import math
import os
from collections.abc import Iterator, Mapping
from typing import Any

import h5py
import jax.numpy as jnp
import numpy as np
from h5py import h5o, h5z  # type: ignore[attr-defined]  # compiled modules without stubs

from kerax.errors import SerializationError

__all__ = ["Reader", "Store", "write_groups"]

_VARS = "vars"
_MAX_OBJECTS = 1_000_000
_MAX_DEPTH = 100
_MAX_RATIO = 1032  # what deflate can reach at most
_RAW = {name: np.dtype(getattr(jnp, name)) for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2")}
_FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32}


def write_groups(groups: Mapping[str, tuple[str, Mapping[str, np.ndarray]]]) -> bytes:
    """Return an HDF5 file.

    Args:
        groups: by path, an object's name and its arrays. Types that HDF5 lacks, such as bfloat16,
            are stored as raw bytes with their name in the attribute `dtype`.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for path, (name, arrays) in groups.items():
            group = file.create_group(f"{path}/{_VARS}" if path else _VARS)
            group.attrs["name"] = name
            for key, array in arrays.items():
                raw = array.dtype.kind == "V"
                dataset = group.create_dataset(
                    key, data=array.view(f"V{array.dtype.itemsize}") if raw else array
                )
                if raw:
                    dataset.attrs["dtype"] = str(array.dtype)
    return buffer.getvalue()


class Store(Mapping[str, np.ndarray]):
    """The arrays of one object in a file, read when asked for.

    Args:
        datasets: the datasets by name.
        place: the file and group, for messages.
    """

    def __init__(self, datasets: Mapping[str, h5py.Dataset], place: str):
        self._datasets = datasets
        self.place = place

    def __getitem__(self, key: str) -> np.ndarray:
        if key not in self._datasets:
            raise KeyError(key)
        dataset = self._datasets[key]
        try:
            value = np.asarray(dataset[()])
        except (OSError, RuntimeError) as error:
            raise SerializationError(f"{self.place}/{key}: is damaged: {error}.") from error
        return value.view(self.dtype(key)) if value.dtype.kind == "V" else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._datasets)

    def __len__(self) -> int:
        return len(self._datasets)

    def shape(self, key: str) -> tuple[int, ...]:
        """Return an array's shape from the file's header."""
        return self._datasets[key].shape

    def dtype(self, key: str) -> np.dtype:
        """Return an array's type from the file's header."""
        return _dtype_of(self._datasets[key])


class Reader:
    """An HDF5 file that was looked through before anything is read from it.

    Args:
        source: the path, or the file itself.
        place: its name, for messages.

    Raises:
        SerializationError: where it is damaged; holds links other than hard ones, virtual or
            external data, or types that no variable has; or claims more than it stores.
    """

    def __init__(self, source: str | os.PathLike | bytes, place: str):
        self.place = place
        self._stores: dict[str, dict[str, h5py.Dataset]] = {}
        self._size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
        try:
            file: Any = io.BytesIO(source) if isinstance(source, bytes) else os.fspath(source)
            self._file = h5py.File(file, "r")
        except OSError as error:
            raise SerializationError(f"{place}: is no intact HDF5 file: {error}.") from error
        try:
            self._look_through()
        except BaseException as error:
            self._file.close()
            if isinstance(error, (OSError, RuntimeError, KeyError, UnicodeDecodeError)):
                raise SerializationError(f"{place}: is damaged: {error}.") from error
            raise

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def store(self, path: str) -> Store:
        """Return the arrays of the object at a path; an empty store where there are none."""
        return Store(self._stores.get(path, {}), f"{self.place}: {path or '/'}")

    def __contains__(self, path: str) -> bool:
        return path in self._stores

    def sizes(self) -> dict[str, int]:
        """Return how many numbers the arrays of each object hold, by its path."""
        return {
            path: sum(math.prod(dataset.shape) for dataset in group.values())
            for path, group in self._stores.items()
        }

    def is_legacy(self) -> bool:
        """Tell whether the file is in the layout of Keras 2, which names layers in attributes."""
        return "layer_names" in self._file.attrs or "model_weights" in self._file

    def total_bytes(self) -> int:
        """Return the size of all arrays together."""
        return sum(_bytes_of(d) for group in self._stores.values() for d in group.values())

    def _look_through(self) -> None:
        groups: list[tuple[str, Any, int]] = [("", self._file, 0)]
        seen = {_address(self._file)}
        count = 0
        while groups:
            path, group, depth = groups.pop()
            for name in group:
                count += 1
                if count > _MAX_OBJECTS or depth > _MAX_DEPTH:
                    raise SerializationError(f"{self.place}: holds too many or too deep groups.")
                place = f"{path}/{name}".lstrip("/")
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise SerializationError(
                        f"{self.place}: {place} is a soft or external link, which could lead out "
                        "of the file; wanted data and groups only."
                    )
                item = group[name]
                if isinstance(item, h5py.Dataset):
                    self._add(path, name, item, place)
                elif isinstance(item, h5py.Group) and _address(item) not in seen:
                    seen.add(_address(item))
                    groups.append((place, item, depth + 1))
                else:
                    raise SerializationError(
                        f"{self.place}: {place} is a group that another name leads to as well, or "
                        "a named type; wanted a tree of groups."
                    )

    def _add(self, path: str, name: str, dataset: h5py.Dataset, place: str) -> None:
        why = _reason_against(dataset, self._size)
        if why:
            raise SerializationError(f"{self.place}: {place} {why}.")
        parent, _, last = path.rpartition("/")
        if last == _VARS:
            self._stores.setdefault(parent, {})[name] = dataset


def _address(item: Any) -> int:
    return h5o.get_info(item.id).addr


def _reason_against(dataset: h5py.Dataset, file_size: int) -> str | None:
    properties = dataset.id.get_create_plist()
    if dataset.is_virtual or properties.get_external_count():
        return "takes its data from other files"
    if dataset.shape is None:
        return "holds no array"
    filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
    if filters - _FILTERS:
        return "is packed with a filter other than deflate, shuffle and fletcher32"
    if _dtype_of(dataset) is None:
        return f"holds {dataset.dtype}; wanted numbers or booleans"
    stored = dataset.id.get_storage_size()
    if stored > file_size or _bytes_of(dataset) > _MAX_RATIO * stored:
        return f"claims {_bytes_of(dataset)} bytes and stores {min(stored, file_size)}"
    return None


def _bytes_of(dataset: h5py.Dataset) -> int:
    return math.prod(dataset.shape) * dataset.dtype.itemsize


def _dtype_of(dataset: h5py.Dataset) -> Any:
    """The type of a dataset's numbers; None where it holds none."""
    if dataset.dtype.kind in "biufc":
        return dataset.dtype
    if dataset.dtype.kind != "V":
        return None
    dtype = _RAW.get(str(dataset.attrs.get("dtype")))
    return dtype if dtype is not None and dataset.dtype == f"V{dtype.itemsize}" else None
