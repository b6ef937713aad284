"""Which of two values of a metric is better."""

import math
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerax.errors import ArgumentError
from kerax.training.callbacks.base import Callback

__all__ = ["MonitorCallback"]

_MODES = ("auto", "max", "min")
_MORE_IS_BETTER = frozenset(
    {
        "acc",
        "accuracy",
        "auc",
        "correlation",
        "f1",
        "fbeta",
        "fmeasure",
        "iou",
        "precision",
        "r2",
        "recall",
        "score",
        "sensitivity",
        "similarity",
        "specificity",
    }
)
_LESS_IS_BETTER = frozenset(
    {
        "bce",
        "cce",
        "cosh",
        "crossentropy",
        "divergence",
        "error",
        "hinge",
        "huber",
        "kld",
        "logcosh",
        "loss",
        "mae",
        "mape",
        "mse",
        "msle",
        "perplexity",
        "poisson",
        "rmse",
        "wer",
    }
)


class MonitorCallback(Callback):
    """The common part of callbacks that compare one value of the logs over the epochs.

    Args:
        monitor: the name in the logs.
        mode: `"min"`, `"max"`, or `"auto"`, which asks a metric's `_direction` ("up" or "down")
            and then the names of the value, the metric's class and its function.
        min_delta: the least change that counts.

    Raises:
        ArgumentError: for another mode.
    """

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0.0):
        super().__init__()
        if mode not in _MODES:
            raise ArgumentError(
                f"{type(self).__name__}: got mode {mode!r}; wanted one of {_MODES}."
            )
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(min_delta)
        self._sign = {"max": 1, "min": -1}.get(mode, 0)

    def _forget_direction(self) -> None:
        self._sign = {"max": 1, "min": -1}.get(self.mode, 0)

    def is_better(self, value: float, than: float | None) -> bool:
        """Tell whether a value is better than another; NaN never is, and anything beats None."""
        if self._sign == 0:
            self._sign = self._found_direction()
        if math.isnan(value):
            return False
        return than is None or self._sign * value - self.min_delta > self._sign * than

    def _found_direction(self) -> int:
        name = self.monitor.removeprefix("val_")
        candidates = [name]
        for metric in _all_metrics(getattr(self.model, "metrics", ())):
            if metric.name == name or name.endswith(f"_{metric.name}"):
                declared = {"up": 1, "down": -1}.get(getattr(metric, "_direction", ""))
                if declared:
                    return declared
                function = getattr(metric, "_fn", None)
                candidates += [type(metric).__name__, getattr(function, "__name__", "")]
        for candidate in candidates:
            direction = _direction_of(candidate)
            if direction:
                return direction
        raise ArgumentError(
            f'{type(self).__name__}: got monitor={self.monitor!r} with mode="auto"; wanted a '
            "metric known to grow or to shrink as the model gets better. Give "
            'mode="max" or mode="min".'
        )

    def monitored(self, logs: Any, purpose: str) -> float | None:
        """Return the monitored value, or None after a warning where the logs have none.

        Args:
            logs: the epoch's logs.
            purpose: what it is needed for, for the warning.
        """
        logs = logs or {}
        if self.monitor not in logs:
            warnings.warn(
                f"{type(self).__name__}: {purpose} needs {self.monitor!r}, which is not available. "
                f"Available metrics are: {', '.join(logs)}.",
                UserWarning,
                stacklevel=4,
            )
            return None
        value = logs[self.monitor]
        if np.ndim(value):
            warnings.warn(
                f"{type(self).__name__}: {purpose} needs a scalar; {self.monitor!r} has the shape "
                f"{np.shape(value)}.",
                UserWarning,
                stacklevel=4,
            )
            return None
        return float(value)


def _all_metrics(metrics: Any) -> Iterator[Any]:
    for metric in metrics:
        yield metric
        yield from _all_metrics(getattr(metric, "metrics", ()))


def _direction_of(name: str) -> int:
    """Return 1 where a name says that more is better, -1 where less is, 0 where it says nothing."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("io_u", "iou")
    for word in reversed(re.split(r"[^a-z0-9]+", snake.replace("cross_entropy", "crossentropy"))):
        if word in _MORE_IS_BETTER:
            return 1
        if word in _LESS_IS_BETTER:
            return -1
    return 0
