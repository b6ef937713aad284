"""Checks for every kind that computes with arrays."""

import jax
import numpy as np

from kerax.testing.case import Case
from kerax.testing.check import NUMERIC_KINDS, check
from kerax.testing.subject import Subject, pure_call

__all__: list[str] = []


@check("numeric.eager_equals_jit", *NUMERIC_KINDS)
def eager_equals_jit(subject: Subject, case: Case) -> None:
    """The component gives the same under `jax.jit` as without."""
    call = pure_call(subject, case)
    eager, compiled = call(), jax.jit(call.function)(*call.arguments)
    for ours, theirs in zip(jax.tree.leaves(eager), jax.tree.leaves(compiled), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
