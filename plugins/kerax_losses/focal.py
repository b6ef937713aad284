"""Cross-entropies that count easy samples less, or wrong labels less."""

from typing import Any

import numpy as np

from kerax import config, ops
from kerax.errors import ArgumentError
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair
from kerax_losses.classification import check_class_numbers, class_numbers


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Mean cross-entropy of yes-or-no targets, in which easy ones count less.

        loss = mean((1 - q)^γ · crossentropy), q = y_true · p + (1 - y_true) · (1 - p)

    Args:
        y_true: targets `[batch, …, d]`, 0 or 1 or between.
        y_pred: probabilities p, or logits, `[batch, …, d]`.
        apply_class_balancing: whether to weigh by α for 1 and by 1 - α for 0.
        alpha: the weight α of class 1.
        gamma: the focusing exponent γ; 0 gives the plain cross-entropy.
        from_logits: whether `y_pred` is logits.
        label_smoothing: s in [0, 1]; targets become `y_true · (1 - s) + s / 2`.
        axis: the axis over which the mean goes.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> round(float(binary_focal_crossentropy([1.0], [0.5])), 4)
        0.1733

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, 2017; Keras:
        keras.losses.binary_focal_crossentropy
    """
    y_true, y_pred = float_pair(y_true, y_pred, "binary_focal_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    p = ops.sigmoid(y_pred) if from_logits else y_pred
    wrong = 1.0 - (y_true * p + (1.0 - y_true) * (1.0 - p))
    loss = _power(wrong, gamma) * ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits)
    if apply_class_balancing:
        loss = loss * (y_true * alpha + (1.0 - y_true) * (1.0 - alpha))
    return ops.mean(loss, axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Cross-entropy of one-hot targets, in which easy samples count less.

        loss = -sum(α · (1 - p)^γ · y_true · log(p))

    Args:
        y_true: targets `[batch, …, classes]`.
        y_pred: probabilities p, which are divided by their sum, or logits `[batch, …, classes]`.
        alpha: the weight α, a number or one for each class.
        gamma: the focusing exponent γ.
        from_logits: whether `y_pred` is logits.
        label_smoothing: s in [0, 1]; targets become `y_true · (1 - s) + s / classes`.
        axis: the axis of the classes.

    Returns:
        Loss `[batch, …]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> round(float(categorical_focal_crossentropy([0.0, 1.0], [0.5, 0.5])), 4)
        0.0433

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, 2017; Keras:
        keras.losses.categorical_focal_crossentropy
    """
    y_true, y_pred = float_pair(y_true, y_pred, "categorical_focal_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_pred.shape[axis]
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    else:
        y_pred = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    p = ops.clip(y_pred, config.epsilon(), 1.0 - config.epsilon())
    weight = ops.cast(ops.convert_to_tensor(alpha), p.dtype) * _power(1.0 - p, gamma)
    return -ops.sum(weight * y_true * ops.log(p), axis=axis)


def _power(x: Any, gamma: float) -> Any:
    """Return x^γ with a finite gradient at 0."""
    if gamma in (1, 2):
        return x if gamma == 1 else x * x
    return ops.power(ops.maximum(x, config.epsilon()), gamma)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """A mean between cross-entropy (q → 0) and absolute error (q → 1), for noisy labels.

        loss = (1 - p[y_true]^q) / q

    Args:
        y_true: class numbers `[batch, …]` or `[batch, …, 1]`.
        y_pred: probabilities p `[batch, …, classes]`.
        q: within (0, 1).

    Returns:
        Loss `[batch, …]`, of the predictions' type; NaN for a number that is no class.

    Raises:
        ShapeError: where the shapes are no targets and predictions.

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], 0.5).tolist()
        [1.0]

    Reference:
        Zhang & Sabuncu, Generalized Cross Entropy Loss, 2018; Keras:
        keras.losses.categorical_generalized_cross_entropy, where a number that is no class gives
        1 / q and the gradient is NaN at probability 0.
    """
    y_true, y_pred = class_numbers(y_true, y_pred, -1, "categorical_generalized_cross_entropy")
    valid = ops.logical_and(y_true >= 0, y_true < y_pred.shape[-1])
    safe = ops.expand_dims(ops.where(valid, y_true, 0), -1)
    p = ops.squeeze(ops.take_along_axis(y_pred, safe, axis=-1), -1)
    p = ops.where(p == 0, float(np.finfo("float32").tiny), p)  # x^q has no slope at 0
    return ops.where(valid, (1.0 - ops.power(p, q)) / q, float("nan"))


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Mean cross-entropy of yes-or-no targets, in which easy ones count less.

        loss = mean((1 - q)^γ · crossentropy), q = y_true · p + (1 - y_true) · (1 - p)

    Args:
        apply_class_balancing: whether to weigh by α for 1 and by 1 - α for 0.
        alpha: the weight α of class 1.
        gamma: the focusing exponent γ; 0 gives the plain cross-entropy.
        from_logits: whether predictions are logits.
        label_smoothing: s in [0, 1]; targets become `y_true · (1 - s) + s / 2`.
        axis: the axis over which the mean goes.
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
        0.1733

    Reference:
        Keras: keras.losses.BinaryFocalCrossentropy
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of one-hot targets, in which easy samples count less.

        loss = -sum(α · (1 - p)^γ · y_true · log(p))

    Args:
        alpha: the weight α, a number or one for each class.
        gamma: the focusing exponent γ.
        from_logits: whether predictions are logits.
        label_smoothing: s in [0, 1]; targets become `y_true · (1 - s) + s / classes`.
        axis: the axis of the classes.
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> round(float(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.0433

    Reference:
        Keras: keras.losses.CategoricalFocalCrossentropy
    """

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """A mean between cross-entropy (q → 0) and absolute error (q → 1), for noisy labels.

        loss = (1 - p[y_true]^q) / q

    Args:
        q: within (0, 1).
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: where q is not within (0, 1).

    Example:
        >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
        1.0

    Reference:
        Keras: keras.losses.CategoricalGeneralizedCrossEntropy. Here a number that is no class gives
        NaN unless its weight is 0, and `check` refuses it.
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ):
        if not 0.0 < q < 1.0:
            raise ArgumentError(
                f"CategoricalGeneralizedCrossEntropy: q: got {q}; wanted a number within (0, 1)."
            )
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)

    def convert_targets(self, y_true: Any) -> Any:
        """Return class numbers as they are: a small float type would round them."""
        return ops.convert_to_tensor(y_true)

    def check(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Raise where a class number of positive weight is none of the classes."""
        check_class_numbers(self.name, y_true, y_pred.shape[-1], sample_weight)
