"""Samples of a batch: chosen, repeated and left out, for losses and metrics alike."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["count", "duplicated", "kept", "take"]


def count(batch: Any) -> int:
    """Return the number of samples of a tree of arrays `[batch, …]`.

    Example:
        >>> count((np.zeros((4, 2)), np.zeros(4)))
        4
    """
    return len(jax.tree.leaves(batch)[0])


def take(batch: Any, rows: Any) -> Any:
    """Return the samples of some rows, as JAX' arrays.

    Args:
        batch: a tree of arrays `[batch, …]`.
        rows: indices, booleans or a slice.

    Example:
        >>> take(np.arange(4), [3, 3]).tolist()
        [3, 3]
    """
    return jax.tree.map(lambda x: jnp.asarray(np.asarray(x)[rows]), batch)


def kept(samples: int) -> np.ndarray:
    """Return booleans `[samples]`, of which every third is False: what a mask leaves in.

    Example:
        >>> kept(4).tolist()
        [True, False, True, True]
    """
    return np.arange(samples) % 3 != 1


def duplicated(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how often each sample counts, 0 to 3 times, and the rows of a batch where it does.

    There are as many rows as samples, so that what is compiled for one batch serves the other.

    Example:
        >>> duplicated(5)
        (array([2, 0, 3, 0, 0]), array([0, 0, 2, 2, 2]))
    """
    counts = np.zeros(samples, int)
    for row in range(0, samples, 2):
        counts[row] = min(2 + row // 2, 3, samples - counts.sum())
    return counts, np.repeat(np.arange(samples), counts)
