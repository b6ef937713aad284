"""How many steps one call of the compiled loop runs."""

import time
from collections.abc import Callable
from typing import Any

import jax

__all__ = ["Pace"]

CHUNK_SECONDS = 0.1
MOST_STEPS = 16384
GROWTH = 8
MOST_TIMED_CALLS = 24
_UNTIMED_CALLS = 2  # the first compiles, the second may still wait for the data


class Pace:
    """Finds the number of steps a call at which dispatch no longer counts.

    The number is an argument of the compiled loop, so trying another one compiles nothing and
    changes no result. The first calls are waited for and timed; each runs more steps than the one
    before, until a call takes long enough.

    Args:
        setting: `"auto"`, or the fixed number of steps.
        interval: the batches between two calls of callbacks, which a call must not cross, or None.
    """

    def __init__(self, setting: int | str, interval: int | None):
        self._fixed = setting if isinstance(setting, int) else None
        self._interval = interval if self._fixed is None else None
        self._steps = 1
        self._calls = 0
        self._settled = self._fixed is not None or interval == 1

    def next_steps(self, done: int) -> int:
        """Return how many steps the next call should run at most.

        Args:
            done: steps of this epoch that have run.
        """
        steps = self._fixed or self._steps
        if self._interval is not None:
            steps = min(steps, self._interval - done % self._interval)
        return steps

    def run(self, steps: int, call: Callable[[], Any]) -> Any:
        """Run a call of some steps and learn from the time it takes, while there is need.

        Args:
            steps: how many steps the call runs.
            call: the call.

        Returns:
            What `call` returns.
        """
        if self._settled:
            return call()
        start = time.perf_counter()
        result = call()
        jax.block_until_ready(result)
        seconds = time.perf_counter() - start
        self._calls += 1
        if self._calls > _UNTIMED_CALLS and steps == self._steps:
            self._settled = seconds > CHUNK_SECONDS / 2 or steps == MOST_STEPS
            if not self._settled:
                wanted = int(CHUNK_SECONDS / max(seconds / steps, 1e-6))
                self._steps = min(max(wanted, 2 * steps), GROWTH * steps, MOST_STEPS)
        if self._calls >= MOST_TIMED_CALLS:  # short epochs or callbacks cut every call
            self._settled = True
        return result
