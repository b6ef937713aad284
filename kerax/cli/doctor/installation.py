"""What is wrong with the installation, told from metadata: nothing of a plugin is imported."""

import contextlib
import io
import os
import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Any

from kerax.cli.doctor.findings import Finding
from kerax.errors import PluginConflictError, PluginError
from kerax.plugins import describe, discovery, switches
from kerax.plugins.provenance import OWN_DISTRIBUTION
from kerax.plugins.requirements import is_requirement, unmet

__all__ = ["examine"]


def examine() -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return the rows of `describe`, without components, and what is wrong with the installation.

    Where the switches themselves cannot be read, or a required plugin is missing, there are no
    rows: nothing can be used until that is settled.
    """
    heard = io.StringIO()
    try:
        with contextlib.redirect_stderr(heard):
            rows = describe(specs=False)["plugins"]
    except PluginError as error:
        return [], [Finding("switch", str(error))]
    findings = [*_rejections(), *_conflicts()]
    said = {" ".join(finding.message.split()) for finding in findings}
    lines = (line.removeprefix("kerax: ") for line in heard.getvalue().splitlines())
    findings += [_reported(line) for line in lines if line not in said]
    names = sorted({row["distribution"] for row in rows} - {OWN_DISTRIBUTION})
    findings += [*_shadowed(names), *_unmet(names)]
    return rows, findings


def _rejections() -> Iterator[Finding]:
    for failure in discovery.catalogue().rejected:
        yield Finding("rejected", failure.message())


def _conflicts() -> Iterator[Finding]:
    found, settings = discovery.catalogue(), switches.active()
    for namespace in sorted(found.claims):
        try:
            discovery.choose(found, namespace, settings)
        except PluginConflictError as error:
            yield Finding("conflict", str(error))


def _reported(line: str) -> Finding:
    return Finding("metadata" if line.startswith("metadata of") else "switch", line)


def _shadowed(names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        places = {}
        for distribution in metadata.distributions(name=name):
            place = os.path.realpath(str(distribution.locate_file("")))
            places.setdefault(place, distribution.version)
        if len(places) > 1:
            (first, version), *others = places.items()
            rest = ", ".join(f"{version} in {place}" for place, version in others)
            yield Finding(
                "shadowed",
                f"{name} is on the path {len(places)} times: {version} in {first} counts, {rest} "
                "does not. Uninstall what is not wanted.",
            )


def _unmet(names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        for text in metadata.requires(name) or ():
            requirement, _, marker = text.partition(";")
            plain = re.sub(r"\[.*?\]|[()]", "", requirement).strip()
            # A marker or an unusual comparison is left to installers to judge.
            problem = unmet(plain) if not marker and is_requirement(plain) else None
            if problem:
                yield Finding(
                    "requirement",
                    f"{name} requires {plain}, but {problem}. Install it: pip install '{plain}'.",
                )
