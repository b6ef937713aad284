"""Building models, and the way from process start to the first finished training step."""

import importlib
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from benchmarks import models
from benchmarks.sample import Sample, clock, since_start


def build_mlp(contender: str) -> Sample:
    return _build(contender, models.mlp)


def build_resnet50(contender: str) -> Sample:
    return _build(contender, models.resnet50)


def first_step_mlp(contender: str) -> Sample:
    rng = np.random.default_rng(0)
    x = rng.random((128, 784), dtype="float32")
    return _first_step(contender, models.mlp, x, rng.integers(0, 10, 128))


def first_step_resnet50(contender: str) -> Sample:
    rng = np.random.default_rng(0)
    x = rng.random((8, 32, 32, 3), dtype="float32")
    return _first_step(contender, models.resnet50, x, rng.integers(0, 1000, 8))


def _build(contender: str, make: Callable[[Any], Any]) -> Sample:
    K = importlib.import_module(contender)
    jax.devices()  # starting the backend is not building
    made = []

    def build() -> None:
        made.append(make(K))
        jax.block_until_ready([jax.numpy.asarray(w) for w in made[0].weights])

    return Sample(*clock(build), made[0].count_params())


def _first_step(contender: str, make: Callable[[Any], Any], x: np.ndarray, y: np.ndarray) -> Sample:
    K = importlib.import_module(contender)
    model = make(K)
    loss = K.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    model.fit(x, y, batch_size=len(x), verbose=0)
    return Sample(*since_start(), model.count_params())
