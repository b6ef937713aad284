"""PyDataset and its threads."""

import threading

import pytest

from kerax.training.dataset import PyDataset, fetch


class Squares(PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return index**2


def test_length_is_the_number_of_batches():
    assert Squares().num_batches == 4
    assert (Squares(workers=3).workers, Squares().max_queue_size) == (3, 10)


def test_a_dataset_without_its_methods_says_which():
    with pytest.raises(NotImplementedError, match="define __len__"):
        _ = PyDataset().num_batches
    with pytest.raises(NotImplementedError, match="__getitem__"):
        PyDataset()[0]


def test_forgetting_the_base_constructor_is_harmless():
    class Forgetful(Squares):
        def __init__(self):
            pass

    assert Forgetful().workers == 1


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("ahead", [1, 2, 50])
def test_fetching_keeps_the_order(workers, ahead):
    assert list(fetch(lambda i: i * 10, range(25), workers, ahead)) == [i * 10 for i in range(25)]


def test_threads_fetch_at_the_same_time():
    both = threading.Barrier(2, timeout=10)
    assert list(fetch(lambda i: (both.wait(), i)[1], range(2), 2, 4)) == [0, 1]


def test_an_error_in_a_thread_reaches_the_reader():
    def get(index):
        if index == 2:
            raise KeyError(index)
        return index

    reader = fetch(get, range(5), 2, 3)
    assert [next(reader), next(reader)] == [0, 1]
    with pytest.raises(KeyError):
        next(reader)
