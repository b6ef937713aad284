"""Logs that stay on the device until they are read."""

import copy
import json
import pickle

import jax.numpy as jnp
import numpy as np
import pytest

from kerax.training import logs as logs_module
from kerax.training.logs import Logs


def make():
    return Logs(loss=jnp.float32(0.5), count=jnp.int32(3), host=np.float64(0.25), plain=2, name="n")


FLOATS = {"loss": 0.5, "count": 3.0, "host": 0.25, "plain": 2, "name": "n"}


@pytest.mark.parametrize(
    "read",
    [
        dict,
        lambda logs: {**logs},
        lambda logs: dict(logs.items()),
        lambda logs: dict(zip(logs, logs.values(), strict=True)),
        lambda logs: {key: logs[key] for key in logs},
        lambda logs: {key: logs.get(key) for key in logs.keys()},  # noqa: SIM118  keys() is meant
        lambda logs: {key: logs.pop(key) for key in list(logs)},
        lambda logs: dict(logs.popitem() for _ in range(len(logs))),
        lambda logs: logs.copy(),
        lambda logs: logs | {},
        lambda logs: {} | logs,
        copy.deepcopy,
        copy.copy,
        lambda logs: pickle.loads(pickle.dumps(logs)),
        lambda logs: json.loads(json.dumps(logs)),
        lambda logs: json.loads(json.dumps(dict(logs))),
        lambda logs: eval(repr(logs)),
    ],
)
def test_every_way_of_reading_gives_floats(read):
    result = dict(read(make()))
    assert result == FLOATS
    assert type(result["loss"]) is type(result["count"]) is type(result["host"]) is float


def test_updating_another_dict_gives_floats():
    history = {}
    history.update(make())
    assert type(history["loss"]) is float


def test_nothing_is_fetched_before_it_is_read(monkeypatch):
    fetched = []
    number = logs_module._number
    monkeypatch.setattr(
        logs_module, "_number", lambda value: fetched.append(value) or number(value)
    )
    logs = make()
    logs["more"] = jnp.float32(1)
    assert "loss" in logs
    assert len(logs) == 6
    assert next(iter(logs)) == "loss"
    assert not fetched
    assert logs["more"] == 1.0
    assert logs["loss"] == 0.5
    assert len(fetched) == 4


def test_values_written_later_are_read_too():
    logs = make()
    assert logs["loss"] == 0.5
    logs["loss"] = jnp.float32(2)
    assert logs.setdefault("loss", 9) == 2.0
    assert logs.setdefault("new", jnp.float32(4)) == 4.0
    assert logs.get("absent") is None
    assert logs.pop("absent", 7) == 7


def test_equality_reads():
    assert make() == FLOATS
    assert make() != {}


def test_arrays_with_axes_become_numpy():
    logs = Logs(matrix=jnp.ones((2, 2)))
    assert isinstance(logs["matrix"], np.ndarray)
    assert logs["matrix"].shape == (2, 2)
