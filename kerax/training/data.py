"""Data given to fit, evaluate and predict: recognised once, checked, split, weighed."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import numpy as np

from kerax import random
from kerax.errors import DataError
from kerax.training.data_arrays import as_arrays, map_arrays, row_count
from kerax.training.data_sources import ArraySource, Batch, Source
from kerax.training.data_streams import DatasetSource, IterableSource

__all__ = [
    "Source",
    "make_source",
    "pack_x_y_sample_weight",
    "split_validation",
    "unpack_x_y_sample_weight",
]

_DEFAULT_BATCH_SIZE = 32
_ARRAYS = (np.ndarray, jax.Array, list, tuple, Mapping)
_LABEL_AXES = 2  # labels are [samples], [samples, 1] or one-hot [samples, classes]


def make_source(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: bool | str = False,
    class_weight: Mapping[int, float] | None = None,
    role: str = "fit",
) -> Source:
    """Recognise data in any form that fit takes.

    Args:
        x: structure of arrays `[samples, ...]`; or a generator, any iterable of batches (tf.data,
            torch's DataLoader), a PyDataset; or a `Source`, which is returned as it is.
        y: structure of arrays `[samples, ...]`; only beside arrays.
        sample_weight: structure like `y`, or one array for all targets; only beside arrays.
        batch_size: samples in a batch of arrays; 32 where None.
        steps: batches in an epoch; None means all.
        shuffle: True, False, or `"batch"` (within each batch).
        class_weight: weight of each integer class; others weigh 1.
        role: `"fit"`, `"evaluate"` or `"predict"`, for errors and for what a new epoch begins.

    Returns:
        The source of batches.

    Raises:
        DataError: where data or arguments cannot be used.
    """
    if isinstance(x, Source):
        return x
    _check_count("steps_per_epoch" if role == "fit" else "steps", steps, role)
    _check_count("batch_size", batch_size, role)
    _check_class_weight(class_weight, role)
    if shuffle not in (True, False, None, "batch"):
        raise DataError(f'{role}: got shuffle={shuffle!r}; wanted True, False or "batch".')
    seed = random.make_seed() if shuffle else 0
    if _is_in_memory(x):
        x, y, weight = (as_arrays(tree, name) for tree, name in _named(x, y, sample_weight))
        weight = _weights_like(y, weight, role)
        if class_weight is not None:
            weight = _weigh(class_weight, role, y, weight)
        size = batch_size or _DEFAULT_BATCH_SIZE
        return ArraySource(x, y, weight, size, steps, shuffle or False, seed, role)
    _check_alone(x, y, sample_weight, role)
    weigh = None if class_weight is None else partial(_weigh, class_weight, role)
    if _is_dataset(x):
        return DatasetSource(x, steps, bool(shuffle), seed, weigh, role)
    if hasattr(x, "__iter__") and not isinstance(x, (str, bytes)):
        return IterableSource(x, steps, weigh, role)
    raise DataError(
        f"{role}: got x of type {type(x).__name__}; wanted arrays, or an iterable of batches."
    )


def _named(x: Any, y: Any, sample_weight: Any) -> tuple[tuple[Any, str], ...]:
    return (x, "x"), (y, "y"), (sample_weight, "sample_weight")


def _is_in_memory(x: Any) -> bool:
    if isinstance(x, _ARRAYS):
        return True
    package = type(x).__module__.partition(".")[0]
    array_like = hasattr(x, "shape") and hasattr(x, "dtype") and hasattr(x, "__getitem__")
    return array_like or package == "pandas"


def _is_dataset(x: Any) -> bool:
    by_index = hasattr(x, "__getitem__") and hasattr(x, "on_epoch_end")
    return by_index and (hasattr(x, "num_batches") or hasattr(x, "__len__"))


def _check_count(name: str, value: Any, role: str) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if value is not None and not (whole and value >= 1):
        raise DataError(f"{role}: got {name}={value!r}; wanted a positive integer or None.")


def _check_alone(x: Any, y: Any, sample_weight: Any, role: str) -> None:
    if x is None:
        raise DataError(f"{role}: got x=None; wanted arrays, a generator or a dataset.")
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise DataError(
                f"{role}: got {name} beside x of {type(x).__name__}, which gives whole batches; "
                f"let it yield (x, y) or (x, y, sample_weight) and leave {name} out."
            )


def _check_class_weight(class_weight: Any, role: str) -> None:
    if class_weight is None:
        return
    if not isinstance(class_weight, Mapping):
        raise DataError(
            f"{role}: got class_weight of {type(class_weight).__name__}; wanted a dict from "
            "integer class to weight, such as dict(enumerate(weights))."
        )
    for key, weight in class_weight.items():
        if not isinstance(key, (int, float, np.integer, np.floating)) or int(key) != key:
            raise DataError(
                f"{role}: got class_weight key {key!r}; wanted integer classes as in y."
            )
        if not isinstance(weight, (int, float, np.number)) or not np.isfinite(weight):
            raise DataError(
                f"{role}: got class_weight[{key!r}]={weight!r}; wanted a finite number."
            )


def _weights_like(y: Any, weight: Any, role: str) -> Any:
    """Give each target its weights; one array serves all of them."""
    if weight is None or not isinstance(y, (list, tuple, dict)):
        return weight
    if not isinstance(weight, (list, tuple, dict)):
        return map_arrays(lambda target, name: weight, y, "y")
    keys = (y.keys(), weight.keys()) if isinstance(y, dict) and isinstance(weight, dict) else None
    if type(y) is not type(weight) or (keys and keys[0] != keys[1]) or len(y) != len(weight):
        raise DataError(
            f"{role}: got y with {_outline(y)} and sample_weight with {_outline(weight)}; wanted "
            "one sample_weight array for each target (None where a target has none)."
        )
    return weight


def _outline(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"keys {sorted(map(str, tree))}"
    return f"a {type(tree).__name__} of {len(tree)}"


def _weigh(class_weight: Mapping[int, float], role: str, y: Any, weight: Any) -> np.ndarray:
    """Return the class weight of each sample: float32 `[samples]`."""
    if weight is not None:
        raise DataError(f"{role}: got class_weight and sample_weight; wanted one of them.")
    if y is None or isinstance(y, (list, tuple, dict)):
        found = "no y" if y is None else f"y with {_outline(y)}"
        raise DataError(f"{role}: got class_weight with {found}; wanted one array of labels.")
    labels = np.asarray(y)
    if labels.ndim > _LABEL_AXES:
        raise DataError(
            f"{role}: got class_weight with y of shape {labels.shape}; wanted labels [samples], "
            "[samples, 1] or one-hot [samples, classes]. Give sample_weight instead."
        )
    if labels.ndim == _LABEL_AXES and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)
    if not np.isfinite(labels).all():
        raise DataError(f"{role}: got class_weight with labels that are not finite.")
    classes, positions = np.unique(np.rint(labels).reshape(-1).astype("int64"), return_inverse=True)
    weights = [float(class_weight.get(int(label), 1.0)) for label in classes]
    return np.array(weights, "float32")[positions]


def split_validation(x: Any, y: Any, sample_weight: Any, fraction: float) -> tuple[Batch, Batch]:
    """Set the last part of the samples aside for validation.

    Args:
        x: structure of arrays `[samples, ...]`.
        y: as `x`, or None.
        sample_weight: as `y`, or None.
        fraction: the share set aside, between 0 and 1.

    Returns:
        `(x, y, sample_weight)` of the first `floor(samples * (1 - fraction))` samples, and of the
        others.

    Raises:
        DataError: where the data is not in memory, or one part would be empty.

    Example:
        >>> (x, _, _), (rest, _, _) = split_validation(np.arange(5), None, None, 0.4)
        >>> x, rest
        (array([0, 1, 2]), array([3, 4]))

    Reference:
        Keras: the argument `validation_split` of keras.Model.fit.
    """
    if not _is_in_memory(x):
        raise DataError(
            f"fit: got validation_split with x of {type(x).__name__}; wanted arrays. Give "
            "validation_data instead."
        )
    parts = {name: as_arrays(tree, name) for tree, name in _named(x, y, sample_weight)}
    count = row_count(parts, "fit")
    share = 0 < fraction < 1 if isinstance(fraction, (int, float, np.number)) else False
    kept = math.floor(count * (1.0 - fraction)) if share else 0
    if not 0 < kept < count:
        raise DataError(
            f"fit: got validation_split={fraction!r} for {count} samples; wanted a fraction "
            "between 0 and 1 that leaves samples on both sides."
        )
    first = [map_arrays(lambda a, _: a[:kept], tree, name) for name, tree in parts.items()]
    last = [map_arrays(lambda a, _: a[kept:], tree, name) for name, tree in parts.items()]
    return (first[0], first[1], first[2]), (last[0], last[1], last[2])


def unpack_x_y_sample_weight(data: Any) -> Batch:
    """Take a batch apart.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`; a list counts as a tuple.

    Returns:
        `(x, y, sample_weight)`, None for what is absent.

    Raises:
        DataError: for a tuple of another length.

    Example:
        >>> unpack_x_y_sample_weight((1, 2))
        (1, 2, None)

    Reference:
        Keras: keras.utils.unpack_x_y_sample_weight
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise DataError(
            f"unpack_x_y_sample_weight: got a {type(data).__name__} of {len(data)}; wanted x, "
            "(x,), (x, y) or (x, y, sample_weight)."
        )
    parts = (*data, None, None)
    return parts[0], parts[1], parts[2]


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Put a batch together, so that `unpack_x_y_sample_weight` gives the same parts.

    Args:
        x: inputs.
        y: targets, or None.
        sample_weight: weights, or None; left out where `y` is None.

    Returns:
        `x` where it is the only part and neither list nor tuple, else a tuple.

    Example:
        >>> pack_x_y_sample_weight(1), pack_x_y_sample_weight(1, 2), pack_x_y_sample_weight([1])
        (1, (1, 2), ([1],))

    Reference:
        Keras: keras.utils.pack_x_y_sample_weight
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
