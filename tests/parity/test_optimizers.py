"""Every standard optimizer and schedule against installed Keras, on equal gradients."""

import jax
import numpy as np
import pytest

import kerax

keras = pytest.importorskip("keras")

# Keras' own variables, read by numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

STEPS = 50
SHAPES = {
    "layer/kernel": (3, 2),
    "layer/bias": (2,),
    "scale": (),
    "words/embeddings": (2, 3),
    "head/kernel": (2, 3, 2),
}


def schedule(name, **config):
    """A learning rate given as a schedule: made for each library from one config."""
    return {"class_name": name, "config": config, "module": "keras.optimizers.schedules"}


DECAY = schedule("ExponentialDecay", initial_learning_rate=0.1, decay_steps=7, decay_rate=0.5)
SPLIT = schedule("PiecewiseConstantDecay", boundaries=[3, 9], values=[0.1, 0.01, 0.2])

CASES = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.3, "momentum": 0.9}),
    ("SGD", {"learning_rate": DECAY, "momentum": 0.7, "nesterov": True}),
    ("SGD", {"momentum": 1.0, "weight_decay": 0.5, "clipnorm": 0.3}),
    ("SGD", {"learning_rate": 0.0}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.5, "momentum": 0.8, "epsilon": 1e-2}),
    ("RMSprop", {"centered": True, "learning_rate": SPLIT}),
    ("RMSprop", {"centered": True, "momentum": 0.3, "epsilon": 0.1, "clipvalue": 0.2}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.3}),
    ("Adam", {"amsgrad": True, "learning_rate": 0.05, "global_clipnorm": 0.4}),
    ("Adam", {"weight_decay": 0.1, "learning_rate": DECAY}),
    ("Adam", {"loss_scale_factor": 8.0, "clipnorm": 1e-3}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.8}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3}),
    ("Adam", {"gradient_accumulation_steps": 4, "learning_rate": DECAY}),
    ("SGD", {"gradient_accumulation_steps": 3, "global_clipnorm": 0.5, "weight_decay": 0.2}),
    (
        "RMSprop",
        {
            "gradient_accumulation_steps": 2,
            "use_ema": True,
            "ema_overwrite_frequency": 5,
            "momentum": 0.5,
        },
    ),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.3, "learning_rate": 0.1, "amsgrad": True}),
    ("AdamW", {"weight_decay": 0.0, "beta_1": 0.0}),
    ("Nadam", {}),
    ("Nadam", {"learning_rate": 0.1, "beta_1": 0.6, "beta_2": 0.8, "epsilon": 0.05}),
    ("Nadam", {"clipvalue": 0.1, "weight_decay": 0.01, "gradient_accumulation_steps": 2}),
    ("Adadelta", {}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.5, "epsilon": 1e-2, "clipnorm": 0.5}),
    ("Adadelta", {"learning_rate": DECAY, "weight_decay": 0.1, "gradient_accumulation_steps": 3}),
    ("Adafactor", {}),
    ("Adafactor", {"learning_rate": 0.7, "clip_threshold": 0.5, "beta_2_decay": -0.5}),
    ("Adafactor", {"learning_rate": SPLIT, "relative_step": False, "epsilon_1": 1e-3}),
    (
        "Adafactor",
        {"epsilon_2": 2.0, "gradient_accumulation_steps": 2, "use_ema": True, "weight_decay": 0.1},
    ),
    ("Adagrad", {}),
    ("Adagrad", {"learning_rate": SPLIT, "initial_accumulator_value": 0.0, "epsilon": 0.1}),
    ("Adagrad", {"learning_rate": 0.3, "clipvalue": 0.1, "use_ema": True, "weight_decay": 0.2}),
    ("Adamax", {}),
    ("Adamax", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.3}),
    ("Adamax", {"learning_rate": DECAY, "global_clipnorm": 0.4, "loss_scale_factor": 8.0}),
    ("Ftrl", {}),
    ("Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 0.5, "beta": 0.3}),
    ("Ftrl", {"learning_rate": DECAY, "learning_rate_power": -0.3}),
    (
        "Ftrl",
        {
            "learning_rate": 0.2,
            "l2_regularization_strength": 0.4,
            "l2_shrinkage_regularization_strength": 0.2,
            "initial_accumulator_value": 1.0,
            "gradient_accumulation_steps": 2,
        },
    ),
    ("Lamb", {}),
    ("Lamb", {"learning_rate": DECAY, "beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.1}),
    ("Lamb", {"learning_rate": 0.1, "weight_decay": 0.1, "use_ema": True, "clipnorm": 0.1}),
    ("Lion", {}),
    ("Lion", {"learning_rate": DECAY, "beta_1": 1.0, "beta_2": 0.5, "weight_decay": 0.3}),
    ("Lion", {"beta_1": 0.3, "gradient_accumulation_steps": 3, "use_ema": True}),
    ("Muon", {}),
    ("Muon", {"learning_rate": DECAY, "nesterov": False, "rms_rate": 1.0, "adam_lr_ratio": 0.5}),
    (
        "Muon",
        {
            "exclude_layers": ["ker.el"],
            "exclude_embeddings": False,
            "weight_decay": None,
            "adam_weight_decay": 0.5,
        },
    ),
    ("Muon", {"ns_steps": 2, "momentum": 0.5, "muon_a": 3.0, "muon_b": -3.0, "muon_c": 1.0}),
    ("Muon", {"adam_weight_decay": None, "weight_decay": 0.3, "gradient_accumulation_steps": 2}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"learning_rate": 0.1, "warmup_steps": 20, "weight_decay": 0.1}),
    ("ScheduleFreeAdamW", {"learning_rate": SPLIT, "beta_1": 0.5, "beta_2": 0.9}),
    ("ScheduleFreeAdamW", {"beta_1": 1.0, "epsilon": 0.1, "gradient_accumulation_steps": 2}),
]
NAMES = sorted({name for name, _ in CASES})
IDS = [f"{name}-{'-'.join(config) or 'default'}" for name, config in CASES]


def variables(library):
    rng = np.random.default_rng(0)
    made = []
    for path, shape in SHAPES.items():
        *scopes, name = path.split("/")
        value = rng.normal(size=shape).astype("float32")
        if scopes:
            with library.name_scope(scopes[0]):
                made.append(library.Variable(value, name=name))
        else:
            made.append(library.Variable(value, name=name))
    return made


def gradients():
    rng = np.random.default_rng(1)
    for step in range(STEPS):
        size = 10.0 ** rng.uniform(-3, 1)
        yield [
            (size * rng.normal(size=shape)).astype("float32") * (step % 11 != 5)
            for shape in SHAPES.values()
        ]


def build(library, name, config):
    cls = getattr(library.optimizers, name)
    optimizer = cls.from_config(dict(config))  # Keras' `get` does not know Lamb
    weights = variables(library)
    optimizer.build(weights)
    return optimizer, weights


def trajectory(optimizer, weights):
    """The weights after each step, and the last state, from the pure function under jit."""
    step = jax.jit(optimizer.stateless_apply)
    params, state = [w.value for w in weights], [v.value for v in optimizer.variables]
    path = []
    for grads in gradients():
        params, state = step(state, grads, params)
        path.append([np.asarray(param) for param in params])
    return path, [np.asarray(value) for value in state]


@pytest.mark.parametrize(("name", "config"), CASES, ids=IDS)
def test_fifty_steps_equal_keras(name, config):
    ours, theirs = (build(library, name, config) for library in (kerax, keras))
    path, state = trajectory(*ours)
    keras_path, keras_state = trajectory(*theirs)
    for step, (got, wanted) in enumerate(zip(path, keras_path, strict=True)):
        for a, b in zip(got, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5, err_msg=f"step {step}")
    for a, b in zip(state, keras_state, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "config"), CASES, ids=IDS)
def test_variables_and_config_equal_keras(name, config):
    config = {**config, "name": "it"}
    (ours, _), (theirs, _) = (build(library, name, config) for library in (kerax, keras))
    named = len(ours.variables) - (name == "Nadam")  # Keras names Nadam's last one by a counter
    assert [v.path for v in ours.variables[:named]] == [v.path for v in theirs.variables[:named]]
    assert ours.get_config() == theirs.get_config()
    assert kerax.optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = kerax.optimizers.deserialize(keras.optimizers.serialize(theirs))
    assert again.get_config() == theirs.get_config()
    read = keras.saving.deserialize_keras_object(kerax.optimizers.serialize(ours))
    assert read.name == "it"


@pytest.mark.parametrize("name", NAMES)
def test_eager_apply_equals_keras(name):
    (ours, weights), (theirs, keras_weights) = (build(lib, name, {}) for lib in (kerax, keras))
    for grads in list(gradients())[:10]:
        ours.apply(grads, weights)
        theirs.apply(grads, keras_weights)
    for a, b in zip(weights, keras_weights, strict=True):
        np.testing.assert_allclose(a.numpy(), np.asarray(b.value), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("to_keras", [False, True], ids=["from_keras", "to_keras"])
def test_saved_state_continues_in_the_other_library(name, to_keras):
    config = {"momentum": 0.9} if name == "SGD" else {}
    pairs = [build(library, name, config) for library in (kerax, keras)]
    (writer, start), (reader, weights) = pairs if to_keras else reversed(pairs)
    given = list(gradients())
    for grads in given[:5]:
        writer.apply(grads, start)
    store = {}
    writer.save_own_variables(store)
    reader.load_own_variables(store)
    for weight, value in zip(weights, start, strict=True):
        weight.assign(np.asarray(value.value))
    for grads in given[5:9]:
        writer.apply(grads, start)
        reader.apply(grads, weights)
    for a, b in zip(weights, start, strict=True):
        np.testing.assert_allclose(np.asarray(a.value), b.value, rtol=1e-5, atol=1e-5)


EXTREME = {
    "zero": [0.0, 0.0, 0.0],
    "large": [1e30, -1e30, 1.0],
    "small": [1e-30, -1e-20, 0.0],
    "not_finite": [np.nan, np.inf, 1.0],
}


@pytest.mark.parametrize("name", NAMES)
def test_extreme_gradients_give_what_keras_gives(name):
    results = []
    for library in (kerax, keras):
        optimizer = getattr(library.optimizers, name)()
        start = np.array([1.0, -2.0, 0.5], "float32")
        weights = [library.Variable(start, name=gradient) for gradient in EXTREME]
        for _ in range(3):
            optimizer.apply([np.array(row, "float32") for row in EXTREME.values()], weights)
        results.append([np.asarray(weight.value) for weight in weights])
    for gradient, ours, theirs in zip(EXTREME, *results, strict=True):
        if name == "Lamb" and gradient in ("large", "not_finite"):  # all share one norm
            assert np.isfinite(ours).all() == (gradient == "large")
            continue
        # Where a square overflows Keras' means become NaN by inf - inf; here they stay infinite.
        overflows = gradient == "large" and np.isfinite(ours).all()
        known = np.isfinite(theirs) if overflows else slice(None)
        np.testing.assert_allclose(
            ours[known], theirs[known], rtol=1e-5, atol=1e-6, err_msg=gradient
        )


MAPS = [
    {"layer/kernel": ("Adam", {"learning_rate": 0.01}), ".*bias": ("RMSprop", {})},
    {"nothing": ("Lion", {}), ".*embeddings": ("Adagrad", {"weight_decay": 0.2})},
    {".*kernel": ("Muon", {"use_ema": True, "ema_overwrite_frequency": 3})},
]


@pytest.mark.parametrize("groups", MAPS, ids=["two", "unused", "average"])
@pytest.mark.parametrize("scale", [None, 4.0])
def test_multi_optimizer_equals_keras(groups, scale):
    made = []
    for library in (kerax, keras):
        classes = library.optimizers
        default = classes.SGD(0.1, momentum=0.9, name="rest")
        table = classes.OptimizerMap(default)
        for number, (pattern, (name, config)) in enumerate(groups.items()):
            table[pattern] = getattr(classes, name)(name=f"part_{number}", **config)
        optimizer = classes.MultiOptimizer(table, loss_scale_factor=scale, name="all")
        weights = variables(library)
        optimizer.build(weights)
        made.append((optimizer, weights))
    (ours, _), (theirs, _) = made
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    assert ours.get_config() == theirs.get_config()
    assert kerax.optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = kerax.optimizers.deserialize(keras.optimizers.serialize(theirs))
    assert again.get_config() == theirs.get_config()
    (path, state), (keras_path, keras_state) = (trajectory(*pair) for pair in made)
    for a, b in zip([*path[-1], *state], [*keras_path[-1], *keras_state], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "config"),
    [("Lion", {"learning_rate": 0.01}), ("Muon", {"learning_rate": 0.02}), ("Adafactor", {})],
)
def test_fit_goes_keras_way(name, config):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(40, 3)).astype("float32"), rng.normal(size=(40, 1)).astype("float32")
    start = [rng.normal(size=shape).astype("float32") for shape in ((3, 4), (4,), (4, 1), (1,))]
    losses, weights = [], []
    for library in (kerax, keras):
        layers = library.layers
        model = library.Sequential(
            [library.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)]
        )
        model.set_weights(start)
        model.compile(optimizer=getattr(library.optimizers, name)(**config), loss="mse")
        run = model.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=0)
        losses.append(run.history["loss"])
        weights.append(model.get_weights())
    np.testing.assert_allclose(*losses, rtol=1e-4)
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_averages_and_constraints_in_keras_order():
    results = []
    for library in (kerax, keras):
        optimizer = library.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)
        weight = library.Variable(np.array([3.0, -1.0], "float32"), name="w")
        weight.constraint = lambda w: w * (w >= 0)
        for _ in range(3):
            optimizer.apply([np.array([1.0, 2.0], "float32")], [weight])
        before = np.asarray(weight.value)
        optimizer.finalize_variable_values([weight])
        results.append((before, np.asarray(weight.value)))
    np.testing.assert_allclose(results[0], results[1], atol=1e-6)


@pytest.mark.parametrize("inner", [{}, {"gradient_accumulation_steps": 2}, {"clipnorm": 0.5}])
def test_loss_scale_optimizer_equals_keras(inner):
    paths = []
    for library in (kerax, keras):
        optimizer = library.optimizers.LossScaleOptimizer(
            library.optimizers.SGD(0.5, momentum=0.5, **inner),
            initial_scale=8.0,
            dynamic_growth_steps=2,
        )
        weight = library.Variable(np.array([1.0], "float32"), name="w")
        optimizer.build([weight])
        params, state = [weight.value], [v.value for v in optimizer.variables]
        step = jax.jit(optimizer.stateless_apply)
        for gradient in (8.0, 8.0, 16.0, np.inf, 8.0, np.nan, 1.0, 1.0, 1.0):
            grads = [np.array([gradient], "float32")]
            params, state = step(state, grads, params)
            paths.append([np.asarray(value).tolist() for value in (*params, *state)])
    half = len(paths) // 2
    assert paths[:half] == paths[half:]


SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "decay_rate": 0.8}),
    (
        "ExponentialDecay",
        {"initial_learning_rate": 1.0, "decay_steps": 7, "decay_rate": 0.95, "staircase": True},
    ),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "decay_rate": 0.5}),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 2.0, "staircase": True},
    ),
    ("PiecewiseConstantDecay", {"boundaries": [10, 20, 700], "values": [1.0, 0.5, 0.25, 2.0]}),
    ("PiecewiseConstantDecay", {"boundaries": [0], "values": [1.0, 0.5]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 300}),
    (
        "PolynomialDecay",
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 70,
            "end_learning_rate": 0.01,
            "power": 0.5,
            "cycle": True,
        },
    ),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 300}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 300, "alpha": 0.2}),
    (
        "CosineDecay",
        {
            "initial_learning_rate": 0.0,
            "decay_steps": 300,
            "alpha": 0.1,
            "warmup_target": 0.4,
            "warmup_steps": 50,
        },
    ),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 300, "warmup_target": 0.4},
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 70}),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 50,
            "t_mul": 1.0,
            "m_mul": 0.9,
            "alpha": 0.1,
        },
    ),
    (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 33, "t_mul": 1.5, "m_mul": 0.5},
    ),
]


@pytest.mark.parametrize(("name", "config"), SCHEDULES)
def test_schedules_equal_keras_over_a_thousand_steps(name, config):
    ours = getattr(kerax.optimizers.schedules, name)(**config)
    theirs = getattr(keras.optimizers.schedules, name)(**config)
    steps = np.arange(1000, dtype="int32")
    got, wanted = (np.asarray(jax.jit(jax.vmap(rate))(steps)) for rate in (ours, theirs))
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    assert ours.get_config() == theirs.get_config()
    assert kerax.optimizers.schedules.serialize(ours) == keras.optimizers.schedules.serialize(
        theirs
    )


SPELLINGS = ["adam", "Adam", "ADAM", "adamw", "AdamW", "sgd", "SGD", "rmsprop", "RMSProp", "Nadam"]
SPELLINGS += ["adadelta", "Adafactor", "adagrad", "ADAMAX", "ftrl", "Lion", "muon"]
SPELLINGS += ["scheduleFreeAdamW", "schedulefreeadamw"]


@pytest.mark.parametrize("namespace", ["optimizers", "optimizers.schedules"])
def test_no_public_name_of_keras_is_missing(namespace):
    ours, theirs = kerax, keras
    for name in namespace.split("."):
        ours, theirs = getattr(ours, name), getattr(theirs, name)
    wanted = {name for name in dir(theirs) if not name.startswith("_")} - {"legacy"}
    assert not {name for name in wanted if not hasattr(ours, name)}
    assert not wanted - set(dir(ours))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_that_keras_takes(spelling):
    ours, theirs = kerax.optimizers.get(spelling), keras.optimizers.get(spelling)
    assert type(ours).__name__ == type(theirs).__name__


@pytest.mark.parametrize(
    "config",
    [
        {"clipnorm": 1.0, "clipvalue": 2.0},
        {"lr": 0.1},
        {"learning_rate": "x"},
        {"momentum": 2.0},
        {"use_ema": True, "ema_momentum": 3},
        {"use_ema": True, "ema_overwrite_frequency": 2.5},
        {"gradient_accumulation_steps": 1},
    ],
)
def test_what_keras_refuses_is_refused(config):
    for library in (kerax, keras):
        with pytest.raises(ValueError):  # noqa: PT011 - both libraries' own messages
            library.optimizers.SGD(**config)
