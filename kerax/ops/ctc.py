"""Connectionist temporal classification: sequences of labels without alignment."""

from typing import Any

import jax
import jax.numpy as jnp

from kerax.errors import ShapeError
from kerax.ops.definitions import array
from kerax.ops.dispatch import op
from kerax.ops.elementwise import as_float

__all__ = ["ctc_loss"]

_IMPOSSIBLE = -1e5  # a logarithm of probability 0 whose gradient stays finite


@op
def ctc_loss(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> Any:
    """Return the negative logarithm of the probability of label sequences, over all alignments.

        loss = -log(sum over the alignments a of the labels: prod_t softmax(output_t)[a_t])

    Args:
        target: labels `[batch, max_labels]`, whole numbers other than `mask_index`.
        output: logits `[batch, time, classes]`.
        target_length: number of labels of each sample `[batch]`.
        output_length: number of steps of each sample `[batch]`.
        mask_index: the class of the blank between labels.

    Returns:
        Loss `[batch]`, of the output's type; about 1e5 where there are more labels than steps,
        NaN where a label is no class.

    Raises:
        ShapeError: where a shape is none of these.

    Example:
        >>> round(float(ctc_loss([[1]], [[[0.0, 0.0]]], [1], [1])[0]), 4)
        0.6931

    Reference:
        Graves et al., Connectionist Temporal Classification, 2006; Keras: keras.ops.ctc_loss,
        where a label that is no class gives some number.
    """
    labels, logits = array(target).astype("int32"), as_float(array(output))
    lengths, steps = array(target_length), array(output_length)
    if labels.ndim != 2 or logits.ndim != 3 or lengths.ndim != 1 or steps.ndim != 1:
        raise ShapeError(
            f"ctc_loss: got target {labels.shape}, output {logits.shape}, target_length "
            f"{lengths.shape} and output_length {steps.shape}; wanted [batch, labels], "
            "[batch, time, classes], [batch] and [batch]."
        )
    states = _with_blanks(labels, mask_index)
    wide = jax.nn.log_softmax(logits.astype(jnp.promote_types(logits.dtype, jnp.float32)))
    emitted = jnp.take_along_axis(wide, states[:, None, :], axis=2)
    final = _forward(emitted, _may_skip(states, mask_index), steps)
    last = jnp.take_along_axis(final, 2 * lengths[:, None], axis=1)[:, 0]
    before = jnp.take_along_axis(final, jnp.maximum(2 * lengths - 1, 0)[:, None], axis=1)[:, 0]
    before = jnp.where(lengths > 0, before, _IMPOSSIBLE)
    loss = jnp.where(_are_classes(labels, lengths, logits.shape[2]), 0.0, jnp.nan)
    return (loss - jnp.logaddexp(last, before)).astype(logits.dtype)


def _are_classes(labels: jax.Array, lengths: jax.Array, classes: int) -> jax.Array:
    """Tell for each sample whether all its labels are classes: an index below 0 would wrap."""
    good = (labels >= 0) & (labels < classes)
    return jnp.all(good | (jnp.arange(labels.shape[1]) >= lengths[:, None]), axis=1)


def _with_blanks(labels: jax.Array, blank: int) -> jax.Array:
    """Put a blank before, between and after the labels: `[batch, 2 labels + 1]`."""
    states = jnp.full((labels.shape[0], 2 * labels.shape[1] + 1), blank, "int32")
    return states.at[:, 1::2].set(labels)


def _may_skip(states: jax.Array, blank: int) -> jax.Array:
    """Tell where an alignment may go from the label before without a blank between."""
    skips = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    return jnp.pad(skips, ((0, 0), (2, 0)))


def _forward(emitted: jax.Array, may_skip: jax.Array, steps: jax.Array) -> jax.Array:
    """Return the logarithm of the probability of being in each state after the last step."""
    starts = jnp.arange(emitted.shape[2]) < 2

    def step(scores: jax.Array, inputs: tuple) -> tuple[jax.Array, None]:
        time, emission = inputs
        from_one, from_two = _shifted(scores, 1), _shifted(scores, 2)
        from_two = jnp.where(may_skip, from_two, _IMPOSSIBLE)
        moved = jnp.logaddexp(jnp.logaddexp(scores, from_one), from_two) + emission
        return jnp.where((time < steps)[:, None], moved, scores), None

    first = jnp.where(starts, emitted[:, 0], _IMPOSSIBLE)
    times = jnp.arange(1, emitted.shape[1])
    return jax.lax.scan(step, first, (times, jnp.moveaxis(emitted[:, 1:], 1, 0)))[0]


def _shifted(scores: jax.Array, places: int) -> jax.Array:
    padded = jnp.pad(scores, ((0, 0), (places, 0)), constant_values=_IMPOSSIBLE)
    return padded[:, : scores.shape[1]]
