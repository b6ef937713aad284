"""The arguments that many layers share: how they are read, checked and written to configs."""

from collections.abc import Sequence
from typing import Any

from kerax import activations, constraints, initializers, regularizers
from kerax.errors import ArgumentError

__all__ = ["positive", "resolve", "serialized", "sizes"]

_KINDS: dict[str, Any] = {
    "activation": activations,
    "constraint": constraints,
    "initializer": initializers,
    "regularizer": regularizers,
}


def resolve(layer: Any, **identifiers: Any) -> None:
    """Set attributes to what identifiers stand for, of the kind that the name's end says."""
    for name, identifier in identifiers.items():
        setattr(layer, name, _KINDS[name.rpartition("_")[2]].get(identifier))


def serialized(layer: Any, *names: str) -> dict[str, Any]:
    """Return attributes for a config, those of a component's kind serialized."""
    config = {}
    for name in names:
        value = getattr(layer, name)
        kind = _KINDS.get(name.rpartition("_")[2])
        config[name] = value if kind is None or value is None else kind.serialize(value)
    return config


def sizes(
    value: int | Sequence[int], rank: int, where: str, name: str, least: int = 1
) -> tuple[int, ...]:
    """Return an argument that has one whole number for each spatial axis as a tuple.

    Raises:
        ArgumentError: for another count or a number below `least`.
    """
    numbers = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(numbers) != rank or any(not isinstance(n, int) or n < least for n in numbers):
        raise ArgumentError(
            f"{where}: got {name} {value!r}; wanted {rank} whole number(s) of at least {least}."
        )
    return numbers


def positive(value: Any, where: str, name: str) -> int:
    """Return a count checked to be a positive whole number."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ArgumentError(f"{where}: got {name} {value!r}; wanted a positive whole number.")
    return value
