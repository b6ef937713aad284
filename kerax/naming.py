"""Automatic names (`dense`, `dense_1`, …) and the scopes that make a variable's path."""

import re
import threading
from collections import defaultdict
from types import TracebackType
from typing import Any

__all__ = ["auto_name", "clear_names", "current_path", "name_scope", "snake_case", "uniquify"]


class _State(threading.local):
    def __init__(self) -> None:
        self.scopes: list[name_scope] = []
        self.counts: defaultdict[str, int] = defaultdict(int)


_state = _State()


def snake_case(name: str) -> str:
    """Return a class name in snake case, as automatic layer names use it.

    Example:
        >>> snake_case("BatchNormalization"), snake_case("Conv2D"), snake_case("LSTM")
        ('batch_normalization', 'conv2d', 'lstm')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def uniquify(name: str) -> str:
    """Return `name`, or `name_1`, `name_2`, … where it was given out before."""
    count = _state.counts[name]
    _state.counts[name] += 1
    return f"{name}_{count}" if count else name


def auto_name(class_name: str) -> str:
    """Return the next automatic name for an object of a class.

    Example:
        >>> clear_names()
        >>> auto_name("Dense"), auto_name("Dense")
        ('dense', 'dense_1')
    """
    return uniquify(snake_case(class_name))


def clear_names() -> None:
    """Begin automatic names anew."""
    _state.counts.clear()


class name_scope:  # noqa: N801 - the public name that Keras gives it
    """A part of the path of every variable that is created inside.

    Args:
        name: the part; must not contain `"/"`.
        caller: the layer that opens the scope; reopening the innermost scope for the same caller
            adds nothing, so a layer's `build` inside its own `__call__` names it once.

    Example:
        >>> with name_scope("encoder"):
        ...     current_path()
        'encoder'

    Reference:
        Keras: keras.name_scope
    """

    def __init__(self, name: str, caller: Any = None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"name_scope: got {name!r}; wanted a string without '/'.")
        self.name = name
        self.caller = caller
        self._pushed = False

    def __enter__(self) -> "name_scope":
        scopes = _state.scopes
        repeated = self.caller is not None and scopes and scopes[-1].caller is self.caller
        if not repeated:
            scopes.append(self)
            self._pushed = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pushed:
            _state.scopes.pop()
            self._pushed = False


def current_path() -> str:
    """Return the names of the open scopes, joined by `"/"`."""
    return "/".join(scope.name for scope in _state.scopes)
