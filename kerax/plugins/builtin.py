"""The core's own initializers, constraints, activations, layers and callbacks, as specs.

Losses, metrics, optimizers, schedules and regularizers are not here: plugins declare them.
"""

from collections.abc import Iterable

from kerax.plugins.hookspecs import hookimpl
from kerax.plugins.spec import ComponentSpec

__all__ = ["plugin"]

# Beside these, a class is found in snake case: GlorotUniform as "glorot_uniform".
_ALIASES: dict[tuple[str, str], tuple[str, ...]] = {
    ("activation", "hard_silu"): ("hard_swish",),
    ("activation", "silu"): ("swish",),
    ("initializer", "Identity"): ("IdentityInitializer",),
    ("initializer", "Ones"): ("one",),
    ("initializer", "Orthogonal"): ("OrthogonalInitializer",),
    ("initializer", "RandomNormal"): ("normal",),
    ("initializer", "RandomUniform"): ("uniform",),
    ("initializer", "STFT"): ("STFTInitializer",),
    ("initializer", "Zeros"): ("zero",),
}

# Layers with these parts in their names are also found with the other: Conv2D as Convolution2D.
_LAYER_PARTS = (
    ("AveragePooling", "AvgPool"),
    ("MaxPooling", "MaxPool"),
    ("SeparableConv", "SeparableConvolution"),
    ("Conv", "Convolution"),
)

_INITIALIZERS = (
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones "
    "Orthogonal RandomNormal RandomUniform STFT TruncatedNormal VarianceScaling Zeros"
)

_CONSTRAINTS = "MaxNorm MinMaxNorm NonNeg UnitNorm"

_ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus "
    "softsign sparse_plus sparse_sigmoid sparsemax squareplus tanh tanh_shrink threshold"
)

_LAYERS = {
    "activation": "Activation ELU LeakyReLU PReLU ReLU Softmax",
    "cells": "GRUCell LSTMCell SimpleRNNCell",
    "convolution": "Conv1D Conv2D Conv3D",
    "core": "Dense Embedding Identity Lambda Masking",
    "depthwise": "DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D",
    "global_pooling": (
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D "
        "GlobalMaxPooling2D GlobalMaxPooling3D"
    ),
    "input_layer": "InputLayer",
    "merging": "Add Average Concatenate Dot Maximum Minimum Multiply Subtract",
    "normalization": (
        "BatchNormalization GroupNormalization LayerNormalization RMSNormalization "
        "UnitNormalization"
    ),
    "pooling": (
        "AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D"
    ),
    "preprocessing": "Rescaling",
    "recurrent": "GRU LSTM SimpleRNN",
    "regularization": (
        "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise "
        "SpatialDropout1D SpatialDropout2D SpatialDropout3D"
    ),
    "reshaping": "Flatten Permute RepeatVector Reshape",
    "resizing": (
        "Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D "
        "ZeroPadding2D ZeroPadding3D"
    ),
    "rnn": "RNN",
    "transposed": "Conv1DTranspose Conv2DTranspose Conv3DTranspose",
}

_CALLBACKS = (
    "CSVLogger EarlyStopping History LambdaCallback LearningRateScheduler ModelCheckpoint "
    "ProgbarLogger ReduceLROnPlateau TerminateOnNaN"
)

# Activations that mix the elements of an axis; all others treat each element on its own.
_ACROSS_ELEMENTS = frozenset({"glu", "log_softmax", "softmax", "sparsemax"})


class _Builtin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        yield from _specs("initializer", "kerax.initializers", _INITIALIZERS)
        yield from _specs("constraint", "kerax.constraints", _CONSTRAINTS)
        yield from _specs("activation", "kerax.activations", _ACTIVATIONS)
        for room, names in _LAYERS.items():
            yield from _specs("layer", f"kerax.layers.{room}", names)
        yield from _specs("callback", "kerax.training.callbacks", _CALLBACKS)


def _specs(kind: str, module: str, names: str) -> Iterable[ComponentSpec]:
    for name in names.split():
        alone = kind == "activation" and name not in _ACROSS_ELEMENTS
        yield ComponentSpec(
            kind=kind,
            name=name,
            target=f"{module}:{name}",
            aliases=_layer_aliases(name) if kind == "layer" else _ALIASES.get((kind, name), ()),
            contract="elementwise" if alone else None,
            safe_config=name != "Lambda",
        )


def _layer_aliases(name: str) -> tuple[str, ...]:
    """Return the longer or shorter name that Keras gives a layer as well."""
    for part, other in _LAYER_PARTS:
        if name.removeprefix("Global").startswith(part):
            return (name.replace(part, other, 1),)
    return ()


plugin = _Builtin()
