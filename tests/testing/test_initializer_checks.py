"""The checks of initializers: each finds the wrong one made for it, and odd but right ones pass."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerax import initializers
from kerax.plugins import ComponentSpec
from kerax.random import SeedGenerator, make_seed
from kerax.testing import check_component, list_checks


class Draws:
    """Right in every way, and the base of what is wrong in one."""

    def __init__(self, seed=None):
        self.seed = make_seed() if seed is None else seed

    def __call__(self, shape, dtype=None):
        return self.draw(tuple(shape)).astype(jnp.dtype(dtype or "float32"))

    def draw(self, shape):
        return np.random.default_rng(self.seed).normal(size=shape)

    def get_config(self):
        return {"seed": self.seed}


class InFloat32(Draws):
    """It gives float32 whatever was asked for."""

    def __call__(self, shape, dtype=None):
        return super().__call__(shape, "float32")


class OfTuples(Draws):
    """It takes shapes that can be hashed only."""

    def __call__(self, shape, dtype=None):
        return super().__call__(next(iter({shape})), dtype)


class TooLarge(Draws):
    """Its values are beyond float16."""

    def __call__(self, shape, dtype=None):
        with np.errstate(over="ignore"):
            return super().__call__(shape, dtype)

    def draw(self, shape):
        return 1e6 * super().draw(shape)


class GoesOn(Draws):
    """Each call goes on where the last one ended."""

    def __init__(self, seed=None):
        super().__init__(seed)
        self.rng = np.random.default_rng(self.seed)

    def draw(self, shape):
        return self.rng.normal(size=shape)


class Counted(Draws):
    """Each instance has a seed of its own, whatever seed was given."""

    count = itertools.count(1000)

    def __init__(self, seed=None):
        super().__init__((seed or 0) + next(self.count))


class Deaf(Draws):
    """It ignores a seed that is given."""

    def __init__(self, seed=None):
        super().__init__(None if seed is None else 0)


class FixedByDefault(Draws):
    """Without a seed it takes 0."""

    def __init__(self, seed=None):
        super().__init__(seed or 0)


class GrowsWithSeed(Draws):
    """The seed is a scale as well."""

    def draw(self, shape):
        return super().draw(shape) * (1 + self.seed % 2)


class InPairs(Draws):
    """Two rows each are equal."""

    def draw(self, shape):
        rows = super().draw((-(-shape[0] // 2), *shape[1:]))
        return np.repeat(rows, 2, axis=0)[: shape[0]]


class LooksAtValues(Draws):
    """It reads its own values, which a trace does not have."""

    def __call__(self, shape, dtype=None):
        values = jax.random.normal(jax.random.key(self.seed), tuple(shape), dtype or "float32")
        return values if float(values[0, 0]) > -9 else -values


class LikeAnArray(Draws):
    """It passes for an array, which layers take for the values themselves."""

    def __array__(self, *arguments, **options):
        return np.zeros(2)


def halves(shape, dtype=None):
    """A plain function without a seed."""
    return np.full(tuple(shape), 0.5, jnp.dtype(dtype or "float32"))


def any_noise(shape, dtype=None):
    """It draws without a seed, and says so."""
    return np.random.default_rng().normal(size=tuple(shape)).astype(jnp.dtype(dtype or "float32"))


class ByAxis(Draws):
    """Its scale depends on the place along an axis."""

    def draw(self, shape):
        return super().draw(shape) * np.linspace(0.1, 1, shape[-1])


class Standard(initializers.Initializer):
    """An Initializer by the base class, which takes generators as seeds too."""

    def __init__(self, seed=None):
        self.seed = make_seed() if seed is None else seed

    def __call__(self, shape, dtype=None):
        return jax.random.normal(jax.random.key(self.seed), tuple(shape), dtype or "float32")

    def get_config(self):
        return {"seed": self.seed}


def spec(target, **fields):
    return ComponentSpec(
        "initializer", "part", f"{__name__}:{target.__name__}", summary="Draws", **fields
    )


WRONG = [
    (InFloat32, {"shape_and_dtype"}),
    (OfTuples, {"keyword_dtype"}),
    (TooLarge, {"finite"}),
    (GoesOn, {"same_values_at_each_call", "under_jit"}),
    (Counted, {"same_seed_same_values"}),
    (Deaf, {"other_seed_other_values"}),
    (FixedByDefault, {"fresh_seed_by_default"}),
    (GrowsWithSeed, {"statistics"}),
    (InPairs, {"neighbours_differ"}),
    (LooksAtValues, {"under_jit"}),
    (LikeAnArray, {"fills_a_weight"}),
]


@pytest.mark.parametrize(("target", "wrong"), WRONG)
def test_each_wrong_initializer_fails_the_check_meant_for_it(target, wrong, failures):
    assert failures(spec(target), "initializer") == {f"initializer.{name}" for name in wrong}


@pytest.mark.parametrize("target", [Draws, halves, ByAxis, Standard])
def test_odd_initializers_that_are_right_pass(target, failures):
    assert not failures(spec(target), "initializer")


def test_a_draw_without_a_seed_is_right_where_it_is_declared(failures):
    assert not failures(spec(any_noise, deterministic=False), "initializer")
    assert "initializer.same_values_at_each_call" in failures(spec(any_noise), "initializer")


def test_every_check_of_initializers_has_a_wrong_initializer():
    ids = {c.id for c in list_checks("initializer") if c.id.startswith("initializer.")}
    assert {f"initializer.{name}" for _, wrong in WRONG for name in wrong} == ids


def test_a_seed_generator_gives_new_values_at_each_call():
    initializer = initializers.RandomNormal(seed=SeedGenerator(1))
    assert not np.array_equal(initializer((3,)), initializer((3,)))


def test_messages_say_what_was_got_and_wanted():
    report = check_component(spec(InFloat32), checks=["initializer.shape_and_dtype"])
    assert "got (4, 6) of float32; wanted (4, 6) of float16" in str(report)
