"""Keras' public module of each kind, as saved configs name it."""

__all__ = ["MODULES", "kind_of_module"]

MODULES: dict[str, str] = {
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "optimizer": "keras.optimizers",
    "schedule": "keras.optimizers.schedules",
    "regularizer": "keras.regularizers",
    "initializer": "keras.initializers",
    "constraint": "keras.constraints",
    "activation": "keras.activations",
    "layer": "keras.layers",
    "callback": "keras.callbacks",
}

_PREFIXES = sorted(
    ((module, kind) for kind, module in MODULES.items()), key=lambda row: -len(row[0])
)


def kind_of_module(module: str) -> str | None:
    """Return the kind that a module in a config stands for, None where it stands for none.

    The module is compared as a text, never imported.

    Example:
        >>> kind_of_module("keras.src.layers.core.dense"), kind_of_module("os")
        ('layer', None)
    """
    public = module.replace(".src.", ".", 1)
    for prefix, kind in _PREFIXES:
        if public == prefix or public.startswith(f"{prefix}."):
            return kind
    return None
