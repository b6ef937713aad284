"""Cross-entropies: losses of predicted probabilities or logits."""

import warnings
from typing import Any

import numpy as np

from kerax import dtypes, ops
from kerax.errors import ArgumentError, DataError, ShapeError
from kerax.losses import LossFunctionWrapper
from kerax.symbolic import is_keras_tensor
from kerax.weighting import float_pair


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Mean cross-entropy of yes-or-no targets.

        loss = -mean(y_true · log(p) + (1 - y_true) · log(1 - p))

    Args:
        y_true: targets `[batch, …, d]`, 0 or 1 or between.
        y_pred: probabilities, or logits, `[batch, …, d]`.
        from_logits: whether `y_pred` is logits.
        label_smoothing: α in [0, 1]; targets become `y_true · (1 - α) + α / 2`.
        axis: the axis over which the mean goes.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> round(float(binary_crossentropy([1.0, 0.0], [0.5, 0.5])), 4)
        0.6931

    Reference:
        Keras: keras.losses.binary_crossentropy
    """
    y_true, y_pred = float_pair(y_true, y_pred, "binary_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Cross-entropy of one-hot targets, or of distributions over classes.

        loss = -sum(y_true · log(p))

    Args:
        y_true: targets `[batch, …, classes]`.
        y_pred: probabilities, which are divided by their sum, or logits `[batch, …, classes]`.
        from_logits: whether `y_pred` is logits.
        label_smoothing: α in [0, 1]; targets become `y_true · (1 - α) + α / classes`.
        axis: the axis of the classes.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> round(float(categorical_crossentropy([0.0, 1.0], [0.5, 0.5])), 4)
        0.6931

    Reference:
        Keras: keras.losses.categorical_crossentropy
    """
    y_true, y_pred = float_pair(y_true, y_pred, "categorical_crossentropy")
    classes = y_pred.shape[axis]
    if classes == 1:
        warnings.warn(
            f"categorical_crossentropy: got predictions of shape {tuple(y_pred.shape)}; the loss "
            "of a single class is always 0. Use binary_crossentropy for two classes.",
            SyntaxWarning,
            stacklevel=2,
        )
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Cross-entropy of targets that are class numbers.

        loss = -log(p[y_true])

    Args:
        y_true: class numbers `[batch, …]` or `[batch, …, 1]`, from 0 to classes - 1.
        y_pred: probabilities, which are divided by their sum, or logits `[batch, …, classes]`.
        from_logits: whether `y_pred` is logits.
        ignore_class: the number of a class whose loss is 0, such as -1 or 255.
        axis: the axis of the classes.

    Returns:
        Loss `[batch, …]`, of the predictions' type; NaN for a number that is no class.

    Raises:
        ShapeError: where the shapes are no targets and predictions.

    Example:
        >>> round(float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 4)
        0.6931

    Reference:
        Keras: keras.losses.sparse_categorical_crossentropy, which gives 0 for numbers that are
        no class.
    """
    y_true, y_pred = class_numbers(y_true, y_pred, axis, "sparse_categorical_crossentropy")
    valid = ops.logical_and(y_true >= 0, y_true < y_pred.shape[axis])
    safe = ops.where(valid, y_true, 0)
    loss = ops.sparse_categorical_crossentropy(safe, y_pred, from_logits=from_logits, axis=axis)
    loss = ops.where(valid, loss, float("nan"))
    return loss if ignore_class is None else ops.where(y_true == ignore_class, 0.0, loss)


def class_numbers(y_true: Any, y_pred: Any, axis: int, where: str) -> tuple[Any, Any]:
    """Return class numbers int32 `[batch, …]` and float predictions, checked to fit.

    Args:
        y_true: class numbers `[batch, …]` or `[batch, …, 1]`.
        y_pred: predictions `[batch, …, classes]`.
        axis: the axis of the classes.
        where: the place to name in errors.

    Raises:
        ShapeError: where the shapes are no targets and predictions.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    given = tuple(y_true.shape)
    if len(given) == len(y_pred.shape) and given[axis] == 1:
        y_true = ops.squeeze(y_true, axis)
    wanted = list(y_pred.shape)
    del wanted[axis]
    symbolic = is_keras_tensor(y_true) or is_keras_tensor(y_pred)
    if len(y_true.shape) != len(wanted) or not (symbolic or list(y_true.shape) == wanted):
        raise ShapeError(
            f"{where}: got targets of shape {given} for predictions of "
            f"shape {tuple(y_pred.shape)}; wanted class numbers of shape {tuple(wanted)}. One-hot "
            "targets need categorical_crossentropy."
        )
    if not dtypes.is_float(y_pred.dtype):
        y_pred = ops.cast(y_pred, dtypes.standardize_dtype(None))
    return ops.cast(y_true, "int32"), y_pred


def check_class_numbers(
    name: str,
    y_true: Any,
    classes: int | None,
    sample_weight: Any = None,
    ignore_class: int | None = None,
) -> None:
    """Raise where a class number of positive weight is none of the classes.

    Args:
        name: the loss's name, for the message.
        y_true: class numbers `[batch, …]` as a numpy array.
        classes: how many there are; None where that is not known.
        sample_weight: weights or None; only those of the numbers' own shape are looked at.
        ignore_class: a number that is left out.

    Raises:
        DataError: where there is such a number.
    """
    if classes is None:
        return
    labels = np.asarray(y_true)
    bad = ~((labels >= 0) & (labels < classes))
    if ignore_class is not None:
        bad &= labels != ignore_class
    if sample_weight is not None and np.size(sample_weight) == labels.size:
        bad &= np.reshape(np.asarray(sample_weight), labels.shape) != 0
    if bad.any():
        raise DataError(
            f"{name}: got the class number {labels[bad][0]}; wanted 0 to {classes - 1}, "
            f"because the predictions have {classes} classes. Count classes from 0, widen "
            "the last layer, or set ignore_class for numbers to leave out."
        )


def _checked_smoothing(label_smoothing: float, where: str) -> float:
    if not 0.0 <= label_smoothing <= 1.0:
        raise ArgumentError(f"{where}: label_smoothing: got {label_smoothing}; wanted 0 to 1.")
    return label_smoothing


class BinaryCrossentropy(LossFunctionWrapper):
    """Mean cross-entropy of yes-or-no targets.

        loss = -mean(y_true · log(p) + (1 - y_true) · log(1 - p))

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: α in [0, 1]; targets become `y_true · (1 - α) + α / 2`.
        axis: the axis over which the mean goes.
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: where `label_smoothing` is not in [0, 1].

    Example:
        >>> round(float(BinaryCrossentropy()([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.6931

    Reference:
        Keras: keras.losses.BinaryCrossentropy
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=_checked_smoothing(label_smoothing, "BinaryCrossentropy"),
            axis=axis,
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of one-hot targets, or of distributions over classes.

        loss = -sum(y_true · log(p))

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: α in [0, 1]; targets become `y_true · (1 - α) + α / classes`.
        axis: the axis of the classes.
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: where `label_smoothing` is not in [0, 1].

    Example:
        >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.6931

    Reference:
        Keras: keras.losses.CategoricalCrossentropy
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=_checked_smoothing(label_smoothing, "CategoricalCrossentropy"),
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of targets that are class numbers.

        loss = -log(p[y_true])

    Args:
        from_logits: whether predictions are logits.
        ignore_class: the number of a class that is left out, as by a mask.
        reduction: see `Loss`.
        axis: the axis of the classes.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
        0.6931

    Reference:
        Keras: keras.losses.SparseCategoricalCrossentropy. Here a number that is no class gives NaN
        unless its weight is 0, and `check` refuses it; there its loss is 0.
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )

    def convert_targets(self, y_true: Any) -> Any:
        """Return class numbers as they are: a small float type would round them."""
        return ops.convert_to_tensor(y_true)

    def target_mask(self, y_true: Any) -> Any:
        """Leave out `ignore_class`."""
        ignored = self.fn_kwargs["ignore_class"]
        return None if ignored is None else ops.cast(y_true, "int32") != ignored

    def check(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Raise where a class number of positive weight is none of the classes.

        Args:
            y_true: class numbers `[batch, …]` as a numpy array.
            y_pred: predictions, or anything of their shape.
            sample_weight: weights or None; only those of the numbers' own shape are looked at.

        Raises:
            DataError: where there is such a number.
        """
        classes = y_pred.shape[self.fn_kwargs["axis"]]
        ignored = self.fn_kwargs["ignore_class"]
        check_class_numbers(self.name, y_true, classes, sample_weight, ignored)


# What compile makes of the function: it then checks class numbers, as the class does.
sparse_categorical_crossentropy.loss_class = SparseCategoricalCrossentropy  # type: ignore[attr-defined]  # functions take attributes
