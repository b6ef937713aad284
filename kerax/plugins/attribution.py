"""Say in which component of which plugin an error arose.

One mechanism serves every kind: where an error leaves a layer, an optimizer, a loss or a run of
the model, the frames that it passed are compared with the components of installed plugins. Until
an error arises that costs nothing, in compiled steps and elsewhere.
"""

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TypeVar

from kerax.plugins import discovery, loading, registry
from kerax.plugins.loading import Plugin
from kerax.plugins.provenance import Component

__all__ = ["attributed", "attributing", "note_origin"]

F = TypeVar("F", bound=Callable[..., Any])

_Owners = dict[str, dict[tuple[str, str], Component]]


@contextlib.contextmanager
def attributing(component: Component) -> Iterator[None]:
    """Add `in component foo>focal from kerax-foo 1.2` to whatever is raised inside.

    Args:
        component: the component whose code runs inside.
    """
    try:
        yield
    except Exception as error:
        _add_note(error, f"in component {component.label}")
        raise


def attributed(function: F) -> F:
    """Decorate a function: errors that leave it name the components they passed.

    Args:
        function: a function or method; its name, signature and docstring stay.

    Example:
        >>> @attributed
        ... def half(x):
        ...     return x / 2
        >>> half(4.0)
        2.0
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            note_origin(error)
            raise

    return call  # type: ignore[return-value]  # it has the signature of `function`


def note_origin(error: BaseException) -> None:
    """Add a note that names the innermost component of a third party that an error passed.

    Where it passed no component, but other code of a plugin's package, the plugin is named.

    Args:
        error: the error, with its traceback.
    """
    outer: Plugin | None = None
    for frame in _frames(error):
        for module, name in _places(frame):
            plugins = _plugins_in(module.partition(".")[0])
            component = _enclosing(module, name, _targets(plugins))
            if component is not None:
                _add_note(error, f"in component {component.label}")
                return
            outer = outer or next(iter(plugins), None)
    if outer is not None:
        _add_note(error, f"in plugin {outer.entry.namespace!r} from {outer.entry.source}")


def _frames(error: BaseException) -> Iterator[FrameType]:
    """The frames that an error passed, the innermost first."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    return reversed(frames)


def _places(frame: FrameType) -> Iterator[tuple[str, str]]:
    """Module and qualified name of a frame's code, and of the class that it works for."""
    yield str(frame.f_globals.get("__name__", "")), frame.f_code.co_qualname
    owner = frame.f_locals.get("self")
    if owner is not None:
        yield type(owner).__module__, type(owner).__qualname__


def _plugins_in(package: str) -> list[Plugin]:
    """The third parties' plugins that are known by now and lie in a top-level package."""
    if not discovery.knows(package):
        return []
    return [plugin for plugin in registry.plugins_of(package) if not plugin.entry.bare]


def _targets(plugins: list[Plugin]) -> dict[tuple[str, str], Component]:
    """Components by module and qualified name, both as written and where they are defined."""
    table = {}
    for plugin in plugins:
        for component in plugin.components:
            module, _, name = component.spec.target.partition(":")
            table[module, name] = component
            if module in sys.modules:  # imported, so that nothing is imported here
                with contextlib.suppress(Exception):
                    target = loading.attribute(component.spec.target)
                    table[target.__module__, target.__qualname__] = component
    return table


def _enclosing(
    module: str, name: str, targets: dict[tuple[str, str], Component]
) -> Component | None:
    """The component whose class or function holds the code of a qualified name."""
    while name:
        if (module, name) in targets:
            return targets[module, name]
        name = name.rpartition(".")[0]
    return None


def _add_note(error: BaseException, note: str) -> None:
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
