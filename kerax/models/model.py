"""Models: layers that can be trained, made from a graph or by subclassing."""

import json
from collections.abc import Callable
from typing import Any

import jax

from kerax import dtypes, naming
from kerax.calling import call_context, current_training
from kerax.errors import ArgumentError, ShapeError
from kerax.graph import Graph, match_inputs
from kerax.layer import Layer
from kerax.models import graph_config, summary
from kerax.saving import archive, weights_file
from kerax.serialization import serialize_keras_object
from kerax.symbolic import KerasTensor, set_mask, unique_objects
from kerax.training.trainer import Trainer

__all__ = ["Functional", "Model"]


class Model(Trainer, Layer):
    """A layer with `compile`, `fit`, `evaluate`, `predict` and `save`.

    Made either from symbolic tensors, `Model(inputs, outputs)`, or by a subclass that creates
    layers in `__init__` and uses them in `call`.

    Args:
        inputs: KerasTensors, alone or in lists and dicts.
        outputs: KerasTensors that follow from them, likewise.
        name: the model's name.
        trainable: whether optimizers may change its variables.
        dtype: a `DTypePolicy` or its name, for subclasses.

    Example:
        >>> from kerax import layers
        >>> x = layers.Input((3,))
        >>> Model(x, layers.Dense(2)(x)).output_shape
        (None, 2)

    Reference:
        Keras: keras.Model
    """

    _untracked = Layer._untracked | {"_optimizer_holder", "_fit_state"}

    def __new__(cls, *args: Any, **kwargs: Any) -> "Model":
        functional = cls is Model and _is_functional(args, kwargs)
        return Layer.__new__(Functional if functional else cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        self._graph: Graph | None = None
        if not _is_functional(args, kwargs):
            if args:
                raise ArgumentError(
                    f"{type(self).__name__}: got positional arguments {args}; wanted inputs and "
                    "outputs that are KerasTensors, or keyword arguments only."
                )
            Layer.__init__(self, **kwargs)
            self._init_trainer()
            return
        inputs, outputs = _graph_ends(args, kwargs)
        kwargs = {k: v for k, v in kwargs.items() if k not in ("inputs", "outputs")}
        graph = Graph(inputs, outputs)
        Layer.__init__(self, **kwargs)
        self._init_trainer()
        self._set_graph(graph)

    def _set_graph(self, graph: Graph) -> None:
        self._graph = graph
        if not self._trainable:
            self.trainable = False
        self.built = True
        self._path = self.name
        shapes = jax.tree.map(lambda t: t.shape, graph.inputs, is_leaf=_is_tensor)
        self._build_shapes = {"input_shape": shapes}

    # Layers

    @property
    def _layers(self) -> list[Layer]:
        held = super()._layers
        if self._graph is None:
            return held
        return unique_objects([*(o for o in self.operations if isinstance(o, Layer)), *held])

    @property
    def layers(self) -> list[Layer]:
        """The layers that the model holds directly, in Keras' order."""
        return list(self._flatten_layers(include_self=False, recursive=False))

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError("Model.layers is worked out from the graph; name it otherwise.")

    @property
    def operations(self) -> list[Any]:
        """The graph's layers and recorded ops, those farthest from the outputs first."""
        return list(self._known_graph("operations").operations)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return one of the model's layers.

        Args:
            name: its name.
            index: its position in `layers`, instead.

        Raises:
            ArgumentError: where there is none.

        Reference:
            Keras: keras.Model.get_layer
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ArgumentError(f"get_layer: got name={name!r}, index={index!r}; wanted one.")
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ArgumentError(f"get_layer: got index {index}; there are {len(layers)}.")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in layers)
        raise ArgumentError(f"get_layer: got name {name!r}; {self.name} has {known}.")

    # The graph

    def _known_graph(self, what: str) -> Graph:
        if self._graph is None:
            raise AttributeError(f"{type(self).__name__} {self.name!r} has no graph: no {what}.")
        return self._graph

    @property
    def inputs(self) -> list[KerasTensor]:
        """The input tensors as a flat list."""
        return list(self._known_graph("inputs").input_tensors)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The output tensors as a flat list."""
        return list(self._known_graph("outputs").output_tensors)

    @property
    def input(self) -> Any:
        """The input tensors in their structure."""
        return self._known_graph("input").inputs

    @property
    def output(self) -> Any:
        """The output tensors in their structure."""
        return self._known_graph("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shapes of the inputs in their structure."""
        return jax.tree.map(lambda t: t.shape, self.input, is_leaf=_is_tensor)

    @property
    def output_shape(self) -> Any:
        """The shapes of the outputs in their structure."""
        return jax.tree.map(lambda t: t.shape, self.output, is_leaf=_is_tensor)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs, flat."""
        return [tensor.name for tensor in self.inputs]

    @property
    def output_names(self) -> list[str] | None:
        """The name of the operation behind each output, flat; None without a graph."""
        if self._graph is None:
            return None
        histories = [tensor._keras_history for tensor in self._graph.output_tensors]
        return [history[0].name for history in histories if history is not None]

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Compute the outputs; a subclass without a graph overrides it."""
        if self._graph is None:
            raise NotImplementedError(
                f"{type(self).__name__} has neither a graph nor a call(): override call(), or "
                "make the model from inputs and outputs."
            )
        flat = match_inputs(self._graph.inputs, inputs, self.input_names, self._place)
        tensors = self._graph.input_tensors
        values = [self._fitted(v, t) for v, t in zip(flat, tensors, strict=True)]
        if mask is not None:
            for value, item in zip(values, jax.tree.leaves(mask), strict=False):
                set_mask(value, item)
        with call_context(current_training() if training is None else training):
            return self._graph.run(values)

    def _fitted(self, value: Any, tensor: KerasTensor) -> Any:
        """A value with the rank and type of an input tensor, refused where its sizes differ."""
        if value is None:
            return None
        value = jax.numpy.asarray(value)
        wanted, shape = tensor.shape, value.shape
        if len(shape) == len(wanted) + 1 and shape[-1] == 1:
            value = value[..., 0]
        elif len(shape) == len(wanted) - 1 and wanted[-1] == 1:
            value = value[..., None]
        pairs = list(zip(value.shape, wanted, strict=False))[1:]  # any batch will do, as in Keras
        if len(value.shape) != len(wanted) or any(
            isinstance(got, int) and want is not None and got != want for got, want in pairs
        ):
            raise ShapeError(
                f"{self._place}: input {tensor.name!r} has shape {tuple(shape)}; wanted {wanted}."
            )
        if tensor.dtype == "string" or dtypes.is_float(value.dtype) == dtypes.is_float(
            tensor.dtype
        ):
            return value
        return value.astype(jax.dtypes.canonicalize_dtype(tensor.dtype))

    # Looking, saving, copying

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: tuple[str, str] | None = None,
    ) -> None:
        """Print a table of the layers, their output shapes and numbers of parameters.

        Args:
            line_length: characters a line.
            positions: where the columns end, as fractions of the line.
            print_fn: a function of the text, instead of `print`.
            expand_nested: whether to list the layers of nested models.
            show_trainable: whether to add a column that says what is trainable.
            layer_range: names of the first and the last layer to list.

        Reference:
            Keras: keras.Model.summary
        """
        text = summary.table(
            self, line_length, positions, expand_nested, show_trainable, layer_range
        )
        (print_fn or print)(text)

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Save architecture, weights and training state to a `.keras` file.

        Args:
            filepath: a path ending in `.keras`.
            overwrite: whether to replace an existing file.
            zipped: kept for Keras' signature; the file is always one zip archive.
            **kwargs: `include_optimizer=False` leaves the optimizer's state out.

        Reference:
            Keras: keras.Model.save
        """
        archive.save_model(self, filepath, overwrite=overwrite, **kwargs)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:
        """Save the weights to a `.weights.h5` file.

        Args:
            filepath: a path ending in `.weights.h5`.
            overwrite: whether to replace an existing file.
            max_shard_size: unsupported; must be None.

        Reference:
            Keras: keras.Model.save_weights
        """
        weights_file.save_weights(
            self, filepath, overwrite=overwrite, max_shard_size=max_shard_size
        )

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Load weights from a `.weights.h5` or `.keras` file.

        Args:
            filepath: the file.
            skip_mismatch: whether to pass over layers whose shapes differ, with a warning.
            **kwargs: none; kept for Keras' signature.

        Reference:
            Keras: keras.Model.load_weights
        """
        weights_file.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """Return the architecture as JSON text, for `model_from_json`.

        Args:
            **kwargs: passed to `json.dumps`.

        Reference:
            Keras: keras.Model.to_json
        """
        return json.dumps(serialize_keras_object(self), **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Model":
        """Make a model from what `get_config` returned."""
        if graph_config.is_graph_config(config) and cls in (Model, Functional):
            return graph_config.functional_from_config(Functional, config, custom_objects)
        if graph_config.is_graph_config(config) and cls.__init__ is Model.__init__:
            return graph_config.functional_from_config(cls, config, custom_objects)
        return super().from_config(config)

    def __reduce__(self) -> tuple:
        return archive.unpickle_model, archive.pickled_model(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Model":
        copy = archive.unpickle_model(*archive.pickled_model(self))
        memo[id(self)] = copy
        return copy

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build with the shapes that `get_build_config` returned; a graph is built already."""
        if self._graph is None:
            super().build_from_config(config)


class Functional(Model):
    """A model made of a graph; `Model(inputs, outputs)` returns one.

    Args:
        inputs: KerasTensors, alone or in lists and dicts.
        outputs: KerasTensors that follow from them, likewise.
        name: the model's name.
        trainable: whether optimizers may change its variables.

    Example:
        >>> from kerax import layers
        >>> x = layers.Input((3,))
        >>> type(Model(x, layers.Dense(2)(x))).__name__
        'Functional'

    Reference:
        Keras: keras.models.Functional
    """

    def get_config(self) -> dict[str, Any]:
        """Return name, layers, their calls and the graph's ends, in Keras' form."""
        graph = self._known_graph("config")
        return graph_config.functional_config(graph, self.name, self.trainable)


def _is_tensor(x: Any) -> bool:
    return isinstance(x, KerasTensor)


def _is_functional(args: tuple, kwargs: dict[str, Any]) -> bool:
    return (
        len(args) >= 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


def _graph_ends(args: tuple, kwargs: dict[str, Any]) -> tuple[Any, Any]:
    ends = [*args]
    if len(ends) > 2:
        kwargs.setdefault("name", ends[2])
    if not ends:
        ends.append(kwargs["inputs"])
    if len(ends) == 1:
        ends.append(kwargs["outputs"])
    return ends[0], ends[1]


def clear_session(free_memory: bool = True) -> None:
    """Begin automatic layer names anew.

    Args:
        free_memory: kept for Keras' signature; nothing global keeps arrays alive.

    Example:
        >>> clear_session()
        >>> naming.auto_name("Dense")
        'dense'

    Reference:
        Keras: keras.utils.clear_session
    """
    naming.clear_names()
