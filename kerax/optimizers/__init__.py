"""Optimizers: the base class, and the standard ones through the resolver.

The standard optimizers are the plugin `kerax_optimizers`, reached by name: `kerax.optimizers.Adam`
and `compile(optimizer="adam")` import it when they are used.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerax import plugins
from kerax.optimizers import schedules
from kerax.optimizers.base import Optimizer
from kerax.optimizers.optimizer_map import OptimizerMap
from kerax.serialization import deserialize_keras_object, serialize_keras_object

if TYPE_CHECKING:
    from kerax_optimizers.accumulating import Adadelta as Adadelta
    from kerax_optimizers.accumulating import Adagrad as Adagrad
    from kerax_optimizers.accumulating import Ftrl as Ftrl
    from kerax_optimizers.adafactor import Adafactor as Adafactor
    from kerax_optimizers.adam import Adam as Adam
    from kerax_optimizers.adam import AdamW as AdamW
    from kerax_optimizers.adam import Nadam as Nadam
    from kerax_optimizers.loss_scale import LossScaleOptimizer as LossScaleOptimizer
    from kerax_optimizers.momentum import Adamax as Adamax
    from kerax_optimizers.momentum import Lamb as Lamb
    from kerax_optimizers.momentum import Lion as Lion
    from kerax_optimizers.multi import MultiOptimizer as MultiOptimizer
    from kerax_optimizers.muon import Muon as Muon
    from kerax_optimizers.schedule_free import ScheduleFreeAdamW as ScheduleFreeAdamW
    from kerax_optimizers.sgd import SGD as SGD
    from kerax_optimizers.sgd import RMSprop as RMSprop
    from kerax_optimizers.transform import OptaxOptimizer as OptaxOptimizer
    from kerax_optimizers.transform import TransformOptimizer as TransformOptimizer

__all__ = ["Optimizer", "OptimizerMap", "deserialize", "get", "schedules", "serialize"]


def get(identifier: Any) -> Any:
    """Return the optimizer that a name, config or object stands for.

    Args:
        identifier: an `Optimizer`, an optax `GradientTransformation`, a config dict, a name in any
            case, `"namespace>name"`, or None.

    Returns:
        An `Optimizer`; an optax transformation comes back within one. None for None.

    Raises:
        PluginNotFoundError: where no plugin has the name.
        ArgumentError: where the object is no optimizer.

    Example:
        >>> get("adam").name.startswith("adam")
        True

    Reference:
        Keras: keras.optimizers.get. Keras takes no optax transformation.
    """
    found = plugins.get("optimizer", identifier)
    if found is None or isinstance(found, Optimizer) or not _is_transformation(found):
        return found
    wrapper = plugins.lookup("optimizer", "OptaxOptimizer")
    by_name = isinstance(identifier, (str, Mapping))
    source = plugins.stamped("optimizer", identifier) if by_name else None
    return wrapper(found, source=source)


def _is_transformation(candidate: Any) -> bool:
    return callable(getattr(candidate, "init", None)) and callable(
        getattr(candidate, "update", None)
    )


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return an optimizer's config as Keras writes it.

    Args:
        optimizer: the optimizer.

    Returns:
        `{"module", "class_name", "config", "registered_name"}`.

    Example:
        >>> serialize(get("sgd"))["class_name"]
        'SGD'

    Reference:
        Keras: keras.optimizers.serialize
    """
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Make an optimizer from what `serialize` returned.

    Args:
        config: the config, or a name or `{"id", "config"}` as `get` takes them.
        custom_objects: classes and functions by name.

    Returns:
        The optimizer, without state.

    Example:
        >>> type(deserialize(serialize(get("sgd")))).__name__
        'SGD'

    Reference:
        Keras: keras.optimizers.deserialize
    """
    if isinstance(config, str) or (isinstance(config, Mapping) and "id" in config):
        with plugins.custom_object_scope(custom_objects):
            return get(config)
    return deserialize_keras_object(config, custom_objects=custom_objects, kind="optimizer")


__getattr__, __dir__ = plugins.facade("optimizer", __name__)
