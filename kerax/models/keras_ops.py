"""The modules and class names that Keras gives to the ops of a saved graph."""

__all__ = ["keras_class", "own_class"]

_ROOT = "keras.src.ops"

# Class names by module; all others are in `numpy`.
_MODULES = {
    "core": (
        "AssociativeScan Cast Cond ConvertToTensor ForiLoop Map SaturateCast Scan Scatter "
        "ScatterUpdate Slice SliceUpdate StopGradient Switch Unstack VectorizedMap WhileLoop"
    ),
    "einops": "Rearrange",
    "image": (
        "AffineTransform CropImages ElasticTransform ExtractPatches GaussianBlur HSVToRGB "
        "MapCoordinates PadImages PerspectiveTransform RGBToGrayscale RGBToHSV Resize SSIM "
        "ScaleAndTranslate SobelEdges"
    ),
    "linalg": (
        "Cholesky CholeskyInverse Det Eig Eigh Inv JVP Lstsq LuFactor MatrixRank Norm Pinv Qr SVD "
        "Solve SolveTriangular"
    ),
    "math": (
        "CDist Erf Erfc Erfinv ExtractSequences FFT FFT2 IFFT2 IRFFT ISTFT InTopK Logdet Logsumexp "
        "RFFT Rsqrt STFT SegmentMax SegmentMin SegmentProd SegmentSum TopK ViewAsComplex ViewAsReal"
    ),
    "nn": (
        "AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm BinaryCrossentropy CTCDecode "
        "CTCLoss CategoricalCrossentropy Celu Conv ConvTranspose DepthToSpace DepthwiseConv "
        "DotProductAttention Elu Fold Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LayerNorm "
        "LeakyRelu LogSigmoid LogSoftmax MaxPool Moments MultiHot Normalize OneHot PSNR Polar "
        "RMSNorm Relu Relu6 Selu SeparableConv Sigmoid Silu SoftShrink Softmax Softplus Softsign "
        "SpaceToDepth SparseCategoricalCrossentropy SparsePlus SparseSigmoid Sparsemax Squareplus "
        "TanhShrink Threshold Unfold"
    ),
    "numpy": "IsIn SearchSorted",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

# Where Keras' class is called otherwise than the op.
_RENAMED = {
    "BatchNormalization": "BatchNorm",
    "LayerNormalization": "LayerNorm",
    "RmsNormalization": "RMSNorm",
}
_RENAMED |= {name.capitalize(): name for name in ("IsIn", "SearchSorted")}
_OWN = {theirs: own for own, theirs in _RENAMED.items()}
_OWN_BY_LETTERS = {name.lower(): name for name in _MODULE_OF}


def keras_class(name: str) -> tuple[str, str]:
    """Return the module and class name under which Keras saves an op.

    Args:
        name: the op's name in capitals, such as `"ExpandDims"`.

    Example:
        >>> keras_class("Svd"), keras_class("Add")
        (('keras.src.ops.linalg', 'SVD'), ('keras.src.ops.numpy', 'Add'))
    """
    name = _RENAMED.get(name) or _OWN_BY_LETTERS.get(name.lower(), name)
    return f"{_ROOT}.{_MODULE_OF.get(name, 'numpy')}", name


def own_class(name: str) -> str:
    """Return an op's name in capitals for Keras' class name.

    Example:
        >>> own_class("BatchNorm"), own_class("Add")
        ('BatchNormalization', 'Add')
    """
    return _OWN.get(name, name)
