"""The table of the standard metrics; reading it imports nothing heavy.

A class is found under its name and that name in snake case, as Keras finds it. A function, found
as an attribute such as `kerax.metrics.binary_accuracy`, is one of this package, or the loss of the
same name: a formula stands in one place.
"""

import importlib
from collections.abc import Iterable
from typing import Any

from kerax.plugins import ComponentSpec, hookimpl
from kerax_metrics.summaries import SUMMARIES

_CLASSES = {
    "accuracy": (
        "Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy "
        "SparseTopKCategoricalAccuracy TopKCategoricalAccuracy"
    ),
    "auc": "AUC",
    "confusion": "FalseNegatives FalsePositives Precision Recall TrueNegatives TruePositives",
    "correlation": "ConcordanceCorrelation PearsonCorrelation",
    "fbeta": "F1Score FBetaScore",
    "hinge": "CategoricalHinge Hinge SquaredHinge",
    "iou": "BinaryIoU IoU MeanIoU OneHotIoU OneHotMeanIoU",
    "operating_point": (
        "PrecisionAtRecall RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity"
    ),
    "probabilistic": (
        "BinaryCrossentropy CategoricalCrossentropy KLDivergence Poisson "
        "SparseCategoricalCrossentropy"
    ),
    "r2": "R2Score",
    "reduction": "Mean MeanMetricWrapper Sum",
    "regression": (
        "CosineSimilarity LogCoshError MeanAbsoluteError MeanAbsolutePercentageError "
        "MeanSquaredError MeanSquaredLogarithmicError RootMeanSquaredError"
    ),
}

_ALIASES = {
    "BinaryCrossentropy": ("bce", "BCE"),
    "MeanAbsoluteError": ("mae", "MAE"),
    "MeanAbsolutePercentageError": ("mape", "MAPE"),
    "MeanSquaredError": ("mse", "MSE"),
    "MeanSquaredLogarithmicError": ("msle", "MSLE"),
}

_FUNCTIONS = {
    "kerax_metrics.accuracy": (
        "binary_accuracy categorical_accuracy sparse_categorical_accuracy "
        "sparse_top_k_categorical_accuracy top_k_categorical_accuracy"
    ),
    "kerax_metrics.correlation": "concordance_correlation pearson_correlation",
    "kerax_losses.classification": (
        "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy"
    ),
    "kerax_losses.focal": "binary_focal_crossentropy categorical_focal_crossentropy",
    "kerax_losses.hinge": "categorical_hinge hinge squared_hinge",
    "kerax_losses.probabilistic": "kl_divergence poisson",
    "kerax_losses.regression": (
        "huber log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error "
        "mean_squared_logarithmic_error"
    ),
}

_SUPPORTS = frozenset({"sample_weight", "mixed_precision", "sharding"})
_MORE = {
    "BinaryCrossentropy": {"from_logits"},
    "CategoricalCrossentropy": {"from_logits"},
    "SparseCategoricalAccuracy": {"sparse_labels"},
    "SparseCategoricalCrossentropy": {"from_logits", "sparse_labels"},
    "SparseTopKCategoricalAccuracy": {"sparse_labels"},
    "Mean": {"mask"},
    "MeanMetricWrapper": {"mask"},
    "binary_crossentropy": {"from_logits"},
    "binary_focal_crossentropy": {"from_logits"},
    "categorical_crossentropy": {"from_logits"},
    "categorical_focal_crossentropy": {"from_logits"},
    "sparse_categorical_accuracy": {"sparse_labels"},
    "sparse_categorical_crossentropy": {"from_logits", "sparse_labels"},
    "sparse_top_k_categorical_accuracy": {"sparse_labels"},
}
_WITHOUT_MASK = frozenset(
    {"auc", "confusion", "fbeta", "iou", "operating_point", "r2", "reduction"}
)


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for module, names in _CLASSES.items():
            mask = frozenset() if module in _WITHOUT_MASK else frozenset({"mask"})
            for name in names.split():
                yield ComponentSpec(
                    kind="metric",
                    name=name,
                    target=f"kerax_metrics.{module}:{name}",
                    summary=SUMMARIES[name],
                    aliases=_ALIASES.get(name, ()),
                    tags=("base",) if name == "MeanMetricWrapper" else (),
                    supports=_SUPPORTS
                    | (frozenset() if name[:4] == "Root" else mask)
                    | _MORE.get(name, frozenset()),
                    safe_config=True,
                )
        for package, names in _FUNCTIONS.items():
            for name in names.split():
                yield ComponentSpec(
                    kind="metric",
                    name=name,
                    target=f"{package}:{name}",
                    summary=SUMMARIES[name],
                    contract="functional",
                    supports=_SUPPORTS | {"mask"} | _MORE.get(name, frozenset()),
                )

    @hookimpl
    def kerax_cases(self, kind: str, name: str) -> Iterable[Any]:
        is_class = not name.islower()
        return importlib.import_module("kerax_metrics.cases").cases(name, is_class)


plugin = _Plugin()
