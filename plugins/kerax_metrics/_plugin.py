"""The table of the standard metrics; reading it imports nothing heavy.

A class is found under its name and that name in snake case, as Keras finds it. A function, found
as an attribute such as `kerax.metrics.binary_accuracy`, is one of this package, or the loss of the
same name: a formula stands in one place.
"""

from collections.abc import Iterable

from kerax.plugins import ComponentSpec, hookimpl

_CLASSES = {
    "accuracy": (
        "Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy "
        "SparseTopKCategoricalAccuracy TopKCategoricalAccuracy"
    ),
    "confusion": "FalseNegatives FalsePositives Precision Recall TrueNegatives TruePositives",
    "hinge": "CategoricalHinge Hinge SquaredHinge",
    "probabilistic": (
        "BinaryCrossentropy CategoricalCrossentropy KLDivergence Poisson "
        "SparseCategoricalCrossentropy"
    ),
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
    "kerax_losses.classification": (
        "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy"
    ),
    "kerax_losses.hinge": "categorical_hinge hinge squared_hinge",
    "kerax_losses.probabilistic": "kl_divergence poisson",
    "kerax_losses.regression": (
        "huber log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error "
        "mean_squared_logarithmic_error"
    ),
}

_SUPPORTS = frozenset({"sample_weight", "mixed_precision", "sharding"})
_WITHOUT_MASK = frozenset({"confusion", "reduction"})


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
                    aliases=_ALIASES.get(name, ()),
                    supports=_SUPPORTS | (frozenset() if name[:4] == "Root" else mask),
                    safe_config=True,
                )
        for package, names in _FUNCTIONS.items():
            for name in names.split():
                yield ComponentSpec(
                    kind="metric", name=name, target=f"{package}:{name}", contract="functional"
                )


plugin = _Plugin()
