"""How weights and masks meet values."""

import numpy as np
import pytest

from kerax import ops, weighting
from kerax.errors import ShapeError

VALUES = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("given", "aligned"),
    [((), ()), ((2,), (2, 1)), ((2, 1), (2, 1)), ((2, 3, 1), (2, 3)), ((3,), (3,)), ((1,), (1,))],
)
def test_weights_get_the_rank_of_values(given, aligned):
    weight = ops.ones(given)
    assert weighting.align_weight(weight, ops.convert_to_tensor(VALUES)).shape == aligned


@pytest.mark.parametrize("given", [(4,), (2, 2), (2, 3, 2), (1, 2, 3)])
def test_other_weights_are_refused(given):
    with pytest.raises(ShapeError, match="sample_weight"):
        weighting.align_weight(ops.ones(given), ops.convert_to_tensor(VALUES))


@pytest.mark.parametrize("shape", [(2,), (2, 1), (2, 3)])
def test_masks_and_weights_join_whatever_their_ranks(shape):
    mask = np.ones(shape, bool)
    for weight in (np.ones((2,)), np.ones((2, 3)), np.float32(1)):
        joined = weighting.masked_weight(weight, mask, "float32")
        assert np.all(np.asarray(joined) == 1)
    assert weighting.masked_weight(None, None, "float32") is None


def test_rescaling_makes_the_mean_that_of_what_is_kept():
    weight = weighting.masked_weight(None, np.array([True, False]), "float32", rescale=True)
    assert weight.tolist() == [2.0, 0.0]
    nothing = weighting.masked_weight(None, np.zeros(2, bool), "float16", rescale=True)
    assert nothing.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("true", "pred", "kind"),
    [
        ((8,), (8,), "binary"),
        ((8, 2, 1), (8, 2, 1), "binary"),
        ((8, 2), (8, 2, 5), "sparse_categorical"),
        ((8, 2, 1), (8, 2, 5), "sparse_categorical"),
        ((8, 2, 5), (8, 2, 5), "categorical"),
    ],
)
def test_the_kind_of_outputs_follows_from_shapes(true, pred, kind):
    assert weighting.output_kind(np.zeros(true), np.zeros(pred)) == kind


def test_whole_numbers_become_floats():
    y_true, y_pred = weighting.float_pair([1, 2], [3, 4])
    assert str(y_true.dtype) == str(y_pred.dtype) == "float32"
