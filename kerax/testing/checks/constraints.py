"""Checks for constraints, and how a constraint is called as a pure function."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import optimizers
from kerax.layers import Layer
from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.comparing import assert_equal_results
from kerax.testing.expectations import assert_finite, oracle_result
from kerax.testing.subject import PureCall, Subject, pure_call, register_pure_call

__all__: list[str] = []


def _inputs(subject: Subject) -> tuple[Any, ...]:
    return (np.random.default_rng(0).normal(scale=2.0, size=(5, 4)).astype("float32"),)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    inputs = subject.inputs(case)
    return PureCall(subject.make(case), inputs, (False,) * len(inputs), per_sample=False)


register_pure_call("constraint", _pure_call, _inputs)


@check("constraint.oracle", "constraint")
def oracle(subject: Subject, case: Case) -> None:
    """The projection is what the case's oracle says."""
    wanted = oracle_result(subject, case)
    got = subject.make(case)(*subject.inputs(case))
    assert_equal_results(got, wanted, "projection", case.rtol, case.atol, dtypes=False)


@check("constraint.shape_and_dtype_kept", "constraint")
def shape_and_dtype_kept(subject: Subject, case: Case) -> None:
    """The projected weight has the shape and the data type of the weight."""
    (w,) = subject.inputs(case)
    for dtype in ("float32", "float16", "bfloat16"):
        got = subject.make(case)(jnp.asarray(w, dtype))
        assert (np.shape(got), str(got.dtype)) == (np.shape(w), dtype), (
            f"a weight {np.shape(w)} of {dtype}: got {np.shape(got)} of {got.dtype}"
        )


@check("constraint.idempotent", "constraint")
def idempotent(subject: Subject, case: Case) -> None:
    """Projecting twice is projecting once."""
    project, (w,) = subject.make(case), subject.inputs(case)
    once = np.asarray(project(w))
    twice = np.asarray(project(once))
    assert_equal_results(twice, once, "projected a second time")


@check("constraint.finite_at_zero", "constraint")
def finite_at_zero(subject: Subject, case: Case) -> None:
    """A weight of zeros, and a single vector of zeros, are projected to finite values."""
    project, (w,) = subject.make(case), subject.inputs(case)
    partly = np.array(w)
    partly[..., 0] = 0
    for name, weight in (("zeros", np.zeros_like(w)), ("zeros in one column", partly)):
        assert_finite(project(weight), name)


@check("constraint.small_and_large", "constraint")
def small_and_large(subject: Subject, case: Case) -> None:
    """Weights of small and of large size are projected to finite values."""
    project, (w,) = subject.make(case), subject.inputs(case)
    for scale in (1e-12, 1e12):
        assert_finite(project((w * scale).astype("float32")), f"a weight times {scale:g}")


@check("constraint.holds_after_a_step", "constraint")
def holds_after_a_step(subject: Subject, case: Case) -> None:
    """After an optimizer's step a weight that has it is its own projection."""
    project, (w,) = subject.make(case), subject.inputs(case)
    weight = Layer().add_weight(np.shape(w), lambda shape, dtype: w, constraint=project)
    push = np.random.default_rng(1).normal(size=np.shape(w)).astype("float32")
    optimizers.get("sgd").apply([jnp.asarray(push)], [weight])
    got = np.asarray(weight.value)
    assert_equal_results(got, project(got), "the weight after a step, against its projection")


@check("constraint.compiled_step", "constraint")
def compiled_step(subject: Subject, case: Case) -> None:
    """It can be differentiated through and compiled, as a compiled training step does."""
    call = pure_call(subject, case)
    total = jax.jit(jax.grad(lambda w: jnp.sum(call.function(w) ** 2)))
    assert_finite(total(jnp.asarray(call.arguments[0])), "gradient")
