"""Which plugins a saved model names, and what happens where they are missing."""

import json
import textwrap
import zipfile

import pytest

SPECS = (
    'ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal", schema_version=2), '
    'ComponentSpec(kind="layer", name="Twice", target="kerax_foo.layers:Twice")'
)
LAYERS = """
    from kerax import Layer

    class Twice(Layer):
        def call(self, x):
            return x * 2
"""
SAVE = """
    import numpy as np, kerax
    from kerax.plugins import lookup
    middle = [lookup("layer", "foo>Twice")()] if {structure} else []
    model = kerax.Sequential([kerax.Input((3,)), *middle, kerax.layers.Dense(1)])
    model.compile("sgd", "foo>focal")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    model.save("m.keras")
"""
LOAD = """
    import warnings, kerax
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = kerax.models.load_model("m.keras", **{arguments})
    print(model.compiled, *(str(w.message) for w in caught))
"""


@pytest.fixture
def saved(site):
    def save(structure):
        site.add(specs=SPECS)
        (site.folder / "kerax_foo" / "layers.py").write_text(textwrap.dedent(LAYERS))
        site.output(SAVE.format(structure=structure))
        return site

    return save


def test_a_file_lists_its_plugins(saved):
    site = saved(structure=True)
    with zipfile.ZipFile(site.work / "m.keras") as archive:
        listed = json.loads(archive.read("plugins.json"))
    common = {"namespace": "foo", "distribution": "kerax-foo", "version": "1.2"}
    layer = {"kind": "layer", "id": "foo>Twice", "schema_version": 1, "role": "structure"}
    loss = {"kind": "loss", "id": "foo>focal", "schema_version": 2, "role": "training"}
    assert listed == {"version": 1, "plugins": [{**common, "components": [layer, loss]}]}
    assert site.output(LOAD.format(arguments={})).split() == ["True"]
    assert site.output(LOAD.format(arguments={"plugins": ["foo"]})).split() == ["True"]


def test_a_missing_structural_part_is_an_error(saved):
    site = saved(structure=True)
    for done in (
        site.run(LOAD.format(arguments={}), KERAX_PLUGINS=""),
        site.run(LOAD.format(arguments={"plugins": "core"})),
    ):
        assert "PluginNotFoundError" in done.stderr
        assert "layer 'foo>Twice' of kerax-foo 1.2, loss 'foo>focal'" in done.stderr
        assert "pip install 'kerax-foo>=1.2'" in done.stderr


def test_a_missing_part_for_training_is_a_warning(saved):
    site = saved(structure=False)
    text = site.output(LOAD.format(arguments={"plugins": "core"}))
    assert text.startswith("False")
    assert "for predictions only" in text
    done = site.run(LOAD.format(arguments={"plugins": "core", "compile": True}))
    assert "PluginNotFoundError" in done.stderr


def test_versions_that_drifted(saved):
    site = saved(structure=False)
    path = site.work / "m.keras"
    for version, schema, wanted in (("1.1", 2, "was saved with kerax-foo 1.1"), ("2.0", 3, "")):
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        listed = json.loads(members["plugins.json"])
        listed["plugins"][0]["version"] = version
        listed["plugins"][0]["components"][0]["schema_version"] = schema
        members["plugins.json"] = json.dumps(listed).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        done = site.run(LOAD.format(arguments={}))
        if wanted:
            assert wanted in done.stdout
        else:
            assert "reads up to 2. Install: pip install 'kerax-foo>=2.0'" in done.stderr
