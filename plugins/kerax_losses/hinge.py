"""Hinge losses: margins between classes."""

from typing import Any

from kerax import ops
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair


def _signs(y_true: Any) -> Any:
    """Return -1 and 1 for targets that are all 0 or 1, any others as they are."""
    binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(binary, 2 * y_true - 1, y_true)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """Mean distance by which predictions miss the margin.

        loss = mean(max(1 - y_true · y_pred, 0)), y_true in {-1, 1}; {0, 1} is taken for it

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(hinge([-1.0, 1.0], [0.5, 2.0]))
        0.75

    Reference:
        Keras: keras.losses.hinge
    """
    y_true, y_pred = float_pair(y_true, y_pred, "hinge")
    return ops.mean(ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Mean square of the distance by which predictions miss the margin.

        loss = mean(max(1 - y_true · y_pred, 0)²), y_true in {-1, 1}; {0, 1} is taken for it

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(squared_hinge([-1.0, 1.0], [0.0, 2.0]))
        0.5

    Reference:
        Keras: keras.losses.squared_hinge
    """
    y_true, y_pred = float_pair(y_true, y_pred, "squared_hinge")
    return ops.mean(ops.square(ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Margin by which the right class fails to beat the best wrong one.

        loss = max(max((1 - y_true) · y_pred) - sum(y_true · y_pred) + 1, 0), y_true one-hot

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(categorical_hinge([0.0, 1.0], [0.5, 1.0]))
        0.5

    Reference:
        Keras: keras.losses.categorical_hinge
    """
    y_true, y_pred = float_pair(y_true, y_pred, "categorical_hinge")
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(wrong - right + 1.0, 0.0)


class Hinge(LossFunctionWrapper):
    """Mean distance by which predictions miss the margin.

        loss = mean(max(1 - y_true · y_pred, 0)), y_true in {-1, 1}; {0, 1} is taken for it

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(Hinge()([[-1.0, 1.0]], [[0.5, 2.0]]))
        0.75

    Reference:
        Keras: keras.losses.Hinge
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: Any = None,
    ):
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """Mean square of the distance by which predictions miss the margin.

        loss = mean(max(1 - y_true · y_pred, 0)²), y_true in {-1, 1}; {0, 1} is taken for it

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(SquaredHinge()([[-1.0, 1.0]], [[0.0, 2.0]]))
        0.5

    Reference:
        Keras: keras.losses.SquaredHinge
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ):
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """Margin by which the right class fails to beat the best wrong one.

        loss = max(max((1 - y_true) · y_pred) - sum(y_true · y_pred) + 1, 0), y_true one-hot

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
        0.5

    Reference:
        Keras: keras.losses.CategoricalHinge
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ):
        super().__init__(categorical_hinge, reduction, name, dtype)
