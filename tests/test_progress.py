"""The progress bar's text."""

import io
import sys

import pytest

from kerax.errors import ArgumentError
from kerax.training import progress
from kerax.training.progress import Progbar


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def time(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def plain(text):
    return progress._CODES.sub("", text)


def test_a_bar_is_redrawn_in_place(clock, capsys):
    bar = Progbar(4, width=8)
    clock.now += 1
    bar.update(1, [("loss", 2.0)])
    first = plain(capsys.readouterr().out)
    assert first == "\r1/4 ━━━━━━━━ 3s 1s/step - loss: 2.0000"
    clock.now += 2
    bar.update(3, [("loss", 0.5)])
    second = plain(capsys.readouterr().out)
    assert second == "\b" * (len(first) - 1) + "\r3/4 ━━━━━━━━ 1s 1s/step - loss: 1.0000"
    clock.now += 1
    bar.add(1, [("loss", 0.25)])
    last = plain(capsys.readouterr().out)
    assert last.endswith("\r4/4 ━━━━━━━━ 4s 1s/step - loss: 0.2500\n")


def test_the_first_step_does_not_count_for_the_speed(clock, capsys):
    bar = Progbar(10)
    clock.now += 60
    bar.update(1)
    clock.now += 0.01
    bar.update(5, finalize=True)
    assert " 2ms/step" in plain(capsys.readouterr().out).split("\r")[-1]


def test_drawing_keeps_to_the_interval(clock, capsys):
    bar = Progbar(100)
    bar.update(1)
    assert not bar.is_due
    capsys.readouterr()
    clock.now += 0.04
    bar.update(2)
    assert capsys.readouterr().out == ""
    clock.now += 0.02
    assert bar.is_due
    bar.update(3)
    assert "3/100" in capsys.readouterr().out


def test_one_line_at_the_end(clock, capsys):
    bar = Progbar(20, verbose=2)
    bar.update(7, [("loss", 1.0)])
    clock.now += 2
    bar.update(20, [("loss", 1e-5)])
    assert capsys.readouterr().out == "20/20 - 2s - 100ms/step - loss: 1.0000e-05\n"
    assert not bar.is_due


def test_silence(capsys):
    bar = Progbar(2, verbose=0)
    bar.update(2, [("loss", 1.0)])
    assert capsys.readouterr().out == ""


def test_an_unknown_target_counts_up(clock, capsys):
    bar = Progbar(None)
    clock.now += 3
    bar.update(1)
    assert plain(capsys.readouterr().out) == "\r      1/Unknown 3s 3s/step"


@pytest.mark.parametrize(
    ("target", "shown"), [(21, "60s"), (61, "3:00"), (1202, "1:00:03"), (28802, "24:00:03")]
)
def test_remaining_time(clock, capsys, target, shown):
    bar = Progbar(target)
    clock.now += 3
    bar.update(1)
    assert f" {shown} 3s/step" in plain(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.5, "0.5000"),
        (0.001, "1.0000e-03"),
        (-2.0, "-2.0000"),
        (float("nan"), "nan"),
        (None, "None"),
        ("warm", "warm"),
        ([1.0, 3.0], "2.0000"),
    ],
)
def test_values(capsys, value, shown):
    Progbar(1, verbose=2, stateful_metrics=["v"]).update(1, [("v", value)])
    assert capsys.readouterr().out.endswith(f" - v: {shown}\n")


def test_stateless_metrics_are_the_only_averaged_ones(clock, capsys):
    bar = Progbar(9, stateless_metrics=["mean"])
    bar.update(1, [("mean", 1.0), ("last", 1.0)])
    clock.now += 1
    bar.update(2, [("mean", 2.0), ("last", 2.0)])
    assert plain(capsys.readouterr().out).endswith("mean: 1.5000 - last: 2.0000")
    with pytest.raises(ArgumentError, match="one of them"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_a_terminal_without_the_bars_character(monkeypatch):
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="ascii"))
    Progbar(2, width=4).update(2)
    assert b"====" in buffer.getvalue()
