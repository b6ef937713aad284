"""`kerax x NS COMMAND …`: the commands that a plugin offers itself."""

import argparse
from collections.abc import Sequence

from kerax.cli.parsing import make_parser, show_commands
from kerax.plugins.commands import Commands, plugin_commands

__all__ = ["run"]


def run(argv: Sequence[str]) -> int:
    """Run a plugin's own command; only that plugin is imported.

    Args:
        argv: the words after `kerax x`: namespace, command, and the command's arguments.

    Returns:
        What the command returns, None counting as 0; 0 where only its commands are listed.

    Raises:
        PluginError: where the plugin is not installed or fails to load.
    """
    parser = make_parser(
        "kerax x",
        "Run a command that an installed plugin offers; without COMMAND, list them.",
        "kerax x foo tidy",
    )
    parser.add_argument("namespace", metavar="NS", help="the plugin's namespace")
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="one of its commands")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own arguments")
    arguments = parser.parse_args(argv)
    commands = plugin_commands(arguments.namespace)
    if arguments.command is None:
        print(*_list(arguments.namespace, commands), sep="\n")
        return 0
    if arguments.command not in commands:
        known = ", ".join(command.name for command in commands) or "none"
        parser.error(
            f"plugin {arguments.namespace!r} has no command {arguments.command!r}; it has: {known}"
        )
    try:
        return commands[arguments.command].run(arguments.arguments) or 0
    except Exception as error:
        error.add_note(f"in the command {arguments.command!r} of plugin {arguments.namespace!r}")
        raise


def _list(namespace: str, commands: Commands) -> list[str]:
    if not len(commands):
        return [f"Plugin {namespace!r} offers no commands."]
    return show_commands({command.name: command.summary for command in commands})
