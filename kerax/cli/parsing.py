"""The parsers of commands: each with a sentence, an example, and a table of sub-commands."""

import argparse
from collections.abc import Mapping

__all__ = ["add_json", "make_parser", "show_commands"]


def make_parser(
    prog: str, description: str, example: str, commands: Mapping[str, str] | None = None
) -> argparse.ArgumentParser:
    """Make the parser of a command.

    Args:
        prog: the command's words, such as `"kerax plugins show"`.
        description: one sentence.
        example: a command line to try.
        commands: name to summary of its sub-commands; None for a command without.

    Returns:
        The parser. With sub-commands it takes one as `command`, the words after it as `arguments`.

    Example:
        >>> make_parser("kerax tidy", "Tidy up.", "kerax tidy all").description
        'Tidy up.'
    """
    epilog = ["example:", f"  {example}"]
    if commands is not None:
        epilog = [*show_commands(commands), "", *epilog, "", f"{prog} COMMAND --help tells more."]
    parser = argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog="\n".join(epilog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if commands is not None:
        parser.add_argument("command", nargs="?", choices=list(commands), metavar="COMMAND")
        parser.add_argument(
            "arguments", nargs=argparse.REMAINDER, help="the command's own arguments"
        )
    return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option `--json`."""
    parser.add_argument("--json", action="store_true", help="print sorted, versioned JSON")


def show_commands(commands: Mapping[str, str]) -> list[str]:
    """Return the lines that list commands with their summaries.

    Example:
        >>> show_commands({"list": "list them"})
        ['commands:', '  list      list them']
    """
    width = max(8, *map(len, commands)) if commands else 8
    return ["commands:", *(f"  {name:{width}}  {text}" for name, text in commands.items())]
