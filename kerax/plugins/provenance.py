"""Where a component comes from, and what is said of it when it fails."""

import sys
import threading
from dataclasses import dataclass

from kerax.errors import PluginLoadError
from kerax.plugins.spec import BASE, ComponentSpec

__all__ = ["OWN_DISTRIBUTION", "Component", "Entry", "Failure", "report"]

OWN_DISTRIBUTION = "kerax"

# The namespaces of kerax's own whose components have bare names, as in Keras.
_BARE = frozenset({"builtin", "losses", "metrics", "optimizers", "regularizers"})


@dataclass(frozen=True)
class Entry:
    """One entry point: a namespace, the object that serves it, and who installed it."""

    namespace: str
    value: str
    distribution: str
    version: str
    location: str

    @property
    def own(self) -> bool:
        """Whether it belongs to kerax's own distribution."""
        return self.distribution == OWN_DISTRIBUTION

    @property
    def bare(self) -> bool:
        """Whether its components have bare names: those of kerax's own that Keras has too."""
        return self.own and self.namespace in _BARE

    @property
    def source(self) -> str:
        """The distribution and its version, such as `kerax-foo 1.2`."""
        return f"{self.distribution} {self.version}"

    @property
    def package(self) -> str:
        """The top-level package that the entry point names."""
        return self.value.partition(":")[0].partition(".")[0].strip()


@dataclass(frozen=True)
class Component:
    """A spec together with the plugin that declares it."""

    spec: ComponentSpec
    entry: Entry

    @property
    def id(self) -> str:
        """The string that names it: bare for Keras' names, else `namespace>name`."""
        return self.spec.name if self.entry.bare else f"{self.entry.namespace}>{self.spec.name}"

    @property
    def listed(self) -> bool:
        """Whether lists of names hold it; classes to derive from are found by name alone."""
        return BASE not in self.spec.tags

    @property
    def label(self) -> str:
        """The id and its source, such as `foo>focal from kerax-foo 1.2`."""
        return f"{self.id} from {self.entry.source}"


@dataclass(frozen=True)
class Failure:
    """A plugin that cannot be used: in which phase it failed, and why."""

    entry: Entry
    phase: str
    cause: BaseException | str
    component: str | None = None

    def error(self) -> PluginLoadError:
        """Return the exception to raise, with the original as its cause."""
        error = PluginLoadError(
            self.message(),
            namespace=self.entry.namespace,
            distribution=self.entry.distribution,
            version=self.entry.version,
            phase=self.phase,
            component=self.component,
        )
        error.__cause__ = self.cause if isinstance(self.cause, BaseException) else None
        return error

    def message(self) -> str:
        """Say which plugin failed, in which phase and why, and how to go on."""
        cause = self.cause
        why = cause if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"
        return (
            f"Plugin {self.entry.namespace!r} ({self.entry.source}) failed in the phase "
            f"{self.phase}: {why.rstrip('.')}. {self._missing()}{self._remedy()}"
        )

    def _missing(self) -> str:
        cause = self.cause
        if not isinstance(cause, ModuleNotFoundError) or not cause.name:
            return ""
        package = cause.name.partition(".")[0]
        if package == self.entry.package:
            return ""
        return f"It needs {package!r}, which is not installed. "

    def _remedy(self) -> str:
        if self.entry.own:
            return "Reinstall kerax: pip install --force-reinstall kerax."
        return f"To go on without it, set KERAX_PLUGINS=-{self.entry.namespace}."


_reported: set[str] = set()
_report_lock = threading.Lock()


def report(line: str) -> None:
    """Write one line to stderr, the first time only."""
    line = " ".join(line.split())
    with _report_lock:
        if line in _reported:
            return
        _reported.add(line)
    print(f"kerax: {line}", file=sys.stderr)
