"""What a file is said to hold, without making the model."""

import json
import zipfile

import pytest

import kerax
from kerax import errors
from kerax.saving.inspection import inspect_file


@pytest.fixture
def path(tmp_path):
    inner = kerax.Sequential([kerax.Input((3,)), kerax.layers.Dense(2, name="deep")], name="inner")
    model = kerax.Sequential(
        [kerax.Input((4,)), kerax.layers.Dense(3, name="one"), inner, kerax.layers.Dense(1)],
        name="outer",
    )
    model.compile("adam", {"out": "mse"}, metrics=["mae", kerax.metrics.Precision()])
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "m.keras")
    model.save_weights(tmp_path / "m.weights.h5")
    return tmp_path / "m.keras"


def rewritten(path, name, change):
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    members[name] = json.dumps(change(json.loads(members.get(name, b"{}")))).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)


def test_a_model_file(path):
    found = inspect_file(path)
    assert found["model"] == {"class_name": "Sequential", "name": "outer"}
    rows = {row["name"]: (row["id"], row["parameters"]) for row in found["layers"]}
    assert rows["one"] == ("Dense", 15)
    assert rows["inner"] == ("Sequential", 8)
    assert rows["inner/deep"] == ("Dense", 8)
    assert (found["parameters"], found["optimizer_parameters"]) == (26, 54)
    assert found["training"]["optimizer"] == "Adam"
    assert found["training"]["loss"] == {"out": "mse"}
    assert found["training"]["metrics"] == ["mae", "Precision"]
    assert found["metadata"]["kerax_version"] == kerax.__version__
    assert (found["plugins"], found["custom"], found["missing"], found["install"]) == (
        [],
        [],
        [],
        None,
    )
    json.dumps(found)


def test_a_weights_file(path):
    found = inspect_file(path.with_name("m.weights.h5"))
    assert found["model"] is None
    assert found["training"] is None
    assert {row["name"]: row["parameters"] for row in found["layers"]} == {
        "layers/dense": 15,
        "layers/dense_1": 3,
        "layers/sequential/layers/dense": 8,
    }


def test_missing_plugins_and_text_that_would_steer_a_terminal(path):
    listed = {
        "version": 1,
        "plugins": [
            {
                "namespace": "gone",
                "distribution": "kerax-gone",
                "version": "1.5",
                "components": [
                    {"kind": "loss", "id": "gone>focal", "schema_version": 1, "role": "training"}
                ],
            }
        ],
    }
    rewritten(path, "plugins.json", lambda _: listed)
    rewritten(path, "metadata.json", lambda old: {**old, "keras_version": "3\x1b[2J"})
    found = inspect_file(path)
    assert found["metadata"]["keras_version"] == "3\\x1b[2J"
    assert found["plugins"][0]["status"] == "missing"
    assert found["missing"] == ["gone>focal"]
    assert found["install"] == "pip install 'kerax-gone>=1.5'"


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("config.json", [1], "config.json: wanted an object"),
        ("plugins.json", {"version": 1, "plugins": [{"components": []}]}, "is malformed"),
        ("plugins.json", {"version": 1, "plugins": 3}, "is malformed"),
    ],
)
def test_a_damaged_file(path, name, value, wanted):
    rewritten(path, name, lambda _: value)
    with pytest.raises(errors.SerializationError) as caught:
        inspect_file(path)
    assert wanted in str(caught.value)


def test_no_file(tmp_path):
    with pytest.raises(errors.SerializationError, match="file not found"):
        inspect_file(tmp_path / "m.keras")
