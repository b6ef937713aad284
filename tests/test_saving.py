"""Archives and weights files: whole or not at all, and never more than they may."""

import copy
import errno
import io
import json
import os
import pickle
import random
import stat
import zipfile

import h5py
import numpy as np
import pytest

import kerax
from kerax import errors, layers, saving
from kerax.saving import atomic, zip_file

X = np.arange(8, dtype="float32").reshape(2, 4) / 8


def small(units=3, seed=None):
    return kerax.Sequential(
        [
            kerax.Input((4,)),
            layers.Dense(units, activation="relu", name="hidden"),
            layers.Dropout(0.5, seed=seed),
            layers.Dense(2),
        ],
        name="small",
    )


def values(model):
    return [variable.numpy() for variable in model.variables]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(values(first), values(second), strict=True))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.keras"


def fitted(path):
    model = small()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, np.ones((2, 2)), verbose=0)
    model.save(path)
    return model


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = tmp_path_factory.mktemp("original") / "model.keras"
    return fitted(path), path.read_bytes()


@pytest.fixture
def saved(original, path):
    """A fitted model that no test changes; its archive is at `path`."""
    path.write_bytes(original[1])
    return original[0]


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def rewrite(path, **changes):
    """Replace members, named with "_" for ".", of an archive; None leaves one out."""
    members = members_of(path)
    for name, data in changes.items():
        members[name.replace("__", "/").replace("_", ".")] = data
    path.write_bytes(zip_file.write_members({k: v for k, v in members.items() if v is not None}))


def edit_config(path, change):
    config = json.loads(members_of(path)["config.json"])
    config = change(config) or config
    rewrite(path, config_json=json.dumps(config).encode())


def edit_weights(path, change):
    buffer = io.BytesIO(members_of(path)["model.weights.h5"])
    with h5py.File(buffer, "a") as file:
        change(file)
    rewrite(path, model_weights_h5=buffer.getvalue())


# Round trips


def test_archive_restores_everything(path):
    saved = fitted(path)
    loaded = kerax.models.load_model(path)
    assert same(saved, loaded)  # the dropout's seed state included
    for a, b in zip(saved.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert loaded.get_config() == saved.get_config()
    np.testing.assert_array_equal(saved.predict(X, verbose=0), loaded.predict(X, verbose=0))
    runs = [
        m.fit(X, np.ones((2, 2)), epochs=3, shuffle=False, verbose=0).history["loss"]
        for m in (saved, loaded)
    ]
    assert runs[0] == runs[1]


def test_archive_members_are_those_of_keras(path, saved):
    members = members_of(path)
    assert list(members) == ["metadata.json", "config.json", "model.weights.h5"]
    metadata = set(json.loads(members["metadata.json"]))
    assert metadata == {"keras_version", "kerax_version", "date_saved"}


def test_equal_models_give_equal_weights_members(path, saved):
    first = members_of(path)["model.weights.h5"]
    saved.save(path)
    assert members_of(path)["model.weights.h5"] == first


def test_without_optimizer_and_without_compile(path, saved):
    saved.save(path, include_optimizer=False)
    loaded = kerax.models.load_model(path)
    assert int(loaded.optimizer.iterations) == 0
    assert not kerax.models.load_model(path, compile=False).compiled


def test_weights_file_round_trip(tmp_path, saved):
    saved.save_weights(tmp_path / "m.weights.h5")
    other = small()
    other.load_weights(tmp_path / "m.weights.h5")
    assert same(saved, other)


def test_weights_files_restore_an_optimizer_that_took_no_step(path, saved):
    other = small()
    other.compile("adam", "mse")
    other.load_weights(path)
    for a, b in zip(saved.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    other.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="optimizer variables"):
        other.load_weights(path)


def test_weights_load_from_an_archive(path, saved):
    other = small()
    other.load_weights(path)
    assert same(saved, other)


def test_json_and_config(saved):
    for other in (
        kerax.models.model_from_json(saved.to_json()),
        kerax.models.model_from_config(saving.serialize_keras_object(saved)),
    ):
        assert other.get_config() == saved.get_config()
        assert other.compiled


def test_pickle_and_deepcopy(saved):
    for other in (pickle.loads(pickle.dumps(saved)), copy.deepcopy(saved)):
        assert same(saved, other)
        assert other.optimizer.built


def test_unbuilt_model_saves_with_a_warning(path):
    model = kerax.Sequential([layers.Dense(2)])
    with pytest.warns(UserWarning, match="before it is built"):
        model.save(path)
    assert not kerax.models.load_model(path).built


def test_loading_leaves_the_programs_seeds_alone(path, saved):
    random.seed(3)
    before = random.getstate()
    kerax.models.load_model(path)
    assert random.getstate() == before


# Writing


@pytest.mark.parametrize("call", ["fsync", "replace", "fdopen"])
def test_a_failing_save_leaves_the_old_file_whole(path, saved, call, monkeypatch):
    before = path.read_bytes()
    changed = kerax.models.load_model(path)
    changed.layers[0].set_weights([np.ones((4, 3)), np.ones(3)])

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, call, full)
    with pytest.raises(OSError, match="No space"):
        changed.save(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_permissions_and_links_are_kept(path, saved, tmp_path):
    path.chmod(0o640)
    link = tmp_path / "link.keras"
    link.symlink_to(path)
    saved.save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("model.h6", {}, "must end in `.keras`"),
        ("no/model.keras", {}, "does not exist"),
        ("model.keras", {"overwrite": False}, "overwrite=True"),
        ("folder.keras", {}, "is a folder"),
        ("model.keras", {"zipped": False}, "zipped"),
        ("model.keras", {"save_format": "tf"}, "save_format"),
    ],
)
def test_wrong_targets_are_refused(saved, tmp_path, name, arguments, message):
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(errors.ArgumentError, match=message):
        saving.save_model(saved, tmp_path / name, **arguments)


def test_wrong_weights_targets(saved, tmp_path):
    with pytest.raises(errors.ArgumentError, match=r"must end in `.weights.h5`"):
        saved.save_weights(tmp_path / "m.h5")
    with pytest.raises(errors.ArgumentError, match="max_shard_size"):
        saved.save_weights(tmp_path / "m.weights.h5", max_shard_size=1)
    with pytest.raises(errors.BuildError, match="not yet been built"):
        kerax.Sequential([layers.Dense(1)]).save_weights(tmp_path / "m.weights.h5")


# Reading what does not fit


def test_mismatch_names_the_layers_and_changes_nothing(path, saved):
    other = small(units=5)
    before = values(other)
    with pytest.raises(errors.SerializationError, match=r"(?s)layers/dense.*hidden.*\(4, 3\)"):
        other.load_weights(path)
    assert all(map(np.array_equal, before, values(other)))


def test_a_late_mismatch_leaves_the_early_layers_too(path, saved):
    other = kerax.Sequential(
        [kerax.Input((4,)), layers.Dense(3), layers.Dropout(0.5), layers.Dense(9)]
    )
    before = values(other)
    with pytest.raises(errors.SerializationError, match="1 objects could not be loaded"):
        other.load_weights(path)
    assert all(map(np.array_equal, before, values(other)))
    with pytest.warns(UserWarning, match="1 objects"):
        other.load_weights(path, skip_mismatch=True)
    np.testing.assert_array_equal(values(other)[0], values(saved)[0])
    np.testing.assert_array_equal(values(other)[-1], before[-1])


def test_too_few_layers_in_the_file(path, saved):
    other = kerax.Sequential([*(layers.Dense(3) for _ in range(4))])
    other.build((None, 4))
    with pytest.raises(errors.SerializationError, match="holds 0 variables; wanted 2"):
        other.load_weights(path)


def test_objects_to_skip(path, saved):
    other = small(units=5)
    other.load_weights(path, objects_to_skip=[other.layers[0], other.layers[2]])


def test_wrong_sources(saved, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        saved.load_weights(tmp_path / "no.weights.h5")
    with pytest.raises(errors.SerializationError, match="file not found"):
        kerax.models.load_model(tmp_path / "no.keras")
    with pytest.raises(errors.ArgumentError, match=r"wanted a `.weights.h5`"):
        saved.load_weights(tmp_path / "no.ckpt")
    with pytest.raises(errors.BuildError, match="not yet been built"):
        kerax.Sequential([layers.Dense(1)]).load_weights(tmp_path / "no.weights.h5")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.create_group("model_weights")
    with pytest.raises(errors.SerializationError, match="Keras 2"):
        saved.load_weights(tmp_path / "old.h5")
    with pytest.raises(errors.SerializationError, match="Keras 2"):
        kerax.models.load_model(tmp_path / "old.h5")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        "3",
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        "1" * 500,
        "[" * 100_000,
        b"\xff",
        '{"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}',
        '{"module": "os", "class_name": "system", "config": "true", "registered_name": null}',
        '{"module": "keras", "class_name": "Sequential", "config": {}}',
        '{"module": "keras", "class_name": "Sequential", "config": {"layers": [1]}}',
        '{"module": "keras", "class_name": "Sequential", "config": {"layers": 1}}',
        '{"module": "keras", "class_name": "Functional", "config": {"layers": [], "name": 1}}',
    ],
)
def test_json_that_describes_no_model(text):
    with pytest.raises(errors.KeraxError, match="model_from_"):
        kerax.models.model_from_json(text)


# Hostile and damaged files


def test_every_damaged_byte_is_noticed(path, saved):
    whole = path.read_bytes()
    directory = whole.index(b"PK\x01\x02")  # whose every byte says where something is, or how long
    for position in (*range(0, directory, max(1, directory // 150)), *range(directory, len(whole))):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        path.write_bytes(bytes(damaged))
        try:
            loaded = kerax.models.load_model(path)
        except errors.KeraxError:
            continue
        assert same(saved, loaded), position  # a date or time stamp of a member


@pytest.mark.parametrize("size", [0, 10, 0.3, 0.9])
def test_truncated_files(path, saved, size):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(size if isinstance(size, int) else size * len(whole))])
    with pytest.raises(errors.SerializationError, match="no intact zip"):
        kerax.models.load_model(path)


@pytest.mark.parametrize("member", ["metadata_json", "config_json", "model_weights_h5"])
def test_missing_members(path, saved, member):
    rewrite(path, **{member: None})
    with pytest.raises(errors.SerializationError, match="has no"):
        kerax.models.load_model(path)


@pytest.mark.parametrize(
    "name", ["evil.py", "../evil", "/etc/evil", "assets/../../evil", "a\\b", "C:evil"]
)
def test_unknown_and_outside_members(path, saved, name):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(errors.SerializationError, match="member"):
        kerax.models.load_model(path)


def test_links_doubles_and_bombs_in_archives(path, saved):
    whole = path.read_bytes()
    link = zipfile.ZipInfo("assets/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, b"/etc/passwd")
    with pytest.raises(errors.SerializationError, match="link or device"):
        kerax.models.load_model(path)
    path.write_bytes(whole)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", b"{}")
    with pytest.raises(errors.SerializationError, match="twice"):
        kerax.models.load_model(path)
    path.write_bytes(whole)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("assets/b", bytes(10**6))
    with pytest.raises(errors.SerializationError, match="neither stored nor deflated"):
        kerax.models.load_model(path)


def test_assets_of_no_layer(path, saved):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("assets/layers/dense/x", b"x")
    with pytest.raises(errors.SerializationError, match="belongs to no layer"):
        kerax.models.load_model(path)


def add_soft_link(file):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.SoftLink("/layers/dense_1/vars/0")


def add_external_link(file):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/x")


def add_external_storage(file):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"].create_dataset(
        "0", (4, 3), "float32", external=[("/etc/passwd", 0, 48)]
    )


def add_virtual(file):
    del file["layers/dense/vars/0"]
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4, 3))
    file["layers/dense/vars"].create_virtual_dataset("0", layout)


def add_cycle(file):
    file["layers/dense/again"] = file["layers"]


def add_strings(file):
    file["layers/dense/vars/2"] = "text"


def add_bomb(file):
    file["layers/dense/vars"].create_dataset(
        "2", (2**20, 2**20), "float64", chunks=(1024, 1024), compression="gzip"
    )


def add_null(file):
    file["layers/dense/vars"].create_dataset("2", data=h5py.Empty("f"))


def add_complex(file):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = np.ones((4, 3), "complex64")


def add_float_count(file):
    del file["optimizer/vars/0"]
    file["optimizer/vars/0"] = 1.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (add_soft_link, "soft or external link"),
        (add_external_link, "soft or external link"),
        (add_external_storage, "other files"),
        (add_virtual, "other files"),
        (add_cycle, "another name"),
        (add_strings, "wanted numbers"),
        (add_bomb, "claims"),
        (add_null, "no array"),
        (add_complex, "complex64"),
        (add_float_count, "float64"),
    ],
)
def test_hostile_weights(path, saved, change, message):
    edit_weights(path, change)
    with pytest.raises(errors.SerializationError, match=message):
        kerax.models.load_model(path)
    other = small()
    other.compile("adam", "mse")
    other.optimizer.build(other.trainable_variables)
    before = values(other)
    with pytest.raises(errors.SerializationError, match=message):
        other.load_weights(path)
    assert all(map(np.array_equal, before, values(other)))


def test_weights_that_are_no_hdf5(path, saved, tmp_path):
    rewrite(path, model_weights_h5=b"nothing")
    with pytest.raises(errors.SerializationError, match="no intact HDF5"):
        kerax.models.load_model(path)


def test_a_config_larger_than_its_weights_allocates_nothing(path, saved):
    def grow(config):
        config["config"]["layers"][-1]["config"]["units"] = 2**40

    edit_config(path, grow)
    with pytest.raises(errors.SerializationError, match=r"describes .* bytes of weights"):
        kerax.models.load_model(path)


def test_the_top_object_must_be_a_model(path, saved):
    edit_config(path, lambda config: config["config"]["layers"][1])
    with pytest.raises(errors.SerializationError, match="wanted a model"):
        kerax.models.load_model(path)


def test_lambdas_are_refused_in_safe_mode(path):
    kerax.Sequential([kerax.Input((4,)), layers.Lambda(lambda x: x + 1)]).save(path)
    with pytest.raises(errors.SerializationError, match="safe"):
        kerax.models.load_model(path)
    loaded = kerax.models.load_model(path, safe_mode=False)
    np.testing.assert_array_equal(loaded(X), X + 1)


# Plugins


def test_plugins_of_a_file(path, saved):
    row = {
        "namespace": "nobody",
        "distribution": "kerax-nobody",
        "version": "1.2",
        "components": [
            {"kind": "loss", "id": "nobody>focal", "schema_version": 1, "role": "training"}
        ],
    }
    rewrite(path, plugins_json=json.dumps({"version": 1, "plugins": [row]}).encode())
    with pytest.warns(UserWarning, match="for predictions only"):
        assert not kerax.models.load_model(path).compiled
    with pytest.raises(errors.PluginNotFoundError):
        kerax.models.load_model(path, compile=True)
    row["components"][0] |= {"kind": "layer", "role": "structure"}
    rewrite(path, plugins_json=json.dumps({"version": 1, "plugins": [row]}).encode())
    with pytest.raises(errors.PluginNotFoundError, match=r"pip install .kerax-nobody>=1\.2"):
        kerax.models.load_model(path)
    for wrong in ({"version": 2, "plugins": []}, {}, [], {"version": 1, "plugins": [{}]}):
        rewrite(path, plugins_json=json.dumps(wrong).encode())
        with pytest.raises(errors.SerializationError, match="malformed"):
            kerax.models.load_model(path)


@pytest.mark.parametrize("plugins", ["installed", "core", []])
def test_which_plugins_a_file_may_use(path, saved, plugins):
    assert same(saved, kerax.models.load_model(path, plugins=plugins))


@kerax.saving.register_keras_serializable(package="tests")
class Wrapping(kerax.layers.Layer):
    """Holds layers without a build() of its own, and counts its calls."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = kerax.layers.Dense(3)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        self.calls.assign_add(kerax.ops.mean(x) * 0.0 + 1.0)
        return self.inner(x)


def test_a_layer_that_holds_layers_and_has_no_build_comes_back(tmp_path):
    x = np.ones((2, 6), "float32")
    given = kerax.Input((6,))
    for model in (kerax.Sequential([given, Wrapping()]), kerax.Model(given, Wrapping()(given))):
        model.save(tmp_path / "m.keras")
        again = kerax.models.load_model(tmp_path / "m.keras")
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
