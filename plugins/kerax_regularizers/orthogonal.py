"""A penalty on rows or columns that point the same way."""

from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.regularizers import Regularizer
from kerax_regularizers.norms import factor as checked_factor


class OrthogonalRegularizer(Regularizer):
    """A penalty on a matrix whose rows, or columns, are not orthogonal to each other.

        penalty = factor · mean over pairs i < j of |xᵢ · xⱼ|, all xᵢ of length 1

    Args:
        factor: the factor, 0 or more.
        mode: `"rows"` or `"columns"`: which are to be orthogonal.

    Raises:
        ArgumentError: for another factor or mode.

    Example:
        >>> float(OrthogonalRegularizer(0.5)([[1.0, 0.0], [0.0, 2.0]]))
        0.0

    Reference:
        Keras: keras.regularizers.OrthogonalRegularizer. A single row or column gives 0.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        if mode not in ("rows", "columns"):
            raise ArgumentError(
                f"OrthogonalRegularizer: mode: got {mode!r}; wanted 'rows' or 'columns'."
            )
        self.factor = checked_factor(factor, "OrthogonalRegularizer: factor")
        self.mode = mode

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a matrix `[rows, columns]`, a scalar."""
        x = ops.convert_to_tensor(x)
        if len(x.shape) != 2:
            raise ShapeError(
                f"OrthogonalRegularizer: got weights of shape {tuple(x.shape)}; wanted two axes."
            )
        x = x if self.mode == "rows" else ops.transpose(x)
        x = ops.normalize(x, axis=1)
        size = x.shape[0]
        others = 1.0 - ops.eye(size, dtype=x.dtype)
        cosines = ops.absolute(ops.matmul(x, ops.transpose(x))) * others
        pairs = max(size * (size - 1.0), 1.0)
        return self.factor * ops.sum(cosines) / pairs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"factor": self.factor, "mode": self.mode}
