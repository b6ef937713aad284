"""The table of the standard losses; reading it imports nothing heavy."""

from collections.abc import Iterable

from kerax.plugins import ComponentSpec, hookimpl

# module: {class: function}; the function's further names stand in _ALIASES.
_LOSSES = {
    "classification": {
        "BinaryCrossentropy": "binary_crossentropy",
        "CategoricalCrossentropy": "categorical_crossentropy",
        "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    },
    "hinge": {
        "CategoricalHinge": "categorical_hinge",
        "Hinge": "hinge",
        "SquaredHinge": "squared_hinge",
    },
    "probabilistic": {
        "KLDivergence": "kl_divergence",
        "Poisson": "poisson",
    },
    "regression": {
        "CosineSimilarity": "cosine_similarity",
        "Huber": "huber",
        "LogCosh": "log_cosh",
        "MeanAbsoluteError": "mean_absolute_error",
        "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
        "MeanSquaredError": "mean_squared_error",
        "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    },
}

_ALIASES = {
    "binary_crossentropy": ("bce", "BCE"),
    "kl_divergence": ("kld", "KLD"),
    "mean_absolute_error": ("mae", "MAE"),
    "mean_absolute_percentage_error": ("mape", "MAPE"),
    "mean_squared_error": ("mse", "MSE"),
    "mean_squared_logarithmic_error": ("msle", "MSLE"),
}

_SUPPORTS = frozenset({"mask", "sample_weight", "mixed_precision", "sharding"})
_MORE = {
    "BinaryCrossentropy": {"from_logits"},
    "CategoricalCrossentropy": {"from_logits"},
    "SparseCategoricalCrossentropy": {"from_logits", "sparse_labels"},
}


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for module, names in _LOSSES.items():
            for class_name, function_name in names.items():
                for name in (class_name, function_name):
                    yield ComponentSpec(
                        kind="loss",
                        name=name,
                        target=f"kerax_losses.{module}:{name}",
                        aliases=_ALIASES.get(name, ()),
                        supports=_SUPPORTS | _MORE.get(class_name, frozenset()),
                        safe_config=True,
                    )


plugin = _Plugin()
