"""Right and wrong positives and negatives at thresholds, and what is made of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.metrics import AdditiveMetric
from kerax.weighting import align_weight, match_ranks

NO_THRESHOLD = float("-inf")


def checked_thresholds(thresholds: Any, default: float) -> tuple[float, ...]:
    """Return thresholds as a tuple, the default for None, checked to be in [0, 1].

    Example:
        >>> checked_thresholds(None, 0.5), checked_thresholds([0.2, 1], 0.5)
        ((0.5,), (0.2, 1.0))
    """
    if thresholds is None:
        return (default,)
    given = thresholds if isinstance(thresholds, Iterable) else [thresholds]
    values = tuple(float(t) for t in given)
    if not values or not all(0.0 <= t <= 1.0 for t in values):
        raise ArgumentError(f"thresholds: got {thresholds!r}; wanted numbers in [0, 1].")
    return values


def weighted_pair(y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """Return targets as booleans, predictions and weights, all of one shape.

    Args:
        y_true: targets `[batch, …]`, positive where not 0.
        y_pred: predictions `[batch, …]`.
        sample_weight: None, or weights that `align_weight` takes.

    Returns:
        Three tensors, predictions and weights float32.

    Raises:
        ShapeError: where the shapes do not fit.
    """
    y_true, y_pred = match_ranks(y_true, ops.cast(y_pred, "float32"))
    if tuple(y_true.shape) != tuple(y_pred.shape):
        raise ShapeError(
            f"got {_shapes(y_true, y_pred)}; wanted equal shapes, classes in one-hot form."
        )
    weight = ops.ones_like(y_pred)
    if sample_weight is not None:
        weight = weight * align_weight(ops.cast(sample_weight, "float32"), y_pred)
    return ops.cast(y_true, "bool"), y_pred, weight


def flat_triple(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    class_id: int | None = None,
    top_k: int | None = None,
) -> tuple[Any, Any, Any]:
    """Return targets as booleans, predictions and weights, each `[values]`.

    Args:
        y_true: targets `[batch, …, classes]`, positive where not 0.
        y_pred: predictions `[batch, …, classes]`.
        sample_weight: None, or weights that `align_weight` takes.
        class_id: the only class that counts; None for all.
        top_k: how many of each sample's predictions count, the largest; None for all.

    Returns:
        Three tensors `[values]`, predictions and weights float32.

    Raises:
        ShapeError: where the shapes do not fit or there is no such class.
    """
    y_true, y_pred, weight = weighted_pair(y_true, y_pred, sample_weight)
    _check_classes(y_true, y_pred, class_id, top_k)
    if top_k is not None:
        y_pred = _only_top(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred, weight = (t[..., class_id] for t in (y_true, y_pred, weight))
    y_true, y_pred, weight = (ops.reshape(t, (-1,)) for t in (y_true, y_pred, weight))
    return y_true, y_pred, weight


def _shapes(y_true: Any, y_pred: Any) -> str:
    return f"y_true {tuple(y_true.shape)} and y_pred {tuple(y_pred.shape)}"


def _check_classes(y_true: Any, y_pred: Any, class_id: int | None, top_k: int | None) -> None:
    shapes = _shapes(y_true, y_pred)
    classes = y_pred.shape[-1] if len(y_pred.shape) else 0
    is_class = class_id is None or (len(y_pred.shape) > 1 and 0 <= class_id < classes)
    if not is_class:
        raise ShapeError(
            f"class_id={class_id}: got {shapes}; wanted [batch, …, classes] with more than "
            f"{class_id} classes."
        )
    if top_k is not None and top_k > classes:
        raise ShapeError(f"top_k={top_k}: got {shapes}; wanted at least {top_k} classes.")


def _only_top(y_pred: Any, top_k: int) -> Any:
    """Set all but each sample's k largest predictions to -inf; of equal ones the first count."""
    indices = ops.top_k(y_pred, top_k)[1]
    chosen = ops.sum(ops.one_hot(indices, y_pred.shape[-1]), axis=-2)
    return ops.where(chosen > 0, y_pred, NO_THRESHOLD)


def counts_at(
    thresholds: Sequence[float], y_true: Any, y_pred: Any, weight: Any
) -> tuple[Any, Any, Any, Any]:
    """Return the weights of true positives, false positives, true and false negatives.

    A prediction is positive where it is greater than the threshold.

    Args:
        thresholds: numbers, `t` of them.
        y_true: booleans `[values]`.
        y_pred: predictions `[values]`.
        weight: weights `[values]`.

    Returns:
        Four tensors `[t]`.

    Example:
        >>> one = ops.ones(1)
        >>> counts = counts_at([0.5], one > 0, 0.7 * one, 2.0 * one)
        >>> [count.tolist() for count in counts]
        [[2.0], [0.0], [0.0], [0.0]]
    """
    limits = ops.expand_dims(ops.convert_to_tensor(thresholds, "float32"), -1)
    positive = y_pred > limits  # [t, values]
    pairs = (
        ops.logical_and(positive, y_true),
        ops.logical_and(positive, ops.logical_not(y_true)),
        ops.logical_not(ops.logical_or(positive, y_true)),
        ops.logical_and(ops.logical_not(positive), y_true),
    )
    true_pos, false_pos, true_neg, false_neg = (
        ops.sum(ops.where(chosen, weight, 0.0), axis=-1) for chosen in pairs
    )
    return true_pos, false_pos, true_neg, false_neg


class _Ratio(AdditiveMetric):
    """The share of true positives among themselves and another count, at each threshold."""

    #: Which of the results of `counts_at` is the other count, and its variable's name.
    other: tuple[int, str]

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(dtype=dtype, name=name)
        if top_k is not None and top_k < 1:
            raise ArgumentError(f"{self.name}: top_k: got {top_k}; wanted 1 or more.")
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds, 0.5 if top_k is None else NO_THRESHOLD)
        self.top_k = top_k
        self.class_id = class_id
        shape = (len(self.thresholds),)
        for variable in ("true_positives", self.other[1]):
            setattr(self, variable, self.add_variable(shape, "zeros", "float32", name=variable))

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's true positives and its other count, each `[thresholds]`."""
        triple = flat_triple(y_true, y_pred, sample_weight, self.class_id, self.top_k)
        counts = counts_at(self.thresholds, *triple)
        return [counts[0], counts[self.other[0]]]

    def result(self) -> Any:
        """Return a scalar for one threshold, else `[thresholds]`; 0 where nothing counts."""
        true_positives, other = (variable.value for variable in self.variables[:2])
        ratio = ops.divide_no_nan(true_positives, true_positives + other)
        return ratio[0] if len(self.thresholds) == 1 else ratio

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Ratio):
    """Share of the predicted positives that are positive.

        result = true positives / (true positives + false positives)

    Args:
        thresholds: number or numbers in [0, 1] that a positive prediction exceeds; None means 0.5,
            or none at all with `top_k`.
        top_k: how many of each sample's predictions may be positive, the largest.
        class_id: the only class that counts; None for all.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for thresholds out of range.

    Example:
        >>> float(Precision()([0, 1, 1, 1], [1, 0, 1, 1]))
        0.666...

    Reference:
        Keras: keras.metrics.Precision. Here a class that does not exist raises; there it gives 0.
    """

    other = (1, "false_positives")


class Recall(_Ratio):
    """Share of the positives that are predicted positive.

        result = true positives / (true positives + false negatives)

    Args:
        thresholds: number or numbers in [0, 1] that a positive prediction exceeds; None means 0.5,
            or none at all with `top_k`.
        top_k: how many of each sample's predictions may be positive, the largest.
        class_id: the only class that counts; None for all.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for thresholds out of range.

    Example:
        >>> float(Recall()([0, 1, 1, 1], [1, 0, 1, 1]))
        0.666...

    Reference:
        Keras: keras.metrics.Recall. Here a class that does not exist raises; there it gives 0.
    """

    other = (3, "false_negatives")


class _Count(AdditiveMetric):
    """One of the four counts, at each threshold."""

    #: Which of the results of `counts_at`.
    position: int

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds, 0.5)
        shape = (len(self.thresholds),)
        self.accumulator = self.add_variable(shape, "zeros", "float32", name="accumulator")

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's count, `[thresholds]`."""
        triple = flat_triple(y_true, y_pred, sample_weight)
        return [counts_at(self.thresholds, *triple)[self.position]]

    def result(self) -> Any:
        """Return a scalar for one threshold, else `[thresholds]`."""
        count = self.accumulator.value
        return count[0] if len(self.thresholds) == 1 else count

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """Weight of the positives that are predicted positive.

    Args:
        thresholds: number or numbers in [0, 1] that a positive prediction exceeds; None means 0.5.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for thresholds out of range.

    Example:
        >>> float(TruePositives()([0, 1, 1, 1], [1, 0, 1, 1]))
        2.0

    Reference:
        Keras: keras.metrics.TruePositives
    """

    position = 0


class FalsePositives(_Count):
    """Weight of the negatives that are predicted positive.

    Args:
        thresholds: number or numbers in [0, 1] that a positive prediction exceeds; None means 0.5.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for thresholds out of range.

    Example:
        >>> float(FalsePositives()([0, 1, 1, 1], [1, 0, 1, 1]))
        1.0

    Reference:
        Keras: keras.metrics.FalsePositives
    """

    position = 1


class TrueNegatives(_Count):
    """Weight of the negatives that are predicted negative.

    Args:
        thresholds: number or numbers in [0, 1] that a positive prediction exceeds; None means 0.5.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for thresholds out of range.

    Example:
        >>> float(TrueNegatives()([0, 1, 1, 1], [1, 0, 1, 1]))
        0.0

    Reference:
        Keras: keras.metrics.TrueNegatives
    """

    position = 2


class FalseNegatives(_Count):
    """Weight of the positives that are predicted negative.

    Args:
        thresholds: number or numbers in [0, 1] that a positive prediction exceeds; None means 0.5.
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Raises:
        ArgumentError: for thresholds out of range.

    Example:
        >>> float(FalseNegatives()([0, 1, 1, 1], [1, 0, 1, 1]))
        1.0

    Reference:
        Keras: keras.metrics.FalseNegatives
    """

    position = 3
