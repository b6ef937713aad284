"""The table of the standard optimizers and schedules; reading it imports nothing heavy."""

import importlib
from collections.abc import Iterable
from typing import Any

from kerax.plugins import ComponentSpec, hookimpl

# name: module and summary.
_OPTIMIZERS = {
    "Adadelta": ("accumulating", "The gradient times the running size of steps over its own"),
    "Adafactor": ("adafactor", "Mean squares in two factors, steps in proportion to the weights"),
    "Adagrad": ("accumulating", "The gradient over the root of the sum of all its squares"),
    "Adam": ("adam", "Steps from running means of the gradient and of its square"),
    "AdamW": ("adam", "Adam with weight decay that does not pass through the running means"),
    "Adamax": ("momentum", "The running mean gradient over the largest gradient of late"),
    "Ftrl": ("accumulating", "Follows the leader of a regularized problem; weights become 0"),
    "Lamb": ("momentum", "Adam's step, as long for each variable as the variable itself"),
    "Lion": ("momentum", "Steps of one size along the sign of a running mean gradient"),
    "LossScaleOptimizer": ("loss_scale", "Scales the loss so that small gradients stay above 0"),
    "MultiOptimizer": ("multi", "Gives each variable to one of several optimizers, by its path"),
    "Muon": ("muon", "Momentum made orthogonal for matrices, Adam for all other variables"),
    "Nadam": ("adam", "Adam with Nesterov's look ahead"),
    "OptaxOptimizer": ("transform", "Any optax gradient transformation as an optimizer"),
    "RMSprop": ("sgd", "The gradient divided by the root of its running mean square"),
    "SGD": ("sgd", "Gradient descent, with momentum where asked"),
    "ScheduleFreeAdamW": ("schedule_free", "AdamW whose averaging takes the place of a schedule"),
    "TransformOptimizer": ("transform", "Base of optimizers made of an optax transformation"),
}

_SCHEDULES = {
    "CosineDecay": "Falls along half a cosine, after a linear warm-up where asked",
    "CosineDecayRestarts": "Cosine decay that begins anew, each period longer and lower",
    "ExponentialDecay": "Multiplied by a constant factor every so many steps",
    "InverseTimeDecay": "Falls with the inverse of the step",
    "PiecewiseConstantDecay": "Constant between boundaries",
    "PolynomialDecay": "Falls to an end value along a power of the time left",
}


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for name, (module, summary) in _OPTIMIZERS.items():
            yield ComponentSpec(
                kind="optimizer",
                name=name,
                target=f"kerax_optimizers.{module}:{name}",
                summary=summary,
                tags=("base",) if module == "transform" else (),
                supports=frozenset({"mixed_precision", "sharding"}),
            )
        for name, summary in _SCHEDULES.items():
            yield ComponentSpec(
                kind="schedule",
                name=name,
                target=f"kerax_optimizers.schedules:{name}",
                summary=summary,
                contract="step",
                safe_config=True,
            )

    @hookimpl
    def kerax_cases(self, kind: str, name: str) -> Iterable[Any] | None:
        module = {"optimizer": "cases", "schedule": "schedule_cases"}.get(kind)
        return module and importlib.import_module(f"kerax_optimizers.{module}").cases(name)


plugin = _Plugin()
