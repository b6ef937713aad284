"""The optimizer's base class: what every optimizer shares around its update rule."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from kerax import plugins
from kerax.errors import ArgumentError, StateError
from kerax.optimizers import gradients as gradient_rules
from kerax.optimizers.state import OptimizerState, choose, value_of
from kerax.serialization import deserialize_keras_object, serialize_keras_object
from kerax.variable import Scope, Variable, current_scope, write

__all__ = ["Optimizer", "Options"]

_OPTIONS = (
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


class Options(TypedDict, total=False):
    """The arguments, besides the learning rate, that every optimizer takes."""

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


class Optimizer(OptimizerState):
    r"""Changes trainable variables along their gradients.

    A step divides the gradients by `loss_scale_factor`, accumulates, clips and decays as asked,
    calls the subclass's rule, then averages and constrains the variables. Subclasses define
    `update_step` for one variable, as in Keras, or `update` for all of them.

    Args:
        learning_rate: a float, a `LearningRateSchedule`, or a callable without arguments.
        weight_decay: the share of each variable, times the learning rate, taken away each step.
        clipnorm: highest norm of one variable's gradient.
        clipvalue: highest absolute value of a gradient's element.
        global_clipnorm: highest norm of all gradients together.
        use_ema: keep an exponential moving average of the variables.
        ema_momentum: the average's momentum, within [0, 1].
        ema_overwrite_frequency: write the average into the variables every so many steps.
        loss_scale_factor: what `scale_loss` multiplies by and a step divides by.
        gradient_accumulation_steps: update once every so many steps with the mean gradient.
        name: its name; automatic where None.

    Raises:
        ArgumentError: for values out of range, and for two kinds of clipping at once.

    Example:
        >>> import kerax
        >>> v = kerax.Variable([1.0])
        >>> kerax.optimizers.SGD(0.5).apply([np.ones(1)], [v])
        >>> v.numpy().tolist()
        [0.5]

    Reference:
        Keras: keras.optimizers.Optimizer. Here subclasses take these options by name only.
    """

    compiles_apply = False  # True where `update` is a pure function: `apply` may then be jitted.

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if kwargs.pop("decay", None) is not None:
            warnings.warn("decay: no longer supported and ignored; use a schedule.", stacklevel=2)
        if kwargs:
            raise ArgumentError(f"{type(self).__name__}: got unknown arguments {sorted(kwargs)}.")
        super().__init__(learning_rate, name)
        self._trainable_variables: list[Variable] = []
        self._index: dict[Variable, int] = {}
        self._excluded: list[Variable | str] = []
        self.built = False
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue = clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        gradient_rules.check(self)

    def _get_variable_index(self, variable: Variable) -> int:
        return self._index[variable]

    def build(self, variables: Iterable[Variable]) -> None:
        """Create the state for the variables to train.

        Args:
            variables: the trainable variables, in the order in which gradients come.
        """
        if self.built:
            return
        self._trainable_variables = list(variables)
        self._index = {v: i for i, v in enumerate(self._trainable_variables)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(self._trainable_variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulators = self.add_optimizer_variables(
                self._trainable_variables, "gradient_accumulator"
            )
        self._decayed = [self._use_weight_decay(v) for v in self._trainable_variables]
        self.built = True

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Leave variables out of the weight decay.

        Args:
            var_list: the variables.
            var_names: parts of their names, such as `"bias"`.

        Raises:
            StateError: where the optimizer is built already.
        """
        if self.built:
            raise StateError(
                f"{self.name}: exclude_from_weight_decay came after build; call it before."
            )
        self._excluded += [*(var_list or ()), *(var_names or ())]

    def _use_weight_decay(self, variable: Variable) -> bool:
        return not any(
            rule in variable.name if isinstance(rule, str) else rule is variable
            for rule in self._excluded
        )

    def _weight_decay_of(self, variable: Variable) -> float | None:
        """The weight decay of one variable; a subclass may treat its variables unlike."""
        return self.weight_decay

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; the rule of a subclass that works a variable at a time.

        Args:
            gradient: `[*variable.shape]`, in the variable's type.
            variable: the variable to assign.
            learning_rate: float scalar, `[]`.
        """
        raise NotImplementedError(f"{type(self).__name__} defines neither update_step nor update.")

    def update(
        self, gradients: Sequence[Any], variables: Sequence[Variable], learning_rate: Any, loss: Any
    ) -> None:
        """Change all variables; by default `update_step` on each.

        Args:
            gradients: arrays like the variables.
            variables: those that have a gradient.
            learning_rate: float scalar, `[]`.
            loss: the step's loss, `[]`, or None where it isn't known.
        """
        for gradient, variable in zip(gradients, variables, strict=True):
            self.update_step(gradient, variable, learning_rate)

    def assign(self, variable: Variable, value: Any) -> None:
        """Assign a variable."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable."""
        variable.assign_sub(value)

    @plugins.attributed
    def apply(
        self, grads: Iterable[Any], trainable_variables: Iterable[Variable] | None = None
    ) -> None:
        """Take one step.

        Args:
            grads: a gradient, or None, for each variable.
            trainable_variables: the variables; those that the optimizer was built on where None.

        Raises:
            ArgumentError: for unknown variables, unequal lengths, or no gradient at all.
        """
        aligned = self._aligned(list(grads), trainable_variables)
        arrays = [*aligned, *(v.value for v in self._trainable_variables)]
        traced = any(isinstance(array, Tracer) for array in arrays)
        if traced or not self.compiles_apply or current_scope() is not None:
            self.take_step(aligned)
            return
        if "_compiled" not in self.__dict__:
            self._compiled = jax.jit(self.stateless_apply)
        values = [v.value for v in self.variables]
        params, state = self._compiled(values, aligned, arrays[len(aligned) :])
        write(self._trainable_variables, params)
        write(self.variables, state)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """Take one step from pairs of a gradient and a variable, and return `iterations`."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self._iterations

    def _aligned(self, grads: list[Any], variables: Iterable[Variable] | None) -> list[Any]:
        """The gradients in the order of the built variables, None where there is none."""
        if variables is None:
            variables = self._built_variables("apply")
        variables = list(variables)
        if len(grads) != len(variables):
            raise ArgumentError(
                f"{self.name}: got {len(grads)} gradients for {len(variables)} variables; wanted "
                "one each."
            )
        self.build(variables)
        unknown = [v.path for v in variables if v not in self._index]
        if unknown:
            raise ArgumentError(
                f"{self.name}: got variables {unknown} that it was not built on; wanted some of "
                f"{[v.path for v in self._trainable_variables]}. Make a new optimizer for them."
            )
        missing = [v.path for v, grad in zip(variables, grads, strict=True) if grad is None]
        if len(missing) == len(grads):
            raise ArgumentError(f"{self.name}: got no gradient for any variable.")
        if missing:
            warnings.warn(f"{self.name}: no gradient for {missing}; left alone.", stacklevel=4)
        given = dict(zip(variables, grads, strict=True))
        return [given.get(variable) for variable in self._trainable_variables]

    def _built_variables(self, method: str) -> list[Variable]:
        if not self.built:
            raise StateError(
                f"{self.name}: {method} came before build; call "
                "optimizer.build(trainable_variables) first."
            )
        return self._trainable_variables

    def stateless_apply(
        self,
        optimizer_variables: Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
        loss: Any = None,
    ) -> tuple[list[Any], list[Any]]:
        """Take one step as a pure function of arrays.

        Args:
            optimizer_variables: values of `variables`, in order.
            grads: a gradient for each trainable variable.
            trainable_variables: values of the variables that the optimizer was built on.
            loss: the step's loss, for optax transformations that take `value`.

        Returns:
            The new values `(trainable_variables, optimizer_variables)`.

        Raises:
            StateError: before `build`.
            ArgumentError: for lists of other lengths.

        Example:
            >>> import kerax
            >>> optimizer = kerax.optimizers.SGD(0.5)
            >>> optimizer.build([kerax.Variable([1.0])])
            >>> values = [v.value for v in optimizer.variables]
            >>> optimizer.stateless_apply(values, [np.ones(1)], [np.ones(1)])[0]
            [Array([0.5], dtype=float32)]
        """
        trained, own = self._built_variables("stateless_apply"), self.variables
        for what, got, wanted in (
            ("optimizer_variables", optimizer_variables, own),
            ("trainable_variables", trainable_variables, trained),
            ("grads", grads, trained),
        ):
            if len(got) != len(wanted):
                raise ArgumentError(
                    f"{self.name}.stateless_apply: got {len(got)} {what}; wanted {len(wanted)}, "
                    f"one for each of {[v.path for v in wanted]}."
                )
        start = [
            *zip(trained, trainable_variables, strict=True),
            *zip(own, optimizer_variables, strict=True),
        ]
        with Scope((v, value_of(x)) for v, x in start) as scope:
            self.take_step(list(grads), loss)
        return [scope.values[id(v)] for v in trained], [scope.values[id(v)] for v in own]

    def take_step(self, grads: list[Any], loss: Any = None) -> None:
        """Change all variables once, from the values that they have in the present scope.

        Args:
            grads: a gradient, or None, for each variable that the optimizer was built on.
            loss: the step's loss, or None.
        """
        rules = gradient_rules
        variables = self._trainable_variables
        grads = rules.unscaled([value_of(grad) for grad in grads], self.loss_scale_factor)
        if self.gradient_accumulation_steps:
            self._accumulate(grads, loss)
        else:
            self._update(grads, loss)
        if self.use_ema:
            self._average()
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self._iterations.assign_add(np.int32(1))

    def _update(self, grads: list[Any], loss: Any) -> None:
        grads = gradient_rules.clipped(grads, self.clipnorm, self.clipvalue, self.global_clipnorm)
        rate: Any = None if self._learning_rate is None else self._current_learning_rate()
        variables, gradients = [], []
        for variable, grad, decayed in zip(
            self._trainable_variables, grads, self._decayed, strict=True
        ):
            if grad is None:
                continue
            decay = self._weight_decay_of(variable) if decayed else None
            if decay is not None:
                shrink = jnp.asarray(decay * rate, variable.dtype)
                variable.assign(variable.value - variable.value * shrink)
            variables.append(variable)
            gradients.append(jnp.asarray(grad, variable.dtype))
        self.update(gradients, variables, rate, loss)

    def _accumulate(self, grads: list[Any], loss: Any) -> None:
        steps: Any = self.gradient_accumulation_steps
        sums = self._accumulators
        pairs = list(zip(grads, sums, strict=True))

        def last() -> None:
            self._update([g if g is None else (g + s.value) / steps for g, s in pairs], loss)
            for total in sums:
                total.assign(jnp.zeros(total.shape, total.dtype))

        def not_last() -> None:
            for grad, total in pairs:
                if grad is not None:
                    total.assign_add(grad)

        is_last = (self._iterations.value + 1) % steps == 0
        choose(is_last, last, not_last, [*self._trainable_variables, *self.variables])

    def _average(self) -> None:
        count, frequency = value_of(self.iterations), self.ema_overwrite_frequency
        momentum = jnp.where(count == 0, 0.0, self.ema_momentum)
        for variable, average in zip(self._trainable_variables, self._averages, strict=True):
            kept = momentum.astype(variable.dtype)
            average.assign(kept * average.value + (1 - kept) * variable.value)
            if frequency:
                now = (count + 1) % frequency == 0
                variable.assign(jnp.where(now, average.value, variable.value))

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Write the moving averages, where `use_ema` keeps them, into the variables.

        Args:
            var_list: the variables that the optimizer was built on, or some of them.
        """
        if self.use_ema:
            for variable in var_list:
                variable.assign(self._averages[self._index[variable]].value)

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss, `[]`, times `loss_scale_factor`: what gradients are taken of."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON values."""
        rate = self._learning_rate
        serial = float(rate) if isinstance(rate, Variable) else serialize_keras_object(rate)
        options = {name: getattr(self, name) for name in _OPTIONS}
        return {"name": self.name, "learning_rate": serial, **options}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Optimizer":
        """Make an optimizer from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = deserialize_keras_object(
                config["learning_rate"], custom_objects=custom_objects
            )
        return cls(**config)
