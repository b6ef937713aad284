"""Keras' namespace of data type policies."""

from kerax.dtypes import DTypePolicy, FloatDTypePolicy, get
from kerax.serialization import deserialize_keras_object as deserialize
from kerax.serialization import serialize_keras_object as serialize

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]
