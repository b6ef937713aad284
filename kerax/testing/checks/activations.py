"""Checks for activations, and how an activation is called as a pure function."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import layers, models
from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.comparing import assert_equal_results
from kerax.testing.expectations import assert_finite, assert_gradient_matches, oracle_result
from kerax.testing.subject import PureCall, Subject, pure_call, register_pure_call

__all__: list[str] = []


def _inputs(subject: Subject) -> tuple[Any, ...]:
    return (np.random.default_rng(0).normal(scale=2.0, size=(4, 6)).astype("float32"),)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    return PureCall(subject.make(case), subject.inputs(case), (True,))


register_pure_call("activation", _pure_call, _inputs)


@check("activation.oracle", "activation")
def oracle(subject: Subject, case: Case) -> None:
    """The values are those of the case's oracle."""
    wanted = oracle_result(subject, case)
    got = pure_call(subject, case)()
    assert_equal_results(got, wanted, "values", case.rtol, case.atol, dtypes=False)


@check("activation.batch_kept", "activation")
def batch_kept(subject: Subject, case: Case) -> None:
    """The result has an entry for each entry of the batch."""
    call = pure_call(subject, case)
    got, batch = np.shape(call()), len(call.arguments[0])
    assert got[:1] == (batch,), f"got shape {got} for a batch of {batch}"


@check("activation.shape_kept", "activation", contracts=["elementwise"])
def shape_kept(subject: Subject, case: Case) -> None:
    """The result has the shape of the input, whatever that is."""
    function = jax.jit(pure_call(subject, case).function)
    for shape in ((), (3,), (2, 1, 3, 2)):
        got = np.shape(function(jnp.ones(shape, "float32")))
        assert got == shape, f"got shape {got} for an input {shape}"


@check("activation.elementwise", "activation", contracts=["elementwise"])
def elementwise(subject: Subject, case: Case) -> None:
    """Each element's result depends on that element alone."""
    call = pure_call(subject, case)
    x = np.asarray(call.arguments[0])
    order = np.random.default_rng(1).permutation(x.size)
    shuffled = np.asarray(call(x.reshape(-1)[order].reshape(x.shape))).reshape(-1)
    wanted = np.asarray(call()).reshape(-1)[order]
    what = "elements in another order (the contract of a function that mixes them is 'general')"
    assert_equal_results(shuffled, wanted, what)


@check("activation.samples_apart", "activation")
def samples_apart(subject: Subject, case: Case) -> None:
    """The result of a sample does not depend on the others of the batch."""
    call = pure_call(subject, case)
    x = np.asarray(call.arguments[0])
    function = jax.jit(call.function)
    alone = np.concatenate([np.asarray(function(x[i : i + 1])) for i in range(len(x))])
    assert_equal_results(alone, call(), "samples one at a time, against the whole batch")


@check("activation.gradient_finite", "activation")
def gradient_finite(subject: Subject, case: Case) -> None:
    """The gradient is finite, at 0 and at large values too."""
    function = pure_call(subject, case).function
    shape = np.shape(subject.inputs(case)[0])
    gradient = jax.jit(jax.grad(lambda x: jnp.sum(function(x))))
    edges = np.resize(np.array([0.0, -0.0, 1.0, -1.0, 50.0, -50.0], "float32"), shape)
    for name, x in (
        ("the case's input", subject.inputs(case)[0]),
        ("zeros", np.zeros(shape, "float32")),
        ("0, ±1 and ±50", edges),
    ):
        assert_finite(gradient(jnp.asarray(x)), f"gradient at {name}")


@check("activation.gradient_right", "activation")
def gradient_right(subject: Subject, case: Case) -> None:
    """The gradient is that of finite differences, in float64."""
    (x,) = subject.inputs(case)
    function = subject.make(case)
    assert_gradient_matches(lambda x: jnp.sum(jnp.cos(function(x))), x, "sum(cos(f(x)))")


@check("activation.in_a_layer", "activation")
def in_a_layer(subject: Subject, case: Case) -> None:
    """A model that holds it in an Activation layer gives the values of the plain call."""
    call = pure_call(subject, case)
    x = np.asarray(call.arguments[0])
    tensor = layers.Input(x.shape[1:])
    model = models.Model(tensor, layers.Activation(call.function)(tensor))
    wanted = np.asarray(call())
    assert_equal_results(model(x), wanted, "in a layer")
    spec = tuple(model.outputs[0].shape)
    assert spec == (None, *wanted.shape[1:]), (
        f"the inferred shape is {spec}; the values have the shape {wanted.shape}"
    )
