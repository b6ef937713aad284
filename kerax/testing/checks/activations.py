"""Checks for activations, and how an activation is called as a pure function."""

from typing import Any

import numpy as np

from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.subject import PureCall, Subject, pure_call, register_pure_call

__all__: list[str] = []


def _inputs(subject: Subject) -> tuple[Any, ...]:
    return (np.random.default_rng(0).normal(size=(4, 6)).astype("float32"),)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    return PureCall(subject.make(case), subject.inputs(case), (True,))


register_pure_call("activation", _pure_call, _inputs)


@check("activation.elementwise", "activation", contracts=["elementwise"])
def elementwise(subject: Subject, case: Case) -> None:
    """Each element's result depends on that element alone."""
    call = pure_call(subject, case)
    x = call.arguments[0]
    order = np.random.default_rng(1).permutation(x.size)
    shuffled = np.asarray(call(x.reshape(-1)[order].reshape(x.shape))).reshape(-1)
    np.testing.assert_allclose(shuffled, np.asarray(call()).reshape(-1)[order], rtol=1e-6)
