"""Import one plugin, register it, read and check its specs; a failure costs that plugin only."""

import functools
import importlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import pluggy

from kerax.errors import PluginError
from kerax.naming import snake_case
from kerax.plugins import builtin, hookspecs
from kerax.plugins.provenance import OWN_DISTRIBUTION, Component, Entry, Failure
from kerax.plugins.requirements import installed_version, unmet
from kerax.plugins.spec import API, ComponentSpec

__all__ = [
    "BUILTIN",
    "Plugin",
    "builtin_entry",
    "failure_of",
    "guarded",
    "import_target",
    "load",
    "loaded",
    "spellings",
]

T = TypeVar("T")

BUILTIN = "builtin"

# Kinds whose classes Keras also finds under their names in snake case.
_SNAKE_KINDS = frozenset({"metric", "regularizer", "initializer", "constraint"})


@functools.cache
def builtin_entry() -> Entry:
    """Return the entry of the core's own members: the same specs and hooks as any plugin's."""
    return Entry(
        namespace=BUILTIN,
        value="kerax.plugins.builtin:plugin",
        distribution=OWN_DISTRIBUTION,
        version=installed_version(OWN_DISTRIBUTION) or "(not installed)",
        location=str(Path(__file__).parents[2]),
    )


def spellings(kind: str, name: str) -> tuple[str, ...]:
    """Return the spellings, beside itself, under which Keras finds a name of a kind.

    Optimizers are found in any case, which is told by the lower-case form; classes of some kinds
    in snake case; the others only as they are written.

    Example:
        >>> (
        ...     spellings("optimizer", "AdamW"),
        ...     spellings("metric", "MeanIoU"),
        ...     spellings("loss", "CTC"),
        ... )
        (('adamw',), ('mean_io_u',), ())
    """
    if kind == "optimizer":
        return (name.lower(),)
    if kind in _SNAKE_KINDS and snake_case(name) != name:
        return (snake_case(name),)
    return ()


class Plugin:
    """A loaded plugin: its hooks, and its components by kind and spelling.

    Args:
        entry: where it comes from.
        manager: a pluggy manager that holds this plugin alone.
        components: what it declares.
    """

    def __init__(
        self, entry: Entry, manager: pluggy.PluginManager, components: Iterable[Component]
    ):
        self.entry = entry
        self.manager = manager
        self.components = tuple(components)
        self._named: dict[tuple[str, str], Component] = {}
        self._spelled: dict[tuple[str, str], Component] = {}
        for component in self.components:
            self._add_names(component.spec, component)
        for component in self.components:
            for spelling in spellings(component.spec.kind, component.spec.name):
                other = self._spelled.setdefault((component.spec.kind, spelling), component)
                if other is not component:
                    raise PluginError(
                        f"two specs of kind {component.spec.kind!r} are both found as "
                        f"{spelling!r}: {other.spec.name} and {component.spec.name}"
                    )

    def _add_names(self, spec: ComponentSpec, component: Component) -> None:
        redundant = spellings(spec.kind, spec.name)
        for name in (spec.name, *(alias for alias in spec.aliases if alias not in redundant)):
            other = self._named.setdefault((spec.kind, name), component)
            if other is not component:
                raise PluginError(
                    f"two specs of kind {spec.kind!r} have the name {name!r}: "
                    f"{other.spec.target} and {spec.target}"
                )

    def find(self, kind: str, name: str, construct: bool = True) -> Component | None:
        """Return the component of a name, None where there is none.

        Args:
            kind: the kind.
            name: a name, alias or spelling.
            construct: whether an object is wanted rather than what bears the name exactly: as in
                Keras, `"mean_squared_error"` then means the metric class and not the function.
        """
        spelled = name.lower() if kind == "optimizer" else name
        exact = self._named.get((kind, name))
        close = self._spelled.get((kind, spelled))
        if construct and kind == "metric":
            return close or exact
        return exact or close

    def names(self, kind: str) -> list[str]:
        """Return all names and aliases of a kind."""
        return [name for known, name in self._named if known == kind]


_plugins: dict[Entry, Plugin | Failure] = {}
_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
_locks_guard = threading.Lock()


def load(entry: Entry) -> Plugin:
    """Return the plugin of an entry, loading it on the first call.

    Raises:
        PluginLoadError: from the original error, whenever the plugin is asked for.
    """
    outcome = _plugins.get(entry)
    if outcome is None:
        # Outside of the lock: Python imports a module once and knows of modules that import each
        # other, so that two namespaces which do so in two threads cannot wait for one another.
        plugin, failure = _import(entry)
        with _locks_guard:
            lock = _locks[entry.namespace]
        with lock:
            outcome = _plugins.get(entry)
            if outcome is None:
                outcome = _plugins[entry] = failure or _read(entry, plugin)
    if isinstance(outcome, Failure):
        raise outcome.error()
    return outcome


def loaded() -> Iterator[Plugin]:
    """Iterate over the plugins that have been loaded so far."""
    return (plugin for plugin in list(_plugins.values()) if isinstance(plugin, Plugin))


def failure_of(entry: Entry) -> Failure | None:
    """Return how an entry failed to load, None where it did not or was not tried."""
    outcome = _plugins.get(entry)
    return outcome if isinstance(outcome, Failure) else None


def import_target(component: Component) -> Any:
    """Return the class or function that a component's target names.

    Raises:
        PluginLoadError: where a requirement is unmet, or the import or its name fails.
    """
    spec = component.spec
    problem = next(filter(None, map(unmet, spec.needs)), None)
    if problem:
        why = f"{component.id} needs {', '.join(spec.needs)}: {problem}"
        raise Failure(component.entry, "resolve", why, component.id).error()
    return guarded(component.entry, "resolve", lambda: attribute(spec.target), component.id)


def guarded(entry: Entry, phase: str, action: Callable[[], T], component: str | None = None) -> T:
    """Run one phase of a plugin; what it raises becomes a PluginLoadError of that phase."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        raise Failure(entry, phase, error, component).error() from error


def _import(entry: Entry) -> tuple[Any, Failure | None]:
    try:
        return (builtin.plugin if entry.namespace == BUILTIN else attribute(entry.value)), None
    except (Exception, SystemExit) as error:
        return None, Failure(entry, "import", error)


def _read(entry: Entry, plugin: Any) -> Plugin | Failure:
    phase = "register"
    try:
        manager = _register(entry, plugin)
        phase = "validate"
        return Plugin(entry, manager, _components(entry, manager))
    except (Exception, SystemExit) as error:
        return Failure(entry, phase, error)


def attribute(target: str) -> Any:
    """Import what `"package.module:name"` stands for; targets come from tables and specs only."""
    point = metadata.EntryPoint(name="", value=target, group="")
    value = importlib.import_module(point.module)
    for name in filter(None, (point.attr or "").split(".")):
        value = getattr(value, name)
    return value


def _register(entry: Entry, plugin: Any) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name=entry.namespace)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise PluginError(
            f"{entry.value!r} implements no hook of kerax; wanted a method kerax_components "
            "marked with @kerax.plugins.hookimpl"
        )
    return manager


def _components(entry: Entry, manager: pluggy.PluginManager) -> list[Component]:
    specs = [spec for group in manager.hook.kerax_components() for spec in group]
    for spec in specs:
        if not isinstance(spec, ComponentSpec):
            raise PluginError(f"kerax_components: got {spec!r}; wanted ComponentSpec objects")
        if spec.api > API:
            raise PluginError(
                f"{spec.name!r} is written for version {spec.api} of the plugin contract; this "
                f"kerax knows {API}: pip install --upgrade kerax"
            )
        too_old = spec.min_kerax and unmet(f"{OWN_DISTRIBUTION}>={spec.min_kerax}")
        if too_old:
            raise PluginError(
                f"{spec.name!r} needs kerax>={spec.min_kerax}: {too_old}; "
                "pip install --upgrade kerax"
            )
    return [Component(spec, entry) for spec in specs]
