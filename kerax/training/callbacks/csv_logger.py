"""Logs as a table in a file."""

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np

from kerax.errors import ArgumentError
from kerax.training.callbacks.base import Callback

__all__ = ["CSVLogger"]

_ABSENT = "NA"


class CSVLogger(Callback):
    """Writes each epoch's logs as a line of a CSV file.

    The columns are those of the first epoch, sorted; where it has no validation, columns `val_*`
    stand ready. The file is closed between epochs, so that it is complete whenever training ends.

    Args:
        filename: the file; its directory is made.
        separator: what separates the columns.
        append: whether to go on with a file that exists, in its columns.

    Raises:
        ArgumentError: for a separator that is not one character.

    Example:
        >>> logger = CSVLogger("training.csv", append=True)

    Reference:
        Keras: keras.callbacks.CSVLogger
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ):
        super().__init__()
        if not isinstance(separator, str) or len(separator) != 1:
            raise ArgumentError(f"CSVLogger: got separator {separator!r}; wanted one character.")
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        path = Path(self.filename)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.keys = None
        if self.append and path.exists():
            with path.open(newline="") as file:
                header = next(csv.reader(file, delimiter=self.sep), None)
            self.keys = header[1:] if header else None
        else:
            path.write_text("")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        with Path(self.filename).open("a", newline="") as file:
            writer = csv.writer(file, delimiter=self.sep, lineterminator="\n")
            if self.keys is None:
                self.keys = sorted(logs)
                if not any(key.startswith("val_") for key in self.keys):
                    self.keys += [f"val_{key}" for key in self.keys]
                writer.writerow(["epoch", *self.keys])
            writer.writerow([epoch, *(_cell(logs.get(key, _ABSENT)) for key in self.keys)])


def _cell(value: Any) -> Any:
    if isinstance(value, str) or np.ndim(value) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
