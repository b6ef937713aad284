"""Ops that take axes away, accumulate along them, sort them or look things up in them."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from kerax.ops.definitions import array, axes_of, define, jax_dtype, reduction
from kerax.ops.dispatch import op

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "average",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "in_top_k",
    "logsumexp",
    "max",
    "mean",
    "median",
    "min",
    "moments",
    "norm",
    "prod",
    "quantile",
    "searchsorted",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sort",
    "std",
    "sum",
    "top_k",
    "var",
]

sum = reduction("sum", jnp.sum, "Return the sum.")
mean = reduction("mean", jnp.mean, "Return the mean.")
var = reduction("var", jnp.var, "Return the variance, dividing by the count.")
std = reduction("std", jnp.std, "Return the standard deviation, dividing by the count.")
median = reduction("median", jnp.median, "Return the median.")
all = reduction("all", jnp.all, "Tell whether all elements are true.")
any = reduction("any", jnp.any, "Tell whether any element is true.")
amax = reduction("amax", jnp.max, "Return the largest element.")
amin = reduction("amin", jnp.min, "Return the smallest element.")
argmax = reduction("argmax", jnp.argmax, "Return the position of the largest element, as int32.")
argmin = reduction("argmin", jnp.argmin, "Return the position of the smallest element, as int32.")
logsumexp = reduction("logsumexp", jax.nn.logsumexp, "Return `log(sum(exp(x)))`, safely.")


@op
def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the largest element.

    Args:
        x: tensor of any shape.
        axis: the axis or axes to reduce; None means all.
        keepdims: whether reduced axes stay with size 1.
        initial: the least result, needed where there are no elements.

    Returns:
        Tensor without the reduced axes.

    Example:
        >>> max([[1, 5], [3, 2]], axis=1).tolist()
        [5, 3]

    Reference:
        Keras: keras.ops.max
    """
    return jnp.max(array(x), axis=axes_of(axis), keepdims=keepdims, initial=initial)


@op
def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the smallest element.

    Args:
        x: tensor of any shape.
        axis: the axis or axes to reduce; None means all.
        keepdims: whether reduced axes stay with size 1.
        initial: the greatest result, needed where there are no elements.

    Returns:
        Tensor without the reduced axes.

    Example:
        >>> min([[1, 5], [3, 2]], axis=1).tolist()
        [1, 2]

    Reference:
        Keras: keras.ops.min
    """
    return jnp.min(array(x), axis=axes_of(axis), keepdims=keepdims, initial=initial)


@op
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Return the product.

    Args:
        x: tensor of any shape.
        axis: the axis or axes to reduce; None means all.
        keepdims: whether reduced axes stay with size 1.
        dtype: type of the result.

    Returns:
        Tensor without the reduced axes.

    Example:
        >>> int(prod([2, 3]))
        6

    Reference:
        Keras: keras.ops.prod
    """
    kind = None if dtype is None else jax_dtype(dtype)
    return jnp.prod(array(x), axis=axes_of(axis), keepdims=keepdims, dtype=kind)


@op
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """Count the elements other than 0.

    Args:
        x: tensor of any shape.
        axis: the axis or axes to reduce; None means all.

    Returns:
        int32 tensor without the reduced axes.

    Example:
        >>> int(count_nonzero([1, 0, 2]))
        2

    Reference:
        Keras: keras.ops.count_nonzero
    """
    return jnp.count_nonzero(array(x), axis=axes_of(axis)).astype("int32")


@op
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """Return the weighted mean.

    Args:
        x: tensor of any shape.
        axis: the axis or axes to reduce; None means all.
        weights: tensor of the shape of `x` or of its one axis; None weights all alike.

    Returns:
        Tensor without the reduced axes.

    Example:
        >>> float(average([1.0, 3.0], weights=[1, 3]))
        2.5

    Reference:
        Keras: keras.ops.average
    """
    weights = None if weights is None else array(weights)
    return jnp.average(array(x), axis=axes_of(axis), weights=weights)


@op(static=("axes",))
def moments(
    x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Return mean and variance; half-precision inputs are computed in float32.

    Args:
        x: tensor of any shape.
        axes: the axes to reduce.
        keepdims: whether reduced axes stay with size 1.
        synchronized: kept for Keras' signature; arrays are global here.

    Returns:
        Two tensors without the reduced axes, of the type of `x`.

    Example:
        >>> mean, variance = moments([1.0, 3.0], axes=[0])
        >>> float(mean), float(variance)
        (2.0, 1.0)

    Reference:
        Keras: keras.ops.moments
    """
    x, axes = array(x), axes_of(axes)
    wide = x.astype("float32") if x.dtype in (jnp.float16, jnp.bfloat16) else x
    mean = jnp.mean(wide, axes, keepdims=True)
    variance = jnp.mean(jnp.square(wide - mean), axes, keepdims=True)
    if not keepdims:
        mean, variance = jnp.squeeze(mean, axes), jnp.squeeze(variance, axes)
    if wide is x:
        return mean, variance
    limit = float(jnp.finfo(x.dtype).max)
    return tuple(jnp.clip(m, -limit, limit).astype(x.dtype) for m in (mean, variance))  # type: ignore[return-value]  # of length 2


@op
def quantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Return quantiles.

    Args:
        x: tensor of any shape.
        q: one or more shares between 0 and 1.
        axis: the axis or axes to reduce; None means all.
        method: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: whether reduced axes stay with size 1.

    Returns:
        Tensor `[*shape(q), ...]` without the reduced axes.

    Example:
        >>> float(quantile([1.0, 2.0, 3.0], 0.5))
        2.0

    Reference:
        Keras: keras.ops.quantile
    """
    return jnp.quantile(array(x), array(q), axes_of(axis), method=method, keepdims=keepdims)


@op
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the norm of vectors or matrices.

    Args:
        x: tensor of any shape.
        ord: as for `numpy.linalg.norm`; None means the root of the sum of squares.
        axis: one axis for vectors, two for matrices, None for all elements.
        keepdims: whether reduced axes stay with size 1.

    Returns:
        Tensor without the reduced axes.

    Example:
        >>> float(norm([3.0, 4.0]))
        5.0

    Reference:
        Keras: keras.ops.norm
    """
    return jnp.linalg.norm(array(x), ord, axes_of(axis), keepdims)


@op
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Return running sums.

    Args:
        x: tensor of any shape.
        axis: the axis to run along; None flattens first.
        dtype: type of the result.

    Returns:
        Tensor of the shape of `x`, or flat.

    Example:
        >>> cumsum([1, 2, 3]).tolist()
        [1, 3, 6]

    Reference:
        Keras: keras.ops.cumsum
    """
    return jnp.cumsum(array(x), axis, None if dtype is None else jax_dtype(dtype))


@op
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Return running products.

    Args:
        x: tensor of any shape.
        axis: the axis to run along; None flattens first.
        dtype: type of the result.

    Returns:
        Tensor of the shape of `x`, or flat.

    Example:
        >>> cumprod([1, 2, 3]).tolist()
        [1, 2, 6]

    Reference:
        Keras: keras.ops.cumprod
    """
    return jnp.cumprod(array(x), axis, None if dtype is None else jax_dtype(dtype))


@op
def sort(x: Any, axis: int = -1) -> Any:
    """Sort along one axis, smallest first.

    Args:
        x: tensor of any shape.
        axis: the axis; None flattens first.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> sort([3, 1, 2]).tolist()
        [1, 2, 3]

    Reference:
        Keras: keras.ops.sort
    """
    return jnp.sort(array(x), axis=axis)


@op
def argsort(x: Any, axis: int | None = -1) -> Any:
    """Return the positions that would sort a tensor.

    Args:
        x: tensor of any shape.
        axis: the axis; None flattens first.

    Returns:
        int32 tensor of the shape of `x`.

    Example:
        >>> argsort([3, 1, 2]).tolist()
        [1, 2, 0]

    Reference:
        Keras: keras.ops.argsort
    """
    return jnp.argsort(array(x), axis=axis)


@op
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Return where values would stand in a sorted sequence.

    Args:
        sorted_sequence: tensor `[n]`, smallest first.
        values: tensor of any shape.
        side: `"left"` or `"right"` of equal elements.

    Returns:
        int32 tensor of the shape of `values`.

    Example:
        >>> searchsorted([1, 3, 5], [4]).tolist()
        [2]

    Reference:
        Keras: keras.ops.searchsorted
    """
    return jnp.searchsorted(array(sorted_sequence), array(values), side=side)


@op(static=("k",))
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """Return the `k` largest elements along the last axis, largest first.

    Args:
        x: tensor `[..., n]`.
        k: how many.
        sorted: kept for Keras' signature; the result is always sorted.

    Returns:
        Values and int32 positions, both `[..., k]`.

    Example:
        >>> values, indices = top_k([1, 7, 5], 2)
        >>> values.tolist(), indices.tolist()
        ([7, 5], [1, 2])

    Reference:
        Keras: keras.ops.top_k
    """
    values, positions = lax.top_k(array(x), k)
    return values, positions


@op(static=("k",))
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Tell whether each target class is among the `k` best predictions; ties count as inside.

    Args:
        targets: class numbers `[batch]`; those out of range, and predictions that are not
            finite at the target, give False.
        predictions: scores `[batch, classes]`.
        k: how many.

    Returns:
        Boolean tensor `[batch]`.

    Example:
        >>> in_top_k([0, 1], [[0.6, 0.4], [0.6, 0.4]], 1).tolist()
        [True, False]

    Reference:
        Keras: keras.ops.in_top_k
    """
    targets, predictions = array(targets), array(predictions)
    classes = predictions.shape[-1]
    inside = (targets >= 0) & (targets < classes)
    column = jnp.where(inside, targets, 0)[..., None].astype("int32")
    score = jnp.take_along_axis(predictions, column, axis=-1)
    better = jnp.sum(predictions > score, axis=-1)
    return inside & (better < k) & jnp.isfinite(score[..., 0])


def _segment(name: str, compute: Any, summary: str) -> Any:
    def fn(
        data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
    ) -> Any:
        return compute(array(data), array(segment_ids), num_segments, indices_are_sorted=sorted)

    return define(
        name,
        fn,
        f"""{summary}

        Args:
            data: tensor `[n, ...]`.
            segment_ids: integer tensor `[n]`: the segment of each entry.
            num_segments: number of segments, needed under jit.
            sorted: whether the ids are known to rise.

        Returns:
            Tensor `[num_segments, ...]`.

        Reference:
            Keras: keras.ops.{name}
        """,
    )


segment_sum = _segment("segment_sum", jax.ops.segment_sum, "Sum the entries of each segment.")
segment_max = _segment("segment_max", jax.ops.segment_max, "Return each segment's largest entry.")
segment_min = _segment("segment_min", jax.ops.segment_min, "Return each segment's smallest entry.")
segment_prod = _segment("segment_prod", jax.ops.segment_prod, "Multiply each segment's entries.")
