"""Callbacks: what runs between the steps and epochs of fit, evaluate and predict."""

from typing import Any

from kerax import plugins
from kerax.training.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgbarLogger,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
    "get",
]


def get(identifier: Any) -> Any:
    """Return the callback that an identifier stands for.

    Args:
        identifier: a class name such as `"TerminateOnNaN"`, `"namespace>name"`, a config, a class
            or a callback; None stays None. `fit(callbacks=[…])` takes the same.

    Returns:
        A `Callback`.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get({"class_name": "EarlyStopping", "config": {"patience": 3}}).patience
        3

    Reference:
        kerax' own; Keras takes callbacks as objects only.
    """
    return plugins.get("callback", identifier)
