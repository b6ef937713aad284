"""The losses' base classes: structures, masks, bad input, symbolic tensors."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import losses, ops, plugins, symbolic
from kerax.errors import ArgumentError, DataError, PluginNotFoundError, ShapeError

LABELS = np.array([0, 2, 1])
CHANCES = np.full((3, 3), 1 / 3, "float32")


class Structured(losses.Loss):
    """Uses two named outputs."""

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true["a"] - y_pred["a"]), -1) + y_pred["b"]


def test_nested_structures_are_converted_to_the_loss_type():
    loss = Structured(dtype="bfloat16")
    value = loss({"a": [[1, 2]]}, {"a": np.array([[1, 4]]), "b": [1.0]})
    assert str(value.dtype) == "bfloat16"
    assert float(value) == 3.0


def test_lists_of_numbers_are_tensors():
    assert float(losses.MeanSquaredError()([1, 2], [3, 4])) == 4.0
    assert float(losses.MeanSquaredError()([[1], [2]], [[3], [4]], [1, 0])) == 2.0


def test_the_name_is_automatic_or_given():
    assert Structured().name.startswith("structured")
    assert Structured(name="mine").get_config() == {
        "name": "mine",
        "reduction": "sum_over_batch_size",
    }


def test_a_given_dtype_is_kept_in_the_config():
    loss = losses.Huber(delta=2.0, dtype="float16")
    again = losses.Huber.from_config(loss.get_config())
    assert (again.dtype, again.fn_kwargs) == ("float16", {"delta": 2.0})


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_losses_are_copied_and_pickled(copied):
    loss = copied(losses.Huber(delta=0.5))
    assert float(loss([[0.0]], [[2.0]])) == pytest.approx(0.875)


def test_a_function_becomes_a_loss_that_matches_ranks():
    loss = losses.get_for_outputs(lambda t, p: ops.mean(abs(t - p), -1), None, None)
    assert float(loss(np.zeros(4), np.ones((4, 1)))) == 1.0


def test_a_function_that_names_its_class_becomes_that():
    for given in ("sparse_categorical_crossentropy", losses.sparse_categorical_crossentropy):
        loss = losses.get_for_outputs(given, None, None)
        with pytest.raises(DataError, match="class number 9"):
            loss.check(np.array([9]), CHANCES)


@pytest.mark.parametrize(
    ("shape", "units", "name"),
    [
        ((8, 1), 1, "binary_crossentropy"),
        ((8,), 4, "sparse_categorical_crossentropy"),
        ((8, 1), 4, "sparse_categorical_crossentropy"),
        ((8, 4), 4, "categorical_crossentropy"),
    ],
)
@pytest.mark.parametrize("identifier", ["crossentropy", "ce"])
def test_crossentropy_is_chosen_by_shapes(identifier, shape, units, name):
    y_pred = symbolic.KerasTensor((None, units))
    assert losses.get_for_outputs(identifier, np.zeros(shape), y_pred).name == name


def test_none_is_no_loss():
    assert losses.get(None) is None
    assert losses.get_for_outputs(None, None, None) is None


def test_an_unknown_name_is_refused_with_a_suggestion():
    with pytest.raises(PluginNotFoundError, match="mean_squared_error"):
        losses.get("mean_squared_eror")
    with pytest.raises(ValueError, match="loss"):
        losses.get(3)


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ArgumentError, match="'none', 'sum'"):
        losses.MeanSquaredError(reduction="average")


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "CategoricalCrossentropy"])
def test_smoothing_out_of_range_is_refused(name):
    with pytest.raises(ArgumentError, match=r"label_smoothing: got 1\.5; wanted 0 to 1"):
        getattr(losses, name)(label_smoothing=1.5)


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("MeanSquaredError", ((4, 2), (4, 3))),
        ("MeanSquaredError", ((4,), (4, 3))),
        ("BinaryCrossentropy", ((4, 1), (4, 3))),
        ("CategoricalCrossentropy", ((4,), (4, 3))),
        ("SparseCategoricalCrossentropy", ((4, 3), (4, 3))),
        ("SparseCategoricalCrossentropy", ((5,), (4, 3))),
        ("SparseCategoricalCrossentropy", ((4,), (4,))),
    ],
)
def test_shapes_that_do_not_fit_are_refused(name, shapes):
    y_true, y_pred = np.zeros(shapes[0]), np.ones(shapes[1])
    with pytest.raises(ShapeError, match=r"got .*wanted"):
        getattr(losses, name)()(y_true, y_pred)


@pytest.mark.parametrize("shape", [(3,), (2, 2), (2, 3, 4)])
def test_weights_that_do_not_fit_are_refused(shape):
    y = np.zeros((2, 4, 3))
    with pytest.raises(ShapeError, match="sample_weight: got shape"):
        losses.MeanSquaredError()(y, y, np.ones(shape))


def test_a_weight_for_each_sample_weighs_its_steps():
    y_pred = np.ones((2, 4, 3))
    value = losses.MeanSquaredError()(0 * y_pred, y_pred, [0.0, 1.0])
    assert float(value) == 0.5


def test_one_class_is_warned_of():
    with pytest.warns(SyntaxWarning, match="a single class is always 0"):
        losses.categorical_crossentropy(np.ones((2, 1)), np.ones((2, 1)))


@pytest.mark.parametrize("label", [-1, 3])
def test_a_class_number_out_of_range_gives_nan_and_is_refused_by_check(label):
    loss, labels = losses.SparseCategoricalCrossentropy(), np.array([0, label, 1])
    assert np.isnan(loss(labels, CHANCES))
    assert np.isfinite(loss(labels, CHANCES, [1, 0, 1]))
    with pytest.raises(DataError, match=f"class number {label}; wanted 0 to 2"):
        loss.check(labels, CHANCES)
    loss.check(labels, CHANCES, np.array([1, 0, 1]))
    losses.SparseCategoricalCrossentropy(ignore_class=label).check(labels, CHANCES)
    loss.check(LABELS, CHANCES)


def test_gradients_stay_finite_beside_an_ignored_class_number():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    gradient = jax.grad(lambda p: loss(np.array([0, -1, 1]), p))(jnp.ones((3, 3)))
    assert np.isfinite(gradient).all()
    assert not np.any(gradient[1])


def test_class_numbers_are_not_rounded_by_a_small_type():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, dtype="bfloat16")
    logits = np.zeros((1, 1000), "float32")
    logits[0, 999] = 100.0
    assert float(loss(np.array([999]), logits)) == 0.0


def test_masks_travel_beside_predictions_inside_jit():
    loss = losses.MeanSquaredError()

    @jax.jit
    def value(y_pred):
        y_pred = 2 * y_pred
        symbolic.set_mask(y_pred, jnp.array([True, False]))
        return loss(jnp.zeros((2, 1)), y_pred)

    assert float(value(jnp.array([[1.0], [5.0]]))) == 4.0


def test_symbolic_tensors_give_a_symbolic_loss():
    y_true, y_pred = symbolic.KerasTensor((None, 3)), symbolic.KerasTensor((None, 3))
    assert losses.mean_squared_error(y_true, y_pred).shape == (None,)
    numbers = symbolic.KerasTensor((None,), "int32")
    assert losses.sparse_categorical_crossentropy(numbers, y_pred).shape == (None,)


def test_every_listed_name_resolves():
    for name in plugins.names("loss", own=True):
        assert callable(getattr(losses, name))


def test_the_base_has_no_formula():
    with pytest.raises(NotImplementedError, match="Loss has no call"):
        losses.Loss()(np.zeros(1), np.zeros(1))


@pytest.mark.parametrize("label", [-1, 4])
def test_a_ctc_label_that_is_no_class_gives_nan_for_its_sample(label):
    labels, logits = np.array([[3, 1, label], [1, 2, 0]]), np.ones((2, 6, 4), "float32")
    values = np.asarray(losses.ctc(labels, logits))
    assert np.isnan(values).tolist() == [True, False]
