"""The recurrent layer that runs a cell over the steps of a sequence."""

from collections.abc import Callable, Sequence
from typing import Any

from kerax import initializers, ops, serialization
from kerax.calling import call_signature
from kerax.errors import ArgumentError, ShapeError, StateError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.variable import Variable

__all__ = ["RNN"]


class RNN(Layer):
    """Run a cell over the steps of sequences `[batch, time, features]`.

    A cell is a layer with `state_size` and `call(inputs, states) -> (output, new states)`. Where it
    also has `project(sequence, training) -> (projected, shared)` and
    `step(projected, states, shared)`, as kerax' own have, what does not depend on the states is
    computed for all steps at once, outside of the loop.

    Args:
        cell: the cell.
        return_sequences: whether to return all outputs `[batch, time, units]` or the last one.
        return_state: whether to return the last states as well.
        go_backwards: whether to begin with the last step.
        stateful: whether a batch begins with the states that the one before ended with.
        unroll: whether to write the loop out, which is faster for short sequences.
        zero_output_for_mask: whether the output of a masked step is 0, not the one before it.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Raises:
        ArgumentError: where `cell` is no cell.

    Example:
        >>> from kerax.layers.cells import LSTMCell
        >>> RNN(LSTMCell(4))(ops.ones((2, 5, 3))).shape
        (2, 4)

    Reference:
        Keras: keras.layers.RNN
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not hasattr(cell, "call") or not hasattr(cell, "state_size"):
            raise ArgumentError(
                f"{self.name}: got cell {cell!r}; wanted a layer with `state_size` and "
                "`call(inputs, states)`."
            )
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.input_spec = InputSpec(ndim=3)
        self.states: list[Any] | None = None

    @property
    def _sizes(self) -> list[int]:
        size = self.cell.state_size
        return [size] if isinstance(size, int) else list(size)

    def build(self, sequences_shape: Sequence[int | None], initial_state_shape: Any = None) -> None:
        """Build the cell, and the kept states where the layer is stateful."""
        batch, _, features = sequences_shape
        if not self.cell.built:
            self.cell.build((batch, features))
        if self.stateful and self.states is None:
            if batch is None:
                raise ShapeError(
                    f"{self.name}: got input shape {tuple(sequences_shape)}; wanted a known batch "
                    "size, for a stateful layer keeps a state for each entry. Use "
                    "Input(batch_shape=…)."
                )
            self.states = [
                Variable(
                    initializers.Zeros(),
                    shape=(batch, size),
                    dtype=self.compute_dtype,
                    trainable=False,
                    name="rnn_state",
                )
                for size in self._sizes
            ]

    # As in Keras, kept states are no weights and are not saved, but calls do change them.
    _untracked = Layer._untracked | {"states"}

    @property
    def _own_seed_states(self) -> list[Variable]:
        return [*super()._own_seed_states, *(self.states or ())]

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """Return the states before the first step, each `[batch, size]`."""
        if hasattr(self.cell, "get_initial_state"):
            states = self.cell.get_initial_state(batch_size=batch_size)
            return list(states) if isinstance(states, (list, tuple)) else [states]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in self._sizes]

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        """Return the outputs, and the states where `return_state`."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        states = self._first_states(sequences, initial_state)
        last, outputs, states = self._run_steps(sequences, states, mask, training)
        if self.stateful and self.states is not None:
            for variable, value in zip(self.states, states, strict=True):
                variable.assign(value)
        output = outputs if self.return_sequences else last
        output = ops.cast(output, self.compute_dtype)
        return [output, *states] if self.return_state else output

    def _first_states(self, sequences: Any, initial_state: Any) -> list[Any]:
        if initial_state is None:
            if self.stateful and self.states is not None:
                return [variable.value for variable in self.states]
            states = self.get_initial_state(sequences.shape[0])
        else:
            several = isinstance(initial_state, (list, tuple))
            states = list(initial_state) if several else [initial_state]
            if len(states) != len(self._sizes):
                raise ShapeError(
                    f"{self.name}: got {len(states)} initial states; wanted {len(self._sizes)}."
                )
        return [ops.cast(state, self.compute_dtype) for state in states]

    def _run_steps(
        self, sequences: Any, states: list[Any], mask: Any, training: bool
    ) -> tuple[Any, Any, list[Any]]:
        """Return the last output, all outputs `[batch, time, …]`, and the last states."""
        sequences, advance = self._advance(sequences, training)

        def step(carry: Any, entry: Any) -> tuple[Any, Any]:
            previous, before = carry
            x, shown = entry
            output, after = advance(x, before)
            after = list(after) if isinstance(after, (list, tuple)) else [after]
            if shown is None:
                return (output, after), output
            hidden = ops.zeros_like(output) if self.zero_output_for_mask else previous
            output = _choose(shown, output, hidden)
            after = [_choose(shown, new, old) for new, old in zip(after, before, strict=True)]
            return (output, after), output

        entries = (ops.swapaxes(sequences, 0, 1), None if mask is None else ops.transpose(mask))
        first = self._blank_output(states)
        (last, states), outputs = ops.scan(
            step, (first, states), entries, reverse=self.go_backwards, unroll=self.unroll
        )
        outputs = ops.flip(outputs, 0) if self.go_backwards else outputs
        return last, ops.swapaxes(outputs, 0, 1), states

    def _advance(self, sequences: Any, training: bool) -> tuple[Any, Callable[..., Any]]:
        """What the loop runs over, and the function of one step `(x, states)`."""
        cell = self.cell
        if hasattr(cell, "project"):
            sequences, shared = cell.project(sequences, training)
            return sequences, lambda x, states: cell.step(x, states, shared)
        several = not isinstance(cell.state_size, int)
        more = {"training": training} if call_signature(type(cell).call).has_training else {}
        return sequences, lambda x, states: cell(x, states if several else states[0], **more)

    def _blank_output(self, states: list[Any]) -> Any:
        """Zeros of the shape of an output: what a sequence that begins masked gives."""
        size = getattr(self.cell, "output_size", None) or self._sizes[0]
        return ops.zeros((states[0].shape[0], size), dtype=states[0].dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        output = mask if self.return_sequences else None
        return [output, *(None for _ in self._sizes)] if self.return_state else output

    def reset_state(self) -> None:
        """Set the kept states of a stateful layer to 0.

        Raises:
            StateError: where the layer is not stateful.
        """
        if not self.stateful:
            raise StateError(f"{self.name}: reset_state() needs a layer made with stateful=True.")
        for variable in self.states or ():
            variable.assign(ops.zeros_like(variable.value))

    def reset_states(self) -> None:
        """Set the kept states of a stateful layer to 0, as `reset_state` does."""
        self.reset_state()

    _flags = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in self._flags},
            "zero_output_for_mask": self.zero_output_for_mask,
            "cell": serialization.serialize_keras_object(self.cell),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "RNN":
        cell = serialization.deserialize_keras_object(config["cell"], kind="layer")
        return cls(**{**config, "cell": cell})


def _choose(shown: Any, new: Any, old: Any) -> Any:
    shown = ops.reshape(shown, (*shown.shape, *(1,) * (len(new.shape) - 1)))
    return ops.where(shown, new, old)
