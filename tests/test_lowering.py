"""The examples' train steps lower for CPU, CUDA and TPU from any machine, and still compute."""

import importlib.util
from pathlib import Path

import jax
import numpy as np
import pytest
from jax import export

import kerax

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

PLATFORMS = ("cpu", "cuda", "tpu")
EXAMPLES = Path(__file__).parents[1] / "examples"


def digits():
    rate = kerax.optimizers.schedules.CosineDecay(2e-3, 100)
    return "digits_convnet", (8, 8, 1), kerax.optimizers.Adam(rate), {}


def mnist():
    return "mnist_convnet", (28, 28, 1), kerax.optimizers.Adam(1e-3), {"from_logits": True}


def make(name, optimizer, loss):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    kerax.utils.set_random_seed(0)
    model = example.make_model()
    model.compile(
        optimizer,
        kerax.losses.SparseCategoricalCrossentropy(**loss),
        metrics=["accuracy"],
    )
    return model


def state_of(model):
    """The state of the pure train step, as Keras' guide for JAX orders it."""
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    return tuple([variable.value for variable in group] for group in groups)


def structs(tree):
    return jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), tree)


@pytest.mark.parametrize("example", [digits, mnist])
def test_the_train_step_of_an_example_lowers_everywhere(example):
    name, shape, optimizer, loss = example()
    model = make(name, optimizer, loss)
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 16, size=(4, *shape)).astype("float32")
    y = rng.integers(0, 10, size=4).astype("int32")
    model.train_on_batch(x, y)
    model.reset_metrics()
    state = state_of(model)

    exported = export.export(jax.jit(model.train_step), platforms=PLATFORMS)(
        structs(state), structs((x, y))
    )
    assert exported.platforms == PLATFORMS
    logs, new = exported.call(state, (x, y))
    assert jax.tree.structure(new) == jax.tree.structure(state)
    here = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(float(logs["loss"]), here["loss"], rtol=1e-5)

    def steps(state, chunk):
        return jax.lax.scan(lambda s, data: model.train_step(s, data)[::-1], state, chunk)

    chunk = jax.tree.map(lambda array: np.stack([array] * 3), (x, y))
    exported = export.export(jax.jit(steps, donate_argnums=0), platforms=PLATFORMS)(
        structs(state), structs(chunk)
    )
    assert exported.platforms == PLATFORMS


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW", "Nadam"])
def test_every_optimizer_lowers_everywhere(name):
    optimizer = kerax.optimizers.get(name)
    variables = [kerax.Variable(np.ones((3, 2)), name="w")]
    optimizer.build(variables)
    arguments = [v.value for v in optimizer.variables], [np.ones((3, 2), "float32")]
    exported = export.export(jax.jit(optimizer.stateless_apply), platforms=PLATFORMS)(
        *structs(arguments), structs([v.value for v in variables])
    )
    assert exported.platforms == PLATFORMS
