"""optax' optimizers as optimizers of kerax.

Each attribute is a class named as in optax, made when it is first asked for: `adamw(1e-3, b1=0.8)`.
The arguments are optax', besides them the options of any optimizer are taken. Where optax demands a
learning rate it is 1e-3 unless given.

Left out are those that a training step cannot serve: `sophia`, `hutchinson_estimator_diag_hessian`
and the line searches evaluate the loss several times in a step (`lbfgs` works without one);
`dpsgd` and `differentially_private_aggregate` need a gradient for each example; `lookahead` keeps
two copies in the parameters' place. What takes a function, such as `conditionally_mask`, has no
config; `compile` takes such a transformation as an object.
"""

import functools
from collections.abc import Callable
from typing import Any

from kerax_optax import combining
from kerax_optax.arguments import find
from kerax_optax.rule import OptaxRule, make_class, transformation_class
from kerax_optax.table import OPTIMIZERS, TRANSFORMATIONS

__all__: list[str] = []

_MADE_HERE: dict[str, tuple[Callable[..., Any], type[OptaxRule]]] = {
    "MultiSteps": (combining.multi_steps, OptaxRule),
    "chain": (combining.chain, OptaxRule),
    "multi_transform": (combining.multi_transform, combining.Groups),
}


@functools.cache
def __getattr__(name: str) -> type[OptaxRule]:
    if name in TRANSFORMATIONS:
        return transformation_class(name)
    if name not in OPTIMIZERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.startswith("schedule_free"):
        return make_class(name, find(name), combining.ScheduleFree)
    if name in _MADE_HERE:
        return make_class(name, *_MADE_HERE[name])
    return make_class(name, find(name))
