"""The compiled steps: in a loop where that is no loss."""

import jax
import numpy as np
import pytest

import kerax
from kerax import layers
from kerax.training.data import make_source
from kerax.training.feed import ArrayFeed
from kerax.training.program import StepProgram

Y = np.arange(6, dtype="int32") % 2


def prepared(*inner, shape=(4,), **arguments):
    kerax.utils.set_random_seed(0)
    model = kerax.Sequential([layers.Input(shape), *inner, layers.Dense(2)])
    loss = kerax.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="sgd", loss=loss, metrics=["accuracy"], **arguments)
    x = np.random.default_rng(0).normal(size=(6, *shape)).astype("float32")
    model.train_on_batch(x, Y)  # creates the variables of optimizer and metrics
    feed = ArrayFeed(make_source(x, Y, batch_size=2))
    feed.start(0)
    return model, feed


def state_of(model, mode):
    return tuple([jax.numpy.array(v.value) for v in g] for g in model._state_groups(mode))


@pytest.mark.parametrize("mode", ["train", "test"])
def test_a_loop_does_what_single_steps_do(mode):
    model, feed = prepared()
    program = StepProgram(model, mode)
    one = state_of(model, mode)
    for _ in range(3):
        single_logs, one = program(one, feed.arrays, feed.take(1, False))
    feed.start(0)
    logs, many = program(state_of(model, mode), feed.arrays, feed.take(3, True))
    assert logs.keys() == single_logs.keys()
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(many), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
    for name, value in logs.items():
        np.testing.assert_allclose(value, single_logs[name], rtol=1e-6)


def test_evaluating_keeps_the_weights_for_the_caller():
    model, feed = prepared()
    state = state_of(model, "test")
    StepProgram(model, "test")(state, feed.arrays, feed.take(3, True))
    assert all(np.isfinite(w).all() for w in state[0])  # not donated


@pytest.mark.parametrize(
    ("inner", "shape", "arguments", "loops"),
    [
        ([], (4,), {}, True),
        ([], (4,), {"run_eagerly": True}, False),
        ([layers.Conv2D(2, 3), layers.Flatten()], (5, 5, 1), {}, False),
        ([kerax.Sequential([layers.Conv1D(2, 2)]), layers.Flatten()], (4, 1), {}, False),
    ],
)
def test_convolutions_on_the_cpu_run_single_steps(inner, shape, arguments, loops):
    model, feed = prepared(*inner, shape=shape, **arguments)
    program = StepProgram(model, "train")
    assert program.loops(state_of(model, "train"), feed.arrays, feed.first()) is loops
