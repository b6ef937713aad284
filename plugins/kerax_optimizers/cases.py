"""What the standard optimizers are tried with, and what they should then give."""

from kerax.testing import Case
from kerax_optimizers.case_rules import (
    adadelta,
    adafactor,
    adagrad,
    adam,
    adamax,
    adamw,
    ftrl,
    lamb,
    lion,
    loss_scale,
    multi,
    muon,
    nadam,
    rmsprop,
    schedule_free,
    sgd,
)

__all__ = ["cases"]

_DECAY = {
    "module": "keras.optimizers.schedules",
    "class_name": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
}
_INNER = {"module": "keras.optimizers", "class_name": "SGD", "config": {"learning_rate": 0.1}}
_GROUPS = {
    "module": "keras.optimizers",
    "class_name": "OptimizerMap",
    "config": {
        "default_optimizer": {
            "module": "keras.optimizers",
            "class_name": "SGD",
            "config": {"learning_rate": 0.1, "momentum": 0.5},
        },
        "optimizer_map": {},
    },
}
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
    "Nadam": [
        Case("default", {}, None, nadam),
        Case("fast", {"learning_rate": 0.1}, None, nadam),
    ],
    "Adadelta": [
        Case("default", {}, None, adadelta),
        Case("fast", {"learning_rate": 1.0, "rho": 0.5, "epsilon": 1e-3}, None, adadelta),
    ],
    "Adafactor": [
        Case("default", {}, None, adafactor),
        Case("clipped", {"learning_rate": 0.5, "clip_threshold": 0.5}, None, adafactor),
    ],
    "Adagrad": [
        Case("default", {}, None, adagrad),
        Case("fast", {"learning_rate": 0.1, "initial_accumulator_value": 1.0}, None, adagrad),
    ],
    "Adamax": [
        Case("default", {}, None, adamax),
        Case("fast", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.7}, None, adamax),
    ],
    "Ftrl": [
        Case("default", {}, None, ftrl),
        Case("sparse", {"learning_rate": 0.1, "l1_regularization_strength": 1.0}, None, ftrl),
    ],
    "Lamb": [
        Case("default", {}, None, lamb),
        Case("fast", {"learning_rate": 0.1}, None, lamb),
    ],
    "Lion": [
        Case("default", {}, None, lion),
        Case("fast", {"learning_rate": 0.1}, None, lion),
    ],
    "MultiOptimizer": [Case("default", {"optimizer_map": _GROUPS}, None, multi)],
    "Muon": [
        Case("default", {}, None, muon),
        Case("plain", {"nesterov": False, "ns_steps": 2, "learning_rate": 0.1}, None, muon),
    ],
    "ScheduleFreeAdamW": [
        Case("default", {}, None, schedule_free),
        Case("warm", {"learning_rate": 0.1, "warmup_steps": 3}, None, schedule_free),
    ],
    "LossScaleOptimizer": [
        Case("default", {"inner_optimizer": _INNER, "initial_scale": 4.0}, None, loss_scale)
    ],
}


def cases(name: str) -> list[Case]:
    """Return the cases of an optimizer."""
    return _CASES.get(name, [])
