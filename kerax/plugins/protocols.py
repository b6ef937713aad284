"""What an object must offer to serve as a component of a kind."""

import inspect
from typing import Any

__all__ = ["WANTED", "conforms"]

# Any one of a kind's alternatives suffices; all methods of an alternative are needed.
_METHODS: dict[str, tuple[tuple[str, ...], ...]] = {
    "loss": (("__call__",),),
    "metric": (("update_state", "result"), ("__call__",)),
    "optimizer": (("apply",), ("apply_gradients",), ("init", "update")),
    "regularizer": (("__call__",),),
    "initializer": (("__call__",),),
    "constraint": (("__call__",),),
    "activation": (("__call__",),),
    "schedule": (("__call__",),),
    "layer": (("__call__", "get_config"),),
    "callback": (("set_model", "on_epoch_end"),),
}

WANTED: dict[str, str] = {
    "loss": "a Loss or a function (y_true, y_pred) -> loss",
    "metric": "a Metric or a function (y_true, y_pred) -> values",
    "optimizer": "an Optimizer or an optax GradientTransformation",
    "regularizer": "a Regularizer or a function (weights) -> scalar",
    "initializer": "an Initializer or a function (shape, dtype) -> array",
    "constraint": "a Constraint or a function (weights) -> weights",
    "activation": "a function (x) -> array or a layer",
    "schedule": "a LearningRateSchedule or a function (step) -> learning rate",
    "layer": "a Layer",
    "callback": "a Callback",
}


def conforms(kind: str, candidate: Any) -> bool:
    """Tell whether an object, or the instances of a class, can serve as a kind."""
    offers = _class_offers if inspect.isclass(candidate) else _object_offers
    return any(all(offers(candidate, name) for name in names) for names in _METHODS[kind])


def _class_offers(candidate: type, name: str) -> bool:
    # Every class can be called itself, so its instances' methods are looked for by hand.
    return any(name in base.__dict__ for base in candidate.__mro__)


def _object_offers(candidate: Any, name: str) -> bool:
    return callable(candidate) if name == "__call__" else hasattr(candidate, name)
