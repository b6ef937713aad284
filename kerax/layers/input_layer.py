"""The entrance of a graph."""

from collections.abc import Sequence
from typing import Any

from kerax import dtypes
from kerax.errors import ArgumentError
from kerax.layer import Layer
from kerax.symbolic import KerasTensor, Node

__all__ = ["Input", "InputLayer"]


class InputLayer(Layer):
    """The layer whose output is one of a model's inputs.

    Args:
        shape: sizes without the batch axis, None where unknown.
        batch_size: the batch axis' size, None where unknown.
        dtype: a data type; None means `floatx()`.
        sparse: kept for configs; inputs are dense.
        ragged: kept for configs; inputs are not ragged.
        batch_shape: sizes with the batch axis, instead of `shape` and `batch_size`.
        input_tensor: a KerasTensor to use as the output.
        optional: whether None may be given for it.
        name: the layer's name.

    Raises:
        ArgumentError: without a shape.

    Example:
        >>> InputLayer((3,)).output.shape
        (None, 3)

    Reference:
        Keras: keras.layers.InputLayer
    """

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        kwargs.pop("input_shape", None)
        super().__init__(name=name, **kwargs)
        if input_tensor is not None:
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        if batch_shape is None:
            if shape is None:
                raise ArgumentError(f"Input {self.name}: wanted `shape=` or `batch_shape=`.")
            batch_shape = (batch_size, *_checked(shape, self.name))
        self.batch_shape = _checked(batch_shape, self.name)
        self._dtype = dtypes.standardize_dtype(dtype)
        self.sparse, self.ragged, self.optional = bool(sparse), bool(ragged), bool(optional)
        output = input_tensor or KerasTensor(self.batch_shape, self._dtype, name=self.name)
        if output._keras_history is None:
            Node(self, (), {}, output)
        self.built = True

    @property
    def dtype(self) -> str:
        """The type of the input."""
        return self._dtype

    def call(self) -> None:
        """Do nothing: the graph supplies the value."""

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
            "optional": self.optional,
        }


def _checked(shape: Any, name: str) -> tuple[int | None, ...]:
    if isinstance(shape, int):
        raise ArgumentError(f"Input {name}: got shape {shape}; wanted a tuple, such as ({shape},).")
    return tuple(None if size is None else int(size) for size in shape)


def Input(  # noqa: N802 - the public name that Keras gives it
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
) -> KerasTensor:
    """Return a symbolic tensor that a model can take as an input.

    Args:
        shape: sizes without the batch axis, None where unknown.
        batch_size: the batch axis' size, None where unknown.
        dtype: a data type; None means `floatx()`.
        sparse: kept for configs.
        ragged: kept for configs.
        batch_shape: sizes with the batch axis, instead of `shape` and `batch_size`.
        name: the input's name.
        tensor: a KerasTensor to use.
        optional: whether None may be given for it.

    Returns:
        A KerasTensor `[batch, *shape]`.

    Example:
        >>> Input((28, 28, 1)).shape
        (None, 28, 28, 1)

    Reference:
        Keras: keras.Input
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer.output
