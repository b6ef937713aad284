"""Where a symbolic tensor comes from."""

from kerax.symbolic import KerasTensor, unique_objects

__all__ = ["get_source_inputs"]


def get_source_inputs(tensor: KerasTensor) -> list[KerasTensor]:
    """List the inputs that a symbolic tensor was computed from.

    Args:
        tensor: a KerasTensor.

    Returns:
        The KerasTensors that `Input` returned, each once.

    Example:
        >>> from kerax import Input
        >>> x = Input((3,))
        >>> get_source_inputs(x)[0] is x
        True

    Reference:
        Keras: keras.utils.get_source_inputs
    """
    found, waiting, seen = [], [tensor], set()
    while waiting:
        tensor = waiting.pop()
        if tensor._keras_history is None or id(tensor) in seen:
            continue
        seen.add(id(tensor))
        operation, index, _ = tensor._keras_history
        inputs = operation._inbound_nodes[index].input_tensors
        if not inputs:
            found.append(tensor)
        waiting.extend(inputs[::-1])
    return unique_objects(found)
