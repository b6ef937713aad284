"""What a case's arguments stand for, and repeatable draws while a component is made."""

import functools
import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerax import serialization

__all__ = ["resolved", "seeded"]


def resolved(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a case's arguments as a constructor takes them.

    Args:
        kwargs: values. In a text `{tmp}` stands for a temporary directory; a dict with
            `class_name` and `config` stands for the object that it describes, made anew.

    Example:
        >>> resolved({"filename": "{tmp}/log.csv"})["filename"].endswith("/log.csv")
        True
        >>> resolved(
        ...     {
        ...         "cell": {
        ...             "class_name": "GRUCell",
        ...             "module": "keras.layers",
        ...             "config": {"units": 2},
        ...         }
        ...     }
        ... )["cell"].units
        2
    """
    return {name: _resolved(value) for name, value in kwargs.items()}


def _resolved(value: Any) -> Any:
    if isinstance(value, str) and "{tmp}" in value:
        return value.replace("{tmp}", _directory().name)
    if isinstance(value, dict) and value.keys() >= {"class_name", "config"}:
        return serialization.deserialize_keras_object(value)
    return value


@functools.cache
def _directory() -> tempfile.TemporaryDirectory:
    """One directory for this process, removed at its end."""
    return tempfile.TemporaryDirectory(prefix="kerax-testing-", ignore_cleanup_errors=True)


@contextmanager
def seeded(seed: int = 0) -> Iterator[None]:
    """Draw the same seeds inside each time, and leave Python's and numpy's generators untouched.

    Args:
        seed: what both are seeded with inside.

    Example:
        >>> with seeded():
        ...     first = random.random()
        >>> with seeded():
        ...     first == random.random()
        True
    """
    states = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
