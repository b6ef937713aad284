"""kerax: the Keras 3 API over JAX alone, with losses, metrics, optimizers and more as plugins.

Names are resolved when they are first used, so `import kerax` imports neither JAX nor a plugin.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerax import (
        activations,
        backend,
        callbacks,
        config,
        constraints,
        distribution,
        dtype_policies,
        errors,
        initializers,
        layers,
        losses,
        metrics,
        models,
        ops,
        optimizers,
        plugins,
        random,
        regularizers,
        saving,
        tree,
        utils,
    )
    from kerax.dtypes import DTypePolicy, FloatDTypePolicy
    from kerax.initializers import Initializer
    from kerax.input_spec import InputSpec
    from kerax.layer import Layer
    from kerax.layers.input_layer import Input
    from kerax.losses import Loss
    from kerax.metrics import Metric
    from kerax.models.model import Model
    from kerax.models.sequential import Sequential
    from kerax.naming import name_scope
    from kerax.ops.control import remat
    from kerax.optimizers import Optimizer
    from kerax.regularizers import Regularizer
    from kerax.symbolic import KerasTensor, Operation
    from kerax.variable import Scope, StatelessScope, Variable, functionalize

__version__ = "0.1.0"

_MODULES = (
    *("activations", "backend", "callbacks", "config", "constraints", "distribution"),
    *("dtype_policies", "errors", "initializers", "layers", "losses", "metrics", "models", "ops"),
    *("optimizers", "plugins", "random", "regularizers", "saving", "tree", "utils"),
)

_NAMES = {
    "DTypePolicy": "kerax.dtypes",
    "FloatDTypePolicy": "kerax.dtypes",
    "Initializer": "kerax.initializers",
    "Input": "kerax.layers.input_layer",
    "InputSpec": "kerax.input_spec",
    "KerasTensor": "kerax.symbolic",
    "Layer": "kerax.layer",
    "Loss": "kerax.losses",
    "Metric": "kerax.metrics",
    "Model": "kerax.models.model",
    "Operation": "kerax.symbolic",
    "Optimizer": "kerax.optimizers",
    "Regularizer": "kerax.regularizers",
    "Scope": "kerax.variable",
    "Sequential": "kerax.models.sequential",
    "StatelessScope": "kerax.variable",
    "Variable": "kerax.variable",
    "functionalize": "kerax.variable",
    "name_scope": "kerax.naming",
    "remat": "kerax.ops.control",
}

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Operation",
    "Optimizer",
    "Regularizer",
    "Scope",
    "Sequential",
    "StatelessScope",
    "Variable",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "distribution",
    "dtype_policies",
    "errors",
    "functionalize",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "name_scope",
    "ops",
    "optimizers",
    "plugins",
    "random",
    "regularizers",
    "remat",
    "saving",
    "tree",
    "utils",
    "version",
]


def version() -> str:
    """Return kerax' version.

    Returns:
        Such as `"0.1.0"`.

    Example:
        >>> version().count(".")
        2

    Reference:
        Keras: keras.version
    """
    return __version__


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"kerax.{name}")
    else:
        raise AttributeError(f"module 'kerax' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
