"""The optax bridge under kerax: ids, configs, learning rates, files, devices, messages."""

import copy
import json
import pickle
import subprocess
import sys
import textwrap
import zipfile

import jax
import kerax_optax.optimizers
import kerax_optax.schedules
import numpy as np
import optax
import pytest
from jax.sharding import PartitionSpec
from kerax_optax.table import LEFT_OUT, OPTIMIZERS

import kerax
from kerax.distribution import DeviceMesh, LayoutMap, ModelParallel
from kerax.errors import ArgumentError, SerializationError, StateError
from kerax.plugins import ComponentSpec, lookup, names
from kerax.plugins.provenance import Component, Entry

SPEC = ComponentSpec(kind="optimizer", name="lion", target="a:b")


def piece(name, **config):
    return {"id": f"optax>{name}", "config": config}


GROUPS = piece(
    "multi_transform",
    groups=[{"pattern": "*/bias", "optimizer": piece("sgd", learning_rate=0.1, momentum=0.9)}],
    default=piece("adamw", learning_rate=0.01, weight_decay=0.1),
)
CHAIN = piece("chain", transformations=[piece("clip_by_global_norm", max_norm=1.0), "optax>muon"])
ACCUMULATED = piece(
    "MultiSteps",
    opt=piece("adam", learning_rate=piece("cosine_decay_schedule", init_value=0.1, decay_steps=9)),
    every_k_schedule=3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("namespace", "distribution", "written"),
    [
        ("optimizers", "kerax", "lion"),
        ("optax", "kerax", "optax>lion"),
        ("foo", "kerax-foo", "foo>lion"),
    ],
)
def test_names_are_bare_in_the_namespaces_that_keras_has_too(namespace, distribution, written):
    entry = Entry(namespace, "a:b", distribution, "1", "")
    assert Component(SPEC, entry).id == written
    assert entry.bare == (written == "lion")


def weights():
    made = []
    for name, shape in (("kernel", (8, 4)), ("bias", (4,))):
        with kerax.name_scope("out"):
            made.append(kerax.Variable(np.ones(shape, "float32"), name=name))
    return made


def model():
    kerax.utils.set_random_seed(3)
    return kerax.Sequential(
        [
            kerax.Input((4,)),
            kerax.layers.Dense(8, activation="relu", name="hidden"),
            kerax.layers.Dense(4, name="out"),
        ]
    )


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(24, 4)).astype("float32")
    return x, np.abs(x)


def test_reading_the_table_imports_neither_jax_nor_optax():
    program = """
        import sys
        from kerax.plugins import names
        assert "optax>lion" in names("optimizer")
        assert "optax>sgdr_schedule" in names("schedule")
        assert "lion" not in names("optimizer")
        assert not {"jax", "optax"} & set(sys.modules), "too much"
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_ids_are_written_with_their_namespace():
    optimizer = kerax.optimizers.get("optax>lion")
    config = kerax.optimizers.serialize(optimizer)
    assert (config["registered_name"], config["kind"]) == ("optax>lion", "optimizer")
    assert config["config"]["learning_rate"] == pytest.approx(1e-3)
    assert config["config"]["b2"] == 0.99
    again = kerax.optimizers.deserialize(json.loads(json.dumps(config)))
    assert kerax.optimizers.serialize(again) == config
    assert lookup("optimizer", "optax>Lion") is type(optimizer)
    listed = {name for name in names("optimizer") if name.startswith("optax>")}
    assert listed == {f"optax>{name}" for name in OPTIMIZERS}


def test_classes_take_arguments_as_optax_does():
    adamw = lookup("optimizer", "optax>adamw")
    optimizer = adamw(0.5, 0.8, weight_decay=0.0, clipnorm=1.0, name="mine")
    config = optimizer.get_config()
    assert (config["learning_rate"], config["b1"], config["weight_decay"]) == (0.5, 0.8, 0.0)
    assert (config["clipnorm"], config["name"]) == (1.0, "mine")
    assert "optax.adamw" in adamw.__doc__


@pytest.mark.parametrize("identifier", ["optax>adam", GROUPS, ACCUMULATED])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_step_alike(identifier, copied):
    variables, optimizer = weights(), kerax.optimizers.get(identifier)
    grads = [np.full(v.shape, 0.5, "float32") for v in variables]
    for _ in range(2):
        optimizer.apply(grads, variables)
    twin = copied(optimizer)
    for _ in range(2):
        twin.apply(grads)
        optimizer.apply(grads)
    for a, b in zip(twin._trainable_variables, variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_schedule_is_the_rate_of_keras_own_optimizers():
    schedule = piece("linear_schedule", init_value=1.0, end_value=0.0, transition_steps=4)
    optimizer = kerax.optimizers.SGD(learning_rate=schedule)
    variable = kerax.Variable([0.0])
    for _ in range(3):
        optimizer.apply([np.ones(1, "float32")], [variable])
    assert variable.numpy().tolist() == [-1.0 - 0.75 - 0.5]
    config = kerax.optimizers.serialize(optimizer)
    assert config["config"]["learning_rate"]["registered_name"] == "optax>linear_schedule"
    again = kerax.optimizers.deserialize(json.loads(json.dumps(config)))
    assert kerax.optimizers.serialize(again) == config


def test_a_function_of_the_step_is_a_schedule_for_parts_too():
    adam = lookup("optimizer", "optax>sgd")(learning_rate=lambda step: 1.0 / (1 + step))
    optimizer = kerax.optimizers.get({"id": "optax>chain", "config": {"transformations": [adam]}})
    variable = kerax.Variable(0.0)
    for _ in range(3):
        optimizer.apply([np.ones((), "float32")], [variable])
    assert float(variable) == pytest.approx(-(1 + 1 / 2 + 1 / 3))
    lazy = lookup("optimizer", "optax>sgd")(learning_rate=lambda: 0.5)
    lazy.apply([np.ones((), "float32")], [variable])
    assert float(variable) == pytest.approx(-(1 + 1 / 2 + 1 / 3 + 1 / 2))


@pytest.mark.parametrize("identifier", ["optax>lion", GROUPS])
def test_losses_are_scaled_for_half_precision(identifier):
    x, y = data()
    kerax.config.set_dtype_policy("mixed_float16")
    try:
        built = model()
        built.compile(identifier, "mse")
        losses = built.fit(x, y, batch_size=8, epochs=3, verbose=0).history["loss"]
    finally:
        kerax.config.set_dtype_policy("float32")
    assert type(built.optimizer).__name__ == "LossScaleOptimizer"
    assert losses[-1] < losses[0]
    built.optimizer.learning_rate = 0.5
    assert float(built.optimizer.inner_optimizer.learning_rate) == 0.5


def test_the_learning_rate_changes_without_another_compilation():
    x, y = data()
    traces = []

    def loss(y_true, y_pred):
        traces.append(1)
        return (y_true - y_pred) ** 2

    def halve(epoch, rate):
        return rate / 2

    built = model()
    built.compile(piece("lion", learning_rate=0.25), loss)
    built.fit(x, y, batch_size=8, verbose=0)
    before = len(traces)
    plateau = kerax.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9)
    callbacks = [kerax.callbacks.LearningRateScheduler(halve), plateau]
    history = built.fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=callbacks).history
    assert history["learning_rate"] == [0.125, 0.0625, 0.015625]
    built.optimizer.learning_rate = 0.5
    built.fit(x, y, batch_size=8, verbose=0)
    assert len(traces) == before
    assert float(built.optimizer.learning_rate) == 0.5


@pytest.mark.parametrize(
    ("identifier", "rates"),
    [
        (CHAIN, [1e-3]),
        (piece("MultiSteps", opt="optax>adam", every_k_schedule=2), [1e-3]),
        (GROUPS, [0.01, 0.1]),
        (piece("schedule_free", base_optimizer="optax>sgd", learning_rate=0.5), [0.5, 1e-3]),
    ],
)
def test_rates_of_parts_change_in_proportion(identifier, rates):
    optimizer, variables = kerax.optimizers.get(identifier), weights()
    assert float(optimizer.learning_rate) == pytest.approx(rates[0])
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    params = [v.value for v in variables]
    for factor in (1, 3):
        optimizer.learning_rate = factor * rates[0]
        held = [float(v) for v in optimizer.variables if v.name == "learning_rate"]
        assert sorted(held) == pytest.approx(sorted(factor * rate for rate in rates))
        step([v.value for v in optimizer.variables], params, params)
    assert step._cache_size() == 1


def test_a_part_takes_the_rate_that_was_set():
    optimizer = kerax.optimizers.get(piece("chain", transformations=["optax>sgd"]))
    variables = weights()
    optimizer.learning_rate = 0.5
    optimizer.apply([np.ones(v.shape, "float32") for v in variables], variables)
    optimizer.learning_rate = 0.25
    optimizer.apply([np.ones(v.shape, "float32") for v in variables])
    assert {float(x) for v in variables for x in v.numpy().ravel()} == {0.25}


@pytest.mark.parametrize(
    ("identifier", "error", "message"),
    [
        ("optax>polyak_sgd", StateError, "has no learning rate"),
        (piece("chain", transformations=["optax>clip_by_global_norm"]), ArgumentError, "max_norm"),
        (ACCUMULATED, TypeError, "optax>adam comes from a schedule"),
        (piece("multi_transform", default=piece("sgd", learning_rate=0.0),
               groups=[{"pattern": "*", "optimizer": "optax>sgd"}]), StateError, "proportion"),
    ],
)  # fmt: skip
def test_a_rate_that_cannot_be_set_says_why(identifier, error, message):
    with pytest.raises(error, match=message):
        kerax.optimizers.get(identifier).learning_rate = 0.1


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        (
            piece("adamw", beta_1=0.9),
            "optax>adamw: got unknown arguments .*; wanted .*b1",
        ),
        (piece("sgd", weight_decay=0.1), "unknown arguments .'weight_decay'"),
        ("optax>MultiSteps", "got no opt, every_k_schedule"),
        (piece("cosine_decay_schedule"), "got no init_value, decay_steps"),
        (piece("lbfgs", linesearch="zoom"), "evaluates the loss several times"),
        (piece("MultiSteps", opt="sgd", every_k_schedule=2), "cannot be part of one"),
        (piece("MultiSteps", opt=piece("sgd", clipnorm=1.0), every_k_schedule=2), "got clipnorm; "),
        (piece("chain", transformations=["optax>dpsgd"]), "a gradient for each example"),
        (piece("multi_transform", groups=[]), "wanted one at least"),
        (piece("multi_transform", groups=["optax>sgd"]), r'groups\[0\]: got .*"pattern"'),
    ],
)
def test_wrong_arguments_say_what_is_wanted(identifier, message):
    family = kerax.optimizers
    if "schedule" in str(identifier) and "every" not in str(identifier):
        family = kerax.optimizers.schedules
    with pytest.raises(ArgumentError, match=message):
        family.get(identifier)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"groups": [{"pattern": "*/beta", "optimizer": "optax>sgd"}]}, r"'\*/beta' matches no"),
        (
            {"groups": [{"pattern": "*/bias", "optimizer": "optax>sgd"}]},
            "none matches",
        ),
        (
            {"groups": [{"pattern": p, "optimizer": "optax>sgd"} for p in ("*", "*/bias")]},
            "earlier groups take all",
        ),
        ({"groups": [{"pattern": 3, "optimizer": "optax>sgd"}]}, "got the pattern 3"),
    ],
)
def test_groups_that_fit_no_variable_are_refused(config, message):
    with pytest.raises(ArgumentError, match=message):
        kerax.optimizers.get(piece("multi_transform", **config)).build(weights())


def test_a_mask_that_matches_nothing_is_refused():
    with pytest.raises(ArgumentError, match="optax>adamw: mask: the pattern"):
        kerax.optimizers.get(piece("adamw", mask="*/gamma")).build(weights())


def test_what_follows_the_loss_says_that_it_needs_it():
    variables = weights()
    optimizer = kerax.optimizers.get(
        piece("chain", transformations=["optax>sgd", "optax>reduce_on_plateau"])
    )
    with pytest.raises(StateError, match="optax>reduce_on_plateau follows the loss"):
        optimizer.apply([v.value for v in variables], variables)


def test_a_name_that_the_installed_optax_lacks_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "newest", "An alias of a later version")
    with pytest.raises(AttributeError, match=r"has no 'newest'.*pip install --upgrade optax"):
        _ = kerax_optax.optimizers.newest
    with pytest.raises(AttributeError, match="has no attribute 'newest'"):
        _ = kerax_optax.schedules.newest


def test_what_is_left_out_is_no_component():
    assert not {f"optax>{name}" for name in LEFT_OUT} & set(names("optimizer"))


def test_an_object_of_optax_may_be_a_part_and_has_no_config():
    optimizer = kerax.optimizers.get(
        {"id": "optax>MultiSteps", "config": {"opt": optax.sgd(1.0), "every_k_schedule": 2}}
    )
    variables = weights()
    for _ in range(2):
        optimizer.apply([np.ones(v.shape, "float32") for v in variables], variables)
    assert not variables[0].numpy().any()
    with pytest.raises(SerializationError, match="has no config"):
        optimizer.get_config()
    with pytest.raises(SerializationError, match="a pattern of paths"):
        lookup("optimizer", "optax>adamw")(mask=lambda params: params).get_config()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize(
    "identifier", [piece("adam", learning_rate=0.1), piece("lion", learning_rate=0.1), ACCUMULATED]
)
def test_small_floats_keep_their_type(identifier, dtype):
    with kerax.name_scope("out"):
        variables = [kerax.Variable(np.ones(3), dtype=dtype, name=n) for n in ("kernel", "bias")]
    optimizer = kerax.optimizers.get(identifier)
    for _ in range(3):
        optimizer.apply([v.value for v in variables], variables)
    for variable in variables:
        assert variable.value.dtype == dtype
        assert np.all(np.asarray(variable.value, "float32") < 1.0)


@pytest.mark.parametrize("identifier", ["optax>adam", GROUPS, ACCUMULATED, CHAIN])
def test_state_is_cut_over_devices_as_its_parameters(identifier):
    rules = LayoutMap(DeviceMesh((2, 4), ["batch", "model"]))
    rules[".*hidden/kernel"] = (None, "model")
    rules[".*out/kernel"] = ("model", None)
    x, y = data()
    results = []
    for place in (None, ModelParallel(layout_map=rules)):
        kerax.distribution.set_distribution(place)
        try:
            built = model()
            built.compile(identifier, "mse")
            built.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        finally:
            kerax.distribution.set_distribution(None)
        results.append([w.numpy() for w in built.weights])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    wanted = {"hidden_kernel": PartitionSpec(None, "model"), "out_kernel": PartitionSpec("model")}
    for layer, spec in wanted.items():
        slots = [v for v in built.optimizer.variables if v.name.endswith(layer)]
        assert slots
        for slot in slots:
            sharding = slot.value.sharding
            assert sharding.is_equivalent_to(
                jax.sharding.NamedSharding(sharding.mesh, spec), slot.ndim
            ), slot.name


RESUMED = """
    import json, sys
    import numpy as np
    import kerax

    identifiers, phase = json.loads(sys.argv[1]), sys.argv[2]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(24, 4)).astype("float32")
    for index, identifier in enumerate(identifiers):
        def trained(model, epochs):
            model.fit(x, np.abs(x), batch_size=8, epochs=epochs, shuffle=False, verbose=0)
            return model

        def dump(model, name):
            arrays = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
            np.savez(name, *arrays)

        def made():
            kerax.utils.set_random_seed(3)
            model = kerax.Sequential([
                kerax.Input((4,)),
                kerax.layers.Dense(8, activation="relu", name="hidden"),
                kerax.layers.Dense(4, name="out"),
            ])
            model.compile(identifier, "mse")
            return model

        if phase == "first":
            dump(trained(made(), 3), f"straight{index}.npz")
            trained(made(), 1).save(f"model{index}.keras")
        else:
            model = kerax.models.load_model(f"model{index}.keras")
            dump(trained(model, 2), f"resumed{index}.npz")
"""


@pytest.mark.slow
def test_training_goes_on_bit_for_bit_in_another_process(tmp_path):
    identifiers = [
        *("optax>adam", "optax>noisy_sgd", "optax>schedule_free_adamw", "optax>polyak_sgd"),
        *(GROUPS, CHAIN, ACCUMULATED),
    ]
    for phase in ("first", "second"):
        arguments = [sys.executable, "-c", textwrap.dedent(RESUMED), json.dumps(identifiers), phase]
        subprocess.run(arguments, cwd=tmp_path, check=True)
    for index, identifier in enumerate(identifiers):
        with zipfile.ZipFile(tmp_path / f"model{index}.keras") as archive:
            assert "plugins.json" not in archive.namelist()
        straight, resumed = (
            np.load(tmp_path / f"{name}{index}.npz") for name in ("straight", "resumed")
        )
        assert len(straight.files) > 4
        assert straight.files == resumed.files
        for name in straight.files:
            np.testing.assert_array_equal(straight[name], resumed[name], err_msg=str(identifier))
