"""Optimizers made of others: accumulated steps, chains, and groups of variables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import optax
import optax.contrib

from kerax.errors import ArgumentError
from kerax.optimizers import TransformOptimizer
from kerax_optax.arguments import matching
from kerax_optax.rates import ScheduledState
from kerax_optax.rule import OptaxRule, part_of

__all__ = ["Groups", "ScheduleFree", "chain", "multi_steps", "multi_transform"]


def chain(transformations: Sequence[Any]) -> optax.GradientTransformation:
    """Apply transformations one after the other.

    Args:
        transformations: what to apply, the first one to the gradients.

    Example:
        >>> rule = chain([optax.clip(1.0), optax.sgd(0.5)])
        >>> float(rule.update([9.0], rule.init([0.0]))[0][0])
        -0.5
    """
    return optax.chain(*transformations)


def multi_steps(
    opt: Any, every_k_schedule: Any, use_grad_mean: bool = True
) -> optax.GradientTransformation:
    """Take a step every so many updates, with the mean or sum of their gradients.

    Args:
        opt: what takes the step.
        every_k_schedule: how many updates make a step, or a function of the number of steps.
        use_grad_mean: whether to step with the mean gradient, else with the sum.

    Example:
        >>> rule = multi_steps(optax.sgd(1.0), 2)
        >>> float(rule.update([8.0], rule.init([0.0]), [0.0])[0][0])
        0.0
    """
    return optax.MultiSteps(opt, every_k_schedule, use_grad_mean).gradient_transformation()


def multi_transform(groups: Sequence[Any], default: Any = None) -> optax.GradientTransformation:
    """Use another transformation for each group of variables.

    Args:
        groups: pairs of a list that tells which variables belong to a group, and what changes
            them; a variable belongs to the first group that claims it.
        default: what changes the other variables.

    Example:
        >>> rule = multi_transform([([True, False], optax.sgd(1.0))], optax.sgd(0.5))
        >>> [float(u) for u in rule.update([8.0, 8.0], rule.init([0.0, 0.0]))[0]]
        [-8.0, -4.0]
    """
    claims = zip(*(members for members, _ in groups), strict=True)
    labels = [str(claim.index(True)) if any(claim) else "default" for claim in claims]
    made = {str(index): rule for index, (_, rule) in enumerate(groups)}
    return optax.multi_transform({**made, "default": default or optax.identity()}, labels)


class Groups(OptaxRule):
    """An optimizer with others for groups of variables, found by patterns of their paths.

    `groups` lists `{"pattern": "*/bias", "optimizer": "optax>sgd"}`, where the pattern may be a
    list of several; a variable belongs to the first group that matches. `default` takes the rest.

    Raises:
        ArgumentError: for groups of another form, a pattern that matches nothing, and variables
            without a group where there is no default.
    """

    def _read(self, key: str, value: Any) -> Any:
        place = f"{self.identifier()}: {key}"
        if key == "default":
            return None if value is None else part_of(value, place)
        groups = [_group(each, f"{place}[{index}]") for index, each in enumerate(value)]
        if not groups:
            raise ArgumentError(f"{place}: got none; wanted one at least.")
        return tuple(groups)

    def parts(self) -> Iterator[TransformOptimizer]:
        default = self.arguments["default"]
        if default is not None:
            yield default
        yield from (part for _, part in self.arguments["groups"])

    def _bound(self, key: str, value: Any, paths: Sequence[str]) -> Any:
        if key == "default":
            return super()._bound(key, value, paths)
        place = f"{self.identifier()}: groups"
        free, bound = [True] * len(paths), []
        for index, (patterns, part) in enumerate(value):
            columns = [matching(each, paths, f"{place}[{index}]") for each in patterns]
            members = [any(c) and f for f, *c in zip(free, *columns, strict=True)]
            if not any(members):
                raise ArgumentError(
                    f"{place}[{index}]: earlier groups take all that {list(patterns)} match; put "
                    "it before them."
                )
            free = [f and not m for f, m in zip(free, members, strict=True)]
            bound.append((members, super()._bound("optimizer", part, paths)))
        rest = [path for path, is_free in zip(paths, free, strict=True) if is_free]
        if rest and self.arguments["default"] is None:
            raise ArgumentError(f"{place}: none matches {rest}; give a default for the others.")
        return bound

    def _written(self, key: str, value: Any) -> Any:
        if key != "groups":
            return super()._written(key, value)
        return [
            {"pattern": list(patterns), "optimizer": super(Groups, self)._written(key, part)}
            for patterns, part in value
        ]


class ScheduleFree(OptaxRule):
    """An optimizer that averages in place of a schedule.

    While it trains, the variables are where the next gradient is wanted. The average, which
    predicts best, is what `evaluation_values` returns.
    """

    def evaluation_values(self) -> list[Any]:
        """Return the averaged values of the variables that it was built on, in their order.

        Assign them to predict or to save for predictions; to go on training, keep the variables.

        Raises:
            StateError: before `build`.
        """
        params = [variable.value for variable in self._built_variables("evaluation_values")]
        state = self._state()
        state = state.inner if isinstance(state, ScheduledState) else state
        return optax.contrib.schedule_free_eval_params(state, params)


def _group(value: Any, place: str) -> tuple[tuple[str, ...], TransformOptimizer]:
    if not isinstance(value, Mapping) or set(value) != {"pattern", "optimizer"}:
        raise ArgumentError(
            f'{place}: got {value!r}; wanted {{"pattern": "*/bias", "optimizer": "optax>sgd"}}.'
        )
    pattern = value["pattern"]
    patterns = tuple(pattern) if isinstance(pattern, (list, tuple)) else (pattern,)
    return patterns, part_of(value["optimizer"], place)
