"""One resolver for every kind: from a string, config, class or object to the component."""

import inspect
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

from kerax.errors import (
    ArgumentError,
    PluginError,
    PluginLoadError,
    SerializationError,
)
from kerax.plugins import discovery, hints, loading, migration, registry, session, switches
from kerax.plugins.attribution import attributing
from kerax.plugins.keras_modules import kind_of_module
from kerax.plugins.protocols import WANTED, conforms
from kerax.plugins.provenance import Component, Failure
from kerax.plugins.spec import KINDS

__all__ = [
    "check_kind",
    "construct",
    "find_function",
    "find_own",
    "get",
    "locate",
    "lookup",
    "origin",
    "resolve",
    "stamped",
]


def get(kind: str, identifier: Any, *, where: str | None = None) -> Any:
    """Return the component that an identifier stands for.

    Args:
        kind: `"loss"`, `"metric"`, `"optimizer"`, `"regularizer"`, `"initializer"`,
            `"constraint"`, `"activation"`, `"schedule"`, `"layer"` or `"callback"`.
        identifier: None; a name in any spelling that Keras takes; `"namespace>name"` of an
            installed plugin; `{"class_name", "config"}` or `{"id", "config"}`; a class, which is
            constructed without arguments; or the object itself, which is returned.
        where: the place to name in errors, such as `"model/dense_2"`.

    Returns:
        The object or function; None for None.

    Raises:
        PluginNotFoundError: where nothing has that name.
        PluginLoadError: where its plugin fails.
        ArgumentError: where the identifier is of another kind or no identifier.

    Example:
        >>> get("loss", None) is None
        True

    Reference:
        Keras: keras.losses.get and its siblings
    """
    check_kind(kind)
    if identifier is None:
        return None
    try:
        if isinstance(identifier, str):
            component, target = resolve(kind, identifier)
            found = _made(component, target, kind, None)
            if found is target and component is not None:
                return found  # its protocol was checked when its name was resolved
        else:
            found = _get(kind, identifier)
    except (PluginError, ArgumentError) as error:
        if where:
            error.add_note(f"at {where}")
        raise
    if not conforms(kind, found):
        _refuse(kind, identifier, where)
    return found


def lookup(kind: str, name: str) -> Any:
    """Return the class or function that a name stands for, without constructing anything.

    Args:
        kind: one of the ten kinds.
        name: a bare name, `"namespace>name"`, or a name registered in this program.

    Returns:
        The class or function.

    Raises:
        PluginNotFoundError: where nothing has that name.
        PluginLoadError: where its plugin fails.

    Example:
        >>> lookup("initializer", "zeros").__name__
        'Zeros'
    """
    check_kind(kind)
    return resolve(kind, name, construct=False)[1]


def resolve(kind: str, name: str, construct: bool = True) -> tuple[Component | None, Any]:
    """Return the component of a name and what its target names; no component for a session name.

    Raises:
        PluginNotFoundError: where nothing has that name.
        PluginLoadError: where its plugin fails.
    """
    registered = session.find(name)
    if registered is not None:
        return None, registered
    cache = switches.active().resolved
    key = (kind, name, construct)
    hit = cache.get(key)
    if hit is None:
        component = _component(kind, name, construct)
        hit = cache[key] = (component, _target(component))
    return hit


def stamped(kind: str, identifier: Any) -> Any:
    """Return identifiers with the schema version in each config of a third party's component.

    Args:
        kind: their kind.
        identifier: an identifier, or lists and dicts of them; all but `{"id", "config"}` stay.

    Example:
        >>> stamped("loss", ["mse", {"id": "mse", "config": {}}])
        ['mse', {'id': 'mse', 'config': {}}]
    """
    if isinstance(identifier, (list, tuple)):
        return type(identifier)(stamped(kind, item) for item in identifier)
    if not isinstance(identifier, Mapping) or "class_name" in identifier:
        return identifier
    name = identifier.get("id")
    if not isinstance(name, str):
        return {key: stamped(kind, item) for key, item in identifier.items()}
    try:
        component = resolve(kind, name)[0]
    except PluginError:  # what is no longer there cannot say its version
        return identifier
    if component is None or component.entry.bare or "schema_version" in identifier:
        return identifier
    return {**identifier, "kind": kind, "schema_version": component.spec.schema_version}


def origin(target: Any) -> Component | None:
    """Return the component that a class or function is the target of, None where it is nobody's.

    Loads at most the plugins whose top-level package holds the class or function.

    Args:
        target: a class or function.

    Example:
        >>> origin(lookup("loss", "MeanSquaredError")).label
        'MeanSquaredError from kerax ...'
        >>> origin(dict) is None
        True
    """
    package = (getattr(target, "__module__", None) or "").partition(".")[0]
    if not package:
        return None
    for plugin in registry.plugins_of(package):
        for component in plugin.components:
            if _is_target(component, target):
                return component
    return None


def _get(kind: str, identifier: Any) -> Any:
    if isinstance(identifier, Mapping):
        return _from_config(kind, identifier)
    if inspect.isclass(identifier):
        return identifier()
    return identifier


def locate(config: Mapping[str, Any], kind: str | None) -> tuple[Component | None, Any]:
    """Find what a config names: `id`, or `registered_name`, `module` and `class_name` as Keras'.

    Args:
        config: the config; its module is compared with Keras' public ones, never imported.
        kind: the kind that the place expects; None where it allows any.

    Raises:
        SerializationError: where the config names nothing known, or another kind.
        PluginNotFoundError: where it names a plugin that is not installed.
    """
    name, registered = config.get("id") or config.get("class_name"), config.get("registered_name")
    for custom in (registered, name):
        found = session.find(custom) if isinstance(custom, str) else None
        if found is not None:
            return None, found
    named = kind_of_module(str(config.get("module"))) or config.get("kind")
    if isinstance(registered, str) and ">" in registered:
        name = registered
    if kind and named and named != kind and (kind, named) != ("activation", "layer"):
        return _twin(kind, named, name)
    wanted = named or (kind if config.get("module") is None else None)
    if wanted not in KINDS or not isinstance(name, str):
        raise SerializationError(
            f"Could not locate class {name!r} of module {config.get('module')!r}. Classes are "
            "found in kerax, among installed plugins, in custom_objects=, or where "
            "register_keras_serializable() decorates them in code that has already run."
        )
    return resolve(wanted, name)


def find_function(name: str, kind: str | None, written: str | None) -> Any:
    """Return the function that a config names by its id.

    Args:
        name: the id, such as `"foo>focal"`.
        kind: the kind that the place expects; None where it allows any.
        written: the kind that the config gives, where it does.

    Raises:
        SerializationError: where neither kind is known, or the function is of another one.
        PluginNotFoundError: where no plugin has it.
    """
    if kind and written and kind != written:
        return _twin(kind, written, name)[1]
    wanted = kind or written
    if wanted not in KINDS:
        raise SerializationError(f"Could not locate function {name!r}: its config says no kind.")
    return resolve(wanted, name, construct=False)[1]


def _twin(kind: str, named: Any, name: Any) -> tuple[Component, Any]:
    """Find the component of a kind that has the target of one of another kind.

    What is written is a class or function, which says only one of the kinds that it serves as.
    """
    if named in KINDS and isinstance(name, str) and ">" in name:
        written, target = resolve(named, name, construct=False)
        for component in loading.load(written.entry).components if written else ():
            if component.spec.kind == kind and _is_target(component, target):
                return component, target
    raise SerializationError(f"got the {named} {name!r} where a {kind} is wanted.")


def find_own(kind: str, name: str) -> Any:
    """Return what exactly bears a name among kerax's own members of a kind, else None."""
    component = registry.own_plugin(kind).find(kind, name, construct=False)
    return _target(component) if component else None


def _from_config(kind: str, config: Mapping[str, Any]) -> Any:
    name, arguments = config.get("id") or config.get("class_name"), config.get("config")
    if not isinstance(name, str):
        _refuse(kind, config, None)
    if name == "function":
        return find_function(str(arguments), kind, config.get("kind"))
    if arguments is not None and not isinstance(arguments, Mapping):
        raise ArgumentError(
            f"{kind} {name!r}: config: got {arguments!r}; wanted a dict of arguments."
        )
    schema = config.get("schema_version")
    return _made(*locate(config, kind), kind, dict(arguments or {}), schema)


def _made(
    component: Component | None, target: Any, kind: str, config: dict | None, schema: Any = None
) -> Any:
    """Construct a class, call an optimizer's factory, and leave a function as it is."""
    contract = component.spec.contract if component else None
    if not inspect.isclass(target) and contract != "gradient_transformation":
        if config:
            raise ArgumentError(
                f"{kind} {target.__name__!r} is a function and takes no config; got {config!r}."
            )
        return target
    return construct(component, target, config, schema)


def construct(
    component: Component | None, target: Any, config: dict | None, schema: Any = None
) -> Any:
    """Make an object of a class or factory, from its defaults or a config.

    Args:
        component: what the class or factory is the target of; None where no plugin has it.
        target: the class or factory.
        config: its arguments; None for its defaults.
        schema: the schema version that the config was written with, where it says so.

    Raises:
        SerializationError: where the config is of a newer schema.
        PluginLoadError: where a third party's constructor fails. Errors of kerax's own, and of
            classes of this program, are those that Keras shows: they pass, with a note.
    """
    if component is not None:
        config = migration.migrated(component, config, schema)
    if config is not None and hasattr(target, "from_config"):
        make = partial(target.from_config, config)
    else:
        make = partial(target, **(config or {}))
    if component is None:
        return make()
    with attributing(component):
        if component.entry.own:
            return make()
        return loading.guarded(component.entry, "construct", make, component.id)


def _component(kind: str, name: str, construct: bool) -> Component:
    namespace, separator, local = name.partition(">")
    plugin = registry.third_party(namespace, name) if separator else registry.own_plugin(kind)
    component = plugin.find(kind, local if separator else name, construct)
    if component is None:
        if not separator:
            discovery.rescan()  # a plugin installed meanwhile may have the name
        others = [] if separator else list(registry.others())
        raise hints.unknown_name(kind, name, plugin, registry.own_plugins(), others)
    return component


def _target(component: Component) -> Any:
    target = loading.import_target(component)
    spec = component.spec
    is_factory = spec.contract == "gradient_transformation"
    if not (callable(target) if is_factory else conforms(spec.kind, target)):
        cause = f"{spec.target} is {target!r}; as {spec.kind} is wanted {WANTED[spec.kind]}"
        raise Failure(component.entry, "resolve", cause, component.id).error()
    if spec.deprecated:
        warnings.warn(f"{component.label}: {spec.deprecated}", FutureWarning, stacklevel=4)
    return target


def _is_target(component: Component, target: Any) -> bool:
    """Compare by name first, so that no module is imported only to be compared."""
    module, _, attribute = component.spec.target.partition(":")
    if attribute.rpartition(".")[2] != getattr(target, "__name__", None):
        return False
    if module == target.__module__ and attribute == target.__qualname__:
        return True
    try:
        return loading.import_target(component) is target
    except PluginLoadError:
        return False


def check_kind(kind: str) -> None:
    """Refuse what is none of the ten kinds.

    Raises:
        ArgumentError: for any other text.
    """
    if kind not in KINDS:
        raise ArgumentError(f"kind: got {kind!r}; wanted one of {', '.join(KINDS)}.")


def _refuse(kind: str, identifier: Any, where: str | None) -> NoReturn:
    place = f"{where}: " if where else ""
    raise ArgumentError(
        f"{place}{kind}: got {identifier!r} of type {type(identifier).__name__}; wanted "
        f"{WANTED[kind]}, a name, or a config with 'class_name' or 'id'."
    )
