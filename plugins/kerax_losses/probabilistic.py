"""Losses between probability distributions and of counts."""

from typing import Any

from kerax import config, ops
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Kullback-Leibler divergence of the predicted from the true distribution.

        loss = sum(y_true · log(y_true / y_pred)), both cut to [ε, 1]

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(kl_divergence([0.5, 0.5], [0.5, 0.5]))
        0.0

    Reference:
        Keras: keras.losses.kl_divergence
    """
    y_true, y_pred = float_pair(y_true, y_pred, "kl_divergence")
    y_true, y_pred = (ops.clip(y, config.epsilon(), 1.0) for y in (y_true, y_pred))
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Mean negative log-likelihood of counts, up to a constant.

        loss = mean(y_pred - y_true · log(y_pred + ε))

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(poisson([0.0, 0.0], [1.0, 3.0]))
        2.0

    Reference:
        Keras: keras.losses.poisson
    """
    y_true, y_pred = float_pair(y_true, y_pred, "poisson")
    return ops.mean(y_pred - y_true * ops.log(y_pred + config.epsilon()), axis=-1)


class KLDivergence(LossFunctionWrapper):
    """Kullback-Leibler divergence of the predicted from the true distribution.

        loss = sum(y_true · log(y_true / y_pred)), both cut to [ε, 1]

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
        0.0

    Reference:
        Keras: keras.losses.KLDivergence
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ):
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """Mean negative log-likelihood of counts, up to a constant.

        loss = mean(y_pred - y_true · log(y_pred + ε))

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(Poisson()([[0.0, 0.0]], [[1.0, 3.0]]))
        2.0

    Reference:
        Keras: keras.losses.Poisson
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ):
        super().__init__(poisson, reduction, name, dtype)
