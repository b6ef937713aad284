"""The objects whose variables are saved with a model, each under its path in the file.

The paths are those of Keras' files: the attribute that holds the object, then, within lists and
dicts, its class in snake case and a number. `layers` comes first in a Sequential or Functional
model, and private attributes come last, so that an object that several attributes hold has the
path that Keras gives it.
"""

import functools
import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from kerax.layer import Layer
from kerax.naming import snake_case
from kerax.optimizers import Optimizer
from kerax.random import SeedGenerator

__all__ = ["saved_parts"]

_SAVED = (Layer, Optimizer, SeedGenerator)
_CONTAINERS = (list, dict, tuple, set)
_BASES = ("kerax.layer", "kerax.layer_state", "kerax.symbolic", "kerax.models", "kerax.training")
_OF_MODELS = ("layers", "optimizer")


def saved_parts(root: Any) -> dict[str, Any]:
    """Return a layer or model, and all that it holds, by path.

    Args:
        root: the layer or model; its own path is `""`.

    Returns:
        Layers, optimizers and seed generators, each once, in the order of the walk.
    """
    found: dict[str, Any] = {}
    _visit(root, "", found, set())
    return found


def _visit(part: Any, path: str, found: dict[str, Any], seen: set[int]) -> None:
    if id(part) in seen:
        return
    seen.add(id(part))
    found[path] = part
    if isinstance(part, SeedGenerator):
        return
    for name, value in _attributes(part):
        inner = f"{path}/{name}" if path else name
        if isinstance(value, _SAVED):
            _visit(value, inner, found, seen)
        elif isinstance(value, _CONTAINERS):
            _visit_items(value, inner, found, seen)


def _visit_items(items: Any, path: str, found: dict[str, Any], seen: set[int]) -> None:
    if id(items) in seen:
        return
    seen.add(id(items))
    counts: Counter[str] = Counter()
    for item in list(items.values() if isinstance(items, dict) else items):
        saved = isinstance(item, _SAVED)
        if not saved and not isinstance(item, _CONTAINERS):
            continue
        name = snake_case(type(item).__name__) if saved else "container"
        inner = f"{path}/{name}_{counts[name]}" if counts[name] else f"{path}/{name}"
        counts[name] += 1
        (_visit if saved else _visit_items)(item, inner, found, seen)


def _attributes(part: Any) -> Iterator[tuple[str, Any]]:
    first = _graph_layers(part)
    if first is not None:
        yield "layers", first
    skipped = getattr(part, "_untracked", frozenset()) | {"_stack"}
    names = (vars(part).keys() | _class_attributes(type(part))) - skipped
    for name in sorted(names, key=lambda name: (name.startswith("_"), name)):
        if name.startswith("__") or (name == "layers" and first is not None):
            continue
        try:
            yield name, getattr(part, name)
        except Exception:  # a property that cannot be worked out holds nothing to save
            continue


def _graph_layers(part: Any) -> list[Any] | None:
    """The layers of a model that is a graph or a stack, without those of its other attributes."""
    if hasattr(part, "_stack"):
        return list(part.layers)
    if getattr(part, "_graph", None) is None:
        return None
    return [operation for operation in part.operations if isinstance(operation, Layer)]


@functools.cache
def _class_attributes(cls: type) -> frozenset[str]:
    """The names of properties and other values that a class adds to the base classes."""
    bases = [base for base in cls.__mro__ if _is_base(base)]
    own = [base for base in cls.__mro__ if base not in bases]
    names = {name for base in own for name, value in vars(base).items() if _may_hold(value)}
    inherited = {name for base in bases for name in vars(base)}
    return frozenset((names - inherited) | {n for n in _OF_MODELS if n in inherited})


def _is_base(cls: type) -> bool:
    modules: Iterable[str] = (*_BASES, "builtins")
    return cls is Optimizer or any(
        cls.__module__ == module or cls.__module__.startswith(f"{module}.") for module in modules
    )


def _may_hold(value: Any) -> bool:
    return isinstance(value, (property, *_SAVED, *_CONTAINERS)) or inspect.isdatadescriptor(value)
