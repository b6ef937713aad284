"""Every name that Keras exports in the namespaces of its catalogues is there in kerax."""

import inspect
from operator import attrgetter

import pytest

import kerax

keras = pytest.importorskip("keras")

NAMESPACES = (
    *("losses", "metrics", "optimizers", "optimizers.schedules", "regularizers"),
    *("initializers", "constraints", "activations"),
)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_no_name_is_missing(namespace):
    theirs, ours = attrgetter(namespace)(keras), attrgetter(namespace)(kerax)
    names = [name for name, value in vars(theirs).items() if not inspect.ismodule(value)]
    missing = [name for name in names if name[0] != "_" and not hasattr(ours, name)]
    assert names
    assert not missing


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_classes_take_the_same_arguments(namespace):
    theirs, ours = attrgetter(namespace)(keras), attrgetter(namespace)(kerax)
    wrong = {}
    for name, their_class in vars(theirs).items():
        if not inspect.isclass(their_class) or name[0] == "_":
            continue
        wanted = _defaults(their_class)
        missing = {key for key in wanted if not _takes(getattr(ours, name), key)}
        if missing:
            wrong[name] = missing
    assert not wrong


def _defaults(cls):
    parameters = inspect.signature(cls.__init__).parameters.values()
    return {
        p.name: p.default
        for p in parameters
        if p.name != "self" and p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    }


def _takes(cls, key):
    parameters = inspect.signature(cls.__init__).parameters
    variadic = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    return key in parameters or variadic
