"""Reading JSON that was not written by oneself."""

import json
from typing import Any

from kerax.errors import SerializationError

__all__ = ["parse"]

_MAX_DIGITS = 400


def parse(text: str | bytes, place: str) -> Any:
    """Return what a JSON text holds.

    Args:
        text: the text.
        place: the file or argument, for messages.

    Raises:
        SerializationError: for malformed JSON, a key given twice, NaN, Infinity, integers of
            hundreds of digits, and nesting too deep to read.

    Example:
        >>> parse('{"a": 1}', "example")
        {'a': 1}
    """

    def refuse(what: str) -> Any:
        raise SerializationError(f"{place}: JSON with {what}; wanted finite numbers.")

    def integer(digits: str) -> int:
        return int(digits) if len(digits) <= _MAX_DIGITS else refuse("an endless integer")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise SerializationError(f"{place}: JSON with the key {twice[0]!r} twice in a dict.")
        return found

    try:
        return json.loads(text, parse_constant=refuse, parse_int=integer, object_pairs_hook=unique)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SerializationError(f"{place}: is no JSON: {error}.") from error
    except RecursionError:
        raise SerializationError(f"{place}: JSON nested too deep to read.") from None
