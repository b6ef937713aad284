"""Synthetic data that a model can learn, so that a falling loss shows it trains."""

import numpy as np

ROWS = 60_000
NEAR_EMPTY_ROWS = 64_000


def digits(rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Return x `[rows, 784]` float32 and y `[rows]` in 0..9, labelled by a random linear map."""
    rng = np.random.default_rng(0)
    x = rng.random((rows, 784), dtype="float32")
    return x, np.argmax(x @ rng.standard_normal((784, 10)), axis=-1).astype("int32")


def line(rows: int = NEAR_EMPTY_ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Return x `[rows, 8]` and y `[rows, 1]`, float32, a linear map with a little noise."""
    rng = np.random.default_rng(0)
    x = rng.random((rows, 8), dtype="float32")
    y = x.sum(axis=1, keepdims=True) + 0.1 * rng.standard_normal((rows, 1))
    return x, y.astype("float32")
