"""Checks for optimizers, and how an optimizer is called as a pure function."""

import warnings
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import optimizers
from kerax.errors import KeraxError
from kerax.optimizers import Optimizer
from kerax.testing.case import Case
from kerax.testing.check import Skip, check
from kerax.testing.expectations import (
    assert_bits,
    assert_close,
    assert_finite,
    oracle_result,
    with_arguments,
)
from kerax.testing.subject import PureCall, Subject, register_pure_call
from kerax.variable import Variable, write

__all__: list[str] = []

_STEPS = 5


def _inputs(subject: Subject) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    shapes = ((4, 3), (3,))

    def draw() -> list[Any]:
        return [rng.normal(size=shape).astype("float32") for shape in shapes]

    return draw(), [draw() for _ in range(_STEPS)]


def _optimizer(subject: Subject, case: Case) -> Optimizer:
    """Return the optimizer anew, as `compile` takes it: an optax transformation wrapped."""
    found = optimizers.get(subject.make(case))
    assert isinstance(found, Optimizer), (
        f"compile makes {found!r} of it; wanted an object of kerax.optimizers.Optimizer, or a "
        "factory of an optax transformation with contract='gradient_transformation'"
    )
    return found


def _built(subject: Subject, case: Case, parameters: Sequence[Any]) -> tuple[Optimizer, list]:
    """Return the optimizer and the variables that it is built on."""
    optimizer = _optimizer(subject, case)
    variables = [Variable(np.asarray(p), dtype=str(p.dtype)) for p in parameters]
    optimizer.build(variables)
    return optimizer, variables


def _values(variables: Sequence[Variable]) -> list[Any]:
    return [jnp.asarray(variable.value) for variable in variables]


def _pure_call(subject: Subject, case: Case) -> PureCall:
    first, gradients = subject.inputs(case)
    built: dict[Any, tuple[Optimizer, list]] = {}

    def function(parameters: Any, gradients: Any) -> Any:
        kinds = tuple(str(parameter.dtype) for parameter in parameters)
        if kinds not in built:
            with jax.ensure_compile_time_eval():
                typed = [np.asarray(p).astype(k) for p, k in zip(first, kinds, strict=True)]
                optimizer, _ = _built(subject, case, typed)
                built[kinds] = optimizer, _values(optimizer.variables)
        optimizer, state = built[kinds]
        for step in gradients:
            loss = sum(jnp.sum(jnp.square(p)) for p in parameters)
            parameters, state = optimizer.stateless_apply(state, step, parameters, loss=loss)
        return list(parameters)

    arguments = (list(first), list(gradients)[:2])  # two steps show what many would
    return PureCall(function, arguments, (False, False), per_sample=False)


register_pure_call("optimizer", _pure_call, _inputs)


def _apply(optimizer: Optimizer, variables: Sequence[Variable], gradients: Any) -> None:
    for step in gradients:
        optimizer.apply([jnp.asarray(gradient) for gradient in step], variables)


def _start(subject: Subject, case: Case) -> tuple[list[Any], list[Any]]:
    """The first parameters, and the state of a new optimizer."""
    _, parameters, state = _compiled(subject, case)
    return parameters, state


def _step(subject: Subject, case: Case, carry: Any, gradients: Sequence[Any]) -> Any:
    """Take a compiled step from parameters and state to new ones; the checks share the program."""
    parameters, state = carry
    loss = sum(float(np.sum(np.square(np.asarray(p, "float64")))) for p in parameters)
    step, _, _ = _compiled(subject, case)
    return step(state, [jnp.asarray(g) for g in gradients], parameters, np.float32(loss))


def _compiled(subject: Subject, case: Case) -> tuple[Any, list[Any], list[Any]]:
    def make() -> tuple[Any, list[Any], list[Any]]:
        optimizer, variables = _built(subject, case, subject.inputs(case)[0])
        step = jax.jit(
            lambda state, gradients, parameters, loss: optimizer.stateless_apply(
                state, gradients, parameters, loss=loss
            )
        )
        return step, _values(variables), _values(optimizer.variables)

    return subject.once(case, "step", make)


@check("optimizer.oracle", "optimizer")
def equals_oracle(subject: Subject, case: Case) -> None:
    """The parameters after the steps equal those of the case's oracle."""
    wanted = oracle_result(subject, case)
    carry = _start(subject, case)
    for gradients in subject.inputs(case)[1]:
        carry = _step(subject, case, carry, gradients)
    assert_close(carry[0], list(wanted), "parameters", case.rtol, case.atol)


@check("optimizer.lowers_quadratic", "optimizer")
def lowers_a_quadratic(subject: Subject, case: Case) -> None:
    """Fifty steps along its gradient lower half the sum of squares, and all stays finite."""
    carry = start = _start(subject, case)
    for _ in range(50):
        carry = _step(subject, case, carry, carry[0])  # its gradient are the parameters
    assert_finite(carry, "(parameters, state) after 50 steps")
    before, after = (
        sum(float(np.sum(np.square(p))) / 2 for p in parameters) for parameters, _ in (start, carry)
    )
    assert after < before, f"half the sum of squares went from {before:.6g} to {after:.6g}"


@check("optimizer.state_constant", "optimizer")
def state_structure_is_constant(subject: Subject, case: Case) -> None:
    """A step keeps the shapes and types of parameters and state, so that loops can carry them."""
    before = _start(subject, case)
    after = _step(subject, case, before, subject.inputs(case)[1][0])
    for what, old, new in zip(("parameters", "state"), before, after, strict=True):
        wanted, got = ([(x.shape, str(x.dtype)) for x in values] for values in (old, new))
        assert got == wanted, f"{what} after a step: got {got}; wanted {wanted}, as before it"


@check("optimizer.apply_equals_stateless", "optimizer")
def apply_equals_stateless(subject: Subject, case: Case) -> None:
    """`apply` on variables gives what the compiled `stateless_apply` gives."""
    first, gradients = subject.inputs(case)
    carry = _start(subject, case)
    for step in gradients[:2]:
        carry = _step(subject, case, carry, step)
    optimizer, variables = _built(subject, case, first)
    _apply(optimizer, variables, gradients[:2])
    got = _values(variables), _values(optimizer.variables)
    assert_close(got, carry, "(parameters, state) after apply", rtol=1e-5, atol=1e-6)


@check("optimizer.zero_gradient", "optimizer")
def zero_gradient_moves_nothing(subject: Subject, case: Case) -> None:
    """A gradient of 0 leaves the parameters alone, but for a decay by one common factor."""
    before = _start(subject, case)
    zeros = [np.zeros_like(parameter) for parameter in before[0]]
    after, _ = _step(subject, case, before, zeros)
    for index, pair in enumerate(zip(before[0], after, strict=True)):
        old, new = (np.asarray(x, "float64") for x in pair)
        share = (new * old).sum() / max((old * old).sum(), 1e-30)
        assert_close(new, old * share, f"parameter {index} after gradients of 0", atol=1e-6)
        assert 0 <= share <= 1 + 1e-6, (
            f"parameter {index} became {share:.6g} times itself at gradients of 0"
        )


@check("optimizer.non_trainable_alone", "optimizer", once=True)
def leaves_others_alone(subject: Subject, case: Case) -> None:
    """A variable without a gradient stays as it is, and the others move as without it."""
    first, gradients = subject.inputs(case)
    frozen = np.ones((2, 2), "float32")
    optimizer, variables = _built(subject, case, [frozen, *first])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says which variables have no gradient
        for step in gradients[:2]:
            optimizer.apply([None, *map(jnp.asarray, step)], variables)
    assert_bits(variables[0].numpy(), frozen, "a variable whose gradient is None")
    for index, (variable, parameter) in enumerate(zip(variables[1:], first, strict=True)):
        moved = not np.array_equal(variable.numpy(), parameter)
        assert moved, f"parameter {index} did not move beside a variable whose gradient is None"


@check("optimizer.resume", "optimizer")
def resumes_bit_for_bit(subject: Subject, case: Case) -> None:
    """Training resumed from saved state equals uninterrupted training bit for bit."""
    first, gradients = subject.inputs(case)
    half = max(len(gradients) // 2, 1)
    straight, variables = _built(subject, case, first)
    _apply(straight, variables, gradients[:half])
    store: dict[str, Any] = {}
    straight.save_own_variables(store)
    resumed, others = _built(subject, case, [variable.numpy() for variable in variables])
    resumed.load_own_variables(store)
    for optimizer, held in ((straight, variables), (resumed, others)):
        _apply(optimizer, held, gradients[half:])
    assert_bits(_values(others), _values(variables), "parameters after resuming")
    wanted = _values(straight.variables)
    assert_bits(_values(resumed.variables), wanted, "state after resuming")


@check("optimizer.accumulation", "optimizer")
def accumulates_gradients(subject: Subject, case: Case) -> None:
    """With `gradient_accumulation_steps=2`, two gradients move as much as their mean does."""
    first, gradients = subject.inputs(case)
    if len(gradients) < 4:
        raise Skip(f"the case has {len(gradients)} steps; give it 4 or more")
    accumulating = _accumulating(subject, case)
    variables = [Variable(np.asarray(parameter)) for parameter in first]
    accumulating.build(variables)
    _apply(accumulating, variables, gradients[:4])
    carry = _start(subject, case)
    for pair in (gradients[:2], gradients[2:4]):
        means = [(a + b) / 2 for a, b in zip(*pair, strict=True)]
        carry = _step(subject, case, carry, means)
    assert_close(_values(variables), carry[0], "parameters after accumulating")


def _accumulating(subject: Subject, case: Case) -> Optimizer:
    if subject.spec.contract == "gradient_transformation":
        wrapper = optimizers.OptaxOptimizer
        return wrapper(subject.make(case), gradient_accumulation_steps=2)
    try:
        return _optimizer(subject, with_arguments(case, gradient_accumulation_steps=2))
    except (KeraxError, TypeError) as error:
        raise Skip(f"it takes no gradient_accumulation_steps: {error}") from error


@check("optimizer.learning_rate", "optimizer")
def learning_rate_can_be_set(subject: Subject, case: Case) -> None:
    """The learning rate is part of the state: setting it acts on a step compiled before."""
    first, gradients = subject.inputs(case)
    optimizer, _ = _built(subject, case, first)
    try:
        optimizer.learning_rate = 0.0
    except (AttributeError, KeraxError, TypeError) as error:
        raise Skip(f"it has no learning rate to set: {error}") from error
    before = _start(subject, case)
    moved, _ = _step(subject, case, before, gradients[0])
    assert any(np.any(x != y) for x, y in zip(moved, before[0], strict=True)), "no step moves"
    still = before[0], _values(optimizer.variables)
    after, _ = _step(subject, case, still, gradients[0])
    what = "parameters after a compiled step, the learning rate having been set to 0"
    assert_close(after, before[0], what, atol=1e-7)


@check("optimizer.sharding", "optimizer", needs=["sharding"], once=True)
def state_is_sharded_like_parameters(subject: Subject, case: Case) -> None:
    """Each slot of a parameter lies on the devices as the parameter does, after a step too."""
    devices = jax.devices()[:2]
    if len(devices) < 2:
        raise Skip(
            "there is one device; on a CPU set XLA_FLAGS=--xla_force_host_platform_device_count=8"
        )
    mesh = jax.sharding.Mesh(np.array(devices), ("x",))
    placed = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("x"))
    value = jax.device_put(np.linspace(-1, 1, 14, dtype="float32").reshape(2, 7), placed)
    optimizer = _optimizer(subject, case)
    variable = Variable(value)
    write([variable], [value])
    optimizer.build([variable])
    own = optimizer.variables
    gradient = jax.device_put(np.ones((2, 7), "float32"), placed)
    _, after = jax.jit(optimizer.stateless_apply)(_shards(own), [gradient], [value])
    for when, values in (("after build", _shards(own)), ("after a step", after)):
        for slot, array in zip(own, values, strict=True):
            if slot.shape == variable.shape:
                assert array.sharding.is_equivalent_to(placed, 2), (
                    f"{slot.path} {when}: got {array.sharding}; wanted the parameter's {placed}. "
                    "Make it with add_variable_from_reference"
                )


def _shards(variables: Sequence[Variable]) -> list[Any]:
    return [variable._value for variable in variables]
