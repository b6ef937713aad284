"""Checks for layers: their weights, and how those are trained."""

import inspect
from collections import Counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax.models import Model
from kerax.testing.arguments import seeded
from kerax.testing.case import Case
from kerax.testing.check import Skip, check
from kerax.testing.checks.layers import copied, map_symbols, model_of, run_of
from kerax.testing.comparing import assert_equal_results
from kerax.testing.expectations import assert_finite, with_arguments
from kerax.testing.subject import Subject

__all__: list[str] = []

_CONSTANT = 0.125


@check("layer.unique_names", "layer")
def unique_names(subject: Subject, case: Case) -> None:
    """No two of its variables have the same path, which is their name in files."""
    paths = Counter(variable.path for variable in run_of(subject, case).layer.variables)
    twice = sorted(path for path, count in paths.items() if count > 1)
    assert not twice, f"several variables are called {', '.join(twice)}; give each a name"


@check("layer.instances_apart", "layer")
def instances_apart(subject: Subject, case: Case) -> None:
    """Two layers share no variable."""
    run = run_of(subject, case)
    with seeded():
        other = subject.make(case)
        other(*map_symbols(run.inputs))
    shared = {id(v): v.path for v in run.layer.variables}.keys() & {id(v) for v in other.variables}
    assert not shared, f"two instances share {len(shared)} variables; create them in build()"


@check("layer.trainable_flag", "layer")
def trainable_flag(subject: Subject, case: Case) -> None:
    """`trainable = False` leaves no weight to train, and `True` brings back those there were."""
    layer = copied(subject, case)
    before = [v.path for v in layer.trainable_variables]
    layer.trainable = False
    frozen = [v.path for v in layer.trainable_variables]
    assert not frozen, f"with trainable=False: got the trainable variables {frozen}"
    layer.trainable = True
    after = [v.path for v in layer.trainable_variables]
    assert after == before, f"after trainable=True: got {after}; wanted {before}"


@check("layer.gradient_finite", "layer")
def gradient_finite(subject: Subject, case: Case) -> None:
    """The gradient of every trainable weight is finite, in training."""
    assert_finite(_gradients(subject, case), "gradient of ")


@check("layer.weights_used", "layer")
def weights_used(subject: Subject, case: Case) -> None:
    """Every trainable weight changes the outputs: its gradient is not 0 everywhere."""
    gradients = _gradients(subject, case)
    dead = sorted(path for path, gradient in gradients.items() if not np.any(gradient))
    assert not dead, (
        f"the gradient of {', '.join(dead)} is 0 everywhere; use it in call(), or create it with "
        "trainable=False"
    )


def _gradients(subject: Subject, case: Case) -> dict[str, np.ndarray]:
    return subject.once(case, "layer_gradients", lambda: _compute_gradients(subject, case))


def _compute_gradients(subject: Subject, case: Case) -> dict[str, np.ndarray]:
    run = run_of(subject, case)
    trainable = {variable.path for variable in run.layer.trainable_variables}
    if not trainable:
        raise Skip("the layer has no trainable weights")
    rest = {path: value for path, value in run.values.items() if path not in trainable}
    rng = np.random.default_rng(3)
    weights = jax.tree.map(lambda y: rng.normal(size=y.shape).astype("float32"), run.outputs)

    @jax.jit
    @jax.grad
    def gradient(values: dict[str, Any]) -> Any:
        outputs, _, losses = run.train({**rest, **values}, *run.inputs)
        products = jax.tree.map(lambda y, w: jnp.sum(y.astype("float32") * w), outputs, weights)
        return sum(jax.tree.leaves(products)) + sum(losses)

    found = gradient({path: run.values[path] for path in trainable})
    return {path: np.asarray(value) for path, value in found.items()}


@check("layer.fits", "layer")
def fits(subject: Subject, case: Case) -> None:
    """A model that holds it can be fitted: losses are finite, and weights to train change."""
    inputs = [np.asarray(x) for x in jax.tree.leaves(run_of(subject, case).inputs)]
    layer = copied(subject, case)
    flat = model_of(subject, case, layer)
    outputs = list({id(tensor): tensor for tensor in flat.outputs}.values())
    model = Model(flat.inputs, outputs)
    batch = len(inputs[0])
    targets = [np.full((batch, *tensor.shape[1:]), 0.3, "float32") for tensor in outputs]
    model.compile(optimizer="sgd", loss=["mse"] * len(targets))
    before = [np.asarray(v.value) for v in layer.trainable_variables]
    history = model.fit(inputs, targets, batch_size=batch, epochs=2, verbose=0)
    losses = history.history["loss"]
    assert np.isfinite(losses).all(), f"the losses of two epochs are {losses}"
    after = [np.asarray(v.value) for v in layer.trainable_variables]
    assert_finite(after, "weights after two steps")
    changed = any(not np.array_equal(a, b) for a, b in zip(after, before, strict=True))
    assert changed or not before, "two steps of SGD changed no trainable weight"


@check("layer.initializers_used", "layer", once=True)
def initializers_used(subject: Subject, case: Case) -> None:
    """Each argument `*_initializer` fills a weight."""
    ignored = []
    for name in _arguments(subject, "_initializer"):
        initializer = {
            "class_name": "Constant",
            "module": "keras.initializers",
            "config": {"value": _CONSTANT},
        }
        layer = _built_with(subject, case, name, initializer)
        if not any(np.any(np.asarray(v.value) == _CONSTANT) for v in layer.weights):
            ignored.append(name)
    assert not ignored, f"no weight is filled by {', '.join(ignored)}"


@check("layer.regularizers_counted", "layer", once=True)
def regularizers_counted(subject: Subject, case: Case) -> None:
    """Each argument `*_regularizer` adds to the layer's losses."""
    ignored = []
    for name in _arguments(subject, "_regularizer"):
        layer = _built_with(subject, case, name, "l2")
        if name == "activity_regularizer":
            layer(*run_of(subject, case).inputs)
        if not layer.losses:
            ignored.append(name)
    assert not ignored, f"`losses` is empty in spite of {', '.join(ignored)}"


@check("layer.constraints_kept", "layer", once=True)
def constraints_kept(subject: Subject, case: Case) -> None:
    """Each argument `*_constraint` is the constraint of a weight."""
    ignored = []
    for name in _arguments(subject, "_constraint"):
        layer = _built_with(subject, case, name, "non_neg")
        if not any(weight.constraint is not None for weight in layer.weights):
            ignored.append(name)
    assert not ignored, f"no weight has the constraint of {', '.join(ignored)}"


def _arguments(subject: Subject, ending: str) -> list[str]:
    names = [n for n in inspect.signature(subject.target).parameters if n.endswith(ending)]
    if not names:
        raise Skip(f"takes no argument *{ending}")
    return names


def _built_with(subject: Subject, case: Case, name: str, value: Any) -> Any:
    with seeded():
        layer = subject.make(with_arguments(case, **{name: value}))
        layer(*map_symbols(run_of(subject, case).inputs))
    return layer


@check("layer.mixed_precision", "layer", needs=["mixed_precision"])
def mixed_precision(subject: Subject, case: Case) -> None:
    """Under mixed precision, variables are float32, and outputs bfloat16 and close to float32."""
    run = run_of(subject, case)
    with seeded():
        layer = subject.make(with_arguments(case, dtype="mixed_bfloat16"))
        layer(*map_symbols(run.inputs))
    for variable, original in zip(layer.variables, run.layer.variables, strict=True):
        got, wanted = str(variable.dtype), str(original.dtype)
        assert got == wanted, f"the variable {variable.path} is of {got}; wanted {wanted}"
        variable.assign(np.asarray(original.value))
    outputs = jax.jit(lambda *inputs: layer(*inputs, training=False))(*run.inputs)
    for index, (got, wanted) in enumerate(
        zip(jax.tree.leaves(outputs), jax.tree.leaves(run.outputs), strict=True)
    ):
        floating = jnp.issubdtype(wanted.dtype, jnp.floating)
        dtype = "bfloat16" if floating else str(wanted.dtype)
        assert str(got.dtype) == dtype, f"output {index} is of {got.dtype}; wanted {dtype}"
        scale = float(np.max(np.abs(np.asarray(wanted, "float32")), initial=1.0))
        what = f"output {index} in bfloat16, against float32"
        assert_equal_results(got, wanted, what, 0.05, 0.05 * scale, dtypes=False)
