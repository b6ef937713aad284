"""Ctrl-C between a step and the storing of its results."""

import signal
import threading

import pytest

from kerax.training.interrupts import InterruptGuard


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_waits_for_the_end_of_the_block():
    reached = []

    def step():
        with InterruptGuard() as guard, guard.held():
            interrupt()
            reached.append("stored")

    with pytest.raises(KeyboardInterrupt):
        step()
    assert reached == ["stored"]


def test_the_second_interrupt_does_not_wait():
    reached = []

    def step():
        with InterruptGuard() as guard, guard.held():
            interrupt()
            interrupt()
            reached.append("stored")

    with pytest.raises(KeyboardInterrupt):
        step()
    assert reached == []


def test_outside_a_block_it_comes_at_once_and_the_handler_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), InterruptGuard():
        interrupt()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_of_the_users_own_is_left_alone():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("own"))
    try:
        with InterruptGuard() as guard, guard.held():
            interrupt()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["own"]


def test_other_threads_install_nothing():
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with InterruptGuard() as guard, guard.held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
