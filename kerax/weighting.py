"""How losses and metrics bring targets, predictions, weights and masks to one shape."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from kerax import dtypes, ops
from kerax.errors import ShapeError
from kerax.symbolic import any_symbolic

__all__ = ["align_weight", "float_pair", "masked_weight", "match_ranks", "output_kind", "weigh"]


def match_ranks(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Squeeze or expand a last axis of size 1, so that both tensors have one rank.

    Args:
        y_true: targets, `[batch, …]` or `[batch, …, 1]`.
        y_pred: predictions, likewise.

    Returns:
        Both as tensors; unchanged where no axis of size 1 makes the difference.

    Example:
        >>> [t.shape for t in match_ranks(np.zeros((4,)), np.zeros((4, 1)))]
        [(4, 1), (4, 1)]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) + 1:
        y_true, y_pred = _dropped(y_true, y_pred)
    elif len(y_pred.shape) == len(y_true.shape) + 1:
        y_pred, y_true = _dropped(y_pred, y_true)
    return y_true, y_pred


def _dropped(longer: Any, shorter: Any) -> tuple[Any, Any]:
    if longer.shape[-1] != 1:
        return longer, shorter
    if len(shorter.shape) == 1:
        return longer, ops.expand_dims(shorter, -1)
    return ops.squeeze(longer, -1), shorter


def _broadcasts(x: Any, y: Any) -> bool:
    if any_symbolic((x, y)):
        return True
    try:
        jnp.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return False
    return True


def float_pair(y_true: Any, y_pred: Any, where: str = "y_true and y_pred") -> tuple[Any, Any]:
    """Return targets and predictions with one rank and the predictions' float type.

    Args:
        y_true: targets `[batch, …]` of any type.
        y_pred: predictions `[batch, …]`; integers become `floatx()`.
        where: the place to name in errors.

    Returns:
        Both tensors.

    Raises:
        ShapeError: where their shapes do not broadcast.

    Example:
        >>> str(float_pair([1], [2])[0].dtype)
        'float32'
    """
    y_true, y_pred = match_ranks(y_true, y_pred)
    if not _broadcasts(y_true, y_pred):
        raise ShapeError(
            f"{where}: got shapes {tuple(y_true.shape)} and {tuple(y_pred.shape)}; wanted equal "
            "ones. Class numbers as targets need a sparse loss or metric."
        )
    if not dtypes.is_float(y_pred.dtype):
        y_pred = ops.cast(y_pred, dtypes.standardize_dtype(None))
    return ops.cast(y_true, y_pred.dtype), y_pred


def align_weight(weight: Any, values: Any) -> Any:
    """Give a weight the rank of the values: `[batch]` weighs whole samples.

    Args:
        weight: `[]`, `[batch, …]` with fewer, equal, or one more axis than the values.
        values: `[batch, …]`.

    Returns:
        The weight, broadcastable to the values.

    Raises:
        ShapeError: where it is not.

    Example:
        >>> align_weight(jnp.ones((2,)), jnp.ones((2, 3))).shape
        (2, 1)
    """
    given, rank = weight.shape, len(values.shape)
    if len(given) == rank + 1 and given[-1] == 1:
        weight = ops.squeeze(weight, -1)
    elif 0 < len(given) < rank and tuple(given) == tuple(values.shape[: len(given)]):
        weight = ops.reshape(weight, (*given, *[1] * (rank - len(given))))
    fits = _broadcasts(weight, values) and (rank == 0 or len(weight.shape) <= rank)
    if not fits:
        raise ShapeError(
            f"sample_weight: got shape {tuple(given)} for values of shape {tuple(values.shape)}; "
            "wanted one weight a sample, one a value, or a shape that broadcasts to the values'."
        )
    return weight


def masked_weight(weight: Any, mask: Any, dtype: str, rescale: bool = False) -> Any:
    """Join a mask and weights into one weight, None where there is neither.

    Args:
        weight: weights or None.
        mask: booleans `[batch, …]` or None; False means left out.
        dtype: the type of the result.
        rescale: whether to divide by the share of True, so that a mean over all values becomes
            the mean over those that count.

    Returns:
        A tensor of `dtype`, or None.
    """
    weight = None if weight is None else ops.cast(weight, dtype)
    if mask is None:
        return weight
    kept = ops.cast(mask, dtype)
    if rescale:
        share = ops.mean(kept)
        kept = kept / ops.where(ops.equal(share, 0), 1, share)
    if weight is None:
        return kept
    if len(weight.shape) < len(kept.shape):
        return align_weight(weight, kept) * kept
    return weight * align_weight(kept, weight)


def weigh(values: Any, weight: Any) -> Any:
    """Multiply values by weights; weight 0 gives 0 whatever the value.

    Args:
        values: `[batch, …]`.
        weight: a weight that `align_weight` takes.

    Returns:
        The products, of the values' shape.

    Example:
        >>> weigh(jnp.array([np.nan, 2.0]), jnp.array([0.0, 3.0])).tolist()
        [0.0, 6.0]
    """
    weight = align_weight(weight, values)
    return ops.where(ops.equal(weight, 0), 0, values * weight)


def output_kind(y_true: Any, y_pred: Any) -> str:
    """Tell what kind of classification targets and outputs are, from their shapes.

    Args:
        y_true: targets, anything with a shape.
        y_pred: outputs, likewise.

    Returns:
        `"binary"`, `"sparse_categorical"` or `"categorical"`.

    Example:
        >>> output_kind(np.zeros((8,)), np.zeros((8, 10)))
        'sparse_categorical'
    """
    true, pred = np.shape(y_true), np.shape(y_pred)
    if len(pred) < 2 or pred[-1] == 1:
        return "binary"
    if len(true) < len(pred) or true[-1] == 1:
        return "sparse_categorical"
    return "categorical"
