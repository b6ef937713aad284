"""Every activation against Keras: values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import activations, layers

keras = pytest.importorskip("keras")

X = np.linspace(-4, 8, 26, dtype="float32").reshape(2, 13)[:, :12]
NAMES = [n for n in activations.__all__ if n not in ("get", "serialize", "deserialize")]
WITH = {
    "relu": [{"negative_slope": 0.1}, {"max_value": 3.0}, {"max_value": 6.0, "threshold": 0.7}],
    "leaky_relu": [{"negative_slope": 0.3}],
    "elu": [{"alpha": 0.4}],
    "gelu": [{"approximate": True}],
    "softmax": [{"axis": 0}],
    "threshold": [{"threshold": 1.0, "default_value": -2.0}],
}
CASES = [(n, {}) for n in NAMES if n not in ("sparsemax", "threshold")]
CASES += [(name, kwargs) for name, several in WITH.items() for kwargs in several]


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_values_and_gradients(name, kwargs):
    def both(root):
        fn = getattr(root, name)
        weigh = jnp.arange(1.0, 13.0)

        def total(x):
            out = fn(x, **kwargs)
            return jnp.sum(out * weigh[: out.shape[-1]]), out

        (_, out), gradient = jax.jit(jax.value_and_grad(total, has_aux=True))(jnp.asarray(X))
        return out, gradient

    for one, other in zip(both(activations), both(keras.activations), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_names_resolve_and_serialize_as_keras_do(name):
    fn = activations.get(name)
    assert fn is getattr(activations, name)
    assert activations.serialize(fn) == keras.activations.serialize(
        getattr(keras.activations, name)
    )
    assert activations.deserialize(activations.serialize(fn)) is fn


def test_get():
    assert activations.get(None) is activations.linear
    assert activations.get(jnp.tanh) is jnp.tanh
    layer = layers.ReLU()
    assert activations.get(layer) is layer
    with pytest.raises(ValueError, match="relu"):
        activations.get("reluu")
