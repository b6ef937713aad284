"""Seed generators and random draws.

A key is `[seed, counter]`, two uint32 that JAX's threefry generator takes as they are. A
`SeedGenerator` keeps the pair in a Variable and counts up with each draw, so that drawing is an
ordinary state change: pure inside a `Scope`, saved with the model.
"""

import random as python_random
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import dtypes, naming
from kerax.errors import ArgumentError
from kerax.variable import Variable

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "global_seed_generator",
    "make_seed",
    "normal",
    "randint",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]

_MAX_SEED = 2**32
_global: dict[str, "SeedGenerator"] = {}


def make_seed() -> int:
    """Draw a seed from Python's generator, which `set_random_seed` makes repeatable."""
    return python_random.randint(1, int(1e9))


class SeedGenerator:
    """A source of fresh keys, one for each draw: `[seed, counter]`, the counter rising.

    Args:
        seed: an integer in `[0, 2**32)`; None draws one.
        name: the first part of the path of its variable.

    Raises:
        ArgumentError: where the seed is no such integer.

    Example:
        >>> generator = SeedGenerator(seed=7, name="drop")
        >>> generator.next().tolist(), generator.next().tolist()
        ([7, 0], [7, 1])

    Reference:
        Salmon et al., 2011, Parallel Random Numbers: As Easy as 1, 2, 3.
        Keras: keras.random.SeedGenerator
    """

    def __init__(self, seed: int | None = None, name: str | None = None):
        self.name = name or naming.auto_name(type(self).__name__)
        self._initial_seed = seed
        value = make_seed() if seed is None else seed
        with naming.name_scope(self.name, caller=self):
            self.state = Variable(
                np.array([_checked_seed(value), 0], "uint32"),
                dtype="uint32",
                trainable=False,
                name="seed_generator_state",
            )

    def next(self, ordered: bool = True) -> jax.Array:
        """Return the present key and count up.

        Args:
            ordered: kept for Keras' signature.

        Returns:
            uint32 key data `[2]`, which `jax.random` takes as a key.
        """
        key = self.state.value
        self.state.assign(key + jnp.array([0, 1], "uint32"))
        return key

    def get_config(self) -> dict[str, Any]:
        """Return the seed that the generator was made with and its name."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SeedGenerator":
        """Make a generator, at its beginning, from what `get_config` returned."""
        return cls(**config)


def _checked_seed(seed: Any) -> int:
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if whole and 0 <= int(seed) < _MAX_SEED:
        return int(seed)
    raise ArgumentError(f"SeedGenerator: got seed {seed!r}; wanted an integer in [0, 2**32).")


def global_seed_generator() -> SeedGenerator:
    """Return the generator of draws made with `seed=None`."""
    if "generator" not in _global:
        _global["generator"] = SeedGenerator(make_seed(), name="global_seed_generator")
    return _global["generator"]


def set_random_seed(seed: int) -> None:
    """Seed Python's, numpy's and kerax' own generators, so that a program repeats itself.

    Args:
        seed: an integer in `[0, 2**32)`.

    Raises:
        ArgumentError: where it is none.

    Example:
        >>> set_random_seed(1)
        >>> first = normal((2,))
        >>> set_random_seed(1)
        >>> bool((normal((2,)) == first).all())
        True

    Reference:
        Keras: keras.utils.set_random_seed
    """
    seed = _checked_seed(seed)
    python_random.seed(seed)
    np.random.seed(seed)
    _global.clear()


def key_of(seed: Any) -> jax.Array:
    """Return the key for one draw; None asks the global generator."""
    if seed is None:
        seed = global_seed_generator()
    if isinstance(seed, SeedGenerator):
        return jax.random.wrap_key_data(seed.next(), impl="threefry2x32")
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        data = np.array([_checked_seed(seed), 0], "uint32")
        return jax.random.wrap_key_data(jnp.asarray(data), impl="threefry2x32")
    if isinstance(seed, jax.Array):
        typed = jnp.issubdtype(seed.dtype, jax.dtypes.prng_key)
        return seed if typed else jax.random.wrap_key_data(seed, impl="threefry2x32")
    raise ArgumentError(
        f"seed: got {seed!r}; wanted an integer, a SeedGenerator, a JAX key or None."
    )


def _float(dtype: Any, where: str) -> Any:
    name = dtypes.standardize_dtype(dtype)
    if not dtypes.is_float(name):
        raise ArgumentError(f"kerax.random.{where}: got dtype {dtype!r}; wanted a float type.")
    return jax.dtypes.canonicalize_dtype(jnp.dtype(name))


def normal(
    shape: Sequence[int],
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> jax.Array:
    """Draw from the normal distribution.

    Args:
        shape: shape of the result.
        mean: its mean.
        stddev: its standard deviation.
        dtype: a float type; None means `floatx()`.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of `shape`.

    Example:
        >>> normal((2, 3), seed=1).shape
        (2, 3)

    Reference:
        Keras: keras.random.normal
    """
    kind = _float(dtype, "normal")
    draw = jax.random.normal(key_of(seed), tuple(shape), kind)
    return draw * jnp.asarray(stddev, kind) + jnp.asarray(mean, kind)


def truncated_normal(
    shape: Sequence[int],
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> jax.Array:
    """Draw from the normal distribution cut off at two standard deviations.

    Args:
        shape: shape of the result.
        mean: mean of the uncut distribution.
        stddev: its standard deviation.
        dtype: a float type; None means `floatx()`.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of `shape`, within `mean ± 2 stddev`.

    Example:
        >>> bool(abs(truncated_normal((99,), seed=1)).max() <= 2)
        True

    Reference:
        Keras: keras.random.truncated_normal
    """
    kind = _float(dtype, "truncated_normal")
    draw = jax.random.truncated_normal(key_of(seed), -2.0, 2.0, tuple(shape), kind)
    return draw * jnp.asarray(stddev, kind) + jnp.asarray(mean, kind)


def uniform(
    shape: Sequence[int],
    minval: Any = 0.0,
    maxval: Any = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> jax.Array:
    """Draw uniformly from `[minval, maxval)`.

    Args:
        shape: shape of the result.
        minval: the lowest value.
        maxval: the bound above, not reached.
        dtype: a float type; None means `floatx()`.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of `shape`.

    Example:
        >>> uniform((2,), seed=1).shape
        (2,)

    Reference:
        Keras: keras.random.uniform
    """
    kind = _float(dtype, "uniform")
    return jax.random.uniform(key_of(seed), tuple(shape), kind, minval, maxval)


def randint(
    shape: Sequence[int], minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None
) -> jax.Array:
    """Draw integers uniformly from `[minval, maxval)`.

    Args:
        shape: shape of the result.
        minval: the lowest value.
        maxval: the bound above, not reached.
        dtype: an integer type.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of `shape`.

    Raises:
        ArgumentError: where `dtype` is not an integer type.

    Example:
        >>> randint((2,), 5, 6, seed=1).tolist()
        [5, 5]

    Reference:
        Keras: keras.random.randint
    """
    name = dtypes.standardize_dtype(dtype)
    if not dtypes.is_int(name):
        raise ArgumentError(f"kerax.random.randint: got dtype {dtype!r}; wanted an integer type.")
    kind = jax.dtypes.canonicalize_dtype(jnp.dtype(name))
    return jax.random.randint(key_of(seed), tuple(shape), minval, maxval, kind)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Draw class numbers with probabilities `softmax(logits)`.

    Args:
        logits: unnormalized log probabilities `[batch, classes]`.
        num_samples: draws for each row.
        dtype: an integer type.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor `[batch, num_samples]`.

    Example:
        >>> categorical(np.array([[-99.0, 99.0]]), 3, seed=1).tolist()
        [[1, 1, 1]]

    Reference:
        Keras: keras.random.categorical
    """
    logits = jnp.asarray(logits)[..., None]
    shape = (logits.shape[0], num_samples)
    draw = jax.random.categorical(key_of(seed), logits, axis=1, shape=shape)
    return draw.astype(jax.dtypes.canonicalize_dtype(dtypes.standardize_dtype(dtype)))


def dropout(
    inputs: Any, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Any = None
) -> jax.Array:
    """Set a share of the elements to zero and scale the others by `1 / (1 - rate)`.

    Args:
        inputs: float tensor of any shape.
        rate: share to drop, in `[0, 1)`; 1 gives zeros.
        noise_shape: shape of the drawn mask, broadcast to the inputs'; None stands for their size.
        seed: an integer (the same mask each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of the inputs' shape.

    Example:
        >>> sorted(set(dropout(np.ones(99), 0.5, seed=1).tolist()))
        [0.0, 2.0]

    Reference:
        Srivastava et al., 2014, Dropout. Keras: keras.random.dropout
    """
    inputs = jnp.asarray(inputs)
    shape = inputs.shape
    if noise_shape is not None:
        pairs = zip(noise_shape, shape, strict=True)
        shape = tuple(full if size is None else size for size, full in pairs)
    if isinstance(rate, (int, float)) and rate >= 1:
        return jnp.zeros_like(inputs)
    keep = 1.0 - rate
    kept = jax.random.bernoulli(key_of(seed), keep, shape)
    return jnp.where(kept, inputs / jnp.asarray(keep, inputs.dtype), jnp.zeros((), inputs.dtype))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> jax.Array:
    """Put the entries along one axis in random order, each line along it by itself.

    Args:
        x: tensor of any shape.
        axis: the axis to shuffle.
        seed: an integer (the same order each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of the same shape.

    Example:
        >>> sorted(shuffle(np.arange(3), seed=1).tolist())
        [0, 1, 2]

    Reference:
        Keras: keras.random.shuffle
    """
    return jax.random.permutation(key_of(seed), jnp.asarray(x), axis, independent=True)


def gamma(shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Draw from the gamma distribution of scale 1.

    Args:
        shape: shape of the result.
        alpha: the distribution's shape parameter, positive; broadcast to `shape`.
        dtype: a float type; None means `floatx()`.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of `shape`.

    Example:
        >>> gamma((2,), 3.0, seed=1).shape
        (2,)

    Reference:
        Keras: keras.random.gamma
    """
    kind = _float(dtype, "gamma")
    return jax.random.gamma(key_of(seed), jnp.asarray(alpha, kind), tuple(shape), kind)


def beta(
    shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Draw from the beta distribution.

    Args:
        shape: shape of the result.
        alpha: first parameter, positive; broadcast to `shape`.
        beta: second parameter, positive; broadcast to `shape`.
        dtype: a float type; None means `floatx()`.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of `shape`, between 0 and 1.

    Example:
        >>> beta((2,), 2.0, 3.0, seed=1).shape
        (2,)

    Reference:
        Keras: keras.random.beta
    """
    kind = _float(dtype, "beta")
    first, second = jnp.asarray(alpha, kind), jnp.asarray(beta, kind)
    return jax.random.beta(key_of(seed), first, second, tuple(shape), kind)


def binomial(
    shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Draw numbers of successes in independent trials.

    Args:
        shape: shape of the result.
        counts: numbers of trials; broadcast to `shape`.
        probabilities: chances of success; broadcast to `shape`.
        dtype: a float type; None means `floatx()`.
        seed: an integer (the same values each time), a `SeedGenerator`, or None.

    Returns:
        Tensor of `shape` of whole numbers.

    Example:
        >>> binomial((2,), 5, 1.0, seed=1).tolist()
        [5.0, 5.0]

    Reference:
        Keras: keras.random.binomial
    """
    kind = _float(dtype, "binomial")
    trials, chance = jnp.asarray(counts, kind), jnp.asarray(probabilities, kind)
    return jax.random.binomial(key_of(seed), trials, chance, tuple(shape), kind)
