"""`kerax plugins list`: what is installed, read from metadata."""

from collections.abc import Sequence
from typing import Any

from kerax.cli.output import count, format_columns, plugins_on_stderr, print_json
from kerax.cli.parsing import add_json, make_parser
from kerax.plugins import describe

__all__ = ["run"]

COLUMNS = ("namespace", "distribution", "version", "status")


def run(argv: Sequence[str]) -> int:
    """List the installed plugins; a broken one is a row like any other.

    The table is read from metadata, so nothing of a plugin is imported. `--json` lists components
    as well and reads the spec tables for it, which import neither JAX nor a component.

    Args:
        argv: the words after `kerax plugins list`.

    Returns:
        0.
    """
    parser = make_parser(
        "kerax plugins list",
        "List the installed plugins, from metadata: none is imported. --json adds their "
        "components, from their spec tables.",
        "kerax plugins list --json",
    )
    add_json(parser)
    if parser.parse_args(argv).json:
        with plugins_on_stderr():
            described = describe()
        print_json(described)
    else:
        _print_table(describe(specs=False)["plugins"])
    return 0


def _print_table(plugins: list[dict[str, Any]]) -> None:
    rows = [[row[column] for column in COLUMNS] for row in plugins]
    print(*format_columns(rows, header=COLUMNS), sep="\n")
    troubled = [row for row in plugins if row["status"] in ("conflict", "rejected", "failed")]
    if troubled:
        print(f"\n{count(len(troubled), 'plugin')} unusable; kerax plugins doctor says why.")
