"""Metrics: the base classes, and access to every metric by name.

The metrics themselves are the components of a plugin, `kerax_metrics` for the standard ones; an
attribute such as `kerax.metrics.AUC` is looked up there when it is first used.
"""

from typing import TYPE_CHECKING, Any

from kerax import plugins, serialization
from kerax.metrics.base import AdditiveMetric, Metric
from kerax.weighting import output_kind

if TYPE_CHECKING:
    from kerax_losses.classification import binary_crossentropy as binary_crossentropy
    from kerax_losses.classification import categorical_crossentropy as categorical_crossentropy
    from kerax_losses.classification import (
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    )
    from kerax_losses.focal import binary_focal_crossentropy as binary_focal_crossentropy
    from kerax_losses.focal import categorical_focal_crossentropy as categorical_focal_crossentropy
    from kerax_losses.hinge import categorical_hinge as categorical_hinge
    from kerax_losses.hinge import hinge as hinge
    from kerax_losses.hinge import squared_hinge as squared_hinge
    from kerax_losses.probabilistic import kl_divergence as kl_divergence
    from kerax_losses.probabilistic import poisson as poisson
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
    from kerax_metrics.accuracy import Accuracy as Accuracy
    from kerax_metrics.accuracy import BinaryAccuracy as BinaryAccuracy
    from kerax_metrics.accuracy import CategoricalAccuracy as CategoricalAccuracy
    from kerax_metrics.accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
    from kerax_metrics.accuracy import (
        SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy,
    )
    from kerax_metrics.accuracy import TopKCategoricalAccuracy as TopKCategoricalAccuracy
    from kerax_metrics.accuracy import binary_accuracy as binary_accuracy
    from kerax_metrics.accuracy import categorical_accuracy as categorical_accuracy
    from kerax_metrics.accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
    from kerax_metrics.accuracy import (
        sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
    )
    from kerax_metrics.accuracy import top_k_categorical_accuracy as top_k_categorical_accuracy
    from kerax_metrics.auc import AUC as AUC
    from kerax_metrics.confusion import FalseNegatives as FalseNegatives
    from kerax_metrics.confusion import FalsePositives as FalsePositives
    from kerax_metrics.confusion import Precision as Precision
    from kerax_metrics.confusion import Recall as Recall
    from kerax_metrics.confusion import TrueNegatives as TrueNegatives
    from kerax_metrics.confusion import TruePositives as TruePositives
    from kerax_metrics.correlation import ConcordanceCorrelation as ConcordanceCorrelation
    from kerax_metrics.correlation import PearsonCorrelation as PearsonCorrelation
    from kerax_metrics.correlation import concordance_correlation as concordance_correlation
    from kerax_metrics.correlation import pearson_correlation as pearson_correlation
    from kerax_metrics.fbeta import F1Score as F1Score
    from kerax_metrics.fbeta import FBetaScore as FBetaScore
    from kerax_metrics.hinge import CategoricalHinge as CategoricalHinge
    from kerax_metrics.hinge import Hinge as Hinge
    from kerax_metrics.hinge import SquaredHinge as SquaredHinge
    from kerax_metrics.iou import BinaryIoU as BinaryIoU
    from kerax_metrics.iou import IoU as IoU
    from kerax_metrics.iou import MeanIoU as MeanIoU
    from kerax_metrics.iou import OneHotIoU as OneHotIoU
    from kerax_metrics.iou import OneHotMeanIoU as OneHotMeanIoU
    from kerax_metrics.operating_point import PrecisionAtRecall as PrecisionAtRecall
    from kerax_metrics.operating_point import RecallAtPrecision as RecallAtPrecision
    from kerax_metrics.operating_point import SensitivityAtSpecificity as SensitivityAtSpecificity
    from kerax_metrics.operating_point import SpecificityAtSensitivity as SpecificityAtSensitivity
    from kerax_metrics.probabilistic import BinaryCrossentropy as BinaryCrossentropy
    from kerax_metrics.probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
    from kerax_metrics.probabilistic import KLDivergence as KLDivergence
    from kerax_metrics.probabilistic import Poisson as Poisson
    from kerax_metrics.probabilistic import (
        SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
    )
    from kerax_metrics.r2 import R2Score as R2Score
    from kerax_metrics.reduction import Mean as Mean
    from kerax_metrics.reduction import MeanMetricWrapper as MeanMetricWrapper
    from kerax_metrics.reduction import Sum as Sum
    from kerax_metrics.regression import CosineSimilarity as CosineSimilarity
    from kerax_metrics.regression import LogCoshError as LogCoshError
    from kerax_metrics.regression import MeanAbsoluteError as MeanAbsoluteError
    from kerax_metrics.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
    from kerax_metrics.regression import MeanSquaredError as MeanSquaredError
    from kerax_metrics.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
    from kerax_metrics.regression import RootMeanSquaredError as RootMeanSquaredError

__all__ = [
    "AdditiveMetric",
    "Metric",
    "deserialize",
    "get",
    "get_for_outputs",
    "serialize",
]


def get(identifier: Any) -> Any:
    """Return the metric that an identifier stands for.

    Args:
        identifier: None, a name in Keras' spellings, `"namespace>name"`, a config, a class, a
            function or a metric.

    Returns:
        A `Metric`, or a function as it was given; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get("mse")
        <MeanSquaredError name=mean_squared_error>

    Reference:
        Keras: keras.metrics.get
    """
    return plugins.get("metric", identifier)


def get_for_outputs(identifier: Any, y_true: Any, y_pred: Any) -> Metric | None:
    """Return the `Metric` that an identifier stands for, given what it is to compare.

    Args:
        identifier: what `get` takes, or `"accuracy"`, `"acc"`, `"crossentropy"` or `"ce"`: the
            binary, categorical or sparse one, by the shapes. A loss or function becomes the mean
            of its values.
        y_true: targets, or anything of their shape.
        y_pred: outputs, likewise.

    Returns:
        A `Metric` with its variables, which bears the string that it was asked for with as its
        name; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> import numpy as np
        >>> get_for_outputs("acc", np.zeros((8,)), np.zeros((8, 10)))
        <SparseCategoricalAccuracy name=acc>

    Reference:
        Keras: the strings that compile takes
    """
    name = identifier
    if name in ("accuracy", "acc"):
        identifier = f"{output_kind(y_true, y_pred)}_accuracy"
    elif name in ("crossentropy", "ce"):
        identifier = f"{output_kind(y_true, y_pred)}_crossentropy"
    metric = _as_metric(get(identifier))
    if metric is None:
        return None
    metric.build_for(y_true, y_pred)
    if isinstance(name, str):
        metric.name = name
    return metric


def _as_metric(found: Any) -> Metric | None:
    if found is None or isinstance(found, Metric):
        return found
    name = getattr(found, "name", None) or getattr(found, "__name__", type(found).__name__)
    wrapper = plugins.lookup("metric", "MeanMetricWrapper")
    return wrapper(found, name="lambda" if name == "<lambda>" else name)


def serialize(metric: Any) -> Any:
    """Return the config of a metric.

    Args:
        metric: a `Metric` or function.

    Returns:
        A dict of JSON types.

    Example:
        >>> serialize(get("mse"))["config"]
        {'name': 'mean_squared_error', 'dtype': 'float32'}

    Reference:
        Keras: keras.metrics.serialize
    """
    return serialization.serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the metric that a config or name describes.

    Args:
        config: what `serialize` returned, or a name.
        custom_objects: classes and functions by name, beside those registered.

    Returns:
        A `Metric` or function.

    Example:
        >>> deserialize({"class_name": "Precision", "config": {"top_k": 2}}).top_k
        2

    Reference:
        Keras: keras.metrics.deserialize
    """
    return serialization.deserialize_keras_object(config, custom_objects, kind="metric")


__getattr__, __dir__ = plugins.facade("metric", __name__)
