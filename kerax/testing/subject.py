"""Subject: the component under test, with its cases."""

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from kerax.errors import ArgumentError, PluginNotFoundError
from kerax.plugins import loading, resolver
from kerax.plugins.provenance import Component, Entry
from kerax.plugins.spec import KINDS, ComponentSpec
from kerax.testing.arguments import resolved
from kerax.testing.case import Case

__all__ = [
    "PureCall",
    "Subject",
    "find_subject",
    "pure_call",
    "register_pure_call",
    "result",
    "subject_of",
]


@dataclass(frozen=True)
class PureCall:
    """A component's work as a pure function of arrays, for the checks of numerics.

    What an object draws when it is made, such as a layer's weights, is among the arguments, so
    that a copy of the object, given the same arguments, gives the same results.

    Args:
        function: takes the arrays, returns a tree of arrays, changes nothing.
        arguments: the arrays to call it with.
        batched: for each argument whether its first axis is the batch; the others are the same
            for every sample.
        per_sample: whether each result's first axis is the batch too.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    batched: tuple[bool, ...]
    per_sample: bool = True

    def __call__(self, *arguments: Any) -> Any:
        """Call the function, with its own arguments where none are given."""
        return self.function(*(arguments or self.arguments))


@dataclass(frozen=True)
class Subject:
    """A component that is being checked.

    Args:
        component: its spec and where it comes from.
        target: the class or function.
        cases: what to try; never empty.
        installed: whether another process finds it by its id.
        made: the object that `make` returns, where there is one already.
        memo: what checks have computed for other checks, see `once`.
    """

    component: Component
    target: Any
    cases: tuple[Case, ...]
    installed: bool = True
    made: Any = None
    memo: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def spec(self) -> ComponentSpec:
        """The component's spec."""
        return self.component.spec

    @property
    def kind(self) -> str:
        """The component's kind."""
        return self.component.spec.kind

    @property
    def id(self) -> str:
        """The component's id."""
        return self.component.id

    @property
    def is_class(self) -> bool:
        """Whether its target is a class, which is constructed; else it is used as it is."""
        return isinstance(self.target, type)

    def make(self, case: Case) -> Any:
        """Construct the component anew with a case's arguments; a function is itself."""
        if self.made is not None:
            return self.made
        arguments = resolved(case.kwargs)
        if self.is_class or self.spec.contract == "gradient_transformation":
            return self.target(**arguments)
        if arguments:
            return functools.partial(self.target, **arguments)
        return self.target

    def holding(self, made: Any) -> "Subject":
        """Return this subject with an object to use wherever one would be made."""
        return dataclasses.replace(self, made=made, memo={})

    def once(self, case: Case, name: str, compute: Callable[[], Any]) -> Any:
        """Return what was computed for a case under a name, computing it the first time."""
        key = (case.name, name)
        if key not in self.memo:
            self.memo[key] = compute()
        return self.memo[key]

    def inputs(self, case: Case) -> tuple[Any, ...]:
        """Return a case's inputs, or the kit's own for the kind."""
        return case.inputs if case.inputs is not None else _default_inputs[self.kind](self)


_pure_calls: dict[str, Callable[[Subject, Case], PureCall]] = {}
_default_inputs: dict[str, Callable[[Subject], tuple[Any, ...]]] = {}


def register_pure_call(
    kind: str,
    make: Callable[[Subject, Case], PureCall],
    inputs: Callable[[Subject], tuple[Any, ...]],
) -> None:
    """Say how a kind is called as a pure function, and with which inputs where a case has none."""
    _pure_calls[kind] = make
    _default_inputs[kind] = inputs


def pure_call(subject: Subject, case: Case) -> PureCall:
    """Return the work of a component as a pure function of arrays."""
    return _pure_calls[subject.kind](subject, case)


def result(subject: Subject, case: Case) -> Any:
    """Return what a component gives for a case's inputs, called once for all checks."""

    def compute() -> Any:
        call = pure_call(subject, case)
        return call(*jax.tree.map(np.array, call.arguments))

    return subject.once(case, "result", compute)


def find_subject(id_or_spec: str | ComponentSpec, kind: str | None = None) -> Subject:
    """Find a component by its id, or take one that is not installed by its spec.

    Args:
        id_or_spec: `"foo>focal"`, a bare name of kerax's own, or a spec.
        kind: the kind, needed where several kinds have the name.

    Raises:
        ArgumentError: where several kinds have the name and none is given.
        PluginNotFoundError: where none has it.
    """
    if isinstance(id_or_spec, ComponentSpec):
        entry = Entry("local", "", "not-installed", "0", "")
        return subject_of(Component(id_or_spec, entry), installed=False)
    return subject_of(_installed_component(id_or_spec, kind))


def subject_of(component: Component, installed: bool = True) -> Subject:
    """Return the subject of a component: its target imported and its cases read.

    Args:
        component: the component.
        installed: see `Subject`.

    Raises:
        PluginLoadError: where its target cannot be imported.
        ArgumentError: where its cases are wrong.
    """
    target = loading.import_target(component)
    return Subject(component, target, tuple(_cases(component)), installed)


def _installed_component(id: str, kind: str | None) -> Component:
    found: dict[str, Component] = {}
    problems: dict[str, PluginNotFoundError] = {}
    for each in (kind,) if kind else KINDS:
        try:
            component = resolver.resolve(each, id, construct=False)[0]
        except PluginNotFoundError as error:
            problems[str(error)] = error
            continue
        if component is not None:
            found[each] = component
    if not found:
        if len(problems) == 1:  # the kind was given, or no plugin has the namespace
            raise next(iter(problems.values()))
        raise PluginNotFoundError(
            f"check_component: {id!r}: no component of any kind has this name; see "
            "`kerax plugins list`."
        )
    if len(found) > 1:
        raise ArgumentError(
            f"check_component: {id!r} is a {' and a '.join(found)}; say which with kind=."
        )
    return next(iter(found.values()))


def _cases(component: Component) -> list[Case]:
    try:
        given = _given_cases(component)
        cases = list(given or [Case("default")])
    except Exception as error:
        raise ArgumentError(
            f"{component.id}: its cases cannot be read: {type(error).__name__}: {error}"
        ) from error
    wrong = [case for case in cases if not isinstance(case, Case)]
    if wrong or len({case.name for case in cases}) < len(cases):
        raise ArgumentError(
            f"{component.id}: cases: got {cases!r}; wanted kerax.testing.Case objects with "
            "different names."
        )
    return cases


def _given_cases(component: Component) -> Any:
    spec = component.spec
    if spec.cases:
        return loading.attribute(spec.cases)()
    if component.entry.value:
        plugin = loading.load(component.entry)
        return plugin.manager.hook.kerax_cases(kind=spec.kind, name=spec.name)
    return None
