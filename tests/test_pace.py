"""How many steps a call of the compiled loop runs."""

from types import SimpleNamespace

import pytest

from kerax.training import pace as pace_module
from kerax.training.pace import CHUNK_SECONDS, MOST_STEPS, Pace


def test_a_fixed_number_stays():
    pace = Pace(5, interval=3)
    assert [pace.run(5, lambda: pace.next_steps(0)) for _ in range(4)] == [5] * 4


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still but where a call moves it."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(pace_module, "time", SimpleNamespace(perf_counter=lambda: now.seconds))
    return now


def sizes_where_a_step_takes(seconds, clock, calls=12):
    pace, sizes = Pace("auto", None), []

    def call():
        clock.seconds += seconds * sizes[-1]

    for _ in range(calls):
        sizes.append(pace.next_steps(0))
        pace.run(sizes[-1], call)
    return sizes


def test_fast_steps_grow_by_leaps_until_a_call_is_long_enough(clock):
    sizes = sizes_where_a_step_takes(1e-4, clock)
    assert sizes[:6] == [1, 1, 1, 8, 64, 512]  # the first calls compile and wait for data
    assert sizes[6:] == [512] * 6
    assert CHUNK_SECONDS / 2 < 512 * 1e-4


def test_the_number_of_steps_has_an_end(clock):
    assert sizes_where_a_step_takes(0.0, clock)[-1] == MOST_STEPS


def test_slow_steps_stay_single(clock):
    assert set(sizes_where_a_step_takes(0.6 * CHUNK_SECONDS, clock)) == {1}


def test_a_call_does_not_cross_what_callbacks_wait_for():
    pace = Pace("auto", interval=10)
    pace._steps = 8
    assert [pace.next_steps(done) for done in (0, 8, 10, 19)] == [8, 2, 8, 1]
    assert Pace("auto", interval=1).next_steps(0) == 1


def test_timing_ends_though_callbacks_cut_every_call_short(clock):
    pace, reads = Pace("auto", interval=10), []
    read = pace_module.time.perf_counter
    pace_module.time.perf_counter = lambda: reads.append(None) or read()
    for done in range(0, 1000, 10):
        pace.run(pace.next_steps(done), lambda: None)
    timed = len(reads)
    pace.run(10, lambda: None)
    assert len(reads) == timed


def test_an_error_passes_and_teaches_nothing():
    pace = Pace("auto", None)

    def fail():
        raise RuntimeError("step")

    with pytest.raises(RuntimeError, match="step"):
        pace.run(1, fail)
    assert pace.next_steps(0) == 1
