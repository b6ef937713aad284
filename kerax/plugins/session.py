"""Names that the running program registers itself, as Keras' decorator and scope do."""

import contextvars
import inspect
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from kerax.errors import SerializationError

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "find",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
]

T = TypeVar("T")

_objects: dict[str, Any] = {}
_names: dict[Any, str] = {}
_lock = threading.Lock()
_scopes: contextvars.ContextVar[tuple[Mapping[str, Any], ...]] = contextvars.ContextVar(
    "custom_objects", default=()
)


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Register the decorated class or function under `package>name`.

    The name is then understood wherever a string or config may stand, and is what saved files
    hold. It comes before kerax's own names and those of installed plugins.

    Args:
        package: the part before `>`.
        name: the part after it; None means the object's own name.

    Returns:
        A decorator that returns its argument unchanged.

    Raises:
        SerializationError: for a class without `get_config`.

    Example:
        >>> @register_keras_serializable("doc")
        ... def double(x):
        ...     return 2 * x
        >>> get_registered_name(double)
        'doc>double'

    Reference:
        Keras: keras.saving.register_keras_serializable
    """

    def decorate(target: T) -> T:
        if inspect.isclass(target) and not hasattr(target, "get_config"):
            raise SerializationError(
                f"register_keras_serializable: got the class {target.__name__}, which has no "
                "get_config() method; add one that returns the constructor's arguments."
            )
        registered = f"{package}>{name or _own_name(target)}"
        with _lock:
            _objects[registered] = target
            _names[target] = registered
        return target

    return decorate


def get_registered_name(obj: Any) -> str:
    """Return the name that an object was registered under, else its own name.

    Args:
        obj: a class or function.

    Returns:
        Such as `"Custom>Focal"`, or `obj.__name__`.

    Example:
        >>> get_registered_name(dict)
        'dict'

    Reference:
        Keras: keras.saving.get_registered_name
    """
    return registration(obj) or _own_name(obj)


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return what is registered under a name, None where nothing is.

    Args:
        name: the full name, such as `"Custom>Focal"`.
        custom_objects: names to try after the registered ones.
        module_objects: names to try last.

    Returns:
        The class or function, or None.

    Example:
        >>> get_registered_object("nobody>nothing") is None
        True

    Reference:
        Keras: keras.saving.get_registered_object
    """
    found = find(name)
    for table in (custom_objects, module_objects):
        if found is None and table:
            found = table.get(name)
    return found


def get_custom_objects() -> dict[str, Any]:
    """Return the table of registered names itself; changes to it count.

    Example:
        >>> "nobody>nothing" in get_custom_objects()
        False

    Reference:
        Keras: keras.saving.get_custom_objects
    """
    return _objects


class CustomObjectScope:
    """Make names known inside a `with` block.

    Args:
        custom_objects: name to class or function; None for none.

    Example:
        >>> with CustomObjectScope({"double": len}):
        ...     get_registered_object("double") is len
        True

    Reference:
        Keras: keras.saving.custom_object_scope
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None):
        self.custom_objects = dict(custom_objects or {})
        self._tokens: list[contextvars.Token] = []

    def __enter__(self) -> "CustomObjectScope":
        self._tokens.append(_scopes.set((self.custom_objects, *_scopes.get())))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _scopes.reset(self._tokens.pop())


custom_object_scope = CustomObjectScope


def find(name: str) -> Any:
    """Return what the scopes, innermost first, or the table hold under a name, else None."""
    for scope in _scopes.get():
        if name in scope:
            return scope[name]
    return _objects.get(name)


def registration(obj: Any) -> str | None:
    """Return the name under which exactly this class or function was registered, else None."""
    try:
        return _names.get(obj)
    except TypeError:  # an unhashable object was never registered
        return None


def _own_name(obj: Any) -> str:
    return getattr(obj, "__name__", None) or type(obj).__name__
