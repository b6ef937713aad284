"""Files across the border: what kerax saves Keras opens, and the reverse, with equal results."""

import functools
import io
import zipfile

import h5py
import numpy as np
import pytest

import kerax

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RNG = np.random.default_rng(0)
FLOATS = RNG.normal(size=(16, 4)).astype("float32")
IMAGES = RNG.normal(size=(16, 8, 8, 1)).astype("float32")
TOKENS = RNG.integers(1, 9, size=(16, 5)).astype("int32")


@pytest.fixture(autouse=True)
def _fresh_names():
    keras.utils.clear_session()
    kerax.utils.clear_session()


@functools.cache
def custom(K):
    """A registered layer and model class for each library, under the same names."""

    @K.saving.register_keras_serializable("files", "Block")
    class Block(K.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.stack = [K.layers.Dense(units), [K.layers.Dense(units)]]
            self.by_name = {"z": K.layers.Dense(units), "a": K.layers.LayerNormalization()}
            self._private = K.layers.Dense(units)
            self.public = self._private

        def build(self, input_shape):
            shape = (*input_shape[:-1], self.units)
            self.stack[0].build(input_shape)
            for layer in (self.stack[1][0], *self.by_name.values(), self._private):
                layer.build(shape)
            self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)
            self.built = True

        def call(self, x):
            x = self.stack[1][0](self.stack[0](x))
            return self._private(self.by_name["a"](self.by_name["z"](x))) * self.scale

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    @K.saving.register_keras_serializable("files", "Custom")
    class Custom(K.Model):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.encoder = Block(units)
            self.norms = [K.layers.BatchNormalization(), K.layers.BatchNormalization()]
            self.net = K.Sequential([K.layers.Dense(units, activation="tanh")])
            self.zero = K.layers.Dense(1)

        def call(self, x, training=None):
            x = self.encoder(x)
            for norm in self.norms:
                x = norm(x, training=training)
            return self.zero(self.net(x))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    return Block, Custom


def mlp(K):
    layers = K.layers
    return K.Sequential(
        [
            K.Input((4,)),
            layers.Dense(5, activation="relu", kernel_regularizer="l2", name="first"),
            layers.Dense(3, kernel_initializer=K.initializers.HeNormal(seed=1)),
            layers.Dense(1, use_bias=False),
        ]
    )


def convnet(K):
    layers = K.layers
    return K.Sequential(
        [
            K.Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", padding="same"),
            layers.BatchNormalization(momentum=0.9),
            layers.MaxPooling2D(2),
            layers.Dropout(0.0),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="convnet",
    )


def graph(K):
    layers = K.layers
    a, b = K.Input((4,), name="a"), K.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    inner_in = K.Input((3,))
    inner = K.Model(inner_in, layers.Dense(3, activation="tanh")(inner_in), name="inner")
    x, y = inner(shared(a)), inner(shared(b))
    z = layers.Concatenate()([x, layers.Add()([x, y])])
    return K.Model({"a": a, "b": b}, {"p": layers.Dense(1, name="p")(z), "q": x}, name="graph")


def with_ops(K):
    ops = K.ops
    x = K.Input((4,))
    y = ops.relu(x * 2.0 - 1.0) + ops.clip(x, -0.5, 0.5)
    y = ops.concatenate([y, x[:, 1:], ops.expand_dims(ops.mean(y, axis=-1), -1)], axis=-1)
    y = ops.reshape(ops.softmax(y, axis=-1), (-1, 4, 2))
    y = ops.sum(ops.transpose(y, (0, 2, 1)), axis=1, keepdims=False)
    return K.Model(x, K.layers.Dense(1)(y))


def recurrent(K):
    layers = K.layers
    x = K.Input((5,), dtype="int32")
    y = layers.LSTM(3)(layers.Embedding(9, 4, mask_zero=True)(x))
    return K.Model(x, layers.Dense(1)(y))


def subclassed(K):
    model = custom(K)[1](name="custom")
    model(FLOATS[:2])
    return model


def mixed(K):
    model = K.Sequential(
        [K.Input((4,)), K.layers.Dense(3, dtype="mixed_bfloat16"), K.layers.Dense(1)]
    )
    return model


def pair(x):
    return {"a": x, "b": x[::-1].copy()}


CASES = {
    "mlp": (mlp, FLOATS),
    "convnet": (convnet, IMAGES),
    "graph": (graph, pair(FLOATS)),
    "with_ops": (with_ops, FLOATS),
    "recurrent": (recurrent, TOKENS),
    "subclassed": (subclassed, FLOATS),
    "mixed": (mixed, FLOATS),
}
OPTIMIZERS = {
    "mlp": lambda K: "adam",
    "convnet": lambda K: K.optimizers.SGD(0.01, momentum=0.9),
    "graph": lambda K: K.optimizers.RMSprop(0.002),
    "with_ops": lambda K: K.optimizers.AdamW(0.01),
    "recurrent": lambda K: K.optimizers.Adam(K.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "subclassed": lambda K: "nadam",
    "mixed": lambda K: "rmsprop",
}
DIRECTIONS = [pytest.param(kerax, keras, id="to_keras"), pytest.param(keras, kerax, id="to_kerax")]
tables = pytest.mark.parametrize("name", CASES)
both_ways = pytest.mark.parametrize(("writer", "reader"), DIRECTIONS)


def targets(model, x):
    out = model.predict(x, verbose=0)
    if isinstance(out, dict):
        return {key: np.ones_like(value) for key, value in out.items()}
    return np.ones_like(out)


@functools.cache
def trained(K, name):
    """A model after one epoch; tests may go on training it."""
    make, x = CASES[name]
    K.utils.clear_session()
    model = make(K)
    loss = {"p": "mse", "q": K.losses.MeanAbsoluteError()} if name == "graph" else "mse"
    metrics = {"p": ["mae"]} if name == "graph" else ["mae", K.metrics.MeanSquaredError(name="m")]
    model.compile(OPTIMIZERS[name](K), loss, metrics=metrics)
    model.fit(x, targets(model, x), batch_size=8, shuffle=False, verbose=0)
    return model, x


def equal(a, b, **tolerances):
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            np.testing.assert_allclose(a[key], b[key], **tolerances)
        return
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), **tolerances)


def same_values(first, second):
    assert [tuple(v.shape) for v in first] == [tuple(v.shape) for v in second]
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def contents(path):
    """Group and dataset names of the weights, with shapes and types; seed states left out."""
    data = path.read_bytes()
    if path.suffix == ".keras":
        data = zipfile.ZipFile(io.BytesIO(data)).read("model.weights.h5")
    found = {}

    def visit(name, item):
        if "seed_generator" not in name:
            is_data = isinstance(item, h5py.Dataset)
            found[name] = (item.shape, str(item.dtype)) if is_data else dict(item.attrs)

    with h5py.File(io.BytesIO(data), "r") as file:
        file.visititems(visit)
    return found


@tables
@both_ways
def test_archives_open_with_equal_state_and_training_goes_on(writer, reader, name, tmp_path):
    path = tmp_path / "model.keras"
    model, x = trained(writer, name)
    custom(reader)
    model.save(path)
    loaded = reader.saving.load_model(path)
    tolerances = {"rtol": 1e-2, "atol": 1e-2} if name == "mixed" else {"rtol": 1e-4, "atol": 1e-5}
    equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0), **tolerances)
    same_values(model.weights, loaded.weights)
    same_values(model.optimizer.variables, loaded.optimizer.variables)
    y = targets(model, x)
    histories = [
        m.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
        for m in (model, loaded)
    ]
    assert histories[0].keys() == histories[1].keys()
    for key in histories[0]:
        np.testing.assert_allclose(histories[0][key], histories[1][key], **tolerances)


@tables
def test_the_layout_is_that_of_keras(name, tmp_path):
    for K in (keras, kerax):
        trained(K, name)[0].save_weights(tmp_path / f"{K.__name__}.weights.h5")
    ours, theirs = (contents(tmp_path / f"{n}.weights.h5") for n in ("kerax", "keras"))
    assert ours == theirs


@tables
@both_ways
def test_weights_files_load(writer, reader, name, tmp_path):
    path = tmp_path / "model.weights.h5"
    model, x = trained(writer, name)
    model.save_weights(path)
    other = CASES[name][0](reader)
    other.load_weights(path)
    same_values(model.weights, other.weights)
    tolerances = {"rtol": 1e-2, "atol": 1e-2} if name == "mixed" else {"rtol": 1e-4, "atol": 1e-5}
    equal(model.predict(x, verbose=0), other.predict(x, verbose=0), **tolerances)


@tables
@both_ways
def test_json_makes_the_same_architecture(writer, reader, name):
    model = CASES[name][0](writer)
    custom(reader)
    other = reader.models.model_from_json(model.to_json())
    if name == "subclassed":
        other(FLOATS[:2])
    assert [layer.name for layer in model.layers] == [layer.name for layer in other.layers]
    assert [v.shape for v in model.weights] == [v.shape for v in other.weights]


@both_ways
@pytest.mark.parametrize(
    ("kind", "value"), [("bfloat16", 1.5), ("float16", 2.5), ("int8", 3), ("bool", True)]
)
def test_every_type_survives(writer, reader, kind, value, tmp_path):
    def make(K):
        class Typed(K.layers.Layer):
            def build(self, _):
                self.v = self.add_weight(
                    shape=(2,), dtype=kind, initializer="zeros", trainable=False, autocast=False
                )

            def call(self, x):
                return x

        return K.Sequential([K.Input((2,)), Typed()])

    model, other = make(writer), make(reader)
    model.weights[0].assign(np.full((2,), value))
    model.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert [float(x) for x in np.asarray(other.weights[0])] == [float(value)] * 2


@both_ways
def test_assets_travel(writer, reader, tmp_path):
    def make(K):
        class Words(K.layers.Layer):
            def save_assets(self, folder):
                with open(f"{folder}/words.txt", "w") as file:
                    file.write(self.words)

            def load_assets(self, folder):
                with open(f"{folder}/words.txt") as file:
                    self.words = file.read()

            def call(self, x):
                return x

        return Words

    first, second = make(writer), make(reader)
    layer = first()
    layer.words = "a b c"
    writer.Sequential([writer.Input((2,)), layer]).save(tmp_path / "m.keras")
    loaded = reader.saving.load_model(tmp_path / "m.keras", custom_objects={"Words": second})
    assert loaded.layers[0].words == "a b c"
