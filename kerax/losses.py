"""Losses: the base classes, and access to every loss by name.

The losses themselves are the components of a plugin, `kerax_losses` for the standard ones; an
attribute such as `kerax.losses.MeanSquaredError` is looked up there when it is first used.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from kerax import dtypes, naming, ops, plugins, serialization
from kerax.errors import ArgumentError
from kerax.symbolic import get_mask
from kerax.variable import Variable
from kerax.weighting import masked_weight, match_ranks, output_kind, weigh

if TYPE_CHECKING:
    from kerax_losses.classification import BinaryCrossentropy as BinaryCrossentropy
    from kerax_losses.classification import CategoricalCrossentropy as CategoricalCrossentropy
    from kerax_losses.classification import (
        SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
    )
    from kerax_losses.classification import binary_crossentropy as binary_crossentropy
    from kerax_losses.classification import categorical_crossentropy as categorical_crossentropy
    from kerax_losses.classification import (
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    )
    from kerax_losses.focal import BinaryFocalCrossentropy as BinaryFocalCrossentropy
    from kerax_losses.focal import CategoricalFocalCrossentropy as CategoricalFocalCrossentropy
    from kerax_losses.focal import (
        CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
    )
    from kerax_losses.focal import binary_focal_crossentropy as binary_focal_crossentropy
    from kerax_losses.focal import categorical_focal_crossentropy as categorical_focal_crossentropy
    from kerax_losses.focal import (
        categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
    )
    from kerax_losses.hinge import CategoricalHinge as CategoricalHinge
    from kerax_losses.hinge import Hinge as Hinge
    from kerax_losses.hinge import SquaredHinge as SquaredHinge
    from kerax_losses.hinge import categorical_hinge as categorical_hinge
    from kerax_losses.hinge import hinge as hinge
    from kerax_losses.hinge import squared_hinge as squared_hinge
    from kerax_losses.matching import CTC as CTC
    from kerax_losses.matching import Circle as Circle
    from kerax_losses.matching import circle as circle
    from kerax_losses.matching import ctc as ctc
    from kerax_losses.overlap import Dice as Dice
    from kerax_losses.overlap import Tversky as Tversky
    from kerax_losses.overlap import dice as dice
    from kerax_losses.overlap import tversky as tversky
    from kerax_losses.probabilistic import KLDivergence as KLDivergence
    from kerax_losses.probabilistic import Poisson as Poisson
    from kerax_losses.probabilistic import kl_divergence as kl_divergence
    from kerax_losses.probabilistic import poisson as poisson
    from kerax_losses.regression import CosineSimilarity as CosineSimilarity
    from kerax_losses.regression import Huber as Huber
    from kerax_losses.regression import LogCosh as LogCosh
    from kerax_losses.regression import MeanAbsoluteError as MeanAbsoluteError
    from kerax_losses.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
    from kerax_losses.regression import MeanSquaredError as MeanSquaredError
    from kerax_losses.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
    from kerax_losses.regression import cosine_similarity as cosine_similarity
    from kerax_losses.regression import huber as huber
    from kerax_losses.regression import log_cosh as log_cosh
    from kerax_losses.regression import mean_absolute_error as mean_absolute_error
    from kerax_losses.regression import (
        mean_absolute_percentage_error as mean_absolute_percentage_error,
    )
    from kerax_losses.regression import mean_squared_error as mean_squared_error
    from kerax_losses.regression import (
        mean_squared_logarithmic_error as mean_squared_logarithmic_error,
    )

__all__ = [
    "Loss",
    "LossFunctionWrapper",
    "deserialize",
    "get",
    "get_for_outputs",
    "serialize",
]

_REDUCTIONS = (None, "none", "sum", "sum_over_batch_size", "mean", "mean_with_sample_weight")


class Loss:
    """A number to minimise, made of targets and predictions: the base of all losses.

    A subclass has `call(y_true, y_pred)`, which returns one value a sample, `[batch, …]`.
    Calling the loss weighs these values, leaves out those that the predictions' mask leaves out,
    and reduces them to one.

    Args:
        name: its name; the class's in snake case where None.
        reduction: `"sum_over_batch_size"` or `"mean"` (sum of weighted values / their number),
            `"sum"`, `"mean_with_sample_weight"` (sum of weighted values / sum of the weights as
            given), `"none"` or None (the weighted values).
        dtype: data type or policy to compute in; None means `floatx()`.

    Raises:
        ArgumentError: for another reduction.

    Example:
        >>> class Distance(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return ops.mean(ops.absolute(y_true - y_pred), axis=-1)
        >>> float(Distance()(np.zeros((2, 3)), np.ones((2, 3))))
        1.0

    Reference:
        Keras: keras.losses.Loss. A weight `[batch]` of values `[batch, time]` weighs samples.
    """

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ):
        if reduction not in _REDUCTIONS:
            raise ArgumentError(
                f"{type(self).__name__}: reduction: got {reduction!r}; wanted one of "
                f"{', '.join(map(repr, _REDUCTIONS))}."
            )
        self.name = name or naming.auto_name(type(self).__name__)
        self.reduction = reduction
        self._given_dtype = dtype
        self._dtype = dtypes.get(dtype or dtypes.standardize_dtype(None)).compute_dtype

    @property
    def dtype(self) -> str:
        """The data type that targets and predictions are cast to."""
        return self._dtype

    @plugins.attributed
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced loss.

        Args:
            y_true: targets `[batch, …]`, or a list or dict of them.
            y_pred: predictions in the same structure.
            sample_weight: None, a number, `[batch]`, or a shape that broadcasts to the values'.

        Returns:
            A scalar, or `[batch, …]` where `reduction` is `"none"`.
        """
        mask = get_mask(y_pred)
        y_true, y_pred = self.convert_targets(y_true), _converted(y_pred, self.dtype)
        values = self.call(y_true, y_pred)
        mask = _both(mask, self.target_mask(y_true))
        return _reduced(values, sample_weight, mask, self.reduction, self.dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one value a sample, `[batch, …]`."""
        raise NotImplementedError(f"{type(self).__name__} has no call(y_true, y_pred).")

    def convert_targets(self, y_true: Any) -> Any:
        """Return the targets as tensors of the loss's type."""
        return _converted(y_true, self.dtype)

    def target_mask(self, y_true: Any) -> Any:
        """Return a mask of the values that the targets leave in; None, as here, for all."""
        return None

    def check(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Raise where concrete targets cannot be right, which a compiled step cannot do.

        Args:
            y_true: targets as numpy arrays.
            y_pred: predictions, or anything of their shape.
            sample_weight: as in a call; targets of weight 0 may be anything.

        Raises:
            DataError: where a target is impossible; this base accepts all.
        """

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config: dict[str, Any] = {"name": self.name, "reduction": self.reduction}
        if self._given_dtype is not None:
            config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Loss":
        """Make a loss from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class LossFunctionWrapper(Loss):
    """A loss made of a function of targets and predictions.

    Args:
        fn: `(y_true, y_pred, **kwargs) -> values`, one a sample, `[batch, …]`.
        reduction: see `Loss`.
        name: its name; the function's where None.
        dtype: see `Loss`.
        **kwargs: further arguments of `fn`.

    Example:
        >>> from kerax.losses import mean_squared_error
        >>> float(LossFunctionWrapper(mean_squared_error)([[1.0, 2.0]], [[1.0, 4.0]]))
        2.0

    Reference:
        Keras: what compile makes of a function
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name or getattr(fn, "__name__", None), reduction, dtype)
        self.fn = fn
        self.fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `fn(y_true, y_pred, **kwargs)` of tensors with one rank."""
        if not isinstance(y_pred, (list, tuple, dict)):
            y_true, y_pred = match_ranks(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; `fn` only where the class does not name it."""
        config = super().get_config()
        if type(self) is LossFunctionWrapper:
            config["fn"] = serialization.serialize_keras_object(self.fn)
        return {**config, **self.fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Loss":
        """Make a loss from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("fn"), dict):
            config["fn"] = get(config["fn"])
        return cls(**config)


def _is_number_list(x: Any) -> bool:
    while isinstance(x, (list, tuple)):
        if not x:
            return True
        x = x[0]
    return isinstance(x, (bool, int, float, np.generic))


def _converted(tree: Any, dtype: str | None) -> Any:
    """Return the arrays of a structure, lists of numbers among them, as tensors of `dtype`."""

    def convert(x: Any) -> Any:
        x = ops.convert_to_tensor(x.value if isinstance(x, Variable) else x)
        return x if dtype is None else ops.cast(x, dtype)

    if not isinstance(tree, (list, tuple, dict)):
        return convert(tree)
    return jax.tree.map(convert, tree, is_leaf=_is_number_list)


def _both(mask: Any, other: Any) -> Any:
    if mask is None or other is None:
        return other if mask is None else mask
    mask, other = match_ranks(mask, other)
    return ops.logical_and(mask, other)


def _reduced(values: Any, weight: Any, mask: Any, reduction: str | None, dtype: str) -> Any:
    means = reduction in ("sum_over_batch_size", "mean")
    weight = masked_weight(weight, mask, dtype, rescale=means)
    values = ops.cast(values, dtype)
    if weight is not None:
        values = weigh(values, weight)
    if reduction in (None, "none"):
        return values
    if reduction == "mean_with_sample_weight" and weight is not None:
        return ops.divide_no_nan(ops.sum(values), ops.sum(weight))
    return ops.sum(values) if reduction == "sum" else ops.mean(values)


def get(identifier: Any) -> Any:
    """Return the loss that an identifier stands for.

    Args:
        identifier: None, a name (`"mse"` and `"mean_squared_error"` name the function,
            `"MeanSquaredError"` the class), `"namespace>name"`, a config, a class, a function or
            a loss.

    Returns:
        A `Loss` or a function `(y_true, y_pred) -> values`; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get("mse").__name__
        'mean_squared_error'

    Reference:
        Keras: keras.losses.get
    """
    return plugins.get("loss", identifier)


def get_for_outputs(identifier: Any, y_true: Any, y_pred: Any) -> Loss | None:
    """Return the `Loss` that an identifier stands for, given what it is to compare.

    Args:
        identifier: what `get` takes, or `"crossentropy"` or `"ce"`: the binary, categorical or
            sparse one, by the shapes.
        y_true: targets, or anything of their shape.
        y_pred: outputs, likewise.

    Returns:
        A `Loss`, functions wrapped; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get_for_outputs("ce", np.zeros((8,)), np.zeros((8, 10))).name
        'sparse_categorical_crossentropy'

    Reference:
        Keras: the strings that compile takes
    """
    if identifier in ("crossentropy", "ce"):
        identifier = f"{output_kind(y_true, y_pred)}_crossentropy"
    loss = get(identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    # A function may name the class that knows more of it, such as which targets are impossible.
    loss_class = getattr(loss, "loss_class", None)
    return loss_class() if loss_class else LossFunctionWrapper(loss)


def serialize(loss: Any) -> Any:
    """Return the config of a loss or the name of a loss function.

    Args:
        loss: a `Loss` or function.

    Returns:
        A dict of JSON types.

    Example:
        >>> serialize(get("MeanSquaredError"))["class_name"]
        'MeanSquaredError'

    Reference:
        Keras: keras.losses.serialize
    """
    return serialization.serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the loss that a config or name describes.

    Args:
        name: what `serialize` returned, or a name.
        custom_objects: classes and functions by name, beside those registered.

    Returns:
        A `Loss` or function.

    Example:
        >>> deserialize({"class_name": "Huber", "config": {"delta": 2.0}}).name
        'huber_loss'

    Reference:
        Keras: keras.losses.deserialize
    """
    return serialization.deserialize_keras_object(name, custom_objects, kind="loss")


__getattr__, __dir__ = plugins.facade("loss", __name__)
