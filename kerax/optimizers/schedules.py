"""Learning-rate schedules: the base class, and the standard ones through the resolver."""

from typing import TYPE_CHECKING, Any

from kerax import plugins
from kerax.serialization import deserialize_keras_object, serialize_keras_object

if TYPE_CHECKING:
    from kerax_optimizers.schedules import CosineDecay as CosineDecay
    from kerax_optimizers.schedules import CosineDecayRestarts as CosineDecayRestarts
    from kerax_optimizers.schedules import ExponentialDecay as ExponentialDecay
    from kerax_optimizers.schedules import InverseTimeDecay as InverseTimeDecay
    from kerax_optimizers.schedules import PiecewiseConstantDecay as PiecewiseConstantDecay
    from kerax_optimizers.schedules import PolynomialDecay as PolynomialDecay

__all__ = ["LearningRateSchedule", "deserialize", "get", "serialize"]


class LearningRateSchedule:
    """A learning rate that depends on the step; the base of all schedules.

    A subclass defines `__call__(step) -> float scalar`, from functions of JAX since the step is
    traced, and `get_config`.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.5**step
        >>> Halving()(2)
        0.25

    Reference:
        Keras: keras.optimizers.schedules.LearningRateSchedule
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate, `[]`, at a step, an integer scalar `[]`."""
        raise NotImplementedError(f"{type(self).__name__} does not define __call__.")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON values."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_config.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LearningRateSchedule":
        """Make a schedule from what `get_config` returned."""
        return cls(**config)


def get(identifier: Any) -> Any:
    """Return the schedule that a name, config or object stands for.

    Args:
        identifier: a schedule, a config dict, a name, `"namespace>name"`, or None.

    Returns:
        A `LearningRateSchedule`, or None for None.

    Raises:
        PluginNotFoundError: where no plugin has the name.

    Example:
        >>> config = {"initial_learning_rate": 1.0, "decay_steps": 10, "decay_rate": 0.5}
        >>> float(get({"class_name": "ExponentialDecay", "config": config})(10))
        0.5
    """
    return plugins.get("schedule", identifier)


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """Return a schedule's config as Keras writes it.

    Args:
        learning_rate_schedule: the schedule.

    Returns:
        `{"module", "class_name", "config", "registered_name"}`.

    Example:
        >>> config = {"boundaries": [5], "values": [1.0, 0.1]}
        >>> schedule = get({"class_name": "PiecewiseConstantDecay", "config": config})
        >>> serialize(schedule)["class_name"]
        'PiecewiseConstantDecay'

    Reference:
        Keras: keras.optimizers.schedules.serialize
    """
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: dict[str, Any], custom_objects: Any = None) -> Any:
    """Make a schedule from what `serialize` returned.

    Args:
        config: the config.
        custom_objects: classes and functions by name.

    Returns:
        The schedule.

    Example:
        >>> config = {"initial_learning_rate": 1.0, "decay_steps": 10, "decay_rate": 0.5}
        >>> schedule = get({"class_name": "ExponentialDecay", "config": config})
        >>> float(deserialize(serialize(schedule))(10))
        0.5

    Reference:
        Keras: keras.optimizers.schedules.deserialize
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, kind="schedule")


__getattr__, __dir__ = plugins.facade("schedule", __name__)
