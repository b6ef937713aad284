"""Steady state: everything is compiled and warm before the clock starts."""

import importlib
import tempfile
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax

from benchmarks import data, handwritten, models
from benchmarks.sample import Sample, clock

EPOCHS = 3
WARM_EPOCHS = 3  # kerax times its first steps and may compile a chunk of them later


def fit_mlp(contender: str) -> Sample:
    x, y = data.digits()
    if contender == "scan":
        adam = optax.adam(1e-3, eps=1e-7)
        return _scan((784, 128, 128, 10), handwritten.classify, adam, x, y, batch=128)
    return _fit(_compiled_mlp(importlib.import_module(contender)), x, y, batch=128)


def fit_near_empty(contender: str) -> Sample:
    x, y = data.line()
    if contender == "scan":
        return _scan((8, 1), handwritten.regress, optax.sgd(1e-2), x, y, batch=32)
    model = models.near_empty(importlib.import_module(contender))
    model.compile(optimizer="sgd", loss="mse")
    return _fit(model, x, y, batch=32)


def predict_mlp(contender: str) -> Sample:
    x, _ = data.digits(12_800)
    if contender == "scan":
        return _predict_by_hand(x)
    model = models.mlp(importlib.import_module(contender))
    model.predict(x, batch_size=128, verbose=0)
    times = clock(lambda: model.predict(x, batch_size=128, verbose=0), repeats=10)
    return Sample(*times, model.count_params())


def save_mlp(contender: str) -> Sample:
    model = _compiled_mlp(importlib.import_module(contender))
    model.fit(*data.digits(128), batch_size=128, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mlp.keras"
        model.save(path)
        return Sample(*clock(lambda: model.save(path), repeats=10), model.count_params())


def _compiled_mlp(K: Any) -> Any:
    model = models.mlp(K)
    loss = K.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    return model


def _fit(model: Any, x: np.ndarray, y: np.ndarray, batch: int) -> Sample:
    losses = model.fit(x, y, batch_size=batch, epochs=WARM_EPOCHS, verbose=0).history["loss"]
    cpu, wall = clock(
        lambda: losses.extend(
            model.fit(x, y, batch_size=batch, epochs=EPOCHS, verbose=0).history["loss"]
        )
    )
    first, last = float(losses[0]), float(losses[-1])
    return Sample(cpu / EPOCHS, wall / EPOCHS, model.count_params(), (first, last))


def _scan(
    widths: tuple[int, ...],
    loss: handwritten.Loss,
    optimizer: Any,
    x: np.ndarray,
    y: np.ndarray,
    batch: int,
) -> Sample:
    trainer = handwritten.Trainer(handwritten.init_dense(*widths), loss, optimizer, batch)
    x_device, y_device = jax.device_put((x, y))
    losses = [trainer.fit(x_device, y_device) for _ in range(WARM_EPOCHS)]
    times = clock(lambda: losses.append(trainer.fit(x_device, y_device)), repeats=EPOCHS)
    return Sample(*times, handwritten.count(trainer.state.params), (losses[0], losses[-1]))


def _predict_by_hand(x: np.ndarray) -> Sample:
    params = handwritten.init_dense(784, 128, 128, 10)
    forward = jax.jit(handwritten.forward)

    def predict() -> np.ndarray:
        outputs = [forward(params, x[i : i + 128]) for i in range(0, len(x), 128)]
        return np.concatenate(outputs)

    predict()
    return Sample(*clock(predict, repeats=10), handwritten.count(params))
