"""Stopping when a metric no longer improves."""

from typing import Any

import numpy as np

from kerax.training.callbacks.monitor import MonitorCallback

__all__ = ["EarlyStopping"]


class EarlyStopping(MonitorCallback):
    """Stops the training after `patience` epochs without improvement.

    Args:
        monitor: the name in the logs to watch.
        min_delta: the least change that counts as an improvement.
        patience: epochs without improvement to wait for.
        verbose: 1 prints when it stops and what it restores.
        mode: `"min"`, `"max"` or `"auto"`.
        baseline: a value that must be passed for an epoch to count as an improvement.
        restore_best_weights: whether to put the best epoch's weights back at the end.
        start_from_epoch: the first epoch to watch.

    Raises:
        ArgumentError: where `mode="auto"` cannot tell whether more is better.

    Example:
        >>> stop = EarlyStopping("val_loss", patience=3, restore_best_weights=True)

    Reference:
        Keras: keras.callbacks.EarlyStopping, where a NaN in the first epoch stays the best value.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[np.ndarray] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        self._reset()
        self._forget_direction()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        value = self.monitored(logs, "early stopping")
        if value is None or epoch < self.start_from_epoch:
            return
        improved = self.is_better(value, self.best)
        if improved or (self.restore_best_weights and self.best_weights is None):
            self._keep(epoch)  # where nothing ever improves, the first epoch's weights
        self.wait += 1
        if improved:
            self.best = value
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = [np.array(weight) for weight in self.model.get_weights()]

    def on_train_end(self, logs: Any = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
            self.model.set_weights(self.best_weights)
