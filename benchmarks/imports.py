"""How long an import takes, alone and with the names that a first model needs."""

import importlib
from operator import attrgetter

from benchmarks.sample import Sample, clock

FIRST_MODEL = ("Sequential", "layers.Dense", "losses.MeanSquaredError", "optimizers.Adam")


def measure(contender: str) -> Sample:
    """Time the first import of the package in this process."""
    return Sample(*clock(lambda: importlib.import_module(contender)))


def measure_used(contender: str) -> Sample:
    """Time the import and the first access to what a model needs, which kerax loads lazily."""

    def use() -> None:
        package = importlib.import_module(contender)
        if contender != "jax":
            attrgetter(*FIRST_MODEL)(package)

    return Sample(*clock(use))
