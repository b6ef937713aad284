"""Data types: names, the one promotion rule, and the policies that choose a layer's types."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import settings
from kerax.errors import ArgumentError, SerializationError

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "dtype_policy",
    "get",
    "is_float",
    "is_int",
    "result_type",
    "set_dtype_policy",
    "standardize_dtype",
]

_NAMES = (
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("bfloat16", "float16", "float32", "float64", "complex64", "complex128", "string"),
    *("float8_e4m3fn", "float8_e5m2", "int4", "uint4"),
)
_ALLOWED = frozenset(_NAMES)
_PYTHON = {bool: "bool", int: "int32", float: "float32", complex: "complex64", str: "string"}
_WEAK = {int: 0, float: 0.0, "int": 0, "float": 0.0}


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a data type, `floatx()` for None.

    Args:
        dtype: a name, a numpy, jax or torch data type, a Python type, or None.

    Returns:
        A name such as `"float32"`.

    Raises:
        ArgumentError: where the type is none that kerax knows.

    Example:
        >>> standardize_dtype(np.float16)
        'float16'

    Reference:
        Keras: keras.backend.standardize_dtype
    """
    if isinstance(dtype, str) and dtype in _ALLOWED:
        return dtype
    if dtype is None:
        return settings.floatx()
    name = _name_of(dtype)
    if name not in _ALLOWED:
        raise ArgumentError(f"dtype: got {dtype!r}; wanted one of {', '.join(_NAMES)}.")
    return name


def _name_of(dtype: Any) -> str:
    if isinstance(dtype, type) and dtype in _PYTHON:
        return settings.floatx() if dtype is float else _PYTHON[dtype]
    if isinstance(dtype, str):
        return {"int": "int32", "float": settings.floatx()}.get(dtype, dtype)
    if "torch" in str(type(dtype)):
        return str(dtype).removeprefix("torch.")
    if hasattr(dtype, "as_numpy_dtype"):  # a tf.DType
        return str(dtype.name)
    try:
        return np.dtype(dtype).name
    except TypeError:
        return str(getattr(dtype, "name", dtype))


def result_type(*dtypes: Any) -> str:
    """Return the type that an operation on these types gives, by JAX's promotion lattice.

    Args:
        *dtypes: names, data types, or the Python types `int` and `float`, which are weak: they
            give way to any array's type of their kind.

    Returns:
        A name; 64-bit types appear only under `jax_enable_x64`.

    Example:
        >>> result_type("int32", "bfloat16")
        'bfloat16'

    Reference:
        Keras: keras.backend.result_type
    """
    if not dtypes:
        return settings.floatx()
    parts = [_WEAK[d] if d in _WEAK else _lattice_dtype(d) for d in dtypes]
    if all(isinstance(part, (int, float)) for part in parts):
        return settings.floatx() if any(isinstance(part, float) for part in parts) else "int32"
    return np.dtype(jnp.result_type(*parts)).name


def _lattice_dtype(dtype: Any) -> np.dtype:
    return np.dtype(jax.dtypes.canonicalize_dtype(standardize_dtype(dtype)))


def is_float(dtype: Any) -> bool:
    """Tell whether a type is a floating-point one.

    Args:
        dtype: anything that `standardize_dtype` takes.

    Returns:
        True for float8 to float64 and bfloat16.

    Example:
        >>> is_float("bfloat16"), is_float("int32")
        (True, False)

    Reference:
        Keras: keras.backend.is_float_dtype
    """
    return "float" in standardize_dtype(dtype)


def is_int(dtype: Any) -> bool:
    """Tell whether a type is a signed or unsigned integer.

    Args:
        dtype: anything that `standardize_dtype` takes.

    Returns:
        True for int4 to uint64; False for bool.

    Example:
        >>> is_int("uint8"), is_int("bool")
        (True, False)

    Reference:
        Keras: keras.backend.is_int_dtype
    """
    return "int" in standardize_dtype(dtype)


class DTypePolicy:
    """The pair of types that a layer uses: one to compute in, one to keep variables in.

    Args:
        name: a data type for both (`"float32"`, `"bfloat16"`, `"float16"`, `"float64"`), or
            `"mixed_bfloat16"` / `"mixed_float16"`: compute in the small type, keep variables in
            float32. None means the global policy's name.

    Raises:
        ArgumentError: for any other name.

    Example:
        >>> policy = DTypePolicy("mixed_bfloat16")
        >>> policy.compute_dtype, policy.variable_dtype
        ('bfloat16', 'float32')

    Reference:
        Micikevicius et al., 2018, Mixed Precision Training. Keras: keras.dtype_policies.DTypePolicy
    """

    def __init__(self, name: str | None = None):
        if name is None:
            name = dtype_policy().name
        if not isinstance(name, str):
            raise ArgumentError(f"DTypePolicy: got name {name!r}; wanted a string.")
        self._name = name
        self._compute_dtype, self._variable_dtype = self._parse(name)

    def _parse(self, name: str) -> tuple[str, str]:
        if name in ("mixed_float16", "mixed_bfloat16"):
            return name.removeprefix("mixed_"), "float32"
        try:
            dtype = standardize_dtype(name)
        except ArgumentError as error:
            raise ArgumentError(
                f"DTypePolicy: got name {name!r}; wanted a data type or 'mixed_float16' or "
                "'mixed_bfloat16'."
            ) from error
        return dtype, dtype

    @property
    def name(self) -> str:
        """The policy's name."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The type that inputs and float variables are cast to inside `call`."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The type that variables are kept in."""
        return self._variable_dtype

    @property
    def quantization_mode(self) -> None:
        """Always None: the policy does not quantize."""
        return None

    def convert_input(self, x: Any, autocast: bool, dtype: str) -> Any:
        """Cast a float tensor to `dtype` where `autocast` is set, anything else stays."""
        if autocast and hasattr(x, "dtype") and is_float(x.dtype) and str(x.dtype) != dtype:
            return x.astype(dtype)
        return x

    def get_config(self) -> dict[str, Any]:
        """Return `{"name": …}`."""
        return {"name": self._name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "DTypePolicy":
        """Make a policy from what `get_config` returned."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.name == self.name

    def __hash__(self) -> int:
        return hash((type(self), self._name))

    def __repr__(self) -> str:
        return f'<{type(self).__name__} "{self._name}">'


FloatDTypePolicy = DTypePolicy

_default: dict[str, DTypePolicy] = {}


def dtype_policy() -> DTypePolicy:
    """Return the policy of layers made without `dtype=`.

    Returns:
        What `set_dtype_policy` set, else the policy named by `floatx()`.

    Example:
        >>> dtype_policy()
        <DTypePolicy "float32">

    Reference:
        Keras: keras.config.dtype_policy
    """
    return _default.get("policy") or DTypePolicy(settings.floatx())


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers made from now on without `dtype=`.

    Args:
        policy: a name, a `DTypePolicy`, or its config; None returns to `floatx()`.

    Example:
        >>> set_dtype_policy("mixed_bfloat16")
        >>> set_dtype_policy(None)

    Reference:
        Keras: keras.config.set_dtype_policy
    """
    if policy is None:
        _default.clear()
    else:
        _default["policy"] = get(policy)


def get(identifier: Any) -> DTypePolicy:
    """Return the policy that an identifier stands for.

    Args:
        identifier: None (the global policy), a policy, a name, a data type, or a config dict
            `{"class_name": "DTypePolicy", "config": {"name": …}}`.

    Returns:
        A `DTypePolicy`.

    Raises:
        ArgumentError, SerializationError: where it stands for none.

    Example:
        >>> get("float16")
        <DTypePolicy "float16">

    Reference:
        Keras: keras.dtype_policies.get
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        if identifier.get("class_name") not in ("DTypePolicy", "FloatDTypePolicy"):
            raise SerializationError(
                f"dtype policy: got class {identifier.get('class_name')!r}; wanted 'DTypePolicy'."
            )
        return DTypePolicy(**identifier.get("config", {}))
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    return DTypePolicy(standardize_dtype(identifier))
