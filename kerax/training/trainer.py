"""Compile, fit, evaluate and predict."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from kerax import losses as loss_room
from kerax import metrics as metric_room
from kerax import optimizers, plugins
from kerax.errors import ArgumentError, SerializationError, StateError
from kerax.serialization import deserialize_keras_object, serialize_keras_object
from kerax.symbolic import KerasTensor, unique_objects
from kerax.training import loop
from kerax.training.callbacks import CallbackList
from kerax.training.compiled import Compiled
from kerax.training.data import make_source, split_validation
from kerax.training.data import unpack_x_y_sample_weight as unpack
from kerax.training.feed import fits_on_device
from kerax.training.on_batch import BatchMethods
from kerax.training.pace import Pace
from kerax.training.step import Steps
from kerax.variable import Variable, current_placement

__all__ = ["Trainer"]

_KINDS = {"loss": "loss", "metrics": "metric", "weighted_metrics": "metric"}


class Trainer(BatchMethods, Steps):
    """What makes a layer trainable; a base of `Model`."""

    name: str
    built: bool
    stop_training: bool

    def _init_trainer(self) -> None:
        self._compiled = None
        self.optimizer = None
        self.stop_training = False
        self.history: Any = None
        self._fit_state: dict[Any, Any] = {}

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int | str = "auto",
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Set what training minimises, by what rule, and what it reports.

        Args:
            optimizer: a name, a plugin's id, an `Optimizer`, or any optax transformation.
            loss: a name, id, function or `Loss`, or a list or dict of them, one an output.
            loss_weights: a number for each loss, in the same structure.
            metrics: names, ids, functions or `Metric`s; one list an output where there are several.
            weighted_metrics: likewise; these take the sample weights.
            run_eagerly: whether steps run without compilation, for debugging.
            steps_per_execution: steps a compiled call; `"auto"` times the first steps and chooses.
                Results do not depend on it.
            jit_compile: False runs steps without compilation, like `run_eagerly`.
            auto_scale_loss: whether a float16 policy gets a `LossScaleOptimizer`.

        Raises:
            PluginNotFoundError, ArgumentError: for what cannot be resolved; the model then keeps
                its earlier settings.

        Reference:
            Keras: keras.Model.compile, whose steps_per_execution defaults to 1
        """
        found = optimizers.get(optimizer)
        policy = getattr(self, "dtype_policy", None)
        half = policy is not None and policy.name == "mixed_float16"
        if auto_scale_loss and half and not isinstance(found, optimizers.LossScaleOptimizer):
            found = optimizers.LossScaleOptimizer(found, name="loss_scale_optimizer")
        compiled = Compiled(
            {
                "loss": loss,
                "loss_weights": loss_weights,
                "metrics": metrics,
                "weighted_metrics": weighted_metrics,
                "run_eagerly": run_eagerly,
                "steps_per_execution": steps_per_execution,
                "jit_compile": jit_compile,
            }
        )
        _check_names(loss, loss_room.get_for_outputs, ("ce", "crossentropy"))
        for item in (metrics, weighted_metrics):
            _check_names(item, metric_room.get_for_outputs, ())
        self.optimizer, self._compiled = found, compiled
        self.loss = loss
        self.stop_training = False
        self._fit_state = {}
        plugins.observe("kerax_model_compiled", model=self)

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._compiled is not None

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run without compilation."""
        return self._compiled is not None and self._compiled.run_eagerly

    @property
    def jit_compile(self) -> bool:
        """Whether steps are compiled."""
        return self._compiled is None or self._compiled.jits

    @property
    def steps_per_execution(self) -> int | str:
        """The steps a compiled call."""
        return self._compiled.steps_per_execution if self._compiled is not None else "auto"

    @property
    def metrics(self) -> list[Any]:
        """The loss, the compiled metrics, and those that the model and its layers hold."""
        compiled = self._compiled.all_metrics() if self._compiled is not None else []
        return unique_objects([*compiled, *super().metrics])

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Set all metrics to their initial state."""
        for metric in self.metrics:
            metric.reset_state()

    # Running

    @plugins.attributed
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train for a number of epochs.

        Args:
            x: inputs `[samples, …]`: arrays in any structure, or a source of batches (generator,
                `PyDataset`, any iterable).
            y: targets, where x is arrays.
            batch_size: samples a batch; 32 where None.
            epochs: the epoch to stop before; `epochs - initial_epoch` are run.
            verbose: 0 silent, 1 progress bar, 2 a line an epoch, "auto" 1.
            callbacks: callbacks.
            validation_split: the fraction of arrays, taken from their end, to validate on.
            validation_data: `(x, y)`, `(x, y, sample_weight)` or a source of batches.
            shuffle: whether arrays are shuffled anew each epoch; "batch" shuffles the samples
                within each batch.
            class_weight: a weight for each class.
            sample_weight: a weight for each sample.
            initial_epoch: the epoch to begin with.
            steps_per_epoch: batches an epoch.
            validation_steps: batches of validation data.
            validation_batch_size: samples a batch of validation data.
            validation_freq: epochs between validations, or a list of epochs, counted from 1.

        Returns:
            The `History` callback.

        Raises:
            StateError: before `compile`.
            DataError: for data that cannot be used; the model stays as it was.

        Reference:
            Keras: keras.Model.fit
        """
        self._require_compiled("fit")
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split_validation(
                x, y, sample_weight, validation_split
            )
        source = make_source(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            steps=steps_per_epoch,
            shuffle=shuffle,
            class_weight=class_weight,
            role="fit",
        )
        self._prepare(source)
        validate = self._validation(
            validation_data, validation_steps, validation_batch_size or batch_size
        )
        listed = self._listed(
            callbacks, verbose, epochs=epochs, steps=source.num_batches, add_history=True
        )
        plan = loop.FitPlan(
            initial_epoch,
            epochs,
            None if validate is None else (lambda: validate(listed)),
            validation_freq,
        )
        try:
            loop.fit(self, source, plan, listed)
        finally:
            source.close()
        if self.optimizer is not None and epochs > initial_epoch:
            self.optimizer.finalize_variable_values(self.trainable_variables)
        return self.history

    def _validation(self, data: Any, steps: int | None, batch_size: int | None) -> Any:
        if data is None:
            return None
        x, y, weight = unpack(data) if isinstance(data, (tuple, list)) else (data, None, None)
        source = make_source(x, y, weight, batch_size=batch_size, steps=steps, role="evaluate")
        return lambda listed: loop.evaluate(self, source, listed)

    @plugins.attributed
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the loss and metrics over data.

        Args:
            x: as for `fit`.
            y: targets, where x is arrays.
            batch_size: samples a batch; 32 where None.
            verbose: as for `fit`.
            sample_weight: a weight for each sample.
            steps: at most so many batches.
            callbacks: callbacks.
            return_dict: whether to return a dict by name.
            **kwargs: none; unknown arguments are refused.

        Returns:
            A float, a list in the order of `metrics_names`, or a dict.

        Reference:
            Keras: keras.Model.evaluate
        """
        if kwargs:
            raise ArgumentError(f"evaluate: got unknown arguments {sorted(kwargs)}.")
        self._require_compiled("evaluate")
        source = make_source(
            x, y, sample_weight, batch_size=batch_size, steps=steps, role="evaluate"
        )
        self._prepare(source)
        listed = self._listed(callbacks, verbose, epochs=1, steps=source.num_batches)
        try:
            logs = loop.evaluate(self, source, listed)
        finally:
            source.close()
        return logs if return_dict else self._in_order(logs)

    @plugins.attributed
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the outputs for data as numpy arrays.

        Args:
            x: as for `fit`; targets in a source of batches are passed over.
            batch_size: samples a batch; 32 where None.
            verbose: as for `fit`.
            steps: at most so many batches.
            callbacks: callbacks.

        Returns:
            Arrays `[samples, …]` in the structure of the outputs.

        Reference:
            Keras: keras.Model.predict
        """
        source = make_source(x, batch_size=batch_size, steps=steps, role="predict")
        if not self.built:
            self._build_for(source.first_batch()[0])
        listed = self._listed(callbacks, verbose, epochs=1, steps=source.num_batches)
        try:
            return loop.predict(self, source, listed)
        finally:
            source.close()

    def _listed(self, callbacks: Any, verbose: str | int, **options: Any) -> CallbackList:
        if isinstance(callbacks, CallbackList):
            return callbacks
        verbose = 1 if verbose == "auto" else verbose
        return CallbackList(
            callbacks, add_progbar=verbose != 0, verbose=verbose, model=self, **options
        )

    def _in_order(self, logs: dict[str, Any]) -> Any:
        """Logs as Keras orders them: by the metrics' own names, the rest by the alphabet."""
        compiled = self._compiled.metrics.metrics if self._compiled.metrics is not None else []  # type: ignore[union-attr]  # only after compile
        parts = self._compiled.part_trackers  # type: ignore[union-attr]  # likewise
        names = ["loss", *(metric.name for metric in compiled), *parts, *sorted(logs)]
        values = [logs[name] for name in dict.fromkeys(names) if name in logs]
        return values[0] if len(values) == 1 else values

    # Preparing

    def _require_compiled(self, what: str) -> None:
        if self._compiled is None:
            raise StateError(f"{self.name}: call compile() before {what}().")

    def _prepare(self, source: Any) -> None:
        """Create every variable that training needs, from the shapes of the first batch."""
        compiled = self._compiled
        assert compiled is not None  # _require_compiled ran
        x, y, _ = source.first_batch()
        outputs = None
        if not self.built:
            outputs = self._build_for(x)
        if compiled.metrics is None:
            if outputs is None:
                outputs = self._outputs_for(x)
            compiled.build(self, jax.tree.map(_struct, y), outputs)
        if compiled.losses is not None and fits_on_device(source):
            _, targets, weights = source.arrays
            outputs = self._outputs_for(x) if outputs is None else outputs
            compiled.losses.check(targets, outputs, weights)
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _outputs_for(self, x: Any) -> Any:
        """The outputs' KerasTensors, or arrays where steps run eagerly."""
        graph = getattr(self, "_graph", None)
        if graph is not None and not _overrides(self, "call"):
            return graph.outputs
        return self._build_for(x)

    def _build_for(self, x: Any) -> Any:
        """Create the variables by a symbolic call for batches like `x`; returns the outputs."""
        nodes = list(self._inbound_nodes)  # type: ignore[has-type]  # from Operation
        try:
            return self._called_for(x)
        finally:
            self._inbound_nodes = nodes

    def _called_for(self, x: Any) -> Any:
        if self._compiled is not None and self._compiled.run_eagerly:
            return self(x)
        first: Exception | None = None
        for batch_size in (None, False):
            try:
                return self(jax.tree.map(lambda a, size=batch_size: _tensor(a, size), x))
            except (ValueError, TypeError, NotImplementedError, IndexError) as error:
                first = first or error
                if self.built and batch_size is False:
                    break
        raise first  # the loop ends only with an error

    # What the loop asks for

    def _programs_for(self, mode: str, make: Callable[[Any, str], Any]) -> Any:
        """The compiled program of a mode; a new one where what they were traced with changed."""
        key = (mode, self._trace_key())
        if key not in self._fit_state:
            self._fit_state[key] = make(self, mode)
        return self._fit_state[key]

    def _trace_key(self) -> tuple:
        layers = self._flatten_layers()  # type: ignore[attr-defined]  # from LayerState
        flags = tuple(layer._trainable for layer in layers)
        trained = tuple(v.trainable for v in self.trainable_variables)
        placement = current_placement()
        return flags, trained, len(self.metrics_variables), id(self.optimizer), id(placement)

    def _overrides_step(self, mode: str) -> bool:
        name = f"{mode}_step"
        own = getattr(type(self), name)
        if own is not getattr(Steps, name):
            parameters = inspect.signature(own).parameters
            if len(parameters) < 3:
                raise ArgumentError(
                    f"{type(self).__name__}.{name}{inspect.signature(own)}: wanted "
                    f"{name}(self, state, data), which returns (logs, state), as Keras has on JAX."
                )
            return True
        overridden = ("compute_metrics", "get_metrics_result", "metrics")
        return any(_overrides(self, method) for method in overridden)

    def _state_groups(self, mode: str) -> tuple[list[Variable], ...]:
        groups = [self.trainable_variables, self.non_trainable_variables]
        if mode == "train":
            groups.append(list(self.optimizer.variables))
        if mode in ("train", "test"):
            groups.append(self.metrics_variables)
        return tuple(groups)

    def _pace_for(self, source: Any, interval: int | None, mode: str = "train") -> Pace:
        compiled = self._compiled
        assert compiled is not None  # fit and evaluate require it
        key = ("pace", mode, interval, source.batch_size)
        if key not in self._fit_state:
            self._fit_state[key] = Pace(compiled.steps_per_execution, interval)
        return self._fit_state[key]

    # Config

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return what `compile` was given in a form that JSON can hold; None before it."""
        if self._compiled is None:
            return None
        given = dict(self._compiled.arguments)
        if given["steps_per_execution"] == "auto":
            given["steps_per_execution"] = 1  # what Keras can read; the results are the same
        given["jit_compile"] = self._compiled.jits
        config: dict[str, Any] = {}
        try:
            config["optimizer"] = optimizers.serialize(self.optimizer)
        except SerializationError as error:
            warnings.warn(
                f"{self.name}: the saved settings leave the optimizer out, so loading will not "
                f"compile it: {error}",
                stacklevel=2,
            )
            return None
        for name, kind in _KINDS.items():
            given[name] = plugins.stamped(kind, given[name])
        return config | {name: serialize_keras_object(value) for name, value in given.items()}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with what `get_compile_config` returned."""
        config = {name: deserialize_keras_object(value) for name, value in config.items()}
        if config.get("steps_per_execution") == 1:
            config["steps_per_execution"] = "auto"
        self.compile(**config)
        if self.built and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def jax_state_sync(self) -> None:
        """Do nothing: after every chunk the variables hold the new arrays already.

        Reference:
            Keras: keras.Model.jax_state_sync
        """


def _overrides(model: Any, method: str) -> bool:
    """Whether a user's subclass defines a method that kerax defines."""
    owner = next(c for c in type(model).__mro__ if method in c.__dict__)
    return not owner.__module__.startswith("kerax.")


def _struct(array: Any) -> jax.ShapeDtypeStruct:
    array = array if hasattr(array, "dtype") else np.asarray(array)
    return jax.ShapeDtypeStruct(array.shape, jax.dtypes.canonicalize_dtype(array.dtype))


def _tensor(array: Any, batch_size: Any) -> KerasTensor:
    """A KerasTensor like an array: of any batch size, or of the array's own."""
    struct = _struct(array)
    shape = struct.shape
    if batch_size is None and shape:
        shape = (None, *shape[1:])
    return KerasTensor(shape, dtype=str(struct.dtype))


def _check_names(spec: Any, get: Callable, special: tuple[str, ...]) -> None:
    """Resolve the strings of a nested argument at once, so that compile itself refuses a typo."""
    if isinstance(spec, dict) and "class_name" not in spec and "id" not in spec:
        spec = list(spec.values())
    if isinstance(spec, (list, tuple)):
        for item in spec:
            _check_names(item, get, special)
    elif isinstance(spec, str) and spec not in special:
        get(spec, np.zeros((1, 1)), np.zeros((1, 1)))
