"""Checks of what targets and predictions stand for, for losses and metrics alike."""

import jax
import numpy as np

from kerax.testing.case import Case
from kerax.testing.check import check
from kerax.testing.expectations import assert_close, with_arguments
from kerax.testing.subject import Subject, pure_call

__all__: list[str] = []


@check("labels.from_logits", "loss", "metric", needs=["from_logits"])
def logits_agree_with_probabilities(subject: Subject, case: Case) -> None:
    """With `from_logits=True`, logits give what their probabilities give without."""
    y_true, y_pred = subject.inputs(case)
    logits = np.random.default_rng(2).normal(size=np.shape(y_pred)).astype("float32")
    of_logits, of_probabilities = (
        pure_call(subject, with_arguments(case, from_logits=given)) for given in (True, False)
    )
    got = of_logits(y_true, logits)
    probabilities = {
        "softmax": jax.nn.softmax(logits, case.kwargs.get("axis", -1)),
        "sigmoid": jax.nn.sigmoid(logits),
    }
    wanted = {name: of_probabilities(y_true, p) for name, p in probabilities.items()}
    if not any(np.allclose(got, w, rtol=1e-3, atol=1e-4) for w in wanted.values()):
        raise AssertionError(
            f"of logits got {np.asarray(got)}; wanted what their probabilities give: "
            + " or ".join(f"{np.asarray(w)} ({name})" for name, w in wanted.items())
        )


@check("labels.sparse", "loss", "metric", needs=["sparse_labels"])
def sparse_labels_agree(subject: Subject, case: Case) -> None:
    """Class numbers give the same in each type and shape, and as one-hot where that is taken."""
    y_true, y_pred = map(np.asarray, subject.inputs(case))
    assert y_true.ndim == y_pred.ndim - 1, (
        f"it declares sparse_labels; the case's y_true has shape {y_true.shape} beside y_pred "
        f"{y_pred.shape}; wanted class numbers of shape {y_pred.shape[:-1]}"
    )
    call = pure_call(subject, case)
    wanted = call(y_true, y_pred)
    for form in ("int16", "int64", "float32"):
        assert_close(call(y_true.astype(form), y_pred), wanted, f"class numbers as {form}")
    assert_close(call(y_true[..., None], y_pred), wanted, f"class numbers {(*y_true.shape, 1)}")
    one_hot = np.eye(y_pred.shape[-1], dtype="float32")[np.clip(y_true, 0, None).astype("int32")]
    try:
        got = call(one_hot, y_pred)
    except (TypeError, ValueError):
        return  # it takes class numbers only, and says so
    assert_close(got, wanted, "one-hot targets beside class numbers")
