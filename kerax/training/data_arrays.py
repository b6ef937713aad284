"""Arrays as a user gives them: nested, and of NumPy, JAX, pandas, torch, TensorFlow or numbers.

A structure is a list, tuple or dict of arrays; a list of numbers (or of lists of numbers) is one
array. Optional packages are recognised by their types' module and never imported.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import config
from kerax.errors import DataError

__all__ = ["as_array", "as_arrays", "cast", "leaves", "map_arrays", "row_count"]

_NUMBERS = (bool, int, float, complex, np.number, np.bool_)
_NOT_NUMERIC = "OSUVMm"  # object, bytes, text, void, dates and times


def map_arrays(fn: Callable[[Any, str], Any], tree: Any, name: str) -> Any:
    """Replace each array of a structure by `fn(array, its name)`; None stays None.

    Args:
        fn: called with an array and a name such as `x['image']` or `y[1]`.
        tree: an array, or nested lists, tuples and dicts of arrays.
        name: the structure's own name.

    Returns:
        The structure with the results.
    """
    if tree is None:
        return None
    if isinstance(tree, Mapping):
        return {key: map_arrays(fn, item, f"{name}[{key!r}]") for key, item in tree.items()}
    if not isinstance(tree, (list, tuple)) or _holds_numbers(tree):
        return fn(tree, name)
    items = [map_arrays(fn, item, f"{name}[{i}]") for i, item in enumerate(tree)]
    if isinstance(tree, list):
        return items
    return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)


def _holds_numbers(items: Any) -> bool:
    while isinstance(items, (list, tuple)) and items:
        items = items[0]
    return isinstance(items, _NUMBERS)


def leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield `(name, array)` for each array of a structure."""
    found: list[tuple[str, Any]] = []
    map_arrays(lambda leaf, path: found.append((path, leaf)), tree, name)
    yield from found


def as_arrays(tree: Any, name: str) -> Any:
    """Turn each member of a structure into something with `shape`, `dtype` and slices."""
    return map_arrays(as_array, tree, name)


def as_array(value: Any, name: str) -> Any:
    """Return one array: NumPy's and JAX's as they are, array-likes on disk unread, others copied.

    Args:
        value: an array, tensor, DataFrame, Series or list of numbers.
        name: what to call it in an error.

    Returns:
        An object with `shape` (at least one axis), `dtype` and `[start:stop]`.

    Raises:
        DataError: where it holds no numbers or has no axis.
    """
    if not isinstance(value, (np.ndarray, jax.Array)):
        value = _converted(value, name)
    kind = getattr(value.dtype, "kind", "")
    if kind in _NOT_NUMERIC and not jnp.issubdtype(value.dtype, np.inexact):
        raise DataError(
            f"{name}: got dtype {value.dtype}; wanted numbers or booleans. Encode text and "
            "categories as integers, and give each column of mixed types as an input of its own."
        )
    if not value.shape:
        raise DataError(
            f"{name}: got a scalar; wanted an array whose first axis counts the samples."
        )
    return value


def _converted(value: Any, name: str) -> Any:
    package = type(value).__module__.partition(".")[0]
    if package == "pandas":
        return _from_pandas(value)
    if package == "torch":
        value = value.detach().cpu()
        return (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    if package == "h5py":
        return value
    if isinstance(value, (list, tuple)):
        return _from_list(value, name)
    if isinstance(value, _NUMBERS) or hasattr(value, "__array__"):
        return np.asarray(value)
    raise DataError(
        f"{name}: got {type(value).__name__} {str(value)[:60]!r}; wanted an array, a tensor, a "
        "DataFrame, a list of numbers, or lists, tuples and dicts of these."
    )


def _from_pandas(value: Any) -> np.ndarray:
    array = value.to_numpy()
    return array.reshape(-1, 1) if type(value).__name__ == "Series" else array


def _from_list(value: Any, name: str) -> np.ndarray:
    try:
        return np.array(value)
    except ValueError as error:
        raise DataError(
            f"{name}: got lists of unequal lengths; wanted as many numbers in each row. Pad "
            "them first, for instance with keras.utils.pad_sequences."
        ) from error


def cast(array: Any, name: str, floats_to_floatx: bool) -> Any:
    """Bring an array to a type that JAX computes with.

    Args:
        array: a NumPy, JAX or h5py array, or a slice of one.
        name: what to call it in an error.
        floats_to_floatx: whether every float type becomes `floatx()`; else only types that JAX
            does not hold change (float64 becomes float32 unless x64 is enabled).

    Returns:
        The array itself where its type is already right, else a copy.

    Raises:
        DataError: where 64-bit integers do not fit in 32 bits.
    """
    if not isinstance(array, (np.ndarray, jax.Array)):
        array = np.asarray(array)
    if floats_to_floatx and jnp.issubdtype(array.dtype, np.floating):
        wanted = jnp.dtype(config.floatx())
    else:
        wanted = array.dtype
    wanted = jax.dtypes.canonicalize_dtype(wanted)
    if array.dtype == wanted:
        return array
    if wanted.kind in "iu":
        _check_range(array, wanted, name)
    return array.astype(wanted)


def _check_range(array: Any, wanted: np.dtype, name: str) -> None:
    bounds = np.iinfo(wanted)
    if array.size and not bounds.min <= array.min() <= array.max() <= bounds.max:
        raise DataError(
            f"{name}: got {array.dtype} values up to {array.max()}, which {wanted} cannot hold. "
            "Map them to smaller numbers, or call jax.config.update('jax_enable_x64', True)."
        )


def row_count(parts: Mapping[str, Any], where: str) -> int:
    """Return the common length of the first axis of all arrays.

    Args:
        parts: structures of arrays by name.
        where: what to call the place in an error.

    Raises:
        DataError: where there is no array, or the lengths differ.
    """
    named = [pair for name, tree in parts.items() for pair in leaves(tree, name)]
    if not named:
        raise DataError(f"{where}: got no array in x; wanted at least one.")
    counts = {name: int(leaf.shape[0]) for name, leaf in named}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise DataError(
            f"{where}: got arrays of different lengths ({listed}); wanted as many samples in each."
        )
    return next(iter(counts.values()))
