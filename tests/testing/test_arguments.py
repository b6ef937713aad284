"""What a case's arguments stand for."""

import random
from pathlib import Path

import numpy as np

from kerax import layers
from kerax.testing.arguments import resolved, seeded


def test_a_config_is_made_into_an_object_anew_each_time():
    kwargs = {"cell": {"class_name": "GRUCell", "module": "keras.layers", "config": {"units": 2}}}
    first, second = resolved(kwargs)["cell"], resolved(kwargs)["cell"]
    assert isinstance(first, layers.GRUCell)
    assert first is not second


def test_a_placeholder_names_a_directory_that_exists():
    path = Path(resolved({"filepath": "{tmp}/a/best.keras"})["filepath"])
    assert path.parents[1].is_dir()


def test_other_values_stay_what_they_are():
    assert resolved({"gamma": 2.0, "axes": [0, 1]}) == {"gamma": 2.0, "axes": [0, 1]}


def test_seeds_drawn_inside_repeat_and_leave_the_generators_alone():
    before = random.getstate(), np.random.get_state()[2]
    with seeded():
        first = random.random(), np.random.random()
    with seeded():
        assert (random.random(), np.random.random()) == first
    assert (random.getstate(), np.random.get_state()[2]) == before
