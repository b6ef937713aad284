"""What an op is made with: arrays from anything array-like, and one-line definitions."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import dtypes
from kerax.ops.dispatch import op
from kerax.variable import Variable

__all__ = ["array", "axes_of", "binary", "define", "jax_dtype", "operand", "reduction", "unary"]

Op = Callable[..., Any]


def jax_dtype(dtype: Any) -> np.dtype:
    """Return a data type as JAX holds it: 64-bit types only under `jax_enable_x64`."""
    return np.dtype(jax.dtypes.canonicalize_dtype(jnp.dtype(dtypes.standardize_dtype(dtype))))


def array(x: Any, dtype: Any = None) -> Any:
    """Return `x` as a JAX array; Python numbers stay weakly typed unless `dtype` is given."""
    if isinstance(x, Variable):
        x = x.value
    if not isinstance(x, jax.Array):
        x = jnp.asarray(_listed(x))
    return x if dtype is None else x.astype(jax_dtype(dtype))


def operand(x: Any) -> Any:
    """Return `x` as an array, a Python number as it is: `x ** 2` is then a multiplication."""
    return x if isinstance(x, (bool, int, float)) else array(x)


def _listed(x: Any) -> Any:
    """Something that `jnp.asarray` takes: lists may hold Variables, tensors may be foreign."""
    if isinstance(x, (list, tuple)):
        return [_listed(item) for item in x]
    if isinstance(x, (bool, int, float, complex, np.ndarray, np.generic, jax.Array)):
        return x
    if isinstance(x, Variable):
        return x.value
    if hasattr(x, "detach"):  # a torch tensor
        x = x.detach().cpu()
    return np.asarray(x) if hasattr(x, "__array__") else x


def axes_of(axis: Any) -> Any:
    """Return an axis argument as JAX takes it: None, an integer or a tuple."""
    return tuple(axis) if isinstance(axis, list) else axis


def define(name: str, fn: Callable[..., Any], doc: str) -> Op:
    """Make `fn` the op `kerax.ops.<name>` with a docstring."""
    fn.__name__ = fn.__qualname__ = name
    fn.__module__ = "kerax.ops"
    fn.__doc__ = inspect.cleandoc(doc)
    return op(fn)


def unary(name: str, compute: Callable[[Any], Any], summary: str) -> Op:
    """Define an op of one tensor, element by element."""

    def fn(x: Any) -> Any:
        return compute(array(x))

    return define(
        name,
        fn,
        f"""{summary}

        Args:
            x: tensor of any shape.

        Returns:
            Tensor of the shape of `x`.

        Reference:
            Keras: keras.ops.{name}
        """,
    )


def binary(name: str, compute: Callable[[Any, Any], Any], summary: str) -> Op:
    """Define an op of two tensors, element by element."""

    def fn(x1: Any, x2: Any) -> Any:
        return compute(operand(x1), operand(x2))

    return define(
        name,
        fn,
        f"""{summary}

        Args:
            x1: tensor of any shape.
            x2: tensor of a shape that broadcasts with that of `x1`.

        Returns:
            Tensor of the broadcast shape; its type follows JAX's promotion.

        Reference:
            Keras: keras.ops.{name}
        """,
    )


def reduction(name: str, compute: Callable[..., Any], summary: str) -> Op:
    """Define an op that takes axes away."""

    def fn(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return compute(array(x), axis=axes_of(axis), keepdims=keepdims)

    return define(
        name,
        fn,
        f"""{summary}

        Args:
            x: tensor of any shape.
            axis: the axis or axes to reduce; None means all.
            keepdims: whether reduced axes stay with size 1.

        Returns:
            Tensor without the reduced axes.

        Reference:
            Keras: keras.ops.{name}
        """,
    )
