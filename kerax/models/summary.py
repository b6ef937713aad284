"""The table that `Model.summary` prints."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import jax
import numpy as np

from kerax.errors import ArgumentError
from kerax.layer import Layer
from kerax.layers.input_layer import InputLayer
from kerax.ops.dispatch import FunctionOp, class_name
from kerax.symbolic import KerasTensor, Operation

__all__ = ["table"]

_LENGTH = 76
# Where the columns end, by whether `Connected to` and `Trainable` are there.
_POSITIONS = {
    (False, False): (0.459, 0.792, 1.0),
    (False, True): (0.409, 0.733, 0.902, 1.0),
    (True, False): (0.296, 0.564, 0.733, 1.0),
    (True, True): (0.272, 0.515, 0.673, 0.9, 1.0),
}
_INDENT = "   "


def table(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> str:
    """Return a model's layers, their output shapes and numbers of parameters as a table.

    Args:
        model: the model.
        line_length: characters a line; 76 where None.
        positions: where the columns end, as fractions of the line.
        expand_nested: whether to list the layers of nested models.
        show_trainable: whether to add a column that says what is trainable.
        layer_range: patterns for the names of the first and the last layer to list.

    Returns:
        Lines of text.

    Raises:
        ArgumentError: where a pattern matches no layer, or positions are not one a column.
    """
    connected = _is_branched(model)
    headers = ["Layer (type)", "Output Shape", "Param #"]
    headers += ["Connected to"] * connected + ["Trainable"] * show_trainable
    positions = positions or _POSITIONS[connected, show_trainable]
    if len(positions) != len(headers):
        raise ArgumentError(f"summary: got {len(positions)} positions; wanted {len(headers)}.")
    widths = _widths(positions, (line_length or _LENGTH) - len(headers) - 1)
    rows = []
    for operation in _in_range(_operations(model), layer_range):
        rows += _rows(operation, model, connected, show_trainable, expand_nested, 0)
    lines = [f'Model: "{model.name}"', *_drawn(headers, rows, widths), *_totals(model)]
    return "\n".join(lines)


def _operations(model: Any) -> list[Operation]:
    """What is listed: a stack's layers, a graph's layers and ops, else the layers held."""
    if hasattr(model, "_stack") or model._graph is None:
        return list(model.layers)
    return list(model.operations)


def _is_branched(model: Any) -> bool:
    """Whether the graph is more than a chain, so that it must be said what leads where."""
    graph = getattr(model, "_graph", None)
    if hasattr(model, "_stack") or graph is None:
        return False
    read = [id(tensor) for node in graph.nodes for tensor in node.input_tensors]
    nodes = [len(graph.used_nodes(operation)) for operation in graph.operations]
    return (
        len(graph.input_tensors) > 1
        or max(nodes, default=0) > 1
        or len(set(read)) < len(read)
        or any(len(node.input_tensors) > 1 for node in graph.nodes)
    )


def _in_range(operations: list[Operation], wanted: Sequence[str] | None) -> list[Operation]:
    if not wanted:
        return operations
    if len(wanted) != 2:
        raise ArgumentError(f"summary: layer_range: got {wanted!r}; wanted two patterns.")
    first, last = ([i for i, o in enumerate(operations) if re.match(p, o.name)] for p in wanted)
    if not first or not last:
        names = [operation.name for operation in operations]
        raise ArgumentError(f"summary: layer_range {wanted!r} matches none of {names}.")
    start, end = sorted((first[0], last[-1]))
    return operations[start : end + 1]


def _rows(
    operation: Operation,
    model: Any,
    connected: bool,
    show_trainable: bool,
    expand_nested: bool,
    depth: int,
) -> list[list[str]]:
    prefix = f"{_INDENT * depth}└ " if depth else ""
    row = [
        f"{prefix}{operation.name} ({_type_name(operation)})",
        _output_shape(operation),
        _count(operation),
    ]
    if connected:
        row.append(_sources(operation, model))
    if show_trainable:
        row.append(_trainable(operation))
    rows = [row]
    if expand_nested and hasattr(operation, "_graph"):
        for inner in _operations(operation):
            if not (hasattr(operation, "_stack") and isinstance(inner, InputLayer)):
                rows += _rows(inner, operation, connected, show_trainable, True, depth + 1)
    return rows


def _type_name(operation: Operation) -> str:
    """Return what is in parentheses: a layer's class, or an op in capitals, `ExpandDims`."""
    is_op = isinstance(operation, FunctionOp)
    return class_name(operation.fn) if is_op else type(operation).__name__


def _output_shape(operation: Operation) -> str:
    if operation._inbound_nodes:
        return _shape_text(operation._inbound_nodes[0].outputs)
    shapes = getattr(operation, "_build_shapes", None)
    if not shapes or not getattr(operation, "built", True):
        return "?"
    try:
        values = shapes.values() if len(shapes) == 1 else ()
        named = shapes if len(shapes) > 1 else {}
        return str(operation.compute_output_shape(*values, **named))  # type: ignore[attr-defined]  # of layers only
    except Exception:  # a layer that cannot say its shape without data has none to show
        return "?"


def _shape_text(outputs: Any) -> str:
    tensors = jax.tree.leaves(outputs, is_leaf=lambda x: isinstance(x, KerasTensor))
    if isinstance(outputs, KerasTensor):
        return str(outputs.shape)
    return f"[{', '.join(str(tensor.shape) for tensor in tensors)}]"


def _count(operation: Operation) -> str:
    if not isinstance(operation, Layer):
        return "0"
    return f"{operation.count_params():,}" if operation.built else "0 (unbuilt)"


def _sources(operation: Operation, model: Any) -> str:
    graph = getattr(model, "_graph", None)
    if graph is None or hasattr(model, "_stack"):
        return "-"
    found = []
    for node in graph.used_nodes(operation):
        for tensor in node.input_tensors:
            source, index, position = tensor._keras_history  # type: ignore[misc]  # in a graph all have one
            used = graph.used_nodes(source)
            number = used.index(source._inbound_nodes[index])
            found.append(f"{source.name}[{number}][{position}]")
    return ", ".join(found) or "-"


def _trainable(operation: Operation) -> str:
    weights = operation.weights if isinstance(operation, Layer) else []
    if not weights:
        return "-"
    return "Y" if operation.trainable else "N"  # type: ignore[attr-defined]  # of layers only


def _widths(positions: Sequence[float], total: int) -> list[int]:
    starts = [0.0, *positions[:-1]]
    widths = [int((end - start) * total) for start, end in zip(starts, positions, strict=True)]
    widths[-1] += int(positions[-1] * total) - sum(widths)
    return [max(width, 5) for width in widths]


def _drawn(headers: list[str], rows: list[list[str]], widths: list[int]) -> Iterable[str]:
    def rule(left: str, line: str, cross: str, right: str) -> str:
        return left + cross.join(line * width for width in widths) + right

    yield rule("┏", "━", "┳", "┓")
    yield from _cells(headers, headers, widths, "┃")
    yield rule("┡", "━", "╇", "┩")
    for position, row in enumerate(rows):
        if position:
            yield rule("├", "─", "┼", "┤")
        yield from _cells(row, headers, widths, "│")
    yield rule("└", "─", "┴", "┘")


def _cells(row: list[str], headers: list[str], widths: list[int], bar: str) -> Iterable[str]:
    """A row as one line or more: cells are wrapped at blanks, and words too long are cut."""
    wrapped = [_wrapped(text, width - 2) for text, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, wrapped))):
        cells = []
        for lines, header, width in zip(wrapped, headers, widths, strict=True):
            text = lines[number] if number < len(lines) else ""
            if header == "Param #":
                cells.append(f" {text:>{width - 2}} ")
            elif header == "Trainable":
                cells.append(f" {text:^{width - 2}} ")
            else:
                cells.append(f" {text:<{width - 2}} ")
        yield bar + bar.join(cells) + bar


def _wrapped(text: str, width: int) -> list[str]:
    indent = len(text) - len(text.lstrip(" "))
    lines = textwrap.wrap(
        text.lstrip(" "), width - indent, break_long_words=False, break_on_hyphens=False
    )
    lines[:1] = [" " * indent + line for line in lines[:1]]
    return [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines] or [""]


def _totals(model: Any) -> list[str]:
    trainable, rest = model.trainable_weights, model.non_trainable_weights
    optimizer = getattr(model, "optimizer", None)
    kept = optimizer.variables if optimizer is not None and optimizer.built else []
    lines = [
        f" Total params: {_sizes([*trainable, *rest, *kept])}",
        f" Trainable params: {_sizes(trainable)}",
        f" Non-trainable params: {_sizes(rest)}",
    ]
    return lines + [f" Optimizer params: {_sizes(kept)}"] * bool(kept)


def _sizes(variables: Iterable[Any]) -> str:
    counts = [(int(np.prod(v.shape)), v._value.dtype.itemsize) for v in variables]
    size = float(sum(count * itemsize for count, itemsize in counts))
    units = ["B", "KB", "MB", "GB", "TB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{sum(count for count, _ in counts):,} ({size:.2f} {units[0]})"
