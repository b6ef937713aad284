"""Stopping when the loss is no longer a number."""

import math
from typing import Any

from kerax.training.callbacks.base import Callback

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Stops the training once the loss is NaN or infinite.

    Looking at every loss means waiting for the device after every batch; `every` makes that rarer.

    Args:
        raise_error: whether to raise instead of stopping.
        every: batches between two looks.

    Raises:
        RuntimeError: at such a loss, with `raise_error`.

    Example:
        >>> TerminateOnNaN(every=100).every
        100

    Reference:
        Keras: keras.callbacks.TerminateOnNaN, which looks after each batch.
    """

    def __init__(self, raise_error: bool = False, every: int | None = None):
        super().__init__()
        self.raise_error = raise_error
        self.every = every

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"TerminateOnNaN: got loss {loss} at batch {batch}; wanted a finite loss. Lower "
                "the learning rate, clip gradients (clipnorm), or look for NaN in the data."
            )
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
