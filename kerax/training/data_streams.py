"""Sources whose batches come one after another: iterables, generators and PyDatasets."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerax.errors import DataError
from kerax.training.data_arrays import as_arrays, cast, map_arrays, row_count
from kerax.training.data_sources import PARTS, Batch, Source
from kerax.training.dataset import fetch

__all__ = ["DatasetSource", "IterableSource", "StreamSource"]

_END = object()


class StreamSource(Source):
    """Batches that come one after another: the common part of iterables and PyDatasets.

    Args:
        kind: what the data is, for errors.
        steps: batches in an epoch; None means a whole pass.
        weigh: makes sample weights of targets (`class_weight`), or None.
        role: who asks.
    """

    def __init__(
        self,
        kind: str,
        steps: int | None,
        weigh: Callable[[Any, Any], Any] | None,
        role: str,
    ):
        super().__init__(role, steps)
        self._kind, self._weigh = kind, weigh
        self._iterator: Iterator[Any] | None = None
        self._started = False
        self._peeked = False

    def _open(self, epoch: int) -> Iterator[Any]:
        """Begin a pass."""
        raise NotImplementedError

    def _can_reopen(self) -> bool:
        return True

    def _batches_in_pass(self) -> int | None:
        raise NotImplementedError

    @property
    def num_batches(self) -> int | None:
        return self.steps or self._batches_in_pass()

    def first_batch(self) -> Batch:
        item = self._next(0, may_reopen=False)
        if item is _END:
            raise self._emptiness()
        assert self._iterator is not None
        self._iterator, self._peeked = itertools.chain([item], self._iterator), True
        return self._prepared(item, 0)

    def batches(self, epoch: int) -> Iterator[Batch]:
        begins_anew = self.steps is None or self.role != "fit"
        if self._can_reopen() and begins_anew and not self._peeked:
            self.close()
        self._peeked = False
        count = 0
        while self.steps is None or count < self.steps:
            item = self._next(epoch, may_reopen=count == 0)
            if item is _END:
                break
            count += 1
            yield self._prepared(item, count - 1)
        else:
            self._started = True  # all steps taken: in fit the pass goes on in the next epoch
            return
        self._finish_pass(epoch, count)

    def _next(self, epoch: int, may_reopen: bool) -> Any:
        fresh = self._iterator is None
        if fresh:
            self._iterator = self._open(epoch)
        assert self._iterator is not None
        try:
            item = next(self._iterator, _END)
        except Exception as error:
            error.add_note(f"Raised by the {self._kind} given to {self.role}.")
            raise
        if item is _END and may_reopen and not fresh and self._can_reopen():
            self._iterator = None
            return self._next(epoch, may_reopen=False)
        return item

    def _finish_pass(self, epoch: int, count: int) -> None:
        self.close()
        if count == 0 and not self._started:
            raise self._emptiness()
        if count == 0 or self.steps is not None:
            self.warn_of_shortage(epoch, count)
        self._started = True
        self.exhausted = not self._can_reopen()

    def _emptiness(self) -> DataError:
        return DataError(
            f"{self.role}: the {self._kind} gave no batch at all; wanted at least one."
        )

    def _prepared(self, item: Any, position: int) -> Batch:
        where = f"{self.role}: batch {position} of the {self._kind}"
        parts = dict(zip(PARTS, _members(item, where, self._kind), strict=True))
        parts = {name: as_arrays(tree, f"{where}: {name}") for name, tree in parts.items()}
        row_count(parts, where)
        if self._weigh is not None:
            parts["sample_weight"] = self._weigh(parts["y"], parts["sample_weight"])
        x, y, weight = (map_arrays(_own, tree, f"{where}: {name}") for name, tree in parts.items())
        return x, y, weight

    def close(self) -> None:
        """Drop the pass; what a PyDataset's threads still fetch is cancelled."""
        self._iterator = None


def _own(leaf: Any, path: str) -> Any:
    """A leaf of a batch, apart from arrays that the data may fill again for its next batch."""
    found = cast(leaf, path, False)
    return found.copy() if found is leaf and isinstance(found, np.ndarray) else found


def _members(item: Any, where: str, kind: str) -> Batch:
    sequence = isinstance(item, (tuple, list))
    if kind == "generator" and isinstance(item, list):
        raise DataError(
            f"{where}: got a list of {len(item)}; wanted a tuple (x,), (x, y) or "
            "(x, y, sample_weight). A list can only stand for several inputs, as in ([a, b], y)."
        )
    if sequence and not 1 <= len(item) <= 3:
        raise DataError(
            f"{where}: got a {type(item).__name__} of {len(item)}; wanted (x,), (x, y) or "
            "(x, y, sample_weight)."
        )
    parts = (*item, None, None) if sequence else (item, None, None)
    return parts[0], parts[1], parts[2]


class IterableSource(StreamSource):
    """An iterable of batches: tf.data, a torch DataLoader, a list's iterator, a generator.

    Args:
        data: what to iterate; a one-shot iterator is never begun again.
        steps: batches in an epoch; None means a whole pass.
        weigh: makes sample weights of targets, or None.
        role: who asks.
    """

    def __init__(
        self, data: Any, steps: int | None, weigh: Callable[[Any, Any], Any] | None, role: str
    ):
        self._data = data
        self._one_shot = hasattr(data, "__next__")
        self._length: int | None = None
        super().__init__("generator" if self._one_shot else type(data).__name__, steps, weigh, role)

    def _open(self, epoch: int) -> Iterator[Any]:
        return iter(self._data)

    def _can_reopen(self) -> bool:
        return not self._one_shot

    def _batches_in_pass(self) -> int | None:
        try:
            return len(self._data)
        except TypeError:  # unknown or endless
            return self._length

    def _finish_pass(self, epoch: int, count: int) -> None:
        super()._finish_pass(epoch, count)
        if self.steps is None and not self._one_shot:
            self._length = count


class DatasetSource(StreamSource):
    """A PyDataset, or an object with its methods: batches by index, shuffled by index.

    Args:
        data: the dataset.
        steps: batches in an epoch; None means all.
        shuffle: whether each pass takes the batches in another order.
        seed: makes the shuffles repeatable.
        weigh: makes sample weights of targets, or None.
        role: who asks.

    Raises:
        DataError: where the dataset is empty, or endless without `steps`.
    """

    def __init__(
        self,
        data: Any,
        steps: int | None,
        shuffle: bool,
        seed: int,
        weigh: Callable[[Any, Any], Any] | None,
        role: str,
    ):
        super().__init__("PyDataset", steps, weigh, role)
        self._data, self._shuffle, self._seed = data, shuffle, seed
        length = self._batches_in_pass()
        if length == 0:
            raise DataError(f"{role}: the PyDataset has no batches; wanted at least one.")
        if length is None and steps is None:
            raise DataError(
                f"{role}: got a PyDataset without end (num_batches is None) and no number of "
                f"steps; give {'steps_per_epoch' if role == 'fit' else 'steps'}."
            )

    def _batches_in_pass(self) -> int | None:
        if hasattr(self._data, "num_batches"):
            return self._data.num_batches
        return len(self._data)

    def _open(self, epoch: int) -> Iterator[Any]:
        length = self._batches_in_pass()
        indices: Any = itertools.count() if length is None else range(length)
        if self._shuffle and length is not None:
            indices = np.random.default_rng([self._seed, epoch]).permutation(length).tolist()
        workers = getattr(self._data, "workers", 1)
        ahead = getattr(self._data, "max_queue_size", 10)
        return fetch(self._data.__getitem__, indices, workers, ahead)

    def first_batch(self) -> Batch:
        self._begin_epoch()
        return self._prepared(self._data[0], 0)

    def batches(self, epoch: int) -> Iterator[Batch]:
        self._begin_epoch()
        yield from super().batches(epoch)

    def _begin_epoch(self) -> None:
        if hasattr(self._data, "on_epoch_begin"):
            self._data.on_epoch_begin()

    def on_epoch_end(self) -> None:
        if hasattr(self._data, "on_epoch_end"):
            self._data.on_epoch_end()

    def close(self) -> None:
        if self._iterator is not None:
            self._iterator.close()  # type: ignore[attr-defined]  # `fetch` is a generator
        super().close()
