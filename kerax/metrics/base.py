"""The base classes of all metrics: state in variables, and state that adds up."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from kerax import dtypes, initializers, naming, ops, plugins
from kerax.errors import StateError
from kerax.symbolic import unique_objects
from kerax.tracking import attributes_of_type
from kerax.variable import Scope, Variable, current_scope, write

__all__ = ["AdditiveMetric", "Metric"]


class Metric:
    """A number that is gathered over batches in variables: the base of all metrics.

    A subclass creates variables with `add_variable`, changes them in `update_state` and reads
    them in `result`. The `stateless_` methods are the same as pure functions of the variables'
    values, for use inside `jax.jit` and `jax.lax.scan`.

    Args:
        dtype: data type or policy; None means `floatx()`.
        name: its name; the class's in snake case where None.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, **kwargs):
        ...         super().__init__(**kwargs)
        ...         self.largest = self.add_variable((), "zeros", name="largest")
        ...
        ...     def update_state(self, values):
        ...         self.largest.assign(ops.maximum(self.largest, ops.max(values)))
        ...
        ...     def result(self):
        ...         return self.largest.value
        >>> float(Largest()([1.0, 3.0]))
        3.0

    Reference:
        Keras: keras.metrics.Metric
    """

    _untracked = frozenset({"_compiled"})

    def __init__(self, dtype: Any = None, name: str | None = None):
        self.name = name or naming.auto_name(type(self).__name__)
        self._dtype_policy = dtypes.get(dtype or dtypes.standardize_dtype(None))
        self._added: list[Variable] = []

    @property
    def dtype(self) -> str:
        """The data type that results are computed in."""
        return self._dtype_policy.compute_dtype

    @property
    def dtype_policy(self) -> dtypes.DTypePolicy:
        """The policy that the data types come from."""
        return self._dtype_policy

    @property
    def variables(self) -> list[Variable]:
        """The variables, those of metrics among the attributes last."""
        own = [*self._added, *attributes_of_type(self, Variable, self._untracked)]
        for metric in attributes_of_type(self, Metric, self._untracked):
            own.extend(metric.variables)
        return unique_objects(own)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Create a variable that is never trained.

        Args:
            shape: its shape.
            initializer: what `kerax.initializers.get` takes; None means zeros.
            dtype: a data type; None means the metric's.
            aggregation: how values of several devices join; kept for configs.
            name: its name.

        Returns:
            The variable.
        """
        with naming.name_scope(self.name.replace("/", ">"), caller=self):
            variable = Variable(
                initializers.get(initializer or "zeros"),
                shape=shape,
                dtype=dtype or self.dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._added.append(variable)
        return variable

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create a variable; see `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def build_for(self, y_true: Any, y_pred: Any) -> None:
        """Create the variables whose shapes depend on the outputs; here there are none.

        Training calls it before the first step, because a compiled step cannot create variables.

        Args:
            y_true: targets, or anything of their shape.
            y_pred: outputs, likewise; unknown sizes are None.
        """

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take a batch into the variables."""
        raise NotImplementedError(f"{type(self).__name__} has no update_state().")

    def result(self) -> Any:
        """Return the metric's value: a scalar, an array, or a dict of them."""
        raise NotImplementedError(f"{type(self).__name__} has no result().")

    def reset_state(self) -> None:
        """Set every variable to zeros."""
        for variable in self.variables:
            variable.assign(jnp.zeros(variable.shape, variable.dtype))

    @plugins.attributed
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch in and return the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> list:
        """Return the variables' values after a batch; nothing is stored.

        Args:
            metric_variables: values in the order of `variables`.
            *args: arguments of `update_state`.
            **kwargs: likewise.

        Returns:
            The new values, a list.

        Raises:
            StateError: where the number of values is another.
        """
        with self._scope(metric_variables) as scope:
            self.update_state(*args, **kwargs)
        return [scope.read(variable) for variable in self.variables]

    def stateless_result(self, metric_variables: Any) -> Any:
        """Return the result for the variables' values."""
        with self._scope(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list:
        """Return the variables' values after a reset; nothing is stored."""
        with Scope() as scope:
            self.reset_state()
        return [scope.read(variable) for variable in self.variables]

    def _scope(self, values: Any) -> Scope:
        variables = self.variables
        if len(values) != len(variables):
            raise StateError(
                f"{self.name}: metric_variables: got {len(values)} values; wanted "
                f"{len(variables)}, in the order of {[v.path for v in variables]}."
            )
        return Scope(zip(variables, values, strict=True))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Metric":
        """Make a metric from what `get_config` returned."""
        return cls(**config)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in self._untracked}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class AdditiveMetric(Metric):
    """A metric whose state is a sum over batches: the base of the standard ones.

    A subclass has `increments(y_true, y_pred, sample_weight)`, which returns what a batch adds to
    each variable. So the states of two parts of the data, or of two devices, merge by addition.
    Outside of transformations the update runs compiled, one program for each shape.

    Args:
        dtype: data type or policy; None means `floatx()`.
        name: its name; the class's in snake case where None.

    Example:
        >>> class Errors(AdditiveMetric):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.total = self.add_variable((), "zeros", name="total")
        ...
        ...     def increments(self, y_true, y_pred, sample_weight=None):
        ...         return [ops.sum(ops.not_equal(y_true, y_pred))]
        ...
        ...     def result(self):
        ...         return self.total.value
        >>> float(Errors()([1, 2, 3], [1, 2, 4]))
        1.0
    """

    #: Whether `increments` depends on nothing but its arguments and the metric's attributes.
    is_pure = True

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return what a batch adds to each of `variables`, in their order."""
        raise NotImplementedError(f"{type(self).__name__} has no increments().")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in.

        Args:
            y_true: targets `[batch, …]`.
            y_pred: predictions `[batch, …]`.
            sample_weight: None, a number, `[batch]`, or one weight a value.
        """
        self._add(y_true, y_pred, sample_weight)

    def merge_state(self, metrics: Sequence["AdditiveMetric"]) -> None:
        """Add the states of other metrics of this class and configuration to this one's."""
        for metric in metrics:
            for mine, other in zip(self.variables, metric.variables, strict=True):
                mine.assign_add(other)

    def masked(self, sample_weight: Any, y_pred: Any) -> Any:
        """Return the weights to use, given the mask that the predictions bring; here: ignore it."""
        return sample_weight

    def _add(self, *args: Any) -> None:
        *tensors, weight = args
        weight = self.masked(weight, tensors[-1])
        arrays = [None if x is None else _array(x) for x in (*tensors, weight)]
        variables = self.variables
        if self.is_pure and current_scope() is None:
            values = self._compiled_add()([v._value for v in variables], *arrays)
            if not any(isinstance(value, Tracer) for value in values):
                write(variables[: len(values)], values)
                return
        # A subclass may have further variables, which it updates itself.
        for variable, value in zip(variables, self.increments(*arrays), strict=False):
            variable.assign_add(ops.cast(value, variable.dtype))

    def _compiled_add(self) -> Callable[..., list]:
        compiled = self.__dict__.get("_compiled")
        if compiled is None:

            def add(values: list, *arrays: Any) -> list:
                new = self.increments(*arrays)
                pairs = zip(values, new, strict=False)
                return [value + jnp.asarray(x, value.dtype) for value, x in pairs]

            compiled = jax.jit(add)
            object.__setattr__(self, "_compiled", compiled)
        return compiled

    def __setattr__(self, name: str, value: Any) -> None:
        # The compiled update holds the attributes as they were.
        self.__dict__.pop("_compiled", None)
        super().__setattr__(name, value)


def _array(x: Any) -> Any:
    if isinstance(x, Variable):
        return x.value
    return x if isinstance(x, (jax.Array, np.ndarray)) else ops.convert_to_tensor(x)
