"""Cross-entropies, divergences and likelihoods, averaged over batches."""

from collections.abc import Sequence
from typing import Any

from kerax import ops
from kerax.weighting import masked_weight
from kerax_metrics.reduction import NamedMean


class BinaryCrossentropy(NamedMean):
    """Mean cross-entropy of yes-or-no targets.

        result = -mean(y_true · log(p) + (1 - y_true) · log(1 - p))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        from_logits: whether predictions are logits.
        label_smoothing: α in [0, 1]; see the loss.

    Example:
        >>> float(BinaryCrossentropy()([[1.0, 0.0]], [[0.5, 0.5]]))
        0.693...

    Reference:
        Keras: keras.metrics.BinaryCrossentropy
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ):
        super().__init__(
            "binary_crossentropy",
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(NamedMean):
    """Mean cross-entropy of one-hot targets.

        result = -mean(sum(y_true · log(p)))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        from_logits: whether predictions are logits.
        label_smoothing: α in [0, 1]; see the loss.
        axis: the axis of the classes.

    Example:
        >>> float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]))
        0.693...

    Reference:
        Keras: keras.metrics.CategoricalCrossentropy
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ):
        super().__init__(
            "categorical_crossentropy",
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(NamedMean):
    """Mean cross-entropy of targets that are class numbers.

        result = -mean(log(p[y_true]))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.
        from_logits: whether predictions are logits.
        ignore_class: the number of a class that is left out.
        axis: the axis of the classes.

    Example:
        >>> float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]))
        0.693...

    Reference:
        Keras: keras.metrics.SparseCategoricalCrossentropy, which without weights counts an ignored
        class as 0.
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ):
        super().__init__(
            "sparse_categorical_crossentropy",
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )

    def increments(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Sequence[Any]:
        """Return the batch's weighted sum and its sum of weights, `ignore_class` left out."""
        ignored = self.fn_kwargs["ignore_class"]
        if ignored is not None:
            kept = ops.cast(y_true, "int32") != ignored
            sample_weight = masked_weight(sample_weight, kept, self.dtype)
        return super().increments(y_true, y_pred, sample_weight)


class KLDivergence(NamedMean):
    """Mean Kullback-Leibler divergence of the predicted from the true distribution.

        result = mean(sum(y_true · log(y_true / y_pred))), both cut to [ε, 1]

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
        0.0

    Reference:
        Keras: keras.metrics.KLDivergence
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None):
        super().__init__("kl_divergence", name, dtype)


class Poisson(NamedMean):
    """Mean negative log-likelihood of counts, up to a constant.

        result = mean(y_pred - y_true · log(y_pred + ε))

    Args:
        name: its name.
        dtype: data type or policy; None means `floatx()`.

    Example:
        >>> float(Poisson()([[0.0, 0.0]], [[1.0, 3.0]]))
        2.0

    Reference:
        Keras: keras.metrics.Poisson
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None):
        super().__init__("poisson", name, dtype)
