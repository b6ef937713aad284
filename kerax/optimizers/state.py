"""An optimizer's variables: the iteration, the learning rate and the slots."""

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from kerax import naming, plugins
from kerax.errors import ArgumentError
from kerax.optimizers.schedules import LearningRateSchedule
from kerax.variable import Variable, by_path, functionalize, write

__all__ = ["OptimizerState", "choose", "sharding_of", "takes_step"]


class OptimizerState:
    """The variables that an optimizer keeps, in the order in which they are saved.

    Args:
        learning_rate: a float, a schedule or its name or config, a callable, or None where a
            subclass has its own.
        name: the first part of the variables' paths; automatic where None.
    """

    gradient_accumulation_steps: int | None

    def __init__(self, learning_rate: Any, name: str | None):
        self._variables: list[Variable] = []
        self.name = name or naming.auto_name(type(self).__name__)
        self._iterations = self.add_variable((), dtype="int32", name="iteration")
        self._learning_rate = self._checked_learning_rate(learning_rate)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Variable) and not hasattr(type(self), name):
            self._track(value)
        if not name.startswith("_"):
            self.__dict__.pop("_compiled", None)  # a changed setting is traced anew
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_compiled"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _track(self, variable: Variable) -> None:
        if not any(variable is known for known in self._variables):
            self._variables.append(variable)

    @property
    def variables(self) -> list[Variable]:
        """The iteration, the learning rate and the slots, in the order in which they are saved."""
        return list(self._variables)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a variable of the optimizer's state.

        Args:
            shape: its shape.
            initializer: a name, an initializer, or an array of that shape.
            dtype: its data type; `floatx()` where None.
            aggregation: kept for Keras' signature.
            layout: a `jax.sharding.Sharding` of the value.
            name: its name; the path adds the optimizer's.

        Returns:
            The variable, which is not trainable.
        """
        zeros = isinstance(initializer, str) and initializer == "zeros"
        if isinstance(initializer, str) and not zeros:
            initializer = plugins.get("initializer", initializer)
        with naming.name_scope(self.name, caller=self):
            variable = Variable(
                _zeros if zeros else initializer,
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        if layout is not None:
            write([variable], [jax.device_put(variable._value, layout)])
        self._track(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Make a slot: a variable of the shape, type and sharding of another.

        Args:
            reference_variable: the variable that the slot belongs to.
            name: what the slot holds; its name is the other's path, `_`, and this.
            initializer: a name, an initializer, or an array.

        Returns:
            The slot.
        """
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            layout=sharding_of(reference_variable),
            name=f"{self._var_key(reference_variable)}_{name or 'slot'}",
        )

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Make one slot, or several, for each variable.

        Args:
            trainable_variables: the variables.
            name: what the slots hold, or a list of such names.
            initializer: one for all, or a list as long as `name`.

        Returns:
            A list of slots, or a tuple of such lists.
        """
        if isinstance(name, str):
            return [
                self.add_variable_from_reference(v, name, initializer) for v in trainable_variables
            ]
        starts = [initializer] * len(name) if isinstance(initializer, str) else list(initializer)
        rows = [
            [self.add_variable_from_reference(v, *pair) for pair in zip(name, starts, strict=True)]
            for v in trainable_variables
        ]
        return tuple(list(column) for column in zip(*rows, strict=True)) or tuple([] for _ in name)

    @staticmethod
    def _var_key(variable: Variable) -> str:
        return variable.path.replace("/", "_")

    @property
    def iterations(self) -> Any:
        """The number of updates so far: an int32 scalar, `[]`."""
        if self.gradient_accumulation_steps:
            return self._iterations.value // self.gradient_accumulation_steps
        return self._iterations

    def _checked_learning_rate(self, learning_rate: Any) -> Any:
        if isinstance(learning_rate, (str, Mapping)):
            learning_rate = plugins.get("schedule", learning_rate, where=self.name)
        if isinstance(learning_rate, Variable):
            learning_rate = float(learning_rate)
        if learning_rate is None or callable(learning_rate):
            return learning_rate
        if np.ndim(learning_rate) or not np.issubdtype(np.asarray(learning_rate).dtype, np.number):
            raise ArgumentError(
                f"{self.name}: got learning_rate={learning_rate!r}; wanted a float, a "
                "LearningRateSchedule or a callable without arguments."
            )
        value = np.asarray(learning_rate, "float32")
        return self.add_variable((), value, "float32", name="learning_rate")

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a float32 variable, or the schedule's present value.

        Setting it changes the variable's value, so that no compiled step is compiled again.
        """
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return self._current_learning_rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        if isinstance(self._learning_rate, LearningRateSchedule):
            raise TypeError(
                f"{self.name}: the learning rate comes from a schedule and cannot be set. Make "
                "the optimizer with a float to set it later."
            )
        if isinstance(self._learning_rate, Variable) and not callable(learning_rate):
            self._learning_rate.assign(learning_rate)
            return
        old = self._learning_rate
        self._variables = [v for v in self._variables if v is not old]
        self._learning_rate = self._checked_learning_rate(learning_rate)

    def _current_learning_rate(self) -> Any:
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate.value
        if takes_step(self._learning_rate):
            return self._learning_rate(self._iterations.value)
        return self._learning_rate()

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Assign all `variables` from a list of arrays in their order."""
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)

    def save_own_variables(self, store: Any) -> None:
        """Write each variable's value into a mapping under the keys `"0"`, `"1"` and so on."""
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assign the values that `save_own_variables` wrote; with a warning none if they differ."""
        if len(store.keys()) != len(self.variables):
            warnings.warn(
                f"{self.name}: the file holds {len(store.keys())} optimizer variables and the "
                f"optimizer has {len(self.variables)}; none was loaded. Build the optimizer on "
                "the variables it was saved with.",
                stacklevel=2,
            )
            return
        for index, variable in enumerate(self.variables):
            variable.assign(np.asarray(store[str(index)]))


def choose(
    condition: Any,
    on_true: Callable[[], None],
    on_false: Callable[[], None],
    variables: Iterable[Variable],
) -> None:
    """Run one of two functions that assign the variables, by a traced condition."""
    table = by_path(variables)
    branches = [functionalize(branch, table) for branch in (on_true, on_false)]
    values = {path: variable.value for path, variable in table.items()}
    new = jax.lax.cond(condition, *(lambda v, b=branch: b(v)[1] for branch in branches), values)
    for path, variable in table.items():
        variable.assign(new[path])


def takes_step(rate: Any) -> bool:
    """Tell whether a callable is a schedule, by its class or as a function that needs the step.

    Args:
        rate: a schedule, or a function of the step or of nothing.

    Example:
        >>> takes_step(lambda step: 0.1 / step), takes_step(lambda: 0.1)
        (True, False)
    """
    if isinstance(rate, LearningRateSchedule):
        return True
    try:
        inspect.signature(rate).bind()
    except TypeError:
        return True
    except ValueError:  # a built-in function does not tell
        return False
    return False


def sharding_of(variable: Variable) -> Any:
    """The sharding of a variable's value, None where one device holds it or it is abstract."""
    sharding = getattr(variable._value, "sharding", None)
    return sharding if sharding is not None and len(sharding.device_set) > 1 else None


def _zeros(shape: Sequence[int], dtype: Any) -> Any:
    return np.broadcast_to(np.zeros((), dtype), tuple(shape))


def value_of(x: Any) -> Any:
    """The array of a variable; anything else stays."""
    return x.value if isinstance(x, Variable) else x
