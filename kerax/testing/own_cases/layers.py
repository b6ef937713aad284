"""Cases for the standard layers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kerax import activations
from kerax.testing.case import Case
from kerax.testing.own_cases import layer_oracles as oracles
from kerax.testing.own_cases.activations import CASES as ACTIVATIONS

__all__ = ["CASES"]


def _draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).normal(size=shape).astype("float32")


_ROWS, _SEQUENCE, _IMAGE, _VOLUME = (
    _draw(4, 6),
    _draw(3, 5, 4),
    _draw(2, 6, 5, 4),
    _draw(2, 4, 3, 4, 2),
)
_IDS = np.random.default_rng(0).integers(0, 7, size=(3, 5)).astype("int32")
_PAIR, _PAIR_OF_SEQUENCES = [_draw(4, 6), _draw(1, 4, 6)[0]], [_draw(3, 5, 4), _draw(1, 3, 5, 4)[0]]
_STATE = _draw(4, 3)

Row = tuple[str, dict[str, Any], tuple[Any, ...], Callable[..., Any] | None]


def _table(*rows: Row, **options: Any) -> list[Case]:
    return [
        Case(name, kwargs, inputs, oracle, atol=1e-4, rtol=1e-4, **options)
        for name, kwargs, inputs, oracle in rows
    ]


def _one(kwargs: dict[str, Any], x: Any, oracle: Callable[..., Any] | None = None) -> list[Case]:
    return _table(("default", kwargs, (x,), oracle))


def _activation(name: str, renamed: Callable[..., dict[str, Any]] = lambda **k: k) -> Any:
    oracle = ACTIVATIONS[name][0].oracle
    assert oracle is not None
    return lambda x, weights, **arguments: oracle(x, **renamed(**arguments))


def _merging(function: Callable[..., Any]) -> list[Case]:
    oracle = oracles.merged(function)
    return _table(("rows", {}, (_PAIR,), oracle), ("sequences", {}, (_PAIR_OF_SEQUENCES,), oracle))


def _unchanged(x: Any, weights: Any, **arguments: Any) -> Any:
    return x


def _joined(xs: Any, weights: Any, axis: int = -1) -> Any:
    return np.concatenate(xs, axis)


def _products(xs: Any, weights: Any, axes: Any) -> Any:
    return np.einsum("btc,bsc->bts", *xs)


def _reshaped(x: Any, weights: Any, target_shape: Any) -> Any:
    return x.reshape(len(x), *target_shape)


_CONVOLUTION = {"filters": 3, "kernel_size": 2}
_GLOBAL_MEAN, _GLOBAL_MAX = oracles.global_pooling(np.mean), oracles.global_pooling(np.max)
_MEAN, _MAX = oracles.pooling(np.mean), oracles.pooling(np.max)
_GRU = oracles.recurrent(oracles.gru_cell, 1)
_LSTM = oracles.recurrent(oracles.lstm_cell, 2)
_SIMPLE = oracles.recurrent(oracles.simple_cell, 1)
_GRU_CELL = {"class_name": "GRUCell", "module": "keras.layers", "config": {"units": 3}}
_BACKWARDS: dict[str, Any] = {
    "units": 3,
    "go_backwards": True,
    "unroll": True,
    "dropout": 0.3,
    "recurrent_dropout": 0.2,
    "seed": 1,
}


def _recurrent(oracle: Callable[..., Any]) -> list[Case]:
    states = {"units": 3, "return_sequences": True, "return_state": True}
    return _table(
        ("last", {"units": 3}, (_SEQUENCE,), oracle),
        ("all_and_states", states, (_SEQUENCE,), oracle),
        ("backwards", _BACKWARDS, (_SEQUENCE,), oracle),
    )


def _by_rank(
    name: str, kwargs: dict[str, Any], oracle: Callable[..., Any] | None, second: dict[str, Any]
) -> dict[str, list[Case]]:
    """Return the cases of the three layers of a family, which differ in the rank of the input."""
    more = [("second", {**kwargs, **second}, None if "padding" in second else oracle)]
    return {
        name.format(rank): _table(
            ("default", kwargs, (x,), oracle),
            *((case, given, (x,), wanted) for case, given, wanted in (more if second else ())),
        )
        for rank, x in (("1D", _SEQUENCE), ("2D", _IMAGE), ("3D", _VOLUME))
    }


CASES: dict[str, list[Case]] = {
    "Activation": _table(
        ("default", {"activation": "relu"}, (_ROWS,), oracles.activated),
        ("softmax", {"activation": "softmax"}, (_SEQUENCE,), oracles.activated),
    ),
    "ActivityRegularization": _one({"l1": 0.1, "l2": 0.2}, _SEQUENCE, _unchanged),
    "Add": _merging(np.add),
    "AlphaDropout": _one({"rate": 0.4, "seed": 1}, _SEQUENCE, _unchanged),
    "Average": _merging(lambda a, b: (a + b) / 2),
    **_by_rank("AveragePooling{}", {"pool_size": 2}, _MEAN, {"padding": "same"}),
    "BatchNormalization": _table(
        ("rows", {}, (_ROWS,), oracles.batch_normalization),
        ("images", {"momentum": 0.5, "epsilon": 0.1}, (_IMAGE,), oracles.batch_normalization),
        ("sequences", {}, (_SEQUENCE,), oracles.batch_normalization),
    ),
    "Concatenate": _table(
        ("features", {}, (_PAIR_OF_SEQUENCES,), _joined),
        ("steps", {"axis": 1}, (_PAIR_OF_SEQUENCES,), _joined),
    ),
    **_by_rank("Conv{}", _CONVOLUTION, oracles.convolution, {"strides": 2, "activation": "relu"}),
    **_by_rank("Conv{}Transpose", _CONVOLUTION, oracles.transposed, {"strides": 2}),
    **_by_rank("Cropping{}", {"cropping": 1}, oracles.cropping, {}),
    "Dense": _table(
        ("rows", {"units": 3}, (_ROWS,), oracles.dense),
        ("sequences", {"units": 2, "activation": "tanh"}, (_SEQUENCE,), oracles.dense),
        ("no_bias", {"units": 2, "use_bias": False}, (_ROWS,), oracles.dense),
    ),
    **{
        f"DepthwiseConv{rank}": _table(
            ("default", {"kernel_size": 2, "depth_multiplier": 2}, (x,), oracles.depthwise),
            ("same", {"kernel_size": 3, "padding": "same"}, (x,), None),
        )
        for rank, x in (("1D", _SEQUENCE), ("2D", _IMAGE))
    },
    "Dot": _one({"axes": 2}, _PAIR_OF_SEQUENCES, _products),
    "Dropout": _table(
        ("default", {"rate": 0.4, "seed": 1}, (_SEQUENCE,), _unchanged),
        ("shared", {"rate": 0.4, "seed": 1, "noise_shape": [None, 1, 4]}, (_SEQUENCE,), _unchanged),
    ),
    "ELU": _one({"alpha": 0.5}, _SEQUENCE, _activation("elu")),
    "Embedding": _table(
        ("default", {"input_dim": 7, "output_dim": 3}, (_IDS,), oracles.embedding),
        ("mask", {"input_dim": 7, "output_dim": 3, "mask_zero": True}, (_IDS,), oracles.embedding),
    ),
    "Flatten": _one({}, _IMAGE, lambda x, weights: x.reshape(len(x), -1)),
    "GRU": _recurrent(_GRU),
    "GRUCell": _table(("default", {"units": 3}, (_ROWS, [_STATE]), oracles.gru_cell)),
    "GaussianDropout": _one({"rate": 0.4, "seed": 1}, _SEQUENCE, _unchanged),
    "GaussianNoise": _one({"stddev": 0.4, "seed": 1}, _SEQUENCE, _unchanged),
    **_by_rank("GlobalAveragePooling{}", {}, _GLOBAL_MEAN, {"keepdims": True}),
    **_by_rank("GlobalMaxPooling{}", {}, _GLOBAL_MAX, {"keepdims": True}),
    "GroupNormalization": _table(
        ("images", {"groups": 2}, (_IMAGE,), oracles.group_normalization),
        ("rows", {"groups": 3}, (_ROWS,), oracles.group_normalization),
    ),
    "Identity": _one({}, _SEQUENCE, _unchanged),
    "InputLayer": _table(
        ("default", {"shape": [3]}, (), None),
        expected_failures={"construct.succeeds": "a shape is needed, under one of two names"},
    ),
    "LSTM": _recurrent(_LSTM),
    "LSTMCell": _table(("default", {"units": 3}, (_ROWS, [_STATE, _STATE]), oracles.lstm_cell)),
    "Lambda": _one(
        {"function": activations.softplus},
        _SEQUENCE,
        lambda x, weights, function: np.logaddexp(x, 0),
    ),
    "LayerNormalization": _one({}, _SEQUENCE, oracles.layer_normalization),
    "LeakyReLU": _one({"negative_slope": 0.3}, _SEQUENCE, _activation("leaky_relu")),
    "Masking": _one(
        {}, _SEQUENCE * np.array([[1], [0], [1], [1], [0]], "float32"), oracles.masking
    ),
    **_by_rank("MaxPooling{}", {}, _MAX, {"padding": "same"}),
    "Maximum": _merging(np.maximum),
    "Minimum": _merging(np.minimum),
    "Multiply": _merging(np.multiply),
    "PReLU": _table(
        ("default", {}, (_SEQUENCE,), oracles.prelu),
        ("shared", {"shared_axes": [1], "alpha_initializer": "ones"}, (_SEQUENCE,), oracles.prelu),
    ),
    "Permute": _one(
        {"dims": [2, 1]}, _SEQUENCE, lambda x, weights, dims: np.transpose(x, (0, *dims))
    ),
    "RMSNormalization": _one({}, _SEQUENCE, oracles.rms_normalization),
    "RNN": _table(
        ("last", {"cell": _GRU_CELL}, (_SEQUENCE,), _GRU),
        ("all", {"cell": _GRU_CELL, "return_sequences": True}, (_SEQUENCE,), _GRU),
    ),
    "ReLU": _table(
        ("default", {}, (_SEQUENCE,), _activation("relu")),
        (
            "all",
            {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2},
            (_SEQUENCE,),
            _activation("relu"),
        ),
    ),
    "RepeatVector": _one({"n": 3}, _ROWS, lambda x, weights, n: np.repeat(x[:, None], n, 1)),
    "Rescaling": _table(
        (
            "default",
            {"scale": 0.5, "offset": 1.0},
            (_SEQUENCE,),
            lambda x, weights, scale, offset: x * scale + offset,
        ),
    ),
    "Reshape": _one({"target_shape": [2, -1]}, _SEQUENCE, _reshaped),
    **{
        f"SeparableConv{rank}": _table(
            ("default", {"filters": 3, "kernel_size": 2}, (x,), oracles.separable),
            ("same", {"filters": 3, "kernel_size": 3, "padding": "same"}, (x,), None),
        )
        for rank, x in (("1D", _SEQUENCE), ("2D", _IMAGE))
    },
    "SimpleRNN": _recurrent(_SIMPLE),
    "SimpleRNNCell": _table(("default", {"units": 3}, (_ROWS, [_STATE]), oracles.simple_cell)),
    "Softmax": _table(
        ("default", {}, (_SEQUENCE,), _activation("softmax")),
        ("steps", {"axis": 1}, (_SEQUENCE,), _activation("softmax")),
    ),
    **{
        f"SpatialDropout{rank}": _one({"rate": 0.4, "seed": 1}, x, _unchanged)
        for rank, x in (("1D", _SEQUENCE), ("2D", _IMAGE), ("3D", _VOLUME))
    },
    "Subtract": _merging(np.subtract),
    "UnitNormalization": _table(
        ("features", {}, (_SEQUENCE,), oracles.unit_normalization),
        ("rows", {"axis": 1}, (_ROWS,), oracles.unit_normalization),
    ),
    **_by_rank("UpSampling{}", {"size": 2}, oracles.upsampling, {}),
    **_by_rank("ZeroPadding{}", {"padding": 1}, oracles.padding, {}),
}
