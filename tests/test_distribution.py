"""Distributions on eight simulated devices: placement, and training equal to one device's."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec

import kerax
from kerax.distribution import (
    DataParallel,
    DeviceMesh,
    LayoutMap,
    ModelParallel,
    TensorLayout,
    distribute_tensor,
    distribution,
    get_device_count,
    list_devices,
    set_distribution,
)
from kerax.errors import ArgumentError, ShapeError, StateError

# Three batches of 16 and one of 4, which eight devices do not divide; five epochs: 20 steps.
ROWS, BATCH, EPOCHS = 52, 16, 5


@pytest.fixture(autouse=True)
def _restored():
    yield
    set_distribution(None)


def mesh(shape=(2, 4), names=("batch", "model")):
    return DeviceMesh(shape, names)


# No bias before a normalization: its gradient is rounding noise, which Adam turns into steps.
def mlp():
    kerax.utils.set_random_seed(7)
    return kerax.Sequential(
        [
            kerax.Input((6,)),
            kerax.layers.Dense(16, name="hidden", use_bias=False),
            kerax.layers.BatchNormalization(momentum=0.8),
            kerax.layers.Activation("relu"),
            kerax.layers.Dense(3, name="out"),
        ]
    )


def convnet():
    kerax.utils.set_random_seed(7)
    return kerax.Sequential(
        [
            kerax.Input((6,)),
            kerax.layers.Reshape((6, 1)),
            kerax.layers.Conv1D(8, 3, padding="same", use_bias=False),
            kerax.layers.BatchNormalization(momentum=0.8),
            kerax.layers.Activation("relu"),
            kerax.layers.MaxPooling1D(2),
            kerax.layers.Flatten(),
            kerax.layers.Dense(3),
        ]
    )


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 6)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32") + (x[:, 1] > 1)


class Losses(kerax.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(logs["loss"]))


def trained(make, place=None, steps_per_execution=1, **kwargs):
    set_distribution(place)
    built = make()
    built.compile(
        kerax.optimizers.Adam(0.01),
        kerax.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
    )
    losses = Losses()
    callbacks = [losses] if steps_per_execution == 1 else []
    x, y = data()
    history = built.fit(
        x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=callbacks, **kwargs
    )
    return built, history.history, losses.seen


@functools.cache
def on_one_device(make, **kwargs):
    return trained(make, **kwargs)


def assert_equal_training(one, other):
    (first, history, losses), (second, other_history, other_losses) = one, other
    np.testing.assert_allclose(losses, other_losses, atol=1e-6)
    for name, values in history.items():
        np.testing.assert_allclose(values, other_history[name], atol=2e-6, err_msg=name)
    for a, b in zip(first.variables, second.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-4, err_msg=a.path)


def test_twenty_steps_with_ragged_tails():
    one = on_one_device(mlp)
    assert len(one[2]) == 20
    x, y = data()
    alone = one[0].predict(x, batch_size=BATCH, verbose=0)
    scores = one[0].evaluate(x, y, batch_size=BATCH, verbose=0)
    eight = trained(mlp, DataParallel())
    assert_equal_training(one, eight)
    for variable in (*eight[0].variables, *eight[0].optimizer.variables):
        assert variable.value.sharding.is_fully_replicated
        assert len(variable.value.sharding.device_set) == 8
    together = eight[0].predict(x, batch_size=BATCH, verbose=0)
    np.testing.assert_allclose(together, alone, atol=1e-4)
    np.testing.assert_allclose(
        eight[0].evaluate(x, y, batch_size=BATCH, verbose=0), scores, atol=1e-4
    )


def test_a_convnet_with_validation():
    one = on_one_device(convnet, validation_split=0.1)
    assert_equal_training(one, trained(convnet, DataParallel(), validation_split=0.1))


def test_chunks_of_steps_over_devices():
    built, history, _ = on_one_device(mlp)
    eight = trained(mlp, DataParallel(), steps_per_execution=3)
    assert_equal_training((built, history, []), eight)


def test_a_generator_over_devices():
    x, y = data()

    def batches():
        while True:
            for start in range(0, ROWS, BATCH):
                yield x[start : start + BATCH], y[start : start + BATCH]

    losses = []
    for place in (None, DataParallel()):
        set_distribution(place)
        built = mlp()
        built.compile("sgd", kerax.losses.SparseCategoricalCrossentropy(from_logits=True))
        history = built.fit(batches(), steps_per_epoch=4, epochs=2, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(*losses, atol=1e-6)


def rules():
    found = LayoutMap(mesh())
    found[".*hidden/kernel"] = (None, "model")
    found[".*normalization/gamma"] = ("model",)
    found[".*out/kernel"] = ("model", None)
    return found


def test_variables_cut_over_devices_train_as_one_does():
    one = on_one_device(mlp)
    cut = trained(mlp, ModelParallel(layout_map=rules(), batch_dim_name="batch"))
    assert_equal_training(one, cut)
    kernel = cut[0].get_layer("hidden").kernel
    assert kernel.value.sharding.spec == PartitionSpec(None, "model")
    slots = [v for v in cut[0].optimizer.variables if "hidden_kernel" in v.name]
    assert [v.value.sharding.spec for v in slots] == [PartitionSpec(None, "model")] * 2
    assert kernel.value.addressable_shards[0].data.shape == (6, 4)


def test_the_batch_is_cut_and_not_copied():
    place = DataParallel()
    cut = jax.device_put(np.zeros((16, 3)), place.data_sharding((16, 3)))
    assert {shard.data.shape for shard in cut.addressable_shards} == {(2, 3)}
    stacked = place.data_sharding((5, 16, 3), 1)
    assert stacked.spec == PartitionSpec(None, "batch")
    for shape, axis in (((4, 3), 0), ((), 0), ((16,), 1), ((0, 3), 1)):
        assert place.data_sharding(shape, axis).is_fully_replicated


def test_devices():
    assert list_devices() == list_devices("CPU") == [f"cpu:{i}" for i in range(8)]
    assert get_device_count() == 8
    with pytest.raises(RuntimeError):
        list_devices("tpu")


def test_a_mesh_of_names_or_of_devices():
    assert mesh().devices.tolist() == [[f"cpu:{i}" for i in row] for row in (range(4), range(4, 8))]
    assert dict(mesh().backend_mesh.shape) == {"batch": 2, "model": 4}
    by_device = DeviceMesh((8,), ["x"], devices=jax.devices())
    by_name = DeviceMesh((8,), ["x"])
    assert by_device.backend_mesh == by_name.backend_mesh
    assert repr(by_name) == "<DeviceMesh shape=(8,), axis_names=['x']>"


@pytest.mark.parametrize(
    ("shape", "names", "devices"),
    [
        ((2, 5), ["a", "b"], None),
        ((8,), ["a", "b"], None),
        ((), [], None),
        (None, ["a"], None),
        ((8,), ["a"], ["cpu:0"]),
    ],
)
def test_a_mesh_that_does_not_fit_is_refused(shape, names, devices):
    with pytest.raises(ArgumentError, match="DeviceMesh: got"):
        DeviceMesh(shape, names, devices)


def test_a_mesh_of_unknown_devices():
    with pytest.raises(ArgumentError, match="cpu:99"):
        _ = DeviceMesh((1,), ["a"], ["cpu:99"]).backend_mesh


def test_layouts():
    layout = TensorLayout(["batch", None], mesh())
    assert layout.backend_layout.spec == PartitionSpec("batch", None)
    with pytest.raises(ArgumentError, match="axes"):
        TensorLayout(["other"], mesh())
    bare = TensorLayout(["batch"])
    with pytest.raises(StateError, match="device mesh"):
        _ = bare.backend_layout
    bare.device_mesh = mesh()
    with pytest.raises(StateError, match="already"):
        bare.device_mesh = mesh()


def test_distribute_tensor_outside_and_inside_jit():
    layout = TensorLayout(["batch", None], mesh())
    assert distribute_tensor(np.ones((8, 2)), layout).sharding == layout.backend_layout
    constrained = jax.jit(lambda x: distribute_tensor(x + 1, layout.backend_layout))
    assert constrained(jnp.ones((8, 2))).sharding.spec[0] == "batch"


def test_rules_by_path():
    found = rules()
    found["dense.*kernel"] = (None, "model")
    assert found["dense_1/kernel"].axes == (None, "model")
    assert found["dense_1/kernel"].device_mesh is found.device_mesh
    for other in ("dense_1/kernelx", "x/dense_1/kernel", "dense_1/bias"):
        assert found[other] is None
    with pytest.raises(ArgumentError, match="already"):
        found[".*out/kernel"] = (None,)
    with pytest.raises(ArgumentError, match="TensorLayout"):
        found["x"] = 3
    found["dense_.*"] = (None, None)
    with pytest.raises(ArgumentError, match="one at most"):
        _ = found["dense_1/kernel"]
    del found["dense_.*"]
    assert len(found) == len(list(found)) == 4


def test_a_variable_that_cannot_be_cut_names_its_rule():
    place = ModelParallel(layout_map=rules())
    with (
        place.scope(),
        kerax.name_scope("hidden"),
        pytest.raises(ShapeError, match="hidden/kernel"),
    ):
        kerax.Variable(np.ones((4, 3)), name="kernel")


def test_distributions_say_what_they_are():
    place = DataParallel()
    assert (place.num_model_replicas, place.num_processes, place.data_shard_id) == (8, 1, 0)
    assert place.batch_dim_name == "batch"
    assert place.get_data_layout((8, 3)).axes == ("batch", None)
    assert place.get_tensor_layout("anything") is None
    assert DataParallel(devices=["cpu:0", "cpu:1"]).device_mesh.shape == (2,)
    cut = ModelParallel(layout_map=rules())
    assert (cut.batch_dim_name, cut.num_model_replicas) == ("batch", 2)
    assert cut.get_tensor_layout("out/kernel").axes == ("model", None)


def test_the_current_distribution():
    place = DataParallel()
    assert distribution() is None
    with place.scope():
        assert distribution() is place
        assert len(kerax.Variable(np.ones(3)).value.sharding.device_set) == 8
    assert distribution() is None
    set_distribution(place)
    assert distribution() is place


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: set_distribution("data"),
        lambda: DataParallel(device_mesh="mesh"),
        lambda: ModelParallel(layout_map=None),
        lambda: ModelParallel(layout_map=LayoutMap(None)),
        lambda: ModelParallel(layout_map=rules(), batch_dim_name="other"),
    ],
)
def test_what_is_no_distribution_is_refused(wrong):
    with pytest.raises(ArgumentError, match="wanted"):
        wrong()
