"""Constraints: what a weight is projected onto after each training step."""

from collections.abc import Sequence
from typing import Any

from kerax import config, ops, plugins, serialization

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "serialize",
]

Axes = int | Sequence[int]


class Constraint:
    """A projection of a weight, applied after each update: the base of all constraints.

    Example:
        >>> class Positive(Constraint):
        ...     def __call__(self, w):
        ...         return ops.maximum(w, 0.1)
        >>> Positive()([-1.0, 1.0]).tolist()
        [0.1..., 1.0]

    Reference:
        Keras: keras.constraints.Constraint
    """

    def __call__(self, w: Any) -> Any:
        """Return the projected weight, of the shape of `w`."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(w).")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Constraint":
        """Make a constraint from what `get_config` returned."""
        return cls(**config)


def _norms(w: Any, axis: Axes) -> Any:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Scale vectors that are longer than `max_value` down to it.

    Args:
        max_value: the greatest norm.
        axis: the axes that a vector spans: 0 for the weights of each unit of a `Dense` layer,
            `(0, 1, 2)` for each filter of a `Conv2D`.

    Example:
        >>> MaxNorm(1)([[3.0], [4.0]]).tolist()
        [[0.6...], [0.8...]]

    Reference:
        Srivastava et al., 2014. Keras: keras.constraints.MaxNorm
    """

    def __init__(self, max_value: float = 2, axis: Axes = 0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        return w * (ops.clip(norms, 0, self.max_value) / (config.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Set negative weights to 0.

    Example:
        >>> NonNeg()([-1.0, 2.0]).tolist()
        [0.0, 2.0]

    Reference:
        Keras: keras.constraints.NonNeg
    """

    def __call__(self, w: Any) -> Any:
        return ops.relu(w)


class UnitNorm(Constraint):
    """Scale vectors to length 1.

    Args:
        axis: the axes that a vector spans.

    Example:
        >>> UnitNorm()([[3.0], [4.0]]).tolist()
        [[0.6...], [0.8...]]

    Reference:
        Keras: keras.constraints.UnitNorm
    """

    def __init__(self, axis: Axes = 0):
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        w = ops.convert_to_tensor(w)
        return w / (config.epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Scale vectors so that their length lies within an interval.

    Args:
        min_value: the least norm.
        max_value: the greatest norm.
        rate: the share of the way to the interval that one call goes; 1 goes all the way.
        axis: the axes that a vector spans.

    Example:
        >>> MinMaxNorm(1, 2)([[6.0], [8.0]]).tolist()
        [[1.2...], [1.6...]]

    Reference:
        Keras: keras.constraints.MinMaxNorm
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axes = 0,
    ):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        inside = ops.clip(norms, self.min_value, self.max_value)
        wanted = self.rate * inside + (1 - self.rate) * norms
        return w * (wanted / (config.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        names = ("min_value", "max_value", "rate", "axis")
        return {name: getattr(self, name) for name in names}


max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm


def get(identifier: Any) -> Any:
    """Return the constraint that an identifier stands for.

    Args:
        identifier: None, a name such as `"max_norm"`, `"namespace>name"`, a config, a class, a
            function or a constraint.

    Returns:
        A `Constraint` or a function `w -> w`; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get("max_norm").max_value
        2

    Reference:
        Keras: keras.constraints.get
    """
    return plugins.get("constraint", identifier)


def serialize(constraint: Any) -> Any:
    """Return the config of a constraint.

    Args:
        constraint: a `Constraint` or function.

    Returns:
        A dict of JSON types.

    Example:
        >>> serialize(NonNeg())["class_name"]
        'NonNeg'

    Reference:
        Keras: keras.constraints.serialize
    """
    return serialization.serialize_keras_object(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the constraint that a config or name describes.

    Args:
        config: what `serialize` returned, or a name.
        custom_objects: classes and functions by name, beside those registered.

    Returns:
        A `Constraint` or function.

    Example:
        >>> deserialize({"class_name": "UnitNorm", "config": {"axis": 1}}).axis
        1

    Reference:
        Keras: keras.constraints.deserialize
    """
    return serialization.deserialize_keras_object(config, custom_objects, kind="constraint")
