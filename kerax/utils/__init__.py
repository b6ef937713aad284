"""What Keras offers in `keras.utils`."""

from kerax.dtypes import standardize_dtype
from kerax.models.model import clear_session
from kerax.plugins import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from kerax.random import set_random_seed
from kerax.serialization import deserialize_keras_object, serialize_keras_object
from kerax.symbolic import is_keras_tensor
from kerax.training.data import pack_x_y_sample_weight, unpack_x_y_sample_weight
from kerax.training.dataset import PyDataset
from kerax.training.progress import Progbar
from kerax.utils.arrays import normalize, to_categorical
from kerax.utils.sources import get_source_inputs

Sequence = PyDataset

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "is_keras_tensor",
    "normalize",
    "pack_x_y_sample_weight",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
