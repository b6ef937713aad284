"""The pure steps: training, evaluating and predicting one batch as functions of state."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from kerax.training.compiled import Compiled
from kerax.training.data import unpack_x_y_sample_weight as unpack
from kerax.variable import Scope, Variable

__all__ = ["Steps"]

State = tuple[list[Any], ...]


class Steps:
    """The steps of a trainable model; a base of `Trainer`.

    State is a tuple of lists of arrays in the order of the properties of the same name:
    `(trainable_variables, non_trainable_variables, optimizer_variables, metrics_variables)` for
    training, without the optimizer's for evaluating, and the first two for predicting. A subclass
    may override any step; this contract is Keras' on JAX.
    """

    _compiled: Compiled | None
    optimizer: Any
    trainable_variables: list[Variable]
    non_trainable_variables: list[Variable]
    metrics_variables: list[Variable]
    losses: list[Any]
    metrics: list[Any]
    __call__: Callable[..., Any]

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the scalar that training minimises; a subclass may override it.

        Args:
            x: the inputs.
            y: the targets.
            y_pred: the outputs.
            sample_weight: weights of the samples.
            training: whether this is a training step.

        Returns:
            The weighted sum of the compiled losses and of `self.losses`.

        Reference:
            Keras: keras.Model.compute_loss
        """
        total = jnp.zeros(())
        compiled = self._compiled
        if compiled is not None and compiled.loss is not None:
            if compiled.losses is None:
                compiled.build(self, y, y_pred)
            losses: Any = compiled.losses  # which build() has made
            total, parts = losses(y, y_pred, sample_weight)
            compiled.track_parts(parts, _batch_size(x, y))
        for loss in self.losses:
            total = total + jnp.sum(jnp.asarray(loss))
        return total

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Update the compiled metrics with a batch and return all metrics' results.

        Args:
            x: the inputs.
            y: the targets.
            y_pred: the outputs.
            sample_weight: weights of the samples.

        Returns:
            Results by name.

        Reference:
            Keras: keras.Model.compute_metrics
        """
        compiled = self._compiled
        if compiled is not None and compiled.metrics is not None:
            compiled.metrics.update(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return the results of all metrics by their names in the logs.

        Reference:
            Keras: keras.Model.get_metrics_result
        """
        results: dict[str, Any] = {}
        compiled = self._compiled
        if compiled is not None:
            results.update(compiled.results())
        known = {id(metric) for metric in compiled.all_metrics()} if compiled is not None else set()
        for metric in self.metrics:
            if id(metric) not in known:
                result = metric.result()
                results.update(result if isinstance(result, dict) else {metric.name: result})
        return results

    def train_step(self, state: State, data: Any) -> tuple[dict[str, Any], State]:
        """Train on one batch, purely.

        Args:
            state: trainable, non-trainable, optimizer and metrics variables' values.
            data: `(x, y, sample_weight)`, or the first one or two of them.

        Returns:
            `(logs, new state)`.

        Reference:
            Keras: the custom train step of its guide for JAX
        """
        x, y, sample_weight = unpack(data)
        trainable, rest, optimizer_values, metrics_values = state

        def objective(values: list[Any]) -> tuple[Any, Any]:
            scope = self._scope(values, rest, metrics_values, optimizer_values)
            with scope:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
                scaled = loss if self.optimizer is None else self.optimizer.scale_loss(loss)
                metrics_now = _read(scope, self.metrics_variables)
            return scaled, (loss, y_pred, _read(scope, self.non_trainable_variables), metrics_now)

        (_, aux), grads = jax.value_and_grad(objective, has_aux=True)(trainable)
        loss, y_pred, rest, metrics_values = aux
        if grads:
            trainable, optimizer_values = self.optimizer.stateless_apply(
                optimizer_values, grads, trainable, loss=loss
            )
        with self._scope(trainable, rest, metrics_values, optimizer_values) as scope:
            logs = self._update_metrics(x, y, y_pred, sample_weight, loss)
            metrics_values = _read(scope, self.metrics_variables)
        return logs, (trainable, rest, optimizer_values, metrics_values)

    def test_step(self, state: State, data: Any) -> tuple[dict[str, Any], State]:
        """Evaluate one batch, purely.

        Args:
            state: trainable, non-trainable and metrics variables' values.
            data: `(x, y, sample_weight)`, or the first one or two of them.

        Returns:
            `(logs, new state)`.
        """
        x, y, sample_weight = unpack(data)
        with self._scope(*state) as scope:
            y_pred = self(x, training=False)
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=False)
            logs = self._update_metrics(x, y, y_pred, sample_weight, loss)
            rest = _read(scope, self.non_trainable_variables)
            metrics_values = _read(scope, self.metrics_variables)
        return logs, (state[0], rest, metrics_values)

    def predict_step(self, state: State, data: Any) -> tuple[Any, list[Any]]:
        """Predict one batch, purely.

        Args:
            state: trainable and non-trainable variables' values.
            data: `(x,)` or `(x, y, sample_weight)`, of which x is used.

        Returns:
            `(outputs, new non-trainable variables' values)`.
        """
        x, _, _ = unpack(data)
        with self._scope(*state) as scope:
            outputs = self(x, training=False)
        return outputs, _read(scope, self.non_trainable_variables)

    def stateless_compute_loss(
        self,
        trainable_variables: list[Any],
        non_trainable_variables: list[Any],
        metrics_variables: list[Any],
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple[Any, State]:
        """Compute the loss as a pure function of the variables' values.

        Returns:
            `(loss, (trainable, non-trainable, metrics variables' values))`.

        Reference:
            Keras: keras.Model.stateless_compute_loss
        """
        values = (trainable_variables, non_trainable_variables, metrics_variables)
        with self._scope(*values) as scope:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=training)
            rest = _read(scope, self.non_trainable_variables)
            metrics_values = _read(scope, self.metrics_variables)
        return loss, (trainable_variables, rest, metrics_values)

    def _update_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, loss: Any) -> Any:
        if self._compiled is not None:
            self._compiled.loss_tracker.update_state(loss, sample_weight=_batch_size(x, y))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def _scope(
        self,
        trainable: list[Any],
        rest: list[Any],
        metrics_values: list[Any] | None = None,
        optimizer_values: list[Any] | None = None,
    ) -> Scope:
        """A scope that holds the model's whole state."""
        mapping = [
            *zip(self.trainable_variables, trainable, strict=True),
            *zip(self.non_trainable_variables, rest, strict=True),
        ]
        if metrics_values is not None:
            mapping += zip(self.metrics_variables, metrics_values, strict=True)
        if optimizer_values is not None and self.optimizer is not None:
            mapping += zip(self.optimizer.variables, optimizer_values, strict=True)
        return Scope(mapping)

    def _results_of(self, metrics_values: list[Any]) -> dict[str, Any]:
        """The logs that given values of the metrics' variables stand for."""
        with Scope(zip(self.metrics_variables, metrics_values, strict=True)):
            return self.get_metrics_result()


def _read(scope: Scope, variables: list[Variable]) -> list[Any]:
    return [scope.values.get(id(v), v._value) for v in variables]


def _batch_size(*data: Any) -> Any:
    """The number of samples in the first tensor found, as a float32 weight of the batch's loss."""
    for tree in data:
        for leaf in jax.tree.leaves(tree):
            shape = getattr(leaf, "shape", ())
            if shape:
                return jnp.asarray(shape[0], "float32")
    return jnp.ones(())
