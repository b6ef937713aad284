"""Sources of batches: their common face, and arrays in memory."""

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from kerax.errors import DataError, StateError
from kerax.training.data_arrays import cast, leaves, map_arrays, row_count

__all__ = ["PARTS", "ArraySource", "Batch", "Source"]

Batch = tuple[Any, Any, Any]

PARTS = ("x", "y", "sample_weight")


class Source:
    """Where batches come from, however the user keeps the data.

    An epoch is one pass over the data. With `steps` it is that many batches instead: in fit a pass
    then goes on in the next epoch; in evaluate and predict each call begins a new one.

    Attributes:
        role: `"fit"`, `"evaluate"` or `"predict"`.
        steps: batches in an epoch as the user asked for, or None.
        batch_size: samples in a full batch, where known.
        num_samples: samples in a pass, where known.
        exhausted: whether there is nothing left and no way to begin again.
    """

    def __init__(self, role: str, steps: int | None):
        self.role = role
        self.steps = steps
        self.batch_size: int | None = None
        self.num_samples: int | None = None
        self.exhausted = False

    @property
    def num_batches(self) -> int | None:
        """Batches in an epoch: `steps` where given, else those of a pass; None where unknown."""
        raise NotImplementedError

    @property
    def arrays(self) -> Batch | None:
        """All of `(x, y, sample_weight)` for a source in memory, else None."""
        return None

    @property
    def nbytes(self) -> int | None:
        """Bytes that `arrays` takes or would take; None where there are none."""
        return None

    def order(self, epoch: int) -> np.ndarray:
        """Return the samples of an epoch in order; only sources in memory have one."""
        raise StateError(
            f"{self.role}: {type(self).__name__} has no order; it is read in sequence."
        )

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield the `(x, y, sample_weight)` batches of an epoch."""
        raise NotImplementedError

    def first_batch(self) -> Batch:
        """Return a batch to learn shapes from, without taking it from any epoch."""
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Tell the data that an epoch is over."""

    def close(self) -> None:
        """Stop what still runs for this source."""

    def warn_of_shortage(self, epoch: int, got: int) -> None:
        """Warn that an epoch ends before its last step."""
        if self.role == "evaluate" and got == 0:
            warnings.warn(
                "fit: the generator given as validation_data has no batches left, so there is no "
                "validation from here on. Give arrays, a PyDataset, or an endless generator with "
                "validation_steps.",
                UserWarning,
                stacklevel=3,
            )
            return
        needed = "steps_per_epoch * epochs" if self.role == "fit" else "steps"
        warnings.warn(
            f"{self.role}: your input ran out of data in epoch {epoch + 1} after {got} batches"
            + (f" of {self.steps}" if self.steps else "")
            + f"; the epoch ends early. Give data for `{needed}` batches.",
            UserWarning,
            stacklevel=3,
        )


class ArraySource(Source):
    """Arrays in memory, or on disk behind an array's face, whose first axes count the samples.

    Args:
        x: structure of arrays `[samples, ...]`.
        y: as `x`, or None.
        sample_weight: as `y`, or None.
        batch_size: samples in a batch.
        steps: batches in an epoch; None means all.
        shuffle: True shuffles the samples, `"batch"` those within each batch, False none.
        seed: makes the shuffles repeatable.
        role: who asks.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        batch_size: int,
        steps: int | None,
        shuffle: bool | str,
        seed: int,
        role: str,
    ):
        super().__init__(role, steps)
        self._members = (x, y, sample_weight)
        self._cast_members: Batch | None = None
        self._host: Batch | None = None
        self._shuffle, self._seed = shuffle, seed
        self._size = self.batch_size = batch_size
        self._count = self.num_samples = row_count(
            dict(zip(PARTS, self._members, strict=True)), role
        )
        if self._count == 0:
            raise DataError(f"{role}: got data without samples; wanted at least one.")
        self._batches_in_pass = math.ceil(self._count / batch_size)

    @property
    def num_batches(self) -> int:
        return self.steps or self._batches_in_pass

    @property
    def nbytes(self) -> int:
        total = 0
        for _, leaf in leaves(self._members, "data"):
            kept = jax.dtypes.canonicalize_dtype(leaf.dtype)
            total += math.prod(leaf.shape) * kept.itemsize
        return total

    @property
    def arrays(self) -> Batch:
        if self._cast_members is None:
            self._cast_members = _map_parts(
                lambda leaf, name: cast(leaf, name, True), self._members
            )
        return self._cast_members

    def _rows(self, epoch: int) -> tuple[int, int, int]:
        """Which pass an epoch belongs to, and the samples `[start, stop)` it takes from it."""
        steps, whole = self.steps or self._batches_in_pass, self._batches_in_pass
        epochs_in_pass = math.ceil(whole / steps) if self.role == "fit" else 1
        index, part = divmod(epoch, epochs_in_pass)
        available = min(steps, whole - part * steps)
        if available < steps:
            self.warn_of_shortage(epoch, available)
        start = part * steps * self._size
        return index, start, min(start + available * self._size, self._count)

    def order(self, epoch: int) -> np.ndarray:
        """Return the samples of an epoch in order: int32 `[samples of the epoch]`.

        A pure function of the source's seed and the epoch.
        """
        index, start, stop = self._rows(epoch)
        if not self._shuffle:
            return np.arange(start, stop, dtype="int32")
        random = np.random.default_rng([self._seed, index])
        if self._shuffle == "batch":
            return self._shuffled_in_batches(random)[start:stop]
        return random.permutation(self._count)[start:stop].astype("int32")

    def _shuffled_in_batches(self, random: np.random.Generator) -> np.ndarray:
        rows = np.arange(self._count, dtype="int32")
        blocks = np.split(rows, range(self._size, len(rows), self._size))
        return np.concatenate([random.permutation(block) for block in blocks])

    def batches(self, epoch: int) -> Iterator[Batch]:
        if self._host is None:
            self._host = _map_parts(_on_host, self._members)
        order = self.order(epoch)
        for start in range(0, len(order), self._size):
            rows = order[start : start + self._size]
            taken = rows if self._shuffle else slice(int(rows[0]), int(rows[-1]) + 1)
            yield self._batch(self._host, taken)

    def first_batch(self) -> Batch:
        return self._batch(self._members, slice(0, self._size))

    def _batch(self, members: Batch, rows: np.ndarray | slice) -> Batch:
        return _map_parts(lambda leaf, name: cast(_take(leaf, rows), name, True), members)


def _map_parts(fn: Callable[[Any, str], Any], members: Batch) -> Batch:
    x, y, weight = (map_arrays(fn, tree, name) for name, tree in zip(PARTS, members, strict=True))
    return x, y, weight


def _on_host(leaf: Any, name: str) -> Any:
    return np.asarray(leaf) if isinstance(leaf, jax.Array) else leaf


def _take(leaf: Any, rows: np.ndarray | slice) -> np.ndarray:
    if isinstance(leaf, np.ndarray) or isinstance(rows, slice):
        return leaf[rows]
    # Arrays on disk take indices in rising order only.
    rising = np.argsort(rows)
    return np.asarray(leaf[rows[rising]])[np.argsort(rising)]
