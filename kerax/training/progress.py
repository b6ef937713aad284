"""A progress bar in the terminal."""

import re
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from kerax.errors import ArgumentError

__all__ = ["Progbar"]

_BOLD, _GREEN, _WHITE, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"
_CELL = "━"
_CODES = re.compile(r"\x1b\[\d+m")
_MINUTE, _HOUR = 60, 3600


class Progbar:
    """Shows how far a number of steps has come, how long it takes, and named values.

    Args:
        target: number of steps; None where unknown.
        width: cells of the bar.
        verbose: 0 shows nothing, 1 a bar redrawn in place, 2 one line at the end.
        interval: seconds between two drawings at least.
        stateful_metrics: names of values shown as given; others are averaged over the steps.
        stateless_metrics: names of values to average; where given, others are shown as given.
        unit_name: what a step is called.

    Raises:
        ArgumentError: for both `stateful_metrics` and `stateless_metrics`.

    Example:
        >>> bar = Progbar(target=10, verbose=2)
        >>> bar.update(10, [("loss", 0.5)])
        10/10 - 0s - ...us/step - loss: 0.5000

    Reference:
        Keras: keras.utils.Progbar
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ArgumentError(
                "Progbar: got both stateful_metrics and stateless_metrics; wanted one of them."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._values: dict[str, tuple[Any, int]] = {}  # sum over steps, and their number
        self._seen = 0
        self._start = time.time()
        self._after_first: float | None = None
        self._last_drawn = 0.0
        self._drawn_width = 0

    @property
    def is_due(self) -> bool:
        """Whether an update now would draw, because the interval has passed."""
        return self.verbose == 1 and time.time() - self._last_drawn >= self.interval

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Take note of progress, and draw where the interval has passed.

        Args:
            current: steps done so far.
            values: `(name, value)` pairs.
            finalize: whether this is the last update; None means once `current` reaches the target.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._note(name, value, current, finalize)
        self._seen = current
        now = time.time()
        per_step = self._seconds_per_step(current, now)
        if self.verbose == 1 and (finalize or now - self._last_drawn >= self.interval):
            self._draw(current, now, per_step, finalize)
            self._last_drawn = now
        elif self.verbose == 2 and finalize and self.target is not None:
            _write(self._line(current, now, per_step) + "\n")

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Take note of `n` further steps.

        Args:
            n: how many.
            values: `(name, value)` pairs.
        """
        self.update(self._seen + n, values)

    def _note(self, name: str, value: Any, current: int, finalize: bool) -> None:
        as_given = name in self.stateful_metrics
        if self.stateless_metrics is not None:
            as_given = name not in self.stateless_metrics
        total, count = self._values.get(name, (0.0, 0))
        if as_given or finalize or not _adds(value) or not _adds(total):
            self._values[name] = (value, 1)
        else:
            steps = max(current - self._seen, 1)
            self._values[name] = (total + value * steps, count + steps)

    def _draw(self, current: int, now: float, per_step: float, finalize: bool) -> None:
        bar = self._bar(current)
        if self.target is None or finalize:
            bar += f" {_BOLD}{now - self._start:.0f}s{_PLAIN}"
        else:
            bar += f" {_BOLD}{_duration(per_step * (self.target - current))}{_PLAIN}"
        text = bar + f" {_per_step(per_step, self.unit_name)}" + self._shown_values()
        width = len(_CODES.sub("", text))
        text += " " * max(0, self._drawn_width - width)
        _write("\b" * self._drawn_width + "\r" + text + ("\n" if finalize else ""))
        self._drawn_width = width

    def _bar(self, current: int) -> str:
        if self.target is None:
            return f"{current:>7}/Unknown"
        digits = len(str(self.target))
        done = min(int(self.width * current / self.target), self.width) if self.target else 0
        green = f"{_GREEN}{_CELL * done}{_PLAIN}" if done else ""
        white = f"{_WHITE}{_CELL * (self.width - done)}{_PLAIN}"
        return f"{_BOLD}{current:>{digits}}/{self.target}{_PLAIN} {green}{white}"

    def _line(self, current: int, now: float, per_step: float) -> str:
        count = f"{current:>{len(str(self.target))}}/{self.target}"
        times = f"{now - self._start:.0f}s - {_per_step(per_step, self.unit_name)}"
        return f"{count} - {times}{self._shown_values()}"

    def _seconds_per_step(self, current: int, now: float) -> float:
        """Mean over the steps after the first, which compiles."""
        if current == 1:
            self._after_first = now
        elif current and self._after_first is not None:
            return (now - self._after_first) / (current - 1)
        return (now - self._start) / current if current else 0.0

    def _shown_values(self) -> str:
        return "".join(f" - {name}: {_shown(*pair)}" for name, pair in self._values.items())


def _adds(value: Any) -> bool:
    return value is not None and not isinstance(value, str)


def _shown(value: Any, count: int) -> str:
    if not _adds(value):
        return str(value)
    mean = float(np.mean(value)) / max(count, 1)
    return f"{mean:.4f}" if abs(mean) > 1e-3 else f"{mean:.4e}"


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if seconds > _HOUR:
        return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02d}:{whole % _MINUTE:02d}"
    if seconds > _MINUTE:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02d}"
    return f"{whole}s"


def _per_step(seconds: float, unit_name: str) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/{unit_name}"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/{unit_name}"
    return f"{seconds * 1e6:.0f}us/{unit_name}"


def _write(text: str) -> None:
    """Print, with plain characters where the terminal's encoding has no others."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.write(text.replace(_CELL, "="))
    sys.stdout.flush()
