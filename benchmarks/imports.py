"""How long an import takes."""

import importlib

from benchmarks.sample import Sample, clock


def measure(contender: str) -> Sample:
    """Time the first import of the package in this process."""
    return Sample(*clock(lambda: importlib.import_module(contender)))
