"""Checks for losses, and how a loss is called as a pure function."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import losses
from kerax.symbolic import set_mask
from kerax.testing.case import Case
from kerax.testing.check import Skip, check
from kerax.testing.expectations import (
    assert_close,
    assert_finite,
    assert_gradient_matches,
    oracle_result,
    with_arguments,
)
from kerax.testing.samples import count, duplicated, kept, take
from kerax.testing.subject import PureCall, Subject, pure_call, register_pure_call

__all__: list[str] = []

_REDUCTIONS = ("none", "sum", "mean", "sum_over_batch_size", "mean_with_sample_weight")


def _inputs(subject: Subject) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    y_true = rng.uniform(0.05, 0.95, size=(6, 3)).astype("float32")
    y_pred = rng.uniform(0.05, 0.95, size=(6, 3)).astype("float32")
    if "sparse_labels" in subject.spec.supports:
        y_true = rng.integers(0, 3, size=6).astype("int32")
    else:
        y_true /= y_true.sum(-1, keepdims=True)
    return y_true, y_pred / y_pred.sum(-1, keepdims=True)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    loss = subject.make(case)
    values = loss.call if isinstance(loss, losses.Loss) else loss

    def function(y_true: Any, y_pred: Any) -> Any:
        return values(*jax.tree.map(jnp.asarray, (y_true, y_pred)))

    per_sample = subject.spec.contract == "per_sample"
    return PureCall(function, subject.inputs(case), (True, True), per_sample)


register_pure_call("loss", _pure_call, _inputs)


def _loss(subject: Subject, case: Case, **more: Any) -> losses.Loss:
    """Return the loss as `compile` takes it: a function becomes a `Loss`."""
    made = subject.make(with_arguments(case, **more))
    found = losses.get_for_outputs(made, *subject.inputs(case))
    assert isinstance(found, losses.Loss), f"compile makes {found!r} of it; wanted a Loss"
    return found


def _reduced(subject: Subject, case: Case, reduction: str) -> losses.Loss:
    """Return the loss with another reduction, given to the constructor where that takes one."""
    if _takes(subject, "reduction"):
        loss = _loss(subject, case, reduction=reduction)
        assert loss.reduction == reduction, (
            f"constructed with reduction={reduction!r}, its attribute reduction is "
            f"{loss.reduction!r}; pass it on to Loss"
        )
        return loss
    loss = _loss(subject, case)
    loss.reduction = reduction
    return loss


def _takes(subject: Subject, name: str) -> bool:
    target = subject.target
    if not (subject.is_class and issubclass(target, losses.Loss)):
        return False
    parameters = inspect.signature(target).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)


def _float_predictions(subject: Subject, case: Case) -> Any:
    y_pred = subject.inputs(case)[1]
    leaves = jax.tree.leaves(y_pred)
    if len(leaves) != 1 or not jnp.issubdtype(leaves[0].dtype, jnp.floating):
        raise Skip("the predictions are no single array of floats")
    return y_pred


def _gradient(subject: Subject, case: Case, y_pred: Any) -> Any:
    """The gradient of the sum of all values, by a program that is compiled once for a case."""

    def make() -> Any:
        call = pure_call(subject, case)
        return jax.jit(jax.grad(lambda p, t: jnp.sum(call(t, p))))

    return subject.once(case, "gradient", make)(y_pred, subject.inputs(case)[0])


@check("loss.per_sample_shape", "loss", contracts=["per_sample"])
def per_sample_shape(subject: Subject, case: Case) -> None:
    """The loss gives one value, or more, for each sample of the batch."""
    values, batch = pure_call(subject, case)(), count(subject.inputs(case))
    shape = np.shape(values)
    assert shape[:1] == (batch,), (
        f"got shape {shape} for a batch of {batch}; wanted ({batch}, …). Reduce the last axes "
        "only, or declare contract='scalar'"
    )
    assert jnp.issubdtype(values.dtype, jnp.floating), f"got type {values.dtype}; wanted floats"


@check("loss.scalar_shape", "loss", contracts=["scalar"])
def scalar_shape(subject: Subject, case: Case) -> None:
    """The loss gives one finite number for the batch."""
    value = pure_call(subject, case)()
    assert np.shape(value) == (), f"got shape {np.shape(value)}; wanted a scalar, as declared"
    assert_finite(value, "loss")


@check("loss.oracle", "loss")
def equals_oracle(subject: Subject, case: Case) -> None:
    """The values equal those of the case's oracle."""
    wanted = oracle_result(subject, case)
    assert_close(pure_call(subject, case)(), wanted, "loss", case.rtol, case.atol)


@check("loss.gradient_finite", "loss")
def gradient_is_finite(subject: Subject, case: Case) -> None:
    """The gradient by the predictions is finite, and not zero everywhere."""
    gradient = _gradient(subject, case, _float_predictions(subject, case))
    assert_finite(gradient, "gradient")
    assert np.any(np.asarray(gradient)), "the gradient is 0 for every prediction; nothing trains"


@check("loss.gradient_finite_at_ties", "loss")
def gradient_is_finite_at_ties(subject: Subject, case: Case) -> None:
    """The gradient is finite where predictions equal targets, and where they equal each other."""
    y_pred = np.asarray(_float_predictions(subject, case))
    y_true = subject.inputs(case)[0]
    points = {"all predictions equal": np.full_like(y_pred, y_pred.mean())}
    if np.shape(y_true) == y_pred.shape:
        points["y_pred = y_true"] = np.asarray(y_true, y_pred.dtype)
    for place, point in points.items():
        assert_finite(_gradient(subject, case, point), f"gradient at {place}")


@check("loss.finite_differences", "loss")
def gradient_matches_finite_differences(subject: Subject, case: Case) -> None:
    """The gradient equals finite differences in float64."""
    y_pred = _float_predictions(subject, case)
    y_true = subject.inputs(case)[0]
    call = pure_call(subject, case)
    factors = np.random.default_rng(3).uniform(0.5, 1.5, size=np.shape(call()))

    def total(y_pred: Any) -> Any:
        values = call(y_true, y_pred)
        return jnp.sum(values * jnp.asarray(factors, values.dtype))

    assert_gradient_matches(total, y_pred, "loss")


@check("loss.reductions", "loss", contracts=["per_sample"])
def reductions_reduce(subject: Subject, case: Case) -> None:
    """Each reduction is the sum, mean or weighted mean of the values of the samples."""
    y_true, y_pred = subject.inputs(case)
    for reduction in _REDUCTIONS:
        loss = _reduced(subject, case, reduction)
        values = np.asarray(_reduced(subject, case, "none")(y_true, y_pred), "float64")
        wanted = {"none": values, "sum": values.sum()}.get(reduction, values.mean())
        assert_close(loss(y_true, y_pred), wanted, f"reduction={reduction!r}")
    assert_close(values, pure_call(subject, case)(), "reduction='none' beside call()")


@check("loss.permutation", "loss")
def permutation_permutes(subject: Subject, case: Case) -> None:
    """The order of the samples changes the order of the values, and nothing else."""
    call, (y_true, y_pred) = pure_call(subject, case), subject.inputs(case)
    order = np.random.default_rng(1).permutation(count(subject.inputs(case)))
    wanted = np.asarray(call())
    got = call(take(y_true, order), take(y_pred, order))
    assert_close(got, wanted[order] if wanted.ndim else wanted, "loss of reordered samples")


@check("loss.works_in_fit", "loss")
def works_in_fit(subject: Subject, case: Case) -> None:
    """What `compile` makes of the loss is a finite scalar inside a compiled training step."""
    loss, (y_true, y_pred) = _loss(subject, case), subject.inputs(case)
    if loss.reduction in (None, "none"):
        raise Skip("the case reduces nothing, so fit cannot use it")
    _float_predictions(subject, case)
    value, gradient = jax.jit(jax.value_and_grad(lambda p, t: loss(t, p)))(y_pred, y_true)
    assert np.shape(value) == (), f"got shape {np.shape(value)}; wanted a scalar"
    assert_finite((value, gradient), "(loss, gradient)")


@check("loss.mask", "loss", needs=["mask"])
def mask_leaves_out(subject: Subject, case: Case) -> None:
    """Samples that the predictions' mask leaves out have no influence."""
    loss, (y_true, y_pred) = _loss(subject, case), subject.inputs(case)
    keep = kept(count(subject.inputs(case)))
    wanted = np.asarray(loss(take(y_true, keep), take(y_pred, keep)))
    other = np.where(keep, np.arange(len(keep)), 0)  # the rows left out repeat the first
    masked = jax.tree.map(jnp.asarray, take(y_pred, other))
    shape = np.shape(pure_call(subject, case)()) or keep.shape
    mask = np.broadcast_to(keep.reshape(-1, *[1] * (len(shape) - 1)), shape)
    for leaf in jax.tree.leaves(masked):
        set_mask(leaf, jnp.asarray(mask))
    got = np.asarray(loss(y_true, masked))
    what = f"loss where {(~keep).sum()} of {len(keep)} samples are masked"
    assert_close(got[keep] if got.ndim else got, wanted, what)


@check("loss.weights_equal_duplicated_rows", "loss", needs=["sample_weight"])
def weights_equal_duplicates(subject: Subject, case: Case) -> None:
    """A sample of weight n counts as n samples, one of weight 0 as none."""
    loss, (y_true, y_pred) = _reduced(subject, case, "sum"), subject.inputs(case)
    counts, rows = duplicated(count(subject.inputs(case)))
    got = loss(y_true, y_pred, counts.astype("float32"))
    wanted = loss(take(y_true, rows), take(y_pred, rows))
    assert_close(got, wanted, f"sum with sample_weight={counts.tolist()}")


@check("loss.zero_weight_finite", "loss", needs=["sample_weight"])
def zero_weight_is_finite(subject: Subject, case: Case) -> None:
    """With weights that are all 0, loss and gradient are finite in every reduction."""
    y_true, y_pred = subject.inputs(case)
    weights = np.zeros(count(subject.inputs(case)), "float32")
    for reduction in _REDUCTIONS:
        value = _reduced(subject, case, reduction)(y_true, y_pred, weights)
        assert_finite(value, f"loss of weight 0 with reduction={reduction!r}")
    _float_predictions(subject, case)
    loss = _reduced(subject, case, "sum_over_batch_size")
    gradient = jax.jit(jax.grad(lambda p: loss(y_true, p, weights)))(y_pred)
    assert_finite(gradient, "gradient of a loss of weight 0")
