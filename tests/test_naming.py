"""Automatic names and the scopes of paths."""

import threading

import pytest

import kerax
from kerax import naming


@pytest.fixture(autouse=True)
def _anew():
    naming.clear_names()


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Dense", "dense"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("GRUCell", "gru_cell"),
        ("MyLayer", "my_layer"),
        ("RMSprop", "rm_sprop"),
    ],
)
def test_snake_case(name, snake):
    assert naming.snake_case(name) == snake


def test_names_are_counted_by_class():
    names = [naming.auto_name(name) for name in ("Dense", "Conv2D", "Dense", "Dense")]
    assert names == ["dense", "conv2d", "dense_1", "dense_2"]


def test_scopes_nest_and_end_with_an_error():
    def fail():
        with naming.name_scope("inner"):
            raise RuntimeError(naming.current_path())

    with naming.name_scope("outer"):
        with pytest.raises(RuntimeError, match="outer/inner"):
            fail()
        assert kerax.Variable(0.0, name="v").path == "outer/v"
    assert naming.current_path() == ""


def test_the_same_caller_opens_its_scope_once():
    caller = object()
    with naming.name_scope("a", caller=caller), naming.name_scope("a", caller=caller):
        assert naming.current_path() == "a"
    with naming.name_scope("a"), naming.name_scope("a"):
        assert naming.current_path() == "a/a"


@pytest.mark.parametrize("name", ["a/b", 3])
def test_a_scope_is_one_part_of_a_path(name):
    with pytest.raises(ValueError, match="without '/'"):
        naming.name_scope(name)


def test_threads_have_scopes_of_their_own():
    seen = []
    with naming.name_scope("here"):
        thread = threading.Thread(target=lambda: seen.append(naming.current_path()))
        thread.start()
        thread.join()
    assert seen == [""]
