"""Samples in, tables out."""

from collections.abc import Sequence
from statistics import median

from benchmarks.catalogue import Workload
from benchmarks.sample import Sample

Rounds = Sequence[dict[str, Sample]]


class UnfairError(Exception):
    """The contenders did not do the same work, so their times say nothing."""


def check(rounds: Rounds) -> None:
    """Raise UnfairError unless parameter counts are equal and every loss fell."""
    for samples in rounds:
        counts = {name: s.params for name, s in samples.items()}
        if len(set(counts.values())) > 1:
            raise UnfairError(f"parameter counts differ: {counts}")
        for name, sample in samples.items():
            if sample.losses and not sample.losses[1] < sample.losses[0]:
                raise UnfairError(
                    f"{name}: loss went from {sample.losses[0]} to {sample.losses[1]}"
                )


def table(name: str, workload: Workload, rounds: Rounds) -> str:
    """Return one workload's table; ratios are to the last contender, lower is faster."""
    reference = workload.contenders[-1]
    head = f"{'contender':<10}{'CPU s':>10}{'wall s':>10}{f'CPU / {reference}':>14}{'min-max':>16}"
    head += f"{f'wall / {reference}':>14}{'min-max':>16}"
    lines = [f"{name}: {workload.summary}; {len(rounds)} rounds", head]
    for contender in workload.contenders:
        line = f"{contender:<10}"
        line += "".join(f"{median(_column(rounds, contender, k)):>10.3f}" for k in (0, 1))
        for k in (0, 1):
            pairs = zip(_column(rounds, contender, k), _column(rounds, reference, k), strict=True)
            ratios = [mine / theirs for mine, theirs in pairs]
            spread = f"{min(ratios):.3f}-{max(ratios):.3f}"
            line += f"{median(ratios):>14.3f}{spread:>16}"
        lines.append(line)
    return "\n".join(lines)


def _column(rounds: Rounds, contender: str, index: int) -> list[float]:
    return [samples[contender][index] for samples in rounds]  # 0: CPU, 1: wall
