"""Losses of segmentation masks: focal Tversky, generalised Dice, Lovász."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from kerax import ops
from kerax.errors import ArgumentError, DataError
from kerax.losses import LossFunctionWrapper
from kerax.weighting import float_pair

from kerax_vision.boxes import ratio, wide
from kerax_vision.masks import are_classes, mask_rows
from kerax_vision.quality import safe_power

_WEIGHTINGS = ("square", "simple", "uniform")
_CLASSES = ("present", "all")


def focal_tversky_loss(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.7,
    beta: float = 0.3,
    gamma: float = 4 / 3,
    smooth: float = 1e-6,
    from_logits: bool = False,
    ignore_class: int | None = None,
) -> Any:
    """Tversky loss that dwells on classes with much error, averaged over classes.

        T_c = (Σ p g + s) / (Σ p g + α Σ (1 - p) g + β Σ p (1 - g) + s),  sums over pixels
        loss = mean_c (1 - T_c)^(1 / γ)

    Args:
        y_true: targets g, class numbers `[batch, …]` or values `[batch, …, classes]`.
        y_pred: probabilities p, or logits, `[batch, …, classes]`.
        alpha: α, the weight of what is missed.
        beta: β, the weight of what is found wrongly.
        gamma: γ above 0; over 1 dwells on small errors.
        smooth: s, which makes an absent class that nobody predicts perfect.
        from_logits: whether `y_pred` is logits: of a softmax, of a sigmoid for a single class.
        ignore_class: the class number of pixels that are left out, such as 255.

    Returns:
        Loss `[batch]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> round(float(focal_tversky_loss([[0, 1]], [[[0.5, 0.5], [0.5, 0.5]]])[0]), 4)
        0.5946

    Reference:
        Abraham and Khan, A Novel Focal Tversky Loss Function, 2018, whose sum is a mean here.
    """
    true, pred, dtype = _probabilities(
        y_true, y_pred, from_logits, ignore_class, "focal_tversky_loss"
    )
    found = ops.sum(pred * true, axis=-1)
    missed = ops.sum(true, axis=-1) - found
    wrong = ops.sum(pred, axis=-1) - found
    index = ratio(found + smooth, found + alpha * missed + beta * wrong + smooth)
    values = safe_power(ops.maximum(1.0 - index, 0.0), 1.0 / gamma)
    return ops.cast(ops.mean(values, axis=-1), dtype)


def generalized_dice_loss(
    y_true: Any,
    y_pred: Any,
    weighting: str = "square",
    from_logits: bool = False,
    ignore_class: int | None = None,
) -> Any:
    """Dice loss whose classes weigh by how small they are.

        loss = 1 - 2 Σ_c w_c Σ p g / Σ_c w_c Σ (p + g),  inner sums over pixels
        w_c = 1 / max(Σ g, 1)²

    Args:
        y_true: targets g, class numbers `[batch, …]` or values `[batch, …, classes]`.
        y_pred: probabilities p, or logits, `[batch, …, classes]`.
        weighting: `"square"` as above, `"simple"` without the square, `"uniform"` for 1. A class
            that is absent weighs as one of a single pixel.
        from_logits: whether `y_pred` is logits: of a softmax, of a sigmoid for a single class.
        ignore_class: the class number of pixels that are left out, such as 255.

    Returns:
        Loss `[batch]` from 0 to 1, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> round(float(generalized_dice_loss([[0, 1]], [[[0.5, 0.5], [0.5, 0.5]]])[0]), 4)
        0.5

    Reference:
        Sudre et al., Generalised Dice Overlap as a Deep Learning Loss Function, 2017
    """
    true, pred, dtype = _probabilities(
        y_true, y_pred, from_logits, ignore_class, "generalized_dice_loss"
    )
    size = ops.sum(true, axis=-1)
    power = {"square": 2.0, "simple": 1.0, "uniform": 0.0}[weighting]
    weight = ops.power(ops.maximum(size, 1.0), -power)
    shared = ops.sum(weight * ops.sum(pred * true, axis=-1), axis=-1)
    total = ops.sum(weight * (size + ops.sum(pred, axis=-1)), axis=-1)
    return ops.cast(1.0 - 2.0 * ratio(shared, total), dtype)


def lovasz_softmax_loss(
    y_true: Any,
    y_pred: Any,
    classes: str = "present",
    from_logits: bool = False,
    ignore_class: int | None = None,
) -> Any:
    """Convex extension of the Jaccard loss `1 - IoU`, averaged over classes.

        m_c = |g - p|;  loss = mean_c Σ_i m_c[π(i)] · (J(π(1) … π(i)) - J(π(1) … π(i - 1)))

    π sorts a sample's pixels by falling error, and J is the Jaccard loss of getting the given
    pixels wrong.

    Args:
        y_true: targets g, class numbers `[batch, …]` or one-hot values `[batch, …, classes]`.
        y_pred: probabilities p, or logits, `[batch, …, classes]`.
        classes: `"present"` averages over the classes that a sample's targets have, `"all"` over
            all.
        from_logits: whether `y_pred` is logits: of a softmax, of a sigmoid for a single class.
        ignore_class: the class number of pixels that are left out, such as 255.

    Returns:
        Loss `[batch]` from 0 to 1, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> round(float(lovasz_softmax_loss([[0, 1]], [[[0.8, 0.2], [0.4, 0.6]]])[0]), 4)
        0.35

    Reference:
        Berman et al., The Lovász-Softmax Loss, 2018, computed for each image.
    """
    true, pred, dtype = _probabilities(
        y_true, y_pred, from_logits, ignore_class, "lovasz_softmax_loss"
    )
    values = _lovasz(ops.absolute(true - pred), true)
    size = ops.sum(true, axis=-1)
    wanted = ops.cast(size > 0, "float32") if classes == "present" else ops.ones_like(size)
    # A number that is no class makes its class NaN, which a comparison alone would hide.
    wanted = wanted + 0.0 * size
    count = ops.maximum(ops.sum(wanted, axis=-1), 1.0)
    return ops.cast(ops.sum(values * wanted, axis=-1) / count, dtype)


def lovasz_hinge_loss(y_true: Any, y_pred: Any, ignore_class: int | None = None) -> Any:
    """Convex extension of the Jaccard loss `1 - IoU` for one foreground and its logits.

        m = max(1 - f · (2 y - 1), 0);  loss = Σ_i m[π(i)] · ΔJ(i)  with π and J as in
        `lovasz_softmax_loss`

    Args:
        y_true: targets y `[batch, …]`, 1 for the foreground and 0 elsewhere.
        y_pred: logits f `[batch, …]`.
        ignore_class: the number in `y_true` of pixels that are left out, such as 255.

    Returns:
        Loss `[batch]`, of the predictions' type.

    Raises:
        ShapeError: where the shapes do not broadcast.

    Example:
        >>> float(lovasz_hinge_loss([[1.0, 0.0]], [[3.0, 0.5]])[0])
        0.75

    Reference:
        Berman et al., The Lovász-Softmax Loss, 2018, computed for each image.
    """
    y_true, y_pred = float_pair(y_true, y_pred, "lovasz_hinge_loss")
    rows = (-1, math.prod(y_pred.shape[1:]))
    true, pred = ops.reshape(wide(y_true), rows), ops.reshape(wide(y_pred), rows)
    error = ops.maximum(1.0 - pred * (2.0 * true - 1.0), 0.0)
    if ignore_class is not None:
        counts = true != ignore_class
        error, true = ops.where(counts, error, 0.0), ops.where(counts, true, 0.0)
    return ops.cast(_lovasz(error, true), y_pred.dtype)


def _lovasz(error: Any, true: Any) -> Any:
    """Return the Lovász extension at errors `[..., pixels]`, which are at least 0.

    Pixels of error 0 add nothing wherever they are sorted, and so do those left out.
    """
    order = ops.argsort(ops.negative(ops.stop_gradient(error)), axis=-1)
    error = ops.take_along_axis(error, order, axis=-1)
    true = ops.take_along_axis(true, order, axis=-1)
    seen = ops.cumsum(true, axis=-1)
    size = seen[..., -1:]
    union = size + ops.cumsum(1.0 - true, axis=-1)
    jaccard = 1.0 - ratio(size - seen, union)
    first, rest = jaccard[..., :1], jaccard[..., 1:] - jaccard[..., :-1]
    return ops.sum(error * ops.concatenate([first, rest], axis=-1), axis=-1)


def _probabilities(
    y_true: Any, y_pred: Any, from_logits: bool, ignore_class: int | None, where: str
) -> tuple[Any, Any, str]:
    """Return targets and probabilities `[batch, classes, pixels]`, 0 where left out, and the type.

    The type is that of the predictions, which the loss returns to.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    true, pred, counts = mask_rows(y_true, y_pred, ignore_class, where)
    if from_logits:
        pred = ops.sigmoid(pred) if pred.shape[1] == 1 else ops.softmax(pred, axis=1)
    return true, ops.where(counts > 0, pred, 0.0), y_pred.dtype


class _MaskLoss(LossFunctionWrapper):
    """A loss of masks, whose targets may be class numbers."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one value a sample, `[batch]`."""
        return self.fn(y_true, y_pred, **self.fn_kwargs)

    def convert_targets(self, y_true: Any) -> Any:
        """Return targets as they are: a small float type would round class numbers."""
        return ops.convert_to_tensor(y_true)

    def check(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Raise where a class number is none of the classes.

        Args:
            y_true: targets as a numpy array.
            y_pred: predictions, or anything of their shape.
            sample_weight: weights or None; they excuse nothing.

        Raises:
            DataError: where there is such a number.
        """
        labels, shape = np.asarray(y_true), tuple(y_pred.shape)
        if shape[-1] is None or not are_classes(labels.shape, shape, self.name):
            return
        ignore_class = self.fn_kwargs["ignore_class"]
        bad = ((labels < 0) | (labels >= shape[-1])) & (labels != ignore_class)
        if bad.any():
            raise DataError(
                f"{self.name}: got the class number {labels[bad][0]}; wanted 0 to "
                f"{shape[-1] - 1}, because the predictions have {shape[-1]} classes. Set "
                "ignore_class for numbers to leave out."
            )


def _check_choice(value: str, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise ArgumentError(f"{where}: got {value!r}; wanted one of {', '.join(choices)}.")


class FocalTverskyLoss(_MaskLoss):
    """Tversky loss that dwells on classes with much error.

        T_c = (Σ p g + s) / (Σ p g + α Σ (1 - p) g + β Σ p (1 - g) + s)
        loss = mean_c (1 - T_c)^(1 / γ)

    Args:
        alpha: α, the weight of what is missed.
        beta: β, the weight of what is found wrongly.
        gamma: γ above 0; over 1 dwells on small errors.
        smooth: s, which makes an absent class that nobody predicts perfect.
        from_logits: whether predictions are logits.
        ignore_class: the class number of pixels that are left out.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: where `gamma` is not above 0.

    Example:
        >>> round(float(FocalTverskyLoss()([[0, 1]], [[[0.5, 0.5], [0.5, 0.5]]])), 4)
        0.5946

    Reference:
        `focal_tversky_loss`, which has the shapes.
    """

    def __init__(
        self,
        alpha: float = 0.7,
        beta: float = 0.3,
        gamma: float = 4 / 3,
        smooth: float = 1e-6,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "focal_tversky_loss",
        dtype: Any = None,
    ):
        if gamma <= 0:
            raise ArgumentError(f"FocalTverskyLoss: gamma: got {gamma}; wanted more than 0.")
        super().__init__(
            focal_tversky_loss,
            reduction,
            name,
            dtype,
            alpha=alpha,
            beta=beta,
            gamma=gamma,
            smooth=smooth,
            from_logits=from_logits,
            ignore_class=ignore_class,
        )


class GeneralizedDiceLoss(_MaskLoss):
    """Dice loss whose classes weigh by how small they are.

        loss = 1 - 2 Σ_c w_c Σ p g / Σ_c w_c Σ (p + g),  w_c = 1 / max(Σ g, 1)²

    Args:
        weighting: `"square"` as above, `"simple"` without the square, `"uniform"` for 1.
        from_logits: whether predictions are logits.
        ignore_class: the class number of pixels that are left out.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for another weighting.

    Example:
        >>> round(float(GeneralizedDiceLoss()([[0, 1]], [[[0.5, 0.5], [0.5, 0.5]]])), 4)
        0.5

    Reference:
        `generalized_dice_loss`, which has the shapes.
    """

    def __init__(
        self,
        weighting: str = "square",
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "generalized_dice_loss",
        dtype: Any = None,
    ):
        _check_choice(weighting, _WEIGHTINGS, "GeneralizedDiceLoss: weighting")
        kwargs = {"from_logits": from_logits, "ignore_class": ignore_class}
        fn: Callable[..., Any] = generalized_dice_loss
        super().__init__(fn, reduction, name, dtype, weighting=weighting, **kwargs)


class LovaszSoftmaxLoss(_MaskLoss):
    """Convex extension of the Jaccard loss `1 - IoU`, averaged over classes.

    Args:
        classes: `"present"` averages over the classes that a sample's targets have, `"all"` over
            all.
        from_logits: whether predictions are logits.
        ignore_class: the class number of pixels that are left out.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for other classes.

    Example:
        >>> round(float(LovaszSoftmaxLoss()([[0, 1]], [[[0.8, 0.2], [0.4, 0.6]]])), 4)
        0.35

    Reference:
        `lovasz_softmax_loss`, which has the formula and the shapes.
    """

    def __init__(
        self,
        classes: str = "present",
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "lovasz_softmax_loss",
        dtype: Any = None,
    ):
        _check_choice(classes, _CLASSES, "LovaszSoftmaxLoss: classes")
        kwargs = {"from_logits": from_logits, "ignore_class": ignore_class}
        fn: Callable[..., Any] = lovasz_softmax_loss
        super().__init__(fn, reduction, name, dtype, classes=classes, **kwargs)


class LovaszHingeLoss(LossFunctionWrapper):
    """Convex extension of the Jaccard loss `1 - IoU` for one foreground and its logits.

    Args:
        ignore_class: the number in the targets of pixels that are left out.
        reduction: see `kerax.losses.Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(LovaszHingeLoss()([[1.0, 0.0]], [[3.0, 0.5]]))
        0.75

    Reference:
        `lovasz_hinge_loss`, which has the formula and the shapes.
    """

    def __init__(
        self,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "lovasz_hinge_loss",
        dtype: Any = None,
    ):
        super().__init__(lovasz_hinge_loss, reduction, name, dtype, ignore_class=ignore_class)
