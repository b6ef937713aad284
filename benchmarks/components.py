"""Losses, metrics and optimizers on their own: eager updates, and losses inside jit."""

import importlib

import jax
import numpy as np

from benchmarks.sample import Sample, clock

METRICS = {
    "BinaryAccuracy": {},
    "MeanSquaredError": {},
    "Precision": {},
    "AUC": {},
    "F1Score": {},
}
OPTIMIZERS = ("SGD", "RMSprop", "Adam", "AdamW", "Lion", "Adafactor")
LOSSES = {
    "MeanSquaredError": {},
    "BinaryCrossentropy": {"from_logits": True},
    "CategoricalCrossentropy": {"from_logits": True},
    "SparseCategoricalCrossentropy": {"from_logits": True},
    "Huber": {},
}


def measure_auc(contender: str) -> Sample:
    """Time AUC().update_state with a million predictions, averaged over five."""
    K = importlib.import_module(contender)
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 10**6), rng.random(10**6, dtype="float32")
    labels, scores = jax.numpy.asarray(labels, "float32"), jax.numpy.asarray(scores)
    metric = K.metrics.AUC()

    def update() -> None:
        metric.update_state(labels, scores)
        jax.block_until_ready(jax.numpy.asarray(metric.true_positives.value))

    update()
    return Sample(*clock(update, repeats=5))


def measure_metrics(contender: str) -> Sample:
    """Time 100 eager updates of each of some metrics, batch 32."""
    K = importlib.import_module(contender)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (32, 4)).astype("float32")
    scores = rng.random((32, 4), dtype="float32")
    made = [getattr(K.metrics, name)(**kwargs) for name, kwargs in METRICS.items()]

    def update() -> None:
        for metric in made:
            metric.update_state(labels, scores)

    update()
    cpu, wall = clock(update, repeats=100)
    return Sample(100 * cpu, 100 * wall)


def measure_optimizers(contender: str) -> Sample:
    """Time 50 eager steps of each of some optimizers on six variables."""
    K = importlib.import_module(contender)
    rng = np.random.default_rng(0)
    shapes = [(64, 64), (64,)] * 3
    gradients = [jax.numpy.asarray(rng.normal(size=shape), "float32") for shape in shapes]
    pairs = []
    for name in OPTIMIZERS:
        weights = [K.Variable(np.zeros(shape, "float32")) for shape in shapes]
        optimizer = getattr(K.optimizers, name)()
        optimizer.build(weights)
        pairs.append((optimizer, weights))

    def step() -> None:
        for optimizer, weights in pairs:
            optimizer.apply(gradients, weights)

    step()
    cpu, wall = clock(step, repeats=50)
    return Sample(50 * cpu, 50 * wall)


def measure_losses(contender: str) -> Sample:
    """Time 1,000 calls of a compiled function that computes some losses, batch 128."""
    K = importlib.import_module(contender)
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 10, 128)
    one_hot = jax.numpy.asarray(np.eye(10, dtype="float32")[numbers])
    numbers = jax.numpy.asarray(numbers)
    logits = jax.numpy.asarray(rng.normal(size=(128, 10)), "float32")
    losses = [(name, getattr(K.losses, name)(**kwargs)) for name, kwargs in LOSSES.items()]

    @jax.jit
    def total(logits: jax.Array) -> jax.Array:
        return sum(
            loss(numbers if name[:6] == "Sparse" else one_hot, logits) for name, loss in losses
        )

    def run() -> None:
        for _ in range(1000):
            total(logits).block_until_ready()

    total(logits).block_until_ready()
    return Sample(*clock(run))
