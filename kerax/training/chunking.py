"""How many steps one call of the compiled function runs, found by timing the first ones."""

import time
from typing import Any

import jax

__all__ = ["ChunkTuner"]

# A call costs some 70 µs of dispatch on a CPU; a step that takes this long hides it.
LONG_STEP_SECONDS = 4e-3
CHUNK_SECONDS = 0.15
MOST_STEPS = 4096
_WARM_STEPS = 3


class ChunkTuner:
    """Chooses the number of steps a call, between 1 and a chunk of many under `lax.scan`.

    A scan makes dispatch vanish, but XLA's CPU compiler loses its fast convolutions inside a loop.
    So the first steps run one by one and are timed; where they are short, one chunk is compiled,
    timed too, and kept only if its steps are faster. Results do not depend on the choice.

    Args:
        setting: `"auto"`, or the fixed number of steps.
        limit: the largest number that callbacks allow, or None.
    """

    def __init__(self, setting: int | str, limit: int | None):
        self._fixed = setting if isinstance(setting, int) else None
        self._limit = limit
        self._times: list[float] = []
        self._chunk_times: list[float] = []
        self._size = 0
        self.choice: int | None = None
        if limit is not None and self._fixed is None:
            self._fixed = limit if limit == 1 else None

    def next_size(self, epoch_steps: int | None, steps_left: int | None) -> int:
        """Return how many steps the next call should run.

        Args:
            epoch_steps: full batches an epoch, or None where unknown.
            steps_left: steps until the end of the fit, or None where unknown.
        """
        if self._fixed is not None:
            return self._fixed
        if self.choice is not None:
            return self.choice
        if len(self._times) < _WARM_STEPS:
            return 1
        if not self._size:
            self._size = self._candidate(epoch_steps, steps_left)
            if self._size == 1:
                self.choice = 1
        return self._size

    @property
    def is_timing(self) -> bool:
        """Whether the next call must be waited for."""
        return self._fixed is None and self.choice is None

    def _step_seconds(self) -> float:
        return min(self._times[1:])

    def _candidate(self, epoch_steps: int | None, steps_left: int | None) -> int:
        step = self._step_seconds()
        if step > LONG_STEP_SECONDS:
            return 1
        left = steps_left if steps_left is not None else (epoch_steps or 0) * 10
        if left * min(step, 1e-4) < 0.3 * self._times[0]:
            return 1  # what is left is too short to pay for another compilation
        size = max(2, min(MOST_STEPS, int(CHUNK_SECONDS / max(step / 4, 5e-6))))
        if self._limit is not None:
            size = min(size, self._limit)
        if epoch_steps and epoch_steps > 1:
            size = max(2, epoch_steps // -(-epoch_steps // min(size, epoch_steps)))
        return size

    def record(self, steps: int, run: Any) -> Any:
        """Run a call while it is being timed, and learn from it.

        Args:
            steps: how many steps the call runs.
            run: the call, without arguments.

        Returns:
            What `run` returns.
        """
        start = time.perf_counter()
        result = run()
        jax.block_until_ready(result)
        seconds = (time.perf_counter() - start) / steps
        if steps == 1 and len(self._times) < _WARM_STEPS:
            self._times.append(seconds)
        elif steps > 1 and steps == self._size:
            self._chunk_times.append(seconds)
            if len(self._chunk_times) > 1:  # the first one compiled
                self.choice = self._size if self._chunk_times[-1] < self._step_seconds() else 1
        return result
