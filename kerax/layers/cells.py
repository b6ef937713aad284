"""The cells of recurrent layers: one step from states to states."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerax import initializers, ops, random
from kerax.layer import Layer
from kerax.layers.arguments import positive, resolve, serialized

__all__ = ["WEIGHTS", "Cell", "GRUCell", "LSTMCell", "SimpleRNNCell"]

WEIGHTS = (
    *("kernel_initializer", "recurrent_initializer", "bias_initializer"),
    *("kernel_regularizer", "recurrent_regularizer", "bias_regularizer"),
    *("kernel_constraint", "recurrent_constraint", "bias_constraint"),
)


class Cell(Layer):
    """What the standard cells share: kernels for all gates, biases, and dropout.

    Args:
        units: size of the output and of each state.
        activation: function of the candidate values.
        use_bias: whether to add a bias.
        dropout: share of the inputs dropped in training, the same ones at each step.
        recurrent_dropout: share of the states dropped in training, the same at each step.
        seed: an integer that makes the draws repeatable.
        **kwargs: initializers, regularizers and constraints by name, and what `Layer` takes.
    """

    activation: Any
    bias: Any

    _gates: int
    _states = 1
    _config: tuple[str, ...] = (
        *("units", "activation", "use_bias", *WEIGHTS),
        *("dropout", "recurrent_dropout", "seed"),
    )

    def __init__(
        self,
        units: int,
        activation: Any,
        use_bias: bool,
        dropout: float,
        recurrent_dropout: float,
        seed: int | None,
        **kwargs: Any,
    ):
        identifiers = {name: kwargs.pop(name) for name in WEIGHTS}
        super().__init__(**kwargs)
        self.units = positive(units, self.name, "units")
        self.use_bias = use_bias
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)
        resolve(self, activation=activation, **identifiers)

    @property
    def state_size(self) -> int | list[int]:
        """The size of the state, or of each state."""
        return self.units if self._states == 1 else [self.units] * self._states

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create kernel `[features, gates]`, recurrent kernel `[units, gates]`, and bias."""
        width = self.units * self._gates
        self.kernel = self._add("kernel", "kernel", (input_shape[-1], width))
        self.recurrent_kernel = self._add("recurrent_kernel", "recurrent", (self.units, width))
        self.bias = self._add("bias", "bias", self._bias_shape(width)) if self.use_bias else None

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (width,)

    def _add(self, name: str, kind: str, shape: Sequence[int | None]) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=self._first_values(kind),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
        )

    def _first_values(self, kind: str) -> Any:
        return getattr(self, f"{kind}_initializer")

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return zeros, one `[batch, units]` for each state."""
        shape = (batch_size, self.units)
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(self._states)]

    def project(self, sequence: Any, training: bool = False) -> tuple[Any, Any]:
        """Return what the inputs alone contribute to the gates, and what all steps share.

        Args:
            sequence: `[batch, features]` or `[batch, time, features]`.
            training: whether to drop inputs and states.

        Returns:
            `[..., gates]`, and the values that `step` takes as `shared`.
        """
        batch = sequence.shape[0]
        if training and self.dropout:
            mask = self._mask((batch, sequence.shape[-1]), self.dropout, sequence.dtype)
            sequence = ops.multiply(sequence, mask if sequence.ndim == 2 else mask[:, None])
        projected = ops.matmul(sequence, self.kernel)
        if self.bias is not None:
            projected = ops.add(projected, self._input_bias())
        return projected, self._shared(batch, projected.dtype, training)

    def _input_bias(self) -> Any:
        return self.bias

    def _shared(self, batch: Any, dtype: Any, training: bool) -> dict[str, Any]:
        shared = {"kernel": ops.convert_to_tensor(self.recurrent_kernel), "mask": None}
        if training and self.recurrent_dropout:
            shared["mask"] = self._mask((batch, self.units), self.recurrent_dropout, dtype)
        return shared

    def _mask(self, shape: tuple[Any, int], rate: float, dtype: Any) -> Any:
        return random.dropout(ops.ones(shape, dtype), rate, seed=self.seed_generator)

    def step(self, projected: Any, states: list[Any], shared: Any) -> tuple[Any, list[Any]]:
        """Return the output and the new states of one step.

        Args:
            projected: `[batch, gates]`, from `project`.
            states: `[batch, units]` each.
            shared: from `project`.
        """
        raise NotImplementedError

    @staticmethod
    def _dropped(state: Any, shared: dict[str, Any]) -> Any:
        return state if shared["mask"] is None else ops.multiply(state, shared["mask"])

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """Return the output `[batch, units]` and the new states of one step."""
        several = isinstance(states, (list, tuple))
        projected, shared = self.project(inputs, training)
        output, after = self.step(projected, list(states) if several else [states], shared)
        return output, after

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **serialized(self, *self._config)}


class SimpleRNNCell(Cell):
    """One step of a fully connected recurrence: `h = activation(x W + h U + b)`.

    Args:
        units: size of output and state.
        activation: function of the new state.
        use_bias: whether to add a bias.
        kernel_initializer: first values of `W`; likewise `recurrent_` and `bias_initializer`.
        kernel_regularizer: penalty on `W`; likewise `recurrent_` and `bias_regularizer`.
        kernel_constraint: projection of `W`; likewise `recurrent_` and `bias_constraint`.
        dropout: share of the inputs dropped in training.
        recurrent_dropout: share of the state dropped in training.
        seed: an integer that makes the draws repeatable.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> SimpleRNNCell(4)(ops.ones((2, 3)), [ops.zeros((2, 4))])[0].shape
        (2, 4)

    Reference:
        Keras: keras.layers.SimpleRNNCell
    """

    _gates = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            units,
            activation,
            use_bias,
            dropout,
            recurrent_dropout,
            seed,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )

    def step(self, projected: Any, states: list[Any], shared: Any) -> tuple[Any, list[Any]]:
        recurrent = ops.matmul(self._dropped(states[0], shared), shared["kernel"])
        output = self.activation(ops.add(projected, recurrent))
        return output, [output]


class LSTMCell(Cell):
    """One step of a long short-term memory; the gates stand in the order i, f, c, o.

    `c = σ(f) c + σ(i) tanh(c̃)`, `h = σ(o) tanh(c)`, each gate `x W + h U + b`.

    Args:
        units: size of output and states.
        activation: function of the candidate and of the output.
        recurrent_activation: function of the gates.
        use_bias: whether to add a bias.
        kernel_initializer: first values of `W`; likewise `recurrent_` and `bias_initializer`.
        unit_forget_bias: whether the forget gate's bias begins at 1.
        kernel_regularizer: penalty on `W`; likewise `recurrent_` and `bias_regularizer`.
        kernel_constraint: projection of `W`; likewise `recurrent_` and `bias_constraint`.
        dropout: share of the inputs dropped in training.
        recurrent_dropout: share of the state dropped in training.
        seed: an integer that makes the draws repeatable.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> LSTMCell(4)(ops.ones((2, 3)), [ops.zeros((2, 4)), ops.zeros((2, 4))])[0].shape
        (2, 4)

    Reference:
        Hochreiter and Schmidhuber, 1997. Keras: keras.layers.LSTMCell
    """

    recurrent_activation: Any

    _gates = 4
    _states = 2
    _config = (*Cell._config, "recurrent_activation", "unit_forget_bias")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            units,
            activation,
            use_bias,
            dropout,
            recurrent_dropout,
            seed,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.unit_forget_bias = unit_forget_bias
        resolve(self, recurrent_activation=recurrent_activation)

    def _first_values(self, kind: str) -> Any:
        given = super()._first_values(kind)
        if kind != "bias" or not self.unit_forget_bias:
            return given
        units = self.units

        def draw(shape: Sequence[int], dtype: Any = None) -> np.ndarray:
            parts = [given((units,), dtype), initializers.Ones()((units,), dtype)]
            return np.concatenate([np.asarray(p) for p in [*parts, given((2 * units,), dtype)]])

        return draw

    def step(self, projected: Any, states: list[Any], shared: Any) -> tuple[Any, list[Any]]:
        hidden, memory = states
        recurrent = ops.matmul(self._dropped(hidden, shared), shared["kernel"])
        gates = ops.split(ops.add(projected, recurrent), 4, axis=-1)
        enter, keep, show = (self.recurrent_activation(gates[n]) for n in (0, 1, 3))
        fresh = ops.multiply(enter, self.activation(gates[2]))
        memory = ops.add(ops.multiply(keep, memory), fresh)
        hidden = ops.multiply(show, self.activation(memory))
        return hidden, [hidden, memory]


class GRUCell(Cell):
    """One step of a gated recurrent unit; the gates stand in the order z, r, h.

    `h = z h + (1 - z) tanh(x W + r (h U))`, each gate `σ(x W + h U + b)`.

    Args:
        units: size of output and state.
        activation: function of the candidate.
        recurrent_activation: function of the gates.
        use_bias: whether to add a bias.
        kernel_initializer: first values of `W`; likewise `recurrent_` and `bias_initializer`.
        kernel_regularizer: penalty on `W`; likewise `recurrent_` and `bias_regularizer`.
        kernel_constraint: projection of `W`; likewise `recurrent_` and `bias_constraint`.
        dropout: share of the inputs dropped in training.
        recurrent_dropout: share of the state dropped in training.
        reset_after: whether the gate r acts after the product with `U`, as cuDNN has it.
        seed: an integer that makes the draws repeatable.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> GRUCell(4)(ops.ones((2, 3)), [ops.zeros((2, 4))])[0].shape
        (2, 4)

    Reference:
        Cho et al., 2014. Keras: keras.layers.GRUCell
    """

    recurrent_activation: Any

    _gates = 3
    _config = (*Cell._config, "recurrent_activation", "reset_after")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            units,
            activation,
            use_bias,
            dropout,
            recurrent_dropout,
            seed,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.reset_after = reset_after
        resolve(self, recurrent_activation=recurrent_activation)

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (2, width) if self.reset_after else (width,)

    def _input_bias(self) -> Any:
        return self.bias[0] if self.reset_after else self.bias

    def _shared(self, batch: Any, dtype: Any, training: bool) -> dict[str, Any]:
        shared = super()._shared(batch, dtype, training)
        shared["bias"] = self.bias[1] if self.use_bias and self.reset_after else None
        return shared

    def step(self, projected: Any, states: list[Any], shared: Any) -> tuple[Any, list[Any]]:
        hidden = self._dropped(states[0], shared)
        kernel, cut = shared["kernel"], 2 * self.units
        recurrent = ops.matmul(hidden, kernel if self.reset_after else kernel[:, :cut])
        if shared["bias"] is not None:
            recurrent = ops.add(recurrent, shared["bias"])
        both = self.recurrent_activation(ops.add(projected[:, :cut], recurrent[:, :cut]))
        keep, reset = both[:, : self.units], both[:, self.units :]
        if self.reset_after:
            inner = ops.multiply(reset, recurrent[:, cut:])
        else:
            inner = ops.matmul(ops.multiply(reset, hidden), kernel[:, cut:])
        candidate = self.activation(ops.add(projected[:, cut:], inner))
        kept = ops.multiply(keep, states[0])
        output = ops.add(kept, ops.multiply(ops.subtract(1, keep), candidate))
        return output, [output]
