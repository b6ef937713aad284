"""Rules on gradients that every optimizer shares: loss scaling, clipping, and their checks."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from kerax.errors import ArgumentError

__all__ = ["check", "clipped", "unscaled"]


def check(optimizer: Any) -> None:
    """Refuse settings of an optimizer that are out of range or contradict each other."""
    where = optimizer.name
    clips = {key: getattr(optimizer, key) for key in ("clipnorm", "clipvalue", "global_clipnorm")}
    given = {key: value for key, value in clips.items() if value is not None}
    if len(given) > 1:
        raise ArgumentError(f"{where}: got {given}; wanted one kind of clipping at most.")
    if any(value < 0 for value in given.values()):
        raise ArgumentError(f"{where}: got {given}; wanted a number that is not negative.")
    if optimizer.use_ema and not 0 <= optimizer.ema_momentum <= 1:
        raise ArgumentError(
            f"{where}: got ema_momentum={optimizer.ema_momentum}; wanted one within [0, 1]."
        )
    _check_count(where, "ema_overwrite_frequency", optimizer.ema_overwrite_frequency, 1)
    _check_count(where, "gradient_accumulation_steps", optimizer.gradient_accumulation_steps, 2)


def _check_count(where: str, name: str, value: Any, least: int) -> None:
    if value is not None and (not isinstance(value, int) or value < least):
        raise ArgumentError(f"{where}: got {name}={value!r}; wanted an integer >= {least} or None.")


def unscaled(grads: Sequence[Any], factor: float | None) -> list[Any]:
    """Divide gradients by the factor that the loss was multiplied by."""
    if factor is None:
        return list(grads)
    return [grad if grad is None else grad / factor for grad in grads]


def clipped(
    grads: Sequence[Any],
    norm: float | None = None,
    value: float | None = None,
    global_norm: float | None = None,
) -> list[Any]:
    r"""Clip gradients by value, by each one's norm, or by the norm of all together.

    By norm, \( g' = g \cdot c / \max(c, \lVert g \rVert_2) \). Entries that are None stay.

    Example:
        >>> clipped([jnp.array([3.0, 4.0])], norm=2.5)[0].tolist()
        [1.5, 2.0]
    """
    if value:
        return [g if g is None else jnp.clip(g, -value, value) for g in grads]
    if norm:
        return [g if g is None else _shortened(g, _squares(g), norm) for g in grads]
    if global_norm:
        total = sum(_squares(g) for g in grads if g is not None)
        return [g if g is None else _shortened(g, total, global_norm) for g in grads]
    return list(grads)


def _squares(grad: Any) -> Any:
    return jnp.sum(jnp.square(jnp.asarray(grad)))


def _shortened(grad: Any, squares: Any, norm: float) -> Any:
    return grad * (norm / jnp.maximum(jnp.sqrt(squares), norm)).astype(jnp.asarray(grad).dtype)
