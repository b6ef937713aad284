"""Control flow whose bodies read and assign Variables."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import layers, ops, random, remat
from kerax.variable import Scope, Variable, functionalize


def gradient(fn, variable):
    pure = functionalize(fn, [variable])
    return jax.grad(lambda v: pure({variable.path: v})[0])(variable.value)


LOOPS = {
    "scan": lambda w, xs: ops.scan(lambda c, x: (c + w * x, None), 0.0, xs)[0],
    "unrolled": lambda w, xs: ops.scan(lambda c, x: (c + w * x, None), 0.0, xs, unroll=True)[0],
    "fori_loop": lambda w, xs: ops.fori_loop(0, 3, lambda i, c: c + w * xs[i], 0.0),
    "map": lambda w, xs: ops.sum(ops.map(lambda x: w * x, xs)),
    "vectorized_map": lambda w, xs: ops.sum(ops.vectorized_map(lambda x: w * x, xs)),
    "cond": lambda w, xs: ops.cond(xs[0] > 0, lambda: w * ops.sum(xs), lambda: 0.0 * xs[0]),
    "switch": lambda w, xs: ops.switch(1, [lambda x: 0 * x, lambda x: w * x], ops.sum(xs)),
    "remat": lambda w, xs: remat(lambda x: ops.sum(w * x))(xs),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_variable_read_inside_gets_its_gradient(name):
    w, xs = Variable(2.0, name="w"), jnp.array([1.0, 2.0, 3.0])
    if name == "fori_loop":  # JAX differentiates it forward only, or with fixed bounds as a scan
        value = LOOPS[name](w, xs)
        assert float(value) == 12.0
    assert float(gradient(lambda: LOOPS[name](w, xs), w)) == pytest.approx(6.0)


COUNTED = {
    "scan": lambda add: ops.scan(lambda c, x: (add(c), None), 0.0, jnp.arange(3.0)),
    "map": lambda add: ops.map(add, jnp.arange(3.0)),
    "fori_loop": lambda add: ops.fori_loop(0, 3, lambda i, c: add(c), 0.0),
    "while_loop": lambda add: ops.while_loop(
        lambda i, c: i < 3, lambda i, c: (i + 1, add(c)), (0, 0.0)
    ),
    "remat": lambda add: [remat(add)(jnp.float32(0)) for _ in range(3)],
    "cond": lambda add: [ops.cond(True, lambda: add(0.0), lambda: 0.0) for _ in range(3)],
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("traced", [False, True])
def test_a_variable_assigned_inside_is_changed_outside(name, traced):
    count = Variable(0.0, name="count")

    def add(x):
        count.assign_add(1.0)
        return jnp.asarray(x, "float32") * 1.0

    def run():
        COUNTED[name](add)

    if traced:
        _, values, _ = jax.jit(functionalize(run, [count]))({"count": count.value})
        assert float(values["count"]) == 3
        assert float(count.value) == 0
    else:
        run()
        assert float(count.value) == 3


def test_only_the_branch_taken_assigns():
    count = Variable(0.0)
    ops.cond(False, lambda: count.assign(5.0), lambda: jnp.float32(0))
    assert float(count.value) == 0
    ops.switch(1, [lambda: count.assign(5.0), lambda: count.assign(7.0)])
    assert float(count.value) == 7


def test_dropout_in_remat():
    layer = layers.Dropout(0.5, seed=1)
    state, weigh = layer.seed_generator.state, jnp.arange(24.0).reshape(4, 6)

    def drop(x):
        return layer(x, training=True)

    def graded(run):
        pure = functionalize(lambda x: ops.sum(run(x) * weigh), [state])

        def loss(x):
            out, values, _ = pure({state.path: jnp.array([1, 0], "uint32")}, x)
            return out, values

        return jax.jit(jax.value_and_grad(loss, has_aux=True))(jnp.ones((4, 6)))

    plain, checked = graded(drop), graded(remat(drop))
    jax.tree.map(np.testing.assert_allclose, plain, checked)
    assert checked[0][1][state.path].tolist() == [1, 1]


def test_batch_normalization_in_scan():
    layer = layers.BatchNormalization(momentum=0.5)
    layer.build((None, 3))
    xs = jnp.asarray(np.random.default_rng(0).normal(2.0, size=(4, 8, 3)), "float32")
    ops.scan(lambda c, x: (c, layer(x, training=True)), 0.0, xs)
    expected = np.zeros(3)
    for x in xs:
        expected = 0.5 * expected + 0.5 * np.asarray(x).mean(0)
    np.testing.assert_allclose(layer.moving_mean.numpy(), expected, rtol=1e-5)


def test_a_random_draw_in_each_step_is_another_one():
    seed = random.SeedGenerator(1)
    draws = ops.map(lambda x: random.uniform((), seed=seed), jnp.arange(4.0))
    assert len(set(np.asarray(draws).tolist())) == 4
    assert seed.state.value.tolist() == [1, 4]


def test_losses_added_inside_come_out():
    layer = layers.ActivityRegularization(l1=1.0)
    with Scope() as scope:
        ops.scan(lambda c, x: (c, layer(x)), 0.0, jnp.ones((3, 1, 2)))
    (loss,) = scope.losses
    assert float(loss) == pytest.approx(3 * 2.0)


def test_while_loop_shapes_and_limit():
    assert int(ops.while_loop(lambda x: x < 100, lambda x: x * 2, 3)) == 192
    out = ops.while_loop(lambda x: True, lambda x: [x + 1], [0], maximum_iterations=4)
    assert isinstance(out, list)
    assert int(out[0]) == 4


def test_custom_gradient():
    @ops.custom_gradient
    def log1pexp(x):
        e = ops.exp(x)
        return ops.log(1 + e), lambda *args, upstream: upstream * (1 - 1 / (1 + e))

    assert float(jax.grad(log1pexp)(100.0)) == 1.0


def test_associative_scan():
    out = ops.associative_scan(jnp.multiply, jnp.arange(1.0, 5.0), reverse=True)
    assert out.tolist() == [24.0, 24.0, 12.0, 4.0]
