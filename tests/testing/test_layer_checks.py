"""The checks of layers: each finds the wrong one made for it, and odd but right ones pass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import ops, random
from kerax.layers import Dense, Layer
from kerax.plugins import ComponentSpec
from kerax.symbolic import KerasTensor
from kerax.testing import Case, check_component, list_checks


class Scale(Layer):
    """Right in every way, and the base of what is wrong in one."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

    def call(self, x, training=None):
        return self.factor * x * self.scale


class WrongSpec(Scale):
    """It announces another type."""

    def compute_output_spec(self, x, training=None):
        return KerasTensor(x.shape, "float16")


class WrongShape(Scale):
    """It announces another shape."""

    def compute_output_shape(self, input_shape):
        return (None, 99)


class TrainsByDefault(Scale):
    """Without `training` it trains."""

    def call(self, x, training=True):
        return super().call(x) * (2 if training else 1)


class ShortInTraining(Scale):
    """In training it gives another type."""

    def call(self, x, training=None):
        y = super().call(x)
        return jnp.asarray(y, "bfloat16") if training else y


class Drifts(Scale):
    """Each inference on arrays moves the next one."""

    calls = 0

    def call(self, x, training=None):
        y = super().call(x)
        if training is False and not isinstance(x, jax.core.Tracer):
            y, self.calls = y + 0.1 * self.calls, self.calls + 1
        return y


class CountsInference(Scale):
    """It counts calls of inference."""

    def build(self, input_shape):
        super().build(input_shape)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x, training=None):
        self.calls.assign_add(1.0)
        return super().call(x)


class HiddenNoise(Scale):
    """In training it draws from a generator that nobody keeps."""

    def call(self, x, training=None):
        noise = np.random.normal(size=x.shape[1:]).astype("float32") if training else 0
        return super().call(x) + noise


class KnowsTraces(Scale):
    """Compiled training is something else."""

    def call(self, x, training=None):
        traced = training and isinstance(x, jax.core.Tracer)
        return super().call(x) * (2 if traced else 1)


class SqueezesBatches(Scale):
    """A batch of one sample loses its axis."""

    def call(self, x, training=None):
        y = super().call(x)
        return y[0] if x.shape[0] == 1 else y


class ForgetsFactor(Scale):
    """Its config leaves an argument out."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(factor, **kwargs)

    def get_config(self):
        config = super().get_config()
        return {key: value for key, value in config.items() if key != "factor"}


class SavesHalf(Scale):
    """What it writes into a file is half of its weights."""

    def save_own_variables(self, store):
        store["0"] = np.asarray(self.scale.value) / 2


class Pair(Layer):
    """Two inputs, two outputs, one of them without the features' axis."""

    def call(self, inputs):
        first, second = inputs
        return ops.add(first, second), ops.sum(ops.multiply(first, second), axis=-1)


class Named(Layer):
    """Arguments by position and a dict of outputs."""

    def call(self, x, y):
        return {"sum": ops.add(x, y), "difference": ops.subtract(x, y)}


class Noisy(Layer):
    """It draws in training with a generator that it holds."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = random.SeedGenerator(3)

    def call(self, x, training=None):
        return x + random.normal(ops.shape(x), seed=self.seeds) if training else x


class Block(Layer):
    """It holds layers, adds a loss, and keeps a running mean."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.first = Dense(units, activation="tanh", dtype=self.dtype_policy)
        self.second = Dense(units, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build((None, self.units))
        self.mean = self.add_weight(shape=(), initializer="zeros", trainable=False, name="mean")

    def call(self, x, training=None):
        y = self.second(self.first(x))
        if training:
            self.add_loss(0.01 * ops.mean(ops.square(y)))
            self.mean.assign(0.9 * self.mean + 0.1 * ops.mean(y))
        return y + self.mean


class Count(Layer):
    """Whole numbers in and out."""

    def call(self, x):
        return ops.add(x, 1)


def double():
    return [Case("double", oracle=lambda x, weights: 2 * x * weights["scale"])]


def triple():
    return [Case("triple", oracle=lambda x, weights: 3 * x)]


def other_factor():
    return [Case("other", {"factor": 5.0})]


def pairs():
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    oracle = lambda inputs, weights: (inputs[0] + inputs[1], np.sum(inputs[0] * inputs[1], -1))  # noqa: E731 - one line
    return [Case("pair", inputs=([x[0], x[1]],), oracle=oracle)]


def two_arguments():
    x = np.ones((2, 4), "float32")
    return [Case("two", inputs=(x, 3 * x))]


def numbers():
    return [Case("numbers", inputs=(np.arange(6, dtype="int32").reshape(2, 3),))]


def spec(target, cases=None, **fields):
    return ComponentSpec(
        "layer",
        "part",
        f"{__name__}:{target.__name__}",
        summary="Scales",
        cases=cases and f"{__name__}:{cases.__name__}",
        **fields,
    )


WRONG = [
    (spec(Scale, triple), {"oracle"}),
    (spec(WrongSpec), {"inferred_spec"}),
    (spec(WrongShape), {"output_shape"}),
    (spec(TrainsByDefault), {"eager_call", "functional_model", "sequential_model"}),
    (spec(ShortInTraining), {"training_modes"}),
    (spec(Drifts), {"inference_repeats"}),
    (spec(CountsInference), {"inference_keeps_state"}),
    (spec(HiddenNoise), {"state_in_variables", "compiled_training"}),
    (spec(KnowsTraces), {"compiled_training"}),
    (spec(SqueezesBatches), {"functional_model"}),
    (spec(ForgetsFactor, other_factor), {"rebuilt_from_config", "saved_and_loaded"}),
    (spec(SavesHalf), {"saved_and_loaded"}),
]


@pytest.mark.parametrize(("part", "wrong"), WRONG, ids=lambda p: getattr(p, "target", None))
def test_each_wrong_layer_fails_the_check_meant_for_it(part, wrong, failures):
    assert failures(part, "layer") == {f"layer.{name}" for name in wrong}


@pytest.mark.parametrize(
    "part",
    [
        spec(Scale, double, supports={"mixed_precision"}),
        spec(Pair, pairs),
        spec(Named, two_arguments),
        spec(Noisy),
        spec(Block, supports={"mixed_precision"}),
        spec(Count, numbers),
    ],
    ids=lambda p: p.target,
)
def test_odd_layers_that_are_right_pass(part, failures):
    assert not failures(part, "layer")


def test_a_layer_that_draws_in_inference_says_so(failures):
    assert "layer.inference_repeats" not in failures(spec(Drifts, deterministic=False), "layer")


def test_every_check_of_calls_has_a_wrong_layer():
    ids = {c.id for c in list_checks("layer") if c.run.__module__.endswith("checks.layers")}
    assert {f"layer.{name}" for _, wrong in WRONG for name in wrong} == ids


def test_messages_say_what_was_got_and_wanted():
    report = check_component(spec(WrongShape), checks=["layer.output_shape"])
    assert "output 0: inferred ((None, 99), ''); a call gives (4, 6)" in str(report)
