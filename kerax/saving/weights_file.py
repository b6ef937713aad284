"""A model's state in the layout of Keras' weights files, as bytes and as `.weights.h5` files."""

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kerax.errors import ArgumentError, BuildError, SerializationError, ShapeError
from kerax.layer_state import LayerState
from kerax.optimizers import Optimizer
from kerax.random import SeedGenerator
from kerax.saving.atomic import check_target, write_file
from kerax.saving.hdf5 import Reader, Store, write_groups
from kerax.saving.members import WEIGHTS, is_known
from kerax.saving.parts import saved_parts
from kerax.saving.zip_file import read_members
from kerax.variable import Variable, write

__all__ = ["load_weights", "read_state", "save_weights", "state_bytes"]

_RANKS = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}  # by numpy's kinds; V are bfloat16 …


def save_weights(
    model: Any,
    filepath: str | os.PathLike,
    overwrite: bool = True,
    max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:
    """Save a model's weights to a `.weights.h5` file, and its optimizer's state where it has one.

    The file is written beside the target and renamed, so that a failure leaves an older file
    whole.

    Args:
        model: the model.
        filepath: a path that ends in `.weights.h5`.
        overwrite: whether to replace an existing file.
        max_shard_size: unsupported; must be None.
        **kwargs: none; kept for Keras' signature.

    Raises:
        ArgumentError: for another ending, or a file that may not be replaced.
        BuildError: where the model has no variables yet.

    Example:
        >>> import tempfile
        >>> from kerax import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(model, f"{folder}/model.weights.h5")
        ...     load_weights(model, f"{folder}/model.weights.h5")

    Reference:
        Keras: keras.saving.save_weights, which asks on the terminal before it replaces a file.
    """
    if max_shard_size is not None or kwargs:
        raise ArgumentError(f"save_weights: got {kwargs or 'max_shard_size'}; wanted none.")
    if not str(filepath).endswith(".weights.h5"):
        raise ArgumentError(
            f"{filepath}: the filename must end in `.weights.h5`; to save the whole model, use "
            "model.save() and `.keras`."
        )
    _check_built(model, "saving")
    path = check_target(filepath, overwrite)
    write_file(path, state_bytes(model))


def load_weights(
    model: Any, filepath: str | os.PathLike, skip_mismatch: bool = False, **kwargs: Any
) -> None:
    """Load a model's weights from a `.weights.h5` or `.keras` file; all, or none where one fails.

    Args:
        model: the model, built.
        filepath: the file, written by kerax or Keras.
        skip_mismatch: whether to pass over layers whose variables differ, with a warning.
        **kwargs: `objects_to_skip`, a list of layers to pass over.

    Raises:
        SerializationError: where the file is damaged, or does not fit the model.
        BuildError: where the model has no variables yet.

    Reference:
        Keras: keras.saving.load_weights, which keeps what it loaded before it failed, and passes
        over the state of an optimizer that has not taken a step yet.
    """
    skipped = kwargs.pop("objects_to_skip", None) or ()
    if kwargs:
        raise ArgumentError(f"load_weights: got unknown arguments {sorted(kwargs)}.")
    _check_built(model, "loading weights into")
    place = os.fspath(filepath)
    if not str(place).endswith((".weights.h5", ".keras", ".h5", ".hdf5")):
        raise ArgumentError(f"{place}: wanted a `.weights.h5` or `.keras` file.")
    if not Path(place).is_file():
        raise FileNotFoundError(f"{place}: there is no such file to load weights from.")
    source: Any = place
    if str(place).endswith(".keras"):
        members = read_members(place, place, is_known)
        if WEIGHTS not in members:
            raise SerializationError(f"{place}: has no {WEIGHTS}; it is no saved model.")
        source = members[WEIGHTS]
    with Reader(source, str(place)) as reader:
        read_state(model, reader, skip_mismatch, skipped)


def state_bytes(model: Any, include_optimizer: bool = True) -> bytes:
    """Return the HDF5 file of a model's variables, seed generators and optimizer."""
    groups = {}
    for path, part in saved_parts(model).items():
        if isinstance(part, Optimizer) and not include_optimizer:
            continue
        arrays: dict[str, Any] = {}
        if isinstance(part, SeedGenerator):
            arrays["0"] = part.state.numpy()
        else:
            part.save_own_variables(arrays)
        name = str(getattr(part, "name", ""))
        groups[path] = (name, {key: np.asarray(value) for key, value in arrays.items()})
    return write_groups(groups)


def read_state(model: Any, reader: Reader, skip_mismatch: bool = False, skipped: Any = ()) -> None:
    """Set the variables of a model from a file; where one object fails, none is changed.

    Args:
        model: the model, built.
        reader: the file.
        skip_mismatch: whether to pass over objects that do not fit, with a warning.
        skipped: objects to pass over.

    Raises:
        SerializationError: where an object does not fit, naming all that do not.
    """
    if reader.is_legacy():
        raise SerializationError(
            f"{reader.place}: is in the layout of Keras 2, which kerax does not read. Load it "
            "with Keras 3 and save it as `.weights.h5` or `.keras`."
        )
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and not optimizer.built and "optimizer" in reader:
        optimizer.build(model.trainable_variables)  # so that its slots can be read too
    left_out = {id(part) for part in skipped}
    parts = {path: p for path, p in saved_parts(model).items() if id(p) not in left_out}
    failed: dict[str, tuple[Any, Exception]] = {}
    with _all_or_nothing(model, parts):
        for path, part in parts.items():
            try:
                _read_part(part, path, reader)
            except Exception as error:
                failed[path] = (part, error)
        if failed and not skip_mismatch:
            raise _failure(failed, reader.place) from next(iter(failed.values()))[1]
    if failed:
        warnings.warn(str(_failure(failed, reader.place)), stacklevel=4)


def _read_part(part: Any, path: str, reader: Reader) -> None:
    store = reader.store(path)
    if isinstance(part, SeedGenerator):
        if store and _fits(part.state, store, "0"):  # Keras' files have none
            part.state.assign(store["0"])
    elif isinstance(part, Optimizer):
        if path in reader:
            _check_variables(part.variables, store, exact=False)
            part.load_own_variables(store)
    else:
        if type(part).load_own_variables is LayerState.load_own_variables:
            _check_variables(part._own_variables, store, exact=True)
        part.load_own_variables(store)


def _check_variables(variables: list[Variable], store: Store, exact: bool) -> None:
    """Compare shapes and types in the file's headers with the variables, before any is read."""
    if len(store) != len(variables):
        if not exact:
            return  # an optimizer says so itself, with a warning
        names = [variable.path for variable in variables]
        raise ShapeError(f"holds {len(store)} variables; wanted {len(variables)}: {names}")
    for index, variable in enumerate(variables):
        key = str(index)
        if key not in store:
            raise ShapeError(f"holds no variable {key!r}, for {variable.path}")
        if not _fits(variable, store, key):
            raise ShapeError(
                f"holds {store.dtype(key)} of shape {store.shape(key)} for {variable.path}; "
                f"wanted {variable.dtype} of shape {variable.shape}"
            )


def _fits(variable: Variable, store: Store, key: str) -> bool:
    """Whether shapes are equal and the type can be cast without losing a part of the numbers."""
    if key not in store or store.shape(key) != variable.shape:
        return False
    return _RANKS[store.dtype(key).kind] <= _RANKS[np.dtype(variable.dtype).kind]


@contextlib.contextmanager
def _all_or_nothing(model: Any, parts: dict[str, Any]) -> Iterator[None]:
    """Give all variables their former arrays back where the block raises."""
    variables = list(model.variables)
    for part in parts.values():
        if isinstance(part, Optimizer):
            variables.extend(part.variables)
    values = [variable._value for variable in variables]
    try:
        yield
    except BaseException:
        write(variables, values)
        raise


def _failure(failed: dict[str, tuple[Any, Exception]], place: str) -> SerializationError:
    lines = [
        f"  {path or part.name} ({type(part).__name__} {part.name!r}): {error}"
        for path, (part, error) in list(failed.items())[:10]
    ]
    more = f"\n  and {len(failed) - 10} more" if len(failed) > 10 else ""
    return SerializationError(
        f"{place}: {len(failed)} objects could not be loaded:\n" + "\n".join(lines) + more + "\n"
        "The file was saved from another architecture, or the layers come in another order."
    )


def _check_built(model: Any, what: str) -> None:
    if not model.built:
        raise BuildError(
            f"{model.name}: {what} a model that has not yet been built. Call it on some data, or "
            "use build(input_shape), first."
        )
