"""Checks for schedules, and how a schedule is called as a pure function."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import optimizers
from kerax.layers import Layer
from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.comparing import assert_equal_results
from kerax.testing.expectations import oracle_result
from kerax.testing.subject import PureCall, Subject, register_pure_call

__all__: list[str] = []


def _inputs(subject: Subject) -> tuple[Any, ...]:
    return (np.array([0, 1, 2, 5, 9, 10, 11, 50, 1000], "int32"),)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    (steps,) = _steps(subject, case)
    schedule = subject.make(case)
    step = steps[len(steps) // 2]
    return PureCall(lambda step: jnp.asarray(schedule(step)), (step,), (False,), per_sample=False)


register_pure_call("schedule", _pure_call, _inputs)


def _steps(subject: Subject, case: Case) -> tuple[Any]:
    return (np.asarray(subject.inputs(case)[0], "int32"),)


@check("schedule.oracle", "schedule")
def oracle(subject: Subject, case: Case) -> None:
    """The rates are those of the case's oracle."""
    wanted = oracle_result(subject, case)
    got = jax.vmap(_pure_call(subject, case).function)(*_steps(subject, case))
    assert_equal_results(got, wanted, "rates", case.rtol, case.atol, dtypes=False)


@check("schedule.scalar", "schedule")
def scalar(subject: Subject, case: Case) -> None:
    """The rate of a step is a finite float scalar."""
    schedule = subject.make(case)
    for step in _steps(subject, case)[0]:
        rate = jnp.asarray(schedule(jnp.asarray(step)))
        assert rate.shape == (), f"at step {step}: got shape {rate.shape}; wanted a scalar"
        assert jnp.issubdtype(rate.dtype, jnp.floating), (
            f"at step {step}: got a rate of {rate.dtype}; wanted a float"
        )
        assert np.isfinite(rate), f"at step {step}: got {rate}"


@check("schedule.traced_step", "schedule")
def traced_step(subject: Subject, case: Case) -> None:
    """Under `jax.jit`, with the step traced, it gives the rates that it gives without."""
    schedule = subject.make(case)
    compiled = jax.jit(lambda step: jnp.asarray(schedule(step)))
    for step in _steps(subject, case)[0]:
        got, wanted = float(compiled(step)), float(schedule(jnp.asarray(step)))
        assert np.isclose(got, wanted, rtol=1e-5, atol=1e-8), (
            f"at step {step}: got {got:.8g} compiled; wanted {wanted:.8g}"
        )


@check("schedule.step_types", "schedule")
def step_types(subject: Subject, case: Case) -> None:
    """Steps of Python, int32, int64, uint32 and float32 give the same rate."""
    schedule = subject.make(case)
    for step in _steps(subject, case)[0]:
        wanted = float(schedule(jnp.asarray(step)))
        got = {
            "int": float(schedule(int(step))),
            "uint32": float(schedule(jnp.asarray(step, "uint32"))),
            "float32": float(schedule(jnp.asarray(step, "float32"))),
        }
        with jax.enable_x64(True):
            got["int64"] = float(schedule(jnp.asarray(step, "int64")))
        wrong = {name: rate for name, rate in got.items() if not np.isclose(rate, wanted, 1e-5)}
        assert not wrong, f"at step {step}, of int32: {wanted:.8g}; got {wrong}"


@check("schedule.whatever_came_before", "schedule")
def whatever_came_before(subject: Subject, case: Case) -> None:
    """The rate depends on the step alone, not on the calls before."""
    schedule, (steps,) = subject.make(case), _steps(subject, case)
    forth = [float(schedule(jnp.asarray(step))) for step in steps]
    back = [float(schedule(jnp.asarray(step))) for step in steps[::-1]][::-1]
    wrong = [
        f"step {s}: {f:.6g}, then {b:.6g}"
        for s, f, b in zip(steps, forth, back, strict=True)
        if f != b
    ]
    assert not wrong, "; ".join(wrong)


@check("schedule.drives_an_optimizer", "schedule")
def drives_an_optimizer(subject: Subject, case: Case) -> None:
    """An optimizer that has it as its learning rate takes steps of these sizes."""
    schedule = subject.make(case)
    sgd = optimizers.SGD(schedule)
    weight = Layer().add_weight((), "zeros")
    wanted = 0.0
    for step in range(3):
        wanted -= float(schedule(jnp.asarray(step)))
        sgd.apply([jnp.ones(())], [weight])
        got = float(weight.value)
        good = np.isfinite(got) and np.isclose(got, wanted, rtol=1e-5, atol=1e-7)
        assert good, (
            f"after {step + 1} steps with gradient 1 the weight is {got:.8g}; the rates of the "
            f"schedule add up to {wanted:.8g}"
        )
