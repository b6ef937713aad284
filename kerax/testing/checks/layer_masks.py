"""Checks for layers that say that they support masks."""

import warnings
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from kerax.symbolic import get_mask, set_mask
from kerax.testing.case import Case
from kerax.testing.check import Skip, check
from kerax.testing.checks.layers import run_of
from kerax.testing.comparing import assert_equal_results
from kerax.testing.subject import Subject

__all__: list[str] = []


@check("layer.mask_accepted", "layer", needs=["mask"])
def mask_accepted(subject: Subject, case: Case) -> None:
    """It takes inputs with a mask without losing it, and a mask that it gives fits its output."""
    masked = _masked(subject, case)
    assert not masked.lost, masked.lost[0]
    for index, output in enumerate(masked.outputs):
        mask = get_mask(output)
        if mask is not None:
            assert jnp.asarray(mask).dtype == bool, f"output {index}: a mask of {mask.dtype}"
            shape, wanted = np.shape(mask), output.shape[: np.ndim(mask)]
            assert shape == wanted, f"output {index}: got a mask {shape}; wanted {wanted}"


@check("layer.masked_steps_ignored", "layer", needs=["mask"])
def masked_steps_ignored(subject: Subject, case: Case) -> None:
    """What stands in masked steps changes no output that is not masked itself."""
    masked = _masked(subject, case)
    mask = masked.mask
    others = jax.tree.map(lambda x: _with_others(x, mask), masked.inputs)
    changed = jax.tree.leaves(run_of(subject, case).layer(*others, training=False))
    for index, (first, second) in enumerate(zip(masked.outputs, changed, strict=True)):
        kept = get_mask(first)
        if kept is None:
            kept = np.ones(first.shape[:1], bool)
        elif np.shape(kept) == mask.shape:
            kept = np.asarray(kept) & mask
        kept = np.asarray(kept)
        assert_equal_results(
            np.asarray(second)[kept],
            np.asarray(first)[kept],
            f"output {index} where it is not masked, with other values in masked steps",
        )


@check("layer.mask_has_effect", "layer", needs=["mask"])
def mask_has_effect(subject: Subject, case: Case) -> None:
    """It passes the mask on, or gives other outputs than without a mask."""
    outputs = _masked(subject, case).outputs
    if any(get_mask(output) is not None for output in outputs):
        return
    plain = jax.tree.leaves(run_of(subject, case).outputs)
    same = all(np.allclose(a, b, atol=1e-6) for a, b in zip(outputs, plain, strict=True))
    assert not same, "the mask neither goes on with the outputs nor changes them"


class _Masked(NamedTuple):
    """A call on inputs with a mask `[batch, time]`, and the warnings that the mask is lost."""

    mask: np.ndarray
    inputs: tuple[Any, ...]
    outputs: list[Any]
    lost: list[str]


def _masked(subject: Subject, case: Case) -> _Masked:
    return subject.once(case, "layer_masked", lambda: _call_masked(subject, case))


def _call_masked(subject: Subject, case: Case) -> _Masked:
    run = run_of(subject, case)
    shapes = {x.shape[:2] for x in jax.tree.leaves(run.inputs) if x.ndim >= 3}
    if len(shapes) != 1:
        every_input = jax.tree.leaves([subject.inputs(each) for each in subject.cases])
        fitting = any(np.ndim(x) >= 3 for x in every_input)
        assert fitting, "declares mask; give a case with inputs [batch, time, features] to try it"
        raise Skip("the case has no inputs [batch, time, features] of one length")
    batch, time = shapes.pop()
    mask = np.ones((batch, time), bool)
    mask[0, time // 2 :] = False
    mask[-1, -1] = False
    inputs = jax.tree.map(lambda x: _with_mask(x, mask), run.inputs)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outputs = jax.tree.leaves(run.layer(*inputs, training=False))
    lost = [str(w.message) for w in caught if "mask" in str(w.message)]
    return _Masked(mask, inputs, outputs, lost)


def _with_mask(x: Any, mask: np.ndarray) -> Any:
    x = jnp.array(x)
    if x.shape[:2] == mask.shape:
        set_mask(x, jnp.asarray(mask))
    return x


def _with_others(x: Any, mask: np.ndarray) -> Any:
    if x.shape[:2] != mask.shape:
        return x
    hidden = ~mask.reshape(*mask.shape, *(1,) * (x.ndim - 2))
    return _with_mask(jnp.where(hidden, x * -3 + jnp.ones((), x.dtype), x), mask)
