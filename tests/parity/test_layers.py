"""Every layer against Keras: values, gradients, running state, configs both ways, shapes, jit."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import layers, random
from kerax.symbolic import KerasTensor

keras = pytest.importorskip("keras")

SEQUENCE, IMAGE, VOLUME = (2, 6, 3), (2, 7, 6, 3), (2, 4, 5, 4, 2)
FIRST = {"data_format": "channels_first"}
SPICED = {
    "kernel_regularizer": "l2",
    "bias_constraint": "max_norm",
    "kernel_initializer": "he_normal",
}

CASES = [
    ("Dense", {"units": 4}, (3, 5)),
    ("Dense", {"units": 4, "activation": "relu", "use_bias": False}, SEQUENCE),
    ("Dense", {"units": 2, **SPICED}, (3, 5)),
    ("Identity", {}, (3, 5)),
    ("Activation", {"activation": "softplus"}, (3, 5)),
    ("Activation", {"activation": "softmax"}, (3, 5)),
    ("ReLU", {}, (3, 5)),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.3}, (3, 5)),
    ("LeakyReLU", {"negative_slope": 0.2}, (3, 5)),
    ("ELU", {"alpha": 0.7}, (3, 5)),
    ("PReLU", {"alpha_initializer": "glorot_uniform", "shared_axes": [1]}, SEQUENCE),
    ("Softmax", {"axis": 1}, SEQUENCE),
    ("Masking", {}, SEQUENCE),
    ("Conv1D", {"filters": 4, "kernel_size": 3}, SEQUENCE),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, SEQUENCE),
    ("Conv1D", {"filters": 4, "kernel_size": 2, "strides": 2, "padding": "same"}, SEQUENCE),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "activation": "relu", **SPICED}, IMAGE),
    ("Conv2D", {"filters": 4, "kernel_size": (2, 3), "strides": 2, "padding": "same"}, IMAGE),
    ("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 3, "use_bias": False}, IMAGE),
    ("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": (2, 1)}, IMAGE),
    ("Conv3D", {"filters": 2, "kernel_size": 2}, VOLUME),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}, SEQUENCE),
    ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", "depth_multiplier": 2}, IMAGE),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}, SEQUENCE),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "strides": 2}, IMAGE),
    ("Conv1DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}, SEQUENCE),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, IMAGE),
    (
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": 4, "strides": 2, "padding": "same", "output_padding": 1},
        IMAGE,
    ),
    ("Conv3DTranspose", {"filters": 2, "kernel_size": 2, "strides": 2}, (1, 2, 2, 3, 2)),
    ("MaxPooling1D", {"pool_size": 2}, SEQUENCE),
    ("MaxPooling2D", {"pool_size": 2}, IMAGE),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, IMAGE),
    ("MaxPooling3D", {"pool_size": (2, 1, 2)}, VOLUME),
    ("AveragePooling1D", {"pool_size": 2, "padding": "same"}, SEQUENCE),
    ("AveragePooling2D", {"pool_size": 2}, IMAGE),
    ("AveragePooling2D", {"pool_size": (3, 2), "strides": 1, "padding": "same"}, IMAGE),
    ("AveragePooling3D", {"pool_size": 2}, VOLUME),
    ("GlobalMaxPooling1D", {"keepdims": True}, SEQUENCE),
    ("GlobalMaxPooling2D", {}, IMAGE),
    ("GlobalMaxPooling3D", {}, VOLUME),
    ("GlobalAveragePooling1D", {}, SEQUENCE),
    ("GlobalAveragePooling2D", {"keepdims": True, **FIRST}, IMAGE),
    ("GlobalAveragePooling3D", {}, VOLUME),
    ("BatchNormalization", {}, (8, 5)),
    ("BatchNormalization", {"axis": 1, "momentum": 0.7, "epsilon": 0.1, "scale": False}, IMAGE),
    ("BatchNormalization", {"center": False, "gamma_regularizer": "l2"}, IMAGE),
    ("LayerNormalization", {}, SEQUENCE),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.01, "center": False}, SEQUENCE),
    ("GroupNormalization", {"groups": 2}, (2, 5, 4)),
    ("GroupNormalization", {"groups": -1, "axis": 1}, (2, 4, 5)),
    ("RMSNormalization", {}, SEQUENCE),
    ("UnitNormalization", {"axis": 1}, SEQUENCE),
    ("Flatten", {}, IMAGE),
    ("Flatten", FIRST, IMAGE),
    ("Reshape", {"target_shape": (3, -1)}, SEQUENCE),
    ("Permute", {"dims": (3, 1, 2)}, IMAGE),
    ("RepeatVector", {"n": 3}, (2, 4)),
    ("ZeroPadding1D", {"padding": (1, 2)}, SEQUENCE),
    ("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, IMAGE),
    ("ZeroPadding2D", {"padding": (1, 2), **FIRST}, IMAGE),
    ("ZeroPadding3D", {"padding": 1}, VOLUME),
    ("Cropping1D", {"cropping": (1, 2)}, SEQUENCE),
    ("Cropping2D", {"cropping": ((1, 0), (2, 1))}, IMAGE),
    ("Cropping3D", {"cropping": 1}, VOLUME),
    ("UpSampling1D", {"size": 3}, SEQUENCE),
    ("UpSampling2D", {"size": (2, 3)}, IMAGE),
    ("UpSampling2D", {"size": 2, "interpolation": "bilinear"}, IMAGE),
    ("UpSampling2D", {"size": 2, "interpolation": "bicubic"}, IMAGE),
    ("UpSampling3D", {"size": 2}, (1, 2, 2, 3, 2)),
    ("Rescaling", {"scale": 0.5, "offset": 1}, (3, 4)),
    ("Rescaling", {"scale": [1.0, 2.0, 3.0], "offset": [1.0, 0.0, 2.0]}, SEQUENCE),
    ("LSTM", {"units": 4}, SEQUENCE),
    ("LSTM", {"units": 4, "return_sequences": True, "go_backwards": True}, SEQUENCE),
    ("LSTM", {"units": 2, "return_state": True, "unroll": True, **SPICED}, SEQUENCE),
    (
        "LSTM",
        {"units": 2, "use_bias": False, "activation": "relu", "recurrent_activation": "tanh"},
        SEQUENCE,
    ),
    ("LSTM", {"units": 2, "unit_forget_bias": False, "bias_initializer": "ones"}, SEQUENCE),
    ("GRU", {"units": 4, "return_sequences": True}, SEQUENCE),
    ("GRU", {"units": 4, "reset_after": False, "return_state": True}, SEQUENCE),
    ("SimpleRNN", {"units": 4, "return_sequences": True}, SEQUENCE),
    ("Dropout", {"rate": 0.0}, (3, 4)),
    ("GaussianNoise", {"stddev": 0.0}, (3, 4)),
    ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (3, 4)),
]

# What a config holds only in one of the two, without effect on the layer.
ONLY_ONE = {
    *("quantization_config", "renorm", "renorm_clipping", "renorm_momentum", "rms_scaling"),
    *("name", "dtype", "seed"),
}


def ids(case):
    return "-".join([case[0], *(f"{key}={value}" for key, value in case[1].items())])


def pair(name, kwargs, shape):
    ours, theirs = getattr(layers, name)(**kwargs), getattr(keras.layers, name)(**kwargs)
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    ours.build(shape)
    theirs.build(shape)
    draw = np.random.default_rng(1)
    weights = [draw.uniform(0.1, 1.0, v.shape).astype("float32") for v in theirs.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs, x


def leaves(tree):
    return [np.asarray(leaf, "float32") for leaf in jax.tree.leaves(tree)]


def close(got, wanted, atol=1e-5):
    got, wanted = leaves(got), leaves(wanted)
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, atol=atol, rtol=1e-4)


def computed(layer, x, **kwargs):
    """Outputs, new state, and gradients of a loss that weighs all outputs differently; one jit."""
    state = [v.value for v in layer.non_trainable_variables]

    def loss(weights, x):
        out, new = layer.stateless_call(weights, state, x, **kwargs)
        parts = [jnp.sum(jnp.sin(jnp.arange(o.size)) * o.ravel()) for o in jax.tree.leaves(out)]
        return sum(parts).astype("float32"), (out, new)

    run = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))
    (_, (out, new)), gradients = run([v.value for v in layer.trainable_variables], jnp.asarray(x))
    new = [
        v
        for v, var in zip(new, layer.non_trainable_variables, strict=True)
        if "seed" not in var.path
    ]
    return out, new, gradients


def takes_training(layer):
    return "training" in inspect.signature(type(layer).call).parameters


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_values_gradients_and_state(case):
    ours, theirs, x = pair(*case)
    names = [v.path.split("/")[1:] for v in ours.weights]
    assert names == [v.path.split("/")[1:] for v in theirs.weights]
    assert [v.trainable for v in ours.weights] == [v.trainable for v in theirs.weights]
    got = computed(ours, x)
    close(got, computed(theirs, x))
    check_shapes(ours, theirs, case, got[0])
    if takes_training(ours) and "use_bias" not in case[1]:
        close(computed(ours, x, training=True), computed(theirs, x, training=True), atol=3e-5)


def check_shapes(ours, theirs, case, out):
    """What is inferred for known and unknown batches is what was computed, and as in Keras."""
    shape, tensors = case[2], {"is_leaf": lambda t: hasattr(t, "shape")}
    known = jax.tree.leaves(ours(KerasTensor(shape)), **tensors)
    assert [t.shape for t in known] == [leaf.shape for leaf in jax.tree.leaves(out)]
    unknown = jax.tree.leaves(ours(KerasTensor((None, *shape[1:]))), **tensors)
    wanted = jax.tree.leaves(theirs(keras.KerasTensor((None, *shape[1:]))), **tensors)
    assert [(t.shape, t.dtype) for t in unknown] == [(tuple(t.shape), t.dtype) for t in wanted]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_config_goes_both_ways(case):
    name, kwargs, _ = case
    ours, theirs = getattr(layers, name)(**kwargs), getattr(keras.layers, name)(**kwargs)
    mine, other = ours.get_config(), theirs.get_config()
    for key in (mine.keys() | other.keys()) - ONLY_ONE:
        assert plain(mine[key]) == plain(other[key]), key
    assert plain(type(ours).from_config(other).get_config()) == plain(mine | {"name": theirs.name})
    back = plain(type(theirs).from_config(mine).get_config())
    assert back == plain(other | {"name": ours.name})
    assert layers.deserialize(keras.layers.serialize(theirs)).get_config().keys() == mine.keys()
    assert keras.layers.deserialize(layers.serialize(ours)).name == ours.name


def plain(value):
    """A config without the difference of tuples and lists, and of module names."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in ("module", "registered_name")}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_mixed_precision(case):
    name, kwargs, shape = case
    layer = getattr(layers, name)(**kwargs, dtype="mixed_bfloat16")
    whole = getattr(layers, name)(**kwargs)
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    for each in (layer, whole):
        each.build(shape)
    whole.set_weights(layer.get_weights())
    out = jax.tree.leaves(jax.jit(lambda x: layer(x))(x))
    assert {str(leaf.dtype) for leaf in out} == {"bfloat16"}
    assert {v.dtype for v in layer.weights} <= {"float32"}
    wanted = leaves(jax.jit(lambda x: whole(x))(x))
    for got, one in zip(leaves(out), wanted, strict=True):
        np.testing.assert_allclose(got, one, atol=0.15, rtol=0.1)


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("Dense", {"units": 2, "activity_regularizer": "l1", "kernel_regularizer": "l2"}),
        ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}),
        ("LSTM", {"units": 2, "activity_regularizer": "l2", "recurrent_regularizer": "l1"}),
    ],
)
def test_losses(name, kwargs):
    ours, theirs, x = pair(name, kwargs, SEQUENCE)
    ours(x)
    theirs(x)
    close(sum(ours.losses), sum(theirs.losses))


def test_output_shape_of_a_layer_without_variables():
    layer = layers.Conv2D(4, 3)
    assert layer.compute_output_shape((None, 8, None, 3)) == (None, 6, None, 4)
    assert not layer.variables


MERGES = [
    ("Add", {}, [(2, 3), (2, 3), (2, 3)]),
    ("Add", {}, [(2, 3), (2, 4, 3)]),
    ("Subtract", {}, [(2, 4, 3), (2, 1, 3)]),
    ("Multiply", {}, [(2, 3), (2, 3)]),
    ("Average", {}, [(2, 3), (2, 3), (2, 3)]),
    ("Maximum", {}, [(2, 3), (2, 3)]),
    ("Minimum", {}, [(2, 3), (2, 3)]),
    ("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 2, 4)]),
    ("Concatenate", {}, [(2, 3), (2, 4)]),
    ("Dot", {"axes": 1}, [(2, 3), (2, 3)]),
    ("Dot", {"axes": (2, 1), "normalize": True}, [(2, 4, 3), (2, 3, 5)]),
    ("Dot", {"axes": (2, 3)}, [(2, 4, 3), (2, 5, 6, 3)]),
]


@pytest.mark.parametrize("case", MERGES, ids=ids)
def test_merging(case):
    name, kwargs, shapes = case
    ours, theirs = getattr(layers, name)(**kwargs), getattr(keras.layers, name)(**kwargs)
    draw = np.random.default_rng(0)
    xs = [draw.normal(size=shape).astype("float32") for shape in shapes]
    close(ours(xs), theirs(xs))
    config = {k: v for k, v in ours.get_config().items() if k not in ONLY_ONE}
    assert plain(config) == plain({k: theirs.get_config()[k] for k in config})
    unknown = [(None, *shape[1:]) for shape in shapes]
    inferred = ours([KerasTensor(shape) for shape in unknown]).shape
    assert inferred == theirs([keras.KerasTensor(shape) for shape in unknown]).shape


MASK = np.array([[1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0]], bool)


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("LSTM", {"units": 3}),
        ("LSTM", {"units": 3, "return_sequences": True, "go_backwards": True}),
        ("LSTM", {"units": 3, "return_sequences": True, "zero_output_for_mask": True}),
        ("GRU", {"units": 3, "return_state": True}),
        ("SimpleRNN", {"units": 3, "unroll": True}),
        ("GlobalAveragePooling1D", {}),
        ("BatchNormalization", {}),
        ("BatchNormalization", {"momentum": 0.5}),
    ],
)
def test_masks_inside(name, kwargs):
    ours, theirs, x = pair(name, kwargs, SEQUENCE)
    close(ours(x, mask=MASK), theirs(x, mask=MASK))
    if name == "BatchNormalization":
        close(ours(x, mask=MASK, training=True), theirs(x, mask=MASK, training=True))
        close([v.value for v in ours.weights], [v.value for v in theirs.weights])


def test_masks_between():
    one, two = MASK, ~MASK
    x = np.ones(SEQUENCE, "float32")
    for masks in ([one, two], [one, None]):
        for name, kwargs in (
            ("Add", {}),
            ("Concatenate", {"axis": 1}),
            ("Concatenate", {"axis": -1}),
        ):
            ours = getattr(layers, name)(**kwargs).compute_mask([jnp.asarray(x)] * 2, masks)
            theirs = getattr(keras.layers, name)(**kwargs).compute_mask([x, x], masks)
            assert (ours is None) == (theirs is None)
            if ours is not None:
                np.testing.assert_array_equal(ours, theirs)


def test_embedding():
    numbers = np.array([[1, 0, 3], [2, 2, 0]])
    ours = layers.Embedding(5, 3, mask_zero=True)
    theirs = keras.layers.Embedding(5, 3, mask_zero=True)
    ours.build((2, 3))
    theirs.build((2, 3))
    theirs.set_weights(ours.get_weights())
    close(ours(numbers), theirs(numbers))
    close(ours(numbers.astype("float32")), theirs(numbers))
    np.testing.assert_array_equal(ours.compute_mask(numbers), theirs.compute_mask(numbers))
    assert ours(KerasTensor((None, None), "int32")).shape == (None, None, 3)
    mine, other = ours.get_config(), theirs.get_config()
    assert plain({k: mine[k] for k in mine.keys() - ONLY_ONE}) == plain(
        {k: other[k] for k in other.keys() - ONLY_ONE}
    )


def test_kept_states():
    x = np.random.default_rng(0).normal(size=SEQUENCE).astype("float32")
    kwargs = {"units": 3, "stateful": True, "return_sequences": True}
    ours, theirs = layers.LSTM(**kwargs), keras.layers.LSTM(**kwargs)
    ours(x)
    theirs(x)
    ours.reset_state()
    theirs.reset_state()
    weights = theirs.get_weights()
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in weights]
    ours.set_weights(weights)
    for _ in range(2):
        close(ours(x), theirs(x))


def test_initial_state():
    x = np.random.default_rng(0).normal(size=SEQUENCE).astype("float32")
    ours, theirs, _ = pair("LSTM", {"units": 3, "return_state": True}, SEQUENCE)
    states = [np.ones((2, 3), "float32"), np.full((2, 3), 0.5, "float32")]
    close(ours(x, initial_state=states), theirs(x, initial_state=states))


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("Dropout", {"rate": 0.4, "seed": 3}),
        ("Dropout", {"rate": 0.4, "seed": 3, "noise_shape": (None, 1, None)}),
        ("SpatialDropout1D", {"rate": 0.4, "seed": 3}),
        ("GaussianNoise", {"stddev": 0.4, "seed": 3}),
        ("GaussianDropout", {"rate": 0.4, "seed": 3}),
        ("AlphaDropout", {"rate": 0.4, "seed": 3}),
    ],
)
def test_draws_are_keras_draws(name, kwargs):
    x = np.random.default_rng(0).normal(size=SEQUENCE).astype("float32")
    ours, theirs = getattr(layers, name)(**kwargs), getattr(keras.layers, name)(**kwargs)
    close(ours(x), x)
    for _ in range(2):
        close(ours(x, training=True), theirs(x, training=True))
    assert plain({k: v for k, v in ours.get_config().items() if k != "name"}).keys() == {
        k for k in theirs.get_config() if k != "name"
    }


def test_recurrent_dropout_drops_the_same_inputs_at_each_step():
    random.set_random_seed(0)
    layer = layers.SimpleRNN(
        50,
        kernel_initializer="identity",
        recurrent_initializer="zeros",
        activation="linear",
        dropout=0.5,
        return_sequences=True,
    )
    out = np.asarray(layer(np.ones((2, 4, 50), "float32"), training=True))
    assert set(np.unique(out)) == {0.0, 2.0}
    assert (out == out[:, :1]).all()
    assert (out[0] != out[1]).any()
