"""Finding the layers, variables and metrics that an object's attributes hold.

Nothing is registered when an attribute is set: attributes, and lists, tuples, dicts and sets in
them, are looked through when the question is asked, so that a changed list is never stale.
"""

from collections.abc import Iterator
from typing import Any

__all__ = ["attributes_of_type"]

_CONTAINERS = (list, tuple, dict, set)


def attributes_of_type(
    owner: Any, types: type | tuple[type, ...], without: frozenset[str]
) -> Iterator[Any]:
    """Yield the objects of some types in an object's attributes, each once, in order.

    Args:
        owner: the object.
        types: what to look for.
        without: names of attributes to pass over.
    """
    seen: set[int] = set()
    for name, value in list(vars(owner).items()):
        if name in without:
            continue
        if isinstance(value, types):
            if id(value) not in seen:
                seen.add(id(value))
                yield value
        elif isinstance(value, _CONTAINERS) and value:
            yield from _within(value, types, seen)


def _within(container: Any, types: type | tuple[type, ...], seen: set[int]) -> Iterator[Any]:
    if id(container) in seen:
        return
    seen.add(id(container))
    items = container.values() if isinstance(container, dict) else container
    for item in list(items):
        if isinstance(item, types):
            if id(item) not in seen:
                seen.add(id(item))
                yield item
        elif isinstance(item, _CONTAINERS) and item:
            yield from _within(item, types, seen)
