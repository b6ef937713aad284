"""What the checks found."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["FLOORS", "STATUSES", "Report", "Result"]

STATUSES = ("passed", "failed", "skipped", "xfailed", "xpassed")

# So many different checks must have run on a component of a kind. A plain function without any
# declared capability or oracle just reaches it; who declares less, or skips more, tests nothing.
FLOORS = {
    "loss": 25,
    "metric": 27,
    "optimizer": 24,
    "regularizer": 21,
    "initializer": 22,
    "constraint": 23,
    "activation": 23,
    "schedule": 21,
    "layer": 32,
    "callback": 17,
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
        found = Counter(result.status for result in self.results)
        return {status: found[status] for status in STATUSES if found[status]}

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

    def to_dict(self) -> dict[str, Any]:
        """Return the report as values that JSON has.

        Example:
            >>> Report("foo>focal", "loss", "kerax-foo 1.2", (), partial=True).to_dict()["ok"]
            True
        """
        return {
            "id": self.id,
            "kind": self.kind,
            "source": self.source,
            "ok": self.ok,
            "run": self.run,
            "floor": self.floor,
            "counts": self.counts,
            "results": [asdict(result) for result in self.results],
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {status}" for status, n in self.counts.items())
        verdict = "ok" if self.ok else "NOT OK"
        head = (
            f"{self.id} ({self.kind}, {self.source}): {verdict}: {self.run} checks ran, "
            f"{self.floor} needed; results: {counts or 'none'}"
        )
        lines = [head, *self._lines()]
        if self.run < self.floor:
            lines.append(
                f"  floor    {self.run} different checks ran; a {self.kind} needs {self.floor}. "
                "Declare what it supports, and give cases with oracles."
            )
        return "\n".join(lines)

    def _lines(self) -> list[str]:
        """Write what did not pass, once for the cases that say the same, failures first."""
        cases: dict[tuple[str, str, str], list[str]] = {}
        for r in self.results:
            cases.setdefault((r.status, r.check_id, r.message), []).append(r.case)
        order = ("failed", "xpassed", "xfailed", "skipped")
        lines = []
        for (status, check_id, message), names in cases.items():
            if status == "passed":
                continue
            place = f" [{', '.join(names)}]" if any(names) else ""
            text = message.strip().replace("\n", "\n    ")
            lines.append((order.index(status), f"  {status:8} {check_id}{place}: {text}"))
        return [line for _, line in sorted(lines, key=lambda pair: pair[0])]
