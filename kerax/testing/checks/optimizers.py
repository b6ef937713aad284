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
from kerax.testing.subject import PureCall, Subject, pure_call, register_pure_call
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

    return PureCall(function, (list(first), list(gradients)), (False, False), per_sample=False)


register_pure_call("optimizer", _pure_call, _inputs)


def _apply(optimizer: Optimizer, variables: Sequence[Variable], gradients: Any) -> None:
    for step in gradients:
        optimizer.apply([jnp.asarray(gradient) for gradient in step], variables)


@check("optimizer.oracle", "optimizer")
def equals_oracle(subject: Subject, case: Case) -> None:
    """The parameters after the steps equal those of the case's oracle."""
    wanted = oracle_result(subject, case)
    got = jax.jit(pure_call(subject, case).function)(*subject.inputs(case))
    assert_close(got, list(wanted), "parameters", case.rtol, case.atol)


@check("optimizer.lowers_quadratic", "optimizer")
def lowers_a_quadratic(subject: Subject, case: Case) -> None:
    """Fifty steps along its gradient lower the sum of squares, and all stays finite."""
    first = subject.inputs(case)[0]
    optimizer, variables = _built(subject, case, first)

    def height(parameters: Any) -> Any:
        return sum(jnp.sum(jnp.square(p)) / 2 for p in parameters)

    def step(carry: Any, _: Any) -> tuple[Any, None]:
        parameters, state = carry
        loss, gradients = jax.value_and_grad(height)(parameters)
        return optimizer.stateless_apply(state, gradients, parameters, loss=loss), None

    @jax.jit
    def run(carry: Any) -> Any:
        return jax.lax.scan(step, carry, length=50)[0]

    end, state = run((_values(variables), _values(optimizer.variables)))
    assert_finite((end, state), "(parameters, state) after 50 steps")
    before, after = float(height(_values(variables))), float(height(end))
    assert after < before, f"half the sum of squares went from {before:.6g} to {after:.6g}"


@check("optimizer.state_constant", "optimizer")
def state_structure_is_constant(subject: Subject, case: Case) -> None:
    """A step keeps the shapes and types of parameters and state, so that loops can carry them."""
    first, gradients = subject.inputs(case)
    optimizer, variables = _built(subject, case, first)
    before = _values(variables), _values(optimizer.variables)
    after = jax.jit(optimizer.stateless_apply)(before[1], gradients[0], before[0])
    for what, old, new in zip(("parameters", "state"), before, after, strict=True):
        wanted, got = ([(x.shape, str(x.dtype)) for x in values] for values in (old, new))
        assert got == wanted, f"{what} after a step: got {got}; wanted {wanted}, as before it"


@check("optimizer.apply_equals_stateless", "optimizer")
def apply_equals_stateless(subject: Subject, case: Case) -> None:
    """`apply` on variables gives what the compiled `stateless_apply` gives."""
    first, gradients = subject.inputs(case)
    optimizer, variables = _built(subject, case, first)
    parameters, state = _values(variables), _values(optimizer.variables)
    step = jax.jit(optimizer.stateless_apply)
    for gradient in gradients[:2]:
        parameters, state = step(state, gradient, parameters)
    _apply(optimizer, variables, gradients[:2])
    assert_close(_values(variables), parameters, "parameters after apply", rtol=1e-5, atol=1e-6)
    assert_close(_values(optimizer.variables), state, "state after apply", rtol=1e-5, atol=1e-6)


@check("optimizer.zero_gradient", "optimizer")
def zero_gradient_moves_nothing(subject: Subject, case: Case) -> None:
    """A gradient of 0 leaves the parameters alone, but for a decay by one common factor."""
    first = subject.inputs(case)[0]
    optimizer, variables = _built(subject, case, first)
    before = _values(variables)
    zeros = [np.zeros_like(parameter) for parameter in first]
    after, _ = jax.jit(optimizer.stateless_apply)(_values(optimizer.variables), zeros, before)
    for old, new, variable in zip(before, after, variables, strict=True):
        old, new = np.asarray(old, "float64"), np.asarray(new, "float64")
        share = (new * old).sum() / max((old * old).sum(), 1e-30)
        assert_close(new, old * share, f"{variable.name} after gradients of 0", atol=1e-6)
        assert 0 <= share <= 1 + 1e-6, f"{variable.name} grew by {share:.6g} at gradients of 0"


@check("optimizer.non_trainable_alone", "optimizer")
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
    for variable, parameter in zip(variables[1:], first, strict=True):
        moved = not np.array_equal(variable.numpy(), parameter)
        assert moved, f"{variable.name} did not move beside a variable whose gradient is None"


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
    plain, variables = _built(subject, case, first)
    accumulating = _accumulating(subject, case)
    others = [Variable(np.asarray(parameter)) for parameter in first]
    accumulating.build(others)
    pairs = [gradients[:2], gradients[2:4]]
    means = [[(a + b) / 2 for a, b in zip(*pair, strict=True)] for pair in pairs]
    _apply(plain, variables, means)
    _apply(accumulating, others, gradients[:4])
    assert_close(_values(others), _values(variables), "parameters after accumulating")


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
    """Setting the learning rate acts on the next step, without compiling it again."""
    first, gradients = subject.inputs(case)
    optimizer, variables = _built(subject, case, first)
    traces = []

    @jax.jit
    def step(state: Any, gradient: Any, parameters: Any) -> Any:
        traces.append(None)
        return optimizer.stateless_apply(state, gradient, parameters)

    parameters = _values(variables)
    before = step(_values(optimizer.variables), gradients[0], parameters)[0]
    assert any(np.any(x != y) for x, y in zip(before, parameters, strict=True)), "no step moves"
    try:
        optimizer.learning_rate = 0.0
    except (KeraxError, TypeError) as error:
        raise Skip(f"it has no learning rate to set: {error}") from error
    after = step(_values(optimizer.variables), gradients[0], parameters)[0]
    assert_close(after, parameters, "parameters after a step of learning rate 0", atol=1e-7)
    assert len(traces) == 1, f"the step was traced {len(traces)} times; wanted once"


@check("optimizer.sharding", "optimizer", needs=["sharding"])
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
