"""A model that is a plain stack of layers."""

from collections.abc import Iterable, Sequence
from typing import Any, Self, TypeGuard

from kerax import naming
from kerax.calling import call_signature
from kerax.errors import ArgumentError, BuildError
from kerax.graph import Graph
from kerax.layer import Layer
from kerax.layers.input_layer import InputLayer
from kerax.models.model import Model
from kerax.serialization import deserialize_keras_object, serialize_keras_object
from kerax.symbolic import KerasTensor

__all__ = ["Sequential"]


class Sequential(Model):
    """A model that calls its layers one after the other.

    With an `Input` first it is built at once; else when it first sees data.

    Args:
        layers: layers in order.
        trainable: whether optimizers may change the variables.
        name: the model's name.

    Example:
        >>> from kerax import layers
        >>> model = Sequential([layers.Input((3,)), layers.Dense(2)])
        >>> model.output_shape
        (None, 2)

    Reference:
        Keras: keras.Sequential
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(
        self,
        layers: Iterable[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ):
        super().__init__(trainable=trainable, name=name)
        self._stack: list[Layer] = []
        for layer in layers or ():
            self._append(layer)
        self._build_from_input()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Append a layer.

        Args:
            layer: a layer, or the KerasTensor that `Input` returned.
            rebuild: whether to extend the graph now, where the input's shape is known.

        Raises:
            ArgumentError: for anything else, or a name that is taken.
        """
        self._append(layer)
        if not rebuild:
            self._graph, self.built = None, False
        elif self._graph is not None:
            outputs = self._call_under_name(self._stack[-1], self._graph.outputs)
            self._set_graph(Graph(self._graph.inputs, outputs))
        else:
            self._build_from_input()

    def _append(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor) and layer._keras_history is not None:
            layer = layer._keras_history[0]
        if not isinstance(layer, Layer):
            raise ArgumentError(
                f"Sequential {self.name}: got {layer!r}; wanted a layer (an instance, not a class)."
            )
        if not self._stack and (first := _input_for(layer)) is not None:
            self._stack.append(first)
        if any(layer.name == other.name for other in self._stack):
            raise ArgumentError(
                f"Sequential {self.name}: a layer named {layer.name!r} is in it already; names "
                "must differ."
            )
        if isinstance(layer, InputLayer) and self._stack:
            raise ArgumentError(f"Sequential {self.name}: an Input can only come first.")
        self._stack.append(layer)

    def pop(self, rebuild: bool = True) -> Layer:
        """Remove the last layer and return it.

        Args:
            rebuild: whether to shorten the graph now.
        """
        if not self._stack:
            raise ArgumentError(f"Sequential {self.name} has no layer to pop.")
        layer = self._stack.pop()
        self._graph, self.built = None, False
        if rebuild:
            self._build_from_input()
        return layer

    def _build_from_input(self) -> None:
        if len(self._stack) > 1 and isinstance(self._stack[0], InputLayer):
            self.build(self._stack[0].batch_shape)

    def build(self, input_shape: Any = None) -> None:
        """Build the layers for inputs `[batch, …]` of a shape.

        Args:
            input_shape: a tuple with the batch axis, None for unknown sizes.

        Raises:
            BuildError: without layers.
        """
        if not self._stack:
            raise BuildError(f"Sequential {self.name} cannot be built without a layer; add() one.")
        if input_shape is None and isinstance(self._stack[0], InputLayer):
            input_shape = self._stack[0].batch_shape
        if not _is_one_shape(input_shape):
            return  # several inputs: the first call builds each layer
        if not isinstance(self._stack[0], InputLayer):
            dtype = self._stack[0].compute_dtype
            self._stack.insert(0, InputLayer(batch_shape=tuple(input_shape), dtype=dtype))
        tensor = self._stack[0].output
        outputs = tensor
        for layer in self._stack[1:]:
            outputs = layer(outputs)
        self._set_graph(Graph(tensor, outputs))

    def _call_under_name(self, layer: Layer, inputs: Any) -> Any:
        with naming.name_scope(self.name, caller=self):
            return layer(inputs)

    @property
    def _layers(self) -> list[Layer]:
        return list(self._stack) if hasattr(self, "_stack") else []

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, the input left out."""
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Compute the outputs of the last layer."""
        if self._graph is not None:
            return super().call(inputs, training=training, mask=mask)
        outputs = inputs
        for layer in self.layers:
            kwargs: dict[str, Any] = {}
            found = call_signature(type(layer).call)
            if found.has_training and training is not None:
                kwargs["training"] = training
            outputs = layer(outputs, **kwargs)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the outputs for a shape of the inputs."""
        if self._graph is not None:
            return super().compute_output_shape(input_shape)
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return name and layers, and the shape of the input where it is known."""
        config = Layer.get_config(self)
        config = {key: config[key] for key in ("name", "trainable", "dtype")}
        config["layers"] = [serialize_keras_object(layer) for layer in self._stack]
        if self.built and self._build_shapes:
            config["build_input_shape"] = next(iter(self._build_shapes.values()))
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Sequential":
        """Make a model from what `get_config` returned."""
        model = cls(name=config.get("name"), trainable=config.get("trainable", True))
        for data in config["layers"]:
            layer = deserialize_keras_object(data, custom_objects=custom_objects)
            model.add(layer, rebuild=False)
        shape = config.get("build_input_shape")
        if shape is not None and not isinstance(shape, dict) and model._stack:
            model.build(tuple(shape) if _is_one_shape(shape) else shape)
        elif model._stack:
            model._build_from_input()
        return model


def _input_for(layer: Layer) -> InputLayer | None:
    """The input that a first layer implies: by its `input_shape`, or as a model that has one."""
    shape = getattr(layer, "_input_shape_argument", None)
    if shape is not None:
        return InputLayer(batch_shape=shape)
    tensor = getattr(getattr(layer, "_graph", None), "inputs", None)
    if isinstance(tensor, KerasTensor):
        return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype)
    return None


def _is_one_shape(shape: Any) -> TypeGuard[Sequence[int | None]]:
    return isinstance(shape, (tuple, list)) and all(s is None or isinstance(s, int) for s in shape)
