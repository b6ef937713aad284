"""How one function serves arrays and symbolic tensors: call it, or record it in the graph."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from kerax import naming
from kerax.symbolic import KerasTensor, Operation, any_symbolic

__all__ = ["FunctionOp", "op", "ops_by_class_name"]

_by_class_name: dict[str, Callable[..., Any]] = {}


class FunctionOp(Operation):
    """A node's operation made of a function in `kerax.ops` and its static arguments.

    Args:
        fn: the op.
        static: arguments that stand in the config rather than in the node, by name.
        name: its name; automatic where None.
    """

    def __init__(self, fn: Callable[..., Any], static: dict[str, Any], name: str | None = None):
        super().__init__(name or naming.auto_name(fn.__name__))
        self.fn = fn
        self.static = static

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the op on arrays."""
        return self.fn(*args, **kwargs, **self.static)

    def get_config(self) -> dict[str, Any]:
        """Return the static arguments and the name."""
        return {**self.static, "name": self.name}


def class_name(fn: Callable[..., Any]) -> str:
    """Return the class name that a saved graph gives an op: `expand_dims` → `ExpandDims`."""
    return "".join(part.capitalize() for part in fn.__name__.split("_"))


def op(fn: Callable[..., Any] | None = None, *, static: tuple[str, ...] = ()) -> Any:
    """Make a function of arrays an op: on KerasTensors it records itself in the graph.

    Args:
        fn: the function. Its parameters without a default are a node's tensors, the others
            its config.
        static: parameters without a default that belong to the config all the same.

    Returns:
        The function, callable on arrays and KerasTensors.
    """
    if fn is None:
        return functools.partial(op, static=static)
    signature = inspect.signature(fn)

    @functools.wraps(fn)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        for value in args:
            if isinstance(value, (KerasTensor, list, tuple)) and any_symbolic((value,)):
                return _record(dispatch, signature, static, args, kwargs)
        if kwargs and any_symbolic(kwargs.values()):
            return _record(dispatch, signature, static, args, kwargs)
        return fn(*args, **kwargs)

    dispatch.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it
    _by_class_name[class_name(fn)] = dispatch
    return dispatch


def _record(
    fn: Callable[..., Any],
    signature: inspect.Signature,
    static_names: tuple[str, ...],
    args: tuple,
    kwargs: dict[str, Any],
) -> Any:
    bound = signature.bind(*args, **kwargs)
    static: dict[str, Any] = {}
    call_kwargs: dict[str, Any] = {}
    call_args: list[Any] = []
    for name, value in bound.arguments.items():
        parameter = signature.parameters[name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            call_args.extend(value)
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            call_kwargs.update(value)
        elif any_symbolic((value,)):
            _place(name, value, parameter, call_args, call_kwargs, static)
        elif name in static_names or parameter.default is not inspect.Parameter.empty:
            static[name] = value
        else:
            _place(name, value, parameter, call_args, call_kwargs, static)
    return FunctionOp(fn, static).symbolic_call(*call_args, **call_kwargs)


def _place(
    name: str,
    value: Any,
    parameter: inspect.Parameter,
    call_args: list[Any],
    call_kwargs: dict[str, Any],
    static: dict[str, Any],
) -> None:
    """Put a tensor argument by position while nothing before it is missing, else by name."""
    positional = parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    if positional and not static and not call_kwargs:
        call_args.append(value)
    else:
        call_kwargs[name] = value


def ops_by_class_name(name: str) -> Callable[..., Any] | None:
    """Return the op that a saved graph's class name stands for, or None."""
    return _by_class_name.get(name)


def rebuild_op(name: str, config: dict[str, Any]) -> FunctionOp | None:
    """Make the recorded op that a saved graph describes, or None where no op has the name."""
    fn = ops_by_class_name(name)
    if fn is None:
        return None
    config = dict(config)
    op_name = config.pop("name", None)
    known = inspect.signature(fn).parameters
    return FunctionOp(fn, {key: value for key, value in config.items() if key in known}, op_name)
