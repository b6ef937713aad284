"""The base class of all layers."""

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, Self

import jax
import numpy as np

from kerax import calling, dtypes, naming, plugins, regularizers
from kerax.calling import call_context, call_signature, current_training, shapes_of
from kerax.errors import ArgumentError, BuildError, StateError
from kerax.input_spec import check_input
from kerax.layer_state import LayerState
from kerax.symbolic import (
    KerasTensor,
    Node,
    Operation,
    any_symbolic,
    get_mask,
    infer,
    map_tensors,
    set_mask,
)
from kerax.variable import (
    Scope,
    abstract_variables,
    autocast,
    by_path,
    current_scope,
    functionalize,
)

__all__ = ["Layer"]


class Layer(LayerState, Operation):
    """A callable with variables: `build` creates them, `call` computes with them.

    Args:
        activity_regularizer: a regularizer of the outputs.
        trainable: whether optimizers may change the variables.
        dtype: a `DTypePolicy`, its name or config, or a data type; None means the global policy.
        autocast: whether float inputs are cast to the compute type.
        name: the layer's name; automatic where None.
        **kwargs: `input_shape=` or `batch_input_shape=`, which `Sequential` reads.

    Example:
        >>> from kerax import ops
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        ...
        ...     def call(self, x):
        ...         return x * self.scale
        >>> Scale()(np.ones((2, 3), "float32")).shape
        (2, 3)

    Reference:
        Keras: keras.layers.Layer
    """

    _init_arguments: tuple[tuple, dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        layer = super().__new__(cls)
        layer._init_arguments = (args, kwargs)
        return layer

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        self._take_legacy_arguments(kwargs)
        Operation.__init__(self, name)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.dtype_policy = dtypes.get(dtype)
        self.autocast = autocast
        self.supports_masking = False
        self.input_spec: Any = None
        self.built = False
        self._trainable = bool(trainable)
        self._extra_variables: list[Any] = []
        self._call_losses: list[Any] = []
        self._build_shapes: dict[str, Any] | None = None
        self._path: str | None = None

    def _take_legacy_arguments(self, kwargs: dict[str, Any]) -> None:
        self._input_shape_argument = None
        if "input_shape" in kwargs:
            self._input_shape_argument = (None, *kwargs.pop("input_shape"))
        for name in ("batch_input_shape", "batch_shape"):
            if name in kwargs:
                self._input_shape_argument = tuple(kwargs.pop(name))
        if "input_dim" in kwargs:
            self._input_shape_argument = (None, kwargs.pop("input_dim"))
        if kwargs.get("quantization_config", 0) is None:
            kwargs.pop("quantization_config")
        if kwargs:
            raise ArgumentError(
                f"{type(self).__name__}: got unknown arguments {sorted(kwargs)}; wanted those of "
                f"{type(self).__name__}{inspect.signature(type(self).__init__)}."
            )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _prepared_build(cls.__dict__["build"])

    # Building

    def build(self, *input_shapes: Any, **named_shapes: Any) -> None:
        """Create the variables for inputs of some shapes; without variables of its own, nothing.

        Args:
            *input_shapes: the shape of each tensor argument of `call`, None for unknown sizes.
            **named_shapes: the same by name, `x_shape` for the argument `x`.
        """
        with naming.name_scope(self.name, caller=self):
            if any(not layer.built for layer in self._layers):
                self._build_sublayers(input_shapes, named_shapes)
            self._finish_build(input_shapes, named_shapes)

    def _build_sublayers(self, shapes: tuple, named_shapes: dict[str, Any]) -> None:
        """Build the layers held in attributes by following `call` with symbolic inputs."""
        named = {name.removesuffix("_shape"): shape for name, shape in named_shapes.items()}
        if "input" in named and "input" not in call_signature(type(self).call).names:
            shapes, named = (named.pop("input"),), named
        tensors = jax.tree.map(self._symbolic_input, (shapes, named), is_leaf=_is_shape)

        def run(*args: Any, **kwargs: Any) -> Any:
            with Scope(()):  # what the call assigns or adds ends here
                return self._run_on_arrays(*args, **kwargs)

        with call_context(None):
            infer(run, *tensors[0], **tensors[1])

    def _symbolic_input(self, shape: Any) -> KerasTensor | None:
        return KerasTensor(shape, dtype=self.compute_dtype) if _is_shape(shape) else None

    def _finish_build(self, args: tuple, kwargs: dict[str, Any], build: Any = None) -> None:
        self._path = naming.current_path()
        self.built = True
        if self._build_shapes is None:
            self._build_shapes = _named_shapes(build, args, kwargs)

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build with the shapes that `get_build_config` returned."""
        if not config:
            return
        shapes = config.get("shapes_dict") or {"input_shape": config.get("input_shape")}
        if all(shape is None for shape in shapes.values()):
            return
        shapes = {name: _tuples(shape) for name, shape in shapes.items()}
        self.build(**shapes) if "shapes_dict" in config else self.build(*shapes.values())

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shapes that the layer was built with, or None."""
        shapes = self._build_shapes
        if not shapes:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": shapes}

    def _maybe_build(self, args: tuple, kwargs: dict[str, Any]) -> None:
        if type(self).build is Layer.build:  # the call itself builds the sublayers
            shapes = self._call_shapes(args, kwargs)
            named = shapes if len(shapes) > 1 else {}
            self._finish_build(() if named else tuple(shapes.values()), named)
            return
        shapes = self._call_shapes(args, kwargs)
        parameters = calling.parameter_names(type(self).build)
        by_name = {name: shape for name, shape in shapes.items() if name in parameters}
        if len(by_name) > 1 or (len(shapes) > 1 and by_name):
            self.build(**by_name)
        elif shapes:
            self.build(next(iter(shapes.values())))
        else:
            self.build(None)

    def _check_arguments(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Refuse a first call without tensors where `build` needs their shapes."""
        if type(self).build is Layer.build or self._call_shapes(args, kwargs):
            return
        call_signature(type(self).call).signature.bind(*args, **kwargs)
        if args and args[0] is not None:
            raise ArgumentError(
                f"{self._place}: got {args[0]!r:.80} of type {type(args[0]).__name__}; wanted an "
                "array or a KerasTensor. Turn lists into arrays with numpy.asarray."
            )

    def _check_inputs(self, args: tuple, kwargs: dict[str, Any]) -> None:
        if self.input_spec is not None:
            first = args[0] if args else next(iter(kwargs.values()), None)
            check_input(self.input_spec, first, self._place)

    def _call_shapes(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        found = call_signature(type(self).call)
        arguments = _arguments(found, args, kwargs)
        shapes = {f"{name}_shape": shapes_of(value) for name, value in arguments.items()}
        return {name: shape for name, shape in shapes.items() if shape is not None}

    # Calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "_call_losses" not in self.__dict__:
            raise StateError(
                f"{type(self).__name__}: its __init__ did not call super().__init__(); call it "
                "first, before setting attributes."
            )
        found = call_signature(type(self).call)
        training = self._pop_training(found, args, kwargs)
        symbolic = any_symbolic(args) or any_symbolic(kwargs.values())
        with call_context(training) as outermost, naming.name_scope(self.name, caller=self):
            if not symbolic:
                args, kwargs = self._arrays(args, kwargs)
                if outermost and current_scope() is None:
                    self._clear_losses()
            try:
                if not self.built:
                    self._check_arguments(args, kwargs)
                    self._check_inputs(args, kwargs)
                    self._maybe_build(args, kwargs)
                self._check_inputs(args, kwargs)
                if symbolic:
                    return self.symbolic_call(*args, **kwargs)
                return self._run(*args, **kwargs)
            except Exception as error:
                _note_place(error, self)
                raise

    def _pop_training(
        self, found: calling.CallSignature, args: tuple, kwargs: dict[str, Any]
    ) -> bool | None:
        """The `training` of this call: given, else the enclosing call's, else the default."""
        if "training" in found.names and found.names.index("training") < len(args):
            given = args[found.names.index("training")]
        elif found.has_training or found.takes_any_keyword:
            given = kwargs.get("training")
        else:
            given = kwargs.pop("training", None)
        if given is None:
            given = current_training()
        if given is None and found.training_default not in (None, inspect.Parameter.empty):
            given = found.training_default
        return given

    def _arrays(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Arguments with numpy arrays turned into JAX arrays and floats cast to compute in."""
        dtype = self.compute_dtype

        def convert(x: Any) -> Any:
            if isinstance(x, np.ndarray):
                if x.dtype.kind in "OUS":
                    return x
                x = _to_jax(x, dtype if self.autocast and x.dtype.kind == "f" else None)
            elif not isinstance(x, jax.Array):
                return x
            if self.autocast and x.dtype != dtype and jax.numpy.issubdtype(x.dtype, np.floating):
                mask, x = get_mask(x), x.astype(dtype)
                set_mask(x, mask)
            return x

        leaf = lambda x: x is None  # noqa: E731 - a None argument stays where it is
        return jax.tree.map(convert, (args, kwargs), is_leaf=leaf)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        """Call on arrays, with `training` and masks filled in and masks of the outputs set."""
        found = call_signature(type(self).call)
        if found.has_training and "training" not in found.names[: len(args)]:
            kwargs["training"] = current_training()
        if found.has_mask:
            kwargs.update(calling.input_masks(found, _arguments(found, args, kwargs)))
        cast = self.compute_dtype if self.autocast else None
        with autocast(cast):
            outputs = self.call(*args, **kwargs)
        if self.activity_regularizer is not None:
            for output in jax.tree.leaves(outputs):
                self.add_loss(self.activity_regularizer(output) / output.shape[0])
        self._set_output_mask(args, kwargs, outputs)
        return outputs

    def _set_output_mask(self, args: tuple, kwargs: dict[str, Any], outputs: Any) -> None:
        inputs = args[0] if args else next(iter(kwargs.values()), None)
        previous = calling.masks_of(inputs)
        own = type(self).compute_mask is not Layer.compute_mask
        if not self.supports_masking:
            reads_it = call_signature(type(self).call).has_mask
            if previous is not None and not own and not reads_it:
                _warn_of_lost_mask(self)
            return
        if previous is None and not own:
            return
        masks = self.compute_mask(inputs, previous)
        if masks is None:
            return
        values = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        masks = masks if isinstance(masks, (list, tuple)) else [masks]
        for value, mask in zip(values, masks, strict=False):
            if mask is not None:
                set_mask(value, mask)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Record a node and return the outputs' KerasTensors."""
        outputs = self.compute_output_spec(*args, **kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define call().")

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """Return the mask of the outputs: the inputs' own, unless a layer says otherwise."""
        return previous_mask

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return the outputs' KerasTensors for KerasTensors in the arguments."""
        pure = functionalize(self._run_on_arrays, self.variables)
        values = {path: _struct(v) for path, v in by_path(self.variables).items()}
        return infer(lambda *a, **k: pure(*a, **k)[0], values, *args, **kwargs)

    def _run_on_arrays(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = self._arrays(args, kwargs)
        return self._run(*args, **kwargs)

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """Return the shapes of the outputs for shapes of the inputs, without computing.

        Args:
            *args: the shape of each tensor argument of `call`, None for unknown sizes.
            **kwargs: the same by name, `x_shape` for the argument `x`.

        Returns:
            A tuple, or the structure of tuples that the outputs have.
        """
        names = {name.removesuffix("_shape"): shape for name, shape in kwargs.items()}
        shapes = (args, names)
        tensors = jax.tree.map(self._symbolic_input, shapes, is_leaf=_is_shape)
        layer = self
        if not self.built:
            with abstract_variables():
                layer = type(self).from_config(self.get_config())
                layer._maybe_build(*tensors)
        outputs = layer.compute_output_spec(*tensors[0], **tensors[1])
        return map_tensors(lambda tensor: tensor.shape, outputs)

    # Properties

    @property
    def path(self) -> str | None:
        """The names of the enclosing layers and its own, joined by "/"; None before it is built."""
        return self._path

    @property
    def _place(self) -> str:
        return f"layer {self._path or self.name} ({type(self).__name__})"

    @property
    def dtype(self) -> str:
        """The type of the layer's variables."""
        return self.dtype_policy.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """The type of the layer's variables."""
        return self.dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The type that `call` computes in."""
        return self.dtype_policy.compute_dtype

    @property
    def input_dtype(self) -> str:
        """The type that float inputs are cast to."""
        return self.dtype_policy.compute_dtype

    @property
    def quantization_mode(self) -> str | None:
        """Always None: the layer isn't quantized."""
        return None

    # Config

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments in a form that JSON can hold.

        A subclass that takes more arguments than `Layer` and does not override this method gets
        them filled in, as long as they are numbers, strings, booleans, None, or lists or dicts of
        these.

        Raises:
            NotImplementedError: where an argument is something else.
        """
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": {
                "module": "keras",
                "class_name": "DTypePolicy",
                "config": self.dtype_policy.get_config(),
                "registered_name": None,
            },
        }
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        if type(self).get_config is Layer.get_config:
            config.update(self._automatic_config(config))
        return config

    def _automatic_config(self, known: dict[str, Any]) -> dict[str, Any]:
        args, kwargs = self._init_arguments
        signature = inspect.signature(type(self).__init__)
        try:
            arguments = dict(signature.bind(self, *args, **kwargs).arguments)
        except TypeError:
            return {}
        arguments.pop(next(iter(signature.parameters)), None)
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                arguments.update(arguments.pop(parameter.name, {}))
        extra = {name: value for name, value in arguments.items() if name not in known}
        extra.pop("dtype", None)
        bad = [name for name, value in extra.items() if not _is_plain(value)]
        if bad:
            raise NotImplementedError(
                f"{type(self).__name__} takes {bad}, which no config can hold by itself; override "
                "get_config() to return them in a form that JSON can hold."
            )
        return extra

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a layer from what `get_config` returned."""
        try:
            return cls(**config)
        except TypeError as error:
            error.add_note(f"while {cls.__name__}.from_config read {sorted(config)}")
            raise

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _prepared_build(build: Callable[..., Any]) -> Callable[..., Any]:
    """A `build` that opens the layer's name scope, runs once, and marks the layer as built."""

    @functools.wraps(build)
    def prepared(self: Layer, *args: Any, **kwargs: Any) -> Any:
        with naming.name_scope(self.name, caller=self):
            result = build(self, *args, **kwargs)
            self._finish_build(args, kwargs, build)
        return result

    return prepared


def _named_shapes(build: Any, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    names = list(inspect.signature(build).parameters)[1:] if build else []
    names = [*names, *(f"input_shape_{i}" for i in range(len(names), len(args)))]
    shapes = dict(zip(names, args, strict=False)) | kwargs
    return {name: shape for name, shape in shapes.items() if shape is not None}


def _arguments(found: calling.CallSignature, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, in the order of the signature."""
    named = dict(zip(found.names, args, strict=False))
    return {**named, **kwargs}


def _to_jax(x: np.ndarray, dtype: str | None) -> jax.Array:
    with jax.ensure_compile_time_eval():  # a constant, also where the call is being traced
        return jax.device_put(x.astype(dtype or dtypes.result_type(x.dtype), copy=False))


def _struct(variable: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(variable.shape, jax.numpy.dtype(variable.dtype))


def _is_shape(x: Any) -> bool:
    return isinstance(x, tuple) and all(size is None or isinstance(size, int) for size in x)


def _tuples(shape: Any) -> Any:
    """A shape that JSON turned into lists, as tuples again."""
    if isinstance(shape, dict):
        return {name: _tuples(item) for name, item in shape.items()}
    if isinstance(shape, (list, tuple)):
        if all(size is None or isinstance(size, int) for size in shape):
            return tuple(shape)
        return [_tuples(item) for item in shape]
    return shape


def _is_plain(value: Any) -> bool:
    if value is None or isinstance(value, (bool, int, float, str)):
        return True
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    return isinstance(value, dict) and all(_is_plain(item) for item in value.values())


def _note_place(error: Exception, layer: Layer) -> None:
    """Say in which layer an error arose, innermost first; an error names each layer once."""
    plugins.note_origin(error)
    if isinstance(error, BuildError):
        return
    notes = getattr(error, "__notes__", [])
    note = f"in {layer._place}"
    if note not in notes and len(notes) < 12:
        error.add_note(note)


def _warn_of_lost_mask(layer: Layer) -> None:
    warnings.warn(
        f"{layer._place} was given an input with a mask, which it does not support: the mask "
        "ends here. Set supports_masking = True in the layer to pass it on.",
        stacklevel=4,
    )
