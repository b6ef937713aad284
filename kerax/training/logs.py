"""Logs whose numbers stay on the device until somebody reads them."""

from collections.abc import ItemsView, Iterator, ValuesView
from typing import Any

import jax
import numpy as np

__all__ = ["Logs"]


class Logs(dict):
    """A dict of metric values that turns device scalars into floats when they are read.

    Storing a JAX array costs nothing and waits for nothing; the first read of any value waits for
    the device and fetches all of them. Arrays with axes are read as NumPy arrays.

    Example:
        >>> logs = Logs(loss=jax.numpy.float32(0.5))
        >>> logs["loss"], dict(logs)
        (0.5, {'loss': 0.5})
    """

    def _read(self) -> None:
        for key, value in list(super().items()):
            if _is_array(value):
                super().__setitem__(key, _number(value))

    def __getitem__(self, key: str) -> Any:
        self._read()
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._read()
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        self._read()
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Any]:
        self._read()
        return super().popitem()

    def setdefault(self, key: str, default: Any = None) -> Any:
        super().setdefault(key, default)
        return self[key]

    def items(self) -> ItemsView[str, Any]:
        self._read()
        return super().items()

    def values(self) -> ValuesView[Any]:
        self._read()
        return super().values()

    # `dict(logs)` and `{**logs}` take the stored values as they are unless this is overridden.
    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def copy(self) -> dict[str, Any]:
        return dict(self)

    def __or__(self, other: Any) -> dict[str, Any]:
        return dict(self) | dict(other)

    def __ror__(self, other: Any) -> dict[str, Any]:
        return dict(other) | dict(self)

    def __eq__(self, other: object) -> bool:
        self._read()
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # as for every dict

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))

    def __repr__(self) -> str:
        self._read()
        return super().__repr__()


def _is_array(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return isinstance(value, (jax.Array, np.generic))


def _number(value: Any) -> Any:
    array = np.asarray(value)  # of a JAX array, a fraction of the cost of float()
    return array if array.ndim else float(array)
