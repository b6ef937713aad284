"""The checks of losses: each finds the wrong loss made for it, and odd but right ones pass."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax, nn

from kerax.losses import Loss
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks

EVERY = ("mask", "sample_weight")


def squares(y_true, y_pred):
    """A plain function."""
    return jnp.mean((y_true - y_pred) ** 2, axis=-1)


def each_square(y_true, y_pred):
    """Several values a sample."""
    return (y_true - y_pred) ** 2


def mean_of_all(y_true, y_pred):
    """One number for the batch."""
    return jnp.mean((y_true - y_pred) ** 2)


def in_float32(y_true, y_pred):
    """It computes in float32 whatever it is given."""
    return squares(jnp.asarray(y_true, "float32"), jnp.asarray(y_pred, "float32"))


class Squares:
    """A class without a base, which is called like a function."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def __call__(self, y_true, y_pred):
        return self.factor * squares(y_true, y_pred)


class Base(Loss):
    """A Loss whose constructor hands on what it does not know."""

    def __init__(self, factor=1.0, **options):
        super().__init__(**options)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * squares(y_true, y_pred)


class Fixed(Loss):
    """A Loss that lets nobody choose its reduction."""

    def __init__(self):
        super().__init__(reduction="mean")

    def call(self, y_true, y_pred):
        return squares(y_true, y_pred)


class Whole(Loss):
    """A Loss of the whole batch, as one number."""

    def call(self, y_true, y_pred):
        return mean_of_all(y_true, y_pred)


def entropy(y_true, y_pred, from_logits=False):
    """Right for logits and for probabilities of two sides."""
    p = nn.sigmoid(y_pred) if from_logits else y_pred
    p = jnp.clip(p, 1e-7, 1 - 1e-7)
    return -jnp.mean(y_true * jnp.log(p) + (1 - y_true) * jnp.log(1 - p), axis=-1)


def of_class_numbers(y_true, y_pred):
    """Right for class numbers in either shape, and for one-hot targets."""
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if y_true.ndim < y_pred.ndim:
        y_true = nn.one_hot(jnp.asarray(y_true, "int32"), y_pred.shape[-1])
    return -jnp.sum(y_true * jnp.log(jnp.maximum(y_pred, 1e-7)), axis=-1)


def steps(y_true, y_pred):
    """It has no slope anywhere."""
    return squares(y_true, jnp.round(4 * y_pred))


def distance(y_true, y_pred):
    """The root of 0 has no finite slope."""
    return jnp.sqrt(jnp.sum((y_true - y_pred) ** 2, axis=-1))


def half_blind(y_true, y_pred):
    """Half of the gradient is kept back."""
    error = y_true - y_pred
    return jnp.mean(error * lax.stop_gradient(error), axis=-1)


def by_position(y_true, y_pred):
    """Later samples count more."""
    return squares(y_true, y_pred) * jnp.arange(1.0, len(y_pred) + 1)


class KeepsReduction(Loss):
    """It takes a reduction, and forgets it."""

    def __init__(self, reduction="sum"):
        super().__init__(reduction="sum")

    def call(self, y_true, y_pred):
        return squares(y_true, y_pred)


class Vector(Whole):
    """It gives a vector of one number."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return super().__call__(y_true, y_pred)[None]


class DropsMask(Base):
    """It copies the predictions, and so loses their mask."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return super().__call__(y_true, jnp.asarray(y_pred) + 0, sample_weight)


class SquaresWeights(Base):
    """It weighs by the squares of the weights."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            sample_weight = jnp.square(sample_weight)
        return super().__call__(y_true, y_pred, sample_weight)


class DividesByWeights(Base):
    """It divides by the sum of the weights, be it 0."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        value = super().__call__(y_true, y_pred, sample_weight)
        if sample_weight is None:
            return value
        return value * jnp.size(sample_weight) / jnp.sum(sample_weight)


def ignores_logits(y_true, y_pred, from_logits=False):
    """It takes the argument and does nothing about it."""
    return entropy(y_true, y_pred)


def mistakes_one_hot(y_true, y_pred):
    """It takes the first number of a one-hot target for the class number."""
    if y_true.ndim == y_pred.ndim:
        y_true = y_true[..., 0]
    return of_class_numbers(y_true, y_pred)


def with_oracle():
    return [Case("default", oracle=lambda t, p: np.mean((t - p) ** 2, -1))]


def with_factors():
    def formula(t, p, factor=1.0):
        return factor * np.mean((t - p) ** 2, -1)

    return [Case("default", oracle=formula), Case("twice", {"factor": 2.0}, oracle=formula)]


def with_wrong_oracle():
    return [Case("default", oracle=lambda t, p: np.mean((t - p) ** 2, -1) / 2)]


def of_single_samples():
    return [Case("default", inputs=(np.ones((2, 3), "float32"), np.zeros((2, 3), "float32")))]


def spec(target, *supports, **fields):
    if "cases" in fields:
        fields["cases"] = f"{__name__}:{fields['cases']}"
    where = f"{__name__}:{target.__name__}"
    return ComponentSpec("loss", "part", where, supports=frozenset(supports), **fields)


WRONG = [
    (spec(mean_of_all), "loss.per_sample_shape"),
    (spec(squares, contract="scalar"), "loss.scalar_shape"),
    (spec(squares, cases="with_wrong_oracle"), "loss.oracle"),
    (spec(steps), "loss.gradient_finite"),
    (spec(distance), "loss.gradient_finite_at_ties"),
    (spec(half_blind), "loss.finite_differences"),
    (spec(KeepsReduction), "loss.reductions"),
    (spec(by_position), "loss.permutation"),
    (spec(Vector, contract="scalar"), "loss.works_in_fit"),
    (spec(DropsMask, *EVERY), "loss.mask"),
    (spec(SquaresWeights, *EVERY), "loss.weights_equal_duplicated_rows"),
    (spec(DividesByWeights, *EVERY), "loss.zero_weight_finite"),
    (spec(ignores_logits, "from_logits"), "labels.from_logits"),
    (spec(mistakes_one_hot, "sparse_labels"), "labels.sparse"),
]

RIGHT = [
    spec(squares, *EVERY, cases="with_oracle"),
    spec(each_square, *EVERY),
    spec(mean_of_all, contract="scalar"),
    spec(in_float32, *EVERY),
    spec(Squares, *EVERY, cases="with_factors"),
    spec(Base, *EVERY, cases="with_factors"),
    spec(Fixed, *EVERY),
    spec(Whole, contract="scalar"),
    spec(entropy, "from_logits", *EVERY),
    spec(of_class_numbers, "sparse_labels", *EVERY),
    spec(squares, *EVERY, cases="of_single_samples"),
]


def name_of(value):
    return value.target.partition(":")[2] if isinstance(value, ComponentSpec) else value


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=name_of)
def test_each_wrong_loss_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "loss", "labels") == {wrong}


@pytest.mark.parametrize("part", RIGHT, ids=name_of)
def test_odd_losses_that_are_right_pass(part, failures):
    assert not failures(part, "loss", "labels")


def test_every_check_of_losses_has_a_wrong_loss():
    ids = {c.id for c in list_checks("loss") if c.id.partition(".")[0] in ("loss", "labels")}
    assert {wrong for _, wrong in WRONG} == ids


def test_messages_say_what_was_got_and_wanted():
    report = check_component(spec(mean_of_all), checks=["loss.per_sample_shape"])
    assert "got shape () for a batch of 6; wanted (6, …)" in str(report)
    report = check_component(spec(distance), checks=["loss.gradient_finite_at_ties"])
    assert "gradient at y_pred = y_true: got nan at (0, 0)" in str(report)
    report = check_component(spec(ignores_logits, "from_logits"), checks=["labels.from_logits"])
    assert "(softmax)" in str(report)
    assert "(sigmoid)" in str(report)


def test_checks_of_capabilities_apply_where_they_are_declared():
    ids = ["loss.mask", "loss.zero_weight_finite", "labels.sparse", "labels.from_logits"]
    report = check_component(spec(squares), checks=ids)
    assert {result.status for result in report.results} == {"skipped"}
