"""One optimizer of several, each for variables of its own."""

from collections.abc import Iterable
from typing import Any

from kerax.errors import ArgumentError
from kerax.optimizers.base import Optimizer
from kerax.optimizers.optimizer_map import OptimizerMap
from kerax.serialization import deserialize_keras_object, serialize_keras_object
from kerax.variable import Variable

__all__ = ["MultiOptimizer"]


class MultiOptimizer(Optimizer):
    """An optimizer that gives each variable to one of several, by its path.

    Args:
        optimizer_map: an `OptimizerMap`; the patterns are matched with the variables' paths.
        loss_scale_factor: that of all the optimizers, whose own are replaced.
        name: its name.

    Raises:
        ArgumentError: for something else than an `OptimizerMap`.

    Example:
        >>> from kerax.optimizers import SGD
        >>> optimizer = MultiOptimizer(OptimizerMap(SGD(0.5), {"head/.*": SGD(0.25)}))
        >>> len(optimizer.optimizers)
        2

    Reference:
        Keras: keras.optimizers.MultiOptimizer
    """

    compiles_apply = True

    def __init__(
        self,
        optimizer_map: OptimizerMap,
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ):
        super().__init__(0.0, name=name)  # the rates are the others'; this one keeps files alike
        if not isinstance(optimizer_map, OptimizerMap):
            raise ArgumentError(
                f"{self.name}: got optimizer_map={optimizer_map!r}; wanted an OptimizerMap."
            )
        self.optimizer_map = optimizer_map
        self.loss_scale_factor = loss_scale_factor
        if loss_scale_factor is not None:
            for optimizer in self.optimizers:
                optimizer.loss_scale_factor = loss_scale_factor

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers, each once: in the map's order, then the default."""
        every = [
            *(self.optimizer_map[key] for key in self.optimizer_map),
            self.optimizer_map.default_optimizer,
        ]
        return list({id(optimizer): optimizer for optimizer in every}.values())

    def build(self, variables: Iterable[Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self._members: list[tuple[Optimizer, list[int]]] = []
        chosen = [self.optimizer_map[variable.path] for variable in self._trainable_variables]
        for optimizer in self.optimizers:
            indices = [index for index, each in enumerate(chosen) if each is optimizer]
            optimizer.build([self._trainable_variables[index] for index in indices])
            self._members.append((optimizer, indices))

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *(v for each in self.optimizers for v in each.variables)]

    @property
    def iterations(self) -> Any:
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        raise AttributeError(self._no_rate())

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        raise AttributeError(self._no_rate())

    def _no_rate(self) -> str:
        return f"{self.name}: got no learning rate of its own; use those of its `optimizers`."

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        variables, names = list(var_list or ()), list(var_names or ())
        for optimizer in self.optimizers:
            optimizer.exclude_from_weight_decay(variables, names)

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        wanted = {self._index[variable] for variable in var_list}
        for optimizer, indices in self._members:
            mine = [self._trainable_variables[index] for index in indices if index in wanted]
            optimizer.finalize_variable_values(mine)

    def take_step(self, grads: list[Any], loss: Any = None) -> None:
        for optimizer, indices in self._members:
            own = [grads[index] for index in indices]
            if any(grad is not None for grad in own):
                optimizer.take_step(own, loss)
        self._iterations.assign_add(1)

    def get_config(self) -> dict[str, Any]:
        return {
            "optimizer_map": serialize_keras_object(self.optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "MultiOptimizer":
        return cls(**deserialize_keras_object(config, custom_objects=custom_objects))
