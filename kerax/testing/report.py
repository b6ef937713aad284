"""What the checks found."""

from collections import Counter
from dataclasses import dataclass

__all__ = ["FLOORS", "Report", "Result"]

# So many checks must have run on a component of a kind, or its declaration leaves too much out.
FLOORS = {
    "loss": 18,
    "metric": 14,
    "optimizer": 14,
    "regularizer": 14,
    "initializer": 10,
    "constraint": 14,
    "activation": 14,
    "schedule": 12,
    "layer": 16,
    "callback": 10,
}


@dataclass(frozen=True)
class Result:
    """The outcome of one check on one case.

    Args:
        check_id: the check's id, such as `"loss.gradient_finite"`.
        status: `"passed"`, `"failed"`, `"skipped"`, `"xfailed"` or `"xpassed"`.
        message: why, empty where it passed.
        case: the case's name; empty for a check that looks at the component as a whole.
    """

    check_id: str
    status: str
    message: str = ""
    case: str = ""

    def __str__(self) -> str:
        place = f" [{self.case}]" if self.case else ""
        return f"{self.status:8}{self.check_id}{place}{f': {self.message}' if self.message else ''}"


@dataclass(frozen=True)
class Report:
    """The outcomes of all checks on one component.

    Args:
        id: the component's id.
        kind: its kind.
        source: distribution and version.
        results: an outcome for each check and case.
        partial: whether only some checks were asked for, so that the floor means nothing.
    """

    id: str
    kind: str
    source: str
    results: tuple[Result, ...]
    partial: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """The number of results of each status that occurs."""
        return dict(Counter(result.status for result in self.results))

    @property
    def run(self) -> int:
        """The number of different checks that ran at least once."""
        return len({r.check_id for r in self.results if r.status != "skipped"})

    @property
    def floor(self) -> int:
        """The number of different checks that must have run."""
        return 0 if self.partial else FLOORS[self.kind]

    @property
    def ok(self) -> bool:
        """Whether nothing failed, every expected failure failed, and enough checks ran."""
        bad = {"failed", "xpassed"} & self.counts.keys()
        return not bad and self.run >= self.floor

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {status}" for status, n in sorted(self.counts.items()))
        head = f"{self.id} ({self.kind}, {self.source}): {'ok' if self.ok else 'NOT OK'}: {counts}"
        lines = [f"  {result}" for result in self.results if result.status != "passed"]
        if self.run < self.floor:
            lines.append(
                f"  floor   {self.run} different checks ran; a {self.kind} needs {self.floor}. "
                "Declare what it supports, and give cases with oracles."
            )
        return "\n".join([head, *lines])
