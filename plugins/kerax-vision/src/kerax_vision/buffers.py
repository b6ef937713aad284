"""Metrics that keep what they saw, in buffers of a fixed size, because only that is exact."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer
from kerax.errors import ArgumentError, DataError, StateError
from kerax.metrics import Metric
from kerax.variable import Variable

__all__ = ["BufferedMetric"]


class BufferedMetric(Metric):
    """A metric with rows in buffers `[capacity, …]`, and sums beside them.

    Nothing is dropped silently: when more rows come than there is room for, they are counted,
    reading the result raises, and inside compiled code, where nothing can raise, it is NaN. The
    states of two metrics merge by putting the rows of one behind the other's.

    Args:
        capacity: how many rows there is room for.
        name: its name.
        dtype: data type or policy of the result; None means `floatx()`.

    Raises:
        ArgumentError: where the capacity is not positive.

    Example:
        >>> class Largest(BufferedMetric):
        ...     def __init__(self):
        ...         super().__init__(capacity=4, name="largest", dtype=None)
        ...         self.add_buffer("rows", "float32")
        ...
        ...     def update_state(self, x):
        ...         self.take([x], jnp.ones(x.shape, bool))
        ...
        ...     def result(self):
        ...         return self.flagged(jnp.max(self.rows.value))
        >>> float(Largest()(jnp.arange(3.0)))
        2.0
    """

    #: What is counted in rows, for errors.
    row_name = "values"

    def __init__(self, capacity: int, name: str | None, dtype: Any):
        super().__init__(dtype=dtype, name=name)
        if capacity < 1:
            raise ArgumentError(f"{self.name}: capacity: got {capacity}; wanted 1 or more.")
        self.capacity = capacity
        self.buffer_names: tuple[str, ...] = ()
        self.sum_names: tuple[str, ...] = ()
        self.seen = self.add_variable((), "zeros", "int32", name="seen")

    def add_buffer(self, name: str, dtype: str, shape: tuple[int, ...] = ()) -> None:
        """Create a buffer `[capacity, *shape]` as the attribute `name`."""
        variable = self.add_variable((self.capacity, *shape), "zeros", dtype, name=name)
        setattr(self, name, variable)
        self.buffer_names += (name,)

    def add_sum(self, name: str, dtype: str, shape: tuple[int, ...] = ()) -> None:
        """Create a variable that batches add to, as the attribute `name`."""
        setattr(self, name, self.add_variable(shape, "zeros", dtype, name=name))
        self.sum_names += (name,)

    def take(self, rows: Sequence[Any], kept: Any, sums: Sequence[Any] = ()) -> None:
        """Put rows behind those there, and add to the sums.

        Args:
            rows: a tensor `[rows, …]` for each buffer.
            kept: booleans `[rows]`, which of them to take.
            sums: a tensor for each sum.
        """
        buffers, seen = self._values(self.buffer_names), self.seen.value
        filled, seen = _appended(buffers, seen, list(rows), kept)
        self._store(self.buffer_names, filled)
        self.seen.assign(seen)
        pairs = zip(self._values(self.sum_names), sums, strict=True)
        self._store(self.sum_names, [old + new for old, new in pairs])

    def merge_state(self, metrics: Sequence["BufferedMetric"]) -> None:
        """Take in the rows and sums of other metrics of this class and configuration.

        Raises:
            StateError: where another is of another configuration.
        """
        for metric in metrics:
            if type(metric) is not type(self) or metric.settings() != self.settings():
                raise StateError(
                    f"{self.name}: merge_state: got {metric!r} with other settings; wanted a "
                    f"{type(self).__name__} with {self.settings()}."
                )
            seen = metric.seen.value
            there = jnp.arange(metric.capacity) < seen
            sums = metric._values(metric.sum_names)
            self.take(metric._values(metric.buffer_names), there, sums)
            # What the other had no room for is missing here too.
            lost = seen > metric.capacity
            self.seen.assign(jnp.where(lost, self.capacity + seen, self.seen.value))

    def settings(self) -> dict[str, Any]:
        """Return the config without what two metrics to merge may differ in."""
        config = self.get_config()
        return {k: v for k, v in config.items() if k not in ("name", "dtype", "capacity")}

    def there(self) -> jax.Array:
        """Return which rows are taken, `[capacity]`."""
        return jnp.arange(self.capacity) < self.seen.value

    def flagged(self, value: Any, wrong: Any = False) -> jax.Array:
        """Return a result in the metric's type, NaN where rows found no room or all is `wrong`."""
        full = self.seen.value > self.capacity
        return jnp.where(full | wrong, jnp.nan, value).astype(self.dtype)

    def raise_if_full(self) -> None:
        """Raise where rows found no room; inside compiled code `flagged` says so instead.

        Raises:
            DataError: naming the capacity that is needed.
        """
        seen = self.seen.value
        if not isinstance(seen, Tracer) and int(seen) > self.capacity:
            raise DataError(
                f"{self.name}: got {int(seen)} {self.row_name}; wanted at most "
                f"capacity={self.capacity}. Make the metric with a larger capacity."
            )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "capacity": self.capacity}

    def _values(self, names: tuple[str, ...]) -> list[Any]:
        return [getattr(self, name).value for name in names]

    def _store(self, names: tuple[str, ...], values: Sequence[Any]) -> None:
        for name, value in zip(names, values, strict=True):
            variable: Variable = getattr(self, name)
            variable.assign(value)


@jax.jit
def _appended(buffers: list[Any], seen: Any, rows: list[Any], kept: Any) -> tuple[list[Any], Any]:
    """Write the rows that are kept behind those there; those without room are counted only."""
    if not kept.size:
        return buffers, seen
    after = seen + jnp.cumsum(kept, dtype=jnp.int32)
    position = jnp.where(kept, after - 1, buffers[0].shape[0])
    pairs = zip(buffers, rows, strict=True)
    filled = [old.at[position].set(new.astype(old.dtype), mode="drop") for old, new in pairs]
    return filled, after[-1]
