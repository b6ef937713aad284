"""Objects to JSON configs and back, in the shapes that Keras 3 writes and reads.

A component of an installed plugin is written as Keras writes custom objects, with its id:
`{"module": null, "class_name", "config", "registered_name": "foo>focal", "kind": "loss",
"schema_version": 1}`. The last two are kerax' own additions, which Keras passes over: the kind says
in which table the id is, the schema version what the plugin may have to bring up to date.

Reading resolves names through fixed tables, the program's own registrations and the installed
plugins. The module named in a config is compared with Keras' public modules and never imported.
"""

import contextvars
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kerax import values
from kerax.errors import PluginError, SerializationError
from kerax.plugins import loading, resolver, session
from kerax.plugins.keras_modules import MODULES, kind_of_module
from kerax.plugins.protocols import WANTED, conforms
from kerax.plugins.provenance import Component

__all__ = [
    "check_depth",
    "deserialize_keras_object",
    "deserialize_lambda",
    "in_safe_mode",
    "serialize_keras_object",
    "sharing_objects",
]

MAX_DEPTH = 100

# Classes outside of the ten kinds that a config may name: where they are, and what Keras writes.
_CORE: dict[str, tuple[str, str, str | None]] = {
    "DTypePolicy": ("kerax.dtypes:DTypePolicy", "keras", None),
    "Functional": (
        "kerax.models.model:Functional",
        "keras.src.models.functional",
        "Functional",
    ),
    "InputSpec": ("kerax.input_spec:InputSpec", "keras", None),
    "Model": ("kerax.models.model:Model", "keras", None),
    "OptimizerMap": (
        "kerax.optimizers.optimizer_map:OptimizerMap",
        "keras.optimizers",
        None,
    ),
    "SeedGenerator": ("kerax.random:SeedGenerator", "keras.random", None),
    "Sequential": ("kerax.models.sequential:Sequential", "keras", None),
}
_MODELS = frozenset({"Functional", "Model", "Sequential"})

# Kinds whose members may be plain functions, in the order in which a function's name is sought.
_FUNCTION_KINDS = (
    "activation",
    "loss",
    "metric",
    "regularizer",
    "initializer",
    "constraint",
    "schedule",
)


@dataclass
class _Reading:
    """What holds for one outermost call of deserialize_keras_object and all within it."""

    safe: bool
    shared: dict[Any, Any] = field(default_factory=dict)


_reading: contextvars.ContextVar[_Reading | None] = contextvars.ContextVar("reading", default=None)
_writing: contextvars.ContextVar[dict[int, tuple[Any, dict]] | None] = contextvars.ContextVar(
    "writing", default=None
)


def serialize_keras_object(obj: Any) -> Any:
    """Return an object as JSON-compatible values, in Keras' layout.

    Args:
        obj: None, numbers, strings, bytes, slices, arrays, KerasTensors, lists, tuples and dicts
            of such; functions; and objects with `get_config()`.

    Returns:
        The value itself where JSON has it, else a dict with `class_name` and `config`.

    Raises:
        SerializationError: where the object has no `get_config()`.

    Example:
        >>> serialize_keras_object({"a": slice(1, 2)})["a"]["class_name"]
        '__slice__'

    Reference:
        Keras: keras.saving.serialize_keras_object
    """
    if obj is None or isinstance(obj, (str, bool, int, float)):
        return obj
    if isinstance(obj, Mapping) and not hasattr(obj, "get_config"):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, (list, tuple)):
        items = (serialize_keras_object(item) for item in obj)
        return tuple(items) if isinstance(obj, tuple) else list(items)
    value = values.write(obj, serialize_keras_object)
    if value is not None:
        return value
    if not hasattr(obj, "get_config") and hasattr(obj, "__name__"):
        return _function_config(obj)
    if not hasattr(obj, "get_config") or inspect.isclass(obj):
        raise SerializationError(
            f"serialize_keras_object: got {obj!r} of type {type(obj).__name__}; wanted a value "
            "that JSON has, a function, or an object with a get_config() method."
        )
    return _object_config(obj)


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool | None = None,
    kind: str | None = None,
) -> Any:
    """Return what a config describes.

    Args:
        config: what `serialize_keras_object` or Keras returned, or values that hold such.
        custom_objects: classes and functions by name, known during this call.
        safe_mode: whether to refuse lambdas, whose bytecode could do anything. None means what
            the enclosing call says, and True for the outermost; nothing inside a safe call can
            switch it off.
        kind: the kind that the place expects, such as `"loss"`; None allows any.

    Returns:
        The object.

    Raises:
        SerializationError: where the config is malformed or names nothing known.
        PluginNotFoundError: where it names a plugin that is not installed.

    Example:
        >>> deserialize_keras_object({"class_name": "__bytes__", "config": {"value": "ab"}})
        b'ab'

    Reference:
        Keras: keras.saving.deserialize_keras_object
    """
    outer = _reading.get()
    if outer is None:
        check_depth(config)
    safe = True if safe_mode is None and outer is None else bool(safe_mode)
    if outer is not None:
        safe = outer.safe or bool(safe_mode)
    token = _reading.set(_Reading(safe, outer.shared if outer else {}))
    try:
        with session.custom_object_scope(custom_objects):
            if isinstance(config, str) and custom_objects and config in custom_objects:
                return custom_objects[config]
            if kind and (isinstance(config, str) or _is_id_config(config)):
                return resolver.get(kind, config)
            found = _read(config, kind)
            if kind and found is not None and not conforms(kind, found):
                raise SerializationError(f"got {found!r}; wanted {WANTED[kind]}.")
            return found
    finally:
        _reading.reset(token)


def in_safe_mode() -> bool:
    """Tell whether what is being read may not bring code: True unless the caller allowed it."""
    reading = _reading.get()
    return reading is None or reading.safe


@contextmanager
def sharing_objects() -> Iterator[None]:
    """Give an object that is written twice inside the block one id, so that it is read once."""
    token = _writing.set({})
    try:
        yield
    finally:
        _writing.reset(token)


def deserialize_lambda(config: Mapping[str, Any]) -> Callable[..., Any]:
    """Make a lambda from its bytecode; refused in safe mode.

    Args:
        config: `{"code", "defaults", "closure"}`, as `kerax.values.dump_lambda` writes it.

    Raises:
        SerializationError: in safe mode, or where the bytecode is of another Python version.
    """
    if in_safe_mode():
        raise SerializationError(
            "The config holds a lambda, whose bytecode could do anything, so safe mode refuses "
            "it. If you trust its source, pass safe_mode=False to the loading call; better, "
            "register a named function with register_keras_serializable."
        )
    return values.load_lambda(config)


def _function_config(function: Any) -> dict[str, Any]:
    component = resolver.origin(function)
    name = session.registration(function) or (component.id if component else function.__name__)
    config = {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }
    return _with_kind(config, component)


def _object_config(obj: Any) -> dict[str, Any]:
    written = _writing.get()
    if written is not None and id(obj) in written:
        config = written[id(obj)][1]
        number = config.setdefault("shared_object_id", len(written))
        return {**_fresh_config(obj), "shared_object_id": number}
    config = _fresh_config(obj)
    if written is not None:
        written[id(obj)] = (obj, config)
    return config


def _fresh_config(obj: Any) -> dict[str, Any]:
    module, class_name, registered, component = _identity(type(obj))
    config = {
        "module": module,
        "class_name": class_name,
        "config": serialize_keras_object(obj.get_config()),
        "registered_name": registered,
    }
    for key in ("build_config", "compile_config"):
        method = getattr(obj, f"get_{key}", None)
        value = method() if method else None
        if value is not None:
            config[key] = serialize_keras_object(value)
    return _with_kind(config, component)


def _identity(cls: type) -> tuple[str | None, str, str | None, Component | None]:
    """Return the module, class name and registered name to write, and the plugin's component."""
    own_name = cls.__name__
    module = cls.__module__ if cls.__module__ != "__main__" else None
    registered = session.registration(cls)
    if registered:
        return module, own_name, registered, None
    core = _CORE.get(own_name)
    if core and cls.__module__.startswith("kerax."):
        return core[1], own_name, core[2], None
    component = resolver.origin(cls)
    if component is None:
        return module, own_name, own_name, None
    if component.entry.bare:
        return MODULES[component.spec.kind], component.spec.name, None, component
    return None, component.spec.name, component.id, component


def _with_kind(config: dict[str, Any], component: Component | None) -> dict[str, Any]:
    if component and not component.entry.bare:
        config["kind"] = component.spec.kind
        config["schema_version"] = component.spec.schema_version
    return config


def check_depth(config: Any) -> None:
    """Refuse a config that is nested deeper than any model's.

    Raises:
        SerializationError: where it is.
    """
    level: list[Any] = [config]
    for _ in range(MAX_DEPTH):
        level = [item for value in level for item in _items(value)]
        if not level:
            return
    raise SerializationError(
        f"The config is nested more than {MAX_DEPTH} levels deep; it is damaged or hostile."
    )


def _items(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()


def _is_id_config(config: Any) -> bool:
    return isinstance(config, dict) and "id" in config and "class_name" not in config


def _read(config: Any, kind: str | None = None) -> Any:
    if isinstance(config, (list, tuple)):
        items = [_read(item) for item in config]
        return tuple(items) if isinstance(config, tuple) else items
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: _read(value) for key, value in config.items()}
    name = config["class_name"]
    if not isinstance(name, str):
        raise SerializationError(f"class_name: got {name!r}; wanted a string.")
    if name in values.READERS:
        return _read_value(name, config["config"])
    if name == "__lambda__":
        return deserialize_lambda(
            dict(zip(("code", "defaults", "closure"), config["config"]["value"], strict=True))
        )
    if name == "function":
        return _find_function(str(config["config"]), kind, config.get("kind"))
    number = config.get("shared_object_id")
    reading = _reading.get()
    if number is not None and reading and number in reading.shared:
        return reading.shared[number]
    found = _read_object(config, name, kind)
    if number is not None and reading:
        reading.shared[number] = found
    return found


def _read_value(name: str, config: Any) -> Any:
    try:
        return values.READERS[name](config)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SerializationError(f"{name}: got the config {config!r:.200}: {error!r}.") from error


def _read_object(config: Mapping[str, Any], name: str, kind: str | None) -> Any:
    component, target = _find(config, name, kind)
    if not inspect.isclass(target):
        return target
    inner = config["config"]
    if not isinstance(inner, dict):
        raise SerializationError(f"{name}: config: got {inner!r}; wanted a dict.")
    try:
        schema = config.get("schema_version")
        found = resolver.construct(component, target, dict(inner), schema)
    except (TypeError, KeyError) as error:
        if isinstance(error, SerializationError):
            raise
        raise SerializationError(
            f"{name}: cannot be made from its config, {type(error).__name__}: {error}. Its "
            "config should hold the constructor's arguments, or from_config() turn it into them."
        ) from error
    for key, method in (("build_config", "build_from"), ("compile_config", "compile_from")):
        if config.get(key) and hasattr(found, f"{method}_config"):
            getattr(found, f"{method}_config")(config[key])
    return found


def _find(config: Mapping[str, Any], name: str, kind: str | None) -> tuple[Component | None, Any]:
    """Find the class: one of the core outside of the ten kinds, else what the resolver finds."""
    module = str(config.get("module"))
    core = _CORE.get(name) if module.partition(".")[0] in ("keras", "kerax") else None
    if not core or (kind_of_module(module) and module != core[1]) or session.find(name):
        return resolver.locate(config, kind)
    if kind is not None and (kind != "layer" or name not in _MODELS):
        raise SerializationError(f"got {name} where a {kind} is wanted.")
    return None, loading.attribute(core[0])


def _find_function(name: str, kind: str | None, written: str | None) -> Any:
    found = session.find(name)
    if found is not None:
        return found
    if ">" in name:
        return resolver.find_function(name, kind, written)
    kind = kind or written
    problem = None
    for each in (kind,) if kind in _FUNCTION_KINDS else _FUNCTION_KINDS:
        try:
            found = resolver.find_own(each, name)
        except PluginError as error:  # one family that is missing hides no other
            problem = error
            continue
        if found is not None and not inspect.isclass(found):
            return found
    raise SerializationError(
        f"Could not locate function {name!r}. Pass it in custom_objects=, or decorate it with "
        "register_keras_serializable()."
    ) from problem
