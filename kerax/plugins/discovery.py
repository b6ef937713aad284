"""Find the installed plugins from metadata alone; nothing of theirs is imported."""

import contextlib
import functools
import importlib
import io
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import metadata

from kerax.errors import PluginConflictError, PluginError, PluginNotFoundError
from kerax.plugins import switches as switching
from kerax.plugins.index import known_plugins
from kerax.plugins.provenance import OWN_DISTRIBUTION, Entry, Failure, report
from kerax.plugins.requirements import normalized, required_name, unmet
from kerax.plugins.spec import KINDS, is_namespace
from kerax.plugins.switches import Rule, Switches

__all__ = ["GROUP", "RESERVED", "Catalogue", "catalogue", "choose", "rescan", "using"]

GROUP = "kerax.plugins"

_FAMILIES = frozenset(
    {
        "losses",
        "metrics",
        "optimizers",
        "regularizers",
        "initializers",
        "constraints",
        "activations",
        "schedules",
        "layers",
        "callbacks",
    }
)
RESERVED = _FAMILIES | {"kerax", "keras", "jax", "optax", "builtin", "local", "custom", "session"}


@dataclass(frozen=True)
class Catalogue:
    """What is installed: the claims on each namespace, and the entries that were refused."""

    claims: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    rejected: tuple[Failure, ...] = ()

    @functools.cached_property
    def packages(self) -> frozenset[str]:
        """The top-level packages that the entry points name."""
        return frozenset(entry.package for entry in self.entries())

    def entries(self) -> Iterator[Entry]:
        """Iterate over all claims, in the order of their namespaces."""
        for namespace in sorted(self.claims):
            yield from self.claims[namespace]


_lock = threading.RLock()
_catalogue: Catalogue | None = None


def catalogue() -> Catalogue:
    """Return what is installed, read on the first call."""
    return _catalogue or rescan()


def knows(package: str) -> bool:
    """Tell whether a plugin is known, without reading anything, to lie in a top-level package."""
    return _catalogue is not None and package in _catalogue.packages


def rescan() -> Catalogue:
    """Read the installed distributions and the switches anew, and check them."""
    global _catalogue
    with _lock:
        importlib.invalidate_caches()
        found = _scan()
        # What another installation resolved is looked for anew, so that no conflict stays hidden.
        settings = switching.refresh(forget=_catalogue not in (None, found))
        _check(found, settings)
        _catalogue = found
        return found


def choose(found: Catalogue, namespace: str, settings: Switches) -> Entry | None:
    """Return the one entry that serves a namespace under the switches, None where none does.

    Raises:
        PluginConflictError: where two distributions claim it and no switch settles it.
    """
    claims = [entry for entry in found.claims.get(namespace, ()) if not settings.forbidding(entry)]
    preferred = settings.prefer.get(namespace)
    if len(claims) > 1 and preferred:
        claims = [e for e in claims if normalized(e.distribution) == preferred] or claims
    if len(claims) > 1:
        raise PluginConflictError(
            _conflict(namespace, claims),
            namespace=namespace,
            claims=tuple((entry.distribution, entry.version) for entry in claims),
        )
    return claims[0] if claims else None


@contextlib.contextmanager
def using(plugins: Iterable[str]) -> Iterator[None]:
    """Use only some of the installed plugins inside the block.

    It narrows what `KERAX_PLUGINS` and pyproject.toml allow; kerax's own plugins stay on.

    Args:
        plugins: namespaces or distribution names; one with a minus is left out instead. An empty
            list leaves kerax's own alone.

    Raises:
        PluginError: for a bare string.

    Example:
        >>> with using([]):
        ...     settings = switching.active()
        >>> settings.rules[-1].only
        frozenset()
    """
    if isinstance(plugins, str):
        raise PluginError(f"using: got the string {plugins!r}; wanted a list, [{plugins!r}].")
    with narrowing("kerax.plugins.using", plugins):
        yield


@contextlib.contextmanager
def narrowing(origin: str, plugins: Iterable[str]) -> Iterator[None]:
    """Do what `using` does, in the name of another place.

    Args:
        origin: the place to name in messages.
        plugins: namespaces or distribution names.
    """
    rule = Rule.parse(origin, plugins)
    for problem in _idle_words(rule, _known(catalogue())) if rule.words() else ():
        _complain(PluginError(problem), switching.active())
    with switching.narrowed_by(rule):
        yield


def _conflict(namespace: str, claims: list[Entry]) -> str:
    sources = " and ".join(entry.source for entry in claims)
    first = claims[0].distribution
    if len({entry.distribution for entry in claims}) == 1:
        values = " and ".join(entry.value for entry in claims)
        return (
            f"Namespace {namespace!r} is claimed twice by {claims[0].source}, as {values}, so "
            f"neither is used. Its author must drop one; until then, uninstall {first}."
        )
    return (
        f"Namespace {namespace!r} is claimed by {sources}, so neither is used. Uninstall one, or "
        f'choose in pyproject.toml: [tool.kerax.plugins] prefer = {{{namespace} = "{first}"}}.'
    )


def _scan() -> Catalogue:
    claims: dict[str, list[Entry]] = {}
    rejected = []
    for entry in _entries():
        reason = _reason_against(entry)
        if reason:
            rejected.append(Failure(entry, "discover", reason))
        else:
            claims.setdefault(entry.namespace, []).append(entry)
    # Sorted, because folders are listed in any order and messages must not depend on it.
    return Catalogue(
        {key: tuple(sorted(value, key=_order)) for key, value in claims.items()},
        tuple(sorted(rejected, key=lambda failure: _order(failure.entry))),
    )


def _order(entry: Entry) -> tuple[str, str, str]:
    return entry.namespace, entry.distribution, entry.value


def _entries() -> Iterator[Entry]:
    """Read the group of each distribution on its own, so that a broken one hides no other."""
    seen = set()
    for distribution in metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt")
            if not text or GROUP not in text:
                continue
            name = normalized(_headers(distribution)["name"])
            if name in seen:
                continue
            seen.add(name)
            # The first of that name on the path is the one that imports would find.
            yield from _entries_of(metadata.distribution(name), name)
        except Exception as error:
            report(f"metadata of {_path(distribution)} cannot be read: {error!r}")


def _entries_of(distribution: metadata.Distribution, name: str) -> list[Entry]:
    location, version = _place(distribution), _headers(distribution)["version"]
    return [
        Entry(point.name, point.value, name, version, location)
        for point in distribution.entry_points
        if point.group == GROUP
    ]


def _headers(distribution: metadata.Distribution) -> dict[str, str]:
    """Read name and version; parsing whole metadata as an e-mail would cost ten times as much."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    found: dict[str, str] = {}
    for line in io.StringIO(text):
        key, colon, value = line.partition(":")
        if not line.strip():
            break
        if colon and key.lower() in ("name", "version"):
            found.setdefault(key.lower(), value.strip())
    if not (found.get("name") and found.get("version")):
        raise PluginError("it has no Name or no Version")
    return found


def _path(distribution: metadata.Distribution) -> str:
    """Name the folder of the metadata where it tells, else the one that it lies in."""
    return str(getattr(distribution, "_path", None) or _place(distribution))


def _place(distribution: metadata.Distribution) -> str:
    return str(distribution.locate_file(""))


def _reason_against(entry: Entry) -> str | None:
    if not is_namespace(entry.namespace):
        return (
            f"its namespace {entry.namespace!a} is malformed; wanted 2 to 31 of a-z, 0-9 and '_', "
            "beginning with a letter"
        )
    if entry.namespace in RESERVED | set(KINDS) and entry.distribution != OWN_DISTRIBUTION:
        return f"its namespace {entry.namespace!r} is reserved for kerax's own plugins"
    return None


def _check(found: Catalogue, settings: Switches) -> None:
    """Report what is wrong with the installation, or raise it under KERAX_PLUGINS_STRICT."""
    for failure in found.rejected:
        _complain(failure.error(), settings)
    for namespace in sorted(found.claims):
        try:
            choose(found, namespace, settings)
        except PluginConflictError as error:
            _complain(error, settings)
    for problem in _idle_switches(found, settings):
        _complain(PluginError(problem), settings)
    for requirement in settings.require:
        _check_required(requirement, found, settings)


def _check_required(requirement: str, found: Catalogue, settings: Switches) -> None:
    """Compare a required plugin, named by distribution or namespace, with what is installed."""
    name = normalized(required_name(requirement))
    versions = {normalized(e.namespace): e.version for e in found.entries()}
    versions |= {e.distribution: e.version for e in found.entries()}
    problem = unmet(requirement, versions.get(name))
    if problem is None and name in versions:
        return
    known = known_plugins().get(name.replace("-", "_"))
    wanted = requirement.replace(required_name(requirement), known.distribution) if known else ""
    install = f"pip install '{wanted or requirement}'"
    raise PluginNotFoundError(
        f"{settings.origin} requires the plugin {requirement!r}, but "
        f"{problem or f'{name} is no plugin'}. Install it: {install}.",
        install=install,
        missing=(requirement,),
    )


def _complain(error: PluginError, settings: Switches) -> None:
    if settings.strict:
        raise error
    report(str(error))


def _idle_switches(found: Catalogue, settings: Switches) -> list[str]:
    known = _known(found)
    problems = [problem for rule in settings.rules for problem in _idle_words(rule, known)]
    place = settings.origin
    for namespace, distribution in settings.prefer.items():
        if distribution not in {e.distribution for e in found.claims.get(namespace, ())}:
            problems.append(f"{place}: prefer: {distribution!r} provides no {namespace!r} here.")
    return problems + [
        f"{place}: observers: {name!r} names no installed plugin."
        for name in settings.observers
        if normalized(name) not in known
    ]


def _idle_words(rule: Rule, known: set[str]) -> list[str]:
    return [
        f"{rule.origin}: {word!r} names no installed plugin."
        for word in sorted(rule.words() - known)
    ]


def _known(found: Catalogue) -> set[str]:
    entries = [*found.entries(), *(failure.entry for failure in found.rejected)]
    return {normalized(name) for e in entries for name in (e.namespace, e.distribution)}
