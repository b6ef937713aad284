"""One function of optax as an optimizer: its arguments in a config, its state in variables."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import optax

from kerax import optimizers
from kerax.errors import ArgumentError, SerializationError, StateError
from kerax.optimizers import OptaxOptimizer, Optimizer, TransformOptimizer, schedules
from kerax.optimizers.base import Options
from kerax.optimizers.schedules import LearningRateSchedule
from kerax.optimizers.state import takes_step
from kerax.variable import Variable
from kerax_optax.arguments import bind, find, is_mask, mask_of
from kerax_optax.rates import by_rate, by_schedule
from kerax_optax.table import LEFT_OUT, NEEDS_LOSS, OPTIMIZERS, TRANSFORMATIONS

__all__ = ["DEFAULT_RATE", "OptaxRule", "make_class", "part_of", "transformation_class"]

# Of those for which optax has no default.
DEFAULT_RATE = 1e-3

# Arguments of optax that are transformations, or schedules where they are no numbers.
_PARTS = frozenset({"adv_optimizer", "base_optimizer", "inner", "opt", "optimizer"})
_SCHEDULES = frozenset({"adam_learning_rate", "every_k_schedule", "step_size_fn"})

# The base's options. Weight decay is optax' own argument, or a transformation in a chain.
_OPTIONS = frozenset(Options.__annotations__) - {"weight_decay"}
_WORKING = _OPTIONS - {"name", "ema_momentum"}


class OptaxRule(TransformOptimizer):
    """An optimizer whose rule is a function of optax; the base of all in this plugin.

    The learning rate is a float32 variable or a schedule, as any optimizer's. Masks are patterns
    of the variables' paths, such as `["*/kernel"]`. Where optax takes another transformation, it
    is a name or config: `"optax>sgd"`, `{"id": "optax>adamw", "config": {"b1": 0.8}}`.

    Args:
        *arguments: what the function of optax takes.
        **options: the same by name, and the base's options but `weight_decay`, unless the function
            takes that too.

    Raises:
        ArgumentError: for arguments that neither takes, or that are missing.

    Example:
        >>> optimizer = optimizers.get({"id": "optax>sgd", "config": {"learning_rate": 0.5}})
        >>> weight = Variable([1.0])
        >>> optimizer.apply([jnp.ones(1)], [weight])
        >>> weight.numpy().tolist()
        [0.5]

    Reference:
        optax: optax.GradientTransformation
    """

    names_by_path = True
    function: ClassVar[Callable[..., Any]]

    def __init__(self, *arguments: Any, **options: Any):
        signature = inspect.signature(type(self).function)
        taken = set(signature.parameters)
        base = {key: options.pop(key) for key in _OPTIONS - taken if key in options}
        if "learning_rate" in taken and not arguments:
            required = signature.parameters["learning_rate"].default is inspect.Parameter.empty
            options = {"learning_rate": DEFAULT_RATE, **options} if required else options
        given = bind(type(self).__name__, signature, arguments, options, _OPTIONS)
        super().__init__(given.pop("learning_rate", None), **base)
        self.arguments = {key: self._read(key, value) for key, value in given.items()}

    @classmethod
    def identifier(cls) -> str:
        """Return the id, such as `optax>adam`."""
        return f"optax>{cls.__name__}"

    def _read(self, key: str, value: Any) -> Any:
        """Turn an argument's names and configs into objects."""
        place = f"{self.identifier()}: {key}"
        if key in _PARTS and value is not None:
            return part_of(value, place)
        if key == "transformations":
            return tuple(part_of(each, f"{place}[{i}]") for i, each in enumerate(value or ()))
        if key in _SCHEDULES and not isinstance(value, (int, float, type(None))):
            return schedules.get(value)
        if key == "linesearch" and value is not None:
            raise ArgumentError(
                f"{place}: got {value!r}; wanted None: a line search evaluates the loss several "
                "times in a step, and fit computes it once."
            )
        return value

    def parts(self) -> Iterator[TransformOptimizer]:
        """Iterate over the optimizers that this one is made of."""
        for value in self.arguments.values():
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, TransformOptimizer):
                    yield each

    def transformation(self) -> optax.GradientTransformation:
        return self.rule([variable.path for variable in self._trainable_variables])

    def rule(self, paths: Sequence[str]) -> optax.GradientTransformation:
        """Return the transformation for variables of some paths.

        Args:
            paths: the variables' paths, in order.
        """
        arguments = {key: self._bound(key, value, paths) for key, value in self.arguments.items()}
        make = functools.partial(type(self).function, **arguments)
        if not self._takes_rate():
            return make()
        rate = self._learning_rate
        if rate is None:
            return make(learning_rate=None)
        make_at = lambda value: make(learning_rate=value)  # noqa: E731 - one line says it
        if callable(rate) and takes_step(rate):
            return by_schedule(make_at, rate)
        return by_rate(make_at, self._current_learning_rate)

    def _bound(self, key: str, value: Any, paths: Sequence[str]) -> Any:
        """Turn an argument into what optax takes."""
        if key == "every_k_schedule" and callable(value):
            return lambda step: jnp.asarray(value(step), jnp.int32)
        if key == "key" and isinstance(value, int):
            return jax.random.key(value)
        if is_mask(key):
            return mask_of(value, paths, f"{self.identifier()}: {key}")
        if isinstance(value, TransformOptimizer):
            return _rule_of(value, paths)
        if key == "transformations":
            return tuple(_rule_of(each, paths) for each in value)
        return value

    def _takes_rate(self) -> bool:
        return "learning_rate" in inspect.signature(type(self).function).parameters

    def update(
        self, gradients: Sequence[Any], variables: Sequence[Variable], learning_rate: Any, loss: Any
    ) -> None:
        needing = self._needing_loss()
        if needing and loss is None:
            raise StateError(
                f"{self.name}: {needing} follows the loss, which apply() is not told. Train with "
                "fit, or call stateless_apply(..., loss=loss)."
            )
        super().update(gradients, variables, learning_rate, loss)

    def _needing_loss(self) -> str | None:
        """The id of the part that needs the loss, None where none does."""
        if type(self).__name__ in NEEDS_LOSS:
            return self.identifier()
        found = (part._needing_loss() for part in self.parts() if isinstance(part, OptaxRule))
        return next(filter(None, found), None)

    def _extra_arguments(self, learning_rate: Any, loss: Any) -> dict[str, Any]:
        # Some of optax' transformations, such as sam, refuse what they do not use.
        return {"value": loss} if self._may_use_loss() and loss is not None else {}

    def _may_use_loss(self) -> bool:
        return type(self).__name__ in NEEDS_LOSS or any(
            not isinstance(part, OptaxRule) or part._may_use_loss() for part in self.parts()
        )

    @property
    def variables(self) -> list[Variable]:
        """The optimizer's variables and its parts' learning rates, in the order of saving."""
        rates = (owner._learning_rate for owner in self._rated() if owner is not self)
        return [*self._variables, *(rate for rate in rates if isinstance(rate, Variable))]

    def _rated(self) -> Iterator["OptaxRule"]:
        """Iterate over this optimizer and its parts, as far as they have a learning rate."""
        if self._learning_rate is not None:
            yield self
        for part in self.parts():
            if isinstance(part, OptaxRule):
                yield from part._rated()

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a float32 variable, or the schedule's present value.

        Where it belongs to parts, that of the first which has one; setting it then changes the
        others in proportion.
        """
        owner = next(self._rated(), None)
        if owner is None:
            raise StateError(f"{self.name}: {self.identifier()} has no learning rate.")
        return super().learning_rate if owner is self else owner.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        owners = list(self._rated())
        if not owners and (self.built or not self._takes_rate()):
            raise StateError(
                f"{self.name}: {self.identifier()} has no learning rate to set, or was made with "
                "None. Give it a float to set it later."
            )
        if owners in ([], [self]):
            _set_rate(self, learning_rate)
            return
        fixed = [o.identifier() for o in owners if not isinstance(o._learning_rate, Variable)]
        if fixed:
            raise TypeError(
                f"{self.name}: the learning rate of {', '.join(fixed)} comes from a schedule and "
                "cannot be set. Give every part a float to set it later."
            )
        before = [float(owner._learning_rate) for owner in owners]
        if len(owners) > 1 and before[0] == 0.0:
            raise StateError(
                f"{self.name}: the first learning rate is 0, so the others cannot change in "
                "proportion; set each one's."
            )
        for owner, rate in zip(owners[1:], before[1:], strict=True):
            _set_rate(owner, rate / before[0] * float(learning_rate))
        _set_rate(owners[0], learning_rate)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        options = {key: value for key, value in config.items() if key in _OPTIONS}
        return {**options, **self.own_config()}

    def own_config(self) -> dict[str, Any]:
        """Return the learning rate and optax' arguments as JSON values."""
        rate = {"learning_rate": super().get_config()["learning_rate"]}
        own = {key: self._written(key, value) for key, value in self.arguments.items()}
        return {**(rate if self._takes_rate() else {}), **own}

    def _written(self, key: str, value: Any) -> Any:
        if isinstance(value, (tuple, list)):
            return [self._written(key, item) for item in value]
        if isinstance(value, OptaxRule):
            name, config = type(value).__name__, value.own_config()
            if name in TRANSFORMATIONS:  # no component, so an id would be looked for in vain
                return {"transformation": name, "config": config}
            return {"id": value.identifier(), "config": config}
        if isinstance(value, TransformOptimizer):
            return optimizers.serialize(value)
        if isinstance(value, LearningRateSchedule):
            return schedules.serialize(value)
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise SerializationError(
            f"{self.name}: {key}={value!r} has no config; wanted a JSON value, such as a pattern "
            "of paths for a mask and 'float32' for a type."
        )


def _set_rate(optimizer: Optimizer, learning_rate: Any) -> None:
    Optimizer.learning_rate.__set__(optimizer, learning_rate)


def _rule_of(part: TransformOptimizer, paths: Sequence[str]) -> optax.GradientTransformation:
    return part.rule(paths) if isinstance(part, OptaxRule) else part.transformation()


def part_of(identifier: Any, place: str) -> TransformOptimizer:
    """Return the transformation that an optimizer is to be made of.

    Args:
        identifier: an id or config of this plugin, also of a transformation that is no optimizer
            by itself, which configs write as `{"transformation": "clip", "config": {…}}`; that
            of another plugin's optax factory; or an object of these.
        place: the argument, for errors.

    Raises:
        ArgumentError: for anything else, and for options that belong to the whole.

    Example:
        >>> part_of({"id": "optax>clip", "config": {"max_delta": 1.0}}, "here").arguments
        {'max_delta': 1.0}
    """
    name, config = _local(identifier)
    if name in LEFT_OUT:
        raise ArgumentError(f"{place}: optax>{name} is left out, since {LEFT_OUT[name]}.")
    if name in TRANSFORMATIONS:
        found = transformation_class(name)(**config)
    else:
        found = optimizers.get(identifier)
    if not isinstance(found, (OptaxRule, OptaxOptimizer)):
        raise ArgumentError(
            f"{place}: got {identifier!r}; wanted an id such as 'optax>sgd', or an optax "
            "transformation. Keras' optimizers work around their rule and cannot be part of one."
        )
    given = [key for key in _WORKING if getattr(found, key)]
    if given:
        raise ArgumentError(f"{place}: got {', '.join(given)}; give them to the outer optimizer.")
    return found


def _local(identifier: Any) -> tuple[str | None, dict[str, Any]]:
    """The name within this plugin and the config, where an identifier has them."""
    config: Any = {}
    if isinstance(identifier, Mapping):
        config = identifier.get("config") or {}
        if "transformation" in identifier:
            return str(identifier["transformation"]), dict(config)
        identifier = identifier.get("id") or identifier.get("registered_name")
    if not isinstance(identifier, str) or not identifier.startswith("optax>"):
        return None, {}
    return identifier.removeprefix("optax>"), dict(config)


def make_class(
    name: str, function: Callable[..., Any], base: type[OptaxRule] = OptaxRule
) -> type[OptaxRule]:
    """Make the optimizer class of one function of optax.

    Args:
        name: its name, as in optax.
        function: what makes the transformation from the arguments.
        base: the class to derive from.
    """
    summary = OPTIMIZERS.get(name, "A transformation as a part of others")
    members = {
        "__module__": "kerax_optax.optimizers",
        "__doc__": f"{summary}; the arguments are those of `optax.{name}`.",
        "__signature__": inspect.signature(function),
        "function": staticmethod(function),
    }
    return type(name, (base,), members)


@functools.cache
def transformation_class(name: str) -> type[OptaxRule]:
    """Return the class of a transformation of optax that is no optimizer by itself."""
    return make_class(name, find(name))
