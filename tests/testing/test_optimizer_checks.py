"""The checks of optimizers: each finds the wrong one made for it, and odd but right ones pass."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from kerax.optimizers import Optimizer
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks


class Plain(Optimizer):
    """Gradient descent: it keeps nothing but its rate."""

    def __init__(self, learning_rate=0.1, **options):
        super().__init__(learning_rate, **options)

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, learning_rate * gradient)


class Simple(Plain):
    """Gradient descent without the options that every optimizer has."""

    def __init__(self, learning_rate=0.1):
        super().__init__(learning_rate)


class Momentum(Plain):
    """It keeps a slot a variable, made by hand, and a number for all."""

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self.slots = self.add_optimizer_variables(self._trainable_variables, "momentum")
            self.steps = self.add_variable((), dtype="int32", name="steps")

    def update(self, gradients, variables, learning_rate, loss):
        for gradient, variable in zip(gradients, variables, strict=True):
            slot = self.slots[self._get_variable_index(variable)]
            slot.assign(0.5 * slot.value + gradient)
            variable.assign_sub(learning_rate * slot.value)
        self.steps.assign_add(1)


def adam(learning_rate=0.1):
    """A factory whose rate can be set."""
    return optax.inject_hyperparams(optax.adam)(learning_rate)


def chained(decay=0.01):
    """A factory with decay, and a rate that is fixed."""
    return optax.chain(optax.add_decayed_weights(decay), optax.trace(0.9), optax.scale(-0.05))


def by_sign():
    """A factory whose state is one number."""
    return optax.chain(optax.scale_by_sign(), optax.scale_by_schedule(lambda count: -0.01))


class Ascent(Plain):
    """It goes up."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign_add(variable, learning_rate * gradient)


class FloatCount(Plain):
    """It counts in floats after a step."""

    def stateless_apply(self, optimizer_variables, grads, trainable_variables, loss=None):
        new, state = super().stateless_apply(optimizer_variables, grads, trainable_variables, loss)
        return new, [state[0].astype("float32"), *state[1:]]


class OtherApply(Simple):
    """`apply` goes twice as far."""

    def apply(self, grads, trainable_variables=None):
        super().apply(
            [2 * gradient if gradient is not None else None for gradient in grads],
            trainable_variables,
        )


class Drifts(Plain):
    """It moves where there is no slope."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, learning_rate * (gradient + 0.01))


class ShrinksAll(Simple):
    """It decays variables that have no gradient, too."""

    def update(self, gradients, variables, learning_rate, loss):
        super().update(gradients, variables, learning_rate, loss)
        for variable in self._trainable_variables:
            variable.assign(variable.value * (1 - 0.01 * learning_rate))


class Forgets(Momentum):
    """It saves its momentum, and loads none."""

    def load_own_variables(self, store):
        super().load_own_variables(store)
        for slot in self.slots:
            slot.assign(jnp.zeros(slot.shape))


class DropsOption(Plain):
    """It takes the number of steps to accumulate, and forgets it."""

    def __init__(self, learning_rate=0.1, gradient_accumulation_steps=None):
        super().__init__(learning_rate)


class FixedRate(Plain):
    """It goes on with the rate that it was made with."""

    def __init__(self, learning_rate=0.1, **options):
        super().__init__(learning_rate, **options)
        self.first = learning_rate

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, self.first * gradient)


class OnOneDevice(Momentum):
    """It makes its slots without a look at where the variables lie."""

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        return [
            self.add_variable(variable.shape, np.zeros(variable.shape, "float32"), name=name)
            for variable in trainable_variables
        ]


def descend(parameters, gradients, learning_rate=0.1):
    return [
        p - learning_rate * sum(g)
        for p, g in zip(parameters, zip(*gradients, strict=True), strict=True)
    ]


def with_oracle():
    return [
        Case("default", oracle=descend),
        Case("slow", {"learning_rate": 0.01}, oracle=descend),
        Case("one", inputs=([np.ones(2, "float32")], [[np.ones(2, "float32")]]), oracle=descend),
    ]


def with_wrong_oracle():
    return [Case("default", oracle=lambda p, g: descend(p, g, 0.2))]


def spec(target, *supports, **fields):
    if "cases" in fields:
        fields["cases"] = f"{__name__}:{fields['cases']}"
    where = f"{__name__}:{target.__name__}"
    return ComponentSpec("optimizer", "part", where, supports=frozenset(supports), **fields)


WRONG = [
    (spec(Plain, cases="with_wrong_oracle"), "optimizer.oracle"),
    (spec(Ascent), "optimizer.lowers_quadratic"),
    (spec(FloatCount), "optimizer.state_constant"),
    (spec(OtherApply), "optimizer.apply_equals_stateless"),
    (spec(Drifts), "optimizer.zero_gradient"),
    (spec(ShrinksAll), "optimizer.non_trainable_alone"),
    (spec(Forgets), "optimizer.resume"),
    (spec(DropsOption), "optimizer.accumulation"),
    (spec(FixedRate), "optimizer.learning_rate"),
    (spec(OnOneDevice, "sharding"), "optimizer.sharding"),
]

RIGHT = [
    spec(Plain, "sharding", cases="with_oracle"),
    spec(Simple, cases="with_oracle"),
    spec(Momentum, "sharding"),
    spec(adam, "sharding", contract="gradient_transformation"),
    spec(chained, "sharding", contract="gradient_transformation"),
    spec(by_sign, "sharding", contract="gradient_transformation"),
]


def name_of(value):
    return value.target.partition(":")[2] if isinstance(value, ComponentSpec) else value


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=name_of)
def test_each_wrong_optimizer_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "optimizer") == {wrong}


@pytest.mark.parametrize("part", RIGHT, ids=name_of)
def test_odd_optimizers_that_are_right_pass(part, failures):
    assert not failures(part, "optimizer")


def test_every_check_of_optimizers_has_a_wrong_optimizer():
    ids = {c.id for c in list_checks("optimizer") if c.id.startswith("optimizer.")}
    assert {wrong for _, wrong in WRONG} == ids


def test_messages_say_what_was_got_and_wanted():
    report = check_component(spec(Ascent), checks=["optimizer.lowers_quadratic"])
    assert "half the sum of squares went from" in str(report)
    report = check_component(spec(FixedRate), checks=["optimizer.learning_rate"])
    assert "the learning rate having been set to 0: got" in str(report)


def test_what_does_not_apply_is_skipped_with_a_reason():
    fixed = spec(chained, contract="gradient_transformation")
    report = check_component(fixed, checks=["optimizer.learning_rate"])
    assert "it has no learning rate to set" in str(report)
    report = check_component(spec(Simple), checks=["optimizer.accumulation"])
    assert "it takes no gradient_accumulation_steps" in str(report)
    report = check_component(spec(Plain), checks=["optimizer.sharding"])
    assert "does not declare sharding" in str(report)
