"""How many steps one call of the compiled function runs, found by timing the first ones."""

import time
from typing import Any

import jax

__all__ = ["ChunkTuner"]

# A call costs some 70 µs of dispatch on a CPU; a step that takes this long hides it.
LONG_STEP_SECONDS = 4e-3
DISPATCH_SECONDS = 7e-5
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
        limit: the batches between two calls of callbacks, which a chunk must not cross, or None.
    """

    def __init__(self, setting: int | str, limit: int | None):
        self._fixed = setting if isinstance(setting, int) else None
        self._limit = limit
        self._times: list[float] = []
        self._chunk_times: list[float] = []
        self._size = 0
        self._single_steps = 0
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
        if not self._size:
            self._single_steps += 1
            if len(self._times) < _WARM_STEPS or not self._pays(epoch_steps, steps_left):
                return 1
            self._size = self._candidate(epoch_steps)
        return self._size

    @property
    def is_fixed(self) -> bool:
        """Whether the user or a callback fixed the number."""
        return self._fixed is not None

    @property
    def is_timing(self) -> bool:
        """Whether the next call must be waited for."""
        undecided = self._fixed is None and self.choice is None
        return undecided and (len(self._times) < _WARM_STEPS or self._size > 1)

    def _step_seconds(self) -> float:
        return min(self._times[1:])

    def _pays(self, epoch_steps: int | None, steps_left: int | None) -> bool:
        """Whether a chunk may save the time of its compilation; decided for good if steps are long.

        Steps that ran alone count as much as those to come: who trained long will train on.
        """
        step = self._step_seconds()
        if step > LONG_STEP_SECONDS:
            self.choice = 1
            return False
        coming = steps_left if steps_left is not None else (epoch_steps or 0)
        saving = max(0.2 * step, min(step, DISPATCH_SECONDS))
        return (self._single_steps + coming) * saving > 0.5 * self._times[0]

    def _candidate(self, epoch_steps: int | None) -> int:
        size = int(CHUNK_SECONDS / max(self._step_seconds() / 4, 5e-6))
        size = max(2, min(MOST_STEPS, size))
        if self._limit is not None:
            return max(n for n in range(1, self._limit + 1) if self._limit % n == 0 and n <= size)
        if epoch_steps and epoch_steps > 1:  # chunks that leave little over at an epoch's end
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
