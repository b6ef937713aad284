"""Cases for the core's own components, with oracles in numpy wherever a formula is short."""

from kerax.testing.case import Case
from kerax.testing.own_cases import activations, callbacks, constraints, initializers, layers

__all__ = ["cases"]

_TABLES = {
    "activation": activations.CASES,
    "callback": callbacks.CASES,
    "constraint": constraints.CASES,
    "initializer": initializers.CASES,
    "layer": layers.CASES,
}


def cases(kind: str, name: str) -> list[Case]:
    """Return the cases of one of the core's own components; none where the default will do.

    Args:
        kind: one of the kinds whose standard members are the core's.
        name: its name.

    Example:
        >>> [case.name for case in cases("constraint", "UnitNorm")]
        ['columns', 'rows']
    """
    return list(_TABLES[kind].get(name, ()))
