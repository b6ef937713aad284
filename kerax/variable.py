"""Variables, the scopes that hold their values during a pure call, and `functionalize`."""

import contextlib
import operator
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend.core import get_opaque_trace_state

from kerax import dtypes, naming
from kerax.errors import ArgumentError, ShapeError, StateError

__all__ = [
    "Placement",
    "Scope",
    "StatelessScope",
    "Variable",
    "abstract_variables",
    "autocast",
    "by_path",
    "current_placement",
    "current_scope",
    "functionalize",
    "set_placement",
    "write",
]


class _State(threading.local):
    def __init__(self) -> None:
        self.scope: Scope | None = None
        self.autocast: str | None = None
        self.abstract = False
        self.planned_at: Any = None


_state = _State()
_placement: list["Placement"] = []


class Placement(Protocol):
    """Where values live: the interface between a distribution and everything below it."""

    def variable_sharding(self, variable: "Variable") -> jax.sharding.Sharding | None:
        """Return where a variable's value lives; its `path` and `shape` are set."""
        ...

    def data_sharding(self, shape: tuple[int, ...], axis: int = 0) -> jax.sharding.Sharding:
        """Return how data is split along its batch axis; whole where that does not divide."""
        ...

    def replicated(self) -> jax.sharding.Sharding:
        """Return the sharding of a value that every device holds whole."""
        ...


def set_placement(placement: Placement | None) -> None:
    """Set where new variables and training data live; None means JAX's default device."""
    _placement[:] = [placement] if placement is not None else []


def current_placement() -> Placement | None:
    """Return what `set_placement` set, or None."""
    return _placement[0] if _placement else None


@contextlib.contextmanager
def abstract_variables() -> Iterator[None]:
    """Create variables inside as shapes and types only: nothing is drawn or allocated.

    Within a trace that begins inside, such as one that finds shapes, they read as zeros.
    """
    before = _state.abstract, _state.planned_at
    _state.abstract, _state.planned_at = True, get_opaque_trace_state()
    try:
        yield
    finally:
        _state.abstract, _state.planned_at = before


@contextlib.contextmanager
def autocast(dtype: str | None) -> Iterator[None]:
    """Read float variables inside as `dtype`; None turns casting off."""
    before, _state.autocast = _state.autocast, dtype
    try:
        yield
    finally:
        _state.autocast = before


class Variable:
    """A named array that layers, metrics and optimizers read and assign.

    Inside a `Scope` reads and assignments go to the scope, so that code written with variables is
    a pure function of their values; elsewhere they go to the stored array.

    Args:
        initializer: an array, or a callable `(shape, dtype) -> array`.
        shape: the shape; needed with a callable.
        dtype: a data type; None takes the array's, or `floatx()` with a callable.
        trainable: whether optimizers change it.
        autocast: whether a layer's compute type applies when it is read inside `call`.
        aggregation: `"none"`, `"mean"`, `"sum"` or `"only_first_replica"`; kept for configs.
        synchronization: kept for Keras' signature; there is one value for all devices.
        name: its name, unique within its layer; the path adds the open name scopes.

    Raises:
        ArgumentError, ShapeError, StateError: for arguments that make no value.

    Example:
        >>> v = Variable(np.zeros((2,)), name="v")
        >>> v.assign_add([1.0, 2.0]).tolist()
        [1.0, 2.0]

    Reference:
        Keras: keras.Variable. Here an assignment of a traced value needs a `Scope`.
    """

    def __init__(
        self,
        initializer: Any,
        shape: Sequence[int] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
    ):
        self.name = name or naming.auto_name(type(self).__name__)
        if "/" in self.name:
            raise ArgumentError(f"Variable: got name {name!r}; wanted one without '/'.")
        scope = naming.current_path()
        self.path = f"{scope}/{self.name}" if scope else self.name
        self.trainable = self.created_trainable = bool(trainable)
        self.autocast = bool(autocast)
        self.aggregation = aggregation
        self.synchronization = synchronization
        self.regularizer: Any = None
        self.constraint: Any = None
        self.overwrite_with_gradient = False
        self._value = self._create(initializer, shape, dtype)
        self.shape: tuple[int, ...] = tuple(self._value.shape)
        self.dtype: str = str(self._value.dtype)
        self._is_float = dtypes.is_float(self.dtype)

    def _create(self, initializer: Any, shape: Sequence[int] | None, dtype: Any) -> Any:
        draws = callable(initializer)
        if draws and shape is None:
            raise ArgumentError(
                f"Variable {self.path}: got an initializer without a shape; wanted `shape=`."
            )
        if isinstance(initializer, str):
            raise ArgumentError(
                f"Variable {self.path}: got initializer {initializer!r}; wanted an array or a "
                f"callable, such as kerax.initializers.get({initializer!r})."
            )
        if draws:
            shape, dtype = self._checked_shape(shape or ()), dtypes.standardize_dtype(dtype)
        else:
            dtype = dtypes.standardize_dtype(dtype) if dtype is not None else None
        if dtype == "float64" and jax.dtypes.canonicalize_dtype("float64") != "float64":
            raise StateError(
                f"Variable {self.path}: float64 needs 64-bit types; call "
                'jax.config.update("jax_enable_x64", True) first.'
            )
        if _state.abstract:
            return self._abstract(initializer if not draws else None, shape, dtype)
        with jax.ensure_compile_time_eval():
            value = initializer(shape, dtype=dtype) if draws else initializer
            value = _concrete(value, dtype, self.path)
            if draws and tuple(value.shape) != tuple(shape or ()):
                raise ShapeError(
                    f"Variable {self.path}: the initializer gave shape {tuple(value.shape)}; "
                    f"wanted {shape}."
                )
            return self._placed(value)

    def _checked_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        if any(size is None or isinstance(size, str) or int(size) < 0 for size in shape):
            raise ShapeError(
                f"Variable {self.path}: got shape {tuple(shape)}; wanted sizes known when the "
                "layer is built. Give the input that axis' size, e.g. Input((28, 28, 1))."
            )
        return tuple(int(size) for size in shape)

    @staticmethod
    def _abstract(value: Any, shape: Any, dtype: Any) -> jax.ShapeDtypeStruct:
        if value is None:
            return jax.ShapeDtypeStruct(shape, jnp.dtype(dtype))
        value = np.asarray(value)
        dtype = dtype or dtypes.result_type(value.dtype)
        return jax.ShapeDtypeStruct(value.shape, jnp.dtype(dtype))

    def _placed(self, value: Any) -> Any:
        sharding = None
        if _placement:
            self.shape = tuple(value.shape)
            sharding = _placement[0].variable_sharding(self)
        if isinstance(value, np.ndarray):
            # A buffer of its own, since training donates it; jnp.array would compile one for each
            # shape. It is filled later, so from a copy that nobody can change meanwhile.
            return jax.device_put(value.copy(), sharding, may_alias=False)
        return value if sharding is None else jax.device_put(value, sharding)

    @property
    def value(self) -> jax.Array:
        """The array: the innermost scope's, else the stored one, cast under `autocast`."""
        value = self._uncast()
        dtype = _state.autocast
        if dtype is not None and self._is_float and self.autocast and dtype != self.dtype:
            return value.astype(dtype)
        return value

    def assign(self, value: Any) -> jax.Array:
        """Replace the value by one of the same shape, cast to the variable's type.

        Args:
            value: an array, number or Variable of shape `self.shape`.

        Returns:
            The new value.

        Raises:
            ShapeError: for another shape.
            StateError: for a traced value outside a `Scope`, or one of another trace.
        """
        value = value.value if isinstance(value, Variable) else value
        shape = np.shape(value)
        if tuple(shape) != self.shape:
            raise ShapeError(
                f"Variable {self.path}: got a value of shape {tuple(shape)}; wanted {self.shape}."
            )
        scope = _state.scope
        if scope is not None:
            value = jnp.asarray(value, dtype=self.dtype)
            scope.write(self, value)
            return value
        if isinstance(value, Tracer):
            raise StateError(
                "Use stateless_call, or kerax.functionalize, to change variables under your own "
                f"jax.jit, jax.grad or jax.vmap: variable {self.path} was assigned a traced value "
                "outside a Scope, where the change would be lost."
            )
        self._value = self._stored(value)
        return self._value

    def _stored(self, value: Any) -> Any:
        with jax.ensure_compile_time_eval():
            if not isinstance(value, jax.Array):
                value = np.asarray(value)
            value = _concrete(value, self.dtype, self.path)
            sharding = getattr(self._value, "sharding", None)
            if (sharding is not None and not sharding.is_fully_addressable) or _placement:
                return jax.device_put(value, sharding)
            return self._placed(value)

    def assign_add(self, value: Any) -> jax.Array:
        """Add `value` to the variable and return the new value."""
        return self.assign(self._uncast() + _array(value))

    def assign_sub(self, value: Any) -> jax.Array:
        """Subtract `value` from the variable and return the new value."""
        return self.assign(self._uncast() - _array(value))

    def _uncast(self) -> Any:
        value = self._value if _state.scope is None else _state.scope.read(self)
        if _state.abstract and isinstance(value, jax.ShapeDtypeStruct):
            return _traced(value)
        return value

    def numpy(self) -> np.ndarray:
        """Return a copy of the value as a numpy array."""
        return np.array(self.value)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def handle(self) -> "Variable":
        """The variable itself."""
        return self

    def __jax_array__(self) -> jax.Array:
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.value, dtype=dtype)

    def __getattr__(self, name: str) -> Any:
        # Array methods (reshape, sum, …), but nothing private: deepcopy and pickle probe those.
        if name.startswith("_") or "_value" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.value, name)

    def __getitem__(self, index: Any) -> jax.Array:
        return self.value[index]

    def __len__(self) -> int:
        return self.shape[0]

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __index__(self) -> int:
        return operator.index(self.value)

    def __format__(self, spec: str) -> str:
        return format(np.asarray(self.value).item() if spec else str(self), spec)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        value = "" if isinstance(self._value, jax.ShapeDtypeStruct) else f", value={self.value}"
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}{value}>"


def _traced(value: jax.ShapeDtypeStruct) -> Any:
    """Zeros in the current trace, which allocates nothing; outside one, the value as it is."""
    outside = get_opaque_trace_state() == _state.planned_at
    return value if outside else jnp.zeros(value.shape, value.dtype)


def _array(value: Any) -> Any:
    return value.value if isinstance(value, Variable) else jnp.asarray(value)


def _concrete(value: Any, dtype: str | None, path: str) -> Any:
    """A value as a numpy or JAX array of `dtype`, refused where it is traced."""
    if isinstance(value, Tracer):
        raise StateError(
            f"Variable {path}: the initial value is traced; wanted a concrete array. Create "
            "variables from concrete values, or inside a layer's build()."
        )
    if isinstance(value, Variable):
        value = value.value
    if not isinstance(value, jax.Array):
        value = np.asarray(value)
        dtype = dtype or dtypes.result_type(value.dtype if value.ndim else type(value.item()))
    if dtype is None or value.dtype == jnp.dtype(dtype):
        return value
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return value
    return value.astype(jnp.dtype(dtype))


def _add_operators() -> None:
    def binary(function: Callable) -> Callable:
        return lambda self, other: function(self.value, _operand(other))

    def reflected(function: Callable) -> Callable:
        return lambda self, other: function(_operand(other), self.value)

    def unary(function: Callable) -> Callable:
        return lambda self: function(self.value)

    two = "add sub mul truediv floordiv mod pow matmul and or xor"
    for name in two.split():
        keyword = name if name not in ("and", "or") else f"{name}_"
        function = getattr(operator, keyword)
        setattr(Variable, f"__{name}__", binary(function))
        setattr(Variable, f"__r{name}__", reflected(function))
    for name in ["eq", "ne", "lt", "le", "gt", "ge"]:
        setattr(Variable, f"__{name}__", binary(getattr(operator, name)))
    for name in ["neg", "pos", "abs", "invert"]:
        setattr(Variable, f"__{name}__", unary(getattr(operator, name)))
    Variable.__hash__ = object.__hash__  # type: ignore[method-assign]  # setting __eq__ unsets it


def _operand(other: Any) -> Any:
    return other.value if isinstance(other, Variable) else other


_add_operators()


class Scope:
    """Values of variables, and losses added, during one pure call.

    Reading falls through to the outer scope and then to the stored array, so gradients reach
    variables of an enclosing trace.

    Args:
        state_mapping: pairs of a variable and its value inside.
        collect_losses: whether to keep what layers give to `add_loss`.
        initialize_variables: kept for Keras' signature; variables always have values.

    Example:
        >>> v = Variable(1.0)
        >>> with Scope([(v, jnp.float32(5))]) as scope:
        ...     _ = v.assign_add(1.0)
        >>> float(scope.get_current_value(v)), float(v.value)
        (6.0, 1.0)

    Reference:
        Keras: keras.StatelessScope
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = True,
        initialize_variables: bool = True,
    ):
        self.values: dict[int, Any] = {}
        self.assigned: dict[int, Variable] = {}
        self.losses: list[Any] = []
        self.collect_losses = collect_losses
        for variable, value in state_mapping or ():
            self.values[id(variable)] = value

    def read(self, variable: Variable) -> Any:
        """Return a variable's value: here, else in the outer scopes, else the stored one."""
        key, scope = id(variable), self
        while scope is not None:
            if key in scope.values:
                return scope.values[key]
            scope = scope._outer
        return variable._value

    def write(self, variable: Variable, value: Any) -> None:
        """Set a variable's value inside the scope."""
        if isinstance(value, Tracer) and get_opaque_trace_state() != self._trace:
            raise StateError(
                "Use kerax.remat, kerax.ops.scan, cond or while_loop, or kerax.functionalize, "
                f"around code that changes variables: {variable.path} was assigned inside a "
                "jax transformation that began after its scope, so the traced value would leak."
            )
        self.values[id(variable)] = value
        self.assigned[id(variable)] = variable

    def get_current_value(self, variable: Variable) -> Any:
        """Return the value that the scope holds for a variable, or None."""
        return self.values.get(id(variable))

    def add_loss(self, loss: Any) -> None:
        """Keep a scalar that `add_loss` was given during the call."""
        if self.collect_losses:
            self.losses.append(loss)

    def __enter__(self) -> "Scope":
        self._outer = _state.scope
        self._trace = get_opaque_trace_state()
        _state.scope = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _state.scope = self._outer


StatelessScope = Scope


def current_scope() -> Scope | None:
    """Return the innermost open scope, or None."""
    return _state.scope


def by_path(variables: Iterable[Variable]) -> dict[str, Variable]:
    """Return variables keyed by path; a path seen before gets `_1`, `_2`, … appended.

    Example:
        >>> list(by_path([Variable(0.0, name="a"), Variable(0.0, name="a")]))
        ['a', 'a_1']
    """
    found: dict[str, Variable] = {}
    for variable in variables:
        path, count = variable.path, 0
        while path in found and found[path] is not variable:
            count += 1
            path = f"{variable.path}_{count}"
        found[path] = variable
    return found


def functionalize(
    fn: Callable[..., Any], variables: Iterable[Variable] | Mapping[str, Variable]
) -> Callable[..., tuple[Any, dict[str, Any], list[Any]]]:
    """Make a pure function of a function that reads and assigns variables.

    Args:
        fn: any callable, such as a layer.
        variables: the variables whose values become an argument, or a dict of them by path.

    Returns:
        `pure(values, *args, **kwargs) -> (out, new_values, losses)`, where `values` and
        `new_values` are dicts by path and `losses` the scalars that `add_loss` collected.
        Variables left out of `values` keep their stored value.

    Example:
        >>> count = Variable(0.0, name="count")
        >>> pure = functionalize(lambda x: count.assign_add(x), [count])
        >>> out, values, _ = jax.jit(pure)({"count": 1.0}, 2.0)
        >>> float(values["count"]), float(count.value)
        (3.0, 0.0)

    Reference:
        The idea of a pure step under a stateful shell: penzai, flax.nnx.
    """
    table: dict[str, Variable]
    table = dict(variables) if isinstance(variables, Mapping) else by_path(variables)  # type: ignore[arg-type]  # an Iterable of Variables may be a Mapping to the checker

    def pure(values: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        unknown = values.keys() - table.keys()
        if unknown:
            raise StateError(
                f"functionalize: got values for unknown variables {sorted(unknown)}; wanted some "
                f"of {sorted(table)}."
            )
        with Scope((table[path], value) for path, value in values.items()) as scope:
            out = fn(*args, **kwargs)
        new = {
            path: scope.values[id(variable)]
            for path, variable in table.items()
            if path in values or id(variable) in scope.assigned
        }
        return out, new, scope.losses

    return pure


def write(variables: Iterable[Variable], values: Iterable[Any]) -> None:
    """Store arrays of the right shape and type in variables, without checks or copies."""
    for variable, value in zip(variables, values, strict=True):
        variable._value = value
