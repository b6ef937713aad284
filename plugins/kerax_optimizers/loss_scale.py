"""Dynamic scaling of the loss, for gradients in float16."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from kerax import plugins
from kerax.errors import ArgumentError
from kerax.optimizers.base import Optimizer
from kerax.optimizers.state import choose
from kerax.serialization import serialize_keras_object
from kerax.variable import Variable

__all__ = ["LossScaleOptimizer"]


class LossScaleOptimizer(Optimizer):
    """An optimizer around another that keeps float16 gradients off zero and infinity.

    The loss is multiplied by a scale and the gradients divided by it. A step with a gradient that
    is not finite is left out and halves the scale; `dynamic_growth_steps` good steps in a row
    double it.

    Args:
        inner_optimizer: the optimizer that takes the steps, or its name.
        initial_scale: the first scale.
        dynamic_growth_steps: how many good steps double the scale.
        name: its name.
        **options: none of the base's: give them to the inner optimizer.

    Raises:
        ArgumentError: for options that belong to the inner optimizer.

    Example:
        >>> optimizer = LossScaleOptimizer("sgd", initial_scale=8.0)
        >>> optimizer.scale_loss(2.0)
        16.0

    Reference:
        Micikevicius et al., 2018, Mixed Precision Training. Keras:
        keras.optimizers.LossScaleOptimizer
    """

    compiles_apply = True

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **options: Any,
    ):
        given = [key for key, value in options.items() if value not in (None, False)]
        if set(given) - {"ema_momentum"}:
            raise ArgumentError(f"LossScaleOptimizer: got {given}; give them to inner_optimizer.")
        super().__init__(0.0, name=name)  # the rate is the inner one's; this one keeps files alike
        if isinstance(inner_optimizer, (str, Mapping)):
            inner_optimizer = plugins.get("optimizer", inner_optimizer)
        if not isinstance(inner_optimizer, Optimizer):
            raise ArgumentError(
                f"{self.name}: got inner_optimizer={inner_optimizer!r}; wanted an Optimizer."
            )
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps

    def build(self, variables: Iterable[Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        scale = np.asarray(self.initial_scale, "float32")
        self.dynamic_scale = self.add_variable((), lambda *_, **__: scale, name="dynamic_scale")
        self.inner_optimizer.build(self._trainable_variables)

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        self.inner_optimizer.learning_rate = learning_rate

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss, `[]`, times the present scale and the inner optimizer's."""
        scale = self.dynamic_scale.value if self.built else self.initial_scale
        return self.inner_optimizer.scale_loss(loss) * scale

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(var_list)

    def take_step(self, grads: Sequence[Any], loss: Any = None) -> None:
        scale = self.dynamic_scale.value
        good = self.step_counter.value + 1

        def step() -> None:
            self.inner_optimizer.take_step(
                [grad if grad is None else grad / scale for grad in grads], loss
            )
            grown = good == self.dynamic_growth_steps
            self.dynamic_scale.assign(jnp.where(grown, scale * 2, scale))
            self.step_counter.assign(jnp.where(grown, 0, good))

        def skip() -> None:
            self.dynamic_scale.assign(scale / 2)
            self.step_counter.assign(0)

        finite = [jnp.all(jnp.isfinite(grad)) for grad in grads if grad is not None]
        choose(
            jnp.all(jnp.stack(finite)), step, skip, [*self._trainable_variables, *self.variables]
        )

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> "LossScaleOptimizer":
        return cls(**config)
