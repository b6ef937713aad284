"""Optimizers by pattern, and the optimizer that steps with them."""

import jax
import numpy as np
import pytest

import kerax
from kerax.errors import ArgumentError
from kerax.optimizers import SGD, Adam, MultiOptimizer, OptimizerMap
from kerax.saving import deserialize_keras_object, serialize_keras_object


def test_a_path_finds_its_optimizer():
    rest, kernels, head = SGD(), Adam(), SGD(0.5)
    groups = OptimizerMap(rest, {".*/kernel": kernels})
    groups["head/kernel"] = head
    assert groups["dense/kernel"] is kernels
    assert groups["head/kernel"] is head  # the very path goes before patterns
    assert groups["dense/kernel/x"] is rest
    assert groups["dense/bias"] is rest
    assert list(groups) == [".*/kernel", "head/kernel"]
    assert "dense/kernel" not in groups
    del groups["head/kernel"]
    assert groups["head/kernel"] is kernels
    assert len(groups) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda groups: OptimizerMap("adam"), "default_optimizer='adam'"),
        (lambda groups: groups.update(a="adam"), "got 'adam' for 'a'"),
        (lambda groups: groups.update({3: SGD()}), "for 3"),
        (lambda groups: groups.update({"k.*": SGD()}), "is there already"),
        (lambda groups: groups["kernel"], r"matched by \['k.\*', '.\*l'\]"),
        (lambda groups: MultiOptimizer({"k": SGD()}), "wanted an OptimizerMap"),
    ],
)
def test_wrong_maps_are_refused(call, message):
    groups = OptimizerMap(SGD(), {"k.*": SGD(), ".*l": SGD()})
    with pytest.raises((ArgumentError, TypeError), match=message):
        call(groups)


def test_a_map_is_written_and_read():
    groups = OptimizerMap(SGD(0.5), {".*bias": Adam(0.25)})
    config = serialize_keras_object(groups)
    assert (config["module"], config["class_name"]) == ("keras.optimizers", "OptimizerMap")
    again = deserialize_keras_object(config)
    assert isinstance(again, OptimizerMap)
    assert again.get_config() == groups.get_config()


def weights():
    with kerax.name_scope("dense"):
        return [
            kerax.Variable(np.ones(shape, "float32"), name=name)
            for name, shape in (("kernel", (2, 2)), ("bias", (2,)))
        ]


def test_one_optimizer_may_stand_for_several_patterns():
    shared = SGD(0.5)
    optimizer = MultiOptimizer(OptimizerMap(shared, {".*bias": shared}))
    variables = weights()
    optimizer.apply([np.ones(v.shape, "float32") for v in variables], variables)
    assert optimizer.optimizers == [shared]
    assert [v.numpy().max() for v in variables] == [0.5, 0.5]
    assert int(shared.iterations) == 1


def test_rates_belong_to_the_members_and_change_without_tracing():
    rest, biases = SGD(0.5), SGD(0.25)
    optimizer = MultiOptimizer(OptimizerMap(rest, {".*bias": biases}))
    variables = weights()
    optimizer.build(variables)
    with pytest.raises(AttributeError, match="no learning rate of its own"):
        optimizer.learning_rate = 1.0
    with pytest.raises(AttributeError, match="no learning rate of its own"):
        _ = optimizer.learning_rate
    step = jax.jit(optimizer.stateless_apply)
    values, grads = [v.value for v in variables], [np.ones(v.shape, "float32") for v in variables]
    for rate, wanted in ((0.25, 0.75), (1.0, 0.0)):
        biases.learning_rate = rate
        moved, _ = step([v.value for v in optimizer.variables], grads, values)
        assert [float(value.max()) for value in moved] == [0.5, wanted]
    assert step._cache_size() == 1


def test_members_keep_averages_exclusions_and_missing_gradients():
    rest = SGD(1.0, weight_decay=0.5, use_ema=True, ema_momentum=0.0)
    biases = SGD(1.0, weight_decay=0.5)
    optimizer = MultiOptimizer(OptimizerMap(rest, {".*bias": biases}))
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    variables = weights()
    optimizer.build(variables)
    optimizer.apply([np.zeros(v.shape, "float32") for v in variables])
    assert [float(v.numpy().max()) for v in variables] == [0.5, 1.0]
    with pytest.warns(UserWarning, match="no gradient for"):
        optimizer.apply([np.zeros((2, 2), "float32"), None])
    assert (int(rest.iterations), int(biases.iterations)) == (2, 1)
    variables[0].assign(np.zeros((2, 2)))
    optimizer.finalize_variable_values(variables)
    assert float(variables[0].numpy().max()) == 0.25


def test_fit_saves_and_loads(tmp_path):
    model = kerax.Sequential([kerax.Input((3,)), kerax.layers.Dense(2)])
    groups = OptimizerMap(SGD(0.1, momentum=0.9), {".*bias": Adam(0.01)})
    model.compile(optimizer=MultiOptimizer(groups), loss="mse")
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    model.fit(x, x[:, :2], epochs=1, verbose=0, shuffle=False)
    model.save(tmp_path / "model.keras")
    again = kerax.saving.load_model(tmp_path / "model.keras")
    for each in (model, again):
        each.fit(x, x[:, :2], epochs=2, verbose=0, shuffle=False)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
