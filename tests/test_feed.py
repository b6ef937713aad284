"""Chunks of batches: rows of resident arrays, and stacks of streamed ones."""

import numpy as np
import pytest

from kerax.training.data import make_source
from kerax.training.feed import MOST_STACKED, ArrayFeed, StreamFeed, gather, make_feed

X = np.arange(22, dtype="float32").reshape(11, 2)
Y = np.arange(11, dtype="int32")


def chunks(feed, most, stacked=True, epoch=0):
    feed.start(epoch)
    found = []
    while (chunk := feed.take(most, stacked)) is not None:
        found.append(chunk)
    return found


def batches_in(feed, chunk):
    """Each batch of a chunk, as the compiled loop reads it."""
    if not chunk.stacked:
        return [gather(feed.arrays, chunk.batches)]
    picks = range(chunk.start, chunk.start + chunk.steps)
    if feed.arrays is not None:
        return [gather(feed.arrays, chunk.batches[i]) for i in picks]
    x, y, _ = chunk.batches
    return [(x[i], y[i], None) for i in picks]


def streamed():
    source = make_source(((X[i : i + 3], Y[i : i + 3]) for i in range(0, 11, 3)), steps=4)
    return StreamFeed(source)


@pytest.mark.parametrize("stacked", [True, False])
@pytest.mark.parametrize("most", [1, 2, 8])
@pytest.mark.parametrize("kind", ["arrays", "stream"])
def test_every_sample_comes_once_and_in_order(kind, most, stacked):
    feed = ArrayFeed(make_source(X, Y, batch_size=3)) if kind == "arrays" else streamed()
    found = chunks(feed, most, stacked)
    assert all(chunk.steps <= most for chunk in found)
    batches = [batch for chunk in found for batch in batches_in(feed, chunk)]
    assert [len(y) for _, y, _ in batches] == [3, 3, 3, 2]
    np.testing.assert_array_equal(np.concatenate([y for _, y, _ in batches]), Y)
    np.testing.assert_array_equal(np.concatenate([x for x, _, _ in batches]), X)


def test_the_ragged_last_batch_comes_alone():
    feed = ArrayFeed(make_source(X, Y, batch_size=3))
    assert [(c.steps, c.stacked) for c in chunks(feed, 8)] == [(3, True), (1, False)]


def test_shuffles_differ_by_epoch_and_lose_nothing():
    feed = ArrayFeed(make_source(X, Y, batch_size=4, shuffle=True))
    orders = []
    for epoch in (0, 1):
        found = chunks(feed, 8, epoch=epoch)
        orders.append(np.concatenate([b[1] for c in found for b in batches_in(feed, c)]))
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(11))
    assert list(orders[0]) != list(orders[1])


@pytest.mark.parametrize("kind", ["arrays", "stream"])
def test_the_first_batch_is_shown_and_not_taken(kind):
    feed = ArrayFeed(make_source(X, Y, batch_size=3)) if kind == "arrays" else streamed()
    feed.start(0)
    shown = gather(feed.arrays, feed.first())[1]
    taken = batches_in(feed, feed.take(1, False))[0][1]
    np.testing.assert_array_equal(shown, taken)


def test_a_stack_has_room_for_the_same_number_of_steps():
    feed = streamed()
    found = chunks(feed, 2)
    stacks = [c.batches[0].shape for c in found if c.stacked]
    assert set(stacks[:-1]) == {(MOST_STACKED, 3, 2)}


def test_small_arrays_stay_on_the_device():
    assert isinstance(make_feed(make_source(X, Y)), ArrayFeed)
    assert isinstance(make_feed(make_source(iter([(X, Y)]), steps=1)), StreamFeed)
