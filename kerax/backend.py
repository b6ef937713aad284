"""The public part of Keras' backend namespace."""

from kerax.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from kerax.dtypes import is_float as is_float_dtype
from kerax.dtypes import is_int as is_int_dtype
from kerax.dtypes import result_type, standardize_dtype
from kerax.models.model import clear_session
from kerax.symbolic import is_keras_tensor

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]
