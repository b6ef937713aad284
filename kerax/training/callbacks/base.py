"""The base class of all callbacks: every hook, doing nothing."""

from typing import Any

__all__ = ["Callback"]


class Callback:
    """Code that fit, evaluate and predict run at fixed moments; subclasses define the hooks.

    A hook may read and change `self.model`: `self.model.stop_training = True` ends the training
    after the present batch, `self.model.optimizer.learning_rate = 0.1` sets the learning rate.

    Attributes:
        model: the model in use.
        params: a dict with `epochs`, `steps` (None where unknown) and `verbose`.
        every: batches between two calls of the batch hooks, counted from each epoch's start; None
            means 1. Between calls, batches run as one compiled chunk, so larger is faster.

    Example:
        >>> class Halve(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         self.model.optimizer.learning_rate = 0.1 / 2**epoch
        >>> Halve().every is None
        True

    Reference:
        Keras: keras.callbacks.Callback; `every` and `on_chunk_end` are kerax' own.
    """

    every: int | None = None
    params: dict[str, Any] | None = None
    _model: Any = None

    def __init__(self) -> None:
        self.params = None
        self._model = None

    @property
    def model(self) -> Any:
        """The model in use."""
        return self._model

    @model.setter
    def model(self, model: Any) -> None:
        self._model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take the parameters of the run: `epochs`, `steps`, `verbose`."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model."""
        self._model = model

    def on_train_begin(self, logs: Any = None) -> None:
        """Run before fit's first epoch; `logs` is empty."""

    def on_train_end(self, logs: Any = None) -> None:
        """Run after fit's last epoch, with the logs of that epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Run before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Run after an epoch, with its logs and those of the validation as `val_*`."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Run before a training batch; the older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Run after a training batch; the older name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Run before a training batch, counted from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Run after a training batch, with the metrics since the epoch's start."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Run before evaluation or validation."""

    def on_test_end(self, logs: Any = None) -> None:
        """Run after evaluation or validation, with its results."""

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Run before a batch of evaluation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Run after a batch of evaluation, with the metrics so far."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Run before prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Run after prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Run before a batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Run after a batch of prediction, with its `outputs` in the logs."""

    def on_chunk_end(self, mode: str, batch: int, logs: Any = None) -> None:
        """Run after each compiled chunk of batches, however many it holds.

        It never makes chunks smaller, so it suits displays. The logs wait for the device only when
        they are read.

        Args:
            mode: `"train"`, `"test"` or `"predict"`.
            batch: index of the chunk's last batch.
            logs: the metrics so far.
        """
