"""Layers that make one tensor of several."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.layer import Layer

__all__ = [
    "Add",
    "Average",
    "Concatenate",
    "Dot",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]


class _Merge(Layer):
    """A layer of a list of tensors, which it combines element by element."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Check the shapes."""
        if not isinstance(input_shape, (list, tuple)) or not all(
            isinstance(shape, (list, tuple)) for shape in input_shape
        ):
            raise ShapeError(
                f"{self.name}: got one tensor of shape {input_shape}; wanted a list of tensors."
            )
        self._check([tuple(shape) for shape in input_shape])

    def _check(self, shapes: list[tuple]) -> None:
        longest = max(len(shape) for shape in shapes)
        for axis in range(1, longest):
            sizes = {s[-axis] for s in shapes if len(s) > axis and s[-axis] not in (None, 1)}
            if len(sizes) > 1:
                raise ShapeError(
                    f"{self.name}: got inputs of shapes {shapes}; wanted shapes that broadcast."
                )

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' broadcast shape."""
        rank = max(len(x.shape) for x in inputs)
        return self._merge([_expanded(x, rank) for x in inputs])

    def _merge(self, inputs: list[Any]) -> Any:
        raise NotImplementedError

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or any(m is None for m in mask):
            return None
        return functools.reduce(ops.logical_or, mask)


def _expanded(x: Any, rank: int) -> Any:
    """A tensor with axes of size 1 after the batch, so that vectors meet sequences."""
    missing = rank - len(x.shape)
    return ops.expand_dims(x, tuple(range(1, 1 + missing))) if missing else x


class Add(_Merge):
    """The sum of several tensors.

    Args:
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Add()([ops.ones((1, 2)), ops.ones((1, 2))]).tolist()
        [[2.0, 2.0]]

    Reference:
        Keras: keras.layers.Add
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.add, inputs)


class Subtract(_Merge):
    """The first tensor less the second.

    Args:
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ShapeError: for another number of tensors.

    Example:
        >>> Subtract()([ops.ones((1, 2)), ops.ones((1, 2))]).tolist()
        [[0.0, 0.0]]

    Reference:
        Keras: keras.layers.Subtract
    """

    def _check(self, shapes: list[tuple]) -> None:
        if len(shapes) != 2:
            raise ShapeError(f"{self.name}: got {len(shapes)} inputs; wanted 2.")
        super()._check(shapes)

    def _merge(self, inputs: list[Any]) -> Any:
        return ops.subtract(*inputs)


class Multiply(_Merge):
    """The product of several tensors, element by element.

    Args:
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Multiply()([ops.ones((1, 2)), ops.ones((1, 2))]).tolist()
        [[1.0, 1.0]]

    Reference:
        Keras: keras.layers.Multiply
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.multiply, inputs)


class Average(_Merge):
    """The mean of several tensors.

    Args:
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Average()([ops.ones((1, 2)), ops.zeros((1, 2))]).tolist()
        [[0.5, 0.5]]

    Reference:
        Keras: keras.layers.Average
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return ops.divide(functools.reduce(ops.add, inputs), len(inputs))


class Maximum(_Merge):
    """The largest of several tensors, element by element.

    Args:
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Maximum()([ops.ones((1, 2)), ops.zeros((1, 2))]).tolist()
        [[1.0, 1.0]]

    Reference:
        Keras: keras.layers.Maximum
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.maximum, inputs)


class Minimum(_Merge):
    """The smallest of several tensors, element by element.

    Args:
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Minimum()([ops.ones((1, 2)), ops.zeros((1, 2))]).tolist()
        [[0.0, 0.0]]

    Reference:
        Keras: keras.layers.Minimum
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.minimum, inputs)


class Concatenate(_Merge):
    """Several tensors one after the other along an axis.

    Args:
        axis: the axis.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ShapeError: where the other axes differ.

    Example:
        >>> Concatenate()([ops.ones((1, 2)), ops.ones((1, 3))]).shape
        (1, 5)

    Reference:
        Keras: keras.layers.Concatenate
    """

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def _check(self, shapes: list[tuple]) -> None:
        if len({len(shape) for shape in shapes}) > 1:
            raise ShapeError(f"{self.name}: got inputs of shapes {shapes}; wanted equal ranks.")
        rank = len(shapes[0])
        for axis in set(range(rank)) - {self.axis % rank}:
            if len({shape[axis] for shape in shapes if shape[axis] is not None}) > 1:
                raise ShapeError(
                    f"{self.name}: got inputs of shapes {shapes}; wanted equal sizes except on "
                    f"axis {self.axis}."
                )

    def call(self, inputs: Any) -> Any:
        """Return the tensors joined."""
        return ops.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or all(m is None for m in mask):
            return None
        whole = [_full_mask(x, m) for x, m in zip(inputs, mask, strict=True)]
        joined = ops.concatenate(whole, axis=self.axis)
        return ops.any(joined, axis=-1) if len(joined.shape) > 2 else joined

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _full_mask(x: Any, mask: Any) -> Any:
    """A mask of the shape of `x`, true where there is none."""
    if mask is None:
        return ops.ones_like(x, dtype="bool")
    missing = len(x.shape) - len(mask.shape)
    mask = ops.reshape(mask, (*mask.shape, *(1,) * missing)) if missing else mask
    return ops.logical_and(ops.ones_like(x, dtype="bool"), mask)


class Dot(_Merge):
    """The products of two tensors summed over one axis of each, entry by entry of the batch.

    Args:
        axes: the axis to sum over, or one for each tensor.
        normalize: whether to divide by lengths along that axis first: cosine similarity.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError, ShapeError: where the arguments do not fit.

    Example:
        >>> Dot(axes=1)([ops.ones((4, 3)), ops.ones((4, 3))]).shape
        (4, 1)

    Reference:
        Keras: keras.layers.Dot
    """

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        pair = (axes,) if isinstance(axes, int) else tuple(axes)
        if len(pair) not in (1, 2) or not all(isinstance(axis, int) for axis in pair):
            raise ArgumentError(f"{self.name}: got axes {axes!r}; wanted one or two whole numbers.")
        self.axes = axes
        self.normalize = normalize

    def _axes(self, ranks: Sequence[int]) -> list[int]:
        pair = [self.axes] * 2 if isinstance(self.axes, int) else list(self.axes)
        return [axis % rank for axis, rank in zip(pair, ranks, strict=True)]

    def _check(self, shapes: list[tuple]) -> None:
        if len(shapes) != 2:
            raise ShapeError(f"{self.name}: got {len(shapes)} inputs; wanted 2.")
        one, two = self._axes([len(shape) for shape in shapes])
        sizes = {shapes[0][one], shapes[1][two]} - {None}
        if len(sizes) > 1:
            raise ShapeError(
                f"{self.name}: got inputs of shapes {shapes}; wanted equal sizes on axes "
                f"{one} and {two}."
            )

    def call(self, inputs: Any) -> Any:
        """Return `[batch, *axes left of the first, *axes left of the second]`."""
        first, second = inputs
        one, two = self._axes([len(first.shape), len(second.shape)])
        if self.normalize:
            first = ops.normalize(first, axis=one, order=2)
            second = ops.normalize(second, axis=two, order=2)
        first, second = ops.moveaxis(first, one, -1), ops.moveaxis(second, two, -1)
        left = "".join(chr(ord("c") + i) for i in range(len(first.shape) - 2))
        right = "".join(chr(ord("m") + i) for i in range(len(second.shape) - 2))
        out = ops.einsum(f"b{left}a,b{right}a->b{left}{right}", first, second)
        return ops.expand_dims(out, 1) if len(out.shape) == 1 else out

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _functional(cls: type[_Merge], name: str) -> Callable[..., Any]:
    def merge(inputs: Sequence[Any], **kwargs: Any) -> Any:
        return cls(**kwargs)(inputs)

    merge.__name__ = merge.__qualname__ = name
    merge.__doc__ = (
        f"Call a new `{cls.__name__}` layer on tensors.\n\n"
        "Args:\n    inputs: a list of tensors.\n"
        f"    **kwargs: what `{cls.__name__}` takes.\n\n"
        f"Returns:\n    What the layer returns.\n\nReference:\n    Keras: keras.layers.{name}\n"
    )
    return merge


add = _functional(Add, "add")
average = _functional(Average, "average")
maximum = _functional(Maximum, "maximum")
minimum = _functional(Minimum, "minimum")
multiply = _functional(Multiply, "multiply")
subtract = _functional(Subtract, "subtract")


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """Call a new `Concatenate` layer on tensors.

    Args:
        inputs: a list of tensors.
        axis: the axis to join along.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Returns:
        The tensors joined.

    Example:
        >>> concatenate([ops.ones((1, 2)), ops.ones((1, 3))]).shape
        (1, 5)

    Reference:
        Keras: keras.layers.concatenate
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: int | Sequence[int] = -1, **kwargs: Any) -> Any:
    """Call a new `Dot` layer on two tensors.

    Args:
        inputs: two tensors.
        axes: the axis to sum over, or one for each tensor.
        **kwargs: what `Dot` takes.

    Returns:
        What the layer returns.

    Example:
        >>> dot([ops.ones((1, 2)), ops.ones((1, 2))], axes=1).tolist()
        [[2.0]]

    Reference:
        Keras: keras.layers.dot
    """
    return Dot(axes=axes, **kwargs)(inputs)
