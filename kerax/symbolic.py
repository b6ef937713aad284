"""Symbolic tensors, the nodes between them, and the one place that infers shapes."""

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self

import jax
import jax.numpy as jnp
from jax import export

from kerax import dtypes, naming
from kerax.errors import ShapeError

__all__ = [
    "KerasTensor",
    "Node",
    "Operation",
    "any_symbolic",
    "get_mask",
    "infer",
    "is_keras_tensor",
    "map_tensors",
    "set_mask",
    "spec_of",
    "trace_abstractly",
]


class KerasTensor:
    """A tensor known by shape and type only: an input or result in a model's graph.

    Args:
        shape: sizes, None where unknown.
        dtype: a data type; None means `floatx()`.
        sparse: kept for configs; kerax' tensors are dense.
        ragged: kept for configs.
        record_history: kept for Keras' signature.
        name: its name.

    Example:
        >>> KerasTensor((None, 3)).shape
        (None, 3)

    Reference:
        Keras: keras.KerasTensor
    """

    def __init__(
        self,
        shape: Sequence[int | None],
        dtype: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
    ):
        self.shape = tuple(None if size is None else int(size) for size in shape)
        self.dtype = dtypes.standardize_dtype(dtype)
        self.sparse = bool(sparse)
        self.ragged = bool(ragged)
        self.name = name or naming.auto_name("KerasTensor")
        self._keras_history: tuple[Operation, int, int] | None = None
        self._keras_mask: Any = None

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        raise TypeError("A KerasTensor has no length; use its .shape.")

    def __bool__(self) -> bool:
        raise TypeError(
            "A KerasTensor has no truth value: it is known by shape and type only. Put code that "
            "depends on values into a layer's call()."
        )

    def __iter__(self) -> Iterator[Any]:
        if self.shape and self.shape[0] is not None:
            tensor: Any = self  # kerax.ops adds indexing
            return (tensor[i] for i in range(self.shape[0]))
        raise TypeError("A KerasTensor of unknown first size cannot be iterated over.")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise TypeError(
            "A KerasTensor has no values, so numpy and jax functions cannot take it. Use "
            "kerax.ops, or put the call into a layer's call()."
        )

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse={self.sparse}, "
            f"ragged={self.ragged}, name={self.name}>"
        )


def is_keras_tensor(x: Any) -> bool:
    """Tell whether `x` is a symbolic tensor.

    Args:
        x: anything.

    Example:
        >>> is_keras_tensor(KerasTensor((1,)))
        True

    Reference:
        Keras: keras.backend.is_keras_tensor
    """
    return isinstance(x, KerasTensor)


def any_symbolic(args: Iterable[Any]) -> bool:
    """Tell whether a KerasTensor stands among values, however deep in lists and dicts."""
    for value in args:
        if isinstance(value, KerasTensor):
            return True
        if isinstance(value, (list, tuple)):
            if any_symbolic(value):
                return True
        elif isinstance(value, dict) and any_symbolic(value.values()):
            return True
    return False


def map_tensors(fn: Callable[[KerasTensor], Any], tree: Any) -> Any:
    """Replace each KerasTensor of a nested structure by `fn` of it."""
    return jax.tree.map(
        lambda x: fn(x) if isinstance(x, KerasTensor) else x,
        tree,
        is_leaf=lambda x: isinstance(x, KerasTensor) or x is None,
    )


def tensors_in(tree: Any) -> list[KerasTensor]:
    """List the KerasTensors of a nested structure."""
    leaves = jax.tree.leaves(tree, is_leaf=lambda x: isinstance(x, KerasTensor))
    return [leaf for leaf in leaves if isinstance(leaf, KerasTensor)]


# Masks travel beside the values: JAX's tracers take no attributes, so a weak table holds them.
_masks: dict[int, tuple[weakref.ref, Any]] = {}
_masks_lock = threading.Lock()


def get_mask(x: Any) -> Any:
    """Return the boolean mask that goes with a tensor, or None."""
    if isinstance(x, KerasTensor):
        return x._keras_mask
    if not _masks:
        return None
    entry = _masks.get(id(x))
    return entry[1] if entry is not None and entry[0]() is x else None


def set_mask(x: Any, mask: Any) -> None:
    """Let a boolean mask `[batch, time]` go with a tensor; None takes it away."""
    if isinstance(x, KerasTensor):
        x._keras_mask = mask
        return
    key = id(x)
    if mask is None:
        _masks.pop(key, None)
        return
    try:
        reference = weakref.ref(x, lambda _: _masks.pop(key, None))
    except TypeError:
        return
    with _masks_lock:
        _masks[key] = (reference, mask)


class Operation:
    """A callable that can stand in a graph: the base of layers and of recorded ops.

    Args:
        name: its name; automatic where None.

    Example:
        >>> class Double(Operation):
        ...     def call(self, x):
        ...         return 2 * x
        >>> Double()(3)
        6

    Reference:
        Keras: keras.Operation
    """

    def __init__(self, name: str | None = None):
        self.name = name or naming.auto_name(type(self).__name__)
        self._inbound_nodes: list[Node] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args) or any_symbolic(kwargs.values()):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result from arrays."""
        raise NotImplementedError(f"{type(self).__name__} has no call().")

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return the result's KerasTensors for KerasTensors in the arguments."""
        return infer(self.call, *args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Record a node and return the result's KerasTensors."""
        outputs = self.compute_output_spec(*args, **kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make an operation from what `get_config` returned."""
        return cls(**config)

    @property
    def input(self) -> Any:
        """The KerasTensors of the first call."""
        return self._first_node("input").input_tree

    @property
    def output(self) -> Any:
        """The KerasTensors that the first call returned."""
        return self._first_node("output").outputs

    def _first_node(self, what: str) -> "Node":
        if not self._inbound_nodes:
            raise AttributeError(
                f"{type(self).__name__} {self.name!r} has never been called on a KerasTensor, so "
                f"it has no symbolic {what}."
            )
        return self._inbound_nodes[0]


class Node:
    """One symbolic call of an operation.

    Args:
        operation: what was called.
        args: its positional arguments.
        kwargs: its keyword arguments.
        outputs: the KerasTensors that it returned.
    """

    def __init__(self, operation: Operation, args: tuple, kwargs: dict[str, Any], outputs: Any):
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs
        self.index = len(operation._inbound_nodes)
        self.input_tensors = tensors_in((args, kwargs))
        self.output_tensors = tensors_in(outputs)
        for position, tensor in enumerate(self.output_tensors):
            tensor._keras_history = (operation, self.index, position)
        operation._inbound_nodes.append(self)

    @property
    def input_tree(self) -> Any:
        """The first argument's tensors as they were given."""
        if len(self.args) == 1 and not tensors_in(self.kwargs):
            return self.args[0]
        return self.input_tensors[0] if len(self.input_tensors) == 1 else self.input_tensors

    @property
    def parents(self) -> list["Node"]:
        """The nodes that made the inputs."""
        made = [t._keras_history for t in self.input_tensors if t._keras_history is not None]
        return [operation._inbound_nodes[index] for operation, index, _ in made]


_scope_symbols = export.SymbolicScope()


def _dimension(name: str) -> Any:
    return export.symbolic_shape(name, scope=_scope_symbols)[0]


_symbols: list[Any] = []
_Inconclusive = jax.errors.InconclusiveDimensionOperation
_DIMENSION_ERRORS = (ValueError, TypeError, NotImplementedError, AssertionError, _Inconclusive)


def _symbol(axis: int) -> Any:
    while len(_symbols) <= axis:
        _symbols.append(_dimension(f"d{len(_symbols)}"))
    return _symbols[axis]


def spec_of(x: Any, symbol: Callable[[int], Any] = _symbol) -> Any:
    """Return a KerasTensor's shape and type for JAX, a symbol for each unknown size."""
    shape = tuple(symbol(i) if size is None else size for i, size in enumerate(x.shape))
    dtype = "float32" if x.dtype == "string" else x.dtype
    return jax.ShapeDtypeStruct(shape, jax.dtypes.canonicalize_dtype(jnp.dtype(dtype)))


def infer(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what `fn` would return for KerasTensors: KerasTensors in the same structure.

    Unknown sizes become symbolic dimensions, one an axis; where that is refused (as for
    `x + transpose(x)`), one symbol stands for all.

    Args:
        fn: a function of arrays; anything in its arguments that is no KerasTensor, array or
            abstract value is passed as it is.
        *args: arguments, KerasTensors at any depth.
        **kwargs: likewise.

    Returns:
        The structure that `fn` returns, a KerasTensor for each array.

    Raises:
        ShapeError: where the shapes do not fit.

    Example:
        >>> infer(lambda x: x @ jnp.ones((3, 2)), KerasTensor((None, 3))).shape
        (None, 2)
    """
    try:
        return _infer_with(_symbol, fn, args, kwargs)
    except _DIMENSION_ERRORS as error:
        if not any(None in tensor.shape for tensor in tensors_in((args, kwargs))):
            raise
        first = error
    try:
        return _infer_with(lambda axis: _symbol(0), fn, args, kwargs)
    except _DIMENSION_ERRORS:
        if isinstance(first, _Inconclusive):
            raise ShapeError(
                "A size that the inputs leave unknown (None) is needed here: "
                f"{str(first).splitlines()[0]} Give the input that axis' size."
            ) from first
        raise first from None


def _infer_with(symbol: Callable[[int], Any], fn: Callable, args: tuple, kwargs: dict) -> Any:
    leaves, tree = jax.tree.flatten(
        (args, kwargs), is_leaf=lambda x: isinstance(x, KerasTensor) or x is None
    )
    positions = [i for i, leaf in enumerate(leaves) if _is_abstract(leaf)]
    specs = [
        spec_of(leaves[i], symbol) if isinstance(leaves[i], KerasTensor) else leaves[i]
        for i in positions
    ]

    def call(values: list[Any]) -> Any:
        filled = list(leaves)
        for position, value in zip(positions, values, strict=True):
            filled[position] = value
        call_args, call_kwargs = jax.tree.unflatten(tree, filled)
        out = fn(*call_args, **call_kwargs)
        return jax.tree.map(jnp.asarray, out)

    return jax.tree.map(_tensor_of, jax.eval_shape(call, specs))


def _is_abstract(leaf: Any) -> bool:
    return isinstance(leaf, (KerasTensor, jax.ShapeDtypeStruct))


def _tensor_of(spec: Any) -> KerasTensor:
    shape = [size if isinstance(size, int) else None for size in spec.shape]
    return KerasTensor(shape, str(spec.dtype))


def trace_abstractly(fn: Callable[..., Any], *args: Any) -> Any:
    """Run `fn` on shapes and types alone, for what it does to its surroundings.

    Args:
        fn: a function of arrays.
        *args: arrays or `jax.ShapeDtypeStruct`s, in any structure.

    Returns:
        The structure that `fn` returns, a `jax.ShapeDtypeStruct` for each array.
    """
    return jax.eval_shape(fn, *args)


def unique_objects(items: Iterable[Any]) -> list[Any]:
    """Return items without repetitions, by identity, in order."""
    return list({id(item): item for item in items}.values())
