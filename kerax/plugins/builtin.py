"""The core's own initializers, constraints, activations, layers and callbacks, as specs.

Losses, metrics, optimizers, schedules and regularizers are not here: plugins declare them.
"""

from collections.abc import Iterable

from kerax.plugins.hookspecs import hookimpl
from kerax.plugins.spec import ComponentSpec

__all__ = ["plugin"]

# Beside these, a class is found in snake case: GlorotUniform as "glorot_uniform".
_ALIASES: dict[str, tuple[str, ...]] = {
    "AveragePooling1D": ("AvgPool1D",),
    "AveragePooling2D": ("AvgPool2D",),
    "Conv1D": ("Convolution1D",),
    "Conv2D": ("Convolution2D",),
    "GlobalAveragePooling1D": ("GlobalAvgPool1D",),
    "GlobalAveragePooling2D": ("GlobalAvgPool2D",),
    "GlobalMaxPooling1D": ("GlobalMaxPool1D",),
    "GlobalMaxPooling2D": ("GlobalMaxPool2D",),
    "Identity": ("IdentityInitializer",),
    "MaxPooling1D": ("MaxPool1D",),
    "MaxPooling2D": ("MaxPool2D",),
    "Ones": ("one",),
    "Orthogonal": ("OrthogonalInitializer",),
    "RandomNormal": ("normal",),
    "RandomUniform": ("uniform",),
    "STFT": ("STFTInitializer",),
    "Zeros": ("zero",),
    "hard_silu": ("hard_swish",),
    "silu": ("swish",),
}

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
    "convolution": "Conv1D Conv2D",
    "core": "Dense Embedding Identity Lambda",
    "input_layer": "InputLayer",
    "merging": "Add Average Concatenate Dot Maximum Minimum Multiply Subtract",
    "normalization": "BatchNormalization LayerNormalization",
    "pooling": (
        "AveragePooling1D AveragePooling2D GlobalAveragePooling1D GlobalAveragePooling2D "
        "GlobalMaxPooling1D GlobalMaxPooling2D MaxPooling1D MaxPooling2D"
    ),
    "preprocessing": "Rescaling",
    "recurrent": "LSTM LSTMCell",
    "regularization": "Dropout",
    "reshaping": "Flatten Reshape UpSampling2D ZeroPadding2D",
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
            aliases=() if (kind, name) == ("layer", "Identity") else _ALIASES.get(name, ()),
            contract="elementwise" if alone else None,
            safe_config=name != "Lambda",
        )


plugin = _Builtin()
