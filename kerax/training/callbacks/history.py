"""The record of a training."""

from typing import Any

from kerax.training.callbacks.base import Callback

__all__ = ["History"]


class History(Callback):
    """Keeps the logs of each epoch; fit adds one and returns it.

    Attributes:
        epoch: the epochs that ended, counted from 0.
        history: for each name in the logs, its values by epoch.

    Example:
        >>> record = History()
        >>> record.on_train_begin()
        >>> record.on_epoch_end(0, {"loss": 0.5})
        >>> record.history
        {'loss': [0.5]}

    Reference:
        Keras: keras.callbacks.History
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch = []
        if self.model is not None:
            self.model.history = self

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
