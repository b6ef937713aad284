"""The checks of layers' weights: each finds the wrong layer made for it."""

import jax.numpy as jnp
import pytest

from kerax import ops
from kerax.layers import Layer
from kerax.plugins import ComponentSpec
from kerax.testing import list_checks
from kerax.variable import Variable


class Affine(Layer):
    """Right in every way, and the base of what is wrong in one."""

    def __init__(
        self,
        kernel_initializer="ones",
        kernel_regularizer=None,
        kernel_constraint=None,
        activity_regularizer=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.options = {
            "initializer": kernel_initializer,
            "regularizer": kernel_regularizer,
            "constraint": kernel_constraint,
        }

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1],), name="kernel", **self.options)
        self.bias = self.add_weight((), "zeros", name="bias")

    def call(self, x):
        return x * self.kernel + self.bias


class EqualNames(Affine):
    """Two weights of one name."""

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1],), name="kernel", **self.options)
        self.bias = self.add_weight((), "zeros", name="kernel")


SHARED = []


class Sharing(Affine):
    """All instances have one bias."""

    def build(self, input_shape):
        super().build(input_shape)
        if not SHARED:
            SHARED.append(Variable(jnp.zeros(()), name="shared"))
        self.shared = SHARED[0]

    def call(self, x):
        return super().call(x) + self.shared


class NeverFrozen(Affine):
    """Its weights are trainable whatever it is told."""

    @property
    def trainable_variables(self):
        return [self.kernel, self.bias]


class SteepAtZero(Affine):
    """The gradient of its bias is not finite."""

    def call(self, x):
        return x * self.kernel + ops.sqrt(ops.abs(self.bias))


class Unused(Affine):
    """It never reads its bias."""

    def call(self, x):
        return x * self.kernel


class Explodes(Affine):
    """A loss of its outputs is beyond float32."""

    def call(self, x):
        return super().call(x) * 1e30


class OwnInitializer(Affine):
    """It ignores the initializer that it is given."""

    def build(self, input_shape):
        self.options = {**self.options, "initializer": "ones"}
        super().build(input_shape)


class NoRegularizer(Affine):
    """It ignores the regularizer that it is given."""

    def build(self, input_shape):
        self.options = {**self.options, "regularizer": None}
        super().build(input_shape)


class NoConstraint(Affine):
    """It ignores the constraint that it is given."""

    def build(self, input_shape):
        self.options = {**self.options, "constraint": None}
        super().build(input_shape)


class AlwaysFloat32(Affine):
    """It computes in float32 whatever its policy says."""

    def call(self, x):
        return jnp.asarray(super().call(x), "float32")


def spec(target):
    return ComponentSpec(
        "layer",
        "part",
        f"{__name__}:{target.__name__}",
        summary="Affine",
        supports={"mixed_precision"},
    )


WRONG = [
    (EqualNames, "unique_names"),
    (Sharing, "instances_apart"),
    (NeverFrozen, "trainable_flag"),
    (SteepAtZero, "gradient_finite"),
    (Unused, "weights_used"),
    (Explodes, "fits"),
    (OwnInitializer, "initializers_used"),
    (NoRegularizer, "regularizers_counted"),
    (NoConstraint, "constraints_kept"),
    (AlwaysFloat32, "mixed_precision"),
]

ALSO = {SteepAtZero: {"layer.fits"}}


@pytest.mark.parametrize(("target", "wrong"), WRONG)
def test_each_wrong_layer_fails_the_check_meant_for_it(target, wrong, failures):
    assert failures(spec(target), "layer") == {f"layer.{wrong}"} | ALSO.get(target, set())


def test_a_right_layer_passes(failures):
    assert not failures(spec(Affine), "layer")


def test_every_check_of_weights_has_a_wrong_layer():
    ids = {c.id for c in list_checks("layer") if c.run.__module__.endswith("layer_weights")}
    assert {f"layer.{name}" for _, name in WRONG} == ids
