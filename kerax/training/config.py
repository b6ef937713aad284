"""What `compile` was told: losses and metrics matched to a model's outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax

from kerax import losses, metrics
from kerax.errors import ArgumentError, DataError
from kerax.metrics import Metric
from kerax.symbolic import KerasTensor

__all__ = ["CompiledLosses", "CompiledMetrics", "output_paths"]


def _is_leaf(x: Any) -> bool:
    return x is None or isinstance(x, KerasTensor)


def output_paths(outputs: Any, names: Sequence[str] | None = None) -> list[str]:
    """Return a name for each output, flat: its keys joined by "/"; "" for a single one.

    Args:
        outputs: tensors in any structure.
        names: the names of the operations that make them, flat, used where the structure is a
            list rather than a dict.

    Example:
        >>> output_paths({"x": [1, 2], "z": 3}, ["a", "b", "c"])
        ['x/a', 'x/b', 'z']
    """
    leaves = jax.tree_util.tree_leaves_with_path(outputs, is_leaf=_is_leaf)
    if len(leaves) == 1 and not isinstance(outputs, Mapping):
        return [""]
    paths = []
    for position, (path, _) in enumerate(leaves):
        parts = []
        for level, key in enumerate(path):
            if isinstance(key, jax.tree_util.DictKey):
                parts.append(str(key.key))
            elif level == len(path) - 1:
                parts.append(names[position] if names else f"output_{position}")
        paths.append("/".join(parts))
    return paths


def _spread(spec: Any, outputs: Any, names: list[str], what: str, many: bool) -> list[Any]:
    """A nested argument of `compile` as one entry for each output, flat.

    `many` says that an entry may itself be a list (as with metrics).
    """
    count = len(jax.tree.leaves(outputs, is_leaf=_is_leaf))
    if spec is None:
        return [None] * count
    if isinstance(spec, Mapping) and "class_name" not in spec and "id" not in spec:
        return _spread_dict(spec, outputs, names, what, many)
    if not isinstance(outputs, (list, tuple, Mapping)) or count == 1:
        alone = isinstance(spec, (list, tuple)) and not many
        if alone and len(spec) != 1:
            raise ArgumentError(
                f"compile: {what} is a list of {len(spec)}; wanted an entry for each output, "
                f"{names}: a list of 1, or the entry itself."
            )
        return [spec[0] if alone else spec] * count
    if isinstance(spec, (list, tuple)):
        items = list(outputs.values()) if isinstance(outputs, Mapping) else list(outputs)
        if isinstance(outputs, Mapping) or len(spec) != len(items):
            raise ArgumentError(
                f"compile: {what} is a list of {len(spec)}; wanted an entry for each output, "
                f"{names}: a list of {len(items)} or a dict by name."
            )
        found, start = [], 0
        for entry, item in zip(spec, items, strict=True):
            size = len(jax.tree.leaves(item, is_leaf=_is_leaf))
            found += _spread(entry, item, names[start : start + size], what, many)
            start += size
        return found
    return [spec] * count


def _spread_dict(
    spec: Mapping[str, Any], outputs: Any, names: list[str], what: str, many: bool
) -> list[Any]:
    if isinstance(outputs, Mapping) and set(spec) <= set(outputs):
        found, start = [], 0
        for key in sorted(outputs):
            size = len(jax.tree.leaves(outputs[key], is_leaf=_is_leaf))
            inner = names[start : start + size]
            found += _spread(spec.get(key), outputs[key], inner, what, many)
            start += size
        return found
    unknown = [key for key in spec if key not in names]
    if unknown:
        raise ArgumentError(
            f"compile: {what} names {unknown}; the model's outputs are {names}. Use their names."
        )
    return [spec.get(name) for name in names]


def _flat_like(tree: Any, outputs: Any, names: list[str], what: str) -> list[Any]:
    """Targets or weights as one entry for each output; a dict by name may leave some out."""
    count = len(names)
    if tree is None:
        return [None] * count
    if isinstance(tree, Mapping):
        keys = sorted(outputs) if isinstance(outputs, Mapping) else names
        unknown = [key for key in tree if key not in keys]
        if unknown:
            raise DataError(f"{what}: got keys {unknown}; wanted the model's outputs, {keys}.")
        flat_keys = [key for key in keys if not isinstance(tree.get(key), (list, tuple, dict))]
        if len(flat_keys) == count:
            return [tree.get(key) for key in keys]
        return [leaf for key in keys for leaf in jax.tree.leaves(tree[key], is_leaf=_is_leaf)]
    leaves = jax.tree.leaves(tree, is_leaf=_is_leaf)
    if len(leaves) != count:
        raise DataError(
            f"{what}: got {len(leaves)} array(s); the model has {count} output(s), {names}."
        )
    return leaves


class _Outputs:
    """The structure of a model's outputs, and a name for each."""

    def __init__(self, outputs: Any, operation_names: Sequence[str] | None):
        self.structure = outputs
        self.leaves = jax.tree.leaves(outputs, is_leaf=_is_leaf)
        self.paths = output_paths(outputs, operation_names)
        flat = (
            operation_names if operation_names and len(operation_names) == len(self.paths) else None
        )
        self.names = [path or (flat[0] if flat else "output") for path in self.paths]
        if flat and not isinstance(outputs, Mapping):
            self.names = list(flat)

    def spread(self, spec: Any, what: str, many: bool = False) -> list[Any]:
        return _spread(spec, self.structure, self.names, what, many)

    def flat(self, tree: Any, what: str) -> list[Any]:
        return _flat_like(tree, self.structure, self.names, what)

    def prefix(self, position: int) -> str:
        path = self.paths[position]
        return f"{path}_" if path and len(self.paths) > 1 else ""


class CompiledLosses:
    """The loss of each output, and their weighted sum.

    Args:
        loss: what `compile` was given.
        loss_weights: likewise.
        y_true: targets, or anything of their structure and shapes.
        y_pred: outputs, likewise.
        names: the names of the operations behind the outputs, flat.
    """

    def __init__(
        self, loss: Any, loss_weights: Any, y_true: Any, y_pred: Any, names: Sequence[str] | None
    ):
        self._outputs = outputs = _Outputs(y_pred, names)
        targets = outputs.flat(y_true, "targets (y)")
        specs = outputs.spread(loss, "loss")
        self._losses = [
            losses.get_for_outputs(spec, target, output)
            for spec, target, output in zip(specs, targets, outputs.leaves, strict=True)
        ]
        self._check_targets(targets)
        weights = outputs.spread(loss_weights, "loss_weights")
        self._weights = [1.0 if weight is None else float(weight) for weight in weights]
        used = [i for i, item in enumerate(self._losses) if item is not None]
        several = len(used) > 1
        self.names = {i: f"{outputs.prefix(i)}loss" for i in used} if several else {}

    def _check_targets(self, targets: list[Any]) -> None:
        for loss, target, name in zip(self._losses, targets, self._outputs.names, strict=True):
            if loss is not None and target is None:
                raise DataError(
                    f"Output {name!r} has a loss, {loss.name}, but no targets: pass y, or "
                    "compile with a loss of None for it."
                )

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, dict[str, Any]]:
        """Return the weighted sum and each output's own loss by its name in the logs."""
        outputs = self._outputs
        predictions = jax.tree.leaves(y_pred, is_leaf=_is_leaf)
        targets = outputs.flat(y_true, "targets (y)")
        self._check_targets(targets)
        weights = _spread_weights(outputs, sample_weight)
        total, parts = jax.numpy.zeros(()), {}
        for i, loss in enumerate(self._losses):
            if loss is None:
                continue
            value = loss(targets[i], predictions[i], weights[i])
            value = jax.numpy.sum(value) if getattr(value, "ndim", 0) else value
            if i in self.names:
                parts[self.names[i]] = value
            total = total + self._weights[i] * value
        return total, parts

    def check(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        """Raise where a batch of concrete targets cannot be compared with the outputs."""
        targets = self._outputs.flat(y_true, "targets (y)")
        self._check_targets(targets)
        weights = _spread_weights(self._outputs, sample_weight)
        predictions = jax.tree.leaves(y_pred, is_leaf=_is_leaf)
        for loss, *batch in zip(self._losses, targets, predictions, weights, strict=True):
            if loss is not None:
                loss.check(*batch)


def _spread_weights(outputs: _Outputs, sample_weight: Any) -> list[Any]:
    if isinstance(sample_weight, (list, tuple, Mapping)):
        return outputs.flat(sample_weight, "sample_weight")
    return [sample_weight] * len(outputs.paths)


class CompiledMetrics:
    """The metrics of each output, by their names in the logs.

    Args:
        metrics_: what `compile` was given as `metrics`.
        weighted_metrics: likewise; these take the sample weights.
        y_true: targets, or anything of their structure and shapes.
        y_pred: outputs, likewise.
        names: the names of the operations behind the outputs, flat.
    """

    def __init__(
        self,
        metrics_: Any,
        weighted_metrics: Any,
        y_true: Any,
        y_pred: Any,
        names: Sequence[str] | None,
    ):
        self._outputs = outputs = _Outputs(y_pred, names)
        self._entries: list[tuple[str, Metric, int, bool]] = []
        if not metrics_ and not weighted_metrics:
            return
        targets = outputs.flat(y_true, "targets (y)")
        both = ((metrics_, "metrics", False), (weighted_metrics, "weighted_metrics", True))
        for spec, what, weighted in both:
            for i, entry in enumerate(outputs.spread(spec, what, many=True)):
                for item in _as_list(entry):
                    metric = metrics.get_for_outputs(item, targets[i], outputs.leaves[i])
                    if metric is None:
                        continue
                    name = outputs.prefix(i) + metric.name
                    self._entries.append((self._free(name, weighted), metric, i, weighted))

    def _free(self, name: str, weighted: bool) -> str:
        taken = {entry[0] for entry in self._entries}
        if name in taken and weighted:
            name = f"weighted_{name}"
        count, free = 0, name
        while free in taken:
            count += 1
            free = f"{name}_{count}"
        return free

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, those of `metrics=` first."""
        return [metric for _, metric, _, _ in self._entries]

    def update(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        """Update every metric with a batch."""
        if not self._entries:
            return
        targets = self._outputs.flat(y_true, "targets (y)")
        predictions = jax.tree.leaves(y_pred, is_leaf=_is_leaf)
        weights = _spread_weights(self._outputs, sample_weight)
        for _, metric, i, weighted in self._entries:
            weight = weights[i] if weighted else None
            metric.update_state(targets[i], predictions[i], weight)

    def results(self) -> dict[str, Any]:
        """Return each metric's result by its name in the logs."""
        found: dict[str, Any] = {}
        for name, metric, _, _ in self._entries:
            result = metric.result()
            found.update(result if isinstance(result, dict) else {name: result})
        return found


def _as_list(entry: Any) -> list[Any]:
    if entry is None:
        return []
    return list(entry) if isinstance(entry, (list, tuple)) else [entry]
