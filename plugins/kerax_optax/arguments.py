"""What optax' functions take, checked against their signatures and told as JSON."""

import fnmatch
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import optax
import optax.contrib

from kerax.errors import ArgumentError
from kerax_optax.table import DEFAULTS

__all__ = ["bind", "find", "is_mask", "mask_of", "matching"]


def find(name: str) -> Callable[..., Any]:
    """Return the public function of the installed optax, or of its contrib, that bears a name.

    Raises:
        AttributeError: where this version of optax has none.

    Example:
        >>> find("muon") is optax.contrib.muon
        True
    """
    for module in (optax, optax.contrib):
        found = getattr(module, name, None)
        if callable(found):
            return found
    raise AttributeError(
        f"the installed optax {optax.__version__} has no {name!r}; wanted one that has. "
        "Install it: pip install --upgrade optax."
    )


def bind(
    name: str,
    signature: inspect.Signature,
    positional: Sequence[Any],
    named: Mapping[str, Any],
    further: Iterable[str] = (),
) -> dict[str, Any]:
    """Match arguments with a signature and add the defaults that JSON has.

    Args:
        name: the component's name in optax, for errors and for the bridge's own defaults.
        signature: what to match with.
        positional: the arguments without a name.
        named: those with one.
        further: names that are taken elsewhere, for the error.

    Returns:
        All arguments by name; lists become tuples, which optax wants.

    Raises:
        ArgumentError: for unknown, repeated or missing arguments.

    Example:
        >>> bind("clip", inspect.signature(optax.clip), [1.0], {})
        {'max_delta': 1.0}
    """
    known, defaults = signature.parameters, DEFAULTS.get(name, {})
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ArgumentError(
            f"optax>{name}: got unknown arguments {unknown}; wanted some of "
            f"{[*known, *sorted(further)]}."
        )
    try:
        bound = dict(signature.bind_partial(*positional, **named).arguments)
    except TypeError as error:
        raise ArgumentError(f"optax>{name}: {error}; wanted {[*known]}.") from error
    given = {**defaults, **bound}
    missing = [
        key for key, p in known.items() if p.default is inspect.Parameter.empty and key not in given
    ]
    if missing:
        raise ArgumentError(f"optax>{name}: got no {', '.join(missing)}; wanted a value for each.")
    plain = {key: p.default for key, p in known.items() if _is_json(p.default)}
    return {key: _tuples(value) for key, value in {**plain, **given}.items()}


def _is_json(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(map(_is_json, value))
    return value is None or type(value) in (bool, int, float, str)


def _tuples(value: Any) -> Any:
    # A transformation is a tuple too, of a kind of its own.
    return tuple(map(_tuples, value)) if type(value) in (list, tuple) else value


def is_mask(name: str) -> bool:
    """Tell whether optax takes a mask of the parameters under this name."""
    return name == "mask" or name.endswith("_mask")


def mask_of(value: Any, paths: Sequence[str], place: str) -> Any:
    """Turn patterns of paths into the list of booleans that optax takes as a mask.

    Args:
        value: a pattern or several; None, True, False and functions stay.
        paths: the variables' paths.
        place: the argument, for errors.

    Example:
        >>> mask_of("*/kernel", ["out/kernel", "out/bias"], "mask")
        [True, False]
    """
    if value is None or isinstance(value, bool) or callable(value):
        return value
    patterns = [value] if isinstance(value, str) else list(value)
    chosen = [matching(pattern, paths, place) for pattern in patterns]
    return [any(column) for column in zip(*chosen, strict=True)]


def matching(pattern: Any, paths: Sequence[str], place: str) -> list[bool]:
    """Tell which paths match a pattern of the shell's kind, where `*` takes slashes too.

    Raises:
        ArgumentError: where none does.

    Example:
        >>> matching("*/bias", ["a/bias", "a/b/bias", "bias"], "mask")
        [True, True, False]
    """
    if not isinstance(pattern, str):
        raise ArgumentError(f"{place}: got the pattern {pattern!r}; wanted a string as '*/bias'.")
    found = [fnmatch.fnmatchcase(path, pattern) for path in paths]
    if not any(found):
        raise ArgumentError(
            f"{place}: the pattern {pattern!r} matches no variable; wanted one that matches some "
            f"of {list(paths)}."
        )
    return found
