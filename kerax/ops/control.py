"""Control flow and checkpointing whose bodies may read and assign Variables."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from kerax.ops.definitions import array
from kerax.ops.dispatch import op
from kerax.ops.effects import Effects, State, arrays
from kerax.symbolic import any_symbolic

__all__ = [
    "associative_scan",
    "cond",
    "custom_gradient",
    "fori_loop",
    "map",
    "remat",
    "scan",
    "switch",
    "vectorized_map",
    "while_loop",
]


@op(static=("f",))
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Run a function over the first axis, passing a carry from step to step.

    Args:
        f: `(carry, x) -> (carry, y)`; it may read and assign Variables.
        init: the first carry, arrays in any structure.
        xs: arrays `[steps, ...]` in any structure, or None.
        length: number of steps; needed without `xs`.
        reverse: whether to go from the last entry to the first.
        unroll: steps to put into one turn of the loop; True unrolls it wholly.

    Returns:
        The last carry, and the `y`s stacked `[steps, ...]`.

    Example:
        >>> total, parts = scan(lambda c, x: (c + x, c), 0.0, jnp.arange(3.0))
        >>> float(total), parts.tolist()
        (3.0, [0.0, 0.0, 1.0])

    Reference:
        Keras: keras.ops.scan
    """
    init, xs = arrays(init), arrays(xs)
    first = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), xs)
    effects = Effects((f, (init, first)))

    def step(carry: tuple[Any, State], x: Any) -> tuple[Any, Any]:
        inner, state = carry
        (inner, y), state = effects.run(f, state, inner, x)
        return (inner, state), y

    start = (init, effects.before())
    (carry, state), ys = lax.scan(step, start, xs, length, reverse, unroll)
    effects.after(state)
    return carry, ys


@op(static=("true_fn", "false_fn"))
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Call one of two functions, by a condition that may be traced.

    Args:
        pred: boolean scalar.
        true_fn: called where it is true; may read and assign Variables.
        false_fn: called else; returns the same structure, shapes and types.

    Returns:
        What the function returned.

    Example:
        >>> int(cond(True, lambda: 1, lambda: 2))
        1

    Reference:
        Keras: keras.ops.cond
    """
    return switch(array(pred).astype("int32"), [false_fn, true_fn])


@op(static=("branches",))
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Call one of several functions, by a number that may be traced.

    Args:
        index: integer scalar, cut to the range of branches.
        branches: functions that return the same structure; they may read and assign Variables.
        *operands: their arguments.

    Returns:
        What the function returned.

    Example:
        >>> int(switch(1, [lambda x: x, lambda x: x * 2], 5))
        10

    Reference:
        Keras: keras.ops.switch
    """
    given = tuple(arrays(item) for item in operands)
    effects = Effects(*((branch, given) for branch in branches))
    lifted = [functools.partial(effects.run, branch) for branch in branches]
    out, state = lax.switch(array(index), lifted, effects.before(), *given)
    effects.after(state)
    return out


@op(static=("cond", "body"))
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Call `body` on its own result while `cond` of it is true.

    Args:
        cond: `(*loop_vars) -> boolean scalar`.
        body: `(*loop_vars) -> loop_vars`; it may read and assign Variables.
        loop_vars: a tuple or list of arrays, or one array or structure.
        maximum_iterations: the most calls.

    Returns:
        The last `loop_vars`.

    Example:
        >>> [int(x) for x in while_loop(lambda i: i < 5, lambda i: (i + 2,), (0,))]
        [6]

    Reference:
        Keras: keras.ops.while_loop
    """
    several = isinstance(loop_vars, (tuple, list))
    given = arrays(tuple(loop_vars) if several else (loop_vars,))

    def turn(*values: Any) -> tuple:
        out = body(*values)
        return arrays(tuple(out) if isinstance(out, (tuple, list)) else (out,))

    effects = Effects((turn, given))

    def go_on(carry: tuple) -> Any:
        count, values, _ = carry
        wanted = array(cond(*values)).astype(bool)
        return wanted if maximum_iterations is None else wanted & (count < maximum_iterations)

    def step(carry: tuple) -> tuple:
        count, values, state = carry
        values, state = effects.run(turn, state, *values)
        return count + 1, values, state

    start = (jnp.zeros((), "int32"), given, effects.before())
    _, values, state = lax.while_loop(go_on, step, start)
    effects.after(state)
    if not several:
        return values[0]
    return list(values) if isinstance(loop_vars, list) else values


@op(static=("lower", "upper", "body_fun"))
def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Call a function with each whole number of a range and its own last result.

    Args:
        lower: first number.
        upper: end of the range, not included.
        body_fun: `(i, value) -> value`; it may read and assign Variables.
        init_val: the first value, arrays in any structure.

    Returns:
        The last value.

    Example:
        >>> int(fori_loop(0, 4, lambda i, total: total + i, 0))
        6

    Reference:
        Keras: keras.ops.fori_loop
    """
    init_val = arrays(init_val)
    effects = Effects((body_fun, (jnp.zeros((), "int32"), init_val)))

    def step(i: Any, carry: tuple) -> tuple:
        value, state = carry
        return effects.run(body_fun, state, i, value)

    value, state = lax.fori_loop(lower, upper, step, (init_val, effects.before()))
    effects.after(state)
    return value


@op(static=("f",))
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Call a function on each entry of the first axis, one after the other.

    Args:
        f: `x -> y`; it may read and assign Variables.
        xs: arrays `[n, ...]` in any structure.

    Returns:
        The results stacked `[n, ...]`.

    Example:
        >>> map(lambda x: x * 2, jnp.arange(3)).tolist()
        [0, 2, 4]

    Reference:
        Keras: keras.ops.map
    """
    return scan(lambda _, x: ((), f(x)), (), xs)[1]


@op(static=("function",))
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Call a function on all entries of the first axis at once.

    Args:
        function: `x -> y`; a Variable that it assigns must get the same value for every entry.
        elements: arrays `[n, ...]` in any structure.

    Returns:
        The results stacked `[n, ...]`.

    Example:
        >>> vectorized_map(lambda x: x * 2, jnp.arange(3)).tolist()
        [0, 2, 4]

    Reference:
        Keras: keras.ops.vectorized_map
    """
    elements = arrays(elements)
    first = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), elements)
    effects = Effects((function, (first,)))

    def mapped(x: Any) -> tuple[Any, Any, Any]:
        out, (values, loss) = effects.run(function, effects.before(), x)
        return out, values, loss

    out, values, losses = jax.vmap(mapped, out_axes=(0, None, 0))(elements)
    effects.after((values, jnp.sum(losses)))
    return out


@op(static=("f",))
def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Combine all entries up to each one by an associative function, in parallel.

    Args:
        f: `(a, b) -> c` on arrays of several entries.
        elems: arrays in any structure.
        reverse: whether to begin at the end.
        axis: the axis of entries.

    Returns:
        Arrays of the shapes of `elems`.

    Example:
        >>> associative_scan(jnp.add, jnp.arange(4)).tolist()
        [0, 1, 3, 6]

    Reference:
        Blelloch, 1990, Prefix sums. Keras: keras.ops.associative_scan
    """
    return lax.associative_scan(f, arrays(elems), reverse, axis)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function a gradient of its own.

    Args:
        f: `(*args) -> (result, gradient)`, where `gradient(*args, upstream=g)` or
            `gradient(g)` returns the gradients of all arguments.

    Returns:
        A function `(*args) -> result`.

    Example:
        >>> @custom_gradient
        ... def clipped(x):
        ...     return x, lambda *args, upstream: jnp.clip(upstream, -1, 1)
        >>> float(jax.grad(lambda x: 5 * clipped(x))(1.0))
        1.0

    Reference:
        Keras: keras.ops.custom_gradient
    """

    @jax.custom_gradient
    def wrapped(*args: Any) -> Any:
        result, gradient = f(*args)

        def backward(upstream: Any) -> Any:
            try:
                return gradient(*args, upstream=upstream)
            except TypeError as error:
                if "upstream" not in str(error):
                    raise
                return gradient(upstream)

        return result, backward

    return lambda *args: wrapped(*arrays(args))


def remat(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Make a function compute its intermediate values again for the gradient, not keep them.

    Args:
        f: a function or layer; it may read and assign Variables, as dropout and batch
            normalization do.
        **options: what `jax.checkpoint` takes, such as `policy`.

    Returns:
        A function of the same arguments and results; arguments that are no arrays are constants.

    Example:
        >>> float(jax.grad(remat(jnp.sin))(0.0))
        1.0

    Reference:
        Chen et al., 2016, Training Deep Nets with Sublinear Memory Cost. Keras: keras.remat
    """

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic((args, kwargs)):
            return f(*args, **kwargs)
        leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=lambda x: x is None)
        places = [i for i, x in enumerate(leaves) if isinstance(x, (jax.Array, np.ndarray))]

        def call(*arrays: Any) -> Any:
            filled = list(leaves)
            for place, value in zip(places, arrays, strict=True):
                filled[place] = value
            call_args, call_kwargs = jax.tree.unflatten(tree, filled)
            return f(*call_args, **call_kwargs)

        effects = Effects()
        run = jax.checkpoint(functools.partial(effects.discover, call), **options)
        out, state = run(*(leaves[place] for place in places))
        effects.after(state)
        return out

    return checkpointed
