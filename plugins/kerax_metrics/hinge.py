"""How far predictions miss the margin between classes, averaged over batches."""

from typing import Any

from kerax_metrics.reduction import NamedMean


class Hinge(NamedMean):
    """Mean distance by which predictions miss the margin.

        result = mean(max(1 - y_true · y_pred, 0)), y_true in {-1, 1}; {0, 1} is taken for it

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(Hinge()([[-1.0, 1.0]], [[0.5, 2.0]]))
        0.75

    Reference:
        Keras: keras.metrics.Hinge
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None):
        super().__init__("hinge", name, dtype)


class SquaredHinge(NamedMean):
    """Mean square of the distance by which predictions miss the margin.

        result = mean(max(1 - y_true · y_pred, 0)²), y_true in {-1, 1}; {0, 1} is taken for it

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(SquaredHinge()([[-1.0, 1.0]], [[0.0, 2.0]]))
        0.5

    Reference:
        Keras: keras.metrics.SquaredHinge
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None):
        super().__init__("squared_hinge", name, dtype)


class CategoricalHinge(NamedMean):
    """Mean margin by which the right class fails to beat the best wrong one.

        result = mean(max(max((1 - y_true) · y_pred) - sum(y_true · y_pred) + 1, 0))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
        0.5

    Reference:
        Keras: keras.metrics.CategoricalHinge
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None):
        super().__init__("categorical_hinge", name, dtype)
