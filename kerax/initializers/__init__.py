"""Initial values of weights.

Values are drawn on the host by numpy's counter-based Philox generator, seeded with the
initializer's seed and the shape: nothing is compiled, which is most of the time that a small model
needs to be built otherwise. The same initializer gives the same values for the same shape.
"""

from typing import Any

import numpy as np

from kerax import plugins, serialization
from kerax.initializers.base import Initializer
from kerax.initializers.constant import STFT, Constant, Identity, Ones, Zeros
from kerax.initializers.draws import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from kerax.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "get",
    "serialize",
]

constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros


def get(identifier: Any) -> Any:
    """Return the initializer that an identifier stands for.

    Args:
        identifier: None, a name such as `"he_normal"`, `"namespace>name"`, a config, a class, a
            function, an initializer, or an array of the weight's values.

    Returns:
        An `Initializer` or a function `(shape, dtype) -> array`; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get("zeros")((1,)).tolist()
        [0.0]

    Reference:
        Keras: keras.initializers.get
    """
    if hasattr(identifier, "__array__") and not isinstance(identifier, type):
        return Constant(np.asarray(identifier))
    return plugins.get("initializer", identifier)


def serialize(initializer: Any) -> Any:
    """Return the config of an initializer.

    Args:
        initializer: an `Initializer` or function.

    Returns:
        A dict of JSON types.

    Example:
        >>> serialize(Zeros())["class_name"]
        'Zeros'

    Reference:
        Keras: keras.initializers.serialize
    """
    return serialization.serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the initializer that a config or name describes.

    Args:
        config: what `serialize` returned, or a name.
        custom_objects: classes and functions by name, beside those registered.

    Returns:
        An `Initializer` or function.

    Example:
        >>> deserialize({"class_name": "Constant", "config": {"value": 2.0}}).value
        2.0

    Reference:
        Keras: keras.initializers.deserialize
    """
    return serialization.deserialize_keras_object(config, custom_objects, kind="initializer")
