"""Metrics with one entry of state for each output, whose number the first batch tells."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerax.errors import ShapeError, StateError
from kerax.metrics import AdditiveMetric


class PerOutputMetric(AdditiveMetric):
    """A metric that creates its variables when it knows the predictions' columns.

    That is in `compile`d training before the first step, else with the first batch. A subclass has
    `create(columns)`.

    Args:
        dtype: data type or policy; None means `floatx()`.
        name: its name; the class's in snake case where None.
    """

    #: The number of the predictions' columns; None before it is known.
    columns: int | None = None

    def create(self, columns: int) -> None:
        """Create the variables for a number of columns."""
        raise NotImplementedError(f"{type(self).__name__} has no create().")

    def build_for(self, y_true: Any, y_pred: Any) -> None:
        """Create the variables, where that has not been done, for predictions `[batch, columns]`.

        Raises:
            ShapeError: where the predictions have another rank, or other columns than before.
        """
        shape = np.shape(y_pred)
        if len(shape) != 2 or self.columns not in (None, shape[1]):
            wanted = "columns" if self.columns is None else self.columns
            raise ShapeError(
                f"{self.name}: got predictions of shape {shape}; wanted [batch, {wanted}]."
            )
        self._create_once(shape[1])

    def _create_once(self, columns: int | None) -> None:
        if self.columns is None and columns is not None:
            self.create(columns)
            self.columns = columns

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take targets and predictions `[batch, columns]` in."""
        self.build_for(y_true, y_pred)
        self._add(y_true, y_pred, sample_weight)

    def merge_state(self, metrics: Sequence[AdditiveMetric]) -> None:
        """Add the states of other metrics of this class and configuration to this one's."""
        seen = [metric for metric in metrics if getattr(metric, "columns", None) is not None]
        for metric in seen:
            self._create_once(getattr(metric, "columns", None))
        super().merge_state(seen)

    def check_built(self) -> None:
        """Refuse to give a result before there are variables.

        Raises:
            StateError: where there are none.
        """
        if self.columns is None:
            raise StateError(
                f"{self.name}: got a call of result() before any batch; wanted update_state(), "
                "which tells the number of outputs, first."
            )
