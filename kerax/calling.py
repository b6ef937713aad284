"""What surrounds a layer's `call`: its signature, the call context, and the masks of its inputs."""

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax

from kerax.symbolic import KerasTensor, get_mask

__all__ = ["CallSignature", "call_context", "current_training", "input_masks", "shapes_of"]


class CallSignature(NamedTuple):
    """What a layer's `call` takes."""

    signature: inspect.Signature
    names: tuple[str, ...]
    has_training: bool
    has_mask: bool
    takes_any_keyword: bool
    training_default: Any


@functools.cache
def call_signature(call: Callable[..., Any]) -> CallSignature:
    """Return what an unbound `call` takes, `self` left out."""
    signature = inspect.signature(call)
    parameters = list(signature.parameters.values())[1:]
    by_name = {p.name: p for p in parameters}
    training = by_name.get("training")
    return CallSignature(
        signature=signature.replace(parameters=parameters),
        names=tuple(by_name),
        has_training=training is not None,
        has_mask=any(name == "mask" or name.endswith("_mask") for name in by_name),
        takes_any_keyword=any(p.kind is p.VAR_KEYWORD for p in parameters),
        training_default=None if training is None else training.default,
    )


@functools.cache
def parameter_names(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names of a function's parameters."""
    return frozenset(inspect.signature(function).parameters)


class _State(threading.local):
    def __init__(self) -> None:
        self.depth = 0
        self.training: bool | None = None


_state = _State()


@contextmanager
def call_context(training: bool | None) -> Iterator[bool]:
    """Enter a layer's call; yields whether it is the outermost one."""
    before = _state.training
    _state.depth += 1
    if training is not None:
        _state.training = training
    try:
        yield _state.depth == 1
    finally:
        _state.depth -= 1
        _state.training = before


def current_training() -> bool | None:
    """Return the `training` that the enclosing layers were called with, or None."""
    return _state.training


def _is_tensor(x: Any) -> bool:
    return isinstance(x, (jax.Array, KerasTensor, jax.ShapeDtypeStruct)) or (
        hasattr(x, "shape") and hasattr(x, "dtype")
    )


def shapes_of(value: Any) -> Any:
    """Return the shapes of a nested structure of tensors, or None where it holds none."""
    if value is None:
        return None
    if _is_tensor(value):
        return tuple(size if isinstance(size, int) else None for size in value.shape)
    if isinstance(value, dict):
        shapes = {key: shapes_of(item) for key, item in value.items()}
        return shapes if any(s is not None for s in shapes.values()) else None
    if isinstance(value, (list, tuple)):
        items = [shapes_of(item) for item in value]
        return type(value)(items) if any(s is not None for s in items) else None
    return None


def masks_of(value: Any) -> Any:
    """Return the masks of a nested structure of tensors, or None where none has one."""
    if isinstance(value, dict):
        masks: Any = {key: masks_of(item) for key, item in value.items()}
        return masks if any(m is not None for m in masks.values()) else None
    if isinstance(value, (list, tuple)):
        masks = [masks_of(item) for item in value]
        return masks if any(m is not None for m in masks) else None
    return get_mask(value) if _is_tensor(value) else None


def input_masks(found: CallSignature, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the mask arguments that the inputs' own masks fill.

    The first argument's mask goes to `mask`; that of an argument `x` to `x_mask`.
    """
    filled = {}
    for position, name in enumerate(found.names):
        for target in (f"{name}_mask", "mask" if position == 0 else ""):
            if target in found.names and arguments.get(target) is None and name in arguments:
                mask = masks_of(arguments[name])
                if mask is not None:
                    filled[target] = mask
    return filled
