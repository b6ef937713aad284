"""The table of the standard losses; reading it imports nothing heavy."""

import importlib
from collections.abc import Iterable
from typing import Any

from kerax.plugins import ComponentSpec, hookimpl

# module: {class: function}; the function's further names stand in _ALIASES.
_LOSSES = {
    "classification": {
        "BinaryCrossentropy": "binary_crossentropy",
        "CategoricalCrossentropy": "categorical_crossentropy",
        "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    },
    "focal": {
        "BinaryFocalCrossentropy": "binary_focal_crossentropy",
        "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
        "CategoricalGeneralizedCrossEntropy": "categorical_generalized_cross_entropy",
    },
    "hinge": {
        "CategoricalHinge": "categorical_hinge",
        "Hinge": "hinge",
        "SquaredHinge": "squared_hinge",
    },
    "matching": {
        "CTC": "ctc",
        "Circle": "circle",
    },
    "overlap": {
        "Dice": "dice",
        "Tversky": "tversky",
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

# One line for a function and its class.
_SUMMARIES = {
    "binary_crossentropy": "Mean cross-entropy of yes-or-no targets",
    "categorical_crossentropy": "Cross-entropy of one-hot targets",
    "sparse_categorical_crossentropy": "Cross-entropy of targets that are class numbers",
    "binary_focal_crossentropy": "Cross-entropy of yes-or-no targets in which easy ones count less",
    "categorical_focal_crossentropy": "Cross-entropy of one-hot targets: easy ones count less",
    "categorical_generalized_cross_entropy": "Cross-entropy that bears noisy labels",
    "categorical_hinge": "Margin by which the right class fails to beat the best wrong one",
    "hinge": "Mean distance by which predictions miss the margin",
    "squared_hinge": "Mean square of the distance by which predictions miss the margin",
    "ctc": "Negative log-likelihood of label sequences over all their alignments",
    "circle": "Embeddings of one class together, those of others apart",
    "dice": "One less the overlap of predicted and true masks",
    "tversky": "One less the overlap of masks, with weights for the two kinds of error",
    "kl_divergence": "Kullback-Leibler divergence of the predicted from the true distribution",
    "poisson": "Negative log-likelihood of counts",
    "cosine_similarity": "Negative cosine of the angle between targets and predictions",
    "huber": "Error that is quadratic for small and linear for large differences",
    "log_cosh": "Logarithm of the differences' hyperbolic cosine",
    "mean_absolute_error": "Mean of the absolute differences",
    "mean_absolute_percentage_error": "Mean of the differences in per cent of the targets",
    "mean_squared_error": "Mean of the squared differences",
    "mean_squared_logarithmic_error": "Mean of the squared differences of logarithms",
}
_FUNCTIONS = {name: name for name in _SUMMARIES} | {
    class_name: name for names in _LOSSES.values() for class_name, name in names.items()
}

# Losses of the batch as a whole: a number, or values that depend on the other samples.
_SCALAR = frozenset({"Dice", "Tversky"})
_WHOLE = _SCALAR | {"Circle"}
_SUPPORTS = frozenset({"mask", "sample_weight", "mixed_precision", "sharding"})
_MORE = {
    "BinaryCrossentropy": {"from_logits"},
    "BinaryFocalCrossentropy": {"from_logits"},
    "CategoricalCrossentropy": {"from_logits"},
    "CategoricalFocalCrossentropy": {"from_logits"},
    "CategoricalGeneralizedCrossEntropy": {"sparse_labels"},
    "SparseCategoricalCrossentropy": {"from_logits", "sparse_labels"},
}


def _supports(class_name: str) -> frozenset[str]:
    without = {"mask", "sample_weight"} if class_name in _WHOLE else set()
    return (_SUPPORTS - without) | _MORE.get(class_name, set())


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
                        summary=_SUMMARIES[function_name],
                        aliases=_ALIASES.get(name, ()),
                        contract="scalar" if class_name in _SCALAR else "per_sample",
                        supports=_supports(class_name),
                        safe_config=True,
                    )

    @hookimpl
    def kerax_cases(self, kind: str, name: str) -> Iterable[Any]:
        function = _FUNCTIONS[name]
        return importlib.import_module("kerax_losses.cases").cases(function, function != name)


plugin = _Plugin()
