"""Checks for losses, and how a loss is called as a pure function."""

from typing import Any

import numpy as np

from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.subject import PureCall, Subject, pure_call, register_pure_call

__all__: list[str] = []


def _inputs(subject: Subject) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    y_true = rng.uniform(size=(4, 3)).astype("float32")
    y_pred = rng.uniform(0.05, 0.95, size=(4, 3)).astype("float32")
    return y_true / y_true.sum(-1, keepdims=True), y_pred / y_pred.sum(-1, keepdims=True)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    loss = subject.make(case)
    values = loss.call if hasattr(loss, "call") else loss
    per_sample = subject.spec.contract == "per_sample"
    return PureCall(values, subject.inputs(case), (True, True), per_sample)


register_pure_call("loss", _pure_call, _inputs)


@check("loss.per_sample_shape", "loss", contracts=["per_sample"])
def per_sample_shape(subject: Subject, case: Case) -> None:
    """The loss gives one value, or more, for each sample of the batch."""
    call = pure_call(subject, case)
    shape, batch = np.shape(call()), len(call.arguments[0])
    assert shape[:1] == (batch,), f"got shape {shape} for a batch of {batch}"
