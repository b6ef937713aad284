"""The state of a layer: its variables, sublayers, losses and metrics, and their values."""

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kerax import constraints, initializers, regularizers
from kerax.errors import ArgumentError, BuildError, ShapeError
from kerax.metrics import Metric
from kerax.random import SeedGenerator
from kerax.symbolic import unique_objects
from kerax.tracking import attributes_of_type
from kerax.variable import Scope, Variable, by_path, current_scope, functionalize

__all__ = ["LayerState"]

_with_losses: "weakref.WeakSet[LayerState]" = weakref.WeakSet()


class LayerState:
    """What a layer holds; a base of `Layer`."""

    name: str
    built: bool
    __call__: Callable[..., Any]
    dtype_policy: Any
    _call_losses: list[Any]
    _extra_variables: list[Variable]
    _trainable: bool
    _untracked = frozenset({"_inbound_nodes", "_init_arguments", "_call_losses", "_compiled"})

    # What the attributes hold

    def _held(self, types: type | tuple[type, ...]) -> Iterator[Any]:
        return attributes_of_type(self, types, self._untracked)

    @property
    def _layers(self) -> list[Any]:
        """The layers that this one holds directly."""
        return [layer for layer in self._held(LayerState) if layer is not self]

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Any]:
        found: dict[int, Any] = {id(self): self}
        waiting = list(self._layers)
        while waiting:
            layer = waiting.pop(0)
            if id(layer) in found:
                continue
            found[id(layer)] = layer
            if recursive:
                waiting = [*layer._layers, *waiting]
        return list(found.values())[0 if include_self else 1 :]

    @property
    def _own_variables(self) -> list[Variable]:
        """The layer's own variables, those created trainable first, seed states apart."""
        held = unique_objects([*self._extra_variables, *self._held(Variable)])
        return sorted(held, key=lambda variable: not variable.created_trainable)

    @property
    def _own_seed_states(self) -> list[Variable]:
        return [generator.state for generator in self._held(SeedGenerator)]

    # Variables

    def _collect(self, seeds: bool) -> list[Variable]:
        found: list[Variable] = []
        for layer in self._flatten_layers():
            found.extend(layer._own_variables)
            if seeds:
                found.extend(layer._own_seed_states)
        return unique_objects(found)

    @property
    def variables(self) -> list[Variable]:
        """Every variable of the layer and its sublayers, seed generators' states included."""
        return self._collect(seeds=True)

    @property
    def weights(self) -> list[Variable]:
        """Every variable except the states of seed generators."""
        return self._collect(seeds=False)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that an optimizer changes."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that no optimizer changes."""
        return [v for v in self.variables if not v.trainable] if self.trainable else self.variables

    @property
    def trainable_weights(self) -> list[Variable]:
        """`trainable_variables` without the states of seed generators."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """`non_trainable_variables` without the states of seed generators."""
        return [v for v in self.weights if not v.trainable] if self.trainable else self.weights

    @property
    def trainable(self) -> bool:
        """Whether an optimizer may change the variables; setting it sets all sublayers'."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self._flatten_layers():
            layer._trainable = bool(value)
            for variable in layer._own_variables:
                if variable.created_trainable:
                    variable.trainable = bool(value)

    def add_weight(
        self,
        shape: Sequence[int | None] | int | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Create a variable of this layer.

        Args:
            shape: its shape; `()` where None.
            initializer: anything that `kerax.initializers.get` takes; None draws Glorot uniform
                for floats and zeros for the rest.
            dtype: a data type; None means the policy's variable type.
            trainable: whether optimizers change it.
            autocast: whether it is read in the compute type inside `call`.
            regularizer: anything that `kerax.regularizers.get` takes.
            constraint: anything that `kerax.constraints.get` takes.
            aggregation: kept for configs.
            overwrite_with_gradient: whether its gradient is its new value.
            name: its name within the layer.

        Returns:
            The `Variable`.

        Reference:
            Keras: keras.layers.Layer.add_weight
        """
        shape = (shape,) if isinstance(shape, int) else tuple(shape or ())
        dtype = dtype or self.dtype_policy.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if "float" in str(dtype) else "zeros"
        variable = Variable(
            initializers.get(initializer),
            shape=shape,  # type: ignore[arg-type] - a None among them is refused with its reason
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            aggregation=aggregation,
            name=name,
        )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        if not self._trainable:
            variable.trainable = False
        self._extra_variables.append(variable)
        return variable

    def count_params(self) -> int:
        """Return the number of scalars in all weights."""
        if not self.built:
            raise BuildError(
                f"{self.name}: count_params() needs variables, and the layer isn't built. Call it "
                "on data, or build(input_shape)."
            )
        return sum(int(np.prod(v.shape)) for v in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """Return the values of `weights` as numpy arrays."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the values of `weights`, all or none.

        Args:
            weights: arrays in the order of `weights`, of equal shapes.

        Raises:
            ShapeError: for another number of arrays or other shapes; nothing is changed then.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ShapeError(
                f"{self.name}: set_weights got {len(weights)} arrays; wanted {len(variables)}."
            )
        for variable, value in zip(variables, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ShapeError(
                    f"{variable.path}: set_weights got shape {np.shape(value)}; wanted "
                    f"{variable.shape}."
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def save_own_variables(self, store: Any) -> None:
        """Put the layer's own variables into a store of arrays, under "0", "1", …."""
        for index, variable in enumerate([*self._own_variables]):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Set the layer's own variables from a store that `save_own_variables` filled."""
        variables = self._own_variables
        if len(store.keys()) != len(variables):
            hint = "" if self.built or variables else " The layer isn't built yet."
            raise ShapeError(
                f"{self.name} ({type(self).__name__}): the file holds {len(store.keys())} "
                f"variables; wanted {len(variables)}.{hint}"
            )
        values = [np.asarray(store[str(index)]) for index in range(len(variables))]
        for variable, value in zip(variables, values, strict=True):
            if tuple(value.shape) != variable.shape:
                raise ShapeError(
                    f"{variable.path}: the file holds shape {value.shape}; wanted {variable.shape}."
                )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    # Losses and metrics

    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or a list of them, to what training minimises.

        Args:
            loss: a scalar computed from the layer's inputs.

        Example:
            >>> from kerax import layers, ops
            >>> class Penalised(layers.Layer):
            ...     def call(self, x):
            ...         self.add_loss(0.1 * ops.sum(x))
            ...         return x

        Reference:
            Keras: keras.layers.Layer.add_loss
        """
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            if callable(value):
                raise ArgumentError(f"{self.name}: add_loss got {value!r}; wanted a scalar tensor.")
            scope = current_scope()
            if scope is not None:
                scope.add_loss(value)
            else:
                self._call_losses.append(value)
                _with_losses.add(self)

    def _clear_losses(self) -> None:
        """Forget what `add_loss` was given in earlier calls of this layer and its sublayers."""
        if not _with_losses:
            return
        for layer in self._flatten_layers():
            layer._call_losses.clear()
            _with_losses.discard(layer)

    @property
    def losses(self) -> list[Any]:
        """What `add_loss` was given in the last call, and the weights' regularization."""
        scope = current_scope()
        if scope is not None:
            added = list(scope.losses)
        else:
            added = [loss for layer in self._flatten_layers() for loss in layer._call_losses]
        return added + self._regularization_losses()

    def _regularization_losses(self) -> list[Any]:
        weights = [v for v in self.trainable_weights if v.regularizer is not None]
        return [variable.regularizer(variable.value) for variable in weights]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that the layer and its sublayers hold."""
        layers = self._flatten_layers()
        return unique_objects([m for layer in layers for m in layer._held(Metric)])

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    # Pure calls

    def stateless_call(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call the layer as a pure function of its variables' values.

        Args:
            trainable_variables: values, in the order of the property of that name.
            non_trainable_variables: likewise.
            *args: the layer's arguments.
            return_losses: whether to return what `losses` would hold.
            **kwargs: the layer's keyword arguments.

        Returns:
            `(outputs, non_trainable_variables)`, or with the list of losses as a third.

        Raises:
            BuildError: before the layer is built.
            ShapeError: for lists of the wrong length.

        Reference:
            Keras: keras.layers.Layer.stateless_call
        """
        if not self.built:
            raise BuildError(
                f"{self.name}: stateless_call needs variables, and {type(self).__name__} isn't "
                "built. Call it on some data, or build(input_shape), first."
            )
        trainable, rest = self.trainable_variables, self.non_trainable_variables
        _check_lengths(self.name, "trainable_variables", trainable_variables, trainable)
        _check_lengths(self.name, "non_trainable_variables", non_trainable_variables, rest)
        mapping = [
            *zip(trainable, trainable_variables, strict=True),
            *zip(rest, non_trainable_variables, strict=True),
        ]
        with Scope(mapping, collect_losses=return_losses) as scope:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else []
        new = [scope.values[id(variable)] for variable in rest]
        return (outputs, new, losses) if return_losses else (outputs, new)

    def stateless_apply(
        self, values: Mapping[str, Any], *args: Any, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Call the layer as a pure function of a dict of values by path.

        Args:
            values: values by path, as `values_by_path()` returns them; variables left out keep
                their stored value.
            *args: the layer's arguments.
            **kwargs: the layer's keyword arguments.

        Returns:
            `(outputs, new values)`: the new dict has the same keys, and those of variables that
            the call assigned.

        Example:
            >>> import jax
            >>> from kerax import layers
            >>> layer = layers.Dense(1, kernel_initializer="ones")
            >>> layer.build((None, 2))
            >>> y, values = jax.jit(layer.stateless_apply)(layer.values_by_path(), np.ones((1, 2)))
            >>> float(y[0, 0])
            2.0
        """
        outputs, new, _ = functionalize(self, self.variables)(values, *args, **kwargs)
        return outputs, new

    def values_by_path(self) -> dict[str, Any]:
        """Return the arrays of `variables` by path, a pytree for `stateless_apply`."""
        return {path: variable.value for path, variable in by_path(self.variables).items()}


def _check_lengths(name: str, what: str, got: Sequence[Any], wanted: Sequence[Any]) -> None:
    if len(got) != len(wanted):
        raise ShapeError(f"{name}: stateless_call got {len(got)} {what}; wanted {len(wanted)}.")
