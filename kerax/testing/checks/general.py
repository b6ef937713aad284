"""Checks for every kind: the spec, the constructor, the config, copies, other processes."""

import contextlib
import copy
import inspect
import json
import pickle
import warnings
from typing import Any

import jax

from kerax import serialization
from kerax.plugins.protocols import WANTED, conforms
from kerax.plugins.spec import KINDS
from kerax.testing import processes
from kerax.testing.arguments import seeded
from kerax.testing.case import Case
from kerax.testing.check import NUMERIC_KINDS, Skip, check
from kerax.testing.comparing import assert_equal_results
from kerax.testing.subject import Subject, pure_call, result
from kerax.testing.surroundings import watching

__all__: list[str] = []

_CPU_SECONDS = 0.05
_UNKNOWN = "no_such_argument"

# What a hostile file could put in the place of any argument.
_HOSTILE = (
    *("__import__('os').listdir()", "/etc/hostname", "os:listdir", "file:///etc/hostname", ""),
    *(None, True, -1, 10**6, float("nan"), float("inf"), [], ["os", "listdir"], {}),
    {"class_name": "listdir", "module": "os", "config": {}, "registered_name": None},
    {"class_name": "function", "module": "os", "config": "listdir", "registered_name": None},
)


@check("spec.valid", *KINDS, once=True)
def spec_is_valid(subject: Subject, case: Case) -> None:
    """The spec has a summary of one line, sound links and names, and a target of its kind."""
    spec = subject.spec
    summary = spec.summary.strip()
    assert summary, "summary is empty; say in one line what the component is"
    assert "\n" not in summary, f"summary has several lines: {summary!r}; wanted one"
    link = spec.doc_url
    good = link is None or link.startswith(("https://", "http://"))
    assert good, f"doc_url: got {link!r}; wanted an address that begins with https://"
    twice = {a for a in spec.aliases if spec.aliases.count(a) > 1 or a == spec.name}
    assert not twice, f"aliases: {', '.join(sorted(twice))} stands there twice, or is the name"
    if spec.contract == "gradient_transformation":
        assert callable(subject.target), f"{spec.target} is {subject.target!r}; wanted a factory"
        return
    fits = conforms(spec.kind, subject.target)
    assert fits, f"{spec.target} is {subject.target!r}; wanted {WANTED[spec.kind]}"


@check("spec.light", *KINDS, once=True)
def spec_is_light(subject: Subject, case: Case) -> None:
    """Reading the spec imports neither JAX nor the target and takes less than 50 ms of CPU."""
    if not subject.component.entry.value:
        raise Skip("no plugin declares it")
    reading = processes.read_specs(subject.component.entry)
    target = subject.spec.target.partition(":")[0]
    heavy = [module for module in ("jax", "jaxlib", "optax", target) if module in reading.modules]
    assert not heavy, (
        f"reading the specs imports {', '.join(heavy)}; let the module that declares them import "
        "kerax.plugins alone, and name targets as texts"
    )
    assert reading.seconds <= _CPU_SECONDS, (
        f"reading the specs takes {reading.seconds * 1e3:.0f} ms of CPU; wanted at most "
        f"{_CPU_SECONDS * 1e3:.0f}"
    )


@check("spec.documented", *KINDS, once=True)
def is_documented(subject: Subject, case: Case) -> None:
    """The class or function has a docstring of its own."""
    target = subject.target
    text = (vars(target).get("__doc__") if subject.is_class else target.__doc__) or ""
    generated = text.startswith(f"{getattr(target, '__name__', '')}(")  # by dataclasses
    good = bool(text.strip()) and not generated
    assert good, f"{subject.spec.target} has no docstring of its own"


@check("construct.succeeds", *KINDS)
def constructor_succeeds(subject: Subject, case: Case) -> None:
    """The component is made from the case's arguments, and without any where all have defaults."""
    made = [subject.make(case)]
    if _is_made(subject) and not _required(subject.target):
        made.append(subject.target())
    for each in made:
        fits = conforms(subject.kind, each)
        assert fits, f"got {each!r}; wanted {WANTED[subject.kind]}"


@check("construct.pure", *KINDS)
def constructor_is_pure(subject: Subject, case: Case) -> None:
    """The constructor reads and writes no files, and leaves the process as it was."""
    if not _is_made(subject):
        raise Skip("a function is not constructed")
    seen = processes.observed(subject, case)
    assert not seen.inputs_outputs, f"the constructor did {'; '.join(seen.inputs_outputs)}"
    assert not seen.touched, f"the constructor changed {'; '.join(seen.touched)}"


@check("call.succeeds", *NUMERIC_KINDS)
def call_succeeds(subject: Subject, case: Case) -> None:
    """The component can be called with the case's inputs."""
    result(subject, case)


@check("config.is_json", *KINDS)
def config_is_json(subject: Subject, case: Case) -> None:
    """The config of the component is JSON."""
    _config_text(subject, subject.make(case))


@check("config.round_trips", *KINDS)
def config_round_trips(subject: Subject, case: Case) -> None:
    """What is made from the config behaves as the component does."""
    first = _made(subject, case)
    config = json.loads(_config_text(subject, first))
    if not subject.is_class:
        found = serialization.deserialize_keras_object(config, kind=subject.kind)
        assert found is first, f"its config names {found!r}; wanted {first!r}"
        return
    with seeded():
        if subject.installed:
            second = serialization.deserialize_keras_object(config)
        else:
            second = _from_config(subject, config["config"])
    assert type(second) is type(first), f"its config makes {second!r}; wanted {first!r}"
    ours, theirs = (json.loads(_config_text(subject, each)) for each in (second, first))
    assert ours == theirs, f"made from its config, it has the config {ours}; wanted {theirs}"
    _assert_same_behaviour(subject, case, first, second, "made from its config")


@check("config.unknown_key_refused", *KINDS)
def unknown_key_is_refused(subject: Subject, case: Case) -> None:
    """An argument that the component does not have is an error and is not passed over."""
    if not _is_made(subject):
        raise Skip("a function has no config")
    first = subject.make(case)
    try:
        if hasattr(first, "get_config"):
            made = _from_config(subject, {**first.get_config(), _UNKNOWN: 1})
        else:
            made = subject.target(**case.kwargs, **{_UNKNOWN: 1})
    except Exception:
        return
    raise AssertionError(f"a config with the key {_UNKNOWN!r} was taken and made {made!r}")


@check("config.is_safe", *KINDS, once=True)
def config_is_safe(subject: Subject, case: Case) -> None:
    """Where it declares `safe_config`, no value in a config makes it touch files or processes."""
    if not subject.spec.safe_config:
        raise Skip("does not declare safe_config")
    if not _is_made(subject):
        raise Skip("a function has no config")
    first = subject.make(case)
    config = first.get_config() if hasattr(first, "get_config") else dict(case.kwargs)
    for key in config:
        for value in _HOSTILE:
            with watching() as seen, contextlib.suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _from_config(subject, {**config, key: value})
            assert not seen, f"with {key}={value!r} in its config it did {'; '.join(seen)}"


@check("copy.pickles", *KINDS)
def pickles(subject: Subject, case: Case) -> None:
    """The component can be pickled, and behaves as before."""
    _copies(subject, case, lambda x: pickle.loads(pickle.dumps(x)), "pickled")


@check("copy.copies", *KINDS)
def copies(subject: Subject, case: Case) -> None:
    """The component can be copied deeply, and behaves as before."""
    _copies(subject, case, copy.deepcopy, "copied deeply")


@check("process.silent", *KINDS, once=True)
def is_silent(subject: Subject, case: Case) -> None:
    """Nothing is written to stdout or stderr when it is declared, imported, made and called."""
    texts = [processes.observed(subject, each).output for each in subject.cases]
    if subject.component.entry.value:
        texts.append(processes.read_specs(subject.component.entry).output)
    text = "".join(texts).strip()
    assert not text, f"it wrote {text[:300]!r}; let a user decide what is printed"


@check("process.same_result", *NUMERIC_KINDS)
def same_result_in_two_processes(subject: Subject, case: Case) -> None:
    """Another process computes the same from the same inputs."""
    if not subject.spec.deterministic:
        raise Skip("it is declared deterministic=False")
    seen = processes.observed(subject, case)
    assert not seen.error, f"in another process it raised {seen.error}"
    here = jax.tree.leaves(pure_call(subject, case)())
    loose = jax.default_backend() != "cpu"  # the other process computes on the CPU
    rtol, atol = (2e-2, 1e-2) if loose else (1e-5, 1e-6)
    assert_equal_results(here, seen.results, "here, against another process", rtol, atol)


def _copies(subject: Subject, case: Case, make_copy: Any, how: str) -> None:
    if subject.spec.contract == "gradient_transformation":
        raise Skip("its factory makes it anew")
    first = subject.make(case)
    second = make_copy(first)
    assert type(second) is type(first), f"{how}, it became {second!r}; wanted {first!r}"
    _assert_same_behaviour(subject, case, first, second, how)


def _assert_same_behaviour(subject: Subject, case: Case, first: Any, second: Any, how: str) -> None:
    if subject.kind == "callback":
        ours, theirs = sorted(vars(second)), sorted(vars(first))
        assert ours == theirs, f"{how}, it has the attributes {ours}; wanted {theirs}"
        return
    call = pure_call(subject.holding(first), case)
    wanted = call()
    got = pure_call(subject.holding(second), case)(*call.arguments)
    assert_equal_results(got, wanted, how)


def _made(subject: Subject, case: Case) -> Any:
    """Make the component; seeds that it draws itself are those of every other copy."""
    with seeded():
        return subject.make(case)


def _is_made(subject: Subject) -> bool:
    return subject.is_class or subject.spec.contract == "gradient_transformation"


def _required(target: Any) -> list[str]:
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):  # some built-in classes tell nothing
        return []
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]


def _config_text(subject: Subject, made: Any) -> str:
    """Return a component's config as JSON, as a saved model would hold it."""
    if subject.spec.contract == "gradient_transformation":
        raise Skip("the arguments of its factory are its config")
    if subject.is_class and not hasattr(made, "get_config"):
        if subject.kind == "callback":
            raise Skip("a callback need not have a config")
        raise AssertionError("it has no get_config(), so no model that uses it can be saved")
    if not subject.is_class and not (subject.installed and made is subject.target):
        raise Skip("a function's config is its name")
    try:
        return json.dumps(serialization.serialize_keras_object(made))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"its config is not JSON: {error}") from error


def _from_config(subject: Subject, config: dict[str, Any]) -> Any:
    make = getattr(subject.target, "from_config", None)
    return make(config) if make else subject.target(**config)
