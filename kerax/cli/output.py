"""How commands print: aligned columns of plain text, or sorted JSON."""

import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["count", "format_columns", "plugins_on_stderr", "print_json"]


def format_columns(
    rows: Sequence[Sequence[str]], header: Sequence[str] = (), indent: str = ""
) -> list[str]:
    """Align rows of texts in columns, two blanks apart.

    Args:
        rows: texts, equally many a row.
        header: titles of the columns, printed in capitals; none for none.
        indent: what each line begins with.

    Returns:
        The lines.

    Example:
        >>> format_columns([("foo", "1.2"), ("vision", "0.3")], header=("name", "version"))
        ['NAME    VERSION', 'foo     1.2', 'vision  0.3']
    """
    lines = [tuple(title.upper() for title in header)] if header else []
    lines += [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = [[f"{text:{n}}" for text, n in zip(line, widths, strict=True)] for line in lines]
    return [indent + "  ".join(texts).rstrip() for texts in padded]


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 finding` or `3 losses`.

    Example:
        >>> count(1, "loss"), count(2, "loss"), count(0, "finding")
        ('1 loss', '2 losses', '0 findings')
    """
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def plugins_on_stderr() -> contextlib.AbstractContextManager[object]:
    """Send to stderr what plugins print inside the block, so that it cannot spoil the output."""
    return contextlib.redirect_stdout(sys.stderr)


def print_json(data: dict[str, Any]) -> None:
    """Print a versioned object as JSON with sorted keys."""
    print(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False))
