"""One measurement, and the clock that takes it. Imports nothing heavy, since imports are timed."""

import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

STARTED = "KERAX_BENCHMARK_STARTED"  # set by the parent: seconds since the epoch


class Sample(NamedTuple):
    """What one process measured.

    `params` is the model's parameter count, equal among contenders; `losses` are the loss before
    and after, which has to fall. Either is None where the workload has none.
    """

    cpu: float
    wall: float
    params: int | None = None
    losses: tuple[float, float] | None = None


def clock(action: Callable[[], Any], repeats: int = 1) -> tuple[float, float]:
    """Return CPU and wall seconds of one call, averaged over `repeats` calls."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.process_time() - cpu) / repeats, (time.perf_counter() - wall) / repeats


def since_start() -> tuple[float, float]:
    """Return CPU and wall seconds since this process was started."""
    return time.process_time(), time.time() - float(os.environ[STARTED])
