"""What importing a plugin changes in the whole program, found by comparing before and after."""

import inspect
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

__all__ = ["HEAVY", "Effects", "heavy_among"]

# Packages that take long to import; a table of specs needs none of them.
HEAVY = frozenset(
    {"jax", "jaxlib", "optax", "flax", "keras", "tensorflow", "torch", "numba", "pandas", "scipy"}
    | {"sklearn", "skimage", "cv2", "matplotlib", "transformers", "datasets", "pyarrow", "dask"}
)

# Packages in which a replaced function is somebody else's.
_WATCHED = ("kerax", "jax", "numpy")

_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request"})
_PROCESSES = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn"})

Effect = tuple[str, str]


def heavy_among(modules: Iterable[str]) -> list[str]:
    """Return the heavy packages among names of modules, sorted.

    Example:
        >>> heavy_among(["torch.nn", "torch", "json"])
        ['torch']
    """
    return sorted({name.partition(".")[0] for name in modules} & HEAVY)


class Effects:
    """The state of the program, watched from its construction until `since`."""

    def __init__(self) -> None:
        self._events: list[Effect] = []
        self._watching = True
        self._before = [look() for look, _ in _LOOKS]
        self._functions = dict(_functions())
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._watching:
            return
        if event == "open" and _is_written(*arguments):
            self._events.append(("files", f"writes {arguments[0]}"))
        elif event in _NETWORK:
            self._events.append(("network", f"uses the network ({event})"))
        elif event in _PROCESSES:
            self._events.append(("processes", f"starts a process ({event}: {arguments[0]})"))

    def since(self) -> list[Effect]:
        """Stop watching; return what has changed, as pairs of a check's id and what was done."""
        self._watching = False
        effects = list(dict.fromkeys(self._events))
        for before, (look, compare) in zip(self._before, _LOOKS, strict=True):
            effects += compare(before, look())
        return effects + list(_patches(self._functions))


def _is_written(path: Any, mode: Any, flags: Any) -> bool:
    """Tell whether `open` was asked to write; compiled modules and devices do not count."""
    if not isinstance(path, str) or "__pycache__" in path or path.startswith(os.devnull):
        return False
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _filters() -> list[str]:
    """Return the filters that hide or show whole categories of Python's own everywhere."""
    return [
        f"{action} {category.__name__}"
        for action, message, category, module, _ in warnings.filters
        if message is None and module is None
        if isinstance(category, type) and category.__module__ == "builtins"
    ]


def _root_handlers() -> list[str]:
    return [type(handler).__name__ for handler in logging.getLogger().handlers]


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def _numpy_random() -> str:
    numpy = sys.modules.get("numpy")
    return repr(numpy.random.get_state(legacy=False)) if numpy else ""


def _jax_config() -> dict[str, str]:
    values = getattr(getattr(sys.modules.get("jax"), "config", None), "values", {})
    return {key: repr(value) for key, value in values.items()}


def _settings() -> dict[str, str]:
    config = sys.modules.get("kerax.config")
    names = ("floatx", "epsilon", "image_data_format", "dtype_policy")
    return {name: repr(getattr(config, name)()) for name in names} if config else {}


def _keys(check: str, noun: str) -> Callable[[dict, dict], list[Effect]]:
    def compare(before: dict[str, str], after: dict[str, str]) -> list[Effect]:
        if not before:
            return []  # what holds them was not imported yet
        keys = sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))
        shown = ", ".join(f"{key}={after.get(key, '(removed)')}" for key in keys)
        return [(check, f"changes {noun}: {shown}")] if keys else []

    return compare


def _items(check: str, deed: str) -> Callable[[list, list], list[Effect]]:
    def compare(before: list[str], after: list[str]) -> list[Effect]:
        if before == after:
            return []
        new = [item for item in after if after.count(item) > before.count(item)]
        return [(check, f"{deed}: {', '.join(dict.fromkeys(new)) or 'takes some away'}")]

    return compare


def _value(noun: str) -> Callable[[str, str], list[Effect]]:
    def compare(before: str, after: str) -> list[Effect]:
        return [("global-state", f"changes {noun}")] if before and before != after else []

    return compare


# How to look at a part of the state, and how to tell of its change.
_LOOKS: tuple[tuple[Callable[[], Any], Callable[[Any, Any], list[Effect]]], ...] = (
    (lambda: dict(os.environ), _keys("environment", "environment variables")),
    (_jax_config, _keys("jax-config", "JAX' configuration")),
    (_settings, _keys("global-state", "kerax' settings")),
    (lambda: list(sys.path), _items("global-state", "changes sys.path")),
    (lambda: [repr(each) for each in sys.meta_path], _items("global-state", "changes imports")),
    (_filters, _items("global-state", "changes the warnings filters")),
    (_root_handlers, _items("global-state", "changes the root logger")),
    (_threads, _items("processes", "starts threads")),
    (os.getcwd, _value("the working directory")),
    (_numpy_random, _value("numpy's random state")),
    (lambda: repr(sys.excepthook), _value("sys.excepthook")),
)


def _functions() -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield the functions and methods of the watched packages, by module and qualified name."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in _WATCHED or not isinstance(module, ModuleType):
            continue
        for key, value in list(vars(module).items()):
            if inspect.isfunction(value):
                yield (name, key), value
            elif inspect.isclass(value) and value.__module__ == name:
                for method, function in list(vars(value).items()):
                    if inspect.isfunction(function):
                        yield (name, f"{key}.{method}"), function


def _patches(before: dict[tuple[str, str], Any]) -> Iterator[Effect]:
    after = dict(_functions())
    for (module, name), function in before.items():
        now = after.get((module, name), function)
        if now is not function:
            yield "patches", f"replaces {module}.{name} by one of {now.__module__}"
