"""Optimizers made of an optax gradient transformation, whose state lives in variables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.extend.core import Literal

from kerax import plugins
from kerax.errors import ArgumentError, SerializationError, StateError
from kerax.optimizers.base import Optimizer
from kerax.optimizers.state import sharding_of, value_of
from kerax.variable import Variable

__all__ = ["OptaxOptimizer", "TransformOptimizer", "by_learning_rate", "with_given_count"]


def by_learning_rate(sign: int = -1) -> optax.GradientTransformationExtraArgs:
    """Multiply updates by the step's learning rate.

    Unlike `optax.scale_by_learning_rate` the rate is an argument of `update`, so that a schedule
    and a changed rate need no other transformation.

    Args:
        sign: minus one to go down the gradient, one where that is left to a later step.

    Returns:
        A transformation whose `update` takes `learning_rate`, a float32 scalar.

    Example:
        >>> rule = by_learning_rate()
        >>> rule.update([jnp.ones(1)], rule.init([]), learning_rate=jnp.float32(0.5))[0][0].tolist()
        [-0.5]
    """

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        rate = sign * extra["learning_rate"]
        return jax.tree.map(lambda u: jnp.asarray(rate, u.dtype) * u, updates), state

    return optax.GradientTransformationExtraArgs(optax.init_empty_state, update)


def with_given_count(
    rule: optax.GradientTransformation,
) -> optax.GradientTransformationExtraArgs:
    """Let a transformation count by the optimizer's iterations and keep no count of its own.

    Args:
        rule: one whose state is a named tuple with a field `count`.

    Returns:
        The same, with `count` an argument of `update`.

    Example:
        >>> with_given_count(optax.scale_by_adam()).init([jnp.ones(1)]).count is None
        True
    """

    def init(params: Any) -> Any:
        state: Any = rule.init(params)
        return state._replace(count=None)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        updates, state = rule.update(updates, state._replace(count=extra["count"]), params)
        return updates, state._replace(count=None)

    return optax.GradientTransformationExtraArgs(init, update)


class TransformOptimizer(Optimizer):
    """An optimizer whose rule is an optax transformation over the list of variables.

    A subclass defines `transformation()`. Its `update` is given `learning_rate`, the float32 rate;
    `count`, the int32 number of updates before this one; and `value`, the loss or None. Each array
    of its state is a variable, named after the model's variable that it belongs to and after
    `slot_names[field]`; `slot_order` lists the fields to be saved one after the other, the others
    come variable by variable. With `names_by_path` names hold the whole path within the state,
    and all is saved in its order.

    Example:
        >>> class SignSGD(TransformOptimizer):
        ...     def transformation(self):
        ...         return optax.chain(optax.scale_by_sign(), by_learning_rate())
        >>> weight, optimizer = Variable([1.0]), SignSGD(0.5)
        >>> optimizer.apply([np.array([7.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5]

    Reference:
        optax: optax.GradientTransformationExtraArgs
    """

    compiles_apply = True
    slot_names: ClassVar[Mapping[str, str]] = {}
    slot_order: ClassVar[Sequence[str]] = ()
    names_by_path: ClassVar[bool] = False  # True where one field may stand in several places

    def transformation(self) -> optax.GradientTransformation:
        """Return the transformation; its updates are added to the variables."""
        raise NotImplementedError(f"{type(self).__name__} does not define transformation().")

    def build(self, variables: Iterable[Variable]) -> None:
        """Create the base's state and one variable for each array of the transformation's."""
        if self.built:
            return
        super().build(variables)
        params = [variable._value for variable in self._trainable_variables]
        leaves, self._structure = initial_state(self.transformation().init, params)
        made = [self._place_of(path, leaf) for path, leaf in leaves]
        self._owners = [owner for owner, _, _ in made]
        self._key_impls = [jax.random.key_impl(x) if _is_key(x) else None for _, x in leaves]
        slots: dict[int, Variable] = {}
        for index in sorted(range(len(made)), key=lambda i: (*self._rank(*made[i]), i)):
            owner, _, name = made[index]
            slots[index] = self._new_slot(owner, name, leaves[index][1])
        self._slots = [slots[index] for index in range(len(made))]

    def _place_of(self, path: tuple, leaf: Any) -> tuple[int | None, str, str]:
        """Whose array of the state this is, its field, and its variable's name."""
        *fields, last = path
        index = last.idx if isinstance(last, jax.tree_util.SequenceKey) else None
        known = self._trainable_variables
        if index is None or index >= len(known) or not fields or known[index].shape != leaf.shape:
            return None, _key(last), self._state_name(path)
        field = _key(fields[-1])
        return index, field, self._slot_name(known[index], tuple(fields))

    def _state_name(self, path: tuple) -> str:
        return "_".join(map(_key, path)) if self.names_by_path else _key(path[-1])

    def _slot_name(self, variable: Variable, fields: tuple) -> str:
        if self.names_by_path:
            return f"{'_'.join(map(_key, fields))}_{self._var_key(variable)}"
        field = _key(fields[-1])
        return f"{self._var_key(variable)}_{self.slot_names.get(field, field)}"

    def _rank(self, owner: int | None, field: str, name: str) -> tuple[int, int]:
        """Where a slot stands among the saved ones: interleaved first, then field by field."""
        if self.names_by_path:
            return 0, 0
        if owner is None:
            return len(self.slot_order) + 1, 0
        if field in self.slot_order:
            return self.slot_order.index(field) + 1, 0
        return 0, owner

    def _new_slot(self, owner: int | None, name: str, value: Any) -> Variable:
        layout = None if owner is None else sharding_of(self._trainable_variables[owner])
        value = jax.random.key_data(value) if _is_key(value) else value
        return self.add_variable(
            value.shape, lambda shape, dtype: value, str(value.dtype), layout=layout, name=name
        )

    def update(
        self, gradients: Sequence[Any], variables: Sequence[Variable], learning_rate: Any, loss: Any
    ) -> None:
        known = self._trainable_variables
        given = {self._index[v]: g for v, g in zip(variables, gradients, strict=True)}
        params = [variable.value for variable in known]
        grads = [given[i] if i in given else jnp.zeros_like(p) for i, p in enumerate(params)]
        rule = optax.with_extra_args_support(self.transformation())
        extra = self._extra_arguments(learning_rate, loss)
        updates: Any
        updates, state = rule.update(grads, self._state(), params, **extra)
        leaves, structure = jax.tree.flatten(state)
        if structure != self._structure:
            raise StateError(
                f"{self.name}: the transformation's state changed from {self._structure} to "
                f"{structure}; wanted one structure from `init` on."
            )
        for slot, owner, leaf in zip(self._slots, self._owners, leaves, strict=True):
            if owner is None or owner in given:
                slot.assign(jax.random.key_data(leaf) if _is_key(leaf) else leaf)
        for index in given:
            known[index].assign(params[index] + updates[index])

    def _state(self) -> Any:
        """The transformation's state, of the values that the slots have now."""
        held = [
            slot.value if impl is None else jax.random.wrap_key_data(slot.value, impl=impl)
            for slot, impl in zip(self._slots, self._key_impls, strict=True)
        ]
        return jax.tree.unflatten(self._structure, held)

    def _extra_arguments(self, learning_rate: Any, loss: Any) -> dict[str, Any]:
        return {"learning_rate": learning_rate, "count": value_of(self.iterations), "value": loss}


class OptaxOptimizer(TransformOptimizer):
    """Any optax `GradientTransformation` as an optimizer; `compile` wraps it by itself.

    The learning rate can be read and set where the transformation was made with
    `optax.inject_hyperparams`; it is then a float32 variable, and setting it recompiles nothing.
    Transformations with extra arguments are given `value`, the loss, in `fit`.

    Args:
        transformation: what optax made, with the learning rate inside.
        source: the name or config that a plugin made the transformation from, so that a saved
            model can make it again.
        **options: the base's options but `learning_rate` and `weight_decay`, which belong into
            the transformation.

    Raises:
        ArgumentError: for another object, and for `weight_decay`.

    Example:
        >>> optimizer = OptaxOptimizer(optax.inject_hyperparams(optax.sgd)(0.5))
        >>> weight = Variable([1.0])
        >>> optimizer.build([weight])
        >>> optimizer.learning_rate = 0.25
        >>> optimizer.apply([np.ones(1)])
        >>> weight.numpy().tolist()
        [0.75]

    Reference:
        optax: optax.GradientTransformation, optax.inject_hyperparams
    """

    names_by_path = True

    def __init__(self, transformation: Any, source: Any = None, **options: Any):
        if not (hasattr(transformation, "init") and hasattr(transformation, "update")):
            raise ArgumentError(
                f"OptaxOptimizer: got {transformation!r}; wanted an optax GradientTransformation."
            )
        if options.pop("weight_decay", None) is not None:
            raise ArgumentError(
                "OptaxOptimizer: got weight_decay; add it to the transformation, for example with "
                "optax.add_decayed_weights."
            )
        super().__init__(learning_rate=None, **options)
        self._given = transformation
        self._source = source

    def transformation(self) -> optax.GradientTransformation:
        return self._given

    def _extra_arguments(self, learning_rate: Any, loss: Any) -> dict[str, Any]:
        return {} if loss is None else {"value": loss}

    @property
    def learning_rate(self) -> Variable:
        """The float32 variable of the injected learning rate."""
        found = [v for v in self.variables if v.name.endswith("hyperparams_learning_rate")]
        if len(found) == 1:
            return found[0]
        if not self.built:
            raise StateError(
                f"{self.name}: the learning rate of an optax transformation is known after "
                "build(variables)."
            )
        raise StateError(
            f"{self.name}: got {len(found)} learning rates in the transformation's state; wanted "
            "one. Make it with optax.inject_hyperparams, as in "
            "optax.inject_hyperparams(optax.adam)(learning_rate=1e-3)."
        )

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        variable = self.learning_rate
        if any("hyperparams_states_learning_rate" in v.name for v in self.variables):
            raise TypeError(
                f"{self.name}: the learning rate comes from a schedule and cannot be set. Give "
                "optax.inject_hyperparams a float to set it later."
            )
        variable.assign(learning_rate)

    def get_config(self) -> dict[str, Any]:
        if self._source is None:
            raise SerializationError(
                f"{self.name}: an optax transformation has no config. Offer a function that makes "
                "it as a plugin's optimizer (contract='gradient_transformation') and compile with "
                "its id."
            )
        config = super().get_config()
        del config["learning_rate"], config["weight_decay"]
        return {**config, "transformation": self._source}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "OptaxOptimizer":
        config = dict(config)
        source = config.pop("transformation")
        return cls(plugins.get("optimizer", source), source=source, **config)


def initial_state(init: Any, params: list[Any]) -> tuple[list[tuple[Any, Any]], Any]:
    """Return a transformation's first state as (path, array) pairs, and its structure.

    Arrays filled with a constant, which most are, are made by numpy without compiling anything;
    one program makes all others, as copies, since training donates them.
    """
    traced = jax.jit(init).trace(params)
    shapes, structure = jax.tree_util.tree_flatten_with_path(traced.out_info)
    leaves = _constants(traced.jaxpr.jaxpr)
    if any(leaf is None for leaf in leaves):
        if any(isinstance(param, jax.ShapeDtypeStruct) for param in params):
            leaves = [shape for _, shape in shapes]
        else:
            leaves = _computed(init, params, leaves)
    return [(path, leaf) for (path, _), leaf in zip(shapes, leaves, strict=True)], structure


def _constants(jaxpr: Any) -> list[Any]:
    """The jaxpr's outputs that are one repeated number, None in place of the others."""
    filled = {
        equation.outvars[0]: equation.invars[0].val
        for equation in jaxpr.eqns
        if equation.primitive.name == "broadcast_in_dim" and isinstance(equation.invars[0], Literal)
    }
    values = []
    for out in jaxpr.outvars:
        number = out.val if isinstance(out, Literal) else filled.get(out)
        aval: Any = out.aval
        values.append(
            None if number is None else np.broadcast_to(np.asarray(number, aval.dtype), aval.shape)
        )
    return values


def _computed(init: Any, params: list[Any], known: list[Any]) -> list[Any]:
    def missing(params: list[Any]) -> list[Any]:
        leaves = jax.tree.leaves(init(params))
        # A copy, or JAX would hand a parameter's own buffer through as state.
        return [
            jnp.copy(jnp.asarray(leaf, leaf.dtype))
            for leaf, constant in zip(leaves, known, strict=True)
            if constant is None
        ]

    compiled = jax.jit(missing).lower(params).compile()
    with jax.ensure_compile_time_eval():  # also while something else is being traced
        computed = iter(compiled(params))
    return [next(computed) if constant is None else constant for constant in known]


def _is_key(value: Any) -> bool:
    return jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def _key(entry: Any) -> str:
    """The name of one step of a pytree's path."""
    for attribute in ("name", "key", "idx"):
        if hasattr(entry, attribute):
            return str(getattr(entry, attribute)).replace("/", "_")
    return str(entry)
