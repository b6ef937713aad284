"""kerax.tree."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

from kerax import errors, tree

Pair = namedtuple("Pair", "x y")
NESTED = {"b": [1, (2, None)], "a": 3}


def test_flatten_and_paths():
    assert tree.flatten(NESTED) == [3, 1, 2, None]
    assert tree.flatten(OrderedDict(b=1, a=2)) == [1, 2]
    assert tree.flatten_with_path(NESTED)[-1] == (("b", 1, 1), None)
    assert tree.flatten_with_path(Pair(1, 2)) == [(("x",), 1), (("y",), 2)]


def test_is_nested():
    kinds = [1, [], (), {}, "a", {1}, np.ones(2), None, Pair(1, 2)]
    wanted = [False, True, True, True, False, False, False, False, True]
    assert [tree.is_nested(kind) for kind in kinds] == wanted


def test_map_keeps_order_and_none():
    mapped = tree.map_structure(lambda x: x, NESTED)
    assert mapped == NESTED
    assert list(mapped) == ["b", "a"]
    assert tree.map_structure(lambda x: x, [None, 1]) == [None, 1]
    assert tree.map_structure(lambda x: x + 1, [None, 1], none_is_leaf=False) == [None, 2]
    assert tree.map_structure(lambda x: x + 1, Pair(1, 2)) == Pair(2, 3)
    assert tree.map_structure_up_to([0, 0], sum, [[1, 2], [3]]) == [3, 3]


def test_pack_and_tuples():
    assert tree.pack_sequence_as(NESTED, [9, 8, 7, 6]) == {"b": [8, (7, 6)], "a": 9}
    assert tree.lists_to_tuples([1, [2, {"a": [3]}]]) == (1, (2, {"a": (3,)}))
    assert tree.map_shape_structure(len, [(1, None), {"a": [3, 4, 5]}]) == [2, {"a": 3}]


@pytest.mark.parametrize(
    "call",
    [
        lambda: tree.map_structure(lambda a, b: a, [1, 2], (3, 4)),
        lambda: tree.map_structure(lambda a, b: a, [1, 2], [3]),
        lambda: tree.map_structure(lambda: 1),
        lambda: tree.map_structure_up_to([0], lambda: 1),
        lambda: tree.map_structure_up_to([0, 0], lambda x: x, [1]),
        lambda: tree.assert_same_structure({"a": 1}, {"b": 1}),
        lambda: tree.assert_same_paths([1], [1, 2]),
        lambda: tree.pack_sequence_as([1, 2], [1]),
    ],
)
def test_differences_are_refused(call):
    with pytest.raises(errors.ArgumentError):
        call()


def test_traverse():
    assert tree.traverse(lambda x: None, [1, [2]]) == [1, [2]]
    assert tree.traverse(lambda x: 0 if isinstance(x, int) else None, [1, [2], None]) == [
        0,
        [0],
        None,
    ]

    def drop(x):
        return tree.MAP_TO_NONE if x == 1 else None

    assert tree.traverse(drop, [1, 2]) == [None, 2]
    assert tree.traverse(drop, [2, 1], top_down=False) == [2, None]

    def five(x):
        return 5 if isinstance(x, list) else None

    assert tree.traverse(five, [1, [2]], top_down=False) == 5
    assert tree.traverse(five, (1, [2])) == (1, 5)
    assert tree.traverse(lambda x: None, OrderedDict(b=1, a=Pair([2], 3))) == OrderedDict(
        b=1, a=Pair([2], 3)
    )
