"""Finding: one thing that is wrong with a plugin or the installation; and the table of all."""

import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["CHECKS", "Finding", "chain_of"]

# Stable ids: tools may rely on them.
CHECKS = {
    # of the installation
    "metadata": "a distribution's metadata cannot be read",
    "rejected": "a namespace is malformed or reserved for kerax's own plugins",
    "conflict": "two distributions claim one namespace",
    "shadowed": "a distribution is on the path twice; the first one counts",
    "switch": "a switch names nothing installed, or a required plugin is missing",
    "requirement": "the distribution requires what is not installed",
    # of reading the specs
    "entry-point": "the entry point names nothing",
    "missing-dependency": "a package that is imported is not installed",
    "exit": "the program is ended while importing",
    "import": "an import fails",
    "hooks": "the object implements no hook, or an unknown one",
    "hook-raises": "a hook raises",
    "spec": "a spec is invalid, doubled or newer than this kerax",
    "heavy-specs": "reading the specs imports JAX, a component or another heavy package",
    "slow-specs": "reading the specs takes more than 50 ms of CPU time",
    # of the components
    "unmet-need": "a component needs what is not installed",
    "target": "a component's target is not there or cannot be imported",
    "target-kind": "a target cannot serve as its kind",
    # side effects of importing either
    "prints": "importing prints",
    "environment": "importing changes environment variables",
    "jax-config": "importing changes JAX' configuration",
    "global-state": "importing changes other state of the whole program",
    "patches": "importing replaces functions of other packages",
    "files": "importing writes files",
    "network": "importing uses the network",
    "processes": "importing starts processes or threads",
    # of the examination
    "doctor-hook": "the plugin's own kerax_doctor hook reports something",
    "died": "the process that tried the plugin ended early",
    "hangs": "the plugin did not come to an end",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        check: its id, a key of `CHECKS`.
        message: what was seen and what to do.
        component: the id of the component concerned; None for the plugin as a whole.
        chain: the exceptions behind it, outermost first, a line each.
    """

    check: str
    message: str
    component: str | None = None
    chain: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**asdict(self), "chain": list(self.chain)}


def chain_of(error: BaseException) -> tuple[str, ...]:
    """Return an exception and those behind it, each with the place that raised it.

    Example:
        >>> try:
        ...     int("x")
        ... except ValueError as error:
        ...     chain = chain_of(error)
        >>> chain[0].partition(" (")[0]
        "ValueError: invalid literal for int() with base 10: 'x'"
    """
    return tuple(_line(each) for each in _behind(error))


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _line(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}".replace("\n", " ").rstrip(": ")
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text
