"""Ops against Keras: values and types in a table, with lists, integers and odd arguments."""

import inspect

import jax
import numpy as np
import pytest

from kerax import ops
from kerax.symbolic import KerasTensor

keras = pytest.importorskip("keras")

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(3, 4)).astype("float32")
Y = RANDOM.normal(size=(3, 4)).astype("float32")
P = RANDOM.uniform(0.05, 0.95, (3, 4)).astype("float32")
N = np.array([[3, -1, 2], [0, 5, 5]])
B = X > 0
CUBE = RANDOM.normal(size=(2, 3, 4)).astype("float32")
SQUARE = (X @ X.T + np.eye(3)).astype("float32")
IMAGE = RANDOM.normal(size=(2, 5, 6, 4)).astype("float32")
KERNEL = RANDOM.normal(size=(3, 2, 4, 5)).astype("float32")
HALF = X.astype("float16")
ONE_HOT = np.eye(4, dtype="float32")[[0, 2, 3]]
CTC_LOGITS = np.random.default_rng(7).normal(size=(2, 6, 4)).astype("float32")
BROKEN = np.array([np.nan, np.inf, -np.inf, 1.0], "float32")

UNARY = [
    *("absolute", "abs", "negative", "sign", "square", "exp", "exp2", "expm1", "sin", "cos", "tan"),
    *("sinh", "cosh", "tanh", "arctan", "arcsinh", "ceil", "floor", "trunc", "isfinite", "isinf"),
    *("isnan", "logical_not", "relu", "relu6", "sigmoid", "softplus", "softsign", "silu", "swish"),
    *("log_sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "selu", "sparse_plus"),
    *("sparse_sigmoid", "tanh_shrink", "elu", "celu", "gelu", "leaky_relu", "hard_shrink"),
    *("soft_shrink", "squareplus", "softmax", "log_softmax", "glu", "erf", "round"),
    *("sum", "mean", "var", "std", "median", "all", "any", "amax", "amin", "max", "min", "argmax"),
    *("argmin", "logsumexp", "prod", "count_nonzero", "norm", "cumsum", "cumprod", "sort"),
    *("argsort", "ravel", "transpose", "copy", "conjugate", "real", "imag", "zeros_like"),
    *("ones_like", "tril", "triu", "diag", "trace", "flip", "normalize", "nonzero"),
    *("convert_to_tensor", "stop_gradient", "squeeze", "average", "cbrt", "nan_to_num"),
    *("signbit", "angle", "bitwise_not"),
]
POSITIVE = ["sqrt", "rsqrt", "reciprocal", "log", "log10", "log1p", "log2", "arcsin", "arccos"]
POSITIVE += ["arctanh", "erfinv"]
BINARY = [
    *("add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "mod", "fmod"),
    *("maximum", "minimum", "arctan2", "hypot", "logaddexp", "equal", "not_equal", "less"),
    *("less_equal", "greater", "greater_equal", "logical_and", "logical_or", "logical_xor"),
    *("divide_no_nan", "isclose", "power"),
]
NO_INTEGERS = {"sigmoid", "silu", "swish", "erf", "sparsemax", "gelu", "selu", "normalize"}
NO_INTEGERS |= {"softplus", "log_sigmoid", "sparse_plus", "celu", "elu", "squareplus", "glu"}
NO_INTEGERS |= {
    "log_softmax",
    "sparse_sigmoid",
    "hard_silu",
    "hard_swish",
    "softsign",
    "hard_sigmoid",
}
FLOATS_ONLY = {"bitwise_not"}

CASES = [
    ("clip", (X, -0.5, 0.3)),
    ("clip", (N, 0, 3)),
    ("power", (X, 2)),
    ("power", (N, 2)),
    ("add", (N, 1.5)),
    ("add", ([1, 2], [0.5, 1.5])),
    ("divide", (N, 2)),
    ("multiply", (HALF, 2.5)),
    ("round", (X, 1)),
    ("nan_to_num", (BROKEN,), {"nan": 2.0, "posinf": 3.0}),
    ("bitwise_and", (N, 3)),
    ("bitwise_or", (N, 3)),
    ("bitwise_xor", (N, 3)),
    ("sum", (CUBE,), {"axis": [0, -1], "keepdims": True}),
    ("mean", (N,), {"axis": 1}),
    ("max", (CUBE,), {"axis": (0, 1)}),
    ("max", (np.zeros((0,), "float32"),), {"initial": 2.0}),
    ("var", (CUBE,), {"axis": [1, 2]}),
    ("std", (HALF,), {"axis": 0}),
    ("argmax", (N,), {"axis": -1, "keepdims": True}),
    ("prod", (X,), {"axis": 0, "dtype": "float16"}),
    ("average", (X,), {"axis": 1, "weights": [0.1, 0.2, 0.3, 0.4]}),
    ("moments", (CUBE,), {"axes": [0, 2]}),
    ("moments", (CUBE.astype("float16"),), {"axes": [0], "keepdims": True}),
    ("quantile", (X, [0.1, 0.5]), {"axis": 0}),
    ("median", (CUBE,), {"axis": [0, 1], "keepdims": True}),
    ("norm", (CUBE,), {"axis": (0, 1), "ord": "fro"}),
    ("norm", (X,), {"axis": 1, "ord": 1}),
    ("cumsum", (X,), {"axis": 1}),
    ("argsort", (N,), {"axis": 0}),
    ("searchsorted", ([1.0, 2.0, 3.0], [0.5, 2.0, 9.0])),
    ("searchsorted", ([1.0, 2.0, 3.0], [2.0]), {"side": "right"}),
    ("top_k", (X, 2)),
    ("in_top_k", (np.array([0, 3, 1]), P, 2)),
    ("in_top_k", (np.array([0, 1, 0]), np.array([[0.5, 0.5], [0.4, 0.4], [0.1, 0.9]]), 1)),
    ("segment_sum", (X, np.array([0, 2, 0])), {"num_segments": 4}),
    ("segment_max", (X, np.array([0, 1, 0])), {"num_segments": 2}),
    ("reshape", (X, (2, -1))),
    ("transpose", (CUBE, (2, 0, 1))),
    ("concatenate", ([X, Y],), {"axis": 1}),
    ("concatenate", ([X, N.reshape(3, 2)],), {"axis": -1}),
    ("stack", ([X, Y],), {"axis": -1}),
    ("vstack", ([X, Y],)),
    ("hstack", ([X, Y],)),
    ("append", (X, Y)),
    ("split", (X, 2), {"axis": 1}),
    ("split", (X, [1, 3]), {"axis": 1}),
    ("unstack", (X,), {"axis": 1}),
    ("expand_dims", (X, 1)),
    ("expand_dims", (X, (0, -1))),
    ("squeeze", (X[None],), {"axis": 0}),
    ("swapaxes", (CUBE, 0, 2)),
    ("moveaxis", (CUBE, 0, -1)),
    ("moveaxis", (CUBE, [0, 1], [2, 0])),
    ("broadcast_to", (X, (2, 3, 4))),
    ("tile", (X, (2, 1))),
    ("tile", (X, 2)),
    ("repeat", (X, 2), {"axis": 1}),
    ("repeat", (X, np.array([1, 0, 2])), {"axis": 0}),
    ("pad", (X, ((1, 0), (2, 1)))),
    ("pad", (X, 1), {"constant_values": 3.0}),
    ("pad", (X, ((1, 0), (2, 1))), {"mode": "reflect"}),
    ("take", (X, [[0, 2], [1, -1]]), {"axis": 0}),
    ("take", (X, [3, 1])),
    ("take", (X, [7]), {"axis": 0}),
    ("take_along_axis", (X, N.reshape(3, 2) % 4), {"axis": 1}),
    ("get_item", (X, (slice(None), None, 1))),
    ("where", (B, X, 0.0)),
    ("where", (B, X, Y)),
    ("where", (B,)),
    ("flip", (CUBE,), {"axis": (0, 2)}),
    ("roll", (X, 2), {"axis": 1}),
    ("roll", (X, 5)),
    ("meshgrid", (np.arange(3), np.arange(2)), {"indexing": "ij"}),
    ("tril", (CUBE,), {"k": -1}),
    ("diag", (np.arange(3),), {"k": 1}),
    ("zeros", ((2, 3),)),
    ("ones", (3,), {"dtype": "int32"}),
    ("full", ((2,), 3)),
    ("full", ((2, 2), np.array([1.0, 2.0]))),
    ("full_like", (N, 2.5)),
    ("eye", (3,), {"M": 4, "k": 1}),
    ("identity", (2,)),
    ("tri", (3,), {"k": -1}),
    ("arange", (5,)),
    ("arange", (1, 7, 2)),
    ("arange", (0.0, 1.0, 0.25)),
    ("linspace", (0, 1), {"num": 5}),
    ("linspace", (0, 10), {"num": 4, "endpoint": False, "dtype": "int32"}),
    ("one_hot", ([0, -1, 5, 2], 4)),
    ("one_hot", (N, 4), {"axis": 1, "dtype": "int32"}),
    ("multi_hot", ([0, 2], 4)),
    ("multi_hot", ([[0, 2], [1, 1]], 4)),
    ("matmul", (X, Y.T)),
    ("matmul", (HALF, Y.T)),
    ("dot", (CUBE, X.T)),
    ("inner", (X, Y)),
    ("outer", (np.array([1.0, 2.0]), np.array([3, 4]))),
    ("vdot", (X, Y)),
    ("tensordot", (CUBE, X), {"axes": [[2], [1]]}),
    ("tensordot", (X, Y), {"axes": 2}),
    ("einsum", ("bij,jk->bik", CUBE, X.T)),
    ("inv", (SQUARE,)),
    ("det", (SQUARE,)),
    ("slogdet", (SQUARE,)),
    ("cholesky", (SQUARE,)),
    ("solve", (SQUARE, X)),
    ("solve_triangular", (np.tril(SQUARE), X), {"lower": True}),
    ("cast", (X, "int32")),
    ("cast", (N, "float16")),
    ("saturate_cast", (np.array([-5.0, 300.0, 7.9], "float32"), "uint8")),
    ("saturate_cast", (N, "uint8")),
    ("slice", (CUBE, (0, 1, 2), (2, 1, 2))),
    ("slice_update", (X, (1, 2), np.ones((2, 2), "float32"))),
    ("scatter", (np.array([[0], [2], [0]]), X[0, :3], (4,))),
    ("scatter", (np.array([[0, 1], [1, 0]]), np.ones((2, 3), "float32"), (2, 2, 3))),
    ("scatter_update", (X, [[0, 1], [2, 2]], [5.0, 6.0])),
    ("scatter_update", (X, [[0], [0]], np.ones((2, 4), "float32")), {"reduction": "add"}),
    ("softmax", (CUBE,), {"axis": (1, 2)}),
    ("elu", (X,), {"alpha": 0.5}),
    ("gelu", (X,), {"approximate": False}),
    ("threshold", (X, 0.2, -1.0)),
    ("glu", (CUBE,), {"axis": 2}),
    ("normalize", (CUBE,), {"axis": 1, "order": 3}),
    ("batch_normalization", (X, X.mean(0), X.var(0), -1)),
    ("batch_normalization", (IMAGE, np.ones(5), np.ones(5), 1, np.ones(5), 2 * np.ones(5), 0.1)),
    ("layer_normalization", (X,), {"epsilon": 0.01}),
    ("rms_normalization", (X, np.ones(4, "float32")), {"epsilon": 0.01}),
    ("binary_crossentropy", (ONE_HOT, P)),
    ("binary_crossentropy", (ONE_HOT, 30 * X), {"from_logits": True}),
    ("categorical_crossentropy", (ONE_HOT, P)),
    ("categorical_crossentropy", (ONE_HOT, X), {"from_logits": True, "axis": 0}),
    ("ctc_loss", ([[1, 2, 2], [3, 1, 0]], CTC_LOGITS, np.array([3, 2]), np.array([6, 5]))),
    (
        "ctc_loss",
        ([[1, 2, 2], [0, 1, 0]], CTC_LOGITS, np.array([3, 0]), np.array([6, 6])),
        {"mask_index": 3},
    ),
    ("sparse_categorical_crossentropy", ([0, 2, 3], P)),
    ("sparse_categorical_crossentropy", ([[0], [2], [7]], X), {"from_logits": True}),
    ("sparse_categorical_crossentropy", (np.array([[1, 0, 2]]).T, X), {"axis": -1}),
    ("conv", (IMAGE, KERNEL), {"strides": (2, 1), "padding": "same"}),
    ("conv", (IMAGE, KERNEL), {"dilation_rate": (2, 1)}),
    ("conv", (np.moveaxis(IMAGE, -1, 1), KERNEL), {"data_format": "channels_first"}),
    ("depthwise_conv", (IMAGE, KERNEL)),
    ("separable_conv", (IMAGE, KERNEL, np.ones((1, 1, 20, 3), "float32"))),
    ("conv_transpose", (IMAGE, np.swapaxes(KERNEL, 2, 3)), {"strides": 2, "padding": "same"}),
    ("max_pool", (IMAGE, (2, 2), (2, 2))),
    ("max_pool", (IMAGE, (2, 3), (2, 3))),
    ("max_pool", (IMAGE, (3, 2)), {"strides": 1, "padding": "same"}),
    ("average_pool", (IMAGE, (2, 2), (2, 2)), {"padding": "same"}),
    ("average_pool", (IMAGE, (5, 3), (5, 3))),
    ("image.resize", (IMAGE, (7, 3))),
    ("image.resize", (IMAGE, (3, 9)), {"interpolation": "nearest"}),
    ("image.resize", (IMAGE[0], (4, 4)), {"interpolation": "bicubic", "antialias": True}),
]


def find(root, name):
    for part in name.split("."):
        root = getattr(root, part)
    return root


def same(got, wanted, name):
    got, wanted = jax.tree.leaves(got), jax.tree.leaves(wanted)
    assert len(got) == len(wanted), name
    for one, other in zip(got, wanted, strict=True):
        assert np.shape(one) == np.shape(other), name
        assert str(np.asarray(one).dtype) == str(np.asarray(other).dtype), name
        high = np.asarray(one, "float64"), np.asarray(other, "float64")
        np.testing.assert_allclose(*high, atol=2e-5, rtol=2e-3 if "16" in str(one.dtype) else 1e-4)


def call(root, name, args, kwargs):
    return find(root, name)(*args, **kwargs)


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    mine, theirs = find(ops, name), find(keras.ops, name)
    if name not in FLOATS_ONLY:
        same(mine(X), theirs(X), name)
    if name not in NO_INTEGERS:
        same(mine(N), theirs(N), name)


@pytest.mark.parametrize("name", POSITIVE)
def test_unary_of_positive_numbers(name):
    same(find(ops, name)(P), find(keras.ops, name)(P), name)


@pytest.mark.parametrize("name", BINARY)
def test_binary(name):
    mine, theirs = find(ops, name), find(keras.ops, name)
    base = np.abs(X) if name == "power" else X
    same(mine(base, Y[0]), theirs(base, Y[0]), name)
    if name != "power":
        same(mine(N, 2), theirs(N, 2), name)
        same(mine(N, np.float32(1.5)), theirs(N, np.float32(1.5)), name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{len(case)}")
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")
def test_table(case):
    name, args, kwargs = (*case, {})[:3]
    same(call(ops, name, args, kwargs), call(keras.ops, name, args, kwargs), name)


def names():
    found = [name for name in dir(ops) if not name.startswith("_")]
    modules = {n for n in found if inspect.ismodule(getattr(ops, n))}
    return sorted(set(found) - modules)


@pytest.mark.parametrize("name", names())
def test_signature_is_that_of_keras(name):
    if not hasattr(keras.ops, name):
        assert name in {"remat", "mish", "is_keras_tensor"}
        return
    mine = inspect.signature(getattr(ops, name)).parameters
    theirs = inspect.signature(getattr(keras.ops, name)).parameters
    theirs = {n: p for n, p in theirs.items() if p.kind is not p.VAR_KEYWORD or n in mine}
    assert list(mine) == list(theirs)
    for parameter in theirs:
        assert mine[parameter].default == theirs[parameter].default


def test_sparsemax():
    """Keras' own does not sum to 1: what counts is the nearest point of the simplex."""
    for axis in (0, 1):
        out = np.moveaxis(np.asarray(ops.sparsemax(X, axis=axis)), axis, -1)
        rows = np.moveaxis(X, axis, -1)
        np.testing.assert_allclose(out.sum(-1), 1, rtol=1e-5)
        others = np.random.default_rng(0).dirichlet(np.ones(rows.shape[-1]), (500, 1))
        distance = ((others - rows) ** 2).sum(-1)
        assert (((out - rows) ** 2).sum(-1) <= distance).all()


SYMBOLIC = [case for case in CASES if case[0] not in {"where", "repeat", "image.resize", "einsum"}]


@pytest.mark.parametrize("case", SYMBOLIC, ids=lambda case: f"{case[0]}-{len(case)}")
def test_symbolic_shapes(case):
    name, args, kwargs = (*case, {})[:3]
    if not any(isinstance(a, np.ndarray) and a.ndim for a in args):
        return
    first = next(i for i, a in enumerate(args) if isinstance(a, np.ndarray) and a.ndim)
    symbolic = list(args)
    dtype = str(jax.dtypes.canonicalize_dtype(args[first].dtype))
    symbolic[first] = KerasTensor(args[first].shape, dtype)
    inferred = jax.tree.leaves(
        call(ops, name, symbolic, kwargs), is_leaf=lambda t: isinstance(t, KerasTensor)
    )
    computed = jax.tree.leaves(call(ops, name, args, kwargs))
    assert [(t.shape, t.dtype) for t in inferred] == [(c.shape, str(c.dtype)) for c in computed]
