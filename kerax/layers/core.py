"""Dense, Embedding, and the layers that wrap a function or a mask."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from kerax import ops, serialization, values
from kerax.errors import ArgumentError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.layers.arguments import positive, resolve, serialized

__all__ = ["Dense", "Embedding", "Identity", "Lambda", "Masking"]


class Dense(Layer):
    """A fully connected layer: `activation(x @ kernel + bias)`.

    Args:
        units: number of outputs.
        activation: function of the outputs; None means none.
        use_bias: whether to add a bias.
        kernel_initializer: first values of the kernel `[inputs, units]`.
        bias_initializer: first values of the bias `[units]`.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the outputs.
        kernel_constraint: projection of the kernel after each update.
        bias_constraint: projection of the bias after each update.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Raises:
        ArgumentError: where `units` is no positive number.

    Example:
        >>> Dense(2)(ops.ones((4, 3))).shape  # [batch, ..., inputs] -> [batch, ..., units]
        (4, 2)

    Reference:
        Keras: keras.layers.Dense
    """

    activation: Any
    kernel_initializer: Any
    kernel_regularizer: Any
    kernel_constraint: Any
    bias_initializer: Any
    bias_regularizer: Any
    bias_constraint: Any

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = positive(units, self.name, "units")
        self.use_bias = use_bias
        resolve(
            self,
            activation=activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create kernel and bias for inputs `[batch, ..., inputs]`."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return `[batch, ..., units]`."""
        x = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            x = ops.add(x, self.bias)
        return self.activation(x)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            **serialized(
                self,
                *("units", "activation", "use_bias", "kernel_initializer", "bias_initializer"),
                *("kernel_regularizer", "bias_regularizer"),
                *("kernel_constraint", "bias_constraint"),
            ),
        }


class Embedding(Layer):
    """A table of vectors, looked up by whole numbers.

    Args:
        input_dim: number of vectors.
        output_dim: their length.
        embeddings_initializer: first values of the table `[input_dim, output_dim]`.
        embeddings_regularizer: penalty on the table.
        embeddings_constraint: projection of the table after each update.
        mask_zero: whether 0 marks padding, so that later layers pass over it.
        weights: the table's values, alone or in a list.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> Embedding(10, 4)(ops.ones((2, 3), "int32")).shape  # [batch, time] -> [..., output_dim]
        (2, 3, 4)

    Reference:
        Keras: keras.layers.Embedding
    """

    embeddings_initializer: Any
    embeddings_regularizer: Any
    embeddings_constraint: Any

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        **kwargs: Any,
    ):
        kwargs.pop("input_length", None)  # what Keras 2 wanted, and files of that time hold
        super().__init__(**kwargs)
        self.input_dim = positive(input_dim, self.name, "input_dim")
        self.output_dim = positive(output_dim, self.name, "output_dim")
        resolve(
            self,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
        )
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False  # numbers given as floats must not lose digits
        if weights is not None:
            self.build(None)
            self.set_weights(weights if isinstance(weights, list) else [weights])

    def build(self, input_shape: Any = None) -> None:
        """Create the table."""
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )

    def call(self, inputs: Any) -> Any:
        """Return `[*shape(inputs), output_dim]`."""
        return ops.take(ops.cast(self.embeddings, self.compute_dtype), _whole(inputs), axis=0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        names = ("embeddings_initializer", "embeddings_regularizer", "embeddings_constraint")
        return {
            **super().get_config(),
            **serialized(self, "input_dim", "output_dim", *names, "mask_zero"),
            **serialized(self, "activity_regularizer"),
        }


def _whole(indices: Any) -> Any:
    return indices if "int" in str(indices.dtype) else ops.cast(indices, "int32")


class Identity(Layer):
    """A layer that returns its input.

    Example:
        >>> Identity()(ops.ones((2, 3))).shape
        (2, 3)

    Reference:
        Keras: keras.layers.Identity
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs


class Masking(Layer):
    """Mark steps whose features all equal one value, so that later layers pass over them.

    Args:
        mask_value: the value.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Masking()(ops.ones((2, 5, 3))).shape  # [batch, time, features]
        (2, 5, 3)

    Reference:
        Keras: keras.layers.Masking
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Return the inputs, masked steps set to 0."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return ops.multiply(inputs, ops.cast(kept, inputs.dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mask_value": self.mask_value}


class Lambda(Layer):
    """A function as a layer; a layer of one's own is better where the model is to be saved.

    Args:
        function: `(inputs, **arguments) -> outputs`; may also take `mask` and `training`.
        output_shape: kept for configs; shapes are inferred.
        mask: the outputs' mask, or a function `(inputs, mask) -> mask`.
        arguments: more arguments of the function.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Lambda(lambda x: 2 * x)(ops.ones((1, 1))).tolist()
        [[2.0]]

    Reference:
        Keras: keras.layers.Lambda
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not callable(function):
            raise ArgumentError(f"{self.name}: got function {function!r}; wanted a callable.")
        self.function = function
        self.arguments = arguments or {}
        self.mask = mask
        self._output_shape = output_shape
        self.supports_masking = mask is not None
        names = inspect.signature(function).parameters
        self._passes = {name for name in ("mask", "training") if name in names}

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """Return what the function returns."""
        given = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{n: given[n] for n in self._passes})

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        config = {
            **super().get_config(),
            "function": _function_config(self.function),
            "arguments": serialization.serialize_keras_object(self.arguments),
        }
        if self._output_shape is not None:
            config["output_shape"] = serialization.serialize_keras_object(self._output_shape)
        if self.mask is not None:
            config["mask"] = _function_config(self.mask)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Lambda":
        config = dict(config)
        for name in ("function", "output_shape", "mask", "arguments"):
            if isinstance(config.get(name), (dict, list)):
                config[name] = _from_function_config(config[name])
        return cls(**config)


def _function_config(function: Any) -> Any:
    if getattr(function, "__name__", None) == "<lambda>":
        return {"class_name": "__lambda__", "config": values.dump_lambda(function)}
    return serialization.serialize_keras_object(function)


def _from_function_config(config: Any) -> Any:
    if isinstance(config, dict) and config.get("class_name") == "__lambda__":
        return serialization.deserialize_lambda(config["config"])
    return serialization.deserialize_keras_object(config)
