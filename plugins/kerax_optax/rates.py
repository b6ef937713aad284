"""Transformations made anew for each step's learning rate, with state that keeps its types."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

__all__ = ["ScheduledState", "by_rate", "by_schedule"]


class ScheduledState(NamedTuple):
    """How many updates there were, and the state of what was scheduled."""

    count: Any
    inner: Any


def by_rate(
    make: Callable[[Any], optax.GradientTransformation], rate: Callable[[], Any]
) -> optax.GradientTransformationExtraArgs:
    """Make a transformation whose learning rate is read when it is used.

    Args:
        make: the transformation for a learning rate.
        rate: what reads it, a float32 scalar.

    Returns:
        A transformation with the state of `make`'s.

    Example:
        >>> rule = by_rate(optax.sgd, lambda: jnp.float32(0.5))
        >>> rule.update([jnp.ones(1)], rule.init([jnp.ones(1)]))[0][0].tolist()
        [-0.5]
    """

    def init(params: Any) -> Any:
        return make(rate()).init(params)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        return _step(make(rate()), updates, state, params, extra)

    return optax.GradientTransformationExtraArgs(init, update)


def by_schedule(
    make: Callable[[Any], optax.GradientTransformation], schedule: Callable[[Any], Any]
) -> optax.GradientTransformationExtraArgs:
    """Make a transformation whose learning rate follows from the number of its own updates.

    Args:
        make: the transformation for a learning rate.
        schedule: the rate, `[]`, at an int32 number of updates.

    Returns:
        A transformation with a `ScheduledState`.

    Example:
        >>> rule = by_schedule(optax.sgd, lambda count: 1.0 / (1 + count))
        >>> updates, state = rule.update([jnp.ones(1)], rule.init([jnp.ones(1)]))
        >>> updates[0].tolist(), rule.update([jnp.ones(1)], state)[0][0].tolist()
        ([-1.0], [-0.5])
    """

    def init(params: Any) -> ScheduledState:
        start = jnp.zeros((), jnp.int32)
        return ScheduledState(start, make(schedule(start)).init(params))

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        rule = make(schedule(state.count))
        updates, inner = _step(rule, updates, state.inner, params, extra)
        return updates, ScheduledState(optax.safe_increment(state.count), inner)

    return optax.GradientTransformationExtraArgs(init, update)


def _step(rule: Any, updates: Any, state: Any, params: Any, extra: dict[str, Any]) -> Any:
    """Update, and keep the types: a float32 rate would make bfloat16 updates and state float32."""
    rule = optax.with_extra_args_support(rule)
    new_updates, new_state = rule.update(updates, state, params, **extra)
    return _typed(new_updates, updates), _typed(new_state, state)


def _typed(new: Any, old: Any) -> Any:
    return jax.tree.map(lambda n, o: n if n.dtype == o.dtype else n.astype(o.dtype), new, old)
