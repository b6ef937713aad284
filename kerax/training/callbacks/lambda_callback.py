"""A callback made of functions."""

from collections.abc import Callable
from typing import Any

from kerax.errors import ArgumentError
from kerax.training.callbacks.base import Callback

__all__ = ["LambdaCallback"]


class LambdaCallback(Callback):
    """Calls the given functions as hooks.

    Args:
        on_epoch_begin: a function of `(epoch, logs)`.
        on_epoch_end: a function of `(epoch, logs)`.
        on_train_begin: a function of `(logs)`.
        on_train_end: a function of `(logs)`.
        on_train_batch_begin: a function of `(batch, logs)`.
        on_train_batch_end: a function of `(batch, logs)`.
        **kwargs: functions for other hooks, by the hook's name.

    Raises:
        ArgumentError: for a name that is no hook, or a value that cannot be called.

    Example:
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
        >>> callback.on_epoch_end(0, {"loss": 1.0})
        0 {'loss': 1.0}

    Reference:
        Keras: keras.callbacks.LambdaCallback
    """

    def __init__(
        self,
        on_epoch_begin: Callable | None = None,
        on_epoch_end: Callable | None = None,
        on_train_begin: Callable | None = None,
        on_train_end: Callable | None = None,
        on_train_batch_begin: Callable | None = None,
        on_train_batch_end: Callable | None = None,
        **kwargs: Any,
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in hooks.items():
            if function is None:
                continue
            if not name.startswith("on_") or not hasattr(Callback, name) or not callable(function):
                raise ArgumentError(
                    f"LambdaCallback: got {name}={function!r}; wanted functions for the hooks of "
                    "Callback, such as on_epoch_end."
                )
            setattr(self, name, function)
