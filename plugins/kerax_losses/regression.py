"""Regression losses: distances between real numbers."""

import math
from typing import Any

from kerax import config, ops
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences over the last axis.

        loss = mean((y_true - y_pred)²)

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(mean_squared_error([1.0, 2.0], [1.0, 4.0]))
        2.0

    Reference:
        Keras: keras.losses.mean_squared_error
    """
    y_true, y_pred = float_pair(y_true, y_pred, "mean_squared_error")
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences over the last axis.

        loss = mean(|y_true - y_pred|)

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(mean_absolute_error([1.0, 2.0], [1.0, 4.0]))
        1.0

    Reference:
        Keras: keras.losses.mean_absolute_error
    """
    y_true, y_pred = float_pair(y_true, y_pred, "mean_absolute_error")
    return ops.mean(ops.absolute(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences in per cent of the targets.

        loss = 100 · mean(|y_true - y_pred| / max(|y_true|, ε))

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(mean_absolute_percentage_error([1.0, 2.0], [1.0, 3.0]))
        25.0

    Reference:
        Keras: keras.losses.mean_absolute_percentage_error
    """
    y_true, y_pred = float_pair(y_true, y_pred, "mean_absolute_percentage_error")
    share = (y_true - y_pred) / ops.maximum(ops.absolute(y_true), config.epsilon())
    return 100.0 * ops.mean(ops.absolute(share), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences of logarithms; numbers below ε count as ε.

        loss = mean((log(1 + y_true) - log(1 + y_pred))²)

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(mean_squared_logarithmic_error([0.0, 1.0], [0.0, 1.0]))
        0.0

    Reference:
        Keras: keras.losses.mean_squared_logarithmic_error
    """
    y_true, y_pred = float_pair(y_true, y_pred, "mean_squared_logarithmic_error")
    logs = [ops.log(ops.maximum(y, config.epsilon()) + 1.0) for y in (y_true, y_pred)]
    return ops.mean(ops.square(logs[0] - logs[1]), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Mean of the logarithm of the differences' hyperbolic cosine.

        loss = mean(log(cosh(y_pred - y_true))): x²/2 for small x, |x| - log 2 for large

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(log_cosh([0.0, 1.0], [0.0, 1.0]))
        0.0

    Reference:
        Keras: keras.losses.log_cosh
    """
    y_true, y_pred = float_pair(y_true, y_pred, "log_cosh")
    error = y_pred - y_true
    return ops.mean(ops.logaddexp(error, -error) - math.log(2.0), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Mean of an error that is quadratic for small and linear for large differences.

        loss = mean(x²/2 where |x| <= δ, else δ·|x| - δ²/2), x = y_true - y_pred

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.
        delta: where the error turns linear, in the targets' unit.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(huber([0.0, 0.0], [1.0, 3.0]))
        1.5

    Reference:
        Huber, 1964, Robust Estimation of a Location Parameter. Keras: keras.losses.huber
    """
    y_true, y_pred = float_pair(y_true, y_pred, "huber")
    error = ops.absolute(y_true - y_pred)
    far = delta * error - 0.5 * delta * delta
    return ops.mean(ops.where(error <= delta, 0.5 * ops.square(error), far), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Negative cosine of the angle between targets and predictions; 0 where one is zero.

        loss = -sum(y_true / ‖y_true‖ · y_pred / ‖y_pred‖)

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions `[batch, …, d]`.
        axis: the axis of the vectors.

    Returns:
        Loss `[batch, …]` between -1 (same direction) and 1.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(cosine_similarity([0.0, 1.0], [0.0, 5.0]))
        -1.0

    Reference:
        Keras: keras.losses.cosine_similarity
    """
    y_true, y_pred = float_pair(y_true, y_pred, "cosine_similarity")
    return -ops.sum(ops.normalize(y_true, axis) * ops.normalize(y_pred, axis), axis=axis)


class MeanSquaredError(LossFunctionWrapper):
    """Mean of the squared differences over the last axis.

        loss = mean((y_true - y_pred)²)

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(MeanSquaredError()([[1.0, 2.0]], [[1.0, 4.0]]))
        2.0

    Reference:
        Keras: keras.losses.MeanSquaredError
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of the absolute differences over the last axis.

        loss = mean(|y_true - y_pred|)

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(MeanAbsoluteError()([[1.0, 2.0]], [[1.0, 4.0]]))
        1.0

    Reference:
        Keras: keras.losses.MeanAbsoluteError
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ):
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of the absolute differences in per cent of the targets.

        loss = 100 · mean(|y_true - y_pred| / max(|y_true|, ε))

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(MeanAbsolutePercentageError()([[1.0, 2.0]], [[1.0, 3.0]]))
        25.0

    Reference:
        Keras: keras.losses.MeanAbsolutePercentageError
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ):
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean of the squared differences of logarithms; numbers below ε count as ε.

        loss = mean((log(1 + y_true) - log(1 + y_pred))²)

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(MeanSquaredLogarithmicError()([[0.0, 1.0]], [[0.0, 1.0]]))
        0.0

    Reference:
        Keras: keras.losses.MeanSquaredLogarithmicError
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ):
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class LogCosh(LossFunctionWrapper):
    """Mean of the logarithm of the differences' hyperbolic cosine.

        loss = mean(log(cosh(y_pred - y_true))): x²/2 for small x, |x| - log 2 for large

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(LogCosh()([[0.0, 1.0]], [[0.0, 1.0]]))
        0.0

    Reference:
        Keras: keras.losses.LogCosh
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ):
        super().__init__(log_cosh, reduction, name, dtype)


class Huber(LossFunctionWrapper):
    """Mean of an error that is quadratic for small and linear for large differences.

        loss = mean(x²/2 where |x| <= δ, else δ·|x| - δ²/2), x = y_true - y_pred

    Args:
        delta: where the error turns linear, in the targets' unit.
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
        1.5

    Reference:
        Huber, 1964, Robust Estimation of a Location Parameter. Keras: keras.losses.Huber, whose
        config lacks `delta`.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ):
        super().__init__(huber, reduction, name, dtype, delta=delta)


class CosineSimilarity(LossFunctionWrapper):
    """Negative cosine of the angle between targets and predictions; 0 where one is zero.

        loss = -sum(y_true / ‖y_true‖ · y_pred / ‖y_pred‖)

    Args:
        axis: the axis of the vectors.
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(CosineSimilarity()([[0.0, 1.0]], [[0.0, 5.0]]))
        -1.0

    Reference:
        Keras: keras.losses.CosineSimilarity, whose config lacks `axis`.
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ):
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)
