"""What the standard optimizers should give: update rules in numpy, and arguments to try."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerax.testing import Case

__all__ = ["cases"]

Array = Any
# A rule takes a gradient, the step from 1 on, the rate, and a dict to keep arrays in; it returns
# what is added to the parameter.
Rule = Callable[[Array, int, float, dict[str, Array]], Array]


def _trained(
    parameters: Sequence[Array],
    gradients: Sequence[Sequence[Array]],
    rule: Rule,
    learning_rate: Any,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
) -> list[Array]:
    """Apply a rule to each parameter, gradient after gradient, with the options that all have."""
    values = [np.array(parameter) for parameter in parameters]
    kept: list[dict[str, Array]] = [{} for _ in values]
    for step, row in enumerate(gradients, 1):
        rate = _rate(learning_rate, step - 1)
        for index, gradient in enumerate(row):
            norm = np.linalg.norm(gradient)
            if clipnorm is not None and norm > clipnorm:
                gradient = gradient * clipnorm / norm
            values[index] = values[index] * (1 - rate * (weight_decay or 0.0))
            values[index] = values[index] + rule(gradient, step, rate, kept[index])
    return values


def _rate(learning_rate: Any, step: int) -> float:
    if not isinstance(learning_rate, dict):
        return learning_rate
    decay = learning_rate["config"]
    power = step / decay["decay_steps"]
    return decay["initial_learning_rate"] * decay["decay_rate"] ** power


def sgd(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.01,
    momentum: float = 0.0,
    nesterov: bool = False,
    **options: Any,
) -> list[Array]:
    """Gradient descent, with momentum."""

    def rule(g: Array, step: int, rate: float, kept: dict[str, Array]) -> Array:
        kept["m"] = momentum * kept.get("m", 0.0) - rate * g
        return momentum * kept["m"] - rate * g if nesterov else kept["m"]

    return _trained(parameters, gradients, rule, learning_rate, **options)


def rmsprop(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    rho: float = 0.9,
    momentum: float = 0.0,
    epsilon: float = 1e-7,
    centered: bool = False,
    **options: Any,
) -> list[Array]:
    """The gradient over the root of its running mean square."""

    def rule(g: Array, step: int, rate: float, kept: dict[str, Array]) -> Array:
        kept["v"] = rho * kept.get("v", 0.0) + (1 - rho) * g**2
        kept["a"] = rho * kept.get("a", 0.0) + (1 - rho) * g
        spread = kept["v"] - kept["a"] ** 2 if centered else kept["v"]
        kept["m"] = momentum * kept.get("m", 0.0) + rate * g / np.sqrt(spread + epsilon)
        return -kept["m"]

    return _trained(parameters, gradients, rule, learning_rate, **options)


def adam(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    amsgrad: bool = False,
    **options: Any,
) -> list[Array]:
    """The running mean gradient over the root of the running mean square, both corrected."""

    def rule(g: Array, step: int, rate: float, kept: dict[str, Array]) -> Array:
        kept["m"] = beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g
        kept["v"] = beta_2 * kept.get("v", 0.0) + (1 - beta_2) * g**2
        kept["largest"] = np.maximum(kept.get("largest", 0.0), kept["v"])
        root = np.sqrt(kept["largest"] if amsgrad else kept["v"])
        rate = rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        return -rate * kept["m"] / (root + epsilon)

    return _trained(parameters, gradients, rule, learning_rate, **options)


def adamw(parameters: Array, gradients: Array, weight_decay: float = 0.004, **more: Any) -> Array:
    """Adam, and a share of each weight taken away."""
    return adam(parameters, gradients, weight_decay=weight_decay, **more)


def nadam(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **options: Any,
) -> list[Array]:
    """Adam with Nesterov's look ahead and Dozat's schedule of the momentum."""

    def momentum(step: int) -> float:
        return beta_1 * (1 - 0.5 * 0.96**step)

    def rule(g: Array, step: int, rate: float, kept: dict[str, Array]) -> Array:
        kept["m"] = beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g
        kept["v"] = beta_2 * kept.get("v", 0.0) + (1 - beta_2) * g**2
        product = np.prod([momentum(s) for s in range(1, step + 1)])
        ahead = momentum(step + 1)
        past = ahead * kept["m"] / (1 - product * ahead)
        present = (1 - momentum(step)) * g / (1 - product)
        return -rate * (past + present) / (np.sqrt(kept["v"] / (1 - beta_2**step)) + epsilon)

    return _trained(parameters, gradients, rule, learning_rate, **options)


def loss_scale(parameters: Array, gradients: Array, inner_optimizer: Any, **options: Any) -> Array:
    """Gradient descent on gradients that are too large by the scale."""
    scale = options["initial_scale"]
    unscaled = [[gradient / scale for gradient in row] for row in gradients]
    return sgd(parameters, unscaled, **inner_optimizer["config"])


_DECAY = {
    "module": "keras.optimizers.schedules",
    "class_name": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
}
_INNER = {"module": "keras.optimizers", "class_name": "SGD", "config": {"learning_rate": 0.1}}
_BY_STEP = {"optimizer.accumulation": "as in Keras, a schedule counts the steps that accumulate"}

_CASES: dict[str, list[Case]] = {
    "SGD": [
        Case("default", {}, None, sgd),
        Case("momentum", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}, None, sgd),
        Case("decay", {"learning_rate": 0.1, "weight_decay": 0.1, "clipnorm": 1.0}, None, sgd),
        Case("schedule", {"learning_rate": _DECAY}, None, sgd, _BY_STEP),
    ],
    "RMSprop": [
        Case("default", {}, None, rmsprop),
        Case("centered", {"centered": True, "momentum": 0.5, "epsilon": 1e-3}, None, rmsprop),
    ],
    "Adam": [
        Case("default", {}, None, adam),
        Case("amsgrad", {"amsgrad": True, "beta_1": 0.5, "learning_rate": 0.1}, None, adam),
    ],
    "AdamW": [
        Case("default", {}, None, adamw),
        Case("strong", {"weight_decay": 0.1, "learning_rate": 0.1}, None, adamw),
    ],
    "Nadam": [Case("default", {}, None, nadam), Case("fast", {"learning_rate": 0.1}, None, nadam)],
    "LossScaleOptimizer": [
        Case("default", {"inner_optimizer": _INNER, "initial_scale": 4.0}, None, loss_scale)
    ],
}


def cases(name: str) -> list[Case]:
    """Return the cases of an optimizer."""
    return _CASES.get(name, [])
