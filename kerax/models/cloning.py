"""Copies of a model with new layers and new weights."""

from collections.abc import Callable
from typing import Any

import jax

from kerax.errors import ArgumentError
from kerax.graph import Graph
from kerax.layer import Layer
from kerax.layers.input_layer import Input, InputLayer
from kerax.models.model import Functional, Model
from kerax.models.sequential import Sequential
from kerax.symbolic import KerasTensor, Operation, map_tensors

__all__ = ["clone_model"]


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Model:
    """Return a model of the same architecture with new layers, so with new weights.

    Args:
        model: a Sequential, functional or, without further arguments, subclassed model.
        input_tensors: KerasTensors to use as inputs.
        clone_function: a function of a layer (inputs left out) that returns its copy; by default
            `layer.__class__.from_config(layer.get_config())`.
        call_function: a function `(layer, *args, **kwargs)` that calls a layer of the new graph.
        recursive: whether `clone_function` is called for the layers of nested models too, rather
            than for these models.
        **kwargs: none; kept for Keras' signature.

    Returns:
        The copy, compiled like the original.

    Raises:
        ArgumentError: for arguments that the kind of model does not take.

    Example:
        >>> from kerax import layers
        >>> model = Sequential([layers.Input((3,)), layers.Dense(2)])
        >>> clone_model(model).output_shape
        (None, 2)

    Reference:
        Keras: keras.models.clone_model, which calls clone_function for recorded ops too.
    """
    if kwargs:
        raise ArgumentError(f"clone_model: got unknown arguments {sorted(kwargs)}.")
    if recursive and (clone_function is None or _is_custom(model)):
        raise ArgumentError("clone_model: recursive=True needs a graph and a clone_function.")
    copy = _Cloning(clone_function, call_function, recursive).model(model, input_tensors)
    config = model.get_compile_config() if model.compiled else None
    if config is not None and not copy.compiled:
        copy.compile_from_config(config)
    return copy


def _is_custom(model: Any) -> bool:
    return not isinstance(model, Sequential) and model._graph is None


class _Cloning:
    """One call of clone_model: what it copies layers with, and the copies so far."""

    def __init__(self, clone: Any, call: Any, recursive: bool):
        self.clone = clone
        self.call = call or (lambda layer, *args, **kwargs: layer(*args, **kwargs))
        self.calls_differently = call is not None
        self.recursive = recursive
        self.copies: dict[int, Operation] = {}

    def model(self, model: Any, input_tensors: Any = None) -> Any:
        if isinstance(model, Sequential):
            return self.sequential(model, input_tensors)
        if model._graph is not None:
            return self.functional(model, input_tensors)
        if self.clone or self.calls_differently or input_tensors is not None:
            raise ArgumentError(
                f"clone_model: {model.name} is a subclassed model, whose calls are in its code; "
                "clone_function, call_function and input_tensors are for graphs only."
            )
        return type(model).from_config(model.get_config())

    def operation(self, operation: Any) -> Any:
        """The copy of a layer or op, made when first asked for, so that sharing is kept."""
        if id(operation) not in self.copies:
            self.copies[id(operation)] = self._copied(operation)
        return self.copies[id(operation)]

    def _copied(self, operation: Any) -> Any:
        is_model = isinstance(operation, Model)
        if is_model and self.recursive and not _is_custom(operation):
            return self.model(operation)
        if not isinstance(operation, Layer):
            return _copied_op(operation)
        if self.clone is None:
            return type(operation).from_config(operation.get_config())
        copy = self.clone(operation)
        if not isinstance(copy, Operation):
            raise ArgumentError(
                f"clone_model: clone_function returned {copy!r} for {operation.name}; wanted a "
                "layer."
            )
        return copy

    def sequential(self, model: Sequential, input_tensors: Any) -> Sequential:
        if self.calls_differently:
            raise ArgumentError(
                "clone_model: call_function is for functional models; a Sequential lists its "
                "layers and doesn't call them."
            )
        layers: list[Any] = [self.operation(layer) for layer in model.layers]
        if input_tensors is not None:
            layers.insert(0, _one_input(input_tensors, model.name))
        elif model._stack and isinstance(model._stack[0], InputLayer):
            start = model._stack[0]
            layers.insert(0, type(start).from_config(start.get_config()))
        return type(model)(layers, name=model.name, trainable=model.trainable)

    def functional(self, model: Any, input_tensors: Any) -> Any:
        graph: Graph = model._graph
        inputs = self._inputs(graph, input_tensors, model.name)
        tensors = {id(old): new for old, new in zip(graph.input_tensors, inputs, strict=True)}
        for node in graph.nodes:
            args, kwargs = map_tensors(lambda t: tensors[id(t)], (node.args, node.kwargs))
            outputs = self.call(self.operation(node.operation), *args, **kwargs)
            new = [t for t in jax.tree.leaves(outputs, is_leaf=_is_tensor) if _is_tensor(t)]
            tensors.update(zip(map(id, node.output_tensors), new, strict=True))
        ends = map_tensors(lambda t: tensors[id(t)], (graph.inputs, graph.outputs))
        cls = type(model) if type(model).__init__ is Model.__init__ else Functional
        copy = cls(*ends, name=model.name)
        if not model.trainable:
            copy.trainable = False
        return copy

    def _inputs(self, graph: Graph, given: Any, name: str) -> list[KerasTensor]:
        if given is None:
            return [_copied_input(tensor) for tensor in graph.input_tensors]
        flat = jax.tree.leaves(given, is_leaf=_is_tensor)
        if len(flat) != len(graph.input_tensors) or not all(map(_is_tensor, flat)):
            raise ArgumentError(
                f"clone_model: input_tensors: got {given!r}; wanted {len(graph.input_tensors)} "
                f"KerasTensors for {name}."
            )
        return flat


def _is_tensor(x: Any) -> bool:
    return isinstance(x, KerasTensor)


def _one_input(given: Any, name: str) -> KerasTensor:
    flat = jax.tree.leaves(given, is_leaf=_is_tensor)
    if len(flat) != 1 or not _is_tensor(flat[0]):
        raise ArgumentError(
            f"clone_model: input_tensors: got {given!r}; wanted one KerasTensor for {name}."
        )
    return flat[0]


def _copied_input(tensor: KerasTensor) -> KerasTensor:
    operation = tensor._keras_history[0] if tensor._keras_history else None
    optional = bool(getattr(operation, "optional", False))
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name, optional=optional)


def _copied_op(operation: Any) -> Any:
    return type(operation)(operation.fn, operation.static, operation.name)
