"""Which plugins a saved model names; parts that are missing, older, newer or of other versions."""

import json
import zipfile
from textwrap import dedent

import pytest

SPECS = """
    ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal", schema_version=2),
    ComponentSpec(kind="layer", name="Twice", target="kerax_foo.layers:Twice"),
    ComponentSpec(kind="activation", name="mish2", target="kerax_foo.parts:same"),
    ComponentSpec(kind="initializer", name="ones2", target="kerax_foo.parts:ones"),
    ComponentSpec(kind="regularizer", name="Lasso", target="kerax_foo.parts:Lasso"),
    ComponentSpec(kind="constraint", name="clip", target="kerax_foo.parts:clip"),
    ComponentSpec(kind="metric", name="Iou", target="kerax_foo.parts:Iou"),
    ComponentSpec(kind="optimizer", name="slow", target="kerax_foo.parts:slow",
                  contract="gradient_transformation"),
    ComponentSpec(kind="schedule", name="Ramp", target="kerax_foo.parts:Ramp"),
"""
PARTS = """
    import kerax, optax

    def focal(y_true, y_pred):
        return abs(y_true - y_pred)
    def same(x):
        return x
    def clip(w):
        return w
    def ones(shape, dtype=None):
        return kerax.ops.ones(shape, dtype)
    def slow(learning_rate=0.5):
        return optax.inject_hyperparams(optax.sgd)(learning_rate)
    class Lasso(kerax.regularizers.Regularizer):
        def __init__(self, factor=0.1):
            self.factor = factor
        def __call__(self, w):
            return self.factor * (w * w).sum()
        def get_config(self):
            return {"factor": self.factor}
    class Iou(kerax.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            pass
        def result(self):
            return 0.0
    class Ramp(kerax.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1
        def get_config(self):
            return {}
"""
LAYERS = """
    from kerax import Layer

    class Twice(Layer):
        def call(self, x):
            return x * 2
"""
ALL = """
    dense = kerax.layers.Dense(
        1, activation="foo>mish2", kernel_initializer="foo>ones2", kernel_regularizer="foo>Lasso",
        kernel_constraint="foo>clip")
    inner = kerax.Sequential([kerax.Input((3,)), kerax.layers.get("foo>Twice"), dense])
    model = kerax.Sequential([kerax.Input((3,)), inner])
    model.compile(kerax.optimizers.SGD("foo>Ramp"), {"id": "foo>focal"}, metrics=["foo>Iou"])
"""
TRAINING = """
    model = kerax.Sequential([kerax.Input((3,)), kerax.layers.Dense(1)])
    model.compile({"id": "foo>slow", "config": {"learning_rate": 0.25}}, "foo>focal")
"""
SAVE = """
    import numpy as np, kerax
    {model}
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    model.save("m.keras")
    open("m.json", "w").write(model.to_json())
"""
LOAD = """
    import warnings, kerax
    def load(**arguments):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                model = kerax.models.load_model("m.keras", **arguments)
                print(model.compiled, *(str(w.message) for w in caught))
                return model
            except errors.KeraxError as error:
                print(f"{type(error).__name__}: {error}", end=" ")
                print(*getattr(error, "missing", ()), getattr(error, "install", None))
"""


@pytest.fixture
def saved(site):
    def save(model):
        site.add(specs=SPECS, parts=PARTS, modules={"layers": LAYERS})
        site.output(dedent(SAVE).format(model=dedent(model)))
        return site

    return save


def load(site, code="load()", **environment):
    return site.output(dedent(LOAD) + dedent(code), **environment)


def rewrite(path, member, change):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    value = json.loads(members[member])
    change(value)
    members[member] = json.dumps(value).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_a_file_lists_every_kind_of_part_with_its_role_and_comes_back(saved):
    site = saved(ALL)
    with zipfile.ZipFile(site.work / "m.keras") as archive:
        listed = json.loads(archive.read("plugins.json"))
    (row,) = listed["plugins"]
    assert listed["version"] == 1
    assert (row["namespace"], row["distribution"], row["version"]) == ("foo", "kerax-foo", "1.2")
    roles = {(c["kind"], c["id"]): (c["role"], c["schema_version"]) for c in row["components"]}
    assert roles == {
        ("layer", "foo>Twice"): ("structure", 1),
        ("activation", "foo>mish2"): ("structure", 1),
        ("initializer", "foo>ones2"): ("structure", 1),
        ("regularizer", "foo>Lasso"): ("structure", 1),
        ("constraint", "foo>clip"): ("structure", 1),
        ("schedule", "foo>Ramp"): ("training", 1),
        ("loss", "foo>focal"): ("training", 2),
        ("metric", "foo>Iou"): ("training", 1),
    }
    code = """
        load()
        load(plugins=["foo"])
        load(plugins=["kerax-foo"])
        load(custom_objects={}, compile=False)
    """
    assert load(site, code).split() == ["True", "True", "True", "False"]


def test_all_that_is_missing_is_named_in_one_error_with_one_install_line(saved):
    site = saved(ALL)
    code = """
        load(plugins="core")
        load(compile=False)
        print(failure(lambda: kerax.models.model_from_json(open("m.json").read())))
    """
    core, inference, from_json = load(site, code, KERAX_PLUGINS="").split("PluginNotFoundError: ")[
        1:
    ]
    everything = (
        "m.keras: 8 of its parts cannot be used here:\n  activation 'foo>mish2', constraint "
        "'foo>clip', initializer 'foo>ones2', layer 'foo>Twice', loss 'foo>focal', metric "
        "'foo>Iou', regularizer 'foo>Lasso', schedule 'foo>Ramp' of kerax-foo 1.2: disabled by "
    )
    assert core.startswith(everything + "KERAX_PLUGINS=")
    assert "Install:" not in core
    assert inference.startswith("m.keras: 5 of its parts cannot be used here:")
    assert "focal" not in inference
    assert from_json.startswith("model_from_config: 8 of its parts")
    site.remove("kerax-foo")
    gone = load(site, code).split("PluginNotFoundError: ")[1:]
    assert (
        "of kerax-foo 1.2: not installed\nInstall: pip install 'kerax-foo>=1.2' foo>Iou" in gone[0]
    )
    assert gone[0].strip().endswith("pip install 'kerax-foo>=1.2'")
    assert "of plugin 'foo': not installed" in gone[2]


def test_other_reasons_why_a_part_cannot_be_used(saved):
    site = saved(ALL)
    site.remove("kerax-foo")
    site.add(specs=SPECS, parts="1 / 0", modules={"layers": LAYERS}, version="1.3")
    code = "load(plugins='installed')"
    assert "of kerax-foo 1.2: kerax-foo 1.3 fails in the phase resolve" in load(site, code)
    site.remove("kerax-foo")
    site.add(specs='ComponentSpec("loss", "focal", "kerax_foo.parts:focal")')
    assert "kerax-foo 1.2 has none of this name\nInstall: pip install" in load(site, code)
    site.add(distribution="foo-rival")
    assert "its namespace is claimed by two distributions" in load(site, code)


def test_a_missing_part_for_training_is_one_warning_and_asked_for_an_error(saved):
    site = saved(TRAINING)
    code = """
        load(plugins="core")
        load(plugins="core", compile=True)
        load(plugins="core", compile=False)
        load(compile=True)
    """
    warned, asked, quiet, whole = (
        load(site, code).replace("\nP", "|P").replace("\nF", "|F").replace("\nT", "|T").split("|")
    )
    assert warned == (
        "False m.keras: loaded for predictions only, not compiled: 2 of its parts cannot be used "
        "here:\n  loss 'foo>focal', optimizer 'foo>slow' of kerax-foo 1.2: disabled by "
        "load_model(plugins='core')"
    )
    assert asked.startswith("PluginNotFoundError: m.keras: 2 of its parts cannot be used here:")
    assert asked.endswith("foo>focal foo>slow None")
    assert (quiet, whole) == ("False", "True")


def test_a_training_part_that_cannot_be_made_loads_for_predictions(saved):
    site = saved(TRAINING)
    broken = PARTS.replace("def slow(learning_rate=0.5):", "def slow(rate=0.5):")
    site.add(specs=SPECS, parts=broken, modules={"layers": LAYERS})
    text = load(site, "load()\nload(compile=True)")
    assert text.startswith("False m.keras: loaded for predictions only, not compiled: Plugin 'foo'")
    assert "failed in the phase construct: TypeError" in text
    assert "PluginLoadError" in text


def test_a_plugin_of_another_version_is_told_once(saved):
    site = saved(ALL)
    site.remove("kerax-foo")
    site.add(specs=SPECS, parts=PARTS, modules={"layers": LAYERS}, version="1.3")
    assert load(site) == ("True m.keras: was saved with kerax-foo 1.2; kerax-foo 1.3 is installed.")


MIGRATING = """
    from kerax.plugins import ComponentSpec, hookimpl

    class Plugin:
        @hookimpl
        def kerax_components(self):
            return [
                ComponentSpec("loss", "focal", "kerax_foo.parts:Focal", schema_version={schema}),
                ComponentSpec("layer", "Scale", "kerax_foo.parts:Scale", schema_version={schema}),
                ComponentSpec("optimizer", "slow", "kerax_foo.parts:slow",
                              contract="gradient_transformation", schema_version={schema}),
            ]
        @hookimpl
        def kerax_migrate_config(self, kind, name, from_schema, config):
            {migrate}

    plugin = Plugin()
"""
OLD = """
    import kerax, optax

    class Focal(kerax.losses.Loss):
        def __init__(self, power=2.0, **options):
            super().__init__(**options)
            self.power = power
        def call(self, y_true, y_pred):
            return abs(y_true - y_pred)
        def get_config(self):
            return {**super().get_config(), "power": self.power}
    class Scale(kerax.Layer):
        def __init__(self, power=2.0, **options):
            super().__init__(**options)
            self.power = power
        def call(self, x):
            return x * self.power
        def get_config(self):
            return {**super().get_config(), "power": self.power}
    def slow(power=0.5):
        return optax.inject_hyperparams(optax.sgd)(power)
"""
NEW = OLD.replace("power", "gamma")
MODEL = """
    from kerax.plugins import lookup
    scale = lookup("layer", "foo>Scale")(power=3.0)
    model = kerax.Sequential([kerax.Input((3,)), scale, kerax.layers.Dense(1)])
    model.compile({"id": "foo>slow", "config": {"power": 0.25}}, LOSS)
"""
SHOW = """
    def show(model):
        optimizer = model.optimizer.get_config()["transformation"]["config"]
        model.evaluate([[1.0, 2.0, 3.0]], [[1.0]], verbose=0)
        print(model.layers[0].gamma, optimizer, model._compiled.losses._losses[0].gamma)
"""
RENAME = """
            print(kind, name, from_schema, sorted(config))
            if "power" in config:
                config["gamma"] = config.pop("power")
            elif kind == "loss":
                config["gamma"] = 7.0
            return config
"""


def migrating(site, schema, migrate, parts, version):
    plugin = MIGRATING.format(schema=schema, migrate=migrate.strip())
    site.add(plugin=plugin, parts=parts, version=version)


@pytest.mark.parametrize(
    ("loss", "wanted"),
    [
        ('"foo>focal"', ["loss focal 1 []", "7.0"]),
        ('{"id": "foo>focal", "config": {"power": 4.0}}', ["loss focal 1 ['power']", "4.0"]),
        ('lookup("loss", "foo>focal")(power=4.0)', ["loss focal 1 ['name', 'power'", "4.0"]),
    ],
)
def test_configs_of_an_older_schema_are_migrated_from_archives_and_json(site, loss, wanted):
    migrating(site, 1, "return None", OLD, "1.0")
    model = dedent(MODEL).replace("LOSS", loss)
    site.output(dedent(SAVE).format(model=model))
    site.remove("kerax-foo")
    migrating(site, 3, RENAME, NEW, "3.0")
    code = """
        show(load())
        print("---")
        show(kerax.models.model_from_json(open("m.json").read()))
    """
    archive, from_json = load(site, dedent(SHOW) + dedent(code)).split("---")
    for text in (archive, from_json) if "power" in loss else (archive,):
        assert wanted[0] in text
        assert "layer Scale 1 ['dtype'" in text
        assert "optimizer slow 1 ['power']" in text
        assert f"3.0 {{'power': 0.25}} {wanted[1]}" in text


def test_wrong_migrations_and_newer_schemas(site):
    migrating(site, 1, "return None", OLD, "1.0")
    site.output(dedent(SAVE).format(model=dedent(MODEL).replace("LOSS", '"mse"')))
    newer = json.loads((site.work / "m.json").read_text())
    texts = {}
    for migrate in ("raise ValueError('cannot')", "return 3", "return None", "return {}"):
        site.remove("kerax-foo")
        migrating(site, 2, migrate, NEW, "2.0")
        texts[migrate] = load(site)
    start = "PluginLoadError: Plugin 'foo' (kerax-foo 2.0) failed in the phase migrate: "
    assert start + "ValueError: cannot" in texts["raise ValueError('cannot')"]
    assert "PluginError: kerax_migrate_config: got 3; wanted a dict or None" in texts["return 3"]
    assert (
        "PluginLoadError: Plugin 'foo' (kerax-foo 2.0) failed in the phase construct: "
        in (texts["return None"])
    )
    assert texts["return {}"].startswith("True")  # without arguments it has its defaults
    for layer in newer["config"]["layers"]:
        if layer.get("registered_name") == "foo>Scale":
            layer["schema_version"] = 9
    (site.work / "m.json").write_text(json.dumps(newer))
    rewrite(
        site.work / "m.keras",
        "plugins.json",
        lambda listed: (
            [c.update(schema_version=9) for c in listed["plugins"][0]["components"]]
            and listed["plugins"][0].update(version="9.0")
        ),
    )
    code = """
        print(failure(lambda: kerax.models.model_from_json(open("m.json").read())))
        config = {"id": "foo>slow", "config": {}, "schema_version": 9}
        print(failure(lambda: get("optimizer", config)))
        config["schema_version"] = "x"
        print(failure(lambda: get("optimizer", config)))
    """
    from_json, direct, odd = load(site, code).splitlines()
    reads = "kerax-foo 2.0 reads up to 2. Install: pip install"
    assert (
        f"SerializationError: foo>Scale: its config was written with schema 9; {reads} "
        in from_json
    )
    assert f"foo>slow: its config was written with schema 9; {reads} --upgrade kerax-foo." in direct
    assert "foo>slow: schema_version: got 'x'; wanted 2." in odd
