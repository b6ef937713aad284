"""The optax bridge against optax itself, used in loops written by hand."""

import functools
import inspect
import types

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import pytest
from kerax_optax.table import LEFT_OUT, NEEDS_LOSS, OPTIMIZERS, SCHEDULES, TRANSFORMATIONS

import kerax

STEPS = 12
SHAPES = {"layer/kernel": (4, 3), "layer/bias": (3,), "scale": ()}
BIAS = [False, True, False]
KERNEL = [True, False, False]

# The same arguments for the bridge, as a config, and for optax.
CONFIGS = {
    "adadelta": {"learning_rate": 1.0},
    "adafactor": {"learning_rate": 0.01, "min_dim_size_to_factor": 2},
    "adam": {"learning_rate": 0.1, "b1": 0.8, "nesterov": True},
    "lbfgs": {"learning_rate": 0.1, "linesearch": None, "memory_size": 3},
    "noisy_sgd": {"learning_rate": 0.1, "key": 3},
    "prodigy": {"betas": (0.8, 0.99)},
    "rmsprop": {"learning_rate": 0.01, "centered": True, "momentum": 0.9},
    "sgd": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
}
MADE_OF_OTHERS = {
    *("MultiSteps", "apply_if_finite", "chain", "mechanize", "multi_transform", "sam"),
    "schedule_free",
}
ALIASES = sorted(set(OPTIMIZERS) - MADE_OF_OTHERS)


def sgd(rate=1e-3, **config):
    return {"id": "optax>sgd", "config": {"learning_rate": rate, **config}}


def piece(name, **config):
    return {"id": f"optax>{name}", "config": config}


DECAY = piece("exponential_decay", init_value=0.1, transition_steps=2, decay_rate=0.5)
decay = optax.exponential_decay(0.1, 2, 0.5)
GROWTH = piece("linear_schedule", init_value=1, end_value=4, transition_steps=3)
growth = optax.linear_schedule(1, 4, 3)

# Optimizers made of others, and the same written with optax.
COMBINED = {
    "MultiSteps": (
        piece("MultiSteps", opt=piece("adam", learning_rate=DECAY), every_k_schedule=3),
        lambda: optax.MultiSteps(optax.adam(decay), 3).gradient_transformation(),
    ),
    "MultiSteps-sum": (
        piece("MultiSteps", opt="optax>lion", every_k_schedule=2, use_grad_mean=False),
        lambda: optax.MultiSteps(optax.lion(1e-3), 2, False).gradient_transformation(),
    ),
    "MultiSteps-growing": (
        piece(
            "MultiSteps",
            opt=sgd(0.1),
            every_k_schedule=GROWTH,
        ),
        lambda: optax.MultiSteps(
            optax.sgd(0.1), lambda n: jnp.asarray(growth(n), jnp.int32)
        ).gradient_transformation(),
    ),
    "chain": (
        piece(
            "chain",
            transformations=[
                piece("clip_by_global_norm", max_norm=0.5),
                piece("add_decayed_weights", weight_decay=0.1, mask=["*/kernel"]),
                piece("adamw", learning_rate=DECAY, mask="*/bias", weight_decay=0.5),
                piece("freeze", mask=["scale"]),
            ],
        ),
        lambda: optax.chain(
            optax.clip_by_global_norm(0.5),
            optax.add_decayed_weights(0.1, KERNEL),
            optax.adamw(decay, mask=BIAS, weight_decay=0.5),
            optax.freeze([False, False, True]),
        ),
    ),
    "chain-of-parts": (
        piece(
            "chain",
            transformations=[
                "optax>centralize",
                "optax>scale_by_adam",
                piece("scale_by_schedule", step_size_fn=DECAY),
                piece("masked", inner=piece("scale", step_size=0.5), mask="*bias"),
                piece("scale", step_size=-1.0),
            ],
        ),
        lambda: optax.chain(
            optax.centralize(),
            optax.scale_by_adam(),
            optax.scale_by_schedule(decay),
            optax.masked(optax.scale(0.5), BIAS),
            optax.scale(-1.0),
        ),
    ),
    "chain-that-follows-the-loss": (
        piece(
            "chain",
            transformations=[sgd(0.1), piece("reduce_on_plateau", factor=0.5, patience=1)],
        ),
        lambda: optax.chain(
            optax.sgd(0.1), optax.contrib.reduce_on_plateau(factor=0.5, patience=1)
        ),
    ),
    "multi_transform": (
        piece(
            "multi_transform",
            groups=[
                {"pattern": "*/bias", "optimizer": sgd(DECAY)},
                {"pattern": ["s*"], "optimizer": "optax>set_to_zero"},
            ],
            default=piece("adamw", learning_rate=0.1, mask="*/kernel"),
        ),
        lambda: optax.multi_transform(
            {
                "bias": optax.sgd(decay),
                "scale": optax.set_to_zero(),
                "rest": optax.adamw(0.1, mask=lambda params: [True] * 3),
            },
            ["rest", "bias", "scale"],
        ),
    ),
    "multi_transform-of-accumulated": (
        piece(
            "multi_transform",
            groups=[
                {
                    "pattern": "layer/*",
                    "optimizer": piece("MultiSteps", opt="optax>adam", every_k_schedule=2),
                },
                {"pattern": "*", "optimizer": sgd(0.5)},
            ],
        ),
        lambda: optax.multi_transform(
            {
                "layer": optax.MultiSteps(optax.adam(1e-3), 2).gradient_transformation(),
                "rest": optax.sgd(0.5),
            },
            ["layer", "layer", "rest"],
        ),
    ),
    "apply_if_finite": (
        piece("apply_if_finite", inner="optax>adam", max_consecutive_errors=2),
        lambda: optax.apply_if_finite(optax.adam(1e-3), 2),
    ),
    "mechanize": (
        piece("mechanize", base_optimizer=sgd(0.1)),
        lambda: optax.contrib.mechanize(optax.sgd(0.1)),
    ),
    "sam": (
        piece("sam", optimizer=sgd(0.1), adv_optimizer=piece("chain", transformations=[
            "optax>normalize", sgd(0.05)])),
        lambda: optax.contrib.sam(
            optax.sgd(0.1), optax.chain(optax.contrib.normalize(), optax.sgd(0.05))
        ),
    ),
    "schedule_free": (
        piece("schedule_free", base_optimizer=piece("adam", b1=0.0), learning_rate=0.1),
        lambda: optax.contrib.schedule_free(optax.adam(1e-3, b1=0.0), 0.1),
    ),
}  # fmt: skip


def variables(count=3):
    rng, made = np.random.default_rng(0), []
    for path, shape in list(SHAPES.items())[:count]:
        *scopes, name = path.split("/")
        value = rng.normal(size=shape).astype("float32")
        with kerax.name_scope(scopes[0] if scopes else "top"):
            made.append(kerax.Variable(value, name=name))
        made[-1].path = path
    return made


def gradients():
    rng = np.random.default_rng(1)
    for step in range(STEPS):
        size = 10.0 ** rng.uniform(-2, 0)
        grads = [(size * rng.normal(size=s)).astype("float32") for s in SHAPES.values()]
        yield grads, np.float32(1 + np.sin(step))


def assert_equal_steps(identifier, transformation, scalar=True):
    optimizer, weights = kerax.optimizers.get(identifier), variables(3 if scalar else 2)
    optimizer.build(weights)
    params = theirs = [w.value for w in weights]
    own, state = [v.value for v in optimizer.variables], transformation.init(params)
    step = jax.jit(optimizer.stateless_apply)

    @jax.jit
    def by_hand(params, state, grads, loss):
        rule = optax.with_extra_args_support(transformation)
        extra = {} if "sam" in str(identifier) else {"value": loss}
        updates, state = rule.update(grads, state, params, **extra)
        return optax.apply_updates(params, updates), state

    for grads, loss in gradients():
        grads = grads[: len(weights)]
        params, own = step(own, grads, params, loss)
        theirs, state = by_hand(theirs, state, grads, loss)
        for a, b in zip(params, theirs, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6, rtol=1e-5)
    assert step._cache_size() == 1
    assert any(np.any(a != w.value) for a, w in zip(params, weights, strict=True))
    config = kerax.optimizers.serialize(optimizer)
    assert kerax.optimizers.serialize(kerax.optimizers.deserialize(config)) == config


def of_optax(name):
    return getattr(optax, name, None) or getattr(optax.contrib, name)


def arguments(name):
    """The arguments for both: with the bridge's learning rate where optax demands one."""
    rate = inspect.signature(of_optax(name)).parameters.get("learning_rate")
    default = {"learning_rate": 1e-3} if rate and rate.default is rate.empty else {}
    return {**default, **CONFIGS.get(name, {})}


@pytest.mark.filterwarnings("ignore:.*optimistic_adam")
@pytest.mark.parametrize("name", ALIASES)
def test_every_alias_steps_as_optax_does(name):
    config = arguments(name)
    if name in ("add_noise", "noisy_sgd"):
        config["key"] = jax.random.key(config["key"])
    identifier = {"id": f"optax>{name}", "config": CONFIGS.get(name, {})}
    assert_equal_steps(identifier, of_optax(name)(**config), scalar=name != "sm3")


@pytest.mark.parametrize("name", ["adafactor", "lars", "lion", "muon", "radam", "yogi"])
def test_a_schedule_is_followed_as_in_optax(name):
    transformation = of_optax(name)(**{**arguments(name), "learning_rate": decay})
    assert_equal_steps(
        piece(name, **{**CONFIGS.get(name, {}), "learning_rate": DECAY}), transformation
    )


@pytest.mark.parametrize("name", COMBINED)
def test_what_is_made_of_others_steps_as_optax_does(name):
    identifier, make = COMBINED[name]
    assert_equal_steps(identifier, make())


@pytest.mark.parametrize(
    ("identifier", "make"),
    [
        (
            piece("schedule_free_adamw", learning_rate=0.1),
            lambda: optax.contrib.schedule_free_adamw(0.1),
        ),
        (
            piece("schedule_free", base_optimizer=sgd(0.1), learning_rate=DECAY),
            lambda: optax.contrib.schedule_free(optax.sgd(0.1), decay),
        ),
    ],
    ids=["float", "schedule"],
)
def test_the_average_of_schedule_free_is_optax(identifier, make):
    optimizer, weights, rule = kerax.optimizers.get(identifier), variables(), make()
    params = [w.value + 0 for w in weights]
    state = rule.init(params)
    for grads, _ in gradients():
        optimizer.apply(grads, weights)
        updates, state = rule.update(grads, state, params)
        params = optax.apply_updates(params, updates)
    wanted = optax.contrib.schedule_free_eval_params(state, params)
    for a, b, c in zip(optimizer.evaluation_values(), wanted, params, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
        assert np.any(a != c)


SCHEDULE_CONFIGS = {
    "constant_schedule": [{"value": 0.3}],
    "cosine_decay_schedule": [
        {"init_value": 0.1, "decay_steps": 300},
        {"init_value": 2.0, "decay_steps": 77, "alpha": 0.1, "exponent": 2.0},
    ],
    "cosine_onecycle_schedule": [{"transition_steps": 900, "peak_value": 0.5}],
    "exponential_decay": [
        {"init_value": 0.1, "transition_steps": 10, "decay_rate": 0.9},
        {
            "init_value": 0.1,
            "transition_steps": 100,
            "decay_rate": 0.5,
            "transition_begin": 50,
            "staircase": True,
            "end_value": 0.01,
        },
    ],
    "linear_onecycle_schedule": [{"transition_steps": 900, "peak_value": 0.5, "pct_start": 0.2}],
    "linear_schedule": [{"init_value": 1.0, "end_value": 0.1, "transition_steps": 500}],
    "piecewise_constant_schedule": [
        {"init_value": 0.1, "boundaries_and_scales": {"100": 0.5, "700": 0.1}}
    ],
    "piecewise_interpolate_schedule": [
        {
            "interpolate_type": "cosine",
            "init_value": 0.1,
            "boundaries_and_scales": {"100": 0.5, "700": 0.1},
        }
    ],
    "polynomial_schedule": [
        {"init_value": 1.0, "end_value": 0.1, "power": 2.5, "transition_steps": 500}
    ],
    "sgdr_schedule": [
        {
            "cosine_kwargs": [
                {"init_value": 0.0, "peak_value": p, "warmup_steps": 10, "decay_steps": 300}
                for p in (1.0, 0.5, 0.2)
            ]
        }
    ],
    "warmup_constant_schedule": [{"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 100}],
    "warmup_cosine_decay_schedule": [
        {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 100, "decay_steps": 900}
    ],
    "warmup_exponential_decay_schedule": [
        {
            "init_value": 0.0,
            "peak_value": 1.0,
            "warmup_steps": 100,
            "transition_steps": 50,
            "decay_rate": 0.7,
        }
    ],
}
SCHEDULE_CASES = [
    (name, config) for name, configs in SCHEDULE_CONFIGS.items() for config in configs
]


@pytest.mark.parametrize(("name", "config"), SCHEDULE_CASES)
def test_every_schedule_equals_optax_over_a_thousand_steps(name, config):
    schedule = kerax.optimizers.schedules.get({"id": f"optax>{name}", "config": config})
    config = dict(config)
    if "boundaries_and_scales" in config:
        config["boundaries_and_scales"] = {
            int(k): v for k, v in config["boundaries_and_scales"].items()
        }
    theirs, steps = getattr(optax, name)(**config), np.arange(1000)
    wanted = jax.jit(jax.vmap(lambda n: jnp.asarray(theirs(n), jnp.float32)))(steps)
    np.testing.assert_allclose(jax.jit(jax.vmap(schedule))(steps), wanted, rtol=1e-6, atol=1e-7)
    assert float(schedule(3)) == pytest.approx(float(wanted[3]), rel=1e-5)
    serial = kerax.optimizers.schedules.serialize(schedule)
    assert (serial["registered_name"], serial["kind"]) == (f"optax>{name}", "schedule")
    again = kerax.optimizers.schedules.deserialize(serial)
    assert again.get_config() == schedule.get_config()
    np.testing.assert_array_equal(again(500), schedule(500))


def test_joined_schedules_equal_optax_over_a_thousand_steps():
    parts = [
        piece("linear_schedule", init_value=0.0, end_value=1.0, transition_steps=100),
        piece("cosine_decay_schedule", init_value=1.0, decay_steps=500),
        {
            "class_name": "ExponentialDecay",
            "config": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
        },
    ]
    schedule = kerax.optimizers.schedules.get(
        piece("join_schedules", schedules=parts, boundaries=[100, 700])
    )
    theirs = optax.join_schedules(
        [
            optax.linear_schedule(0.0, 1.0, 100),
            optax.cosine_decay_schedule(1.0, 500),
            optax.exponential_decay(0.1, 10, 0.5),
        ],
        [100, 700],
    )
    steps = np.arange(1000)
    np.testing.assert_allclose(jax.vmap(schedule)(steps), jax.vmap(theirs)(steps), atol=1e-6)
    serial = kerax.optimizers.schedules.serialize(schedule)
    again = kerax.optimizers.schedules.deserialize(serial)
    np.testing.assert_array_equal(jax.vmap(again)(steps), jax.vmap(schedule)(steps))


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 5)).astype("float32")
    return x, (x @ rng.normal(size=(5, 2))).astype("float32")


@pytest.mark.parametrize(
    ("identifier", "make"),
    [
        (
            piece("adamw", learning_rate=DECAY, mask="*/kernel"),
            lambda: optax.adamw(decay, mask=[True, False]),
        ),
        COMBINED["MultiSteps"],
        ("optax>polyak_sgd", optax.polyak_sgd),
        ("optax>muon", lambda: optax.contrib.muon(1e-3)),
    ],
    ids=["adamw", "MultiSteps", "polyak_sgd", "muon"],
)
def test_fit_follows_the_path_of_a_loop_written_by_hand(identifier, make):
    x, y = data()
    kerax.utils.set_random_seed(0)
    model = kerax.Sequential([kerax.Input((5,)), kerax.layers.Dense(2, name="out")])
    params = [jnp.array(w.numpy()) for w in model.trainable_variables]
    model.compile(identifier, "mse")
    history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history["loss"]
    rule = optax.with_extra_args_support(make())
    state, losses = rule.init(params), []

    @jax.jit
    def step(params, state, x, y):
        loss, grads = jax.value_and_grad(lambda p: jnp.mean((x @ p[0] + p[1] - y) ** 2))(params)
        updates, state = rule.update(grads, state, params, value=loss)
        return optax.apply_updates(params, updates), state, loss

    for _ in range(2):
        for start in range(0, 32, 8):
            params, state, loss = step(params, state, x[start : start + 8], y[start : start + 8])
            losses.append(float(loss))
    np.testing.assert_allclose(history, np.reshape(losses, (2, 4)).mean(1), rtol=1e-5)
    for a, b in zip(model.trainable_variables, params, strict=True):
        np.testing.assert_allclose(a.numpy(), b, atol=1e-5)


FUNCTION_TYPES = (types.FunctionType, functools.partial)


def public_transformations():
    """The public functions of the installed optax that make a gradient transformation."""
    for module in (optax, optax.contrib):
        for name in dir(module):
            function = getattr(module, name)
            if name.startswith("_") or not isinstance(function, FUNCTION_TYPES):
                continue
            signature = inspect.signature(function)
            made = str(signature.return_annotation)
            if "GradientTransformation" in made or "learning_rate" in signature.parameters:
                yield name


def public_schedules():
    for name in dir(optax.schedules):
        function = getattr(optax.schedules, name)
        if name[0] != "_" and inspect.isfunction(function) and not name.startswith("inject_"):
            yield name


def test_the_tables_hold_all_that_the_installed_optax_has():
    known = {*OPTIMIZERS, *TRANSFORMATIONS, *LEFT_OUT}
    found = {n for n in public_transformations() if not n.startswith("inject_")}
    assert found <= known, f"optax has {sorted(found - known)}, which kerax_optax.table lacks"
    assert known - found <= {
        *("MultiSteps", "hutchinson_estimator_diag_hessian", "monitor", "scale_by_factored_rms"),
    }
    assert set(public_schedules()) == set(SCHEDULES)
    assert not set(OPTIMIZERS) & TRANSFORMATIONS
    assert {*OPTIMIZERS, *TRANSFORMATIONS} >= NEEDS_LOSS
