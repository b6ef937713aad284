"""Every family takes names, ids and configs, and writes what Keras writes."""

import os

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

import kerax

FAMILIES = {
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "schedule": "optimizers.schedules",
    "regularizer": "regularizers",
    "initializer": "initializers",
    "constraint": "constraints",
    "activation": "activations",
    "layer": "layers",
    "callback": "callbacks",
}

SPECS = ", ".join(
    f'ComponentSpec("{kind}", "Part", "kerax_foo.parts:{kind.title()}"), '
    f'ComponentSpec("{kind}", "plain", "kerax_foo.parts:plain_{kind}")'
    for kind in FAMILIES
)

PARTS = """
    import kerax

    class Configured:
        def __init__(self, k=2, **options):
            super().__init__(**options)
            self.k = k
        def get_config(self):
            return {"k": self.k}
        def __call__(self, *args, **options):
            return args[0]

    class Loss(Configured, kerax.losses.Loss): pass
    class Metric(Configured, kerax.metrics.Metric): pass
    class Optimizer(Configured, kerax.optimizers.Optimizer):
        def __init__(self, k=2, learning_rate=0.1):
            super().__init__(k, learning_rate=learning_rate)
    class Schedule(Configured, kerax.optimizers.schedules.LearningRateSchedule): pass
    class Regularizer(Configured, kerax.regularizers.Regularizer): pass
    class Initializer(Configured, kerax.initializers.Initializer): pass
    class Constraint(Configured, kerax.constraints.Constraint): pass
    class Activation(Configured):
        @classmethod
        def from_config(cls, config):
            return cls(**config)
    class Layer(Configured, kerax.Layer):
        __call__ = kerax.Layer.__call__
    class Callback(Configured, kerax.callbacks.Callback): pass

    def plain_loss(t, p): return t
    def plain_metric(t, p): return t
    def plain_regularizer(x): return x
    def plain_initializer(shape, dtype=None): return shape
    def plain_constraint(x): return x
    def plain_activation(x): return x
    def plain_schedule(step): return step
    plain_optimizer = Optimizer
    plain_layer, plain_callback = Layer, Callback
"""


def test_ten_kinds_by_name_id_config_class_and_object(site):
    site.add(specs=SPECS, parts=PARTS)
    code = f"""
        import kerax
        functions = []
        for kind, family in {FAMILIES!r}.items():
            room = kerax
            for part in family.split("."):
                room = getattr(room, part)
            assert room.get(None) is None or kind == "activation", kind
            made = room.get("foo>Part")
            assert made.k == 2 and room.get(made) is made, kind
            assert room.get(type(made)).k == 2, kind
            assert room.get({{"id": "foo>Part", "config": {{"k": 3}}}}).k == 3, kind
            assert room.get({{"class_name": "foo>Part", "config": {{"k": 4}}}}).k == 4, kind
            plain = room.get("foo>plain")
            if not hasattr(plain, "k"):
                functions.append(kind)
                assert room.get({{"id": "foo>plain"}}) is plain, kind
            if hasattr(room, "serialize"):
                config = room.serialize(room.get({{"id": "foo>Part", "config": {{"k": 5}}}}))
                wanted = {{"class_name": "Part", "registered_name": "foo>Part", "kind": kind,
                          "module": None, "schema_version": 1}}
                assert {{key: config[key] for key in wanted}} == wanted, config
                assert room.deserialize(config).k == 5, kind
                assert room.deserialize("foo>Part").k == 2, kind
                assert room.deserialize({{"id": "foo>Part", "config": {{"k": 6}}}}).k == 6, kind
                if kind in functions:
                    assert room.deserialize(room.serialize(plain)) is plain, kind
        print(*functions)
    """
    assert site.output(code) == (
        "loss metric schedule regularizer initializer constraint activation"
    )


def test_one_function_that_serves_as_two_kinds_comes_back_in_both(site):
    specs = 'ComponentSpec("activation", "a", "{0}"), ComponentSpec("constraint", "c", "{0}")'
    site.add(
        specs=specs.format("kerax_foo.parts:same") + ', ComponentSpec("loss", "l", "a:b")',
        parts="def same(x):\n    return x\n",
    )
    code = """
        import kerax
        made = kerax.layers.Dense(1, activation="foo>a", kernel_constraint="foo>c")
        again = kerax.layers.deserialize(kerax.layers.serialize(made))
        print(again.activation is again.kernel_constraint is get("activation", "foo>a"))
        config = kerax.constraints.serialize(get("constraint", "foo>c"))
        print(config["config"], kerax.constraints.deserialize(config).__name__)
        print(failure(lambda: kerax.regularizers.deserialize(config)))
    """
    assert site.output(code).splitlines() == [
        "True",
        "foo>a same",
        "SerializationError: got the activation 'foo>a' where a regularizer is wanted.",
    ]


NAMES = {
    "losses": ("mse", "MeanSquaredError", "Huber", "categorical_crossentropy"),
    "metrics": ("mse", "Precision", "binary_accuracy"),
    "optimizers": ("adam", "SGD", "rmsprop"),
    "regularizers": ("l2", "L1L2", "OrthogonalRegularizer"),
    "initializers": ("zeros", "glorot_uniform", "RandomNormal"),
    "constraints": ("max_norm", "NonNeg", "UnitNorm"),
    "activations": ("relu", "softmax", "gelu"),
}


@pytest.mark.parametrize(("family", "name"), [(f, n) for f, names in NAMES.items() for n in names])
def test_what_is_written_has_keras_shape(family, name):
    ours, theirs = getattr(kerax, family), getattr(keras, family)
    written, wanted = (room.serialize(room.get(name)) for room in (ours, theirs))
    if isinstance(wanted, dict):
        assert {**written, "config": None} == {**wanted, "config": None}
        if isinstance(wanted["config"], dict):
            assert set(written["config"]) >= set(wanted["config"])  # Huber's delta: ours alone
        else:
            assert written["config"] == wanted["config"]
    else:
        assert written == wanted
    for room in (ours, theirs):
        again = room.serialize(room.deserialize(written))
        assert (
            again
            if not isinstance(again, dict)
            else again["class_name"]
            == (wanted if not isinstance(wanted, dict) else wanted["class_name"])
        )
