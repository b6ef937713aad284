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
def test_classes_take_the_same_arguments_with_the_same_defaults(namespace):
    theirs, ours = attrgetter(namespace)(keras), attrgetter(namespace)(kerax)
    wrong = {}
    for name, their_class in vars(theirs).items():
        if inspect.isclass(their_class) and name[0] != "_":
            reasons = list(_differences(getattr(ours, name), _arguments(their_class)))
            if reasons:
                wrong[name] = reasons
    assert not wrong


def _arguments(cls):
    parameters = inspect.signature(cls.__init__).parameters.values()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name: p.default for p in parameters if p.name != "self" and p.kind not in variadic}


def _differences(cls, wanted):
    """What a class of kerax takes unlike Keras' arguments; options are tried, not believed."""
    got = _arguments(cls)
    for key in wanted.keys() & got.keys():
        if got[key] != wanted[key]:
            yield f"{key}={got[key]!r}, wanted {wanted[key]!r}"
    required = [key for key, default in wanted.items() if default is inspect.Parameter.empty]
    options = {key: default for key, default in wanted.items() if key not in got}
    if options and required:
        yield f"lacks {sorted(options)}"
    elif options:
        try:
            cls(**options)
        except (TypeError, ValueError) as error:
            yield str(error)
