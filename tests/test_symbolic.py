"""Symbolic tensors and the inference of shapes."""

import jax.numpy as jnp
import pytest

from kerax import KerasTensor, ops
from kerax.errors import ShapeError
from kerax.symbolic import infer


@pytest.mark.parametrize(
    ("fn", "shapes", "wanted"),
    [
        (lambda x: x + 1, [(None, 3)], (None, 3)),
        (lambda x: x.reshape(x.shape[0], -1), [(None, 2, 3)], (None, 6)),
        (lambda x: x[:, 1:], [(None, None)], (None, None)),
        (lambda x: x[:, ::2], [(None, 5)], (None, 3)),
        (lambda x: x + x.T, [(None, None)], (None, None)),
        (lambda x, y: x + y, [(None, 3), (None, 1)], (None, 3)),
        (lambda x, y: jnp.concatenate([x, y], 1), [(None, None), (None, 2)], (None, None)),
        (lambda x: x.sum(), [(None, None)], ()),
        (lambda x: jnp.einsum("btd,bsd->bts", x, x), [(None, None, 4)], (None, None, None)),
    ],
)
def test_unknown_sizes_stay_unknown(fn, shapes, wanted):
    assert infer(fn, *(KerasTensor(shape) for shape in shapes)).shape == wanted


def test_height_over_width_is_not_one():
    ratio = infer(lambda x: jnp.ones((2 * x.shape[1], x.shape[2])), KerasTensor((None, None, None)))
    assert ratio.shape == (None, None)


def test_structures_and_types_are_kept():
    out = infer(
        lambda d: {"sum": d["a"] + d["b"], "n": [d["a"].astype("int32")]},
        {"a": KerasTensor((None, 2)), "b": KerasTensor((None, 2))},
    )
    assert out["sum"].dtype == "float32"
    assert out["n"][0].dtype == "int32"


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(TypeError, match=r"incompatible|shapes"):
        infer(lambda x, y: x + y, KerasTensor((None, 3)), KerasTensor((None, 4)))


def test_a_needed_size_is_asked_for():
    with pytest.raises(ShapeError, match="unknown"):
        infer(lambda x: x if x.shape[1] > 3 else x[:, :1], KerasTensor((None, None)))


def test_a_symbolic_tensor_has_no_values():
    tensor = KerasTensor((None, 2))
    for misuse in (bool, len, iter):
        with pytest.raises(TypeError, match="KerasTensor"):
            misuse(tensor)
    with pytest.raises(TypeError, match="KerasTensor"):
        jnp.sum(tensor)
    assert (tensor + 1).shape == (None, 2)
    assert ops.exp(tensor)._keras_history is not None
