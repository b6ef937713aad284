"""Values that JSON lacks, such as arrays and slices, in the shapes that Keras gives them."""

import base64
import marshal
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import jax
import jax.numpy as jnp
import numpy as np

from kerax import dtypes
from kerax.errors import SerializationError
from kerax.symbolic import KerasTensor

__all__ = ["READERS", "dump_lambda", "is_lambda", "load_lambda", "write"]


def write(obj: Any, serialize: Callable[[Any], Any]) -> Any:
    """Return the config of a value that JSON lacks, None where it is no such value.

    Args:
        obj: anything.
        serialize: what to write the values inside it with.
    """
    if isinstance(obj, np.generic) or (isinstance(obj, np.ndarray) and obj.ndim == 0):
        return obj.item()
    if isinstance(obj, np.dtype):
        return dtypes.standardize_dtype(obj)
    if isinstance(obj, (np.ndarray, jax.Array)):
        name = "numpy" if isinstance(obj, np.ndarray) else "tensor"
        return _special(name, value=obj.tolist(), dtype=dtypes.standardize_dtype(obj.dtype))
    if isinstance(obj, KerasTensor):
        return _special(
            "keras_tensor", shape=obj.shape, dtype=obj.dtype, keras_history=_history(obj)
        )
    if isinstance(obj, bytes):
        return _special("bytes", value=obj.decode("utf-8"))
    if isinstance(obj, slice):
        return _special(
            "slice", start=serialize(obj.start), stop=serialize(obj.stop), step=serialize(obj.step)
        )
    if obj is Ellipsis:
        return _special("ellipsis")
    if is_lambda(obj):
        return _special("lambda", value=serialize(tuple(dump_lambda(obj).values())))
    return None


def is_lambda(obj: Any) -> TypeGuard[types.FunctionType]:
    """Tell whether an object is a function without a name."""
    return isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>"


def dump_lambda(function: Callable[..., Any]) -> dict[str, Any]:
    """Return a lambda's bytecode, defaults and closure."""
    code = base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii")
    cells = function.__closure__
    return {
        "code": code,
        "defaults": function.__defaults__,
        "closure": tuple(cell.cell_contents for cell in cells) if cells else None,
    }


def load_lambda(config: Mapping[str, Any]) -> Callable[..., Any]:
    """Make a lambda from what `dump_lambda` returned: whatever its bytecode says, it may do.

    Raises:
        SerializationError: where the bytecode is damaged or of another Python version.
    """
    try:
        code = marshal.loads(base64.b64decode(config["code"]))
    except (KeyError, ValueError, EOFError, TypeError) as error:
        raise SerializationError(
            "The lambda in the config cannot be read; its bytecode is damaged or was written by "
            "another version of Python."
        ) from error
    if not isinstance(code, types.CodeType):
        raise SerializationError(f"lambda: got {type(code).__name__}; wanted bytecode.")
    cells = tuple(types.CellType(value) for value in config.get("closure") or ())
    defaults = tuple(config["defaults"]) if config.get("defaults") else None
    return types.FunctionType(code, globals(), "<lambda>", defaults, cells)


def _special(name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": f"__{name}__", "config": config}


def _history(tensor: KerasTensor) -> list[Any] | None:
    history = tensor._keras_history
    return [history[0].name, *history[1:]] if history else None


def _read_array(config: Mapping[str, Any]) -> np.ndarray:
    return np.array(config["value"], dtype=dtypes.standardize_dtype(config["dtype"]))


def _read_tensor(config: Mapping[str, Any]) -> jax.Array:
    return jnp.asarray(config["value"], dtype=dtypes.standardize_dtype(config["dtype"]))


def _read_symbolic(config: Mapping[str, Any]) -> KerasTensor:
    return KerasTensor(config["shape"], config["dtype"])


READERS: dict[str, Callable[[Any], Any]] = {
    "__numpy__": _read_array,
    "__tensor__": _read_tensor,
    "__keras_tensor__": _read_symbolic,
    "__bytes__": lambda config: config["value"].encode("utf-8"),
    "__slice__": lambda config: slice(config["start"], config["stop"], config["step"]),
    "__ellipsis__": lambda config: Ellipsis,
}
