"""Checks for regularizers, and how a regularizer is called as a pure function."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.expectations import (
    assert_close,
    assert_finite,
    assert_gradient_matches,
    oracle_result,
)
from kerax.testing.subject import PureCall, Subject, pure_call, register_pure_call

__all__: list[str] = []


def _inputs(subject: Subject) -> tuple[Any, ...]:
    return (np.random.default_rng(0).normal(size=(4, 6)).astype("float32"),)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    penalty = subject.make(case)

    def function(*weights: Any) -> Any:
        return penalty(*map(jnp.asarray, weights))

    inputs = subject.inputs(case)
    return PureCall(function, inputs, (False,) * len(inputs), per_sample=False)


register_pure_call("regularizer", _pure_call, _inputs)


def _points(subject: Subject, case: Case) -> dict[str, Any]:
    weights = np.asarray(subject.inputs(case)[0])
    return {
        "the case's weights": weights,
        "weights of 0": np.zeros_like(weights),
        "weights that are all equal": np.full_like(weights, 0.5),
        "weights a thousand times as large": 1000 * weights,
    }


@check("regularizer.scalar", "regularizer")
def is_scalar(subject: Subject, case: Case) -> None:
    """The penalty is one float, whatever the weights."""
    penalty = pure_call(subject, case)()
    shape = np.shape(penalty)
    assert shape == (), f"got shape {shape}; wanted a scalar: sum or average the penalties"
    kind = jnp.asarray(penalty).dtype
    assert jnp.issubdtype(kind, jnp.floating), f"got type {kind}; wanted a float"


@check("regularizer.finite", "regularizer")
def is_finite(subject: Subject, case: Case) -> None:
    """The penalty is finite, of weights that are 0, equal or large too."""
    call = pure_call(subject, case)
    for place, weights in _points(subject, case).items():
        assert_finite(call(weights), f"penalty of {place}")


@check("regularizer.gradient_finite", "regularizer")
def gradient_is_finite(subject: Subject, case: Case) -> None:
    """The gradient is finite, at weights that are 0, equal or large too."""
    call = pure_call(subject, case)
    gradient = jax.jit(jax.grad(lambda weights: jnp.sum(call(weights))))
    for place, weights in _points(subject, case).items():
        assert_finite(gradient(weights), f"gradient at {place}")


@check("regularizer.finite_differences", "regularizer")
def gradient_matches_finite_differences(subject: Subject, case: Case) -> None:
    """The gradient equals finite differences in float64."""
    call = pure_call(subject, case)
    assert_gradient_matches(lambda w: jnp.sum(call(w)), subject.inputs(case)[0], "penalty")


@check("regularizer.oracle", "regularizer")
def equals_oracle(subject: Subject, case: Case) -> None:
    """The penalty equals that of the case's oracle."""
    wanted = oracle_result(subject, case)
    assert_close(pure_call(subject, case)(), wanted, "penalty", case.rtol, case.atol)
