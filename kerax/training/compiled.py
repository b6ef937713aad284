"""The settings that `compile` fixed, and what training builds from them."""

from typing import Any

import jax

from kerax.errors import ArgumentError
from kerax.metrics import Metric
from kerax.training.config import CompiledLosses, CompiledMetrics

__all__ = ["Compiled"]


class LossTracker(Metric):
    """The mean of a loss over samples: kerax' own, so that training needs no metrics plugin.

    Args:
        name: its name in the logs.
    """

    def __init__(self, name: str):
        super().__init__(name=name)
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def update_state(self, value: Any, sample_weight: Any = None) -> None:
        """Add a batch's mean `value`, weighed by its number of samples, or by 1."""
        weight = 1.0 if sample_weight is None else sample_weight
        self.total.assign_add(value * weight)
        self.count.assign_add(weight)

    def result(self) -> Any:
        """Return the mean; 0 before the first batch."""
        return self.total.value / jax.numpy.maximum(self.count.value, 1.0)


class Compiled:
    """What a model was compiled with.

    Args:
        arguments: `compile`'s arguments by name, the optimizer left out.

    Raises:
        ArgumentError: for settings that mean nothing.
    """

    def __init__(self, arguments: dict[str, Any]):
        self.arguments = arguments
        self.loss = arguments["loss"]
        self.run_eagerly = bool(arguments["run_eagerly"])
        self.steps_per_execution = arguments["steps_per_execution"]
        self.loss_tracker = LossTracker("loss")
        self.losses: CompiledLosses | None = None
        self.metrics: CompiledMetrics | None = None
        self.part_trackers: dict[str, Metric] = {}
        for weight in jax.tree.leaves(arguments["loss_weights"]):
            if not hasattr(weight, "__float__"):
                raise ArgumentError(
                    f"compile: got loss_weights={arguments['loss_weights']!r}; wanted a number for "
                    "each output. The metrics are the argument metrics=."
                )
        steps = self.steps_per_execution
        if steps != "auto" and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 1):
            raise ArgumentError(
                f"compile: got steps_per_execution={steps!r}; wanted 'auto' or a positive integer."
            )
        if self.run_eagerly and arguments["jit_compile"] is True:
            raise ArgumentError(
                "compile: got run_eagerly=True and jit_compile=True; wanted at most one of them."
            )

    @property
    def jits(self) -> bool:
        """Whether steps are compiled."""
        return not self.run_eagerly and self.arguments["jit_compile"] is not False

    def build(self, model: Any, y: Any, y_pred: Any) -> None:
        """Match losses and metrics to a model's outputs, once, and create their variables."""
        if self.metrics is not None:
            return
        names = getattr(model, "output_names", None)
        given = self.arguments
        with jax.ensure_compile_time_eval():
            if self.loss is not None:
                self.losses = CompiledLosses(self.loss, given["loss_weights"], y, y_pred, names)
                self.part_trackers = {
                    name: LossTracker(name) for name in self.losses.names.values()
                }
            self.metrics = CompiledMetrics(
                given["metrics"], given["weighted_metrics"], y, y_pred, names
            )

    def track_parts(self, parts: dict[str, Any], batch_size: Any) -> None:
        """Update each output's own loss."""
        for name, value in parts.items():
            self.part_trackers[name].update_state(value, sample_weight=batch_size)

    def all_metrics(self) -> list[Metric]:
        """The loss trackers and the compiled metrics."""
        compiled = self.metrics.metrics if self.metrics is not None else []
        return [self.loss_tracker, *self.part_trackers.values(), *compiled]

    def results(self) -> dict[str, Any]:
        """The compiled metrics' results by their names in the logs, the loss first."""
        results = {"loss": self.loss_tracker.result()}
        results.update({name: m.result() for name, m in self.part_trackers.items()})
        if self.metrics is not None:
            results.update(self.metrics.results())
        return results
