"""Keeping an interrupt from falling between a step and the storing of its results."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["InterruptGuard"]


class InterruptGuard:
    """Delays Ctrl-C while a step's donated state is in nobody's hands.

    A step consumes the arrays of the variables and returns new ones; an exception between the two
    would lose the model. Inside `with guard.held():` the first Ctrl-C waits until the block ends,
    a second one is raised at once.

    Example:
        >>> with InterruptGuard() as guard:
        ...     with guard.held():
        ...         pass
    """

    def __init__(self) -> None:
        self._holding = False
        self._pending = False
        self._before: Any = None
        self._installed = False

    def __enter__(self) -> "InterruptGuard":
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if before is signal.default_int_handler:
                self._before = before
                signal.signal(signal.SIGINT, self._on_interrupt)
                self._installed = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, self._before)
            self._installed = False

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._holding and not self._pending:
            self._pending = True
            return
        raise KeyboardInterrupt

    def held(self) -> "_Held":
        """Return the context in which Ctrl-C waits."""
        return _Held(self)


class _Held:
    def __init__(self, guard: InterruptGuard):
        self._guard = guard

    def __enter__(self) -> None:
        self._guard._holding = True

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._guard._holding = False
        if self._guard._pending:
            self._guard._pending = False
            raise KeyboardInterrupt
