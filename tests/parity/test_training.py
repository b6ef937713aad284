"""fit, evaluate and predict against installed Keras: histories, callbacks, weights."""

import numpy as np
import pytest

import kerax

keras = pytest.importorskip("keras")

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(22, 4)).astype("float32")
Y = RANDOM.normal(size=(22, 2)).astype("float32")
LABELS = RANDOM.integers(0, 3, size=22).astype("int32")  # Keras warns of int64 on JAX 0.12
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
BINARY = (LABELS > 0).astype("float32")
WEIGHTS = RANDOM.uniform(0.1, 2, size=22).astype("float32")
IMAGES = RANDOM.normal(size=(22, 6, 6, 1)).astype("float32")


@pytest.fixture(autouse=True)
def _fresh_names():
    keras.utils.clear_session()
    kerax.utils.clear_session()


def regressor(K):
    return K.Sequential(
        [K.layers.Input((4,)), K.layers.Dense(5, activation="tanh"), K.layers.Dense(2)]
    )


def classifier(K):
    layers = K.layers
    return K.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(6, kernel_regularizer="l2", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(3, activation="softmax", kernel_constraint="max_norm"),
        ]
    )


def binary(K):
    return K.Sequential([K.layers.Input((4,)), K.layers.Dense(1, activation="sigmoid")])


def convnet(K):
    layers = K.layers
    return K.Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def heads(K):
    x = K.Input((4,), name="x")
    hidden = K.layers.Dense(4, activation="relu", activity_regularizer="l2")(x)
    return K.Model(
        x,
        {
            "value": K.layers.Dense(2, name="value")(hidden),
            "label": K.layers.Dense(3, activation="softmax", name="label")(hidden),
        },
    )


def listed(K):
    x = K.Input((4,), name="x")
    return K.Model(x, [K.layers.Dense(2, name="a")(x), K.layers.Dense(1, name="b")(x)])


def sparse_from_logits(K):
    return K.losses.SparseCategoricalCrossentropy(from_logits=True)


TARGETS = {"value": Y, "label": LABELS}

# (model, compile arguments, data, fit arguments); a callable argument gets keras or kerax
CASES = {
    "mse": (regressor, {"optimizer": "sgd", "loss": "mse"}, (X, Y), {}),
    "metrics": (
        regressor,
        {"optimizer": "adam", "loss": "mae", "metrics": ["mse", "mae", "mape"]},
        (X, Y),
        {"batch_size": 5, "epochs": 3},
    ),
    "rmsprop and split": (
        regressor,
        {"loss": "huber", "metrics": ["mae"]},
        (X, Y),
        {"batch_size": 4, "epochs": 2, "validation_split": 0.3},
    ),
    "softmax": (
        classifier,
        {
            "optimizer": "adam",
            "loss": "categorical_crossentropy",
            "metrics": ["accuracy", "top_k_categorical_accuracy"],
        },
        (X, ONE_HOT),
        {"batch_size": 8, "epochs": 3, "validation_data": (X[:5], ONE_HOT[:5])},
    ),
    "sparse": (
        classifier,
        {"optimizer": "nadam", "loss": "sparse_categorical_crossentropy", "metrics": ["acc"]},
        (X, LABELS),
        {"batch_size": 8, "epochs": 2, "class_weight": {0: 1.0, 1: 2.0, 2: 0.5}},
    ),
    "binary": (
        binary,
        {
            "optimizer": lambda K: K.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
            "loss": "binary_crossentropy",
            "metrics": lambda K: ["accuracy", K.metrics.Precision(), K.metrics.Recall(name="r")],
            "weighted_metrics": ["accuracy"],
        },
        (X, BINARY[:, None]),
        {"batch_size": 6, "epochs": 2, "sample_weight": WEIGHTS},
    ),
    "binary ranks": (
        binary,
        {"optimizer": "sgd", "loss": "binary_crossentropy", "metrics": ["accuracy"]},
        (X, BINARY),
        {"batch_size": 6},
    ),
    "logits": (
        convnet,
        {
            "optimizer": lambda K: K.optimizers.AdamW(1e-2, weight_decay=0.1),
            "loss": sparse_from_logits,
            "metrics": ["accuracy"],
        },
        (IMAGES, LABELS),
        {"batch_size": 8, "epochs": 2},
    ),
    "heads": (
        heads,
        {
            "optimizer": "sgd",
            "loss": {"value": "mse", "label": "sparse_categorical_crossentropy"},
            "loss_weights": {"value": 0.5, "label": 2.0},
            "metrics": {"label": ["accuracy"], "value": "mae"},
            "weighted_metrics": {"value": ["mse"]},
        },
        (X, TARGETS),
        {
            "batch_size": 8,
            "epochs": 2,
            "sample_weight": {"value": WEIGHTS, "label": np.ones(22, "float32")},
            "validation_data": (X[:6], {"value": Y[:6], "label": LABELS[:6]}),
        },
    ),
    "one head": (heads, {"loss": {"value": "mse"}}, (X, TARGETS), {}),
    "list": (
        listed,
        {
            "optimizer": "sgd",
            "loss": ["mse", "mae"],
            "loss_weights": [1.0, 0.5],
            "metrics": [["mae"], ["mse", "mae"]],
        },
        (X, [Y, Y[:, :1]]),
        {"batch_size": 8},
    ),
    "list, one loss": (listed, {"optimizer": "sgd", "loss": "mse"}, (X, [Y, Y[:, :1]]), {}),
    "list by name": (
        listed,
        {"optimizer": "sgd", "loss": "mse"},
        (X, {"a": Y, "b": Y[:, :1]}),
        {},
    ),
    "list with none": (
        listed,
        {"optimizer": "sgd", "loss": ["mse", None]},
        (X, [Y, Y[:, :1]]),
        {},
    ),
    "same metric twice": (
        regressor,
        {
            "optimizer": "sgd",
            "loss": "mse",
            "metrics": lambda K: ["mae", K.metrics.MeanSquaredError(name="zz"), "mae"],
            "weighted_metrics": ["mae"],
        },
        (X, Y),
        {"sample_weight": WEIGHTS},
    ),
    "functions": (
        regressor,
        {
            "optimizer": "sgd",
            "loss": lambda K: lambda t, p: K.ops.mean((t - p) ** 2, -1),
            "metrics": lambda K: [lambda t, p: K.ops.mean(K.ops.abs(t - p))],
        },
        (X, Y),
        {"batch_size": 9},
    ),
    "steps": (
        regressor,
        {"optimizer": "sgd", "loss": "mse"},
        (X, Y),
        {"batch_size": 4, "epochs": 2, "steps_per_epoch": 2},
    ),
    "later epochs": (
        regressor,
        {"optimizer": "sgd", "loss": "mse"},
        (X, Y),
        {
            "epochs": 5,
            "initial_epoch": 2,
            "validation_data": (X, Y, WEIGHTS),
            "validation_freq": 2,
            "validation_batch_size": 7,
        },
    ),
    "validation steps": (
        regressor,
        {"optimizer": "sgd", "loss": "mse", "metrics": ["mse"]},
        (X, Y),
        {
            "epochs": 3,
            "validation_data": (X, Y),
            "validation_freq": [1, 3],
            "validation_batch_size": 4,
            "validation_steps": 2,
        },
    ),
    "schedule": (
        regressor,
        {
            "optimizer": lambda K: K.optimizers.Adam(
                K.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
            ),
            "loss": "mse",
        },
        (X, Y),
        {"batch_size": 4, "epochs": 2},
    ),
}


def resolved(arguments, K):
    return {name: value(K) if callable(value) else value for name, value in arguments.items()}


def pair(build, arguments):
    models = []
    for K in (keras, kerax):
        model = build(K)
        if models:
            model.set_weights(models[0].get_weights())
        models.append(model)
    for model, K in zip(models, (keras, kerax), strict=True):
        model.compile(**resolved(arguments, K))
    return models


def assert_same_logs(ours, theirs, atol=1e-5):
    assert sorted(ours) == sorted(theirs)
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], atol=atol, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", CASES)
def test_fit_gives_keras_history_and_weights(name):
    build, arguments, data, options = CASES[name]
    theirs, ours = pair(build, arguments)
    histories = [
        model.fit(*data, shuffle=False, verbose=0, **options).history for model in (theirs, ours)
    ]
    assert_same_logs(histories[1], histories[0])
    for got, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_evaluate_gives_keras_results_in_order(name):
    build, arguments, data, options = CASES[name]
    theirs, ours = pair(build, arguments)
    weight = options.get("sample_weight")
    for return_dict in (False, True):
        got, wanted = (
            m.evaluate(*data, sample_weight=weight, verbose=0, return_dict=return_dict)
            for m in (ours, theirs)
        )
        if return_dict:
            assert_same_logs(got, wanted)
        elif "weighted_metrics" not in arguments:  # for these Keras' list repeats entries
            np.testing.assert_allclose(got, wanted, atol=1e-5)


@pytest.mark.parametrize("name", ["metrics", "softmax", "heads", "list", "binary"])
def test_on_batch_methods(name):
    build, arguments, data, options = CASES[name]
    theirs, ours = pair(build, arguments)
    weight = options.get("sample_weight")
    for _ in range(3):
        got, wanted = (
            m.train_on_batch(*data, sample_weight=weight, return_dict=True) for m in (ours, theirs)
        )
        assert_same_logs(got, wanted)
    got, wanted = (m.test_on_batch(*data, return_dict=True) for m in (ours, theirs))
    assert_same_logs(got, wanted)
    got, wanted = (keras.tree.flatten(m.predict_on_batch(data[0])) for m in (ours, theirs))
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


class Batches:
    """What a callback that overrides every batch hook sees."""

    def __init__(self, K):
        self.calls = calls = []

        class Recorder(K.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                calls.append(("epoch begin", epoch, {}))

            def on_epoch_end(self, epoch, logs=None):
                calls.append(("epoch", epoch, dict(logs)))

            def on_train_batch_begin(self, batch, logs=None):
                calls.append(("batch begin", batch, {}))

            def on_train_batch_end(self, batch, logs=None):
                calls.append(("batch", batch, dict(logs)))

            def on_test_batch_end(self, batch, logs=None):
                calls.append(("test batch", batch, dict(logs)))

            def on_test_end(self, logs=None):
                calls.append(("test end", None, dict(logs)))

            def on_predict_batch_end(self, batch, logs=None):
                calls.append(
                    ("predict", batch, {"rows": len(keras.tree.flatten(logs["outputs"])[0])})
                )

            def on_train_end(self, logs=None):
                calls.append(("end", None, dict(logs)))

        self.callback = Recorder()


@pytest.mark.parametrize("name", ["metrics", "rmsprop and split", "list", "validation steps"])
def test_batch_callbacks_see_what_keras_shows(name):
    build, arguments, data, options = CASES[name]
    models = pair(build, arguments)
    seen = []
    for model, K in zip(models, (keras, kerax), strict=True):
        batches = Batches(K)
        model.fit(*data, shuffle=False, verbose=0, callbacks=[batches.callback], **options)
        model.predict(data[0], batch_size=9, verbose=0, callbacks=[batches.callback])
        seen.append(batches.calls)
    assert [call[:2] for call in seen[1]] == [call[:2] for call in seen[0]]
    for (_, _, got), (_, _, wanted) in zip(seen[1], seen[0], strict=True):
        assert_same_logs(got, wanted)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras, though none is missing
def test_generators_and_datasets():
    def batches(K, count=7):
        for i in range(count):
            yield X[3 * i : 3 * i + 3], Y[3 * i : 3 * i + 3], WEIGHTS[3 * i : 3 * i + 3]

    theirs, ours = pair(regressor, CASES["metrics"][1])
    for steps, epochs in [(None, 1), (3, 2)]:
        histories = [
            m.fit(
                batches(K), steps_per_epoch=steps, epochs=epochs, verbose=0, shuffle=False
            ).history
            for m, K in ((theirs, keras), (ours, kerax))
        ]
        assert_same_logs(histories[1], histories[0])
    np.testing.assert_allclose(
        ours.predict(batches(kerax), verbose=0),
        theirs.predict(batches(keras), verbose=0),
        atol=1e-5,
    )


def custom(K):
    class Net(K.Model):
        def __init__(self):
            super().__init__()
            self.dense = K.layers.Dense(2)
            self.tracker = K.metrics.Mean(name="mine")

        def call(self, x):
            return self.dense(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = K.ops.mean(K.ops.square(y - y_pred)) + 0.1 * K.ops.mean(K.ops.abs(y_pred))
            self.tracker.update_state(loss)
            return loss

    return Net()


def test_overridden_compute_loss():
    theirs, ours = custom(keras), custom(kerax)
    theirs(X), ours(X)
    ours.set_weights(theirs.get_weights())
    histories = []
    for model in (theirs, ours):
        model.compile(optimizer="sgd", metrics=["mae"])
        histories.append(model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history)
    assert_same_logs(histories[1], histories[0])


def stepping(K):
    import jax

    class Net(K.Model):
        def __init__(self):
            super().__init__()
            self.dense = K.layers.Dense(2)
            self.loss_metric = K.metrics.Mean(name="loss")

        def call(self, x, training=None):
            return self.dense(x)

        def objective(self, trainable, rest, x, y, training=False):
            y_pred, rest = self.stateless_call(trainable, rest, x, training=training)
            return K.ops.mean(K.ops.square(y - y_pred)), (y_pred, rest)

        def train_step(self, state, data):
            trainable, rest, optimizer_values, metrics_values = state
            x, y = data
            gradient = jax.value_and_grad(self.objective, has_aux=True)
            (loss, (_, rest)), grads = gradient(trainable, rest, x, y, training=True)
            trainable, optimizer_values = self.optimizer.stateless_apply(
                optimizer_values, grads, trainable
            )
            logs, new = {}, []
            for metric in self.metrics:
                now = metrics_values[len(new) : len(new) + len(metric.variables)]
                if metric.name == "loss":
                    now = metric.stateless_update_state(now, loss)
                    logs["loss"] = metric.stateless_result(now)
                new += now
            return logs, (trainable, rest, optimizer_values, new)

        @property
        def metrics(self):
            return [self.loss_metric]

    return Net()


def test_custom_train_step_of_the_jax_guide():
    theirs, ours = stepping(keras), stepping(kerax)
    theirs(X), ours(X)
    ours.set_weights(theirs.get_weights())
    histories = []
    for model in (theirs, ours):
        model.compile(optimizer="adam")
        histories.append(model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0).history)
    assert_same_logs(histories[1], histories[0])


def test_classic_conveniences():
    model = classifier(kerax)
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities, model.predict(X, verbose=0))
    np.testing.assert_array_equal(model.predict_classes(X), probabilities.argmax(-1))
    one = binary(kerax)
    np.testing.assert_array_equal(one.predict_classes(X), (one.predict_proba(X) > 0.5).astype(int))
