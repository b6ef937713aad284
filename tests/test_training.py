"""The training loop: chunks, traces, state, interruptions, bad data."""

import signal
import threading

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import kerax
from kerax import layers
from kerax.errors import DataError, KeraxError, PluginNotFoundError, StateError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 4)).astype("float32")
Y = (X @ RANDOM.normal(size=(4, 2))).astype("float32")
LABELS = RANDOM.integers(0, 3, 50)


def regressor():
    kerax.utils.set_random_seed(3)
    return kerax.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(6, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(2),
        ]
    )


def compiled(**arguments):
    model = regressor()
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"], **arguments})
    return model


def weights_are_finite(model):
    return all(np.isfinite(w).all() for w in model.get_weights())


@pytest.mark.parametrize("steps", [2, 3, 8, "auto"])
def test_chunks_of_any_size_give_the_same_results(steps):
    models, histories = [], []
    for setting in (1, steps):
        models.append(compiled(steps_per_execution=setting))
        histories.append(models[-1].fit(X, Y, batch_size=4, epochs=3, verbose=0).history)
    one, many = models
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=1e-6, err_msg=name)
    for a, b in zip(one.get_weights(), many.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_stream_gives_what_arrays_give():
    one, other = compiled(), compiled()
    batches = [(X[i : i + 8], Y[i : i + 8]) for i in range(0, 50, 8)]
    a = one.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    b = other.fit(iter_again(batches), epochs=2, verbose=0).history
    np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-6)


def test_a_stream_may_fill_the_same_array_again():
    def refilled():
        x, y = np.empty_like(X[:10]), np.empty_like(Y[:10])
        for i in range(0, 50, 10):
            x[:], y[:] = X[i : i + 10], Y[i : i + 10]
            yield x, y

    wanted = compiled().fit(X, Y, batch_size=10, shuffle=False, verbose=0).history["loss"]
    got = compiled().fit(refilled(), verbose=0).history["loss"]
    np.testing.assert_allclose(got, wanted, rtol=1e-6)
    np.testing.assert_allclose(
        compiled().predict(((x,) for x, _ in refilled()), verbose=0),
        compiled().predict(X, verbose=0),
        rtol=1e-6,
    )


def iter_again(batches):
    class Again:
        def __iter__(self):
            return iter(batches)

        def __len__(self):
            return len(batches)

    return Again()


class Counting(layers.Layer):
    """Counts its traces."""

    traces = 0

    def call(self, x):
        Counting.traces += isinstance(x, jax.core.Tracer)
        return x


def test_nothing_is_traced_twice():
    model = kerax.Sequential([layers.Input((4,)), Counting(), layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"], steps_per_execution=4)
    model.fit(X, Y, batch_size=8, epochs=2, validation_data=(X, Y), verbose=0)
    before = Counting.traces
    model.optimizer.learning_rate = 0.5
    model.fit(X, Y, batch_size=8, epochs=1, validation_data=(X, Y), verbose=0)
    model.fit(X, Y, batch_size=8, epochs=1, verbose=2)
    model.predict(X, verbose=0)
    traced_by_predict = Counting.traces - before
    model.predict(X, verbose=0)
    assert Counting.traces - before == traced_by_predict <= 2
    assert float(model.optimizer.learning_rate) == 0.5


def test_freezing_recompiles_and_keeps_the_frozen_still():
    model = compiled()
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    frozen = model.layers[0].get_weights()
    free = model.layers[-1].get_weights()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], frozen[0])
    assert not np.allclose(model.layers[-1].get_weights()[0], free[0])


def test_every_trainable_variable_gets_a_gradient():
    model = compiled(optimizer=kerax.optimizers.SGD(0.1))
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(X, Y, epochs=2, verbose=0)
    for variable, value in zip(model.trainable_variables, before, strict=True):
        assert not np.array_equal(variable.numpy(), value), variable.path


def test_no_tracer_and_no_deleted_array_stays_behind():
    model = compiled()
    model.fit(X, Y, verbose=0)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    for variable in variables:
        assert not isinstance(variable._value, jax.core.Tracer)
        assert not variable._value.is_deleted()


def test_variables_that_share_an_array_can_be_trained():
    model = kerax.Sequential([layers.Input((4,)), layers.Dense(4), layers.Dense(4)])
    model.layers[1].kernel.assign(model.layers[0].kernel.value)
    model.compile("sgd", "mse")
    model.fit(X, np.ones((50, 4)), verbose=0)
    assert weights_are_finite(model)


def test_saved_training_and_predicting_agree():
    model = compiled()
    model.fit(X, Y, verbose=0)
    direct = np.asarray(model(X))
    np.testing.assert_allclose(model.predict(X, batch_size=7, verbose=0), direct, atol=1e-6)
    np.testing.assert_allclose(jax.jit(model)(X), direct, atol=1e-6)


def test_seeded_runs_are_equal_and_shuffles_differ_by_epoch():
    histories = [compiled().fit(X, Y, epochs=3, verbose=0).history["loss"] for _ in range(2)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize(
    ("optimizer", "has_rate"),
    [
        (optax.adam(1e-2), False),
        (optax.inject_hyperparams(optax.adam)(learning_rate=1e-2), True),
        (optax.chain(optax.clip(1.0), optax.lion(1e-3)), False),
    ],
)
def test_any_optax_transformation_trains(optimizer, has_rate):
    model = compiled(optimizer=optimizer)
    before = model.evaluate(X, Y, verbose=0)[0]
    model.fit(X, Y, epochs=20, verbose=0)
    assert model.evaluate(X, Y, verbose=0)[0] < before
    if has_rate:
        model.optimizer.learning_rate = 0.25
        assert float(model.optimizer.learning_rate) == 0.25
        model.fit(X, Y, verbose=0)
        assert float(model.optimizer.learning_rate) == 0.25
    else:
        with pytest.raises(KeraxError, match="inject_hyperparams"):
            model.optimizer.learning_rate = 0.1


def test_optax_adam_is_what_optax_does_by_hand():
    model = kerax.Sequential([layers.Input((4,)), layers.Dense(2)])
    start = [jnp.asarray(w) for w in model.get_weights()]
    model.compile(optax.adam(1e-2), "mse")
    model.fit(X, Y, batch_size=50, epochs=5, shuffle=False, verbose=0)

    def loss(params):
        return jnp.mean((X @ params[0] + params[1] - Y) ** 2)

    transformation, params = optax.adam(1e-2), start
    state = transformation.init(params)
    for _ in range(5):
        updates, state = transformation.update(jax.grad(loss)(params), state, params)
        params = optax.apply_updates(params, updates)
    for got, wanted in zip(model.get_weights(), params, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_running_eagerly_gives_the_same():
    histories = [
        compiled(run_eagerly=eager).fit(X[:12], Y[:12], batch_size=6, verbose=0).history
        for eager in (True, False)
    ]
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-5)


def test_mixed_precision_trains():
    for policy in ("mixed_bfloat16", "mixed_float16"):
        kerax.config.set_dtype_policy(policy)
        try:
            model = regressor()
        finally:
            kerax.config.set_dtype_policy(None)
        model.compile("adam", "mse")
        before = model.evaluate(X, Y, verbose=0)
        model.fit(X, Y, epochs=20, verbose=0)
        assert model.evaluate(X, Y, verbose=0) < before
        assert {v.dtype for v in model.trainable_variables} == {"float32"}


# Mistakes and interruptions


def test_settings_stay_when_compile_is_refused():
    model = compiled()
    for arguments in ({"loss": "nope"}, {"metrics": ["nope"]}, {"optimizer": "nope"}):
        with pytest.raises(PluginNotFoundError, match="nope"):
            model.compile(**{"optimizer": "sgd", "loss": "mse", **arguments})
    assert model.optimizer.name.startswith("adam")
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda m: m.fit(X[:0], Y[:0]), DataError, "without samples"),
        (lambda m: m.fit(X, Y[:3]), DataError, "50"),
        (lambda m: m.fit(X), DataError, "no targets"),
        (lambda m: m.fit(X[:, :3], Y), KeraxError, r"wanted \(None, 4\)|size 4"),
        (lambda m: m.fit(X, [Y, Y]), KeraxError, "output"),
        (lambda m: m.fit(iter([])), DataError, "no batch"),
        (lambda m: m.evaluate(X, Y, sample_weights=1), KeraxError, "sample_weights"),
        (lambda m: m.predict(X[:0]), DataError, "without samples"),
    ],
)
def test_bad_data_is_refused_and_the_model_stays(call, error, words):
    model = compiled()
    before = model.get_weights()
    with pytest.raises(error, match=words):
        call(model)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.fit(X, Y, verbose=0)


def test_a_fit_of_no_epochs_has_an_empty_history():
    model = compiled()
    model.fit(X, Y, verbose=0)
    assert model.fit(X, Y, epochs=0, verbose=0).history == {}
    assert model.fit(X, Y, initial_epoch=5, epochs=3, verbose=0).history == {}


def test_validation_and_evaluation_without_targets_are_refused():
    model = compiled()
    model.fit(X, Y, verbose=0)
    for call in (
        lambda: model.evaluate(X, verbose=0),
        lambda: model.fit(X, Y, validation_data=X, verbose=0),
        lambda: model.fit(X, Y, validation_data=iter([X]), verbose=0),
    ):
        with pytest.raises(DataError, match="no targets"):
            call()


def test_a_validation_generator_that_ends_stops_validation_with_a_warning():
    for batches, steps in ((1, None), (2, 2), (3, 2)):
        model, data = compiled(), iter([(X[:9], Y[:9])] * batches)
        with pytest.warns(UserWarning, match="no validation from here on|ran out"):
            history = model.fit(
                X, Y, validation_data=data, validation_steps=steps, epochs=4, verbose=0
            ).history
        assert len(history["loss"]) == 4
        assert len(history["val_loss"]) == -(-batches // (steps or batches))


@pytest.mark.parametrize(
    "arguments",
    [
        {"epochs": "3"},
        {"epochs": 2.0},
        {"initial_epoch": None},
        {"validation_freq": 0},
        {"validation_freq": "a"},
        {"verbose": "a"},
    ],
)
def test_arguments_of_fit_are_checked(arguments):
    model = compiled()
    with pytest.raises(KeraxError, match=next(iter(arguments))):
        model.fit(X, Y, validation_data=(X, Y), **({"verbose": 0} | arguments))
    model.fit(X, Y, verbose=0)


def test_fit_needs_compile():
    with pytest.raises(StateError, match=r"compile\(\)"):
        regressor().fit(X, Y)


def test_labels_out_of_range_are_refused():
    model = kerax.Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(KeraxError, match="7"):
        model.fit(X, np.where(LABELS == 2, 7, LABELS), verbose=0)
    model.fit(X, LABELS, verbose=0)
    assert weights_are_finite(model)


def test_nan_inputs_show_in_the_loss_and_terminate_on_nan_stops():
    model = compiled()
    bad = X.copy()
    bad[7] = np.nan
    callback = kerax.callbacks.TerminateOnNaN()
    history = model.fit(bad, Y, batch_size=10, epochs=5, verbose=0, callbacks=[callback])
    assert np.isnan(history.history["loss"][-1])
    assert len(history.history["loss"]) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_raising_source_leaves_the_model_usable(error):
    def batches():
        for i in range(3):
            yield X[8 * i : 8 * i + 8], Y[8 * i : 8 * i + 8]
        raise error("broken")

    model = compiled()
    before = model.get_weights()
    with pytest.raises(error):
        model.fit(batches(), verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])  # its progress is kept
    model.fit(X, Y, verbose=0)
    assert weights_are_finite(model)


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end", "on_train_batch_begin"])
def test_a_raising_callback_leaves_the_model_usable(hook):
    def fail(*_):
        raise RuntimeError("mine")

    callback = kerax.callbacks.LambdaCallback(**{hook: fail})
    model = compiled()
    with pytest.raises(RuntimeError, match="mine"):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
    assert weights_are_finite(model)
    model.fit(X, Y, verbose=0)


def test_ctrl_c_in_the_middle_of_an_epoch_keeps_the_progress():
    model = compiled()
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=10**6, verbose=0)
    assert weights_are_finite(model)
    assert not np.array_equal(before[0], model.get_weights()[0])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    model.fit(X, Y, verbose=0)


def test_a_custom_step_of_the_wrong_form_is_explained():
    class Old(kerax.Sequential):
        def train_step(self, data):
            return {}

    model = Old([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.raises(KeraxError, match="state, data"):
        model.fit(X, Y, verbose=0)


def test_compile_arguments_are_checked():
    for arguments in ({"steps_per_execution": 0}, {"run_eagerly": True, "jit_compile": True}):
        with pytest.raises(KeraxError, match="compile"):
            compiled(**arguments)
    model = kerax.Model(
        (x := kerax.Input((4,))), [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)]
    )
    model.compile("sgd", {"a": "mse", "c": "mse"})
    with pytest.raises(KeraxError, match="'c'"):
        model.fit(X, [Y[:, :1], Y[:, :1]], verbose=0)
