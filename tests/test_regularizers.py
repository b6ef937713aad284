"""Regularizers on bad input, and as subclasses."""

import numpy as np
import pytest

from kerax import regularizers
from kerax.errors import ArgumentError, PluginNotFoundError, ShapeError


@pytest.mark.parametrize("name", ["L1", "L2", "L1L2"])
@pytest.mark.parametrize("factor", [-1.0, "a", np.inf, np.nan])
def test_a_factor_must_be_finite_and_not_negative(name, factor):
    with pytest.raises(ArgumentError, match="finite number, 0 or more"):
        getattr(regularizers, name)(factor)


def test_none_counts_as_zero():
    assert regularizers.L1L2(None, 1.0).get_config() == {"l1": 0.0, "l2": 1.0}


def test_a_mode_and_rank_must_be_known():
    with pytest.raises(ArgumentError, match="'rows' or 'columns'"):
        regularizers.OrthogonalRegularizer(mode="diagonals")
    with pytest.raises(ShapeError, match="wanted two axes"):
        regularizers.OrthogonalRegularizer()(np.ones(3))


@pytest.mark.parametrize(("shape", "mode"), [((1, 4), "rows"), ((4, 1), "columns")])
def test_a_single_row_or_column_is_orthogonal(shape, mode):
    assert float(regularizers.OrthogonalRegularizer(mode=mode)(np.ones(shape))) == 0.0


def test_zero_weights_give_no_penalty_and_no_nan():
    assert float(regularizers.OrthogonalRegularizer()(np.zeros((2, 2)))) == 0.0


def test_an_unknown_name_is_refused():
    with pytest.raises(PluginNotFoundError, match="l3"):
        regularizers.get("l3")


def test_the_base_has_neither_formula_nor_config():
    with pytest.raises(NotImplementedError):
        regularizers.Regularizer()(1.0)
    with pytest.raises(NotImplementedError):
        regularizers.Regularizer().get_config()
