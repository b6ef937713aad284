"""How far predictions vary together with targets."""

from typing import Any

from kerax import ops
from kerax.weighting import float_pair
from kerax_metrics.reduction import NamedMean


def _centred(y_true: Any, y_pred: Any, axis: Any, where: str) -> tuple[Any, Any, Any]:
    """Return both without their means, and the means' difference, along an axis that stays."""
    y_true, y_pred = float_pair(y_true, y_pred, where)
    means = [ops.mean(y, axis=axis, keepdims=True) for y in (y_true, y_pred)]
    return y_true - means[0], y_pred - means[1], means[0] - means[1]


def _spread(values: Any, axis: Any) -> Any:
    return ops.max(ops.absolute(values), axis=axis, keepdims=True, initial=0)


def _scaled(values: Any, scale: Any) -> Any:
    """Divide by a scale, so that squares neither overflow nor vanish; by 1 where it is 0."""
    return values / ops.where(ops.equal(scale, 0), 1, scale)


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Compute Pearson's correlation coefficient along an axis.

        r = Σ (t - t̄)(p - p̄) / √(Σ (t - t̄)² · Σ (p - p̄)²)

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions of the same shape.
        axis: the axis to run along.

    Returns:
        `[batch, …]` in [-1, 1]; NaN where targets or predictions are constant.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> pearson_correlation([[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]]).tolist()
        [1.0...]

    Reference:
        Keras: keras.metrics.pearson_correlation, which gives 0 where squares overflow.
    """
    true, pred, _ = _centred(y_true, y_pred, axis, "pearson_correlation")
    true, pred = (_scaled(y, _spread(y, axis)) for y in (true, pred))
    squares = ops.sum(true * true, axis=axis) * ops.sum(pred * pred, axis=axis)
    return ops.sum(true * pred, axis=axis) / ops.sqrt(squares)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Compute Lin's concordance correlation coefficient along an axis.

        ρ = 2 · Σ (t - t̄)(p - p̄) / (Σ (t - t̄)² + Σ (p - p̄)² + d · (t̄ - p̄)²)

    Args:
        y_true: targets `[batch, …, d]`.
        y_pred: predictions of the same shape.
        axis: the axis to run along.

    Returns:
        `[batch, …]` in [-1, 1]; 0 where both are constant.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> concordance_correlation([[1.0, 2.0, 3.0]], [[2.0, 3.0, 4.0]]).tolist()
        [0.571...]

    Reference:
        Lin (1989), "A concordance correlation coefficient to evaluate reproducibility". Keras:
        keras.metrics.concordance_correlation, which adds 1e-7 to the divisor, so that it gives
        almost 0 for values below 1e-3.
    """
    true, pred, gap = _centred(y_true, y_pred, axis, "concordance_correlation")
    scale = ops.maximum(ops.maximum(_spread(true, axis), _spread(pred, axis)), ops.absolute(gap))
    true, pred, gap = (_scaled(y, scale) for y in (true, pred, gap))
    squares = ops.mean(true * true + pred * pred + gap * gap, axis=axis)
    return ops.divide_no_nan(2 * ops.mean(true * pred, axis=axis), squares)


class PearsonCorrelation(NamedMean):
    """Mean of Pearson's correlation coefficients.

        result = mean(Σ (t - t̄)(p - p̄) / √(Σ (t - t̄)² · Σ (p - p̄)²))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        axis: the axis that each coefficient runs along.

    Example:
        >>> float(PearsonCorrelation()([[1.0, 2.0, 3.0]], [[6.0, 4.0, 2.0]]))
        -1.0...

    Reference:
        Keras: keras.metrics.PearsonCorrelation
    """

    def __init__(self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1):
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(NamedMean):
    """Mean of Lin's concordance correlation coefficients.

        result = mean(2 · cov(t, p) / (var(t) + var(p) + (t̄ - p̄)²))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        axis: the axis that each coefficient runs along.

    Example:
        >>> float(ConcordanceCorrelation()([[1.0, 2.0, 3.0]], [[2.0, 3.0, 4.0]]))
        0.571...

    Reference:
        Keras: keras.metrics.ConcordanceCorrelation
    """

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ):
        super().__init__(concordance_correlation, name, dtype, axis=axis)
