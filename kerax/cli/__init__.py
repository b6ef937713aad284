"""The command line: `kerax …` and `python -m kerax …`.

A command is a module of this package with a function `run(arguments) -> exit status`, named in
`COMMANDS`; it is imported when it is called, so `kerax --version` costs next to nothing. Exit
status: 0 good, 1 findings or failure, 2 wrong usage.
"""

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence

import kerax
from kerax.cli.parsing import make_parser
from kerax.errors import KeraxError

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "demo": "train a convnet on handwritten digits, from nothing to a saved model",
    "info": "show versions, devices and installed plugins",
    "inspect": "show what a saved model holds and needs, without loading it",
    "plugins": "list, explain, diagnose, check and start plugins",
    "x": "run a command that an installed plugin offers",
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
        ['demo', 'info', 'inspect', 'plugins', 'x']
    """
    parser = _make_parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 2
    if arguments.disable_plugin:
        _disable(arguments.disable_plugin)
    command = importlib.import_module(f"kerax.cli.{arguments.command}")
    try:
        status = command.run(arguments.arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print(f"kerax {arguments.command}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; flushing the rest at exit must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeraxError as error:
        lines = [str(error), *getattr(error, "__notes__", ())]
        print(f"kerax {arguments.command}: " + "\n  ".join(lines), file=sys.stderr)
        return 1


def _make_parser() -> argparse.ArgumentParser:
    parser = make_parser(
        "kerax", "The Keras 3 API over JAX.", "kerax demo --epochs 5", commands=COMMANDS
    )
    parser.add_argument("--version", action="version", version=f"kerax {kerax.__version__}")
    parser.add_argument(
        "--disable-plugin",
        action="append",
        type=_plugin,
        metavar="NS",
        help="leave out a plugin for this call, by namespace or distribution; may be repeated",
    )
    return parser


def _plugin(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted a namespace such as foo")
    return text


def _disable(names: list[str]) -> None:
    """Add names to KERAX_PLUGINS; set but empty it leaves kerax's own plugins alone already."""
    before = os.environ.get("KERAX_PLUGINS")
    if before is None or before.strip(" ,"):
        words = [before] if before else []
        os.environ["KERAX_PLUGINS"] = ",".join([*words, *(f"-{name}" for name in names)])
