"""Which of several optimizers takes the steps of a variable."""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from kerax.errors import ArgumentError
from kerax.optimizers.base import Optimizer
from kerax.serialization import deserialize_keras_object, serialize_keras_object

__all__ = ["OptimizerMap"]


class OptimizerMap(MutableMapping):
    """Optimizers by patterns of the variables' paths.

    Reading `map[path]` gives the optimizer whose key is the path, else the one whose key, a
    regular expression, matches all of it, else the default.

    Args:
        default_optimizer: the optimizer of variables that no pattern matches.
        optimizer_map: optimizers by pattern.

    Raises:
        TypeError: for a default that is no optimizer.
        ArgumentError: for another entry that is none, a pattern that is there already, and, when
            read, for a path that several patterns match.

    Example:
        >>> from kerax.optimizers import SGD
        >>> groups = OptimizerMap(SGD(0.1), {".*/bias": SGD(0.2)})
        >>> round(float(groups["dense/bias"].learning_rate), 3)
        0.2

    Reference:
        Keras: keras.optimizers.OptimizerMap
    """

    def __init__(
        self, default_optimizer: Optimizer, optimizer_map: Mapping[str, Optimizer] | None = None
    ):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                f"OptimizerMap: got default_optimizer={default_optimizer!r}; wanted an Optimizer."
            )
        self.default_optimizer = default_optimizer
        self._by_pattern: dict[str, Optimizer] = {}
        self.update(optimizer_map or {})

    def __getitem__(self, path: str) -> Optimizer:
        if path in self._by_pattern:
            return self._by_pattern[path]
        found = [pattern for pattern in self._by_pattern if re.fullmatch(pattern, path)]
        if len(found) > 1:
            raise ArgumentError(
                f"OptimizerMap: {path!r} is matched by {found}; wanted one optimizer a variable."
            )
        return self._by_pattern[found[0]] if found else self.default_optimizer

    def __setitem__(self, pattern: str, optimizer: Optimizer) -> None:
        if not isinstance(pattern, str) or not isinstance(optimizer, Optimizer):
            raise ArgumentError(
                f"OptimizerMap: got {optimizer!r} for {pattern!r}; wanted an Optimizer for a "
                "regular expression."
            )
        if pattern in self._by_pattern:
            raise ArgumentError(
                f"OptimizerMap: {pattern!r} is there already; delete it to give another optimizer."
            )
        self._by_pattern[pattern] = optimizer

    def __delitem__(self, pattern: str) -> None:
        del self._by_pattern[pattern]

    def __contains__(self, pattern: object) -> bool:
        return pattern in self._by_pattern

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_pattern)

    def __len__(self) -> int:
        return len(self._by_pattern)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON values."""
        return {
            "default_optimizer": serialize_keras_object(self.default_optimizer),
            "optimizer_map": serialize_keras_object(self._by_pattern),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "OptimizerMap":
        """Make a map from what `get_config` returned."""
        return cls(**deserialize_keras_object(config, custom_objects=custom_objects))
