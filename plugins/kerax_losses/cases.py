"""What the standard losses should give: formulas in numpy, and arguments and inputs to try."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from kerax.testing import Case

__all__ = ["cases"]

Array = Any
EPSILON = 1e-7


def mean_squared_error(t: Array, p: Array) -> Array:
    """mean((t - p)²)."""
    return np.mean((t - p) ** 2, -1)


def mean_absolute_error(t: Array, p: Array) -> Array:
    """mean(|t - p|)."""
    return np.mean(np.abs(t - p), -1)


def mean_absolute_percentage_error(t: Array, p: Array) -> Array:
    """100 · mean(|t - p| / |t|), of targets away from 0."""
    return 100 * np.mean(np.abs((t - p) / t), -1)


def mean_squared_logarithmic_error(t: Array, p: Array) -> Array:
    """mean((log(1 + t) - log(1 + p))²), of positive numbers."""
    return np.mean((np.log1p(t) - np.log1p(p)) ** 2, -1)


def log_cosh(t: Array, p: Array) -> Array:
    """mean(log(cosh(p - t)))."""
    return np.mean(np.log(np.cosh(p - t)), -1)


def huber(t: Array, p: Array, delta: float = 1.0) -> Array:
    """mean(x²/2 or, far out, δ|x| - δ²/2)."""
    x = np.abs(t - p)
    return np.mean(np.where(x <= delta, x**2 / 2, delta * x - delta**2 / 2), -1)


def cosine_similarity(t: Array, p: Array, axis: int = -1) -> Array:
    """-cos of the angle."""
    lengths = np.linalg.norm(t, axis=axis) * np.linalg.norm(p, axis=axis)
    return -np.sum(t * p, axis) / lengths


def hinge(t: Array, p: Array) -> Array:
    """mean(max(1 - tp, 0)), 0 and 1 taken for -1 and 1."""
    return np.mean(np.maximum(1 - _signs(t) * p, 0), -1)


def squared_hinge(t: Array, p: Array) -> Array:
    """mean(max(1 - tp, 0)²), 0 and 1 taken for -1 and 1."""
    return np.mean(np.maximum(1 - _signs(t) * p, 0) ** 2, -1)


def categorical_hinge(t: Array, p: Array) -> Array:
    """max(1 + best wrong - right, 0)."""
    return np.maximum(np.max((1 - t) * p, -1) - np.sum(t * p, -1) + 1, 0)


def kl_divergence(t: Array, p: Array) -> Array:
    """sum(t · log(t / p)), of numbers of ε or more."""
    t = np.maximum(t, EPSILON)
    return np.sum(t * np.log(t / p), -1)


def poisson(t: Array, p: Array) -> Array:
    """mean(p - t · log(p))."""
    return np.mean(p - t * np.log(p + EPSILON), -1)


def binary_crossentropy(
    t: Array, p: Array, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Array:
    """-mean(t · log(p) + (1 - t) · log(1 - p))."""
    p = 1 / (1 + np.exp(-p)) if from_logits else p
    t = t * (1 - label_smoothing) + label_smoothing / 2
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p), axis)


def categorical_crossentropy(
    t: Array, p: Array, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Array:
    """-sum(t · log(p))."""
    p = _shares(p, from_logits, axis)
    t = t * (1 - label_smoothing) + label_smoothing / t.shape[axis]
    return -np.sum(t * np.log(p), axis)


def sparse_categorical_crossentropy(
    t: Array,
    p: Array,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Array:
    """-log(p[t]), 0 for the ignored class."""
    p = _shares(p, from_logits, axis)
    chosen = np.take_along_axis(p, np.expand_dims(np.maximum(t, 0), axis), axis)
    return np.where(t == ignore_class, 0.0, -np.log(np.squeeze(chosen, axis)))


def binary_focal_crossentropy(
    t: Array,
    p: Array,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
) -> Array:
    """mean((1 - q)^γ · crossentropy), q the probability of the truth, weighed by class if asked."""
    p = 1 / (1 + np.exp(-p)) if from_logits else p
    entropy = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    weight = alpha * t + (1 - alpha) * (1 - t) if apply_class_balancing else 1.0
    return np.mean(weight * (1 - t * p - (1 - t) * (1 - p)) ** gamma * entropy, -1)


def categorical_focal_crossentropy(
    t: Array, p: Array, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False
) -> Array:
    """-sum(α · (1 - p)^γ · t · log(p))."""
    p = _shares(p, from_logits, -1)
    return -np.sum(np.asarray(alpha) * (1 - p) ** gamma * t * np.log(p), -1)


def categorical_generalized_cross_entropy(t: Array, p: Array, q: float = 0.5) -> Array:
    """(1 - p[t]^q) / q."""
    return (1 - np.take_along_axis(p, t[:, None], -1)[:, 0] ** q) / q


def ctc(t: Array, p: Array) -> Array:
    """-log of the sum of the probabilities of all paths that collapse to the labels."""
    shares = _shares(p, True, -1)
    values = []
    for labels, steps in zip(t, shares, strict=True):
        wanted, total = [label for label in labels if label], 0.0
        for path in itertools.product(range(steps.shape[-1]), repeat=len(steps)):
            collapsed = [label for label, _ in itertools.groupby(path) if label]
            if collapsed == wanted:
                total += np.prod(steps[np.arange(len(path)), path])
        values.append(-np.log(total))
    return np.array(values)


def circle(t: Array, p: Array, gamma: float = 80, margin: float = 0.4) -> Array:
    """log(1 + sum over others · sum over partners), of the batch's own embeddings."""
    similar, same = p @ p.T, t[:, None] == t[None]
    near = np.exp(gamma * np.maximum(1 + margin - similar, 0) * (1 - margin - similar))
    far = np.exp(gamma * np.maximum(similar + margin, 0) * (similar - margin))
    partners = same & ~np.eye(len(t), dtype=bool)
    return np.log1p(np.sum(near * partners, 1) * np.sum(far * ~same, 1))


def dice(t: Array, p: Array) -> Array:
    """1 - 2 · shared / total."""
    return 1 - 2 * np.sum(t * p) / (np.sum(t) + np.sum(p) + EPSILON)


def tversky(t: Array, p: Array, alpha: float = 0.5, beta: float = 0.5) -> Array:
    """1 - shared / (shared + α · missed + β · alarms)."""
    shared, missed, alarms = np.sum(t * p), np.sum(t * (1 - p)), np.sum((1 - t) * p)
    return 1 - shared / (shared + alpha * missed + beta * alarms + EPSILON)


def _signs(t: Array) -> Array:
    return 2 * t - 1 if np.isin(t, (0, 1)).all() else t


def _shares(p: Array, from_logits: bool, axis: int) -> Array:
    p = np.exp(p) if from_logits else p
    return p / p.sum(axis, keepdims=True)


_rng = np.random.default_rng(0)


def _normal(*shape: int) -> Array:
    return _rng.normal(size=shape).astype("float32")


def _positive(*shape: int) -> Array:
    return _rng.uniform(1, 3, size=shape).astype("float32")


def _distribution(*shape: int, axis: int = -1) -> Array:
    values = _positive(*shape)
    return values / values.sum(axis, keepdims=True)


_NUMBERS = (_rng.integers(0, 3, size=6).astype("int32"), _distribution(6, 3))
_ONE_HOT = np.eye(3, dtype="float32")[_NUMBERS[0]]
_REAL = {"default": (_normal(6, 3), _normal(6, 3))}
_SEQUENCES = {"sequences": (_normal(5, 4, 2), _normal(5, 4, 2))}
_SIGNS = {"default": (2 * _ONE_HOT - 1, _normal(6, 3)), "zero_one": (_ONE_HOT, _normal(6, 3))}
_COUNTS = {"default": (_positive(6, 3).round(), _positive(6, 3))}
_LOGITS: Any = {"logits": ({"from_logits": True}, (_ONE_HOT, _normal(6, 3)))}
_SMOOTH: Any = {"smoothed": {"label_smoothing": 0.1}}
_THREE = _distribution(4, 3, 2, axis=1)
_FIRST: Any = {"classes_first": ({"axis": 1}, (_THREE, _THREE[::-1]))}

_UNIT = _normal(6, 3)
_UNIT /= np.linalg.norm(_UNIT, axis=-1, keepdims=True)
_LABELS = np.array([[1, 2, 0], [2, 2, 0], [1, 0, 0]], "int32")  # 0 is padding

# Of each formula the cases: name: the arguments, the inputs, or both; the kit's own inputs, which
# are distributions over three classes, where there are none.
_CASES: dict[Callable[..., Array], dict[str, Any]] = {
    mean_squared_error: {**_REAL, **_SEQUENCES},
    mean_absolute_error: {**_REAL, **_SEQUENCES},
    mean_absolute_percentage_error: {"default": (_positive(6, 3), _positive(6, 3))},
    mean_squared_logarithmic_error: {"default": (_positive(6, 3), _positive(6, 3))},
    log_cosh: _REAL,
    huber: {**_REAL, "narrow": ({"delta": 0.3}, _REAL["default"])},
    cosine_similarity: {**_REAL, "first_axis": ({"axis": 1}, (_normal(4, 3, 2), _normal(4, 3, 2)))},
    hinge: _SIGNS,
    squared_hinge: _SIGNS,
    categorical_hinge: {"default": (_ONE_HOT, _normal(6, 3))},
    kl_divergence: {"default": {}},
    poisson: _COUNTS,
    binary_crossentropy: {"default": {}, **_LOGITS, **_SMOOTH},
    categorical_crossentropy: {"default": {}, **_LOGITS, **_SMOOTH, **_FIRST},
    sparse_categorical_crossentropy: {
        "default": _NUMBERS,
        "logits": ({"from_logits": True}, (_NUMBERS[0], _normal(6, 3))),
        "ignored": ({"ignore_class": 2}, _NUMBERS),
    },
    binary_focal_crossentropy: {
        "default": {},
        **_LOGITS,
        "balanced": {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5},
    },
    categorical_focal_crossentropy: {
        "default": {},
        **_LOGITS,
        "by_class": {"alpha": [0.2, 0.3, 0.5], "gamma": 1.5},
    },
    categorical_generalized_cross_entropy: {
        "default": ({"q": 0.5}, _NUMBERS),
    },
    ctc: {"default": (_LABELS, _normal(3, 5, 3))},
    circle: {"default": (np.array([0, 1, 0, 2, 1, 0], "int32"), _UNIT)},
    dice: {"default": {}},
    tversky: {"default": {}, "unequal": {"alpha": 0.3, "beta": 0.7}},
}
_BY_NAME = {formula.__name__: (formula, given) for formula, given in _CASES.items()}

_IGNORED = "the class leaves ignored samples out of the mean, as a mask does"
_COMPARED = "each sample is compared with all others of the batch"


def cases(function: str, is_class: bool) -> list[Case]:
    """Return the cases of a loss.

    Args:
        function: the name of its function.
        is_class: whether the component is the class rather than the function.
    """
    if function not in _BY_NAME:
        return []
    formula, given = _BY_NAME[function]
    made = []
    for name, content in given.items():
        if isinstance(content, dict):
            kwargs, inputs = content, None
        else:
            kwargs, inputs = content if isinstance(content[0], dict) else ({}, content)
        failures = {"loss.reductions": _IGNORED} if is_class and name == "ignored" else {}
        if formula is circle:
            failures = {"numeric.vmap_equals_loop": _COMPARED}
        made.append(Case(name, kwargs, inputs, formula, failures))
    return made
