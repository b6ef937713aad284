"""The optimizer base, the optax wrapper and loss scaling: what no other library can be asked."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import kerax
from kerax.errors import ArgumentError, SerializationError, StateError
from kerax.optimizers.state import value_of

STANDARD = ["SGD", "RMSprop", "Adam", "AdamW", "Nadam"]
EVERY = [
    *STANDARD,
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "ScheduleFreeAdamW",
]
TRANSFORMATIONS = {
    "adam": lambda: optax.adam(1e-2),
    "chain": lambda: optax.chain(optax.clip_by_global_norm(0.1), optax.adamw(1e-2)),
    "injected": lambda: optax.inject_hyperparams(optax.rmsprop)(learning_rate=1e-2),
    "masked": lambda: optax.masked(optax.sgd(1e-2, momentum=0.9), [True, False]),
    "lookahead-like": lambda: optax.contrib.schedule_free_sgd(1e-2),
    "noise": lambda: optax.chain(optax.add_noise(0.1, 0.5, 0), optax.sgd(1e-2)),
    "factored": lambda: optax.adafactor(1e-2),
    "accumulated": lambda: optax.MultiSteps(optax.adam(1e-2), 3).gradient_transformation(),
}


def weights(*shapes):
    rng = np.random.default_rng(0)
    shapes = shapes or ((3, 2), (2,))
    return [
        kerax.Variable(rng.normal(size=shape).astype("float32"), name=f"w{i}")
        for i, shape in enumerate(shapes)
    ]


def grads_of(variables, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=v.shape).astype("float32") for v in variables]


def values(variables):
    return [v.value for v in variables]


@pytest.mark.parametrize("name", EVERY)
def test_apply_and_stateless_apply_and_jit_agree(name):
    variables = weights()
    optimizer = kerax.optimizers.get(name)
    optimizer.build(variables)
    grads = grads_of(variables)
    pure = optimizer.stateless_apply(values(optimizer.variables), grads, values(variables))
    jitted = jax.jit(optimizer.stateless_apply)(
        values(optimizer.variables), grads, values(variables)
    )
    optimizer.apply(grads, variables)
    applied = values(variables), values(optimizer.variables)
    for a, b, c in zip(*(jax.tree.leaves(x) for x in (pure, jitted, applied)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(b, c, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", STANDARD)
def test_a_quadratic_is_lowered(name):
    (variable,) = weights((4,))
    optimizer = kerax.optimizers.get({"class_name": name, "config": {"learning_rate": 0.05}})
    first = float(jnp.sum(variable.value**2))
    for _ in range(30):
        optimizer.apply([2 * variable.value], [variable])
    assert float(jnp.sum(variable.value**2)) < first / 2


@pytest.mark.parametrize("given", [0.5, np.float64(0.5), jnp.float32(0.5), np.array(0.5)])
def test_a_changed_learning_rate_traces_nothing_anew(given):
    variables, traces = weights(), []
    optimizer = kerax.optimizers.Adam(0.1)
    optimizer.build(variables)

    @jax.jit
    def step(state, grads, params):
        traces.append(1)
        return optimizer.stateless_apply(state, grads, params)

    params = values(variables)
    for rate in (0.1, given, kerax.Variable(0.25)):
        optimizer.learning_rate = rate
        assert optimizer.learning_rate.value.dtype == jnp.float32
        state = values(optimizer.variables)
        assert not any(leaf.weak_type for leaf in state)
        for _ in range(2):
            params, state = step(state, grads_of(variables), params)
        kerax.variable.write(optimizer.variables, state)
    assert len(traces) == 1


@pytest.mark.parametrize("name", EVERY)
def test_state_can_be_donated(name):
    variables = weights()
    optimizer = kerax.optimizers.get(name)
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply, donate_argnums=(0, 2))
    state, params = values(optimizer.variables), values(variables)
    pointers = [leaf.unsafe_buffer_pointer() for leaf in (*state, *params)]
    assert len(set(pointers)) == len(pointers)
    for _ in range(3):
        params, state = step(state, grads_of(variables), params)
    assert int(state[0]) == 3


def test_a_schedule_is_computed_from_the_iteration_inside_the_step():
    rate = kerax.optimizers.schedules.PiecewiseConstantDecay([1, 3], [1.0, 0.5, 0.25])
    (variable,) = weights(())
    optimizer = kerax.optimizers.SGD(rate)
    optimizer.build([variable])
    assert [v.name for v in optimizer.variables] == ["iteration"]
    step = jax.jit(optimizer.stateless_apply)
    params, state, seen = values([variable]), values(optimizer.variables), []
    for _ in range(5):
        new, state = step(state, [jnp.float32(1)], params)
        seen.append(round(float(params[0] - new[0]), 5))
        params = new
    assert seen == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert step._cache_size() == 1
    with pytest.raises(TypeError, match="schedule"):
        optimizer.learning_rate = 0.1


def test_a_float_rate_can_become_a_schedule():
    optimizer = kerax.optimizers.SGD(0.5)
    optimizer.learning_rate = kerax.optimizers.schedules.ExponentialDecay(0.25, 10, 0.5)
    assert float(optimizer.learning_rate) == 0.25
    assert [v.name for v in optimizer.variables] == ["iteration"]


def test_a_callable_rate():
    optimizer = kerax.optimizers.SGD(lambda: 0.5)
    variable = kerax.Variable(1.0)
    optimizer.apply([1.0], [variable])
    assert float(variable) == 0.5


def test_a_missing_gradient_leaves_variable_and_slots_alone():
    variables = weights()
    optimizer = kerax.optimizers.Adam(0.1)
    grads = grads_of(variables)
    before = variables[1].numpy()
    with pytest.warns(UserWarning, match="w1"):
        optimizer.apply([grads[0], None], variables)
    np.testing.assert_array_equal(variables[1].numpy(), before)
    assert [float(jnp.sum(v.value**2)) > 0 for v in optimizer.variables[2:]] == [True] * 2 + [
        False
    ] * 2
    optimizer.apply(grads[1:], variables[1:])
    assert not np.array_equal(variables[1].numpy(), before)


def test_wrong_calls_name_what_is_wanted():
    variables, optimizer = weights(), kerax.optimizers.SGD()
    grads = grads_of(variables)
    with pytest.raises(StateError, match="build"):
        optimizer.apply(grads)
    with pytest.raises(StateError, match="build"):
        optimizer.stateless_apply([], [], [])
    with pytest.raises(ArgumentError, match="no gradient"):
        optimizer.apply([None, None], variables)
    with pytest.raises(ArgumentError, match="1 gradients for 2"):
        optimizer.apply(grads[:1])
    with pytest.raises(ArgumentError, match="not built on"):
        optimizer.apply(grads, weights())
    with pytest.raises(ArgumentError, match="1 optimizer_variables; wanted 2"):
        optimizer.stateless_apply(values(optimizer.variables)[:1], grads, values(variables))
    with pytest.raises(ArgumentError, match="1 trainable_variables; wanted 2"):
        optimizer.stateless_apply(values(optimizer.variables), grads, values(variables)[:1])


def test_a_traced_gradient_outside_a_scope_is_refused():
    variables, optimizer = weights(), kerax.optimizers.SGD()
    optimizer.build(variables)
    with pytest.raises(StateError, match="stateless"):
        jax.jit(lambda grads: optimizer.apply(grads))(grads_of(variables))
    optimizer.apply(grads_of(variables))


def test_apply_inside_a_functionalized_step():
    variables, optimizer = weights(), kerax.optimizers.Adam(0.1)
    optimizer.build(variables)
    pure = kerax.variable.functionalize(optimizer.apply, [*variables, *optimizer.variables])
    start = {path: v.value for path, v in kerax.variable.by_path(optimizer.variables).items()}
    grads = grads_of(variables)
    _, new, _ = jax.jit(pure)(start, grads)
    optimizer.apply(grads)
    for path, variable in kerax.variable.by_path(variables).items():
        np.testing.assert_allclose(new[path], variable.value, atol=1e-6)


class Signs(kerax.optimizers.Optimizer):
    """As a Keras user writes one: slots, update_step, and a setting read while it runs."""

    def __init__(self, learning_rate=0.1, strength=1.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.strength = strength

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.last = self.add_optimizer_variables(variables, "last")
        self.first, self.second = self.add_optimizer_variables(variables, ["first", "second"])

    def update_step(self, gradient, variable, learning_rate):
        last = self.last[self._get_variable_index(variable)]
        self.assign_sub(variable, self.strength * learning_rate * jnp.sign(gradient + last.value))
        self.assign(last, gradient)

    def get_config(self):
        return {**super().get_config(), "strength": self.strength}


def test_an_optimizer_written_for_keras():
    variable = kerax.Variable([1.0, 1.0], name="w")
    optimizer = Signs(0.5)
    optimizer.apply([np.array([1.0, -1.0])], [variable])
    optimizer.apply([np.array([1.0, 0.5])], [variable])
    assert variable.numpy().tolist() == [0.0, 2.0]
    names = [v.name for v in optimizer.variables[2:]]
    assert names == ["w_last", "w_first", "w_second"]
    assert Signs.from_config(optimizer.get_config()).strength == 1.0


def test_a_changed_setting_acts_on_the_next_apply():
    variable, optimizer = kerax.Variable([1.0]), kerax.optimizers.SGD(1.0, clipvalue=1.0)
    optimizer.apply([np.array([9.0])], [variable])
    optimizer.clipvalue = 2.0
    optimizer.apply([np.array([9.0])], [variable])
    assert variable.numpy().tolist() == [-2.0]


def test_exclusion_from_weight_decay():
    variables = weights((1,), (1,))
    optimizer = kerax.optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=variables[:1], var_names=["nothing"])
    before = [v.numpy() for v in variables]
    optimizer.apply([np.zeros(1), np.zeros(1)], variables)
    np.testing.assert_array_equal(variables[0].numpy(), before[0])
    np.testing.assert_allclose(variables[1].numpy(), before[1] * 0.95, rtol=1e-6)
    with pytest.raises(StateError, match="before"):
        optimizer.exclude_from_weight_decay(var_names=["w0"])


@pytest.mark.parametrize("name", [name for name in EVERY if name != "Adadelta"])  # it is slow
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_small_float_weights_keep_their_type_and_move(name, dtype):
    variable = kerax.Variable(np.ones(3), dtype=dtype, name="w")
    optimizer = kerax.optimizers.get({"class_name": name, "config": {"learning_rate": 0.1}})
    for _ in range(3):
        optimizer.apply([jnp.ones(3, dtype)], [variable])
    assert variable.dtype == dtype
    assert variable.value.dtype == jnp.dtype(dtype)
    moved = np.asarray(variable.value, "float32")
    assert np.all(np.isfinite(moved))
    assert np.all(moved < 0.95)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_step_alike(copied):
    variables, optimizer = weights(), kerax.optimizers.Adam(0.1)
    optimizer.apply(grads_of(variables), variables)
    twin = copied(optimizer)
    twin.apply(grads_of(variables, 1))
    optimizer.apply(grads_of(variables, 1))
    for a, b in zip(twin._trainable_variables, variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_an_optax_transformation_steps_as_optax_does(name):
    transformation = TRANSFORMATIONS[name]()
    variables = weights((4, 3), (3,))
    optimizer = kerax.optimizers.get(transformation)
    optimizer.build(variables)
    params = [v.value + 0 for v in variables]
    state = transformation.init(params)
    step = jax.jit(optimizer.stateless_apply, donate_argnums=(0,))
    ours, own = values(variables), values(optimizer.variables)
    for seed in range(6):
        grads = [jnp.asarray(grad) for grad in grads_of(variables, seed)]
        updates, state = transformation.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        ours, own = step(own, grads, ours)
    for a, b in zip(ours, params, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert step._cache_size() == 1


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_optax_state_is_saved_and_restored(name):
    first = kerax.optimizers.get(TRANSFORMATIONS[name]())
    variables = weights((4, 3), (3,))
    first.apply(grads_of(variables), variables)
    store = {}
    first.save_own_variables(store)
    second = kerax.optimizers.get(TRANSFORMATIONS[name]())
    twins = [kerax.Variable(v.numpy(), name=v.name) for v in variables]
    second.build(twins)
    second.load_own_variables(store)
    first.apply(grads_of(variables, 1))
    second.apply(grads_of(variables, 1))
    for a, b in zip(variables, twins, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_optax_state_is_named_by_its_path():
    optimizer = kerax.optimizers.get(optax.inject_hyperparams(optax.sgd)(0.5, momentum=0.9))
    optimizer.build(weights())
    names = [v.name for v in optimizer.variables]
    assert "hyperparams_learning_rate" in names
    assert "inner_state_0_trace_w0" in names
    assert len(set(names)) == len(names)


def test_an_injected_learning_rate_can_be_read_and_set():
    (variable,) = weights(())
    optimizer = kerax.optimizers.get(optax.inject_hyperparams(optax.sgd)(0.5))
    with pytest.raises(StateError, match="build"):
        _ = optimizer.learning_rate
    optimizer.build([variable])
    step = jax.jit(optimizer.stateless_apply)
    start = values([variable])
    assert float(optimizer.learning_rate) == 0.5
    for rate in (0.5, 0.125):
        optimizer.learning_rate = rate
        assert optimizer.learning_rate.dtype == "float32"
        params, _ = step(values(optimizer.variables), [jnp.float32(1)], start)
        np.testing.assert_allclose(start[0] - params[0], rate, rtol=1e-6)
    assert step._cache_size() == 1


def test_an_optax_rate_that_is_not_injected_says_how_to():
    optimizer = kerax.optimizers.get(optax.sgd(0.5))
    optimizer.build(weights())
    with pytest.raises(StateError, match="inject_hyperparams"):
        _ = optimizer.learning_rate
    with pytest.raises(StateError, match="inject_hyperparams"):
        optimizer.learning_rate = 0.1
    scheduled = kerax.optimizers.get(
        optax.inject_hyperparams(optax.sgd)(optax.linear_schedule(1.0, 0.5, 10))
    )
    scheduled.build(weights())
    assert float(scheduled.learning_rate) == 1.0
    with pytest.raises(TypeError, match="schedule"):
        scheduled.learning_rate = 0.1


def test_an_optax_transformation_with_extra_arguments_is_given_the_loss():
    plateau = optax.contrib.reduce_on_plateau(factor=0.5, patience=1, cooldown=1)
    transformation = optax.chain(optax.sgd(1.0), plateau)
    optimizer = kerax.optimizers.get(transformation)
    (variable,) = weights(())
    optimizer.build([variable])
    state, params = values(optimizer.variables), values([variable])
    optax_state, grads, moves = transformation.init(params), [jnp.float32(1)], []
    for loss in (1.0, 2.0, 3.0, 4.0, 5.0):
        updates, optax_state = transformation.update(
            grads, optax_state, params, value=jnp.float32(loss)
        )
        new, state = optimizer.stateless_apply(state, grads, params, loss=jnp.float32(loss))
        moves.append(float(updates[0]))
        np.testing.assert_allclose(new[0] - params[0], updates[0], atol=1e-6)
        params = new
    assert len(set(moves)) > 1


def test_an_optax_transformation_has_no_config_and_says_so():
    optimizer = kerax.optimizers.get(optax.sgd(0.5))
    with pytest.raises(SerializationError, match="plugin"):
        optimizer.get_config()
    with pytest.raises(ArgumentError, match="add_decayed_weights"):
        type(optimizer)(optax.sgd(0.5), weight_decay=0.1)


def test_options_of_the_base_work_around_optax():
    wrapper = kerax.optimizers.OptaxOptimizer(optax.sgd(1.0), clipvalue=0.5, use_ema=True)
    variable = kerax.Variable([1.0])
    wrapper.apply([np.array([9.0])], [variable])
    assert variable.numpy().tolist() == [0.5]


def test_loss_scale_optimizer_in_eager_steps():
    optimizer = kerax.optimizers.LossScaleOptimizer("sgd", initial_scale=4.0)
    optimizer.learning_rate = 1.0
    variable = kerax.Variable([1.0])
    optimizer.apply([np.array([2.0], "float32")], [variable])
    assert variable.numpy().tolist() == [0.5]
    optimizer.apply([np.array([np.inf], "float32")])
    assert variable.numpy().tolist() == [0.5]
    assert float(optimizer.scale_loss(1.0)) == 2.0
    assert int(value_of(optimizer.iterations)) == 1
    assert float(optimizer.learning_rate) == 1.0
    with pytest.raises(ArgumentError, match="inner_optimizer"):
        kerax.optimizers.LossScaleOptimizer("sgd", clipnorm=1.0)


def test_a_file_with_other_variables_loads_nothing():
    optimizer = kerax.optimizers.Adam()
    optimizer.build(weights())
    with pytest.warns(UserWarning, match="none was loaded"):
        optimizer.load_own_variables({"0": np.array(3)})
    assert int(value_of(optimizer.iterations)) == 0


def test_slots_are_sharded_as_their_variables():
    mesh = jax.make_mesh((8,), ("x",), axis_types=(jax.sharding.AxisType.Auto,))
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("x"))
    variable = kerax.Variable(np.ones((8, 2)), name="w")
    kerax.variable.write([variable], [jax.device_put(variable.value, sharding)])
    optimizer = kerax.optimizers.Adam(use_ema=True)
    optimizer.build([variable])
    assert {v.value.sharding for v in optimizer.variables if v.shape} == {sharding}


@pytest.mark.parametrize("name", EVERY)
def test_abstract_state_allocates_nothing(name):
    with kerax.variable.abstract_variables():
        variables = [kerax.Variable(lambda shape, dtype: 1 / 0, shape=(4, 4), name="w")]
        optimizer = kerax.optimizers.get(name)
        optimizer.build(variables)
    assert all(isinstance(v._value, jax.ShapeDtypeStruct) for v in optimizer.variables[2:])


def test_get_refuses_what_is_no_optimizer():
    assert kerax.optimizers.get(None) is None
    for wrong in (3, "adma", object()):
        with pytest.raises(ValueError, match="optimizer"):
            kerax.optimizers.get(wrong)
    with pytest.raises(AttributeError, match="Adam"):
        _ = kerax.optimizers.Adm
    assert "Adam" in dir(kerax.optimizers)
    assert "CosineDecay" in dir(kerax.optimizers.schedules)
