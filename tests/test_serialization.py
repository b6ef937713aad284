"""Configs in Keras' shapes, there and back, and what a config may not reach."""

import json
import subprocess
import sys

import numpy as np
import pytest

import kerax
from kerax import plugins, serialization
from kerax.errors import PluginNotFoundError, SerializationError
from kerax.serialization import deserialize_keras_object, serialize_keras_object

keras = pytest.importorskip("keras")


class Thing:
    """An object of this program with a config."""

    def __init__(self, a=1):
        self.a = a

    def __call__(self, x):
        return x

    def get_config(self):
        return {"a": self.a}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def double(x):
    return 2 * x


@keras.saving.register_keras_serializable("tests")
@plugins.register_keras_serializable("tests")
class Registered(Thing):
    """An object that both libraries know by name."""


@keras.saving.register_keras_serializable("tests")
@plugins.register_keras_serializable("tests")
def triple(x):
    return 3 * x


VALUES = {
    "none": None,
    "numbers": [1, 2.5, True, -3],
    "text": "dense",
    "nested": {"a": [1, (2, "b")], "c": {"d": None}},
    "bytes": "ünï".encode(),
    "slice": slice(1, None, 2),
    "ellipsis": {"a": ...},
    "array": np.arange(6, dtype="int32").reshape(2, 3),
    "array of booleans": np.array([True, False]),
    "array without elements": np.zeros(0, "float32"),
    "bfloat16": np.ones(2, "bfloat16"),
    "numpy numbers": [np.float32(1.5), np.int64(3), np.bool_(True), np.array(2.0)],
    "tensor": kerax.ops.convert_to_tensor([1.0, 2.0]),
    "tensor without axes": kerax.ops.convert_to_tensor(2.0),
}


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "shape"):
        return np.array_equal(np.asarray(a), np.asarray(b)) and str(a.dtype) == str(b.dtype)
    return a == b or a is b


@pytest.mark.parametrize("name", VALUES)
def test_values_are_written_as_keras_does_and_read_back(name):
    value = VALUES[name]
    config = serialize_keras_object(value)
    assert config == keras.saving.serialize_keras_object(value)
    through_json = json.loads(json.dumps(config))
    if name != "numpy numbers":
        assert same(value, deserialize_keras_object(config))
        assert same(value, deserialize_keras_object(through_json))
    assert same(
        keras.saving.deserialize_keras_object(through_json), deserialize_keras_object(through_json)
    )


def test_symbolic_tensors_and_policies():
    tensor = kerax.KerasTensor((None, 3), "float16")
    theirs = keras.KerasTensor((None, 3), "float16")
    config = serialize_keras_object(tensor)
    assert config == keras.saving.serialize_keras_object(theirs)
    back = deserialize_keras_object(config)
    assert (back.shape, back.dtype) == ((None, 3), "float16")
    policy = kerax.DTypePolicy("mixed_bfloat16")
    config = serialize_keras_object(policy)
    assert config == keras.saving.serialize_keras_object(keras.DTypePolicy("mixed_bfloat16"))
    assert deserialize_keras_object(config) == policy


STANDARD = [
    ("losses", "MeanSquaredError", {"reduction": "sum"}),
    ("losses", "BinaryCrossentropy", {"label_smoothing": 0.1}),
    ("metrics", "MeanSquaredError", {"name": "m"}),
    ("metrics", "Precision", {"thresholds": 0.3}),
    ("optimizers", "SGD", {"learning_rate": 0.5, "momentum": 0.5}),
    ("regularizers", "L1L2", {"l1": 0.5}),
    ("regularizers", "OrthogonalRegularizer", {"factor": 0.5}),
    ("initializers", "HeNormal", {"seed": 3}),
    ("initializers", "Constant", {"value": 2.0}),
    ("constraints", "MinMaxNorm", {"min_value": 0.5}),
    ("layers", "Dense", {"units": 2, "activation": "relu", "kernel_regularizer": "l2"}),
    ("layers", "Conv2D", {"filters": 2, "kernel_size": 3, "kernel_constraint": "max_norm"}),
]


# Keras' own variables give numpy an `__array__` without `copy`.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(("module", "name", "arguments"), STANDARD)
def test_standard_components_are_written_as_keras_does(module, name, arguments):
    if module in ("layers", "metrics", "optimizers"):
        arguments = {"name": "one", **arguments}
    ours = getattr(getattr(kerax, module), name)(**arguments)
    theirs = getattr(getattr(keras, module), name)(**arguments)
    config = serialize_keras_object(ours)
    wanted = keras.saving.serialize_keras_object(theirs)
    assert {k: v for k, v in config.items() if k != "config"} == {
        k: v for k, v in wanted.items() if k != "config"
    }
    for key, value in wanted["config"].items():
        if key != "quantization_config":
            got = config["config"].get(key)  # Keras writes some absent parts as null
            assert got == (pytest.approx(value) if isinstance(value, float) else value), key
    assert type(deserialize_keras_object(wanted)) is type(ours)
    assert type(keras.saving.deserialize_keras_object(config)) is type(theirs)


@pytest.mark.parametrize(
    ("module", "name"), [("activations", "relu"), ("losses", "mean_squared_error")]
)
def test_functions(module, name):
    function = getattr(getattr(kerax, module), name)
    config = serialize_keras_object(function)
    wanted = keras.saving.serialize_keras_object(getattr(getattr(keras, module), name))
    assert config == wanted
    assert deserialize_keras_object(config) is function


def test_registered_objects():
    for value in (Registered(5), triple):
        config = serialize_keras_object(value)
        assert config == keras.saving.serialize_keras_object(value)
        assert type(deserialize_keras_object(config)) is type(value)
    assert deserialize_keras_object(serialize_keras_object(Registered(5))).a == 5
    assert deserialize_keras_object("tests>Registered", kind="regularizer").a == 1


def test_objects_of_this_program_need_custom_objects():
    for value, named in ((Thing(5), {"Thing": Thing}), (double, {"double": double})):
        config = serialize_keras_object(value)
        assert config == keras.saving.serialize_keras_object(value)
        with pytest.raises(SerializationError, match="Could not locate") as caught:
            deserialize_keras_object(config)
        assert isinstance(caught.value, TypeError)
        assert isinstance(caught.value, ValueError)
        found = deserialize_keras_object(config, custom_objects=named)
        assert found is double or found.a == 5
    assert deserialize_keras_object("double", custom_objects={"double": double}) is double


def test_lambdas_are_refused_in_safe_mode_wherever_they_stand():
    offset = 3
    config = serialize_keras_object({"a": [lambda x, y=1: x + y + offset]})
    assert config["a"][0]["class_name"] == "__lambda__"
    for safe_mode in (True, None):
        with pytest.raises(SerializationError, match="pass safe_mode=False"):
            deserialize_keras_object(config, safe_mode=safe_mode)
    assert deserialize_keras_object(config, safe_mode=False)["a"][0](1) == 5
    assert keras.saving.deserialize_keras_object(config, safe_mode=False)["a"][0](1) == 5
    broken = {"class_name": "__lambda__", "config": {"value": ["AAAA", None, None]}}
    with pytest.raises(SerializationError, match="another version of Python"):
        deserialize_keras_object(broken, safe_mode=False)


class Inner(Thing):
    """Tries to switch safe mode off for what it holds."""

    @classmethod
    def from_config(cls, config):
        return cls(deserialize_keras_object(config["a"], safe_mode=False))


def test_nothing_inside_a_safe_call_switches_safe_mode_off():
    config = {"class_name": "Inner", "config": {"a": serialize_keras_object(lambda x: x)}}
    named = {"Inner": Inner}
    with pytest.raises(SerializationError, match="safe mode refuses"):
        deserialize_keras_object(config, custom_objects=named)
    assert deserialize_keras_object(config, custom_objects=named, safe_mode=False).a(3) == 3
    assert serialization.in_safe_mode()


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"a": value}
    return value


HOSTILE = {
    "a module path": {"module": "os", "class_name": "system", "config": {"command": "true"}},
    "a class of a package": {"module": "subprocess", "class_name": "Popen", "config": {}},
    "a builtin": {"module": "builtins", "class_name": "eval", "config": {}},
    "a function of a module": {"module": "os", "class_name": "function", "config": "system"},
    "a builtin function": {"module": "builtins", "class_name": "function", "config": "eval"},
    "a dotted name": {"module": "keras.layers", "class_name": "os.system", "config": {}},
    "a private name": {"module": "keras.layers", "class_name": "__import__", "config": {}},
    "a helper in keras": {"module": "keras.utils", "class_name": "get_file", "config": {}},
    "a kerax module": {"module": "kerax.plugins.loading", "class_name": "attribute", "config": {}},
    "a name that is a number": {"module": "keras.layers", "class_name": 3, "config": {}},
    "a config that is a list": {"module": "keras.regularizers", "class_name": "L2", "config": []},
    "unknown arguments": {"module": "keras.regularizers", "class_name": "L2", "config": {"l": 1}},
    "no module": {"class_name": "L2", "config": {}},
    "objects in an array": {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
    "a ragged array": {
        "class_name": "__numpy__",
        "config": {"value": [[1], [1, 2]], "dtype": "int32"},
    },
    "bytes that are none": {"class_name": "__bytes__", "config": 3},
    "a deep nest": nested(100_000),
    "a plugin of no kind": {"class_name": "a", "config": {}, "registered_name": "foo>a"},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_config_cannot_reach(case):
    with pytest.raises((SerializationError, PluginNotFoundError)):
        deserialize_keras_object(HOSTILE[case])


def test_each_place_takes_its_kind_only():
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}}
    with pytest.raises(SerializationError, match="got the layer 'Dense' where a regularizer"):
        deserialize_keras_object(dense, kind="regularizer")
    policy = serialize_keras_object(kerax.DTypePolicy("float32"))
    with pytest.raises(SerializationError, match="got DTypePolicy where a layer is wanted"):
        deserialize_keras_object(policy, kind="layer")
    with pytest.raises(SerializationError, match="wanted a Loss"):
        deserialize_keras_object({"a": 1}, kind="loss")
    legacy = {"class_name": "l2", "config": {"l2": 0.5}}
    assert deserialize_keras_object(legacy, kind="regularizer").l2 == 0.5


def test_an_object_that_is_written_twice_is_read_once():
    thing = Thing(3)
    with serialization.sharing_objects():
        config = serialize_keras_object([thing, {"b": thing}, Thing(3)])
    named = {"Thing": Thing}
    first, second, other = deserialize_keras_object(config, custom_objects=named)
    assert first is second["b"]
    assert first is not other
    first, second, _ = keras.saving.deserialize_keras_object(config, custom_objects=named)
    assert (first.a, second["b"].a) == (3, 3)
    first, second, _ = deserialize_keras_object(serialize_keras_object([thing, thing, 1]), named)
    assert first is not second


@pytest.mark.parametrize("value", [object(), {1, 2}, 1 + 2j, Thing, np.array([object()])])
def test_what_cannot_be_written(value):
    with pytest.raises((SerializationError, ValueError, TypeError)):
        serialize_keras_object(value)


def test_a_plugins_component_is_written_with_its_id_and_found_again(tmp_path):
    info = tmp_path / "kerax_foo-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kerax-foo\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[kerax.plugins]\nfoo = kerax_foo:plugin\n")
    (tmp_path / "kerax_foo.py").write_text(PLUGIN)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(path=str(tmp_path))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "{'module': None, 'class_name': 'Lasso', 'config': {'k': 2}, 'registered_name': "
        "'foo>Lasso', 'kind': 'regularizer', 'schema_version': 1}",
        "{'module': 'builtins', 'class_name': 'function', 'config': 'foo>plain', "
        "'registered_name': 'function', 'kind': 'activation', 'schema_version': 1}",
        "2 True 2",
    ], done.stderr


PLUGIN = """
from kerax.plugins import ComponentSpec, hookimpl

class Lasso:
    def __init__(self, k=1):
        self.k = k
    def __call__(self, x):
        return x
    def get_config(self):
        return {"k": self.k}

def plain(x):
    return x

class Plugin:
    @hookimpl
    def kerax_components(self):
        yield ComponentSpec(kind="regularizer", name="Lasso", target="kerax_foo:Lasso")
        yield ComponentSpec(kind="activation", name="plain", target="kerax_foo:plain")

plugin = Plugin()
"""

PROGRAM = """
import sys
sys.path.insert(0, {path!r})
from kerax import plugins
from kerax.serialization import deserialize_keras_object as read, serialize_keras_object as write
from kerax_foo import Lasso, plain
first, second = write(Lasso(2)), write(plain)
print(first)
print(second)
print(read(first).k, read(second) is plain, plugins.get("regularizer", first).k)
"""
