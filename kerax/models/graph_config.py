"""A functional model's config in Keras' layout, and the way back."""

from typing import Any

from kerax.errors import SerializationError
from kerax.graph import Graph
from kerax.layer import Layer
from kerax.layers.input_layer import InputLayer
from kerax.models.keras_ops import keras_class, own_class
from kerax.ops.dispatch import FunctionOp, class_name, rebuild_op
from kerax.serialization import deserialize_keras_object, serialize_keras_object
from kerax.symbolic import KerasTensor, Node

__all__ = ["functional_config", "functional_from_config", "is_graph_config"]

_TENSOR = "__keras_tensor__"


def is_graph_config(config: dict[str, Any]) -> bool:
    """Tell whether a config holds a graph."""
    return all(key in config for key in ("name", "layers", "input_layers", "output_layers"))


def functional_config(graph: Graph, name: str, trainable: bool) -> dict[str, Any]:
    """Return a graph as `layers`, each with its calls, and the histories of its ends."""
    positions = {
        id(node): position
        for operation in graph.operations
        for position, node in enumerate(graph.used_nodes(operation))
    }
    layers = [_operation_config(graph, operation, positions) for operation in graph.operations]
    return {
        "name": name,
        "trainable": trainable,
        "layers": layers,
        "input_layers": _ends(graph.inputs, positions),
        "output_layers": _ends(graph.outputs, positions),
    }


def _operation_config(graph: Graph, operation: Any, positions: dict[int, int]) -> dict[str, Any]:
    if isinstance(operation, FunctionOp):
        module, name = keras_class(class_name(operation.fn))
        data = {
            "module": module,
            "class_name": name,
            "config": serialize_keras_object(operation.get_config()),
            "registered_name": name,
        }
    else:
        data = serialize_keras_object(operation)
    data["name"] = operation.name
    data["inbound_nodes"] = [
        {
            "args": _with_histories(list(node.args), positions),
            "kwargs": _with_histories(node.kwargs, positions),
        }
        for node in graph.used_nodes(operation)
        if not isinstance(operation, InputLayer)
    ]
    return data


def _history(tensor: KerasTensor, positions: dict[int, int]) -> list[Any]:
    operation, index, output = tensor._keras_history  # type: ignore[misc]  # in a graph all have one
    return [operation.name, positions[id(operation._inbound_nodes[index])], output]


def _with_histories(value: Any, positions: dict[int, int]) -> Any:
    if isinstance(value, KerasTensor):
        config = {
            "shape": value.shape,
            "dtype": value.dtype,
            "keras_history": _history(value, positions),
        }
        return {"class_name": _TENSOR, "config": config}
    if isinstance(value, dict):
        return {key: _with_histories(item, positions) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_histories(item, positions) for item in value]
    return serialize_keras_object(value)


def _ends(tree: Any, positions: dict[int, int]) -> Any:
    """The histories of a model's inputs or outputs."""
    if isinstance(tree, KerasTensor):
        name, index, output = _history(tree, positions)
        operation = tree._keras_history[0]  # type: ignore[index]  # in a graph all have one
        return [name, index + _first_call(operation), output]
    if isinstance(tree, dict):
        return {key: _ends(item, positions) for key, item in tree.items()}
    return [_ends(item, positions) for item in tree]


def _first_call(operation: Any) -> int:
    """The number of an operation's first call among a model's ends.

    There, though not in the calls, Keras counts from 1 for a functional model inside the graph.
    """
    is_functional = getattr(operation, "_graph", None) is not None
    return int(is_functional and not hasattr(operation, "_stack"))


def functional_from_config(cls: Any, config: dict[str, Any], custom_objects: Any = None) -> Any:
    """Make a model from a graph's config.

    Args:
        cls: the model's class, called as `cls(inputs, outputs, name=, trainable=)`.
        config: what `functional_config` or Keras returned.
        custom_objects: classes and functions by name.

    Raises:
        SerializationError: where a call refers to a layer or output that isn't there.
    """
    operations = {data["name"]: _operation_from(data, custom_objects) for data in config["layers"]}
    pending = [
        (operations[data["name"]], call)
        for data in config["layers"]
        for call in data.get("inbound_nodes", [])
    ]
    first = {name: len(operation._inbound_nodes) for name, operation in operations.items()}
    for name, operation in operations.items():
        if isinstance(operation, InputLayer):
            first[name] = 0
    while pending:
        waiting = _call_what_is_ready(pending, operations, first)
        if len(waiting) == len(pending):
            names = sorted({operation.name for operation, _ in waiting})
            raise SerializationError(
                f"{config['name']}: the calls of {names} refer to outputs that no layer makes."
            )
        pending = waiting
    ends = [_tensors(config[key], operations, first) for key in ("input_layers", "output_layers")]
    model = cls(*ends, name=config["name"])
    if config.get("trainable") is False:
        model.trainable = False
    return model


def _operation_from(data: dict[str, Any], custom_objects: Any) -> Any:
    if str(data.get("module", "")).startswith("keras.src.ops."):
        operation = rebuild_op(
            own_class(data["class_name"]), deserialize_keras_object(data["config"])
        )
        if operation is None:
            raise SerializationError(
                f"{data['name']}: no op in kerax.ops is called {data['class_name']!r}."
            )
        return operation
    operation = deserialize_keras_object(data, custom_objects=custom_objects)
    if not isinstance(operation, Layer):
        raise SerializationError(
            f"{data['name']}: got {type(operation).__name__} in a graph; wanted a layer or an op."
        )
    return operation


def _call_what_is_ready(
    pending: list[Any], operations: dict[str, Any], first: dict[str, int]
) -> list[Any]:
    """Make the calls whose inputs are there, each layer's in order; returns the others."""
    waiting, blocked = [], set()
    for item in pending:
        if id(item[0]) in blocked or not _call(item, operations, first):
            blocked.add(id(item[0]))
            waiting.append(item)
    return waiting


def _call(item: tuple[Any, Any], operations: dict[str, Any], first: dict[str, int]) -> bool:
    """Make one recorded call; False where what it reads isn't made yet."""
    operation, call = item
    args, kwargs = _call_arguments(call)
    try:
        args = _with_tensors(args, operations, first)
        kwargs = _with_tensors(kwargs, operations, first)
    except _NotMadeError:
        return False
    if kwargs.get("training", True) is not True:
        kwargs.pop("training")  # what the enclosing call says decides
    if "mask" in kwargs and kwargs["mask"] is None:
        kwargs.pop("mask")
    operation(*args, **kwargs)
    return True


def _call_arguments(call: Any) -> tuple[list[Any], dict[str, Any]]:
    """Arguments of a call in Keras 3's layout, or in the nested lists of Keras 2."""
    if isinstance(call, dict):
        return list(call["args"]), dict(call["kwargs"])
    tensors = [
        {"class_name": _TENSOR, "config": {"keras_history": list(entry[:3])}} for entry in call
    ]
    kwargs = call[0][3] if len(call) == 1 and len(call[0]) > 3 else {}
    return [tensors[0] if len(tensors) == 1 else tensors], dict(kwargs)


class _NotMadeError(Exception):
    """An output that a call reads isn't made yet."""


def _with_tensors(value: Any, operations: dict[str, Any], first: dict[str, int]) -> Any:
    if isinstance(value, dict) and value.get("class_name") == _TENSOR:
        return _tensor(value["config"]["keras_history"], operations, first)
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            return deserialize_keras_object(value)
        return {key: _with_tensors(item, operations, first) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_tensors(item, operations, first) for item in value]
    return value


def _tensor(history: Any, operations: dict[str, Any], first: dict[str, int]) -> KerasTensor:
    name, index, output = history
    if name not in operations:
        raise SerializationError(f"a call reads from {name!r}; no layer of that name is there.")
    nodes: list[Node] = operations[name]._inbound_nodes[first[name] :]
    if index >= len(nodes):
        raise _NotMadeError
    return nodes[index].output_tensors[output]


def _tensors(tree: Any, operations: dict[str, Any], first: dict[str, int]) -> Any:
    if isinstance(tree, dict):
        return {key: _tensors(item, operations, first) for key, item in tree.items()}
    if len(tree) == 3 and isinstance(tree[0], str) and isinstance(tree[1], int):
        name, index, output = tree
        return _tensor((name, index - _first_call(operations.get(name)), output), operations, first)
    return [_tensors(item, operations, first) for item in tree]
