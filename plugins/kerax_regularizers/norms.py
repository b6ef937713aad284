"""Penalties on the size of weights."""

import math
from typing import Any

from kerax import ops
from kerax.errors import ArgumentError
from kerax.regularizers import Regularizer


def factor(value: Any, where: str) -> float:
    """Return a factor as a number, checked to be finite and not negative; 0 for None."""
    number = 0.0 if value is None else value
    if isinstance(number, str) or not (math.isfinite(number) and number >= 0):
        raise ArgumentError(f"{where}: got {value!r}; wanted a finite number, 0 or more.")
    return float(number)


class L1(Regularizer):
    """Lasso: a penalty proportional to the sum of the weights' sizes.

        penalty = l1 · sum(|x|)

    Args:
        l1: the factor, 0 or more.

    Raises:
        ArgumentError: for any other factor.

    Example:
        >>> float(L1(0.5)([1.0, -2.0]))
        1.5

    Reference:
        Tibshirani, 1996, Regression Shrinkage and Selection via the Lasso.
        Keras: keras.regularizers.L1
    """

    def __init__(self, l1: float = 0.01):
        self.l1 = factor(l1, "L1: l1")

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a tensor of any shape, a scalar."""
        return self.l1 * ops.sum(ops.absolute(x))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l1": self.l1}


class L2(Regularizer):
    """Ridge: a penalty proportional to the sum of the weights' squares.

        penalty = l2 · sum(x²)

    Args:
        l2: the factor, 0 or more.

    Raises:
        ArgumentError: for any other factor.

    Example:
        >>> float(L2(0.5)([1.0, -2.0]))
        2.5

    Reference:
        Keras: keras.regularizers.L2
    """

    def __init__(self, l2: float = 0.01):
        self.l2 = factor(l2, "L2: l2")

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a tensor of any shape, a scalar."""
        return self.l2 * ops.sum(ops.square(x))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l2": self.l2}


class L1L2(Regularizer):
    """Elastic net: the penalties of `L1` and `L2` together.

        penalty = l1 · sum(|x|) + l2 · sum(x²)

    Args:
        l1: the factor of the first term, 0 or more.
        l2: the factor of the second term, 0 or more.

    Raises:
        ArgumentError: for any other factor.

    Example:
        >>> float(L1L2(1.0, 0.5)([1.0, -2.0]))
        5.5

    Reference:
        Zou and Hastie, 2005, Regularization and Variable Selection via the Elastic Net.
        Keras: keras.regularizers.L1L2
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = factor(l1, "L1L2: l1")
        self.l2 = factor(l2, "L1L2: l2")

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a tensor of any shape, a scalar."""
        return self.l1 * ops.sum(ops.absolute(x)) + self.l2 * ops.sum(ops.square(x))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l1": self.l1, "l2": self.l2}
