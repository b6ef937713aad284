"""Saving the model while it trains."""

import math
import os
from pathlib import Path
from typing import Any

from kerax.errors import ArgumentError
from kerax.training.callbacks.monitor import MonitorCallback

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after each epoch or every so many batches.

    Args:
        filepath: where to; `{epoch}` (from 1), `{batch}` (from 1, between epochs) and the names in
            the logs are filled in. Ends in `.keras`, or in `.weights.h5` for weights.
        monitor: the name in the logs that says which model is best.
        verbose: 1 prints what is saved.
        save_best_only: whether to save only when `monitor` improves.
        save_weights_only: whether to save weights instead of the whole model.
        mode: `"min"`, `"max"` or `"auto"`.
        save_freq: `"epoch"`, or a number of batches.
        initial_value_threshold: a value that the first saved model must already improve on.

    Raises:
        ArgumentError: for a wrong suffix, frequency or mode, or an unknown name in `filepath`.

    Example:
        >>> best = ModelCheckpoint("best.keras", "val_loss", save_best_only=True)

    Reference:
        Keras: keras.callbacks.ModelCheckpoint, where a NaN in the first epoch stays the best value.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__(monitor, mode)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self._epoch = 0
        self._batches = 0
        self._last_batch = -1
        self._check()
        if save_freq != "epoch":
            # An attribute, so that saving by epoch does not count as having a batch hook.
            self.on_train_batch_end = self._after_batch

    def _check(self) -> None:
        wanted = (".weights.h5",) if self.save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(wanted):
            raise ArgumentError(
                f"ModelCheckpoint: got filepath {self.filepath!r} with "
                f"save_weights_only={self.save_weights_only}; wanted one that ends in {wanted[0]}."
            )
        whole = isinstance(self.save_freq, int) and not isinstance(self.save_freq, bool)
        if self.save_freq != "epoch" and not (whole and int(self.save_freq) > 0):
            raise ArgumentError(
                f'ModelCheckpoint: got save_freq {self.save_freq!r}; wanted "epoch" or a positive '
                "number of batches."
            )

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        if self.save_freq != "epoch":
            # Chunks may be as long as still lets each save fall between two of them.
            self.every = math.gcd(int(self.save_freq), params.get("steps") or 1)

    def on_train_begin(self, logs: Any = None) -> None:
        self._forget_direction()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch
        self._last_batch = -1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def _after_batch(self, batch: int, logs: Any = None) -> None:
        self._batches += batch - self._last_batch
        self._last_batch = batch
        if self._batches >= int(self.save_freq):
            self._batches = 0
            self._save(self._epoch, batch, logs or {})

    def _save(self, epoch: int, batch: int | None, logs: Any) -> None:
        reason = self._reason(epoch, logs) if self.save_best_only else ""
        if reason is None:
            return
        path = self._filled_in(epoch, batch, logs)
        self._say(epoch, f"{reason}saving model to {path}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._say(epoch, f"finished saving model to {path}")

    def _reason(self, epoch: int, logs: Any) -> str | None:
        """Why to save, or None; where the value is missing, it is saved to be safe."""
        value = self.monitored(logs, "saving the best model only")
        if value is None:
            return ""
        if not self.is_better(value, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {_shown(self.best)}")
            return None
        change = f"{self.monitor} improved from {_shown(self.best)} to {_shown(value)}, "
        self.best = value
        return change

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: {text}")

    def _filled_in(self, epoch: int, batch: int | None, logs: Any) -> str:
        values = dict(logs, epoch=epoch + 1)
        if batch is not None:
            values["batch"] = batch + 1
        try:
            return self.filepath.format(**values)
        except (KeyError, ValueError, IndexError) as error:
            raise ArgumentError(
                f"ModelCheckpoint: got filepath {self.filepath!r}, which cannot be filled in "
                f"({error}); wanted names among {sorted(values)}."
            ) from error


def _shown(value: float | None) -> str:
    return "None" if value is None else f"{value:.5f}"
