"""The core's own initializers, constraints, activations, layers and callbacks, as specs.

Losses, metrics, optimizers, schedules and regularizers are not here: plugins declare them.
"""

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

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

# Kind and module, then the names there, each with its summary.
_TABLE = """\
initializer kerax.initializers
    Constant               One value everywhere
    GlorotNormal           Truncated normal draws of variance `2 / (fan_in + fan_out)`
    GlorotUniform          Uniform draws of variance `2 / (fan_in + fan_out)`, also called Xavier's
    HeNormal               Truncated normal draws of variance `2 / fan_in`, for layers with ReLU
    HeUniform              Uniform draws of variance `2 / fan_in`, for layers with ReLU
    Identity               The identity matrix, times a gain
    LecunNormal            Truncated normal draws of variance `1 / fan_in`
    LecunUniform           Uniform draws of variance `1 / fan_in`
    Ones                   All ones
    Orthogonal             A matrix of orthonormal rows or columns, times a gain
    RandomNormal           Draws from the normal distribution
    RandomUniform          Draws uniformly from an interval
    STFT                   The kernel of a convolution that computes a short-time Fourier transform
    TruncatedNormal        Normal draws within two standard deviations
    VarianceScaling        Draws of variance `scale / n`, `n` the inputs, the outputs or their mean
    Zeros                  All zeros
constraint kerax.constraints
    MaxNorm                Scales vectors that are longer than `max_value` down to it
    MinMaxNorm             Scales vectors so that their length lies within an interval
    NonNeg                 Sets negative weights to 0
    UnitNorm               Scales vectors to length 1
activation kerax.activations
    celu                   `max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)`
    elu                    `x` where positive, else `alpha * (exp(x) - 1)`
    exponential            `exp(x)`
    gelu                   `x * P(X <= x)` for normal `X`
    glu                    The first half of `x` times the sigmoid of the second
    hard_shrink            `x` where `|x| > threshold`, else 0
    hard_sigmoid           `x / 6 + 1/2`, cut off at 0 and 1
    hard_silu              `x * hard_sigmoid(x)`
    hard_tanh              `x`, cut off at -1 and 1
    leaky_relu             `x` where positive, else `negative_slope * x`
    linear                 `x` as it is
    log_sigmoid            `log(sigmoid(x))`, safely
    log_softmax            `log(softmax(x))`, safely
    mish                   `x * tanh(softplus(x))`
    relu                   `max(x, 0)`, or a version of it with a slope, a ceiling and a threshold
    relu6                  `min(max(x, 0), 6)`
    selu                   Scaled `elu`, which keeps mean and variance from layer to layer
    sigmoid                `1 / (1 + exp(-x))`
    silu                   `x * sigmoid(x)`
    soft_shrink            `sign(x) * max(|x| - threshold, 0)`
    softmax                `exp(x) / sum(exp(x))`
    softplus               `log(1 + exp(x))`
    softsign               `x / (1 + |x|)`
    sparse_plus            0 up to -1, `x` from 1, and `(x + 1)² / 4` between
    sparse_sigmoid         0 up to -1, 1 from 1, and `(x + 1) / 2` between
    sparsemax              The point of the probability simplex that is nearest to `x`
    squareplus             `(x + sqrt(x² + b)) / 2`
    tanh                   The hyperbolic tangent
    tanh_shrink            `x - tanh(x)`
    threshold              `x` where it exceeds `threshold`, else `default_value`
layer kerax.layers.activation
    Activation             Applies an activation
    ELU                    `x` where positive, else `alpha * (exp(x) - 1)`
    LeakyReLU              `x` where positive, else `negative_slope * x`
    PReLU                  `x` where positive, else `alpha * x` with a learnt `alpha`
    ReLU                   `max(x, 0)`, or a version of it with a slope, a ceiling and a threshold
    Softmax                `exp(x) / sum(exp(x))`, over unmasked elements where a mask is given
layer kerax.layers.cells
    GRUCell                One step of a gated recurrent unit
    LSTMCell               One step of a long short-term memory
    SimpleRNNCell          One step of a fully connected recurrence
layer kerax.layers.convolution
    Conv1D                 Convolution of sequences, then bias and activation
    Conv2D                 Convolution of images, then bias and activation
    Conv3D                 Convolution of volumes, then bias and activation
layer kerax.layers.core
    Dense                  A fully connected layer: `activation(x @ kernel + bias)`
    Embedding              A table of vectors, looked up by whole numbers
    Identity               A layer that returns its input
    Lambda                 A function as a layer
    Masking                Marks steps whose features all equal one value, for later layers to skip
layer kerax.layers.depthwise
    DepthwiseConv1D        Convolution of each channel of sequences by itself
    DepthwiseConv2D        Convolution of each channel of images by itself
    SeparableConv1D        Convolution of each channel of sequences, then a mix of the channels
    SeparableConv2D        Convolution of each channel of images, then a mix of the channels
layer kerax.layers.global_pooling
    GlobalAveragePooling1D The mean of each channel of sequences, masked steps left out
    GlobalAveragePooling2D The mean of each channel of images
    GlobalAveragePooling3D The mean of each channel of volumes
    GlobalMaxPooling1D     The largest element of each channel of sequences
    GlobalMaxPooling2D     The largest element of each channel of images
    GlobalMaxPooling3D     The largest element of each channel of volumes
layer kerax.layers.input_layer
    InputLayer             The layer whose output is one of a model's inputs
layer kerax.layers.merging
    Add                    The sum of several tensors
    Average                The mean of several tensors
    Concatenate            Several tensors one after the other along an axis
    Dot                    The products of two tensors, summed over one axis of each
    Maximum                The largest of several tensors, element by element
    Minimum                The smallest of several tensors, element by element
    Multiply               The product of several tensors, element by element
    Subtract               The first tensor less the second
layer kerax.layers.normalization
    BatchNormalization     Normalizes each channel, by the batch or by running statistics
    GroupNormalization     Normalizes groups of channels of each entry of the batch
    LayerNormalization     Normalizes each entry of the batch over its features
    RMSNormalization       Divides by the root mean square of the features, times a learnt scale
    UnitNormalization      Scales vectors to length 1
layer kerax.layers.pooling
    AveragePooling1D       The mean of each window of sequences
    AveragePooling2D       The mean of each window of images
    AveragePooling3D       The mean of each window of volumes
    MaxPooling1D           The largest element of each window of sequences
    MaxPooling2D           The largest element of each window of images
    MaxPooling3D           The largest element of each window of volumes
layer kerax.layers.preprocessing
    Rescaling              `inputs * scale + offset`, for instance to bring pixels from 0…255 to 0…1
layer kerax.layers.recurrent
    GRU                    A layer of gated recurrent units
    LSTM                   A layer of long short-term memory
    SimpleRNN              A layer of a fully connected recurrence: `h = activation(x W + h U + b)`
layer kerax.layers.regularization
    ActivityRegularization Returns the inputs and adds a penalty of them to the loss
    AlphaDropout           In training, dropout that keeps mean and variance of SELU networks
    Dropout                In training, sets a share of the inputs to 0 and scales up the rest
    GaussianDropout        In training, multiplies by normal noise of mean 1
    GaussianNoise          In training, adds normal noise
    SpatialDropout1D       In training, sets whole channels of sequences to 0
    SpatialDropout2D       In training, sets whole channels of images to 0
    SpatialDropout3D       In training, sets whole channels of volumes to 0
layer kerax.layers.reshaping
    Flatten                Makes each entry of the batch a vector
    Permute                Permutes the axes after the batch
    RepeatVector           Repeats each vector as the steps of a sequence
    Reshape                Gives each entry of the batch another shape
layer kerax.layers.resizing
    Cropping1D             Cuts steps off both ends of sequences
    Cropping2D             Cuts margins off images
    Cropping3D             Cuts margins off volumes
    UpSampling1D           Repeats each step of sequences
    UpSampling2D           Makes images larger by whole factors
    UpSampling3D           Repeats the elements of volumes
    ZeroPadding1D          Adds steps of zeros before and after sequences
    ZeroPadding2D          Adds rows and columns of zeros around images
    ZeroPadding3D          Adds zeros around volumes
layer kerax.layers.rnn
    RNN                    Runs a cell over the steps of sequences `[batch, time, features]`
layer kerax.layers.transposed
    Conv1DTranspose        Transposed convolution of sequences: each element is spread over a window
    Conv2DTranspose        Transposed convolution of images: each element is spread over a window
    Conv3DTranspose        Transposed convolution of volumes: each element is spread over a window
callback kerax.training.callbacks
    CSVLogger              Writes each epoch's logs as a line of a CSV file
    EarlyStopping          Stops the training after `patience` epochs without improvement
    History                Keeps the logs of each epoch; fit adds one and returns it
    LambdaCallback         Calls the given functions as hooks
    LearningRateScheduler  Sets the learning rate before each epoch
    ModelCheckpoint        Saves the model, or its weights, by epochs or batches
    ProgbarLogger          Prints a progress bar (`verbose=1`) or one line an epoch (`verbose=2`)
    ReduceLROnPlateau      Lowers the learning rate after epochs without improvement
    TerminateOnNaN         Stops the training once the loss is NaN or infinite
"""

# Activations that mix the elements of an axis; all others treat each element on its own.
_ACROSS_ELEMENTS = frozenset({"glu", "log_softmax", "softmax", "sparsemax"})

# Layers that keep masks, use them, or make them.
_MASKED = (
    "Activation ActivityRegularization Add AlphaDropout Average BatchNormalization Concatenate "
    "Dense Dropout ELU GRU GaussianDropout GaussianNoise GlobalAveragePooling1D "
    "Identity LSTM LayerNormalization LeakyReLU Masking Maximum Minimum "
    "Multiply PReLU RNN ReLU Rescaling SimpleRNN SpatialDropout1D Subtract "
    "UnitNormalization"
)

# Where the conformance kit finds the cases of a kind, by name.
_CASES = "kerax.testing.own_cases"


class _Builtin:
    @hookimpl
    def kerax_components(self) -> Iterator[ComponentSpec]:
        kind = module = ""
        for line in _TABLE.splitlines():
            if not line.startswith(" "):
                kind, module = line.split()
                continue
            name, summary = line.split(maxsplit=1)
            yield _spec(kind, name, module, summary)

    @hookimpl
    def kerax_cases(self, kind: str, name: str) -> Iterable[Any]:
        return importlib.import_module(_CASES).cases(kind, name)


def _spec(kind: str, name: str, module: str, summary: str) -> ComponentSpec:
    alone = kind == "activation" and name not in _ACROSS_ELEMENTS
    return ComponentSpec(
        kind=kind,
        name=name,
        target=f"{module}:{name}",
        summary=summary,
        aliases=_layer_aliases(name) if kind == "layer" else _ALIASES.get((kind, name), ()),
        contract="elementwise" if alone else None,
        supports=_supports(kind, name),
        safe_config=name != "Lambda",
    )


def _supports(kind: str, name: str) -> frozenset[str]:
    if kind == "callback" or name == "InputLayer":
        return frozenset()
    mask = {"mask"} if kind == "layer" and name in _MASKED.split() else set()
    return frozenset({"mixed_precision"} | mask)


def _layer_aliases(name: str) -> tuple[str, ...]:
    """Return the longer or shorter name that Keras gives a layer as well."""
    for part, other in _LAYER_PARTS:
        if name.removeprefix("Global").startswith(part):
            return (name.replace(part, other, 1),)
    return ()


plugin = _Builtin()
