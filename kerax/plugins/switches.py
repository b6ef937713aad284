"""Which plugins may be used: what the environment, pyproject.toml and the program say.

The pyproject.toml is that of the project which the working directory lies in: the first one found
there or in a folder above, up to the folder that holds `.git`.
"""

import contextlib
import contextvars
import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kerax.errors import PluginError
from kerax.plugins.provenance import Entry
from kerax.plugins.requirements import is_requirement, normalized

__all__ = ["Rule", "Switches", "active", "narrowed_by", "refresh"]

_LISTS = ("allow", "disable", "observers", "require")


@dataclass(frozen=True)
class Rule:
    """One list of names with its origin: only those named, or all but those with a minus."""

    origin: str
    only: frozenset[str] | None
    without: frozenset[str]

    @classmethod
    def parse(cls, origin: str, words: Iterable[str]) -> "Rule":
        """Read `["a", "-b"]`: only a, and not b; minuses alone leave all others on."""
        words = [word.strip() for word in words if word.strip()]
        without = frozenset(normalized(word[1:]) for word in words if word.startswith("-"))
        only = frozenset(normalized(word) for word in words if not word.startswith("-"))
        return cls(origin, None if without and not only else only, without)

    def permits(self, entry: Entry) -> bool:
        """Tell whether the rule lets an entry be used, by namespace or distribution."""
        names = _names(entry)
        return (self.only is None or bool(self.only & names)) and not self.without & names

    def words(self) -> frozenset[str]:
        """Return every name that the rule mentions."""
        return (self.only or frozenset()) | self.without


@dataclass(frozen=True)
class Switches:
    """All settings that are in force, and what has been resolved under them."""

    rules: tuple[Rule, ...] = ()
    origin: str = "pyproject.toml"
    prefer: dict[str, str] = field(default_factory=dict)
    observers: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    strict: bool = False
    resolved: dict[tuple[str, str, bool], Any] = field(
        default_factory=dict, repr=False, compare=False
    )

    def forbidding(self, entry: Entry) -> Rule | None:
        """Return the rule that forbids an entry; kerax's own plugins are always on."""
        if entry.own:
            return None
        return next((rule for rule in self.rules if not rule.permits(entry)), None)

    def narrowed(self, rule: Rule) -> "Switches":
        """Return these settings with one more rule."""
        return replace(self, rules=(*self.rules, rule), resolved={})

    def observes(self, entry: Entry) -> bool:
        """Tell whether the user listed a plugin as an observer, by namespace or distribution."""
        return bool({normalized(name) for name in self.observers} & _names(entry))


_scoped: contextvars.ContextVar[Switches | None] = contextvars.ContextVar("using", default=None)
_process: Switches | None = None


def active() -> Switches:
    """Return the settings in force here, read once a process."""
    return _scoped.get() or _process or refresh()


def refresh(forget: bool = False) -> Switches:
    """Read the environment and pyproject.toml anew.

    Args:
        forget: whether to forget what has been resolved though no setting has changed.
    """
    global _process
    settings = _read()
    if forget or settings != _process or _process is None:
        _process = settings
    return _process


@contextlib.contextmanager
def narrowed_by(rule: Rule) -> Iterator[None]:
    """Put one more rule in force inside the block."""
    token = _scoped.set(active().narrowed(rule))
    try:
        yield
    finally:
        _scoped.reset(token)


def _names(entry: Entry) -> frozenset[str]:
    return frozenset({normalized(entry.namespace), normalized(entry.distribution)})


def _read() -> Switches:
    rules = []
    variable = os.environ.get("KERAX_PLUGINS")
    if variable is not None:
        rules.append(Rule.parse(f"KERAX_PLUGINS={variable}", variable.split(",")))
    path = _project_file()
    table = _read_table(path) if path else {}
    origin = f"[tool.kerax.plugins] of {path}"
    if "allow" in table:
        rules.append(Rule.parse(origin, table["allow"]))
    if table.get("disable"):
        rules.append(Rule.parse(origin, [f"-{name}" for name in table["disable"]]))
    return Switches(
        origin=origin,
        rules=tuple(rules),
        prefer={key: normalized(value) for key, value in table.get("prefer", {}).items()},
        observers=tuple(table.get("observers", ())),
        require=tuple(table.get("require", ())),
        strict=os.environ.get("KERAX_PLUGINS_STRICT", "") not in ("", "0"),
    )


def _project_file() -> Path | None:
    """The project's pyproject.toml: relative where it is in the working directory itself."""
    try:
        folder = Path.cwd()
    except OSError:  # the working directory is gone
        return None
    for each in (folder, *folder.parents):
        path = each / "pyproject.toml"
        if path.is_file():
            return path if each != folder else Path("pyproject.toml")
        if (each / ".git").exists():
            return None
    return None


def _read_table(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    if "tool.kerax" not in text:
        return {}
    try:
        table = tomllib.loads(text).get("tool", {}).get("kerax", {}).get("plugins", {})
    except tomllib.TOMLDecodeError as error:
        raise PluginError(f"{path}: [tool.kerax.plugins] cannot be read: {error}") from error
    _check_table(table, f"{path}: [tool.kerax.plugins]")
    return table


def _check_table(table: Any, place: str) -> None:
    if not isinstance(table, dict):
        raise PluginError(f"{place}: got {table!r}; wanted a table.")
    unknown = set(table) - {*_LISTS, "prefer"}
    if unknown:
        wanted = ", ".join((*_LISTS, "prefer"))
        raise PluginError(f"{place}: got {', '.join(sorted(unknown))}; wanted {wanted}.")
    for key in _LISTS:
        if not _is_texts(table.get(key, [])):
            raise PluginError(f"{place}: {key}: got {table[key]!r}; wanted a list of strings.")
    prefer = table.get("prefer", {})
    if not isinstance(prefer, dict) or not _is_texts(list(prefer.values())):
        raise PluginError(f'{place}: prefer: got {prefer!r}; wanted {{foo = "kerax-foo"}}.')
    for requirement in table.get("require", []):
        if not is_requirement(requirement):
            raise PluginError(f"{place}: require: got {requirement!r}; wanted 'kerax-foo>=1.2'.")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
