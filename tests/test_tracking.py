"""Finding what an object's attributes hold."""

from kerax.tracking import attributes_of_type


class Owner:
    pass


def found(**attributes):
    owner = Owner()
    vars(owner).update(attributes)
    return list(attributes_of_type(owner, int, frozenset({"apart"})))


def test_attributes_and_what_containers_hold_in_order():
    assert found(a=1, b=[2, (3, {"k": 4})], c="x", d={5}) == [1, 2, 3, 4, 5]


def test_names_that_are_set_apart_are_passed_over():
    assert found(apart=1, rest=[2]) == [2]


def test_each_object_is_found_once():
    number = 10**6
    assert found(a=number, b=[number], c={"k": number}) == [number]


def test_a_list_that_holds_itself_ends():
    items = [1]
    items.append(items)
    assert found(items=items) == [1]


def test_a_changed_list_is_not_stale():
    owner = Owner()
    owner.items = [1]
    assert list(attributes_of_type(owner, int, frozenset())) == [1]
    owner.items.append(2)
    assert list(attributes_of_type(owner, int, frozenset())) == [1, 2]
