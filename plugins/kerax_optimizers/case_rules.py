"""The update rules of the standard optimizers in numpy, to compare with."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = [
    "adadelta",
    "adafactor",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "ftrl",
    "lamb",
    "lion",
    "loss_scale",
    "multi",
    "muon",
    "nadam",
    "rmsprop",
    "schedule_free",
    "sgd",
    "trained",
]

Array = Any
Kept = dict[str, Array]
# A rule takes a gradient, the parameter, the step from 1 on, the rate, and a dict to keep arrays
# in; it returns what is added to the parameter.
Rule = Callable[[Array, Array, int, float, Kept], Array]


def trained(
    parameters: Sequence[Array],
    gradients: Sequence[Sequence[Array]],
    rule: Rule,
    learning_rate: Any,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
) -> list[Array]:
    """Apply a rule to each parameter, gradient after gradient, with the options that all have."""
    values = [np.array(parameter) for parameter in parameters]
    kept: list[Kept] = [{} for _ in values]
    for step, row in enumerate(gradients, 1):
        rate = _rate(learning_rate, step - 1)
        for index, gradient in enumerate(row):
            norm = np.linalg.norm(gradient)
            if clipnorm is not None and norm > clipnorm:
                gradient = gradient * clipnorm / norm
            values[index] = values[index] * (1 - rate * (weight_decay or 0.0))
            values[index] = values[index] + rule(gradient, values[index], step, rate, kept[index])
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

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["m"] = momentum * kept.get("m", 0.0) - rate * g
        return momentum * kept["m"] - rate * g if nesterov else kept["m"]

    return trained(parameters, gradients, rule, learning_rate, **options)


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

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["v"] = rho * kept.get("v", 0.0) + (1 - rho) * g**2
        kept["a"] = rho * kept.get("a", 0.0) + (1 - rho) * g
        spread = kept["v"] - kept["a"] ** 2 if centered else kept["v"]
        kept["m"] = momentum * kept.get("m", 0.0) + rate * g / np.sqrt(spread + epsilon)
        return -kept["m"]

    return trained(parameters, gradients, rule, learning_rate, **options)


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

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["m"] = beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g
        kept["v"] = beta_2 * kept.get("v", 0.0) + (1 - beta_2) * g**2
        kept["largest"] = np.maximum(kept.get("largest", 0.0), kept["v"])
        root = np.sqrt(kept["largest"] if amsgrad else kept["v"])
        rate = rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        return -rate * kept["m"] / (root + epsilon)

    return trained(parameters, gradients, rule, learning_rate, **options)


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

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["m"] = beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g
        kept["v"] = beta_2 * kept.get("v", 0.0) + (1 - beta_2) * g**2
        product = np.prod([momentum(s) for s in range(1, step + 1)])
        ahead = momentum(step + 1)
        past = ahead * kept["m"] / (1 - product * ahead)
        present = (1 - momentum(step)) * g / (1 - product)
        return -rate * (past + present) / (np.sqrt(kept["v"] / (1 - beta_2**step)) + epsilon)

    return trained(parameters, gradients, rule, learning_rate, **options)


def loss_scale(parameters: Array, gradients: Array, inner_optimizer: Any, **options: Any) -> Array:
    """Gradient descent on gradients that are too large by the scale."""
    scale = options["initial_scale"]
    unscaled = [[gradient / scale for gradient in row] for row in gradients]
    return sgd(parameters, unscaled, **inner_optimizer["config"])


def adagrad(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    initial_accumulator_value: float = 0.1,
    epsilon: float = 1e-7,
    **options: Any,
) -> list[Array]:
    """The gradient over the root of the sum of its squares."""

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["n"] = kept.get("n", initial_accumulator_value) + g**2
        return -rate * g / np.sqrt(kept["n"] + epsilon)

    return trained(parameters, gradients, rule, learning_rate, **options)


def adadelta(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    rho: float = 0.95,
    epsilon: float = 1e-7,
    **options: Any,
) -> list[Array]:
    """The gradient by the running size of the steps over its own."""

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["n"] = rho * kept.get("n", 0.0) + (1 - rho) * g**2
        move = g * np.sqrt(kept.get("s", 0.0) + epsilon) / np.sqrt(kept["n"] + epsilon)
        kept["s"] = rho * kept.get("s", 0.0) + (1 - rho) * move**2
        return -rate * move

    return trained(parameters, gradients, rule, learning_rate, **options)


def adamax(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **options: Any,
) -> list[Array]:
    """The corrected mean gradient over the running largest one."""

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["m"] = beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g
        kept["u"] = np.maximum(beta_2 * kept.get("u", 0.0), np.abs(g))
        return -rate / (1 - beta_1**step) * kept["m"] / (kept["u"] + epsilon)

    return trained(parameters, gradients, rule, learning_rate, **options)


def lamb(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **options: Any,
) -> list[Array]:
    """Adam's step, as long as the weight."""

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["m"] = beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g
        kept["v"] = beta_2 * kept.get("v", 0.0) + (1 - beta_2) * g**2
        root = np.sqrt(kept["v"] / (1 - beta_2**step))
        move = kept["m"] / (1 - beta_1**step) / (root + epsilon)
        return -rate * np.linalg.norm(w) / np.linalg.norm(move) * move

    return trained(parameters, gradients, rule, learning_rate, **options)


def lion(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.99,
    **options: Any,
) -> list[Array]:
    """The sign of the mean gradient."""

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        move = np.sign(beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g)
        kept["m"] = beta_2 * kept.get("m", 0.0) + (1 - beta_2) * g
        return -rate * move

    return trained(parameters, gradients, rule, learning_rate, **options)


def ftrl(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    learning_rate_power: float = -0.5,
    initial_accumulator_value: float = 0.1,
    l1_regularization_strength: float = 0.0,
    l2_regularization_strength: float = 0.0,
    l2_shrinkage_regularization_strength: float = 0.0,
    beta: float = 0.0,
    **options: Any,
) -> list[Array]:
    """The leader of the regularized problem so far."""
    power, l1 = -learning_rate_power, l1_regularization_strength

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        old = kept.get("n", np.full_like(w, initial_accumulator_value))
        kept["n"] = old + g**2
        pull = (kept["n"] ** power - old**power) / rate
        shrunk = g + 2 * l2_shrinkage_regularization_strength * w
        kept["z"] = kept.get("z", 0.0) + shrunk - pull * w
        curvature = (kept["n"] ** power + beta) / rate + 2 * l2_regularization_strength
        over = np.maximum(np.abs(kept["z"]) - l1, 0.0)
        return -np.sign(kept["z"]) * over / curvature - w

    return trained(parameters, gradients, rule, learning_rate, **options)


def adafactor(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    beta_2_decay: float = -0.8,
    epsilon_1: float = 1e-30,
    epsilon_2: float = 1e-3,
    clip_threshold: float = 1.0,
    **options: Any,
) -> list[Array]:
    """The gradient over the root of factored mean squares, by the size of the weight."""

    def size(x: Array) -> Array:
        return np.sqrt(np.mean(x**2))

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        share, square = step**beta_2_decay, g**2 + epsilon_1
        kept["v"] = (1 - share) * kept.get("v", 0.0) + share * square
        v = kept["v"]
        if w.ndim > 1:  # means of means: the factors follow from the full mean square
            rows, columns = v.mean(-1), v.mean(-2)
            v = rows[..., None] * columns[..., None, :] / rows.mean(-1)[..., None, None]
        move = g / np.sqrt(v)
        scale = max(epsilon_2, size(w)) * min(rate, step**-0.5)
        return -scale * move / max(1.0, size(move) / clip_threshold)

    return trained(parameters, gradients, rule, learning_rate, **options)


def schedule_free(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.0025,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
    warmup_steps: int = 0,
    **options: Any,
) -> list[Array]:
    """Adam's points, their mean, and the weights between the two."""

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["v"] = beta_2 * kept.get("v", 0.0) + (1 - beta_2) * g**2
        root = np.sqrt(kept["v"] / (1 - beta_2**step))
        warm = min(1.0, step / max(warmup_steps, 1))
        kept["z"] = kept.get("z", w) - rate * warm * g / (root + epsilon)
        kept["x"] = (1 - 1 / step) * kept.get("x", w) + kept["z"] / step
        return beta_1 * kept["x"] + (1 - beta_1) * kept["z"] - w

    return trained(parameters, gradients, rule, learning_rate, **options)


def muon(
    parameters: Array,
    gradients: Array,
    learning_rate: Any = 0.001,
    weight_decay: float = 0.004,
    adam_weight_decay: float = 0.004,
    momentum: float = 0.95,
    ns_steps: int = 5,
    nesterov: bool = True,
    rms_rate: float = 0.2,
) -> list[Array]:
    """Momentum with its singular values pushed towards 1; Adam where there are none."""

    def rule(g: Array, w: Array, step: int, rate: float, kept: Kept) -> Array:
        kept["m"] = momentum * kept.get("m", 0.0) + g
        move = g + momentum * kept["m"] if nesterov else kept["m"]
        left, values, right = np.linalg.svd(move, full_matrices=False)
        values = values / (np.linalg.norm(move) + 1e-7)
        for _ in range(ns_steps):
            values = 3.4445 * values - 4.775 * values**3 + 2.0315 * values**5
        return -rate * rms_rate * max(w.shape) ** 0.5 * (left * values) @ right

    def one(index: int, parameter: Array) -> Array:
        steps = [[row[index]] for row in gradients]
        if parameter.ndim == 2:
            return trained([parameter], steps, rule, learning_rate, weight_decay)[0]
        return adam([parameter], steps, learning_rate, weight_decay=adam_weight_decay)[0]

    return [one(index, parameter) for index, parameter in enumerate(parameters)]


def multi(parameters: Array, gradients: Array, optimizer_map: Any, **options: Any) -> Array:
    """The default optimizer's rule where no pattern matches."""
    return sgd(parameters, gradients, **optimizer_map["config"]["default_optimizer"]["config"])
