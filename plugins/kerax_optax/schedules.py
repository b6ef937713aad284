"""optax' schedules as learning-rate schedules with a config.

Each attribute is a class named as in optax, made when it is first asked for:
`cosine_decay_schedule(0.1, decay_steps=1000)`.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import jax.numpy as jnp

from kerax.optimizers import schedules
from kerax.optimizers.schedules import LearningRateSchedule
from kerax_optax.arguments import bind, find
from kerax_optax.table import SCHEDULES

__all__ = ["OptaxSchedule"]


class OptaxSchedule(LearningRateSchedule):
    """A learning rate from one of optax' schedules; the base of those.

    Args:
        *arguments: what the function of optax takes.
        **options: the same by name. `schedules`, which `join_schedules` takes, may be names and
            configs; the keys of `boundaries_and_scales` may be strings, as JSON has them.

    Raises:
        ArgumentError: for arguments that the function does not take, or misses.

    Example:
        >>> schedule = schedules.get(
        ...     {
        ...         "id": "optax>linear_schedule",
        ...         "config": {"init_value": 1.0, "end_value": 0.0, "transition_steps": 4},
        ...     }
        ... )
        >>> float(schedule(1))
        0.75
        >>> schedule.get_config()["transition_begin"]
        0

    Reference:
        optax: optax.schedules
    """

    function: ClassVar[Callable[..., Any]]

    def __init__(self, *arguments: Any, **options: Any):
        name = type(self).__name__
        signature = inspect.signature(type(self).function)
        given = bind(name, signature, arguments, options)
        self.arguments = {key: _read(key, value) for key, value in given.items()}
        type(self).function(**self.arguments)  # so that a wrong value is told here

    def __call__(self, step: Any) -> Any:
        step = jnp.asarray(step)
        if jnp.issubdtype(step.dtype, jnp.unsignedinteger):
            step = step.astype(jnp.int32)  # optax subtracts, and 9 - 10 has no sign to lose
        return jnp.asarray(type(self).function(**self.arguments)(step), jnp.float32)

    def get_config(self) -> dict[str, Any]:
        return {key: _written(value) for key, value in self.arguments.items()}


def _read(key: str, value: Any) -> Any:
    if key == "schedules":
        return [schedules.get(each) for each in value]
    if isinstance(value, Mapping) and key == "boundaries_and_scales":
        return {int(step): scale for step, scale in value.items()}
    return value


def _written(value: Any) -> Any:
    if isinstance(value, LearningRateSchedule):
        return schedules.serialize(value)
    if isinstance(value, Mapping):
        return {str(key): _written(item) for key, item in value.items()}
    return [_written(item) for item in value] if isinstance(value, (list, tuple)) else value


@functools.cache
def __getattr__(name: str) -> type[OptaxSchedule]:
    if name not in SCHEDULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = find(name)
    members = {
        "__module__": __name__,
        "__doc__": f"{SCHEDULES[name]}; the arguments are those of `optax.{name}`.",
        "__signature__": inspect.signature(function),
        "function": staticmethod(function),
    }
    return type(name, (OptaxSchedule,), members)
