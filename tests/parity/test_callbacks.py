"""Callbacks and the progress bar against installed Keras, fed with the same recorded logs."""

import csv
import io
import random
import re
import time
from contextlib import redirect_stdout

import numpy as np
import pytest

import kerax

keras = pytest.importorskip("keras")

INF = float("inf")


class Optimizer:
    def __init__(self):
        self._rate = np.float32(0.1)

    @property
    def learning_rate(self):
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value):
        self._rate = np.float32(value)


class Model:
    """What callbacks use of a model, in both libraries."""

    def __init__(self):
        self.optimizer = Optimizer()
        self.stop_training = False
        self.metrics = []
        self.epoch, self.events = 0, []

    def get_weights(self):
        return [np.array(self.epoch)]

    def set_weights(self, weights):
        self.events.append(("restored", int(weights[0])))

    def save(self, path, overwrite):
        self.events.append(("saved", str(path)))

    def save_weights(self, path, overwrite):
        self.events.append(("weights", str(path)))


def played(callback, name, values, batches=3):
    """Everything that can be seen while a callback is fed with an epoch for each value."""
    model, seen, text = Model(), [], io.StringIO()
    with redirect_stdout(text):
        callback.set_model(model)
        callback.set_params({"epochs": len(values), "steps": batches, "verbose": 1})
        callback.on_train_begin()
        for epoch, value in enumerate(values):
            model.epoch, logs = epoch, {name: value, "other": 1.0}
            callback.on_epoch_begin(epoch, {})
            for batch in range(batches):
                callback.on_train_batch_begin(batch, {})
                callback.on_train_batch_end(batch, logs)
            callback.on_epoch_end(epoch, logs)
            seen.append((float(model.optimizer.learning_rate), logs))
            if model.stop_training:
                break
        callback.on_train_end(logs)
    return seen, model.events, model.stop_training, text.getvalue()


FALLING = [1, 0.5, 0.6, 0.45, 0.5, 0.5, 0.44, 0.6, 0.7, 0.8]
PLATEAU = [1, 0.95, 0.9, 0.85, 0.7, 0.65, 0.65, 0.65, 0.65]
FLAT = [1] * 9
LATE = [INF, INF, 0.6, 0.7, 0.8]
RISING = [0.1, 0.3, 0.2, 0.25, 0.4, 0.1, 0.1, 0.1]

STOP, RATE, SAVE = "EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"
CASES = [
    *((STOP, {"patience": patience}, FALLING) for patience in (0, 1, 2, 9)),
    *((STOP, {"patience": 1, "min_delta": delta}, PLATEAU) for delta in (0.01, 0.1, -0.1, 1)),
    *((STOP, {"patience": 2, "baseline": baseline}, FALLING) for baseline in (0.1, 0.48, 2)),
    *((STOP, {"patience": 1, "start_from_epoch": start}, FALLING) for start in (1, 4, 20)),
    (STOP, {"patience": 2}, LATE),
    (STOP, {"patience": 1, "mode": "max"}, RISING),
    (STOP, {"patience": 1, "monitor": "loss", "mode": "min"}, FALLING),
    *((RATE, {"patience": patience, "factor": 0.5}, PLATEAU) for patience in (0, 1, 3)),
    *((RATE, {"patience": 1, "cooldown": cooldown}, FLAT) for cooldown in (0, 1, 2, 5)),
    (RATE, {"patience": 1, "min_lr": 0.03, "factor": 0.5}, FLAT),
    (RATE, {"patience": 1, "min_delta": 0.1, "factor": 0.5}, PLATEAU),
    (RATE, {"patience": 2, "mode": "max", "factor": 0.3}, RISING),
    (SAVE, {"filepath": "{epoch:03d}-{val_loss:.3f}.keras"}, FALLING),
    (SAVE, {"filepath": "{epoch}.keras", "save_best_only": True}, FALLING),
    (SAVE, {"filepath": "m.h5", "save_best_only": True, "mode": "max"}, RISING),
    (
        SAVE,
        {"filepath": "{epoch}.keras", "save_best_only": True, "initial_value_threshold": 0.5},
        FALLING,
    ),
    (SAVE, {"filepath": "{epoch}.weights.h5", "save_weights_only": True}, FALLING),
    *((SAVE, {"filepath": "{epoch}-{batch}.keras", "save_freq": n}, FALLING) for n in (1, 2, 4, 7)),
    (SAVE, {"filepath": "{epoch}.keras", "save_freq": 4, "save_best_only": True}, FALLING),
    ("LearningRateScheduler", {"schedule": lambda epoch: 0.1 / (epoch + 1)}, FLAT),
    ("LearningRateScheduler", {"schedule": lambda epoch, rate: rate * 0.7}, FLAT),
    ("LearningRateScheduler", {"schedule": lambda epoch, rate=0.5: rate * 0.7}, FLAT),
    ("LearningRateScheduler", {"schedule": lambda epoch: np.float32(0.3)}, FLAT),
    ("TerminateOnNaN", {"monitor": "loss"}, [1, 2, INF, 1]),
    ("TerminateOnNaN", {"monitor": "loss"}, [1, float("nan"), 1]),
]


@pytest.mark.parametrize(
    ("kind", "options", "values"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)]
)
def test_decisions_and_words_are_the_same(kind, options, values, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = dict(options)
    name = options.get("monitor", "val_loss")
    if kind == "TerminateOnNaN":
        del options["monitor"]
    else:
        options["verbose"] = 1
    if kind == STOP:
        options["restore_best_weights"] = True
    ours, theirs = (
        played(getattr(library.callbacks, kind)(**options), name, values)
        for library in (kerax, keras)
    )
    assert repr(ours) == repr(theirs)


METRICS = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "TopKCategoricalAccuracy",
]


@pytest.mark.parametrize("name", METRICS)
def test_auto_mode_agrees_about_metrics(name):
    metric = getattr(keras.metrics, name)(*([[0]] if name == "BinaryIoU" else []))
    stop = kerax.callbacks.EarlyStopping(f"val_{metric.name}")
    stopped = played(stop, f"val_{metric.name}", [1, 2])[2]
    assert stopped is (metric._direction == "down")


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize(
    "epochs",
    [
        [{"loss": 1, "acc": 0.5}, {"loss": 0.5, "acc": 0.7}],
        [{"loss": 1, "val_loss": 3}, {"loss": 1}, {"loss": 2, "new": 3}],
        [{"b": np.float32(1.25), "a": np.array([1, 2]), "s": "x,y", "l": [1, 2]}],
    ],
)
def test_csv_files_are_the_same(epochs, separator, tmp_path):
    tables = []
    for library in (kerax, keras):
        path = tmp_path / f"{library.__name__}.csv"
        for append in (False, True):
            logger = library.callbacks.CSVLogger(str(path), separator=separator, append=append)
            logger.set_model(Model())
            logger.on_train_begin()
            for epoch, logs in enumerate(epochs):
                logger.on_epoch_end(epoch, logs)
            logger.on_train_end()
        with path.open(newline="") as file:
            tables.append(list(csv.reader(file, delimiter=separator)))
    assert tables[0] == tables[1]


def bar_scenario(seed):
    """Arguments of a bar and a list of updates: seconds before it, and what it is told."""
    draw = random.Random(seed)
    target = draw.choice([None, 1, 2, 3, 7, 30, 500, 5000, 100_000])
    options = {
        "target": target,
        "verbose": draw.choice([0, 1, 1, 1, 2]),
        "width": draw.choice([20, 10, 7]),
        "interval": draw.choice([0.05, 0, 1.0]),
        "unit_name": draw.choice(["step", "sample"]),
        draw.choice(["stateful_metrics", "stateless_metrics"]): draw.choice([None, ["a"], ["b"]]),
    }
    updates, current = [], draw.choice([0, 0, 1])
    for _ in range(draw.randint(1, 6)):
        current += draw.choice([1, 1, 1, 2, 5])
        current = min(current, target or current)
        # Keras shows values below -0.001 with an exponent where verbose is 2; kerax does not.
        numbers = [draw.random(), 1e-5 * draw.random(), 0.0, 1e4 * draw.random()]
        if options["verbose"] == 1:
            numbers.append(-draw.random())
        values = [(name, draw.choice(numbers)) for name in "abc" if draw.random() < 0.8]
        finalize = draw.choice([None, None, None, True])
        updates.append((10 ** draw.uniform(-5, 3), (current, values, finalize)))
        if current == target:
            break
    return options, updates


def test_bars_are_the_same_to_the_byte(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    for seed in range(300):
        options, updates = bar_scenario(seed)
        texts = []
        for library in (kerax, keras):
            text = io.StringIO()
            now[0] = 1e6
            with redirect_stdout(text):
                bar = library.utils.Progbar(**options)
                for seconds, update in updates:
                    now[0] += seconds
                    bar.update(*update)
            texts.append(text.getvalue())
        assert texts[0] == texts[1], (options, updates)


def recorder(library):
    events = []

    class Recorder(library.callbacks.Callback):
        pass

    def record(hook):
        def call(self, *args, logs=None):
            *place, last = (*args, logs) if logs is not None or not args else args
            names = sorted(last) if isinstance(last, dict) else last
            events.append((hook, *place, names))

        return call

    hooks = [name for name in dir(keras.callbacks.Callback) if re.match("on_(?!batch)", name)]
    for hook in hooks:
        setattr(Recorder, hook, record(hook))
    return Recorder(), events


def test_a_run_calls_the_same_hooks():
    x, y = np.ones((5, 2), "float32"), np.ones((5, 1), "float32")
    both = []
    for library in (kerax, keras):
        model = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        callback, events = recorder(library)
        options = {"verbose": 0, "callbacks": [callback], "batch_size": 2}
        model.fit(x, y, epochs=2, validation_data=(x, y), **options)
        events.append(dict(callback.params))
        model.evaluate(x, y, **options)
        model.predict(x, **options)
        both.append(events)
    assert both[0] == both[1]


def test_what_a_fit_prints_is_the_same():
    x, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
    texts = []
    for library in (kerax, keras):
        model = library.Sequential(
            [library.Input((2,)), library.layers.Dense(1, kernel_initializer="ones")]
        )
        model.compile("sgd", "mse", metrics=["mae"])
        text = io.StringIO()
        with redirect_stdout(text):
            model.fit(x, y, epochs=2, verbose=2, validation_split=0.5, batch_size=2)
            model.evaluate(x, y, verbose=2)
            model.predict(x, verbose=2)
        texts.append(re.sub(r"\d+s - \d+m?u?s/step", "TIME", text.getvalue()))
    assert texts[0] == texts[1]
