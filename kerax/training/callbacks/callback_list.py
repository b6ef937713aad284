"""Many callbacks as one, calling only hooks that somebody defines."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from kerax import plugins
from kerax.errors import ArgumentError
from kerax.training.callbacks.base import Callback
from kerax.training.callbacks.history import History
from kerax.training.callbacks.progbar_logger import ProgbarLogger

__all__ = ["CallbackList"]

_MODES = ("train", "test", "predict")
_EVENTS = (
    *("on_batch_begin", "on_batch_end", "on_chunk_end", "on_epoch_begin", "on_epoch_end"),
    *(f"on_{mode}_{edge}" for mode in _MODES for edge in ("begin", "end")),
)
_BATCH_EVENTS = {mode: (f"on_{mode}_batch_begin", f"on_{mode}_batch_end") for mode in _MODES}
# Keras' older names, which its base class calls from the newer ones.
_OLDER = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


class CallbackList(Callback):
    """Calls each hook of several callbacks, in their order.

    Which callback defines which hook is looked up once, so that hooks nobody defines cost nothing.

    Args:
        callbacks: a callback, or nested lists of callbacks; names and configs are resolved.
        add_history: whether to add a `History` where there is none.
        add_progbar: whether to add a `ProgbarLogger` where there is none.
        model: the model that the callbacks get.
        **params: `epochs`, `steps` and `verbose`, which the callbacks get as their `params`.

    Raises:
        ArgumentError: where something is no callback.

    Example:
        >>> CallbackList([History()]).batch_interval("train") is None
        True

    Reference:
        Keras: keras.callbacks.CallbackList
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        super().__init__()
        self.callbacks = list(_checked(callbacks, "callbacks"))
        if add_history and not self._has(History):
            self.callbacks.append(History())
        if add_progbar and not self._has(ProgbarLogger):
            self.callbacks.append(ProgbarLogger())
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)
        self._hooks = {event: self._defining(event) for event in _EVENTS}
        for events in _BATCH_EVENTS.values():
            self._hooks.update({event: self._defining(event) for event in events})

    def _has(self, kind: type) -> bool:
        return any(isinstance(callback, kind) for callback in self.callbacks)

    def _defining(self, event: str) -> list[tuple[Callable, int]]:
        return [
            (getattr(callback, event), callback.every or 1 if hasattr(callback, "every") else 1)
            for callback in self.callbacks
            if _defines(callback, event)
        ]

    def batch_interval(self, mode: str) -> int | None:
        """Return after how many batches some batch hook wants to be called.

        Args:
            mode: `"train"`, `"test"` or `"predict"`.

        Returns:
            The greatest common divisor of the callbacks' `every`, so that each is met exactly; None
            where no callback has a batch hook.
        """
        intervals = [every for event in _BATCH_EVENTS[mode] for _, every in self._hooks[event]]
        return math.gcd(*intervals) if intervals else None

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        self._model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def _call(self, event: str, *args: Any, logs: Any) -> None:
        logs = {} if logs is None else logs
        for hook, _ in self._hooks[event]:
            hook(*args, logs)

    def _call_before(self, event: str, batch: int, logs: Any) -> None:
        logs = {} if logs is None else logs
        for hook, every in self._hooks[event]:
            if batch % every == 0:
                hook(batch, logs)

    def _call_after(self, event: str, batch: int, logs: Any) -> None:
        logs = {} if logs is None else logs
        for hook, every in self._hooks[event]:
            if (batch + 1) % every == 0:
                hook(batch, logs)

    def on_train_begin(self, logs: Any = None) -> None:
        self._call("on_train_begin", logs=logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._call("on_train_end", logs=logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._call("on_epoch_begin", epoch, logs=logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._call("on_epoch_end", epoch, logs=logs)

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._call_before("on_batch_begin", batch, logs)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        self._call_after("on_batch_end", batch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._call_before("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._call_after("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        self._call("on_test_begin", logs=logs)

    def on_test_end(self, logs: Any = None) -> None:
        self._call("on_test_end", logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._call_before("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self._call_after("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        self._call("on_predict_begin", logs=logs)

    def on_predict_end(self, logs: Any = None) -> None:
        self._call("on_predict_end", logs=logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._call_before("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self._call_after("on_predict_batch_end", batch, logs)

    def on_chunk_end(self, mode: str, batch: int, logs: Any = None) -> None:
        self._call("on_chunk_end", mode, batch, logs=logs)


def _checked(callbacks: Any, where: str) -> Iterable[Any]:
    if callbacks is None:
        return
    if isinstance(callbacks, (list, tuple)):
        for position, callback in enumerate(callbacks):
            if callback is None:
                raise _no_callback(callback, f"{where}[{position}]")
            yield from _checked(callback, f"{where}[{position}]")
        return
    if isinstance(callbacks, (str, dict)):
        callbacks = plugins.get("callback", callbacks)
    if isinstance(callbacks, type) or not hasattr(callbacks, "set_model"):
        raise _no_callback(callbacks, where)
    yield callbacks


def _no_callback(value: Any, where: str) -> ArgumentError:
    made = f"; did you mean {value.__name__}()?" if isinstance(value, type) else "."
    return ArgumentError(f"{where}: got {value!r}; wanted an instance of Callback{made}")


def _defines(callback: Any, event: str) -> bool:
    """Whether a callback does anything at an event, by its class or by an attribute of its own."""
    older = _OLDER.get(event)
    if older is not None and _defines(callback, older):
        return True
    method = getattr(callback, event, None)
    return method is not None and getattr(method, "__func__", method) is not getattr(
        Callback, event
    )
