"""Activations as layers."""

from collections.abc import Sequence
from typing import Any

from kerax import activations, ops
from kerax.errors import ArgumentError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.layers.arguments import resolve, serialized

__all__ = ["ELU", "Activation", "LeakyReLU", "PReLU", "ReLU", "Softmax"]


class Activation(Layer):
    """Apply an activation.

    Args:
        activation: a function of a tensor, or its name.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Activation("relu")(ops.convert_to_tensor([[-1.0, 1.0]])).tolist()
        [[0.0, 1.0]]

    Reference:
        Keras: keras.layers.Activation
    """

    activation: Any

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True
        resolve(self, activation=activation)

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **serialized(self, "activation")}


class ReLU(Layer):
    """`max(x, 0)`, or a version of it with a slope, a ceiling and a threshold.

    Args:
        max_value: the ceiling; None means none.
        negative_slope: slope below the threshold.
        threshold: where the linear part begins.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: for a negative argument.

    Example:
        >>> ReLU(max_value=1.0)(ops.convert_to_tensor([[-1.0, 2.0]])).tolist()
        [[0.0, 1.0]]

    Reference:
        Keras: keras.layers.ReLU
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        given = {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold}
        for name, value in given.items():
            if (value is None and name != "max_value") or (value is not None and value < 0):
                raise ArgumentError(f"{self.name}: got {name} {value!r}; wanted at least 0.")
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        names = ("max_value", "negative_slope", "threshold")
        return {**super().get_config(), **serialized(self, *names)}


class LeakyReLU(Layer):
    """`x` where positive, else `negative_slope * x`.

    Args:
        negative_slope: slope on the negative side.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Raises:
        ArgumentError: where the slope is None.

    Example:
        >>> LeakyReLU(0.5)(ops.convert_to_tensor([[-1.0, 2.0]])).tolist()
        [[-0.5, 2.0]]

    Reference:
        Maas et al., 2013. Keras: keras.layers.LeakyReLU
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any):
        negative_slope = kwargs.pop("alpha", negative_slope)  # the name in older files
        super().__init__(**kwargs)
        if negative_slope is None:
            raise ArgumentError(f"{self.name}: got negative_slope None; wanted a number.")
        self.negative_slope = negative_slope
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        return activations.leaky_relu(inputs, self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}


class PReLU(Layer):
    """`x` where positive, else `alpha * x` with a learnt `alpha`.

    Args:
        alpha_initializer: first values of the slopes.
        alpha_regularizer: penalty on the slopes.
        alpha_constraint: projection of the slopes after each update.
        shared_axes: axes along which all elements share a slope.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> PReLU("ones")(ops.convert_to_tensor([[-1.0, 2.0]])).tolist()
        [[-1.0, 2.0]]

    Reference:
        He et al., 2015. Keras: keras.layers.PReLU
    """

    alpha_initializer: Any
    alpha_regularizer: Any
    alpha_constraint: Any

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        resolve(
            self,
            alpha_initializer=alpha_initializer,
            alpha_regularizer=alpha_regularizer,
            alpha_constraint=alpha_constraint,
        )
        shared = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if shared is None else list(shared)
        self.supports_masking = True

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create the slopes, of the shape of one input."""
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            name="alpha",
            shape=shape,
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        own = range(1, len(input_shape))
        axes = {i: input_shape[i] for i in own if i not in (self.shared_axes or ())}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        below = ops.multiply(self.alpha, ops.relu(ops.negative(inputs)))
        return ops.subtract(ops.relu(inputs), below)

    def get_config(self) -> dict[str, Any]:
        names = ("alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes")
        return {**super().get_config(), **serialized(self, *names)}


class ELU(Layer):
    """`x` where positive, else `alpha * (exp(x) - 1)`.

    Args:
        alpha: minus the limit for small `x`.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> ELU()(ops.convert_to_tensor([[0.0, 2.0]])).tolist()
        [[0.0, 2.0]]

    Reference:
        Clevert et al., 2016. Keras: keras.layers.ELU
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        return activations.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


class Softmax(Layer):
    """`exp(x) / sum(exp(x))`, over unmasked elements where a mask is given.

    Args:
        axis: the axis or axes that sum to 1.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> Softmax()(ops.zeros((1, 2))).tolist()
        [[0.5, 0.5]]

    Reference:
        Keras: keras.layers.Softmax
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return a tensor of the inputs' shape; `mask` is of that shape too."""
        if mask is None:
            return activations.softmax(inputs, axis=self.axis)
        hidden = ops.subtract(1.0, ops.cast(mask, inputs.dtype))
        low = -3e4 if str(inputs.dtype) == "float16" else -1e9
        return activations.softmax(ops.add(inputs, ops.multiply(hidden, low)), axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
