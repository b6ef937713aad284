"""Case: arguments and inputs that the checks try a component with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerax.errors import ArgumentError

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """One way to construct and call a component, with what it should then give.

    Args:
        name: its name in reports, unique for the component.
        kwargs: the constructor's arguments, as values that JSON has. `{tmp}` in a text stands for
            a temporary directory, `{"class_name", "config"}` for the object that it describes.
        inputs: what the component is called with, a tuple of numpy arrays; None for the kit's
            own. Loss and metric: `(y_true, y_pred)`. Regularizer, constraint, activation, layer:
            `(x, ...)`. Initializer: `(shape,)`. Schedule: `(steps,)`, int32. Optimizer:
            `(parameters, gradients)`, a list of arrays and a list of such lists, one a step.
        oracle: `oracle(*inputs, **kwargs)` in numpy float64, the right result. Loss: the values of
            the samples, or a scalar where that is its contract. Metric: the result after one
            batch. Regularizer: a scalar. Constraint and activation: an array. Schedule: the rates.
            Optimizer: the parameters after the steps. Layer: the outputs, given
            `weights={name: array}` as well.
        expected_failures: check id to reason. Such a check must fail; one that passes is
            reported as `"xpassed"`, which is not ok.
        atol: absolute tolerance against the oracle.
        rtol: relative tolerance against the oracle.

    Raises:
        ArgumentError: where the name is empty or an expected failure has no reason.

    Example:
        >>> Case("sharp", {"gamma": 3.0}).kwargs
        {'gamma': 3.0}
    """

    name: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] | None = None
    oracle: Callable[..., Any] | None = None
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    atol: float = 1e-5
    rtol: float = 1e-5

    def __post_init__(self) -> None:
        if not self.name:
            raise ArgumentError("Case: name: got an empty text; wanted a name for reports.")
        unexplained = [key for key, reason in self.expected_failures.items() if not reason]
        if unexplained:
            raise ArgumentError(
                f"Case {self.name!r}: expected_failures: got no reason for "
                f"{', '.join(unexplained)}; wanted one each."
            )
