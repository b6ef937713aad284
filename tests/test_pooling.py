"""The cheap form of max-pooling: same values and gradients as the general one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from kerax import layers, ops
from kerax.errors import ShapeError


def general(x, window):
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


@pytest.mark.parametrize(
    ("shape", "pool", "data_format"),
    [
        ((2, 6, 8, 3), (2, 2), "channels_last"),
        ((2, 7, 8, 3), (3, 2), "channels_last"),
        ((2, 3, 6, 8), (2, 4), "channels_first"),
        ((2, 9, 3), (4,), "channels_last"),
        ((2, 4, 4, 4, 2), (2, 2, 2), "channels_last"),
        ((1, 10, 10, 2), (5, 5), "channels_last"),
    ],
)
def test_of_equal_elements_the_first_gets_the_gradient(shape, pool, data_format):
    x = jnp.asarray(np.random.default_rng(0).integers(0, 3, shape), "float32")
    window = (1, *pool, 1) if data_format == "channels_last" else (1, 1, *pool)

    def graded(fn):
        out, back = jax.vjp(fn, x)
        return out, back(jnp.arange(out.size, dtype="float32").reshape(out.shape))

    cheap = graded(lambda x: ops.max_pool(x, pool, data_format=data_format))
    wanted = graded(lambda x: general(x, window))
    jax.tree.map(np.testing.assert_array_equal, cheap, wanted)


def test_forward_and_second_derivatives():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(1, 4, 4, 1)), "float32")

    def loss(x):
        return jnp.sum(ops.max_pool(x, 2) ** 3)

    forward, backward = jax.jacfwd(loss)(x), jax.grad(loss)(x)
    np.testing.assert_allclose(forward, backward, rtol=1e-6)
    hessian = jax.hessian(loss)(x).reshape(16, 16)
    assert np.count_nonzero(hessian) == 4


def test_integers_and_maps():
    x = jnp.arange(16).reshape(1, 4, 4, 1)
    assert ops.max_pool(x, 2).ravel().tolist() == [5, 7, 13, 15]
    many = jax.vmap(lambda x: ops.max_pool(x, 2))(jnp.stack([x, x]))
    assert many.shape == (2, 1, 2, 2, 1)


def test_a_window_larger_than_the_input_is_refused():
    for layer in (layers.MaxPooling2D(5), layers.AveragePooling2D(5, strides=1)):
        with pytest.raises(ShapeError, match=r"window of \(5, 5\) for an input of \(3, 9\)"):
            layer(layers.Input((3, 9, 1)))
    with pytest.raises(ShapeError, match=r"window of \(5, 5\) for an input of \(3, 9\)"):
        layers.Conv2D(2, 3, dilation_rate=2)(layers.Input((3, 9, 1)))
    assert layers.Conv2D(2, 5, padding="same")(layers.Input((3, 9, 1))).shape == (None, 3, 9, 2)
    assert layers.MaxPooling2D(3)(layers.Input((3, None, 1))).shape == (None, 1, None, 1)
