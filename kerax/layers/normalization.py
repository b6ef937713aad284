"""Layers that shift and scale activations to a mean and variance, or to a length."""

from collections.abc import Sequence
from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.input_spec import InputSpec
from kerax.layer import Layer
from kerax.layers.arguments import positive, resolve, serialized

__all__ = [
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
    "RMSNormalization",
    "UnitNormalization",
]

_SCALE_AND_SHIFT = (
    *("beta_initializer", "gamma_initializer", "beta_regularizer", "gamma_regularizer"),
    *("beta_constraint", "gamma_constraint"),
)


class _Normalization(Layer):
    """A normalization followed by a learnt scale `gamma` and shift `beta`."""

    def __init__(self, axis: Any, epsilon: float, center: bool, scale: bool, **kwargs: Any):
        identifiers = {name: kwargs.pop(name) for name in _SCALE_AND_SHIFT}
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.supports_masking = True
        resolve(self, **identifiers)

    def _add(self, kind: str, shape: Sequence[int | None]) -> Any:
        return self.add_weight(
            name=kind,
            shape=shape,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
            autocast=False,
        )

    def _add_scale_and_shift(self, shape: Sequence[int | None]) -> None:
        self.gamma = self._add("gamma", shape) if self.scale else None
        self.beta = self._add("beta", shape) if self.center else None

    def get_config(self) -> dict[str, Any]:
        names = ("axis", "epsilon", "center", "scale", *_SCALE_AND_SHIFT)
        return {**super().get_config(), **serialized(self, *names)}


class BatchNormalization(_Normalization):
    """Normalize each channel: by the batch in training, by running statistics otherwise.

    `gamma * (x - mean) / sqrt(variance + epsilon) + beta`. Where `trainable` is False, the
    running statistics serve in training too.

    Args:
        axis: the axis of channels.
        momentum: share of the old value that running statistics keep at each step.
        epsilon: added to the variance.
        center: whether to learn a shift.
        scale: whether to learn a scale.
        beta_initializer: first shifts; likewise `gamma_`, `moving_mean_`, `moving_variance_`.
        beta_regularizer: penalty on the shifts; likewise `gamma_regularizer`.
        beta_constraint: projection of the shifts; likewise `gamma_constraint`.
        synchronized: kept for configs: a batch is one array over all devices here.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> BatchNormalization()(ops.ones((4, 3))).shape
        (4, 3)

    Reference:
        Ioffe and Szegedy, 2015. Keras: keras.layers.BatchNormalization, without `renorm`.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: bool = False,
        **kwargs: Any,
    ):
        if kwargs.pop("renorm", False):
            raise ArgumentError("BatchNormalization: got renorm=True; wanted False.")
        for name in ("renorm_clipping", "renorm_momentum"):  # in Keras' files, without effect
            kwargs.pop(name, None)
        super().__init__(
            axis,
            epsilon,
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.synchronized = synchronized
        resolve(
            self,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create scale, shift and running statistics, each `[channels]`."""
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise ShapeError(
                f"{self.name}: got input shape {tuple(input_shape)}; wanted an axis {self.axis}."
            )
        shape = (input_shape[self.axis],)
        self._add_scale_and_shift(shape)
        self.moving_mean = self._statistic("moving_mean", shape)
        self.moving_variance = self._statistic("moving_variance", shape)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: shape[0]})

    def _statistic(self, name: str, shape: Sequence[int | None]) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{name}_initializer"),
            trainable=False,
            autocast=False,
        )

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return a tensor of the inputs' shape; masked steps do not enter the statistics."""
        half = str(inputs.dtype) in ("float16", "bfloat16")
        x = ops.cast(inputs, "float32") if half else inputs
        if training and self.trainable:
            mean, variance = self._batch_statistics(x, mask)
            self._update(mean, variance)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        out = ops.batch_normalization(
            x, mean, variance, self.axis, self.beta, self.gamma, self.epsilon
        )
        return ops.cast(out, inputs.dtype)

    def _batch_statistics(self, x: Any, mask: Any) -> tuple[Any, Any]:
        rank = len(x.shape)
        axes = [axis for axis in range(rank) if axis != self.axis % rank]
        if mask is None:
            return ops.moments(x, axes=axes)
        weight = ops.reshape(mask, (*mask.shape, *(1,) * (rank - len(mask.shape))))
        weight = ops.broadcast_to(ops.cast(weight, x.dtype), x.shape)
        total = ops.add(ops.sum(weight, axis=axes, keepdims=True), 1e-7)
        mean = ops.divide(ops.sum(ops.multiply(x, weight), axis=axes, keepdims=True), total)
        squares = ops.multiply(weight, ops.square(ops.subtract(x, mean)))
        variance = ops.divide(ops.sum(squares, axis=axes, keepdims=True), total)
        return ops.squeeze(mean, axes), ops.squeeze(variance, axes)

    def _update(self, mean: Any, variance: Any) -> None:
        keep, learn = self.momentum, 1.0 - self.momentum
        pairs = ((self.moving_mean, mean), (self.moving_variance, variance))
        for running, new in pairs:
            new = ops.cast(ops.stop_gradient(new), running.dtype)
            running.assign(ops.add(ops.multiply(running, keep), ops.multiply(new, learn)))

    def get_config(self) -> dict[str, Any]:
        names = ("moving_mean_initializer", "moving_variance_initializer")
        more = serialized(self, "momentum", *names, "synchronized")
        return {**super().get_config(), **more}


class LayerNormalization(_Normalization):
    """Normalize each entry of the batch over its features.

    `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, statistics over `axis`.

    Args:
        axis: the axis or axes to normalize over.
        epsilon: added to the variance.
        center: whether to learn a shift.
        scale: whether to learn a scale.
        beta_initializer: first shifts; likewise `gamma_initializer`.
        beta_regularizer: penalty on the shifts; likewise `gamma_regularizer`.
        beta_constraint: projection of the shifts; likewise `gamma_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> LayerNormalization()(ops.ones((4, 3))).shape
        (4, 3)

    Reference:
        Ba et al., 2016. Keras: keras.layers.LayerNormalization
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        if kwargs.pop("rms_scaling", False):
            raise ArgumentError(
                "LayerNormalization: got rms_scaling=True; use RMSNormalization instead."
            )
        super().__init__(
            axis if isinstance(axis, int) else list(axis),
            epsilon,
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create scale and shift, of the sizes of `axis`."""
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        self._add_scale_and_shift([input_shape[axis] for axis in axes])

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        out = ops.layer_normalization(inputs, self.gamma, self.beta, self.axis, self.epsilon)
        return ops.cast(out, self.compute_dtype)


class GroupNormalization(_Normalization):
    """Normalize groups of channels of each entry of the batch.

    Args:
        groups: number of groups; -1 makes each channel one.
        axis: the axis of channels.
        epsilon: added to the variance.
        center: whether to learn a shift.
        scale: whether to learn a scale.
        beta_initializer: first shifts; likewise `gamma_initializer`.
        beta_regularizer: penalty on the shifts; likewise `gamma_regularizer`.
        beta_constraint: projection of the shifts; likewise `gamma_constraint`.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Raises:
        ShapeError: where the groups do not divide the channels.

    Example:
        >>> GroupNormalization(groups=2)(ops.ones((1, 5, 5, 4))).shape
        (1, 5, 5, 4)

    Reference:
        Wu and He, 2018. Keras: keras.layers.GroupNormalization
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            axis,
            epsilon,
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        self.groups = groups if groups == -1 else positive(groups, self.name, "groups")

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create scale and shift, each `[channels]`."""
        channels = input_shape[self.axis]
        groups = channels if self.groups == -1 else self.groups
        if channels is None or groups is None or channels % groups:
            raise ShapeError(
                f"{self.name}: got input shape {tuple(input_shape)}; wanted a multiple of "
                f"{groups} channels on axis {self.axis}."
            )
        self._count = groups
        self._add_scale_and_shift((channels,))
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        x = ops.moveaxis(ops.cast(inputs, "float32"), self.axis, -1)
        shape = x.shape
        x = ops.reshape(x, (*shape[:-1], self._count, shape[-1] // self._count))
        axes = [*range(1, len(shape) - 1), len(shape)]
        mean, variance = ops.moments(x, axes=axes, keepdims=True)
        x = ops.multiply(ops.subtract(x, mean), ops.rsqrt(ops.add(variance, self.epsilon)))
        x = ops.reshape(x, shape)
        if self.gamma is not None:
            x = ops.multiply(x, self.gamma)
        if self.beta is not None:
            x = ops.add(x, self.beta)
        return ops.cast(ops.moveaxis(x, -1, self.axis), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups}


class RMSNormalization(Layer):
    """Divide by the root of the mean square over the features, times a learnt scale.

    Args:
        axis: the axis or axes to normalize over.
        epsilon: added to the mean square.
        **kwargs: what `Layer` takes: `name`, `dtype`, `trainable`.

    Example:
        >>> RMSNormalization()(ops.ones((4, 3))).shape
        (4, 3)

    Reference:
        Zhang and Sennrich, 2019. Keras: keras.layers.RMSNormalization
    """

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.epsilon = epsilon

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create the scale, of the sizes of `axis`."""
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        shape = [input_shape[axis] for axis in axes]
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones", autocast=False)

    def call(self, x: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        return ops.rms_normalization(x, self.scale, self.axis, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class UnitNormalization(Layer):
    """Scale vectors to length 1.

    Args:
        axis: the axis or axes that a vector spans.
        **kwargs: what `Layer` takes: `name`, `dtype`.

    Example:
        >>> UnitNormalization()(ops.convert_to_tensor([[0.0, 3.0]])).tolist()
        [[0.0, 1.0]]

    Reference:
        Keras: keras.layers.UnitNormalization
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return a tensor of the inputs' shape."""
        squares = ops.sum(ops.square(inputs), axis=self.axis, keepdims=True)
        return ops.multiply(inputs, ops.rsqrt(ops.maximum(squares, 1e-12)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
