"""Carrying what a body assigns, and the losses it adds, through a JAX construct.

A body runs inside JAX's own scan, cond, while_loop or checkpoint. Reading a Variable falls through
to the value outside, so gradients reach it. Assigning needs care, for the new value belongs to the
inner trace. One mechanism serves all: a first abstract run inside a `Scope` finds the Variables
that the body assigns; their values, and the sum of the losses that it adds, then go through JAX's
construct as one more carried value, and are written outside when it is done.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from kerax.ops.definitions import array
from kerax.symbolic import trace_abstractly
from kerax.variable import Scope, Variable, autocast, current_scope

__all__ = ["Effects", "State", "arrays"]

State = tuple[list[Any], Any]


class Effects:
    """What functions assign and add, carried through a JAX construct as a value.

    Args:
        *calls: pairs of a function and the arguments of its first, abstract run.
    """

    def __init__(self, *calls: tuple[Callable[..., Any], tuple]):
        self.variables: list[Variable] = []
        self.has_losses = False
        for fn, args in calls:
            trace_abstractly(functools.partial(self._probe, fn), *args)

    def _probe(self, fn: Callable[..., Any], *args: Any) -> Any:
        with Scope() as scope:
            out = fn(*args)
        known = {id(variable) for variable in self.variables}
        self.variables += [v for key, v in scope.assigned.items() if key not in known]
        self.has_losses |= bool(scope.losses)
        return out

    def discover(self, fn: Callable[..., Any], *args: Any) -> tuple[Any, State]:
        """Call `fn` and return the values to carry out, for a construct that calls it once."""
        with Scope() as scope:
            out = fn(*args)
        self.variables = list(scope.assigned.values())
        self.has_losses = bool(scope.losses)
        return out, self._carried(scope, jnp.zeros((), "float32"))

    def before(self) -> State:
        """The carried value at the start."""
        with autocast(None):
            values = [variable.value for variable in self.variables]
        return values, jnp.zeros((), "float32")

    def run(self, fn: Callable[..., Any], state: State, *args: Any) -> tuple[Any, State]:
        """Call `fn` with the carried value in place, and return the next one."""
        values, loss = state
        with Scope(zip(self.variables, values, strict=True)) as scope:
            out = fn(*args)
        return out, self._carried(scope, loss)

    def _carried(self, scope: Scope, loss: Any) -> State:
        values = [scope.values[id(variable)] for variable in self.variables]
        added = [jnp.asarray(item, "float32") for item in scope.losses]
        return values, sum(added, loss)

    def after(self, state: State) -> None:
        """Write the last carried value outside."""
        values, loss = state
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)
        scope = current_scope()
        if self.has_losses and scope is not None:
            scope.add_loss(loss)


def arrays(tree: Any) -> Any:
    """Return a structure with its Variables, numbers and numpy arrays as JAX arrays."""
    return jax.tree.map(array, tree, is_leaf=lambda x: isinstance(x, Variable))
