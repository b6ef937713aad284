"""Errors inside components name the component and its distribution, wherever kerax calls them."""

from textwrap import dedent

KINDS = {
    "loss": ("focal", "function"),
    "metric": ("Iou", "class"),
    "optimizer": ("Slow", "class"),
    "regularizer": ("lasso", "function"),
    "initializer": ("ones", "function"),
    "constraint": ("clip", "function"),
    "activation": ("mish2", "function"),
    "schedule": ("ramp", "function"),
    "layer": ("Twice", "class"),
    "callback": ("Logger", "class"),
}

SPECS = ", ".join(
    f'ComponentSpec(kind="{kind}", name="{name}", target="kerax_foo.parts:{name}")'
    for kind, (name, _) in KINDS.items()
)

PARTS = """
    import kerax
    from kerax_foo.checks import check

    fails = set()

    def focal(y_true, y_pred):
        check("loss", fails)
        return abs(y_true - y_pred)

    class Iou(kerax.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            check("metric", fails)
        def result(self):
            check("result", fails)
            return 0.0

    class Slow(kerax.optimizers.Optimizer):
        def __init__(self, learning_rate=0.1, **options):
            super().__init__(learning_rate, **options)
        def update_step(self, gradient, variable, learning_rate):
            check("optimizer", fails)
            self.assign_sub(variable, learning_rate * gradient)

    def lasso(w):
        check("regularizer", fails)
        return (w * w).sum()

    def ones(shape, dtype=None):
        check("initializer", fails)
        return kerax.ops.ones(shape, dtype)

    def clip(w):
        check("constraint", fails)
        return w

    def mish2(x):
        check("activation", fails)
        return x

    def ramp(step):
        check("schedule", fails)
        return 0.1

    class Twice(kerax.Layer):
        def __init__(self, **options):
            check("constructor", fails)
            super().__init__(**options)
        def call(self, x):
            check("layer", fails)
            return 2 * x
        def get_config(self):
            check("config", fails)
            return super().get_config()

    class Logger(kerax.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            check("callback", fails)
"""

CHECKS = "def check(what, fails):\n    if what in fails:\n        raise ValueError(what)\n"

PROGRAM = """
    import numpy as np, kerax
    from kerax import layers
    from kerax.plugins import lookup
    x, y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

    def build():
        dense = layers.Dense(1, kernel_regularizer="foo>lasso", activation="foo>mish2",
                             kernel_initializer="foo>ones", kernel_constraint="foo>clip")
        return kerax.Sequential([kerax.Input((3,)), layers.get("foo>Twice"), dense])

    def train(**options):
        model = build()
        optimizer = lookup("optimizer", "foo>Slow")(lookup("schedule", "foo>ramp"))
        if "schedule" not in fails:
            optimizer = "foo>Slow"
        else:
            optimizer = kerax.optimizers.SGD(learning_rate="foo>ramp")
        model.compile(optimizer, "foo>focal", metrics=["foo>Iou"], **options)
        model.fit(x, y, verbose=0, callbacks=["foo>Logger"])
        return model

    fails = set()
    print("trained", train().compiled)
    import kerax_foo.parts
    fails = kerax_foo.parts.fails
"""


def test_every_kind_is_named_where_kerax_calls_it(site):
    site.add(specs=SPECS, parts=PARTS, modules={"checks": CHECKS})
    code = """
        for what in ("constructor", "loss", "metric", "result", "optimizer", "regularizer",
                     "initializer", "constraint", "activation", "schedule", "layer", "callback"):
            fails.clear()
            fails.add(what)
            print(what, "|", failure(train))
        fails.clear()
        model = build()
        for what in ("layer", "activation"):
            fails.clear()
            fails.add(what)
            print("eager", what, "|", failure(lambda: model(x)))
            print("symbolic", what, "|", failure(lambda: model(kerax.Input((3,)))))
        fails.clear()
        fails.add("config")
        print("save", "|", failure(lambda: model.save("m.keras")))
        fails.clear()
        fails.add("optimizer")
        v = kerax.Variable([1.0])
        slow = kerax.optimizers.get("foo>Slow")
        fails.add("metric")
        print("call", "|", failure(lambda: kerax.metrics.get("foo>Iou")(y, y)))
        print("apply", "|", failure(lambda: slow.apply([np.ones(1)], [v])))
    """
    lines = site.output(dedent(PROGRAM) + dedent(code)).splitlines()
    assert lines[0] == "trained True"
    named = {
        "constructor": "Twice",
        "loss": "focal",
        "metric": "Iou",
        "result": "Iou",
        "optimizer": "Slow",
        "regularizer": "lasso",
        "initializer": "ones",
        "constraint": "clip",
        "activation": "mish2",
        "schedule": "ramp",
        "layer": "Twice",
        "callback": "Logger",
        "eager layer": "Twice",
        "symbolic layer": "Twice",
        "eager activation": "mish2",
        "symbolic activation": "mish2",
        "save": "Twice",
        "call": "Iou",
        "apply": "Slow",
    }
    notes = {}
    for line in lines[1:]:
        what, error, *rest = line.split(" | ")
        wanted = "PluginLoadError: " if what == "constructor" else f"ValueError: {what.split()[-1]}"
        assert error.startswith(wanted) or what in ("save", "apply", "call"), line
        notes[what] = [note for note in rest if note.startswith("in component")]
    assert notes == {
        what: [f"in component foo>{name} from kerax-foo 1.2"] for what, name in named.items()
    }


def test_code_of_a_plugin_outside_of_components_is_named_by_the_plugin_and_others_not(site):
    site.add(specs=SPECS, parts=PARTS, modules={"checks": CHECKS})
    code = """
        import kerax_foo.checks

        class Mine(kerax.Layer):
            def call(self, x):
                kerax_foo.checks.check("mine", {"mine"})

        class Other(kerax.Layer):
            def call(self, x):
                raise ValueError("other")

        class Inherited(lookup("layer", "foo>Twice")):
            pass

        print(failure(lambda: Mine()(x)))
        print(failure(lambda: Other()(x)))
        inherited = Inherited()
        fails.add("layer")
        print(failure(lambda: inherited(x)))
    """
    mine, other, inherited = site.output(dedent(PROGRAM) + dedent(code)).splitlines()[1:]
    assert "| in plugin 'foo' from kerax-foo 1.2" in mine
    assert "foo" not in other
    assert "| in component foo>Twice from kerax-foo 1.2" in inherited
