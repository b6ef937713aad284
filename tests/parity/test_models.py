"""Models against installed Keras: names, paths, order, configs, outputs from equal weights."""

import json

import numpy as np
import pytest

import kerax

keras = pytest.importorskip("keras")


@pytest.fixture(autouse=True)
def _fresh_names():
    keras.utils.clear_session()
    kerax.utils.clear_session()


def mlp(K):
    return K.Sequential(
        [K.layers.Input((4,)), K.layers.Dense(3, activation="relu"), K.layers.Dense(2)]
    )


def deferred(K):
    model = K.Sequential([K.layers.Dense(3), K.layers.BatchNormalization(), K.layers.Dropout(0.5)])
    model.build((None, 4))
    return model


def convnet(K):
    layers = K.layers
    return K.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        name="convnet",
    )


def branches(K):
    a, b = K.Input((4,), name="a"), K.Input((4,), name="b")
    shared = K.layers.Dense(3, name="shared")
    x, y = shared(a), shared(b)
    out = K.layers.Concatenate()([K.layers.Add()([x, y]), K.layers.Dense(2)(x)])
    return K.Model([a, b], [out, y])


def by_name(K):
    a, b = K.Input((4,), name="a"), K.Input((4,), name="b")
    x = K.layers.Multiply()([a, b])
    return K.Model({"a": a, "b": b}, {"sum": K.layers.Dense(1)(x), "parts": [x, a]})


def with_ops(K):
    x = K.Input((4,))
    y = K.ops.mean(x * 2.0 + 1, axis=-1, keepdims=True) - K.ops.relu(x)
    return K.Model(x, K.layers.Dense(2)(K.ops.concatenate([x, y], axis=-1)))


def nested(K):
    x = K.Input((4,))
    inner = K.Model(x, K.layers.Dense(4)(x), name="inner")
    y = K.Input((4,))
    return K.Model(y, K.layers.Dense(1)(inner(inner(y))), name="outer")


def sequence(K):
    x = K.Input((5,), dtype="int32")
    y = K.layers.Embedding(7, 3, mask_zero=True)(x)
    y = K.layers.LSTM(4)(y)
    return K.Model(x, K.layers.LayerNormalization()(y))


def residual(K):
    x = K.Input((4,))
    y = x
    for _ in range(2):
        z = K.layers.Dense(4, activation="relu")(y)
        y = K.layers.Add()([y, K.layers.Dense(4)(z)])
    return K.Model(x, y)


MODELS = [mlp, deferred, convnet, branches, by_name, with_ops, nested, sequence, residual]


def inputs_of(model):
    random = np.random.default_rng(0)
    arrays = {}
    for tensor in model.inputs:
        shape = (6, *tensor.shape[1:])
        whole = "int" in str(tensor.dtype)
        draw = random.integers(0, 7, shape) if whole else random.normal(size=shape)
        arrays[tensor.name] = draw if whole else draw.astype("float32")
    if set(arrays) == {"a", "b"} and model.name == "functional" and len(model.outputs) == 3:
        return arrays  # the model of named inputs
    return list(arrays.values()) if len(arrays) > 1 else next(iter(arrays.values()))


def pair(build):
    theirs, ours = build(keras), build(kerax)
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def leaves(tree):
    return [np.asarray(leaf) for leaf in keras.tree.flatten(tree)]


@pytest.mark.parametrize("build", MODELS)
def test_names_paths_and_order(build):
    theirs, ours = build(keras), build(kerax)
    assert ours.name == theirs.name
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    assert [v.name for v in ours.weights] == [v.name for v in theirs.weights]
    assert ours.count_params() == theirs.count_params()
    assert [t.shape for t in ours.outputs] == [t.shape for t in theirs.outputs]
    assert [t.dtype for t in ours.outputs] == [str(t.dtype) for t in theirs.outputs]


@pytest.mark.parametrize("build", MODELS)
def test_outputs_from_equal_weights(build):
    theirs, ours = pair(build)
    x = inputs_of(theirs)
    for got, wanted in zip(leaves(ours(x)), leaves(theirs(x)), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5)
    predicted = ours.predict(x, batch_size=4, verbose=0)
    for got, wanted in zip(leaves(predicted), leaves(theirs(x)), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5)


@pytest.mark.parametrize("build", MODELS)
def test_keras_reads_our_config_and_we_read_theirs(build):
    theirs, ours = pair(build)
    x = inputs_of(theirs)
    wanted = leaves(theirs(x))
    ours_again = kerax.models.model_from_json(theirs.to_json())
    theirs_again = keras.models.model_from_json(ours.to_json())
    for model in (ours_again, theirs_again):
        model.set_weights(theirs.get_weights())
        for got, expected in zip(leaves(model(x)), wanted, strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("build", [mlp, deferred, convnet, branches, by_name, nested, residual])
def test_configs_are_equal(build):
    theirs = json.loads(json.dumps(build(keras).get_config()))
    ours = json.loads(json.dumps(build(kerax).get_config()))
    assert _without_keras_extras(ours) == _without_keras_extras(theirs)


# Settings of features that kerax has not, at their defaults, and shapes that only it stores.
_APART = {"renorm", "renorm_momentum", "compile_config", "build_config"}


def _without_keras_extras(config):
    if isinstance(config, dict):
        return {
            key: _without_keras_extras(value)
            for key, value in config.items()
            if value is not None and key not in _APART
        }
    if isinstance(config, list):
        return [_without_keras_extras(item) for item in config]
    return config


def subclassed(K):
    class Net(K.Model):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.hidden = [K.layers.Dense(units), K.layers.Dense(units)]
            self.heads = {"out": K.layers.Dense(1)}
            self.units = units

        def call(self, x, training=None):
            for layer in self.hidden:
                x = layer(x)
            return self.heads["out"](x)

    return Net(units=4)


def test_subclassed_models():
    theirs, ours = subclassed(keras), subclassed(kerax)
    x = np.ones((2, 3), "float32")
    theirs(x), ours(x)
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), atol=1e-6)
    assert ours.get_config()["units"] == 4


def test_cloning_gives_new_weights_of_the_same_shapes():
    model = branches(kerax)
    copy = kerax.models.clone_model(model)
    assert [v.shape for v in copy.weights] == [v.shape for v in model.weights]
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    assert not np.allclose(copy.get_weights()[0], model.get_weights()[0])


def test_inputs_in_other_structures_and_types():
    theirs, ours = pair(branches)
    x = inputs_of(theirs)
    wanted = leaves(theirs(x))
    given = {"a": x[0], "b": x[1]}
    for got, expected in zip(leaves(ours(given)), wanted, strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)
    flat_input = kerax.Input((1,))
    doubled = kerax.Model(flat_input, flat_input * 2)
    np.testing.assert_allclose(doubled(np.ones(3, "int32")), np.full((3, 1), 2.0))


def test_wrong_inputs_are_named():
    model = branches(kerax)
    good = np.ones((2, 4), "float32")
    for bad, words in [
        ([good], "wanted 2"),
        ({"a": good, "c": good}, "missing"),
        ([good, np.ones((2, 5), "float32")], "'b' has shape"),
    ]:
        with pytest.raises(kerax.errors.ShapeError, match=words):
            model(bad)
    lone = kerax.Input((4,))
    with pytest.raises(kerax.errors.BuildError, match="does not follow"):
        kerax.Model(lone, kerax.layers.Dense(1)(kerax.Input((4,))))
    with pytest.raises(kerax.errors.BuildError, match="KerasTensors"):
        kerax.Model(good, lone)
