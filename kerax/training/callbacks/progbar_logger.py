"""The progress that fit, evaluate and predict print."""

from typing import Any

from kerax import config
from kerax.errors import ArgumentError
from kerax.training.callbacks.base import Callback
from kerax.training.progress import Progbar

__all__ = ["ProgbarLogger"]


class ProgbarLogger(Callback):
    """Prints a progress bar (`verbose=1`) or one line an epoch (`verbose=2`).

    It looks at the metrics of the chunk before the last, and at most 20 times a second, so that
    the device never waits for the display.

    Raises:
        ArgumentError: where the run's `verbose` is neither "auto", 0, 1 nor 2.

    Example:
        >>> ProgbarLogger().every is None
        True

    Reference:
        Keras: keras.callbacks.ProgbarLogger
    """

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.epochs = 1
        self.target: int | None = None
        self.seen = 0
        self.progbar: Progbar | None = None
        self._in_fit = False
        self._late: tuple[int, Any] | None = None

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        verbose = params.get("verbose", 1)
        if verbose == "auto":
            verbose = 1 if config.is_interactive_logging_enabled() else 2
        if verbose not in (0, 1, 2):
            raise ArgumentError(f'verbose: got {verbose!r}; wanted "auto", 0, 1 or 2.')
        self.verbose = int(verbose)
        self.epochs = params.get("epochs") or 1
        self.target = params.get("steps")

    def on_train_begin(self, logs: Any = None) -> None:
        self._in_fit = True

    def on_train_end(self, logs: Any = None) -> None:
        self._in_fit = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._start()
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._finish(logs)

    def on_test_begin(self, logs: Any = None) -> None:
        if not self._in_fit:
            self._start()

    def on_test_end(self, logs: Any = None) -> None:
        if not self._in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        self._start()

    def on_predict_end(self, logs: Any = None) -> None:
        self._finish(logs)

    def on_chunk_end(self, mode: str, batch: int, logs: Any = None) -> None:
        if self._in_fit and mode != "train":
            return
        self.seen = batch + 1
        late, self._late = self._late, (self.seen, logs)
        if self.progbar is None or not self.progbar.is_due:
            return
        seen, values = late or self._late
        self._show(seen, values, finalize=False)

    def _start(self) -> None:
        self.seen, self._late = 0, None
        self.progbar = Progbar(self.target, verbose=self.verbose)

    def _show(self, seen: int, logs: Any, finalize: bool) -> None:
        assert self.progbar is not None
        values = list((logs or {}).items())
        # Logs are means since the epoch's start already.
        self.progbar.stateful_metrics = {name for name, _ in values}
        self.progbar.update(seen, values, finalize=finalize)

    def _finish(self, logs: Any) -> None:
        if self.progbar is None or not self.verbose:
            return
        if self.target is None:
            self.target = self.progbar.target = self.seen
        self._show(self.target, logs, finalize=True)
        self.progbar = None
