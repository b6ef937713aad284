"""Samples that are chosen, repeated and left out."""

import numpy as np
import pytest

from kerax.testing.samples import count, duplicated, kept, take


@pytest.mark.parametrize("samples", [1, 2, 3, 4, 6, 7, 20])
def test_a_batch_of_duplicates_is_as_large_as_the_batch(samples):
    counts, rows = duplicated(samples)
    assert counts.shape == (samples,)
    assert counts.sum() == len(rows) == samples
    assert counts.max() <= 3
    assert np.bincount(rows, minlength=samples).tolist() == counts.tolist()


@pytest.mark.parametrize("samples", [2, 3, 6, 7])
def test_some_samples_are_kept_and_some_are_not(samples):
    assert 0 < kept(samples).sum() < samples


def test_rows_are_taken_from_every_array():
    batch = {"x": np.arange(6).reshape(3, 2), "y": np.arange(3)}
    taken = take(batch, np.array([True, False, True]))
    assert taken["x"].tolist() == [[0, 1], [4, 5]]
    assert taken["y"].tolist() == [0, 2]
    assert (count(batch), count(taken)) == (3, 2)
