"""Callbacks without a training: recorded logs go in, decisions come out."""

import csv
import os
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

import kerax
from kerax import callbacks, config
from kerax.errors import ArgumentError
from kerax.training.logs import Logs

NAN = float("nan")


class Model:
    """What callbacks use of a model."""

    def __init__(self, rate=0.1, metrics=()):
        self.optimizer = SimpleNamespace(learning_rate=np.float32(rate))
        self.stop_training = False
        self.metrics = metrics
        self.weights, self.restored, self.saved = [np.zeros(())], None, []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.restored = int(weights[0])

    def save(self, path, overwrite):
        self.saved.append(os.path.basename(path))

    def save_weights(self, path, overwrite):
        self.saved.append(f"weights {os.path.basename(path)}")


def run(callback, values, monitor="val_loss", model=None, batches=1):
    """Feed an epoch for each value; returns the model and the number of epochs."""
    model = model or Model()
    callback.set_model(model)
    callback.set_params({"epochs": len(values), "steps": batches, "verbose": 0})
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        logs = {} if value is None else {monitor: value}
        callback.on_epoch_begin(epoch)
        for batch in range(batches):
            callback.on_train_batch_begin(batch, {})
            callback.on_train_batch_end(batch, logs)
        model.weights = [np.array(epoch)]
        callback.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callback.on_train_end({})
    return model, epoch + 1


class Recorder(callbacks.Callback):
    def __init__(self, every=None):
        super().__init__()
        self.calls = []
        self.every = every

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("end", batch))


# The list


def test_absent_hooks_set_no_interval():
    quiet = callbacks.CallbackList(
        [
            callbacks.History(),
            callbacks.ProgbarLogger(),
            callbacks.EarlyStopping(),
            callbacks.CSVLogger("log.csv"),
            callbacks.ModelCheckpoint("m.keras"),
            callbacks.LambdaCallback(on_epoch_end=print),
            callbacks.Callback(),
        ]
    )
    assert [quiet.batch_interval(mode) for mode in ("train", "test", "predict")] == [None] * 3


@pytest.mark.parametrize(
    ("hook", "mode"),
    [
        ("on_batch_begin", "train"),
        ("on_batch_end", "train"),
        ("on_train_batch_begin", "train"),
        ("on_train_batch_end", "train"),
        ("on_test_batch_begin", "test"),
        ("on_test_batch_end", "test"),
        ("on_predict_batch_begin", "predict"),
        ("on_predict_batch_end", "predict"),
    ],
)
def test_each_batch_hook_sets_its_mode_to_every_batch(hook, mode):
    seen = []
    custom = type(
        "Custom", (callbacks.Callback,), {hook: lambda self, b, logs=None: seen.append(b)}
    )
    function = callbacks.LambdaCallback(**{hook: lambda batch, logs: seen.append(batch)})
    for callback in (custom(), function):
        listed = callbacks.CallbackList(callback)
        for other in ("train", "test", "predict"):
            assert listed.batch_interval(other) == (1 if other == mode else None)
        called = hook.replace("on_batch", "on_train_batch")
        getattr(listed, called)(3)
    assert seen == [3, 3]


def test_a_checkpoint_by_batches_keeps_chunks_as_long_as_it_can():
    saves = callbacks.ModelCheckpoint("m.keras", save_freq=4)
    callbacks.CallbackList(saves, epochs=1, steps=10)
    assert saves.every == 2
    assert callbacks.CallbackList(saves).batch_interval("train") == 2


def test_hooks_are_met_exactly_at_their_own_interval():
    two, three = Recorder(every=2), Recorder(every=3)
    listed = callbacks.CallbackList([two, three])
    assert listed.batch_interval("train") == 1
    for batch in range(7):
        listed.on_train_batch_begin(batch)
        listed.on_train_batch_end(batch)
    assert [b for event, b in two.calls if event == "end"] == [1, 3, 5]
    assert [b for event, b in three.calls if event == "begin"] == [0, 3, 6]
    assert callbacks.CallbackList([Recorder(every=4), Recorder(every=6)]).batch_interval(
        "train"
    ) == (2)


def test_the_list_calls_every_hook_in_order():
    events = []

    class Spy(callbacks.Callback):
        def __init__(self, name):
            super().__init__()
            self.name = name

    for hook in [name for name in dir(callbacks.Callback) if name.startswith("on_")]:
        setattr(Spy, hook, lambda self, *args, hook=hook: events.append((self.name, hook, *args)))
    listed = callbacks.CallbackList([Spy("a"), [Spy("b")]])
    logs = {"loss": 1.0}
    for mode in ("train", "test", "predict"):
        getattr(listed, f"on_{mode}_begin")()
        getattr(listed, f"on_{mode}_batch_begin")(0)
        getattr(listed, f"on_{mode}_batch_end")(0, logs)
        getattr(listed, f"on_{mode}_end")(logs)
    listed.on_epoch_begin(1)
    listed.on_epoch_end(1, logs)
    listed.on_batch_begin(2)
    listed.on_batch_end(2, logs)
    listed.on_chunk_end("train", 5, logs)
    assert [name for name, *_ in events] == ["a", "b"] * 17
    assert events[0] == ("a", "on_train_begin", {})
    assert events[-1] == ("b", "on_chunk_end", "train", 5, logs)


def test_the_list_gives_model_and_params_and_adds_defaults():
    model, custom = Model(), callbacks.Callback()
    listed = callbacks.CallbackList(
        custom, add_history=True, add_progbar=True, model=model, epochs=2, steps=3, verbose=0
    )
    names = [type(callback).__name__ for callback in listed.callbacks]
    assert names == ["Callback", "History", "ProgbarLogger"]
    assert custom.model is listed.model is model
    assert custom.params == listed.params == {"epochs": 2, "steps": 3, "verbose": 0}
    again = callbacks.CallbackList(listed.callbacks, add_history=True, add_progbar=True)
    assert len(again.callbacks) == 3


def test_names_are_resolved():
    listed = callbacks.CallbackList(
        ["TerminateOnNaN", {"class_name": "TerminateOnNaN", "config": {"every": 5}}]
    )
    assert [callback.every for callback in listed.callbacks] == [None, 5]


@pytest.mark.parametrize("wrong", [[None], [callbacks.History], 3, [[print]], {"a": 1}, "nope"])
def test_what_is_no_callback_is_refused(wrong):
    with pytest.raises(ValueError, match=r"callbacks|nope|callback"):
        callbacks.CallbackList(wrong)


def test_a_callback_without_super_init_works():
    class Bare(callbacks.Callback):
        def __init__(self):
            self.mine = 1

    bare = Bare()
    callbacks.CallbackList(bare, model=Model(), epochs=1)
    assert bare.model.stop_training is False
    bare.model = None
    assert bare.model is None


def test_history_keeps_floats_by_name():
    history = callbacks.History()
    model = Model()
    history.set_model(model)
    history.on_train_begin()
    history.on_epoch_end(3, Logs(loss=jnp.float32(0.5)))
    history.on_epoch_end(4, {"loss": 0.25, "val_loss": 1.0})
    assert history.history == {"loss": [0.5, 0.25], "val_loss": [1.0]}
    assert history.epoch == [3, 4]
    assert model.history is history


# EarlyStopping: (options, values, epochs run, epoch of the restored weights)


@pytest.mark.parametrize(
    ("options", "values", "epochs", "restored"),
    [
        ({}, [1, 0.5, 0.6, 0.4], 3, 1),
        ({"patience": 1}, [1, 0.5, 0.6, 0.4, 0.5], 3, 1),
        ({"patience": 2}, [1, 0.5, 0.6, 0.6, 0.4], 4, 1),
        ({"patience": 9}, [1, 0.5, 0.6], 3, 1),
        ({"patience": 1, "min_delta": 0.2}, [1, 0.9, 0.85], 2, 0),
        ({"patience": 1, "min_delta": -0.2}, [1, 0.9, 0.85], 2, 0),
        ({"patience": 2, "baseline": 0.5}, [1, 0.9, 0.85, 0.4], 4, 3),
        ({"patience": 2, "baseline": 0.5}, [1, 1.1, 0.4], 2, 0),
        ({"patience": 1, "start_from_epoch": 3}, [0.1, 0.4, 0.45, 0.44, 0.46, 0.47], 5, 3),
        ({"start_from_epoch": 20}, [0.1, 0.4], 2, None),
        ({"patience": 2}, [NAN, 0.5, 0.6, 0.7, 0.8], 4, 1),
        ({"patience": 1}, [NAN, NAN, 0.5], 2, 0),
        ({"mode": "max", "patience": 1}, [0.1, 0.3, 0.2, 0.4], 3, 1),
    ],
)
def test_early_stopping(options, values, epochs, restored):
    stop = callbacks.EarlyStopping(restore_best_weights=True, **options)
    for _ in range(2):  # a callback may serve twice
        model, ran = run(stop, values)
        assert (ran, model.restored) == (epochs, restored)


def test_restored_weights_are_copies():
    class Aliasing(Model):
        def get_weights(self):
            return self.buffers

        def set_weights(self, weights):
            self.restored = float(weights[0][0])

    model = Aliasing()
    model.buffers = [np.ones(1)]
    stop = callbacks.EarlyStopping(restore_best_weights=True, patience=5)
    stop.set_model(model)
    stop.on_train_begin()
    stop.on_epoch_end(0, {"val_loss": 1.0})
    model.buffers[0][:] = 7
    stop.on_train_end()
    assert model.restored == 1.0


def test_early_stopping_speaks(capsys):
    run(callbacks.EarlyStopping(verbose=1, restore_best_weights=True), [1, 2])
    assert capsys.readouterr().out == (
        "Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n"
    )


def test_a_missing_metric_warns_and_does_nothing():
    with pytest.warns(UserWarning, match=r"'val_loss', which is not available. .*: loss"):
        model, epochs = run(callbacks.EarlyStopping(), [1, 2], monitor="loss")
    assert (epochs, model.stop_training) == (2, False)


@pytest.mark.parametrize(
    ("monitor", "better"),
    [
        *((name, "more") for name in ("acc", "val_accuracy", "auc_1", "f1_score", "mean_io_u")),
        *((name, "more") for name in ("out_top_k_categorical_accuracy", "MeanIoU", "r2_score")),
        *((name, "less") for name in ("loss", "val_out_loss", "mae", "root_mean_squared_error")),
        *((name, "less") for name in ("binary_crossentropy", "LogCoshError", "kl_divergence")),
    ],
)
def test_auto_mode_knows_names(monitor, better):
    stop = callbacks.EarlyStopping(monitor)
    assert run(stop, [1, 2], monitor)[0].stop_training is (better == "less")


def test_auto_mode_asks_the_models_metrics():
    metric = SimpleNamespace(name="mine", _direction="up")
    group = SimpleNamespace(name="group", metrics=[metric])
    for monitor in ("val_mine", "head_mine"):
        model = Model(metrics=[group])
        assert not run(callbacks.EarlyStopping(monitor), [1, 2], monitor, model)[0].stop_training
    accuracy = kerax.metrics.BinaryAccuracy(name="hits")
    model = Model(metrics=[accuracy])
    assert not run(callbacks.EarlyStopping("hits"), [1, 2], "hits", model)[0].stop_training


@pytest.mark.parametrize(
    "make",
    [
        lambda: callbacks.EarlyStopping("mine"),
        lambda: callbacks.ReduceLROnPlateau("mine"),
        lambda: callbacks.ModelCheckpoint("m.keras", "mine", save_best_only=True),
    ],
)
def test_auto_mode_says_when_it_does_not_know(make):
    with pytest.raises(ArgumentError, match=r"monitor='mine' .* Give mode=\"max\""):
        run(make(), [1], "mine")


# Learning rates


@pytest.mark.parametrize(
    ("options", "values", "rates"),
    [
        ({"patience": 2}, [1] * 6, [0.1, 0.1, 0.01, 0.01, 0.001, 0.001]),
        ({"cooldown": 2}, [1] * 5, [0.1, 0.01, 0.01, 0.001, 0.001]),
        ({"min_lr": 0.03, "factor": 0.5}, [1] * 4, [0.1, 0.05, 0.03, 0.03]),
        ({"min_delta": 0.1, "factor": 0.5}, [1, 0.95, 0.85, 0.8], [0.1, 0.05, 0.05, 0.025]),
        ({"factor": 0.5}, [NAN, 1, 0.5], [0.05, 0.05, 0.05]),
        ({"mode": "max", "factor": 0.5}, [1, 2, 1], [0.1, 0.1, 0.05]),
    ],
)
def test_reduce_on_plateau(options, values, rates):
    seen = []

    class Rated(Model):
        def get_weights(self):
            return []

    model = Rated()
    plateau = callbacks.ReduceLROnPlateau(**{"patience": 1, **options})
    plateau.set_model(model)
    plateau.on_train_begin()
    for epoch, value in enumerate(values):
        logs = {"val_loss": value}
        before = float(model.optimizer.learning_rate)
        plateau.on_epoch_end(epoch, logs)
        assert logs["learning_rate"] == before
        seen.append(float(model.optimizer.learning_rate))
    np.testing.assert_allclose(seen, rates, rtol=1e-6)


def test_reduce_on_plateau_refuses_to_grow():
    with pytest.raises(ArgumentError, match=r"factor 1\.5"):
        callbacks.ReduceLROnPlateau(factor=1.5)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (lambda epoch: 0.1 / (epoch + 1), [0.1, 0.05]),
        (lambda epoch, rate: rate / 2, [0.05, 0.025]),
        (lambda epoch: jnp.float32(0.5), [0.5, 0.5]),
        (lambda epoch: np.float64(0.5), [0.5, 0.5]),
    ],
)
def test_learning_rate_scheduler(schedule, rates):
    callback, model = callbacks.LearningRateScheduler(schedule, verbose=0), Model()
    callback.set_model(model)
    for epoch, rate in enumerate(rates):
        logs = {}
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
        assert logs["learning_rate"] == pytest.approx(rate)


def test_learning_rate_scheduler_speaks(capsys):
    run(callbacks.LearningRateScheduler(lambda epoch: 0.25, verbose=1), [1])
    text = "\nEpoch 1: LearningRateScheduler setting learning rate to 0.25.\n"
    assert capsys.readouterr().out == text


@pytest.mark.parametrize("result", ["x", None, [0.1], np.ones(2)])
def test_a_schedule_must_return_a_number(result):
    with pytest.raises(ArgumentError, match="from the schedule; wanted a float"):
        run(callbacks.LearningRateScheduler(lambda epoch: result), [1])


def test_an_error_in_a_schedule_is_not_hidden():
    with pytest.raises(TypeError, match="unsupported operand"):
        run(callbacks.LearningRateScheduler(lambda epoch, rate: rate + "x"), [1])


def test_an_optimizer_without_a_learning_rate_is_named():
    model = Model()
    model.optimizer = object()
    with pytest.raises(ArgumentError, match="inject_hyperparams"):
        run(callbacks.LearningRateScheduler(lambda epoch: 0.1), [1], model=model)


# ModelCheckpoint


@pytest.mark.parametrize(
    ("options", "values", "saved"),
    [
        ({}, [1, 2], ["1.keras", "2.keras"]),
        ({"save_best_only": True}, [1, 0.5, 0.6, 0.4], ["1.keras", "2.keras", "4.keras"]),
        ({"save_best_only": True}, [NAN, 0.5, NAN, 0.4], ["2.keras", "4.keras"]),
        ({"save_best_only": True, "initial_value_threshold": 0.55}, [1, 0.5], ["2.keras"]),
        ({"save_best_only": True, "mode": "max"}, [1, 0.5, 2], ["1.keras", "3.keras"]),
        ({"save_freq": 2}, [1, 1, 1, 1], ["1.keras", "2.keras", "3.keras", "4.keras"]),
        ({"save_freq": 3}, [1, 1, 1, 1], ["2.keras", "3.keras"]),
    ],
)
def test_model_checkpoint(tmp_path, options, values, saved):
    path = tmp_path / "new" / "{epoch}.keras"
    model, _ = run(callbacks.ModelCheckpoint(path, **options), values, batches=2)
    assert model.saved == saved
    assert path.parent.is_dir()


def test_model_checkpoint_fills_in_names_and_saves_weights(tmp_path):
    path = tmp_path / "{epoch:02d}-{batch}-{val_loss:.2f}.weights.h5"
    save = callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=1)
    assert run(save, [0.5])[0].saved == ["weights 01-1-0.50.weights.h5"]


def test_model_checkpoint_saves_where_it_cannot_compare(tmp_path):
    save = callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras", save_best_only=True)
    with pytest.warns(UserWarning, match="needs 'val_loss'"):
        assert run(save, [1], monitor="loss")[0].saved == ["1.keras"]
    with pytest.warns(UserWarning, match="needs a scalar"):
        assert run(save, [np.ones(2)])[0].saved == ["1.keras"]


def test_model_checkpoint_speaks(tmp_path, capsys):
    path = tmp_path / "m.keras"
    run(callbacks.ModelCheckpoint(path, verbose=1, save_best_only=True), [1, 2])
    assert capsys.readouterr().out.splitlines()[1::2] == [
        f"Epoch 1: val_loss improved from None to 1.00000, saving model to {path}",
        f"Epoch 1: finished saving model to {path}",
        "Epoch 2: val_loss did not improve from 1.00000",
    ]


@pytest.mark.parametrize(
    ("path", "options", "words"),
    [
        ("m", {}, "ends in .keras"),
        ("m.keras", {"save_weights_only": True}, "ends in .weights.h5"),
        ("m.keras", {"save_freq": "x"}, "save_freq 'x'"),
        ("m.keras", {"save_freq": 0}, "save_freq 0"),
        ("m.keras", {"mode": "up"}, "mode 'up'"),
        ("{nope}.keras", {}, "cannot be filled in"),
    ],
)
def test_model_checkpoint_refuses(tmp_path, path, options, words):
    with pytest.raises(ArgumentError, match=words):
        run(callbacks.ModelCheckpoint(tmp_path / path, **options), [1])


# CSVLogger, LambdaCallback, TerminateOnNaN


def log_epochs(path, epochs, **options):
    logger = callbacks.CSVLogger(path, **options)
    logger.on_train_begin()
    for epoch, logs in enumerate(epochs):
        logger.on_epoch_end(epoch, logs)
    logger.on_train_end()
    return path.read_text()


def test_csv_columns(tmp_path):
    path = tmp_path / "new" / "log.csv"
    text = log_epochs(path, [{"loss": 1, "acc": 0.5}, {"loss": 0.5, "acc": 0.7, "val_acc": 0.1}])
    assert text == "epoch,acc,loss,val_acc,val_loss\n0,0.5,1,NA,NA\n1,0.7,0.5,0.1,NA\n"
    text = log_epochs(path, [{"loss": 1, "val_loss": 3}, {"loss": 2, "new": 3}], separator=";")
    assert text == "epoch;loss;val_loss\n0;1;3\n1;2;NA\n"


def test_csv_appends_in_the_columns_of_the_file(tmp_path):
    path = tmp_path / "log.csv"
    log_epochs(path, [{"loss": 1, "val_loss": 2}])
    text = log_epochs(path, [{"loss": 3, "acc": 1}], append=True)
    assert text == "epoch,loss,val_loss\n0,1,2\n0,3,NA\n"
    assert log_epochs(tmp_path / "b.csv", [{"a": 1}], append=True).startswith("epoch,a,val_a\n")


def test_csv_of_arrays_and_text(tmp_path):
    path = tmp_path / "log.csv"
    log_epochs(path, [{"a": np.array([1, 2]), "s": "x,y"}])
    with path.open(newline="") as file:
        assert list(csv.reader(file))[1][:3] == ["0", '"[1, 2]"', "x,y"]
    with pytest.raises(ArgumentError, match="separator"):
        callbacks.CSVLogger(path, separator=", ")


@pytest.mark.parametrize(
    "options", [{"on_epoch_and": print}, {"on_epoch_end": 3}, {"model": print}]
)
def test_lambda_callback_refuses(options):
    with pytest.raises(ArgumentError, match="wanted functions for the hooks"):
        callbacks.LambdaCallback(**options)


@pytest.mark.parametrize("loss", [NAN, float("inf"), -float("inf")])
def test_terminate_on_nan(loss, capsys):
    model, epochs = run(callbacks.TerminateOnNaN(), [1.0, loss, 1.0], monitor="loss")
    assert (epochs, model.stop_training) == (2, True)
    assert capsys.readouterr().out == "Batch 0: Invalid loss, terminating training\n"
    with pytest.raises(RuntimeError, match="wanted a finite loss"):
        run(callbacks.TerminateOnNaN(raise_error=True), [loss], monitor="loss")


# ProgbarLogger


def lines(capsys):
    text = capsys.readouterr().out
    return [line.split("\r")[-1] for line in text.splitlines()]


def fit_display(verbose, epochs=1, steps=2, total=2):
    logger = callbacks.ProgbarLogger()
    logger.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
    logger.on_train_begin()
    for epoch in range(epochs):
        logger.on_epoch_begin(epoch)
        for step in range(total):
            logger.on_chunk_end("train", step, Logs(loss=jnp.float32(step)))
        logger.on_test_begin()
        logger.on_chunk_end("test", 0, Logs(loss=jnp.float32(9)))
        logger.on_test_end({"loss": 9.0})
        logger.on_epoch_end(epoch, {"loss": 1.0, "val_loss": 9.0})
    logger.on_train_end()


def test_one_line_an_epoch(capsys):
    fit_display(2, epochs=2)
    shown = lines(capsys)
    assert shown[0::2] == ["Epoch 1/2", "Epoch 2/2"]
    assert shown[1].startswith("2/2 - 0s - ")
    assert shown[1].endswith("/step - loss: 1.0000 - val_loss: 9.0000")


def test_a_bar_an_epoch(capsys):
    fit_display(1)
    assert lines(capsys)[-1].endswith("loss: 1.0000 - val_loss: 9.0000")
    assert not config.disable_interactive_logging()
    try:
        fit_display("auto")
        assert lines(capsys)[-1].startswith("2/2 - ")
    finally:
        config.enable_interactive_logging()


def test_an_unknown_number_of_steps_is_learnt(capsys):
    fit_display(2, epochs=2, steps=None, total=3)
    assert [line[:4] for line in lines(capsys)[1::2]] == ["3/3 ", "3/3 "]


@pytest.mark.parametrize("mode", ["test", "predict"])
def test_evaluation_and_prediction_have_a_bar(capsys, mode):
    logger = callbacks.ProgbarLogger()
    logger.set_params({"verbose": 2, "epochs": 1, "steps": 4})
    getattr(logger, f"on_{mode}_begin")()
    logger.on_chunk_end(mode, 3, {})
    getattr(logger, f"on_{mode}_end")({"loss": 0.5} if mode == "test" else {})
    assert lines(capsys)[0].startswith("4/4 - 0s - ")


def test_the_display_reads_the_chunk_before_the_last():
    read = []

    class Spy(Logs):
        def items(self):
            read.append(self.chunk)
            return super().items()

    logger = callbacks.ProgbarLogger()
    logger.set_params({"verbose": 1, "epochs": 1, "steps": 3})
    logger.on_train_begin()
    logger.on_epoch_begin(0)
    logger.progbar.interval = 0
    for step in range(3):
        logs = Spy(loss=1.0)
        logs.chunk = step
        logger.on_chunk_end("train", step, logs)
    assert read == [0, 0, 1]


def test_nothing_is_read_in_silence():
    class Unreadable(Logs):
        def items(self):
            raise AssertionError

    logger = callbacks.ProgbarLogger()
    logger.set_params({"verbose": 0, "epochs": 1, "steps": 3})
    logger.on_epoch_begin(0)
    logger.on_chunk_end("train", 0, Unreadable())
    logger.on_epoch_end(0, Unreadable())


def test_an_unknown_verbosity_is_refused():
    with pytest.raises(ArgumentError, match="verbose: got 7"):
        callbacks.ProgbarLogger().set_params({"verbose": 7})
