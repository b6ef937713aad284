"""What a plugin adds to the command line: sub-commands under `kerax x NS`, and its findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kerax.errors import PluginError
from kerax.plugins import loading, registry
from kerax.plugins.loading import Plugin

__all__ = ["Command", "Commands", "findings", "plugin_commands"]

Run = Callable[[list[str]], int | None]


@dataclass(frozen=True)
class Command:
    """One sub-command: its name, what it runs, and a line for `--help`."""

    name: str
    run: Run
    summary: str = ""


class Commands:
    """The sub-commands of one plugin, which its `kerax_cli` hook fills.

    Example:
        >>> commands = Commands()
        >>> commands.add("boxes", lambda arguments: print(*arguments), "print boxes")
        >>> commands["boxes"].run(["a.json"])
        a.json
    """

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def add(self, name: str, run: Run, summary: str = "") -> None:
        """Add a sub-command.

        Args:
            name: one word, of letters, digits, `-` and `_`.
            run: `run(arguments: list[str]) -> int | None`, given the words that follow the name;
                it returns the exit status, None for 0.
            summary: what it does, in one line.

        Raises:
            PluginError: for a name of another form or taken already, or what cannot be called.
        """
        if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
            raise PluginError(f"commands.add: name: got {name!r}; wanted one word, like 'boxes'.")
        if name in self._commands:
            raise PluginError(f"commands.add: name: got {name!r} twice; wanted another name.")
        if not callable(run):
            raise PluginError(
                f"commands.add: {name}: run: got {run!r}; wanted a function run(arguments)."
            )
        self._commands[name] = Command(name, run, summary)

    def __getitem__(self, name: str) -> Command:
        return self._commands[name]

    def __contains__(self, name: object) -> bool:
        return name in self._commands

    def __iter__(self) -> Iterator[Command]:
        """Iterate over the commands in the order of their names."""
        return iter(sorted(self._commands.values(), key=lambda command: command.name))

    def __len__(self) -> int:
        return len(self._commands)


def plugin_commands(namespace: str) -> Commands:
    """Return the sub-commands of one plugin; no other plugin is imported.

    Args:
        namespace: its namespace.

    Returns:
        The commands, empty where it has none.

    Raises:
        PluginNotFoundError: where no enabled plugin has the namespace.
        PluginLoadError: where the plugin, or its hook, fails.

    Example:
        >>> len(plugin_commands("builtin"))
        0
    """
    plugin, commands = _plugin(namespace), Commands()
    loading.guarded(plugin.entry, "cli", lambda: plugin.manager.hook.kerax_cli(commands=commands))
    return commands


def findings(namespace: str) -> list[str]:
    """Return what a plugin's own `kerax_doctor` hook finds wrong with its installation.

    Args:
        namespace: its namespace.

    Returns:
        Lines, empty where all is well or the plugin has no such hook.

    Raises:
        PluginNotFoundError: where no enabled plugin has the namespace.
        PluginLoadError: where the plugin, or its hook, fails.

    Example:
        >>> findings("builtin")
        []
    """
    plugin = _plugin(namespace)
    return loading.guarded(plugin.entry, "doctor", lambda: _lines(plugin))


def _plugin(namespace: str) -> Plugin:
    return registry.third_party(namespace, namespace)


def _lines(plugin: Plugin) -> list[str]:
    lines: list[str] = []
    for found in plugin.manager.hook.kerax_doctor():
        if isinstance(found, str):
            raise PluginError(f"kerax_doctor: got {found!r}; wanted a list of lines")
        lines += (" ".join(str(line).split()) for line in found)
    return lines
