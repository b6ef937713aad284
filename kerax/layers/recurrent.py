"""LSTM, GRU and the simple recurrent layer: each a loop over its cell."""

from typing import Any

from kerax import naming
from kerax.layers.arguments import serialized
from kerax.layers.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from kerax.layers.rnn import RNN

__all__ = ["GRU", "LSTM", "SimpleRNN"]

_LAYER_KEYS = ("name", "trainable", "dtype")


class _Recurrent(RNN):
    """A recurrent layer that makes its cell itself."""

    _cell: type[Cell]

    def __init__(self, cell_arguments: dict[str, Any], **kwargs: Any):
        shared = {name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs}
        name = naming.snake_case(self._cell.__name__)
        super().__init__(self._cell(**cell_arguments, name=name, **shared), **kwargs)

    @property
    def units(self) -> int:
        """The size of the output and of each state."""
        return self.cell.units

    def get_config(self) -> dict[str, Any]:
        config, cell = super().get_config(), self.cell.get_config()
        del config["cell"]
        own = {k: v for k, v in cell.items() if k not in _LAYER_KEYS}
        return {**config, **own, **serialized(self, "activity_regularizer")}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "_Recurrent":
        return cls(**config)


class SimpleRNN(_Recurrent):
    """A layer of a fully connected recurrence: `h = activation(x W + h U + b)`.

    Args:
        units: size of the output and of each state.
        activation: function of the new values.
        use_bias: whether to add a bias.
        kernel_initializer: first values; likewise `recurrent_` and `bias_initializer`.
        kernel_regularizer: penalty; likewise `recurrent_`, `bias_`, `activity_regularizer`.
        kernel_constraint: projection; likewise `recurrent_` and `bias_constraint`.
        dropout: share of the inputs dropped in training; `recurrent_dropout` of the states.
        return_sequences: whether to return all outputs rather than the last.
        return_state: whether to return the last states as well.
        go_backwards: whether to begin with the last step.
        stateful: whether a batch begins with the states that the one before ended with.
        unroll: whether to write the loop out.
        seed: an integer that makes the draws repeatable.
        **kwargs: `zero_output_for_mask`, and what `Layer` takes.

    Example:
        >>> from kerax import ops
        >>> SimpleRNN(4)(ops.ones((2, 5, 3))).shape  # [batch, time, features] -> [batch, units]
        (2, 4)

    Reference:
        Keras: keras.layers.SimpleRNN
    """

    _cell = SimpleRNNCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        cell = {
            "units": units,
            "activation": activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
        }
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )


class LSTM(_Recurrent):
    """A layer of long short-term memory.

    Args:
        units: size of the output and of each state.
        activation: function of the new values.
        recurrent_activation: function of the gates.
        use_bias: whether to add a bias.
        kernel_initializer: first values; likewise `recurrent_` and `bias_initializer`.
        unit_forget_bias: whether the forget gate's bias begins at 1.
        kernel_regularizer: penalty; likewise `recurrent_`, `bias_`, `activity_regularizer`.
        kernel_constraint: projection; likewise `recurrent_` and `bias_constraint`.
        dropout: share of the inputs dropped in training; `recurrent_dropout` of the states.
        return_sequences: whether to return all outputs rather than the last.
        return_state: whether to return the last states as well.
        go_backwards: whether to begin with the last step.
        stateful: whether a batch begins with the states that the one before ended with.
        unroll: whether to write the loop out.
        seed: an integer that makes the draws repeatable.
        **kwargs: `zero_output_for_mask`, and what `Layer` takes.

    Example:
        >>> from kerax import ops
        >>> LSTM(4)(ops.ones((2, 5, 3))).shape  # [batch, time, features] -> [batch, units]
        (2, 4)

    Reference:
        Hochreiter and Schmidhuber, 1997. Keras: keras.layers.LSTM, which on a GPU may call cuDNN.
    """

    _cell = LSTMCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        cell = {
            "units": units,
            "activation": activation,
            "recurrent_activation": recurrent_activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer,
            "unit_forget_bias": unit_forget_bias,
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
        }
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )


class GRU(_Recurrent):
    """A layer of gated recurrent units.

    Args:
        units: size of the output and of each state.
        activation: function of the new values.
        recurrent_activation: function of the gates.
        use_bias: whether to add a bias.
        kernel_initializer: first values; likewise `recurrent_` and `bias_initializer`.
        reset_after: whether the reset gate acts after the recurrent product.
        kernel_regularizer: penalty; likewise `recurrent_`, `bias_`, `activity_regularizer`.
        kernel_constraint: projection; likewise `recurrent_` and `bias_constraint`.
        dropout: share of the inputs dropped in training; `recurrent_dropout` of the states.
        return_sequences: whether to return all outputs rather than the last.
        return_state: whether to return the last states as well.
        go_backwards: whether to begin with the last step.
        stateful: whether a batch begins with the states that the one before ended with.
        unroll: whether to write the loop out.
        seed: an integer that makes the draws repeatable.
        **kwargs: `zero_output_for_mask`, and what `Layer` takes.

    Example:
        >>> from kerax import ops
        >>> GRU(4)(ops.ones((2, 5, 3))).shape  # [batch, time, features] -> [batch, units]
        (2, 4)

    Reference:
        Cho et al., 2014. Keras: keras.layers.GRU, which on a GPU may call cuDNN.
    """

    _cell = GRUCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        cell = {
            "units": units,
            "activation": activation,
            "recurrent_activation": recurrent_activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
            "reset_after": reset_after,
        }
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
