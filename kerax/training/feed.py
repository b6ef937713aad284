"""Chunks of batches on their way to the device."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from kerax.variable import current_placement

__all__ = ["ArrayFeed", "Chunk", "StreamFeed", "gather", "make_feed"]

RESIDENT_BYTES = 4 * 2**30


class Chunk(NamedTuple):
    """Some batches of one shape.

    `batches` is what the compiled function reads: rows `[steps, batch]` of the feed's arrays, or
    stacked batches `[steps, batch, …]`; without the axis of steps where `steps` is 1.
    """

    steps: int
    batches: Any


class ArrayFeed:
    """Batches of arrays that stay on the device: a chunk is the rows of its samples.

    Args:
        source: a source with `arrays`, `order(epoch)` and `batch_size`.
    """

    def __init__(self, source: Any):
        self._source = source
        placement = current_placement()
        if placement is None:
            self.arrays = jax.tree.map(jax.numpy.asarray, source.arrays)
        else:
            self.arrays = jax.device_put(source.arrays, placement.replicated())
        self._rows = np.zeros(0, np.int32)
        self._at = 0
        self._full_left = 0

    def start(self, epoch: int) -> None:
        """Begin an epoch."""
        self._rows, self._at = self._source.order(epoch), 0
        self._full_left = len(self._rows) // self._source.batch_size

    def take(self, most: int) -> Chunk | None:
        """Return the next chunk of at most `most` batches; None at the end of the epoch."""
        size, left = self._source.batch_size, len(self._rows) - self._at
        if left == 0:
            return None
        steps = max(1, min(most, self._full_left))
        count = min(left, steps * size)
        rows = self._rows[self._at : self._at + count]
        self._at += count
        self._full_left -= steps if count == steps * size else 0
        if steps == 1:
            return Chunk(1, _placed(rows, 0))
        return Chunk(steps, _placed(rows.reshape(steps, size), 1))


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
        if self._waiting is not None:
            batch, self._waiting = self._waiting, None
            return batch
        return next(self._batches, None)

    def take(self, most: int) -> Chunk | None:
        """Return the next chunk of at most `most` batches; None at the end of the epoch."""
        first = self._next()
        if first is None:
            return None
        batches, shapes = [first], _shapes(first)
        while len(batches) < most:
            batch = self._next()
            if batch is None:
                break
            if _shapes(batch) != shapes:
                self._waiting = batch
                break
            batches.append(batch)
        if len(batches) == 1:
            return Chunk(1, _placed(first, 0))
        stacked = jax.tree.map(lambda *items: np.stack([np.asarray(i) for i in items]), *batches)
        return Chunk(len(batches), _placed(stacked, 1))


def make_feed(source: Any) -> ArrayFeed | StreamFeed:
    """Return the feed of a source: on the device where its arrays are there and fit."""
    fits = source.nbytes is not None and source.nbytes <= RESIDENT_BYTES
    return ArrayFeed(source) if fits else StreamFeed(source)


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
