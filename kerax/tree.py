"""Nested structures of lists, tuples and dicts, as `keras.tree` offers them, over `jax.tree`.

None is a leaf. Dicts are walked in the order of their sorted keys, ordered ones in their own.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.tree_util import DictKey, GetAttrKey, SequenceKey, default_registry

from kerax.errors import ArgumentError

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
]


class MAP_TO_NONE:  # noqa: N801 - the public name that Keras gives it
    """What a function returns to `traverse` to put None in an element's place.

    Example:
        >>> traverse(lambda x: MAP_TO_NONE if x == 1 else None, [1, 2])
        [None, 2]

    Reference:
        Keras: keras.tree.MAP_TO_NONE
    """


def _is_none(x: Any) -> bool:
    return x is None


def is_nested(structure: Any) -> bool:
    """Tell whether a value is a list, tuple, dict or another container.

    Args:
        structure: anything.

    Example:
        >>> is_nested([1]), is_nested(1), is_nested(None)
        (True, False, False)

    Reference:
        Keras: keras.tree.is_nested
    """
    return structure is not None and default_registry.flatten_one_level(structure) is not None


def flatten(structure: Any) -> list[Any]:
    """List the leaves of a structure.

    Args:
        structure: lists, tuples and dicts, nested.

    Returns:
        The leaves in order.

    Example:
        >>> flatten({"b": [1, None], "a": 3})
        [3, 1, None]

    Reference:
        Keras: keras.tree.flatten
    """
    return jax.tree.leaves(structure, is_leaf=_is_none)


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """List the leaves of a structure with the keys that lead to each.

    Args:
        structure: lists, tuples and dicts, nested.

    Returns:
        Pairs of a path, such as `('a', 0)`, and a leaf.

    Example:
        >>> flatten_with_path({"a": [7]})
        [(('a', 0), 7)]

    Reference:
        Keras: keras.tree.flatten_with_path
    """
    leaves = jax.tree_util.tree_leaves_with_path(structure, is_leaf=_is_none)
    return [(tuple(_plain(key) for key in path), leaf) for path, leaf in leaves]


def _plain(key: Any) -> Any:
    if isinstance(key, DictKey):
        return key.key
    if isinstance(key, SequenceKey):
        return key.idx
    return key.name if isinstance(key, GetAttrKey) else key


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply a function to the leaves of structures of one shape.

    Args:
        func: takes one leaf of each structure.
        *structures: structures that agree in their containers.
        none_is_leaf: whether the function is called on None; else None stays.

    Returns:
        The first structure with the results as leaves; dicts keep the order of their keys.

    Raises:
        ArgumentError: where the structures differ.

    Example:
        >>> map_structure(lambda a, b: a + b, [1, (2,)], [3, (4,)])
        [4, (6,)]

    Reference:
        Keras: keras.tree.map_structure
    """
    if not structures:
        raise ArgumentError("map_structure: wanted at least one structure.")
    for other in structures[1:]:
        assert_same_structure(structures[0], other)
    if none_is_leaf:
        mapped = jax.tree.map(func, *structures, is_leaf=_is_none)
    else:
        mapped = jax.tree.map(
            lambda first, *rest: None if first is None else func(first, *rest),
            *structures,
            is_leaf=_is_none,
        )
    return _in_order(mapped, structures[0])


def _in_order(mapped: Any, original: Any) -> Any:
    """JAX sorts the keys of dicts; put them back as they were."""
    if type(original) is dict and isinstance(mapped, dict):
        return {key: _in_order(mapped[key], original[key]) for key in original}
    if type(original) in (list, tuple) and type(mapped) is type(original):
        return type(original)(map(_in_order, mapped, original))
    return mapped


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """Apply a function where a shallow structure has its leaves.

    Args:
        shallow_structure: says where to stop.
        func: takes a part of each structure.
        *structures: structures that go at least as deep.

    Returns:
        The shallow structure with the results as leaves.

    Example:
        >>> map_structure_up_to([0, 0], len, [[1, 2], [3]])
        [2, 1]

    Reference:
        Keras: keras.tree.map_structure_up_to
    """
    if not structures:
        raise ArgumentError("map_structure_up_to: wanted at least one structure.")
    try:
        mapped = jax.tree.map(
            lambda _, *parts: func(*parts), shallow_structure, *structures, is_leaf=_is_none
        )
    except (ValueError, TypeError) as error:
        raise ArgumentError(f"map_structure_up_to: {error}") from error
    return _in_order(mapped, shallow_structure)


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raise where two structures differ in their containers, keys or lengths.

    Args:
        a: a structure.
        b: another.
        check_types: kept for Keras' signature; types are always compared.

    Raises:
        ArgumentError: naming both.

    Example:
        >>> assert_same_structure([1, (2,)], [3, (4,)])

    Reference:
        Keras: keras.tree.assert_same_structure
    """
    first, second = (jax.tree.structure(x, is_leaf=_is_none) for x in (a, b))
    if first != second:
        raise ArgumentError(f"The structures differ: got {second}; wanted {first}.")


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise where the keys that lead to the leaves of two structures differ.

    Args:
        a: a structure.
        b: another; its containers may be of other types.

    Raises:
        ArgumentError: naming the paths that only one has.

    Example:
        >>> assert_same_paths([1, 2], (3, 4))

    Reference:
        Keras: keras.tree.assert_same_paths
    """
    first, second = ({path for path, _ in flatten_with_path(x)} for x in (a, b))
    if first != second:
        missing, extra = sorted(map(str, first - second)), sorted(map(str, second - first))
        raise ArgumentError(f"The paths differ: missing {missing}, extra {extra}.")


def pack_sequence_as(structure: Any, flat_sequence: Sequence[Any]) -> Any:
    """Put values in the places of a structure's leaves.

    Args:
        structure: the structure.
        flat_sequence: as many values as it has leaves.

    Returns:
        The structure with the values as leaves.

    Raises:
        ArgumentError: for another number of values.

    Example:
        >>> pack_sequence_as({"b": 0, "a": (0,)}, ["x", "y"])
        {'b': 'y', 'a': ('x',)}

    Reference:
        Keras: keras.tree.pack_sequence_as
    """
    tree = jax.tree.structure(structure, is_leaf=_is_none)
    values = list(flat_sequence)
    if len(values) != tree.num_leaves:
        raise ArgumentError(
            f"pack_sequence_as: got {len(values)} values; wanted {tree.num_leaves}, one for each "
            f"leaf of {structure!r}."
        )
    return _in_order(jax.tree.unflatten(tree, values), structure)


def lists_to_tuples(structure: Any) -> Any:
    """Return a structure with tuples in the place of lists.

    Args:
        structure: lists, tuples and dicts, nested.

    Example:
        >>> lists_to_tuples([1, [2, 3]])
        (1, (2, 3))

    Reference:
        Keras: keras.tree.lists_to_tuples
    """
    return traverse(lambda x: tuple(x) if type(x) is list else None, structure, top_down=False)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """Apply a function to each shape, a list or tuple of integers and Nones, of a structure.

    Args:
        func: takes one shape.
        structure: shapes in lists, tuples and dicts.

    Returns:
        The structure with the results in the shapes' places.

    Example:
        >>> map_shape_structure(len, {"a": (None, 3), "b": [(1,)]})
        {'a': 2, 'b': [1]}

    Reference:
        Keras: keras.tree.map_shape_structure
    """
    return _in_order(jax.tree.map(func, structure, is_leaf=_is_shape), structure)


def _is_shape(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and all(s is None or isinstance(s, int) for s in x)


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Replace parts of a structure, containers as well as leaves.

    Args:
        func: takes a container or leaf and returns what to put there, `MAP_TO_NONE` for None, or
            None to keep it.
        structure: the structure.
        top_down: whether containers come before what they hold; what replaces one is then not
            looked into.

    Returns:
        The new structure.

    Example:
        >>> traverse(lambda x: x + 1 if isinstance(x, int) else None, [1, (2, "a")])
        [2, (3, 'a')]

    Reference:
        Keras: keras.tree.traverse
    """
    if top_down:
        found = func(structure)
        if found is not None:
            return None if found is MAP_TO_NONE else found
    if is_nested(structure):
        inner = [traverse(func, part, top_down) for part in _parts(structure)]
        structure = _rebuilt(structure, inner)
    if top_down:
        return structure
    found = func(structure)
    if found is None:
        return structure
    return None if found is MAP_TO_NONE else found


def _parts(structure: Any) -> list[Any]:
    if isinstance(structure, dict):
        return [structure[key] for key in structure]
    return list(default_registry.flatten_one_level(structure)[0])


def _rebuilt(structure: Any, parts: list[Any]) -> Any:
    if type(structure) in (dict, OrderedDict):
        return type(structure)(zip(structure, parts, strict=True))
    tree = jax.tree.structure(structure, is_leaf=lambda x: x is not structure)
    return jax.tree.unflatten(tree, parts)
