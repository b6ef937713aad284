"""`kerax plugins …`: find, understand, diagnose, check and start plugins."""

import importlib
from collections.abc import Sequence

from kerax.cli.parsing import make_parser

__all__ = ["COMMANDS", "run"]

COMMANDS = {
    "list": "list the installed plugins",
    "show": "show one plugin's components and what they promise",
    "why": "explain how a name is resolved, step by step",
    "doctor": "try each plugin in a process of its own and say what is wrong with it",
    "check": "run the conformance kit over a plugin's components",
    "new": "start a plugin: a package with examples, tests and a README",
}


def run(argv: Sequence[str]) -> int:
    """Run one of `COMMANDS`, each a module `kerax.cli.plugins_<command>`.

    Args:
        argv: the words after `kerax plugins`.

    Returns:
        The command's exit status; 2 where none is named.
    """
    parser = make_parser(
        "kerax plugins",
        "Find, understand, diagnose, check and start plugins.",
        "kerax plugins list",
        commands=COMMANDS,
    )
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 2
    command = importlib.import_module(f"kerax.cli.plugins_{arguments.command}")
    return command.run(arguments.arguments)
