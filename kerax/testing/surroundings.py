"""What a constructor must leave alone: files, sockets, processes, and the process's own state."""

import contextlib
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from kerax import dtypes, settings
from kerax.plugins import session

__all__ = ["changes", "watching"]

_EVENTS = (
    *("open", "os.", "shutil.", "socket.", "subprocess.", "tempfile.", "urllib.", "http."),
    *("ftplib.", "smtplib.", "sqlite3.", "webbrowser.", "builtins.input", "pty.", "fcntl."),
)
# What imports, compilation and the lookup of plugins do, whoever causes them.
_EXEMPT = ("<frozen importlib", "<frozen zipimport")
_EXEMPT_MODULES = (
    *("jax._src.compil", "jax._src.lru_cache", "importlib.", "linecache", "tokenize"),
    "kerax.plugins.",
)

_SNAPSHOTS: dict[str, Callable[[], Any]] = {
    "the working directory": os.getcwd,
    "environment variables": lambda: dict(os.environ),
    "sys.path": lambda: list(sys.path),
    "sys.stdout, sys.stderr or the exception hook": lambda: (
        *map(id, (sys.stdout, sys.stderr, sys.excepthook)),
    ),
    "the recursion limit": sys.getrecursionlimit,
    "the filters of warnings": lambda: list(warnings.filters),
    "numpy's random state": lambda: _hashable(np.random.get_state()),
    "numpy's handling of floating-point errors": np.geterr,
    "jax.config": lambda: dict(jax.config.values),
    "the settings of kerax": lambda: (
        settings.floatx(),
        settings.epsilon(),
        settings.image_data_format(),
        dtypes.dtype_policy().name,
    ),
    "the registered objects": lambda: sorted(session.get_custom_objects()),
    "the handlers of signals": lambda: [
        signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)
    ],
    "the running threads": lambda: sorted(t.name for t in threading.enumerate()),
    "the root logger": lambda: (logging.root.level, len(logging.root.handlers)),
    "the locale": lambda: locale.setlocale(locale.LC_ALL),
}

_seen: list[str] | None = None
_installed: list[bool] = []


@contextlib.contextmanager
def watching() -> Iterator[list[str]]:
    """Collect what happens inside to files, sockets and processes, imports apart.

    Example:
        >>> with watching() as seen:
        ...     _ = os.listdir(".")
        >>> seen
        ["os.listdir('.')"]
    """
    global _seen
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_note)
    seen: list[str] = []
    _seen = seen
    try:
        yield seen
    finally:
        _seen = None


def changes(make: Callable[[], Any]) -> tuple[str, ...]:
    """Run something, and say what it changed in the process.

    Drawing from Python's random generator is no change, because `kerax.random.make_seed` draws
    there; seeding it is.

    Args:
        make: what to run; it runs twice.

    Example:
        >>> changes(lambda: random.seed(3))
        ("the seed of Python's random generator",)
    """
    before = {name: take() for name, take in _SNAPSHOTS.items()}
    states = []
    kept = random.getstate()
    for seed in (1234, 4321):
        random.seed(seed)
        make()
        states.append(random.getstate())
    random.setstate(kept)
    changed = [name for name, take in _SNAPSHOTS.items() if take() != before[name]]
    if states[0] == states[1]:
        changed.append("the seed of Python's random generator")
    return tuple(changed)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is None or not event.startswith(_EVENTS) or _is_exempt():
        return
    shown = ", ".join(repr(a) for a in arguments if isinstance(a, (str, bytes, int)))
    _seen.append(f"{event}({shown:.120})")


def _is_exempt() -> bool:
    frame: Any = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if frame.f_code.co_filename.startswith(_EXEMPT) or module.startswith(_EXEMPT_MODULES):
            return True
        frame = frame.f_back
    return False


def _hashable(state: Any) -> tuple[Any, ...]:
    return tuple(part.tobytes() if isinstance(part, np.ndarray) else part for part in state)
