"""Changing the learning rate between epochs."""

import inspect
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from kerax.errors import ArgumentError
from kerax.training.callbacks.base import Callback
from kerax.training.callbacks.monitor import MonitorCallback

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


def _current_rate(callback: Callback) -> float:
    optimizer = callback.model.optimizer
    if not hasattr(optimizer, "learning_rate"):
        raise ArgumentError(
            f"{type(callback).__name__}: got an optimizer of {type(optimizer).__name__} without "
            "a learning_rate; make an optax transformation with optax.inject_hyperparams."
        )
    return float(np.asarray(optimizer.learning_rate))


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
        schedule: a function of `(epoch)` or `(epoch, learning_rate)` that returns the new learning
            rate; epochs count from 0.
        verbose: 1 prints each learning rate.

    Raises:
        ArgumentError: where the schedule returns no number.

    Example:
        >>> halved = LearningRateScheduler(lambda epoch, learning_rate: learning_rate / 2)

    Reference:
        Keras: keras.callbacks.LearningRateScheduler
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        self._wants_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        rate = _current_rate(self)
        new = self.schedule(epoch, rate) if self._wants_rate else self.schedule(epoch)
        if not isinstance(new, numbers.Real) and (
            np.ndim(new) or getattr(np.asarray(new).dtype, "kind", "O") not in "fVi"
        ):
            raise ArgumentError(
                f"LearningRateScheduler: got {new!r} from the schedule; wanted a float."
            )
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            shown = float(np.asarray(new))
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {shown}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["learning_rate"] = _current_rate(self)


def _takes_two(schedule: Callable[..., Any]) -> bool:
    try:
        inspect.signature(schedule).bind(0, 0.1)
    except (TypeError, ValueError):
        return False
    return True


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` after `patience` epochs without improvement.

    Args:
        monitor: the name in the logs to watch.
        factor: below 1.
        patience: epochs without improvement to wait for.
        verbose: 1 prints each reduction.
        mode: `"min"`, `"max"` or `"auto"`.
        min_delta: the least change that counts as an improvement.
        cooldown: epochs after a reduction that are not counted.
        min_lr: the learning rate never falls below it.

    Raises:
        ArgumentError: for a factor of 1 or more.

    Example:
        >>> plateau = ReduceLROnPlateau("val_loss", factor=0.2, patience=5, min_lr=1e-5)

    Reference:
        Keras: keras.callbacks.ReduceLROnPlateau, where a NaN in the first epoch stays the best
        value.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__(monitor, mode, min_delta)
        if factor >= 1.0:
            raise ArgumentError(f"ReduceLROnPlateau: got factor {factor}; wanted one below 1.")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._reset()

    def _reset(self) -> None:
        self.best: float | None = None
        self.wait = 0
        self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Tell whether epochs are not counted at present."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Any = None) -> None:
        self._reset()
        self._forget_direction()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = {} if logs is None else logs
        rate = logs["learning_rate"] = _current_rate(self)
        value = self.monitored(logs, "reducing the learning rate")
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):
                self._reduce(epoch, rate)

    def _reduce(self, epoch: int, rate: float) -> None:
        new = max(rate * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0
