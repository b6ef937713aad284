"""Arrays as a source of batches: order, passes over several epochs, laziness."""

import h5py
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import random
from kerax.errors import DataError, StateError
from kerax.training.data import make_source
from kerax.training.data_sources import Source


def rows(source, epoch):
    return [np.asarray(x).ravel().tolist() for x, _, _ in source.batches(epoch)]


def test_batches_are_slices_with_a_ragged_tail():
    source = make_source(np.arange(5.0), np.arange(5), batch_size=2)
    assert (source.num_batches, source.batch_size, source.num_samples) == (3, 2, 5)
    assert rows(source, 0) == rows(source, 1) == [[0, 1], [2, 3], [4]]
    assert source.first_batch()[1].tolist() == [0, 1]


def test_arrays_are_cast_whole_and_once():
    source = make_source({"a": np.arange(4.0)}, [[1, 2, 3, 4], None][0], np.ones(4), batch_size=3)
    x, y, weight = source.arrays
    assert (x["a"].dtype, y.dtype, weight.dtype) == ("float32", "int32", "float32")
    assert source.arrays[0]["a"] is x["a"]
    assert source.nbytes == 4 * 4 * 3


def test_batches_of_device_arrays_are_host_arrays_and_leave_them_there():
    given = jnp.arange(4.0)
    source = make_source(given, batch_size=2, shuffle=True)
    assert isinstance(next(source.batches(0))[0], np.ndarray)
    assert source.arrays[0] is given


def test_shuffle_is_a_pure_function_of_seed_and_epoch():
    random.set_random_seed(3)
    one, two = (make_source(np.arange(20), shuffle=True) for _ in range(2))
    random.set_random_seed(3)
    again = make_source(np.arange(20), shuffle=True)
    assert one.order(0).dtype == "int32"
    assert sorted(one.order(4)) == list(range(20))
    assert one.order(4).tolist() == one.order(4).tolist() == again.order(4).tolist()
    assert one.order(4).tolist() != one.order(5).tolist()
    assert one.order(4).tolist() != two.order(4).tolist()


def test_without_shuffle_no_random_number_is_drawn():
    random.set_random_seed(3)
    expected = random.make_seed()
    random.set_random_seed(3)
    make_source(np.arange(4), shuffle=False)
    assert random.make_seed() == expected


def test_batch_shuffle_stays_within_each_batch():
    source = make_source(np.arange(9), batch_size=2, shuffle="batch")
    orders = [source.order(epoch) for epoch in range(8)]
    for order in orders:
        blocks = [sorted(order[i : i + 2].tolist()) for i in range(0, 9, 2)]
        assert blocks == [[0, 1], [2, 3], [4, 5], [6, 7], [8]]
    assert len({tuple(order) for order in orders}) > 1


def test_steps_that_divide_a_pass_go_on_where_the_last_epoch_ended():
    source = make_source(np.arange(6), batch_size=1, steps=2)
    assert [rows(source, epoch) for epoch in range(4)] == [
        [[0], [1]],
        [[2], [3]],
        [[4], [5]],
        [[0], [1]],
    ]


def test_an_epoch_ends_early_with_its_pass_and_warns():
    source = make_source(np.arange(5), batch_size=1, steps=3)
    assert source.num_batches == 3
    assert rows(source, 0) == [[0], [1], [2]]
    with pytest.warns(UserWarning, match="ran out of data in epoch 2 after 2 batches of 3"):
        assert rows(source, 1) == [[3], [4]]
    assert rows(source, 2) == [[0], [1], [2]]


def test_too_many_steps_warn_every_epoch():
    source = make_source(np.arange(4), batch_size=2, steps=3)
    for epoch in range(2):
        with pytest.warns(UserWarning, match="ran out of data"):
            assert rows(source, epoch) == [[0, 1], [2, 3]]


def test_evaluation_begins_anew_each_time():
    source = make_source(np.arange(5), batch_size=2, steps=2, role="evaluate")
    assert rows(source, 0) == rows(source, 1) == [[0, 1], [2, 3]]


def test_shuffled_steps_cover_a_pass():
    source = make_source(np.arange(6), batch_size=2, steps=1, shuffle=True)
    taken = [row for epoch in range(3) for batch in rows(source, epoch) for row in batch]
    assert sorted(taken) == list(range(6))


def test_arrays_on_disk_are_read_in_any_order(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = np.arange(7.0)
        source = make_source(file["x"], batch_size=3, shuffle=True)
        taken = np.concatenate([x for x, _, _ in source.batches(0)])
        assert taken.tolist() == source.order(0).tolist()
        assert taken.dtype == "float32"


def test_empty_data_is_refused():
    with pytest.raises(DataError, match="evaluate: got data without samples"):
        make_source(np.ones((0, 2)), role="evaluate")


def test_only_memory_has_an_order():
    source = make_source(iter([(np.ones((1, 1)),)]))
    assert source.arrays is None
    assert source.nbytes is None
    with pytest.raises(StateError, match="no order"):
        source.order(0)
    with pytest.raises(NotImplementedError):
        next(iter(Source("fit", None).batches(0)))
