"""A model's graph: the nodes between inputs and outputs, in order, and their replay."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import jax

from kerax.errors import BuildError, ShapeError
from kerax.symbolic import KerasTensor, Node, Operation, map_tensors, tensors_in

__all__ = ["Graph"]


def _is_leaf(x: Any) -> bool:
    return isinstance(x, KerasTensor) or x is None


class Graph:
    """What leads from input tensors to output tensors.

    Args:
        inputs: KerasTensors in any nested structure.
        outputs: likewise; each must follow from the inputs.

    Raises:
        BuildError: where an output depends on a tensor that isn't among the inputs.
    """

    def __init__(self, inputs: Any, outputs: Any):
        self.inputs = inputs
        self.outputs = outputs
        self.input_tensors = [t for t in jax.tree.leaves(inputs, is_leaf=_is_leaf) if t is not None]
        self.output_tensors = tensors_in(outputs)
        self._check_tensors()
        self.nodes = self._sorted_nodes()
        self._order = self._visiting_order()
        self.operations = self._sorted_operations()
        self._check_names()

    def _check_tensors(self) -> None:
        for what, tensors, tree in (
            ("inputs", self.input_tensors, self.inputs),
            ("outputs", self.output_tensors, self.outputs),
        ):
            leaves = jax.tree.leaves(tree, is_leaf=_is_leaf)
            wrong = [leaf for leaf in leaves if not isinstance(leaf, KerasTensor)]
            if wrong or not tensors:
                raise BuildError(
                    f"Model: got {what} {wrong or tree!s:.200}; wanted KerasTensors, made by "
                    "Input() and by calling layers on them."
                )

    def _check_names(self) -> None:
        """Refuse two operations of one name: files and `get_layer` tell them apart by it."""
        counts = Counter(operation.name for operation in self.operations)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise BuildError(
                f"Model: several of its layers have the names {twice}; names must differ. Give "
                "each layer a name of its own, or call one layer several times to share it."
            )

    def _sorted_nodes(self) -> list[Node]:
        """The nodes between inputs and outputs, each after those that it reads from."""
        given = {id(tensor) for tensor in self.input_tensors}
        done: dict[int, Node] = {}
        waiting: list[tuple[KerasTensor, bool]] = [(t, False) for t in self.output_tensors[::-1]]
        while waiting:
            tensor, visited = waiting.pop()
            if id(tensor) in given:
                continue
            node = _node_of(tensor)
            if node is None or not node.input_tensors:
                raise BuildError(
                    f"Model: the outputs depend on {tensor}, which does not follow from the "
                    "inputs. Add it to the inputs, or compute it from them."
                )
            if id(node) in done:
                continue
            if visited:
                done[id(node)] = node
            else:
                waiting.append((tensor, True))
                waiting.extend((t, False) for t in node.input_tensors[::-1])
        return list(done.values())

    def _visiting_order(self) -> dict[int, int]:
        """Each operation's rank in a walk from the outputs towards the inputs, outputs first."""
        given = {id(tensor) for tensor in self.input_tensors}
        order: dict[int, int] = {}
        seen: set[int] = set()
        waiting = list(self.output_tensors[::-1])
        while waiting:
            tensor = waiting.pop()
            node = _node_of(tensor)
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            order.setdefault(id(node.operation), len(order))
            if id(tensor) not in given:
                waiting.extend(node.input_tensors[::-1])
        return order

    def _sorted_operations(self) -> list[Operation]:
        """The operations by their longest way to an output, farthest first, as Keras lists them."""
        depths: dict[int, int] = {}
        node_depths: dict[int, int] = {}
        operations: dict[int, Operation] = {}
        for node in self.nodes[::-1]:
            depth = max(node_depths.get(id(node), 0), depths.get(id(node.operation), 0))
            node_depths[id(node)] = depths[id(node.operation)] = depth
            operations[id(node.operation)] = node.operation
            for parent in node.parents:
                node_depths[id(parent)] = max(node_depths.get(id(parent), 0), depth + 1)
        for node in self._input_nodes():
            operations[id(node.operation)] = node.operation
            depths[id(node.operation)] = max(
                depths.get(id(node.operation), 0), node_depths.get(id(node), 0)
            )
        last = len(self._order)
        return sorted(
            operations.values(), key=lambda o: (-depths[id(o)], self._order.get(id(o), last))
        )

    def _input_nodes(self) -> Iterator[Node]:
        inner = {id(node) for node in self.nodes}
        for tensor in self.input_tensors:
            node = _node_of(tensor)
            if node is not None and id(node) not in inner:
                yield node

    def used_nodes(self, operation: Operation) -> list[Node]:
        """An operation's calls that belong to this graph, in the order they were made."""
        used = {id(node) for node in [*self.nodes, *self._input_nodes()]}
        return [node for node in operation._inbound_nodes if id(node) in used]

    def run(self, inputs: list[Any]) -> Any:
        """Compute the outputs, in their structure, from the inputs' flat list."""
        values = {id(t): value for t, value in zip(self.input_tensors, inputs, strict=True)}
        for node in self.nodes:
            args, kwargs = map_tensors(lambda t: values[id(t)], (node.args, node.kwargs))
            out = node.operation(*args, **kwargs)
            results = jax.tree.leaves(out, is_leaf=_is_leaf)
            results = [result for result in results if result is not None]
            for tensor, value in zip(node.output_tensors, results, strict=True):
                values[id(tensor)] = value
        return map_tensors(lambda t: values[id(t)], self.outputs)


def _node_of(tensor: KerasTensor) -> Node | None:
    if tensor._keras_history is None:
        return None
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index]


def match_inputs(wanted: Any, given: Any, names: list[str], place: str) -> list[Any]:
    """Return given inputs as a flat list in the order of a graph's inputs.

    Args:
        wanted: the graph's inputs in their structure.
        given: what the caller passed: the same structure, a flat list, or a dict by input name.
        names: the names of the inputs, flat.
        place: the model's name, for the message.

    Raises:
        ShapeError: where the number or names of inputs differ.
    """
    flat = jax.tree.leaves(wanted, is_leaf=_is_leaf)
    if isinstance(given, dict):
        keys = sorted(wanted) if isinstance(wanted, dict) else names
        if isinstance(wanted, dict) and all(_is_leaf(item) for item in wanted.values()):
            missing = [key for key in keys if key not in given and not _is_optional(wanted[key])]
            if not missing:
                return [given.get(key) for key in keys]
            keys = names if set(names) <= set(given) else keys
        missing = [key for key in keys if key not in given]
        if not missing and len(keys) == len(flat):
            return [given[key] for key in keys]
        if missing:
            raise ShapeError(f"{place}: got inputs {sorted(given)}; missing {missing}.")
    values = jax.tree.leaves(given, is_leaf=lambda x: x is None)
    if len(values) != len(flat):
        raise ShapeError(f"{place}: got {len(values)} input(s); wanted {len(flat)} ({names}).")
    return values


def _is_optional(tensor: Any) -> bool:
    history = getattr(tensor, "_keras_history", None)
    return bool(history and getattr(history[0], "optional", False))
