"""Batches on their way to the device: resident arrays by row, streams in stacks."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from kerax.variable import current_placement

__all__ = ["ArrayFeed", "Chunk", "StreamFeed", "fits_on_device", "gather", "make_feed"]

RESIDENT_BYTES = 4 * 2**30
STACK_BYTES = 64 * 2**20
MOST_STACKED = 32


class Chunk(NamedTuple):
    """Some steps' batches, as the compiled functions read them.

    Where `stacked`, `batches` has a leading axis of steps, of which those from `start` on belong to
    the chunk; else it is one batch. A batch is rows of the feed's arrays, or the data itself.
    """

    steps: int
    batches: Any
    stacked: bool
    start: int = 0


class ArrayFeed:
    """Batches of arrays that stay on the device: what travels are the rows of an epoch's samples.

    Args:
        source: a source with `arrays`, `order(epoch)` and `batch_size`.
    """

    def __init__(self, source: Any):
        self._source = source
        placement = current_placement()
        # device_put, because jax.numpy.asarray would compile a copy for each new shape
        whole = None if placement is None else placement.replicated()
        self.arrays = jax.device_put(source.arrays, whole)
        self._rows: Any = None
        self._tail = np.zeros(0, np.int32)
        self._full = self._at = 0

    def start(self, epoch: int) -> None:
        """Begin an epoch."""
        order, size = self._source.order(epoch), self._source.batch_size
        self._full, self._at = len(order) // size, 0
        whole = self._full * size
        self._rows, self._tail = order[:whole].reshape(self._full, size), order[whole:]
        self._placed_rows: Any = None

    def first(self) -> Any:
        """Return the epoch's first batch, without taking it."""
        return _placed(self._rows[0] if self._full else self._tail, 0)

    def take(self, most: int, stacked: bool) -> Chunk | None:
        """Return the next chunk of at most `most` steps; None at the end of the epoch."""
        start, left = self._at, self._full - self._at
        if left > 0 and stacked:
            if self._placed_rows is None:
                self._placed_rows = _placed(self._rows, 1)
            steps = min(most, left)
            self._at += steps
            return Chunk(steps, self._placed_rows, True, start)
        if left > 0:
            self._at += 1
            return Chunk(1, _placed(self._rows[start], 0), False)
        tail, self._tail = self._tail, self._tail[:0]
        return Chunk(1, _placed(tail, 0), False) if len(tail) else None


class StreamFeed:
    """Batches that come from the host, stacked into chunks where their shapes agree.

    Args:
        source: a source with `batches(epoch)`.
    """

    arrays = None

    def __init__(self, source: Any):
        self._source = source
        self._batches: Iterator[Any] = iter(())
        self._waiting: Any = None

    def start(self, epoch: int) -> None:
        """Begin an epoch."""
        self._batches, self._waiting = iter(self._source.batches(epoch)), None

    def _next(self) -> Any:
        batch, self._waiting = self._waiting, None
        return next(self._batches, None) if batch is None else batch

    def first(self) -> Any:
        """Return the next batch, without taking it; None at the end."""
        self._waiting = self._next()
        return None if self._waiting is None else _placed(self._waiting, 0)

    def take(self, most: int, stacked: bool) -> Chunk | None:
        """Return the next chunk of at most `most` steps; None at the end of the epoch.

        A stack always has room for the same number of steps, so that one compilation serves all.
        """
        first = self._next()
        if first is None:
            return None
        room = _room(first)
        if not stacked or room < 2:
            return Chunk(1, _placed(first, 0), False)
        batches, shapes = [first], _shapes(first)
        while len(batches) < min(most, room):
            batch = self._next()
            if batch is None:
                break
            if _shapes(batch) != shapes:
                self._waiting = batch
                break
            batches.append(batch)
        return Chunk(len(batches), _placed(_stack(batches, room), 1), True)


def _room(batch: Any) -> int:
    """How many batches like this one a stack holds."""
    size = sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(batch))
    return max(1, min(MOST_STACKED, STACK_BYTES // max(1, size)))


def _stack(batches: list[Any], room: int) -> Any:
    def filled(*items: Any) -> np.ndarray:
        first = np.asarray(items[0])
        stack = np.zeros((room, *first.shape), first.dtype)
        for position, item in enumerate(items):
            stack[position] = item
        return stack

    return jax.tree.map(filled, *batches)


def fits_on_device(source: Any) -> bool:
    """Whether a source has arrays that are small enough to stay on the device."""
    return source.nbytes is not None and source.nbytes <= RESIDENT_BYTES


def make_feed(source: Any) -> ArrayFeed | StreamFeed:
    """Return the feed of a source: on the device where its arrays are there and fit."""
    return ArrayFeed(source) if fits_on_device(source) else StreamFeed(source)


def gather(arrays: Any, batches: Any) -> Any:
    """Return one batch: the rows of arrays on the device, or the batch as it came."""
    if arrays is None:
        return batches
    placement = current_placement()

    def rows_of(array: Any) -> Any:
        found = array.at[batches].get(mode="promise_in_bounds")
        if placement is None:
            return found
        sharding = placement.data_sharding(found.shape)
        return jax.lax.with_sharding_constraint(found, sharding)

    return jax.tree.map(rows_of, arrays)


def _placed(tree: Any, axis: int) -> Any:
    placement = current_placement()
    if placement is None:
        return tree
    return jax.tree.map(
        lambda x: jax.device_put(x, placement.data_sharding(np.shape(x), axis)), tree
    )


def _shapes(batch: Any) -> Any:
    leaves, tree = jax.tree.flatten(batch)
    return tree, [(np.shape(leaf), str(getattr(leaf, "dtype", ""))) for leaf in leaves]
