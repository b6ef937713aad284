"""The command line: `kerax …` and `python -m kerax …`.

A command is a module of this package with a function `run(arguments) -> exit status`, named in
`COMMANDS`; it is imported when it is called, so `kerax --version` costs next to nothing. Exit
status: 0 good, 1 findings or failure, 2 wrong usage.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

import kerax

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "demo": "train a convnet on handwritten digits, from nothing to a saved model",
    "info": "show versions, devices and installed plugins",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        argv: the words after `kerax`; None takes them from the process.

    Returns:
        The exit status: 0 good, 1 findings or failure. Wrong usage exits with 2.

    Raises:
        SystemExit: after `--help`, `--version` and on wrong usage, as argparse does.

    Example:
        >>> sorted(COMMANDS)
        ['demo', 'info']
    """
    parser = _make_parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 2
    command = importlib.import_module(f"kerax.cli.{arguments.command}")
    try:
        return command.run(arguments.arguments)
    except KeyboardInterrupt:
        print(f"kerax {arguments.command}: interrupted", file=sys.stderr)
        return 130


def _make_parser() -> argparse.ArgumentParser:
    lines = [f"  {name:10}{summary}" for name, summary in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="kerax",
        description="The Keras 3 API over JAX.",
        epilog="\n".join(["commands:", *lines, "", "kerax COMMAND --help tells more."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kerax {kerax.__version__}")
    parser.add_argument("command", nargs="?", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own arguments")
    return parser
