"""The limit: the same training written by hand in JAX and optax, one scan over the epoch."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

Params = list[tuple[jax.Array, jax.Array]]
Loss = Callable[[Params, jax.Array, jax.Array], tuple[jax.Array, jax.Array]]


class State(NamedTuple):
    """What an epoch carries from step to step."""

    params: Params
    opt_state: optax.OptState
    sums: jax.Array  # [2]: loss and metric, summed over rows


def init_dense(*widths: int) -> Params:
    """Return Glorot-uniform kernels `[in, out]` and zero biases `[out]`."""
    rng = np.random.default_rng(0)
    return [(jnp.asarray(_glorot(rng, i, o)), jnp.zeros(o)) for i, o in pairwise(widths)]


def count(params: Params) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def forward(params: Params, x: jax.Array) -> jax.Array:
    """Return the outputs `[batch, out]` of dense layers with ReLU between them."""
    for kernel, bias in params[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    kernel, bias = params[-1]
    return x @ kernel + bias


def classify(params: Params, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return mean cross-entropy and accuracy of one batch."""
    logits = forward(params, x)
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, y)
    return losses.mean(), (logits.argmax(-1) == y).mean()


def regress(params: Params, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return mean squared error, twice."""
    loss = jnp.square(forward(params, x) - y).mean()
    return loss, loss


class Trainer:
    """Data on the device, one compiled scan for the full batches, one step for the remainder."""

    def __init__(self, params: Params, loss: Loss, optimizer: Any, batch: int):
        """Take the model as initial values and a loss function."""
        self.batch = batch
        self.rng = np.random.default_rng(0)
        self.state = State(params, optimizer.init(params), jnp.zeros(2))
        step = partial(_step, loss, optimizer)
        self.epoch = jax.jit(partial(_epoch, step), donate_argnums=0)

    def fit(self, x: jax.Array, y: jax.Array) -> float:
        """Run one shuffled epoch and return its mean loss."""
        order = self.rng.permutation(len(x)).astype("int32")
        full = len(x) // self.batch * self.batch
        self.state = self.state._replace(sums=jnp.zeros(2))
        self.state = self.epoch(self.state, x, y, order[:full].reshape(-1, self.batch))
        if full < len(x):
            self.state = self.epoch(self.state, x, y, order[None, full:])
        return float(self.state.sums[0]) / len(x)


def _glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    limit = (6 / (fan_in + fan_out)) ** 0.5
    return rng.uniform(-limit, limit, (fan_in, fan_out)).astype("float32")


def _step(loss: Loss, optimizer: Any, state: State, x: jax.Array, y: jax.Array) -> State:
    (value, metric), grads = jax.value_and_grad(loss, has_aux=True)(state.params, x, y)
    updates, opt_state = optimizer.update(grads, state.opt_state, state.params)
    sums = state.sums + len(x) * jnp.stack([value, metric])
    return State(optax.apply_updates(state.params, updates), opt_state, sums)


def _epoch(step: Any, state: State, x: jax.Array, y: jax.Array, order: jax.Array) -> State:
    def body(state: State, rows: jax.Array) -> tuple[State, None]:
        return step(state, x[rows], y[rows]), None

    return jax.lax.scan(body, state, order)[0]
