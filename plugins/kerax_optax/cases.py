"""What the conformance kit tries optax' optimizers and schedules with."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerax.testing import Case

__all__ = ["cases"]

Array = Any


def sgd(parameters: Array, gradients: Array, learning_rate: float = 1e-3, **_: Any) -> list[Array]:
    """Gradient descent in numpy."""
    return [p - learning_rate * sum(column) for p, column in _columns(parameters, gradients)]


def sign_sgd(parameters: Array, gradients: Array, learning_rate: float = 1e-3) -> list[Array]:
    """Steps along the signs in numpy."""
    return sgd(parameters, [[np.sign(g) for g in row] for row in gradients], learning_rate)


def adam(
    parameters: Array,
    gradients: Array,
    learning_rate: float = 1e-3,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> list[Array]:
    """Adam in numpy, with the paper's first place of epsilon."""
    values = []
    for value, column in _columns(parameters, gradients):
        m = v = np.zeros_like(value)
        for step, gradient in enumerate(column, 1):
            m, v = b1 * m + (1 - b1) * gradient, b2 * v + (1 - b2) * gradient**2
            update = (m / (1 - b1**step)) / (np.sqrt(v / (1 - b2**step)) + eps)
            value = value - learning_rate * (update + weight_decay * value)
        values.append(value)
    return values


def adamw(parameters: Array, gradients: Array, weight_decay: float = 1e-4, **more: Any) -> Array:
    """Adam with decoupled weight decay in numpy."""
    return adam(parameters, gradients, weight_decay=weight_decay, **more)


def lion(
    parameters: Array,
    gradients: Array,
    learning_rate: float = 1e-3,
    b1: float = 0.9,
    b2: float = 0.99,
    weight_decay: float = 1e-3,
) -> list[Array]:
    """The sign of an interpolated momentum in numpy."""
    values = []
    for value, column in _columns(parameters, gradients):
        m = np.zeros_like(value)
        for gradient in column:
            update = np.sign(b1 * m + (1 - b1) * gradient) + weight_decay * value
            m = b2 * m + (1 - b2) * gradient
            value = value - learning_rate * update
        values.append(value)
    return values


def accumulated(parameters: Array, gradients: Array, **_: Any) -> list[Array]:
    """Gradient descent at 0.1 with the mean of each two gradients; a fifth is left over."""
    return sgd(parameters, [[0.5 * g for g in row] for row in gradients[:4]], 0.1)


def chain(parameters: Array, gradients: Array, **_: Any) -> list[Array]:
    """Gradient descent at 0.1 along gradients clipped to within 0.5."""
    clipped = [[np.clip(g, -0.5, 0.5) for g in row] for row in gradients]
    return sgd(parameters, clipped, 0.1)


def by_tenths(parameters: Array, gradients: Array, **_: Any) -> list[Array]:
    """Gradient descent at 0.1."""
    return sgd(parameters, gradients, 0.1)


def _columns(parameters: Array, gradients: Array) -> list[tuple[Array, Sequence[Array]]]:
    """Each parameter with the gradients of all steps."""
    return list(zip(parameters, zip(*gradients, strict=True), strict=True))


def cosine(steps: Array, init_value: float, decay_steps: int) -> Array:
    """Half a cosine down to zero in numpy."""
    share = np.minimum(steps, decay_steps) / decay_steps
    return init_value * 0.5 * (1 + np.cos(np.pi * share))


def linear(steps: Array, init_value: float, end_value: float, transition_steps: int) -> Array:
    """A line in numpy."""
    share = np.minimum(steps, transition_steps) / transition_steps
    return init_value + (end_value - init_value) * share


def constant(steps: Array, value: float) -> Array:
    """The same at all steps."""
    return np.full(steps.shape, value)


def exponential(steps: Array, init_value: float, transition_steps: int, decay_rate: float) -> Array:
    """A factor every so many steps in numpy."""
    return init_value * decay_rate ** (steps / transition_steps)


def _id(name: str, **config: Any) -> dict[str, Any]:
    return {"id": f"optax>{name}", "config": config}


_SGD = _id("sgd", learning_rate=0.1)
_LINE = {"init_value": 0.0, "end_value": 1.0, "transition_steps": 10}
_WARM = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 5}
_BOUNDARIES = {"init_value": 1.0, "boundaries_and_scales": {"5": 0.5, "10": 0.1}}


# Of those that follow the loss, for the checks that call apply(), which is not told it.
_NEEDS_LOSS = {
    f"optimizer.{check}": "it follows the loss, which apply() is not told"
    for check in (
        *("apply_equals_stateless", "non_trainable_alone", "resume", "accumulation"),
        "sharding",
    )
}
_QUOTIENT = "its estimate of the rate is 0 / 0 where squares of gradients vanish"
_ESTIMATED = {"numeric.float16": _QUOTIENT, "numeric.finite_at_extremes": _QUOTIENT}
_STANDS_STILL = {"optimizer.learning_rate": "its first step only measures, so nothing moves"}

_OPTIMIZERS: dict[str, list[Case]] = {
    "MultiSteps": [
        Case(
            "default",
            {"opt": _SGD, "every_k_schedule": 2},
            None,
            accumulated,
            {"optimizer.learning_rate": "its first update is only kept, so nothing moves"},
        )
    ],
    "adam": [
        Case("default", {}, None, adam),
        Case("fast", {"learning_rate": 0.1, "b1": 0.5, "b2": 0.7, "eps": 1e-3}, None, adam),
    ],
    "adamw": [Case("default", {}, None, adamw), Case("strong", {"weight_decay": 0.5}, None, adamw)],
    "adopt": [
        Case(
            "default",
            expected_failures=_STANDS_STILL,
        )
    ],
    "apply_if_finite": [
        Case("default", {"inner": _SGD, "max_consecutive_errors": 3}, None, by_tenths)
    ],
    "chain": [
        Case("default", {"transformations": [_id("clip", max_delta=0.5), _SGD]}, None, chain)
    ],
    "lbfgs": [Case("default")],
    "lion": [Case("default", {}, None, lion)],
    "momo": [Case("default", expected_failures=_NEEDS_LOSS)],
    "momo_adam": [Case("default", expected_failures=_NEEDS_LOSS)],
    "noisy_sgd": [
        Case(
            "default",
            expected_failures={
                "optimizer.zero_gradient": "its noise moves it",
                "numeric.float64": "JAX draws other noise in float64 than in float32",
            },
        )
    ],
    "polyak_sgd": [Case("default", expected_failures=_NEEDS_LOSS)],
    "prodigy": [
        Case(
            "default",
            expected_failures={
                **_ESTIMATED,
                "optimizer.zero_gradient": _QUOTIENT,
                "optimizer.learning_rate": "a rate of 0 makes its estimate 0 / 0",
            },
        )
    ],
    "rprop": [Case("default", expected_failures=_STANDS_STILL)],
    "dadapt_adamw": [Case("default", expected_failures=_ESTIMATED)],
    "madgrad": [
        Case(
            "default",
            expected_failures={
                "optimizer.learning_rate": "it steps from where it began, by the sum of all rates"
            },
        )
    ],
    "mechanize": [
        Case(
            "default",
            {"base_optimizer": _SGD},
            expected_failures={
                "numeric.float16": "its epsilon of 1e-8 is 0 in float16, and its first scale 0 / 0"
            },
        )
    ],
    "multi_transform": [
        Case("default", {"groups": [{"pattern": "*", "optimizer": _SGD}]}, None, by_tenths)
    ],
    "sam": [Case("default", {"optimizer": _SGD, "adv_optimizer": _id("sgd", learning_rate=0.01)})],
    "schedule_free": [Case("default", {"base_optimizer": _SGD, "learning_rate": 0.1})],
    "sgd": [
        Case("default", {}, None, sgd),
        Case("fast", {"learning_rate": 0.3, "clipnorm": 100.0}, None, sgd),
    ],
    "sign_sgd": [Case("default", {}, None, sign_sgd)],
}

_SCHEDULES: dict[str, list[Case]] = {
    "constant_schedule": [Case("default", {"value": 0.3}, None, constant)],
    "cosine_decay_schedule": [
        Case("default", {"init_value": 0.5, "decay_steps": 20}, None, cosine)
    ],
    "cosine_onecycle_schedule": [Case("default", {"transition_steps": 20, "peak_value": 0.5})],
    "exponential_decay": [
        Case(
            "default",
            {"init_value": 0.5, "transition_steps": 10, "decay_rate": 0.9},
            None,
            exponential,
        )
    ],
    "join_schedules": [
        Case(
            "default",
            {
                "schedules": [_id("linear_schedule", **_LINE), _id("constant_schedule", value=0.5)],
                "boundaries": [10],
            },
        )
    ],
    "linear_onecycle_schedule": [Case("default", {"transition_steps": 20, "peak_value": 0.5})],
    "linear_schedule": [Case("default", _LINE, None, linear)],
    "piecewise_constant_schedule": [Case("default", _BOUNDARIES)],
    "piecewise_interpolate_schedule": [
        Case("default", {"interpolate_type": "linear", **_BOUNDARIES})
    ],
    "polynomial_schedule": [Case("default", {**_LINE, "power": 2.0})],
    "sgdr_schedule": [Case("default", {"cosine_kwargs": [{**_WARM, "decay_steps": 20}] * 2})],
    "warmup_constant_schedule": [Case("default", _WARM)],
    "warmup_cosine_decay_schedule": [Case("default", {**_WARM, "decay_steps": 20})],
    "warmup_exponential_decay_schedule": [
        Case("default", {**_WARM, "transition_steps": 10, "decay_rate": 0.9})
    ],
}


def cases(kind: str, name: str) -> list[Case]:
    """Return the cases of an optimizer or schedule."""
    return (_OPTIMIZERS if kind == "optimizer" else _SCHEDULES).get(name, [])
