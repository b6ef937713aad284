"""Iterables, generators and PyDatasets as sources of batches."""

import numpy as np
import pytest

from kerax.errors import DataError
from kerax.training.data import make_source
from kerax.training.dataset import PyDataset


def batches(count, size=1):
    for i in range(count):
        yield np.full((size, 1), i), np.full(size, i)


class Batches:
    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return batches(self.count)


class Dataset(PyDataset):
    def __init__(self, count=3, **options):
        super().__init__(**options)
        self.count = count
        self.events = []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return np.full((2, 1), index), np.array([0, 1])

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


def firsts(source, epoch):
    return [int(x[0, 0]) for x, _, _ in source.batches(epoch)]


def test_an_iterable_is_iterated_anew_each_epoch_and_its_length_learnt():
    source = make_source(Batches(3))
    assert source.num_batches is None
    assert firsts(source, 0) == firsts(source, 1) == [0, 1, 2]
    assert source.num_batches == 3
    assert not source.exhausted


def test_an_iterable_with_steps_goes_on_across_epochs():
    source = make_source(Batches(4), steps=2)
    assert [firsts(source, epoch) for epoch in range(3)] == [[0, 1], [2, 3], [0, 1]]
    source = make_source(Batches(3), steps=2)
    assert firsts(source, 0) == [0, 1]
    with pytest.warns(UserWarning, match="ran out of data in epoch 2 after 1 batches of 2"):
        assert firsts(source, 1) == [2]
    assert firsts(source, 2) == [0, 1]


def test_evaluation_of_an_iterable_begins_anew():
    source = make_source(Batches(4), steps=2, role="evaluate")
    assert firsts(source, 0) == firsts(source, 1) == [0, 1]


def test_a_generator_goes_on_and_ends_once():
    source = make_source(batches(5), steps=2)
    assert [firsts(source, 0), firsts(source, 1)] == [[0, 1], [2, 3]]
    with pytest.warns(UserWarning, match="ran out of data in epoch 3 after 1"):
        assert firsts(source, 2) == [4]
    assert source.exhausted
    with pytest.warns(UserWarning, match="after 0 batches"):
        assert firsts(source, 3) == []


def test_a_generator_without_steps_is_one_epoch():
    source = make_source(batches(2))
    assert firsts(source, 0) == [0, 1]
    assert source.exhausted


@pytest.mark.parametrize("make", [batches, Batches, Dataset])
def test_looking_at_the_first_batch_takes_nothing(make):
    source = make_source(make(3))
    assert source.first_batch()[0][0, 0] == source.first_batch()[0][0, 0] == 0
    assert firsts(source, 0) == [0, 1, 2]


@pytest.mark.parametrize("make", [batches, Batches])
def test_no_batch_at_all_is_an_error(make):
    with pytest.raises(DataError, match="gave no batch at all"):
        firsts(make_source(make(0)), 0)
    with pytest.raises(DataError, match="gave no batch at all"):
        make_source(make(0)).first_batch()


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ([np.ones((2, 1)), np.ones(2)], "got a list of 2"),
        ((1, 2, 3, 4), "got a tuple of 4"),
        ((), "got a tuple of 0"),
        ((np.ones((2, 1)), np.ones(3)), "batch 0 of the generator: got arrays of different"),
        ((np.array(["a"]),), "x: got dtype"),
        ((np.float32(1),), "scalar"),
        ((None, np.ones((2, 1)), None), None),
    ],
)
def test_batches_of_a_wrong_form_are_refused(item, words):
    source = make_source(batch for batch in [item])
    if words is None:
        assert next(iter(source.batches(0)))[0] is None
        return
    with pytest.raises(DataError, match=words):
        list(source.batches(0))


def test_bare_arrays_and_dicts_are_inputs():
    source = make_source(iter([{"a": np.ones((2, 1))}, np.ones((2, 3))]), role="predict")
    (first, y, weight), (second, _, _) = source.batches(0)
    assert first["a"].dtype == "float32"
    assert second.shape == (2, 3)
    assert y is weight is None


def test_a_list_from_a_loader_is_a_batch():
    class Loader:
        def __iter__(self):
            return iter([[np.ones((2, 1)), np.zeros(2)]])

        def __len__(self):
            return 1

    source = make_source(Loader())
    assert source.num_batches == 1
    assert [y.tolist() for _, y, _ in source.batches(0)] == [[0, 0]]


def test_what_a_generator_raises_passes_with_a_note():
    def broken():
        yield np.ones((1, 1)), np.ones(1)
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError, match="disk on fire") as caught:
        list(make_source(broken()).batches(0))
    assert "generator given to fit" in caught.value.__notes__[0]


def test_a_dataset_hears_of_epochs():
    data = Dataset()
    source = make_source(data)
    assert source.num_batches == 3
    assert firsts(source, 0) == [0, 1, 2]
    source.on_epoch_end()
    assert data.events == ["begin", "end"]


def test_a_dataset_with_steps_goes_on():
    source = make_source(Dataset(), steps=1)
    assert [firsts(source, epoch) for epoch in range(4)] == [[0], [1], [2], [0]]


def test_a_shuffled_dataset_keeps_its_batches_whole():
    source = make_source(Dataset(20), shuffle=True)
    assert firsts(source, 0) != firsts(source, 1)
    assert firsts(source, 1) == firsts(source, 1)
    assert sorted(firsts(source, 0)) == list(range(20))


def test_an_endless_dataset_needs_steps():
    class Endless(Dataset):
        num_batches = None

    assert firsts(make_source(Endless(), steps=5), 0) == [0, 1, 2, 3, 4]
    with pytest.raises(DataError, match="give steps_per_epoch"):
        make_source(Endless())
    with pytest.raises(DataError, match="has no batches"):
        make_source(Dataset(0))


def test_class_weights_reach_each_batch():
    source = make_source(Dataset(), class_weight={1: 5.0})
    assert [weight.tolist() for _, _, weight in source.batches(0)] == [[1, 5]] * 3


def test_closing_stops_the_threads_of_a_dataset():
    source = make_source(Dataset(100, workers=2), steps=1)
    assert firsts(source, 0) == [0]
    source.close()
    assert firsts(source, 1) == [0]
    source.close()
