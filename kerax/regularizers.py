"""Regularizers: the base class, and access to every regularizer by name.

The regularizers themselves are the components of a plugin, `kerax_regularizers` for the standard
ones; `kerax.regularizers.L2` is looked up there when it is first used.
"""

from typing import TYPE_CHECKING, Any

from kerax import plugins, serialization

if TYPE_CHECKING:
    from kerax_regularizers.norms import L1 as L1
    from kerax_regularizers.norms import L1L2 as L1L2
    from kerax_regularizers.norms import L2 as L2
    from kerax_regularizers.orthogonal import OrthogonalRegularizer as OrthogonalRegularizer

__all__ = ["Regularizer", "deserialize", "get", "serialize"]


class Regularizer:
    """A penalty on weights or activations, added to the loss: the base of all regularizers.

    Example:
        >>> from kerax import ops
        >>> class Sparse(Regularizer):
        ...     def __call__(self, x):
        ...         return 0.1 * ops.sum(ops.absolute(x))
        >>> float(Sparse()([1.0, -2.0]))
        0.3...

    Reference:
        Keras: keras.regularizers.Regularizer
    """

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a tensor of any shape, a scalar."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(x).")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        raise NotImplementedError(f"{type(self).__name__} has no get_config().")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Regularizer":
        """Make a regularizer from what `get_config` returned."""
        return cls(**config)


def get(identifier: Any) -> Any:
    """Return the regularizer that an identifier stands for.

    Args:
        identifier: None, a name such as `"l2"`, `"namespace>name"`, a config, a class, a function
            or a regularizer.

    Returns:
        A `Regularizer` or a function `(weights) -> scalar`; None for None.

    Raises:
        PluginNotFoundError, ArgumentError: where it stands for none.

    Example:
        >>> get("l2").get_config()
        {'l2': 0.01}

    Reference:
        Keras: keras.regularizers.get
    """
    return plugins.get("regularizer", identifier)


def serialize(regularizer: Any) -> Any:
    """Return the config of a regularizer.

    Args:
        regularizer: a `Regularizer` or function.

    Returns:
        A dict of JSON types.

    Example:
        >>> serialize(get("l1"))["class_name"]
        'L1'

    Reference:
        Keras: keras.regularizers.serialize
    """
    return serialization.serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the regularizer that a config or name describes.

    Args:
        config: what `serialize` returned, or a name.
        custom_objects: classes and functions by name, beside those registered.

    Returns:
        A `Regularizer` or function.

    Example:
        >>> deserialize({"class_name": "L2", "config": {"l2": 0.5}}).l2
        0.5

    Reference:
        Keras: keras.regularizers.deserialize
    """
    return serialization.deserialize_keras_object(config, custom_objects, kind="regularizer")


__getattr__, __dir__ = plugins.facade("regularizer", __name__)
