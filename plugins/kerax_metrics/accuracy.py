"""How often predictions are right."""

from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.weighting import match_ranks
from kerax_metrics.reduction import NamedMean


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Tell where predictions equal targets.

    Args:
        y_true: targets `[batch, …]`.
        y_pred: predictions `[batch, …]`.

    Returns:
        1 or 0 for each value, `[batch, …]`.

    Example:
        >>> accuracy([1, 2], [1, 3]).tolist()
        [1.0, 0.0]
    """
    y_true, y_pred = match_ranks(y_true, y_pred)
    _check(_broadcast(y_true, y_pred), "accuracy", y_true, y_pred, "of one shape")
    return ops.cast(ops.equal(y_true, y_pred), "float32")


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Tell where predictions above a threshold are 1 in the targets, and others 0.

    Args:
        y_true: targets `[batch, …, d]`, 0 or 1.
        y_pred: probabilities `[batch, …, d]`.
        threshold: what a prediction of 1 exceeds.

    Returns:
        1 or 0 for each value, `[batch, …, d]`.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> binary_accuracy([1, 0], [0.7, 0.6]).tolist()
        [1.0, 0.0]

    Reference:
        Keras: keras.metrics.binary_accuracy
    """
    y_true, y_pred = match_ranks(y_true, y_pred)
    _check(_broadcast(y_true, y_pred), "binary_accuracy", y_true, y_pred, "of one shape")
    chosen = ops.cast(y_pred > threshold, "float32")
    return ops.cast(ops.equal(ops.cast(y_true, "float32"), chosen), "float32")


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Tell where the likeliest class is that of a one-hot target.

    Args:
        y_true: targets `[batch, …, classes]`.
        y_pred: probabilities or logits `[batch, …, classes]`.

    Returns:
        1 or 0 for each sample, `[batch, …]`.

    Raises:
        ShapeError: where the shapes differ.

    Example:
        >>> categorical_accuracy([[0, 1], [1, 0]], [[0.1, 0.9], [0.4, 0.6]]).tolist()
        [1.0, 0.0]

    Reference:
        Keras: keras.metrics.categorical_accuracy, which compares unequal shapes as it can.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    _check_one_hot("categorical_accuracy", y_true, y_pred)
    return accuracy(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Tell where the likeliest class is the target's number.

    Args:
        y_true: class numbers `[batch, …]` or `[batch, …, 1]`.
        y_pred: probabilities or logits `[batch, …, classes]`.

    Returns:
        1 or 0 for each sample, `[batch, …]`.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.4, 0.6]]).tolist()
        [1.0, 0.0]

    Reference:
        Keras: keras.metrics.sparse_categorical_accuracy, which compares unequal shapes as it can.
    """
    y_true, y_pred = _class_numbers("sparse_categorical_accuracy", y_true, y_pred)
    return accuracy(y_true, ops.argmax(y_pred, axis=-1))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Tell where the class of a one-hot target is among the k likeliest, ties included.

    Args:
        y_true: targets `[batch, …, classes]`.
        y_pred: probabilities or logits `[batch, …, classes]`.
        k: how many classes count.

    Returns:
        1 or 0 for each sample, `[batch, …]`.

    Raises:
        ShapeError: where the shapes differ.

    Example:
        >>> top_k_categorical_accuracy([[0, 1, 0]], [[0.2, 0.3, 0.5]], k=2).tolist()
        [1.0]

    Reference:
        Keras: keras.metrics.top_k_categorical_accuracy
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    _check_one_hot("top_k_categorical_accuracy", y_true, y_pred)
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k=k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """Tell where the target's class number is among the k likeliest, ties included.

    Args:
        y_true: class numbers `[batch, …]` or `[batch, …, 1]`.
        y_pred: probabilities or logits `[batch, …, classes]`, or class numbers, likeliest first.
        k: how many classes count.
        from_sorted_ids: whether `y_pred` is class numbers.

    Returns:
        1 or 0 for each sample, `[batch, …]`.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> sparse_top_k_categorical_accuracy([1], [[0.2, 0.3, 0.5]], k=2).tolist()
        [1.0]

    Reference:
        Keras: keras.metrics.sparse_top_k_categorical_accuracy. Here a NaN is never among the k.
    """
    y_true, y_pred = _class_numbers("sparse_top_k_categorical_accuracy", y_true, y_pred)
    wanted = ops.expand_dims(y_true, -1)
    if from_sorted_ids:
        found = ops.any(ops.equal(ops.cast(y_pred[..., :k], "int32"), wanted), axis=-1)
        return ops.cast(found, "float32")
    # The rank is counted rather than sorted out: one pass over the classes.
    is_class = ops.logical_and(wanted >= 0, wanted < y_pred.shape[-1])
    own = ops.take_along_axis(y_pred, ops.where(is_class, wanted, 0), axis=-1)
    better = ops.sum(ops.cast(y_pred > own, "int32"), axis=-1)
    is_ranked = ops.logical_and(is_class, ops.logical_not(ops.isnan(own)))[..., 0]
    return ops.cast(ops.logical_and(better < k, is_ranked), "float32")


def _broadcast(y_true: Any, y_pred: Any) -> bool:
    pairs = zip(reversed(y_true.shape), reversed(y_pred.shape), strict=False)
    return all(a == b or 1 in (a, b) for a, b in pairs)


def _check(fits: bool, where: str, y_true: Any, y_pred: Any, wanted: str) -> None:
    if not fits:
        raise ShapeError(
            f"{where}: got targets of shape {tuple(y_true.shape)} and predictions of shape "
            f"{tuple(y_pred.shape)}; wanted them {wanted}."
        )


def _check_one_hot(where: str, y_true: Any, y_pred: Any) -> None:
    fits = len(y_pred.shape) > 0 and tuple(y_true.shape) == tuple(y_pred.shape)
    _check(fits, where, y_true, y_pred, "of one shape [batch, …, classes]")


def _class_numbers(where: str, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    given = y_true
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1:] == (1,):
        y_true = ops.squeeze(y_true, -1)
    fits = len(y_pred.shape) > 0 and tuple(y_true.shape) == tuple(y_pred.shape[:-1])
    _check(fits, where, given, y_pred, "[batch, …] and [batch, …, classes]")
    return ops.cast(y_true, "int32"), y_pred


def _checked_k(k: int, where: str) -> int:
    if k < 1:
        raise ArgumentError(f"{where}: k: got {k}; wanted 1 or more.")
    return k


class Accuracy(NamedMean):
    """Share of the predictions that equal their targets.

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(Accuracy()([[1], [2], [3], [4]], [[0], [2], [3], [4]]))
        0.75

    Reference:
        Keras: keras.metrics.Accuracy
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None):
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(NamedMean):
    """Share of the predictions on the right side of a threshold.

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        threshold: what a prediction of 1 exceeds.

    Example:
        >>> float(BinaryAccuracy()([[1], [1], [0], [0]], [[0.9], [0.4], [0.2], [0.1]]))
        0.75

    Reference:
        Keras: keras.metrics.BinaryAccuracy
    """

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ):
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(NamedMean):
    """Share of the samples whose likeliest class is that of the one-hot target.

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(CategoricalAccuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.4, 0.6]]))
        0.5

    Reference:
        Keras: keras.metrics.CategoricalAccuracy
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None):
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(NamedMean):
    """Share of the samples whose likeliest class is the target's number.

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(SparseCategoricalAccuracy()([1, 0], [[0.1, 0.9], [0.4, 0.6]]))
        0.5

    Reference:
        Keras: keras.metrics.SparseCategoricalAccuracy
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(NamedMean):
    """Share of the samples whose one-hot target is among the k likeliest classes.

    Args:
        k: how many classes count.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(TopKCategoricalAccuracy(k=2)([[0, 1, 0]], [[0.2, 0.3, 0.5]]))
        1.0

    Reference:
        Keras: keras.metrics.TopKCategoricalAccuracy
    """

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ):
        k = _checked_k(k, "TopKCategoricalAccuracy")
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(NamedMean):
    """Share of the samples whose target number is among the k likeliest classes.

    Args:
        k: how many classes count.
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        from_sorted_ids: whether predictions are class numbers, likeliest first.

    Example:
        >>> float(SparseTopKCategoricalAccuracy(k=2)([1], [[0.2, 0.3, 0.5]]))
        1.0

    Reference:
        Keras: keras.metrics.SparseTopKCategoricalAccuracy, whose config lacks `from_sorted_ids`.
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ):
        super().__init__(
            sparse_top_k_categorical_accuracy,
            name,
            dtype,
            k=_checked_k(k, "SparseTopKCategoricalAccuracy"),
            from_sorted_ids=from_sorted_ids,
        )
