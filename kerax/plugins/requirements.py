"""Requirements such as `scipy>=1.11,<2`, judged from the metadata of what is installed."""

import re
from importlib import metadata

__all__ = [
    "installed_version",
    "is_requirement",
    "is_version",
    "normalized",
    "required_name",
    "unmet",
]

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*((?:(?:[<>=!]=|[<>])[^,]+,?\s*)*)")
_CLAUSE = re.compile(r"([<>=!]=|[<>])\s*([^\s,]+)")
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)\s*((?:[-_.]?(?:a|b|rc|dev|alpha|beta))?)", re.IGNORECASE)


def normalized(distribution: str) -> str:
    """Return a distribution's name as installers compare it.

    Example:
        >>> normalized("Kerax_Foo")
        'kerax-foo'
    """
    return re.sub(r"[-_.]+", "-", distribution).lower()


def is_version(text: str) -> bool:
    """Tell whether a text begins like a version: numbers and points."""
    return isinstance(text, str) and bool(_VERSION.match(text))


def is_requirement(text: str) -> bool:
    """Tell whether a text is a name with comparisons and nothing else (no extras, no markers)."""
    match = _REQUIREMENT.fullmatch(text)
    return bool(match) and all(
        is_version(version) for _, version in _CLAUSE.findall(match.group(2) or "")
    )


def required_name(requirement: str) -> str:
    """Return the name that a requirement begins with.

    Example:
        >>> required_name("scipy>=1.11,<2")
        'scipy'
    """
    match = _REQUIREMENT.match(requirement)
    return match.group(1) if match else requirement


def installed_version(distribution: str) -> str | None:
    """Return the version of an installed distribution, None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def unmet(requirement: str, version: str | None = None) -> str | None:
    """Say what is wrong with a requirement, or None where it is met.

    Args:
        requirement: such as `"scipy>=1.11,<2"`.
        version: the version to judge; None means the installed one.

    Returns:
        `"scipy is not installed"`, `"scipy is 1.9"` or None.

    Example:
        >>> unmet("foo>=1.2,<2", "2.1")
        'foo is 2.1'
    """
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None:
        return f"{requirement!r} is not of the form 'scipy>=1.11,<2'"
    name, clauses = match.groups()
    version = version or installed_version(name)
    if version is None:
        return f"{name} is not installed"
    met = all(_holds(version, sign, wanted) for sign, wanted in _CLAUSE.findall(clauses or ""))
    return None if met else f"{name} is {version}"


def _holds(version: str, sign: str, wanted: str) -> bool:
    have, want = _key(version), _key(wanted)
    return {
        "==": have == want,
        "!=": have != want,
        ">=": have >= want,
        "<=": have <= want,
        ">": have > want,
        "<": have < want,
    }[sign]


def _key(version: str) -> tuple[tuple[int, ...], bool]:
    """Order versions by their numbers, a pre-release before its release."""
    match = _VERSION.match(version)
    if match is None:
        return (), False
    numbers = [int(part) for part in match.group(1).split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), not match.group(2)
