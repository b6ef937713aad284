"""`.keras` archives: a model's config, weights, assets and list of plugins in one zip file."""

import datetime
import json
import math
import os
import random
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerax.errors import (
    ArgumentError,
    KeraxError,
    PluginLoadError,
    PluginNotFoundError,
    SerializationError,
)
from kerax.layer import Layer
from kerax.plugins import attributed, custom_object_scope
from kerax.plugins.loading import builtin_entry
from kerax.plugins.migration import written_with
from kerax.saving.assets import collect_assets, load_assets
from kerax.saving.atomic import check_target, write_file
from kerax.saving.hdf5 import Reader
from kerax.saving.members import ASSETS, CONFIG, METADATA, PLUGINS, WEIGHTS, is_known
from kerax.saving.parts import saved_parts
from kerax.saving.plugin_list import (
    Missing,
    check_plugins,
    list_plugins,
    migrate_names,
    permitting,
    schemas_of,
)
from kerax.saving.strict_json import parse
from kerax.saving.weights_file import read_state, state_bytes
from kerax.saving.zip_file import read_members, write_members
from kerax.serialization import (
    check_depth,
    deserialize_keras_object,
    serialize_keras_object,
)
from kerax.variable import abstract_variables

__all__ = [
    "load_model",
    "model_from_config",
    "model_from_json",
    "model_to_bytes",
    "pickled_model",
    "save_model",
    "unpickle_model",
]

# Keras takes what this release of it writes; kerax keeps to that layout.
_KERAS_VERSION = "3.12.0"
_FREE_BYTES = 64 * 2**20
_MAX_GROWTH = 64


@attributed
def save_model(
    model: Any,
    filepath: str | os.PathLike,
    overwrite: bool = True,
    zipped: bool | None = None,
    **kwargs: Any,
) -> None:
    """Save a model's architecture, weights and training state to a `.keras` file.

    The file is written beside the target and renamed, so that a failure leaves an older file
    whole. Keras 3 opens it too.

    Args:
        model: the model.
        filepath: a path that ends in `.keras`.
        overwrite: whether to replace an existing file.
        zipped: kept for Keras' signature; the file is always one zip archive.
        **kwargs: `include_optimizer=False` leaves the optimizer's state out.

    Raises:
        ArgumentError: for another ending, or a file that may not be replaced.
        SerializationError: where a part of the model has no config.

    Example:
        >>> import tempfile
        >>> from kerax import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(model, f"{folder}/model.keras")
        ...     sorted(os.listdir(folder))
        ['model.keras']

    Reference:
        Keras: keras.saving.save_model, which asks on the terminal before it replaces a file.
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    if kwargs or zipped is False:
        raise ArgumentError(f"save_model: got {kwargs or {'zipped': zipped}}; wanted none.")
    if not str(filepath).endswith(".keras"):
        raise ArgumentError(
            f"{filepath}: the filename must end in `.keras`. For the weights alone, use "
            "save_weights() and `.weights.h5`."
        )
    path = check_target(filepath, overwrite)
    if not model.built:
        warnings.warn(
            f"{model.name}: is saved before it is built, so without weights. Call it on some "
            "data first.",
            stacklevel=4,
        )
    write_file(path, model_to_bytes(model, include_optimizer))


def model_to_bytes(model: Any, include_optimizer: bool = True) -> bytes:
    """Return the `.keras` archive of a model.

    Args:
        model: the model.
        include_optimizer: whether to keep the optimizer's state.
    """
    config = serialize_keras_object(model)
    metadata = {
        "keras_version": _KERAS_VERSION,
        "kerax_version": builtin_entry().version,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
    }
    members = {
        METADATA: json.dumps(metadata).encode(),
        CONFIG: _dump(config, model.name).encode(),
        WEIGHTS: state_bytes(model, include_optimizer),
    }
    listed = list_plugins(config)
    if listed is not None:
        members[PLUGINS] = json.dumps(listed, indent=1).encode()
    return write_members(members | collect_assets(model))


def _dump(config: Any, name: str) -> str:
    try:
        return json.dumps(config, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise SerializationError(
            f"{name}: its config cannot be written as JSON: {error}. get_config() of each layer "
            "must return strings, finite numbers, lists and dicts."
        ) from error


@attributed
def load_model(
    filepath: str | os.PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool | None = None,
    safe_mode: bool = True,
    plugins: Any = "installed",
) -> Any:
    """Load a model from a `.keras` file that kerax or Keras 3 wrote.

    Args:
        filepath: the file.
        custom_objects: classes and functions by name.
        compile: whether to compile the model as it was when saved. None does so where what it
            takes is installed, and else loads the model for predictions, with a warning.
        safe_mode: whether to refuse lambdas, whose bytecode could do anything.
        plugins: which plugins the file may use: `"installed"`, `"core"` for kerax's own alone,
            or a list of namespaces.

    Returns:
        The model.

    Raises:
        SerializationError: where the file is missing, damaged or unsafe, or names something
            unknown.
        PluginNotFoundError: where a plugin is missing, naming all that are.

    Example:
        >>> import tempfile
        >>> from kerax import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/model.keras")
        ...     load_model(f"{folder}/model.keras").output_shape
        (None, 1)

    Reference:
        Keras: keras.saving.load_model
    """
    place = os.fspath(filepath)
    if not Path(place).is_file():
        raise SerializationError(f"{place}: file not found; wanted a `.keras` file.")
    if str(place).endswith((".h5", ".hdf5")):
        raise SerializationError(
            f"{place}: is in the layout of Keras 2, which kerax does not read. Load it with Keras "
            "3 and save it as `.keras`."
        )
    members = read_members(place, str(place), is_known)
    with permitting(plugins):
        return _load(members, str(place), custom_objects, compile, safe_mode)


def _load(
    members: Mapping[str, bytes],
    place: str,
    custom_objects: Mapping[str, Any] | None,
    compile: bool | None,
    safe_mode: bool,
) -> Any:
    for name in (METADATA, CONFIG, WEIGHTS):
        if name not in members:
            raise SerializationError(f"{place}: has no {name}; it is no saved model.")
    parse(members[METADATA], f"{place}: {METADATA}")
    config = parse(members[CONFIG], f"{place}: {CONFIG}")
    check_depth(config)
    listed = parse(members[PLUGINS], f"{place}: {PLUGINS}") if PLUGINS in members else None
    with custom_object_scope(custom_objects):
        missing = check_plugins(config, listed, place, compile is not False)
    schemas = schemas_of(listed, place)
    with (
        written_with(schemas),
        Reader(members[WEIGHTS], f"{place}: {WEIGHTS}") as reader,
    ):
        model, compiling = _build(config, place, custom_objects, safe_mode, reader.total_bytes())
        if compiling and compile is not False:
            compiling = compiling if missing else migrate_names(compiling, schemas)
            _compile(model, compiling, custom_objects, compile, missing, place)
        if any(name.startswith(ASSETS) for name in members):
            load_assets(model, members, place)
        read_state(model, reader)
    return model


def _build(
    config: Any, place: str, custom_objects: Any, safe_mode: bool, stored: int | None
) -> tuple[Any, Any]:
    """Make the model of a config, and return it with what to compile it from.

    With the size of the stored weights known, the variables are first made without values, so
    that a config which claims far more than that allocates nothing.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise SerializationError(f"{place}: the config describes no model.")
    config = dict(config)
    compiling = config.pop("compile_config", None)
    before = random.getstate()  # loading draws seeds, and must not disturb the program's own
    try:
        if stored is not None:
            _check_size(config, custom_objects, safe_mode, stored, place)
        return _made(config, place, custom_objects, safe_mode), compiling
    finally:
        random.setstate(before)


def _made(config: Any, place: str, custom_objects: Any, safe_mode: bool) -> Any:
    try:
        model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
    except KeraxError as error:
        error.add_note(f"while reading {place}")
        raise
    except Exception as error:
        raise SerializationError(
            f"{place}: its config cannot be read: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(model, Layer) or not hasattr(model, "compile_from_config"):
        raise SerializationError(f"{place}: holds a {type(model).__name__}; wanted a model.")
    return model


def _check_size(config: Any, custom_objects: Any, safe_mode: bool, stored: int, place: str) -> None:
    try:
        with abstract_variables():
            model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
    except KeraxError:
        raise
    except Exception:  # a layer whose build() reads values can't be planned; the program trusts it
        return
    variables = getattr(model, "variables", ())
    claimed = sum(math.prod(v.shape) * v._value.dtype.itemsize for v in variables)
    if claimed > _MAX_GROWTH * stored + _FREE_BYTES:
        raise SerializationError(
            f"{place}: the config describes {claimed} bytes of weights, and the file holds "
            f"{stored}; it is damaged or hostile."
        )


def _compile(
    model: Any,
    config: Any,
    custom_objects: Any,
    asked: bool | None,
    missing: Missing | None,
    place: str,
) -> None:
    try:
        if missing is not None:
            raise missing.error(place)
        with custom_object_scope(custom_objects):
            model.compile_from_config(config)
    except (PluginNotFoundError, PluginLoadError) as error:
        if asked:
            raise
        why = missing or error
        warnings.warn(f"{place}: loaded for predictions only, not compiled: {why}", stacklevel=6)


def model_from_json(
    json_string: str | bytes, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """Make a model, with new weights, from what `model.to_json()` returned.

    Args:
        json_string: the text, written by kerax or Keras.
        custom_objects: classes and functions by name.

    Returns:
        The model.

    Raises:
        SerializationError: where the text is malformed or describes no model.

    Example:
        >>> from kerax import Input, Sequential, layers
        >>> text = Sequential([Input((3,)), layers.Dense(2)]).to_json()
        >>> model_from_json(text).output_shape
        (None, 2)

    Reference:
        Keras: keras.models.model_from_json
    """
    config = parse(json_string, "model_from_json")
    return model_from_config(config, custom_objects)


def model_from_config(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """Make a model, with new weights, from `serialize_keras_object(model)`.

    Args:
        config: the config, `{"class_name", "config", …}`.
        custom_objects: classes and functions by name.

    Returns:
        The model, compiled where the config says how and what it takes is installed.

    Raises:
        SerializationError: where it describes no model.
        PluginNotFoundError: where a plugin's part of its structure is missing, naming all.
    """
    place = "model_from_config"
    check_depth(config)
    with custom_object_scope(custom_objects):
        missing = check_plugins(config, None, place, True)
    model, compiling = _build(config, place, custom_objects, True, None)
    if compiling:
        _compile(model, compiling, custom_objects, None, missing, place)
    return model


def pickled_model(model: Any) -> tuple[bytes, dict[str, type]]:
    """Return what `unpickle_model` takes: the archive, and the classes that are not kerax's."""
    classes = {type(part) for part in saved_parts(model).values()}
    own = {cls.__name__: cls for cls in classes if not cls.__module__.startswith("kerax.")}
    return model_to_bytes(model), own


def unpickle_model(data: bytes, classes: Mapping[str, type] | None = None) -> Any:
    """Make a model from what `pickled_model` returned; what pickle and deepcopy call."""
    place = "pickled model"
    return _load(read_members(data, place, is_known), place, classes, None, False)
