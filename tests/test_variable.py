"""Variables, scopes and functionalize."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import Variable, functionalize, name_scope
from kerax.errors import ArgumentError, ShapeError, StateError
from kerax.variable import Scope, abstract_variables, autocast, by_path, current_scope, write


def test_value_shape_dtype_and_path():
    with name_scope("model"), name_scope("dense"):
        v = Variable(lambda shape, dtype: jnp.ones(shape, dtype), shape=(2, 3), name="kernel")
    assert (v.shape, v.dtype, v.ndim, v.path) == ((2, 3), "float32", 2, "model/dense/kernel")
    np.testing.assert_array_equal(v.numpy(), np.ones((2, 3)))


def test_an_array_may_be_changed_right_after_it_was_given():
    for _ in range(100):
        given, assigned = np.zeros(1000, "float32"), np.ones(1000, "float32")
        v = Variable(given)
        given[:] = 7
        assert v.value.max() == 0
        v.assign(assigned)
        assigned[:] = 7
        assert v.value.max() == 1


def test_an_array_gives_type_and_shape_and_is_copied():
    array = np.arange(3, dtype="float32")
    v = Variable(array)
    array[:] = 7
    assert v.value.tolist() == [0.0, 1.0, 2.0]
    assert Variable(3).dtype == "int32"
    assert Variable(2.5).dtype == "float32"
    assert Variable(True).dtype == "bool"
    assert Variable(np.zeros(2, "float64")).dtype == "float32"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Variable("zeros"), ArgumentError, "callable"),
        (lambda: Variable(jnp.zeros), ArgumentError, "shape="),
        (lambda: Variable(jnp.zeros, shape=(None, 2)), ShapeError, "known"),
        (lambda: Variable(0.0, name="a/b"), ArgumentError, "without '/'"),
        (lambda: Variable(lambda s, dtype: jnp.zeros((9,)), shape=(2,)), ShapeError, "gave shape"),
        (lambda: Variable(0.0, dtype="float64"), StateError, "jax_enable_x64"),
    ],
)
def test_bad_arguments_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_assign_checks_the_shape_and_keeps_the_type():
    v = Variable(np.zeros(2, "float32"))
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        v.assign([1, 2, 3])
    assert v.assign([1, 2]).dtype == jnp.float32
    assert v.assign_add([1, 1]).tolist() == [2.0, 3.0]
    assert v.assign_sub([1, 1]).tolist() == [1.0, 2.0]


def test_operators_and_jax_functions_take_a_variable():
    v = Variable([1.0, 2.0])
    assert (v + 1).tolist() == (1 + v).tolist() == [2.0, 3.0]
    assert (2 - v).tolist() == [1.0, 0.0]
    assert (v == jnp.array([1.0, 0.0])).tolist() == [True, False]
    assert float(jnp.sum(v.value * v)) == 5.0
    assert v[1] == 2.0
    assert v.reshape((2, 1)).shape == (2, 1)
    assert len({v, v}) == 1


def test_a_traced_assignment_needs_a_scope():
    v = Variable(0.0, name="count")
    with pytest.raises(StateError, match="Use stateless_call"):
        jax.jit(lambda x: v.assign(x))(1.0)
    assert not isinstance(v.value, jax.core.Tracer)


def test_a_scope_falls_through_so_that_gradients_reach_outer_variables():
    v = Variable(3.0)

    def loss(value):
        with Scope([(v, value)]), Scope():
            return v.value**2

    assert float(jax.grad(loss)(3.0)) == 6.0


def test_an_assignment_at_another_trace_level_is_refused():
    v = Variable(0.0, name="state")
    with Scope(), pytest.raises(StateError, match="state was assigned inside"):
        jax.jit(lambda x: v.assign(x))(1.0)


def test_functionalize_is_pure_by_path():
    a, b = Variable(1.0, name="a"), Variable(2.0, name="b")

    def fn(x):
        b.assign_add(a.value * x)
        current_scope().add_loss(b.value)
        return b.value

    pure = functionalize(fn, [a, b])
    out, new, losses = jax.jit(pure)({"a": 2.0, "b": 1.0}, 3.0)
    assert (float(out), float(new["a"]), float(new["b"]), float(losses[0])) == (7.0, 2.0, 7.0, 7.0)
    assert (float(a.value), float(b.value)) == (1.0, 2.0)
    _, new, _ = pure({"a": 2.0}, 1.0)
    assert float(new["b"]) == 4.0  # assigned though left out
    with pytest.raises(StateError, match="unknown"):
        pure({"c": 1.0}, 1.0)


def test_initial_values_are_concrete_inside_any_trace():
    made = []

    def fn(x):
        made.append(Variable(lambda shape, dtype: jnp.ones(shape, dtype), shape=(2,)))
        return x + made[-1].value.sum()

    for transform in (jax.jit, jax.vmap, lambda f: lambda x: jax.eval_shape(f, x)):
        transform(fn)(jnp.ones(3))
    jax.grad(lambda x: fn(x).sum())(jnp.ones(3))
    jax.lax.scan(lambda carry, x: (carry, fn(x)), 0.0, jnp.ones(3))
    assert made
    assert not any(isinstance(v._value, jax.core.Tracer) for v in made)


def test_autocast_reads_floats_in_another_type():
    v, fixed, n = Variable([1.0]), Variable([1.0], autocast=False), Variable([1])
    with autocast("bfloat16"):
        assert v.value.dtype == jnp.bfloat16
        assert fixed.value.dtype == jnp.float32
        assert n.value.dtype == jnp.int32
        assert v.assign_add([1.0]).dtype == jnp.float32
    assert v.value.dtype == jnp.float32


def test_abstract_variables_allocate_nothing():
    with abstract_variables():
        v = Variable(lambda *_: 1 / 0, shape=(2**40, 8))
    assert isinstance(v._value, jax.ShapeDtypeStruct)
    assert v.shape == (2**40, 8)


def test_equal_paths_are_told_apart():
    first, second = Variable(0.0, name="w"), Variable(0.0, name="w")
    found = by_path([first, second])
    assert list(found) == ["w", "w_1"]
    assert found["w"] is first


def test_write_stores_without_a_copy():
    v, value = Variable(0.0), jnp.float32(2.0)
    write([v], [value])
    assert v._value is value
