"""Global settings: default float type, fuzz factor, image layout, logging."""

import threading

from kerax.errors import ArgumentError

__all__ = [
    "backend",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_interactive_logging_enabled",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_FORMATS = ("channels_last", "channels_first")

_lock = threading.Lock()
_settings: dict[str, object] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "interactive_logging": True,
}


def _set(name: str, value: object) -> None:
    with _lock:
        _settings[name] = value


def floatx() -> str:
    """Return the default float type, `"float32"` unless it was changed.

    Returns:
        One of `"float16"`, `"bfloat16"`, `"float32"`, `"float64"`.

    Example:
        >>> floatx()
        'float32'

    Reference:
        Keras: keras.config.floatx
    """
    return str(_settings["floatx"])


def set_floatx(value: str) -> None:
    """Set the default float type of new variables and layers.

    Args:
        value: `"float16"`, `"bfloat16"`, `"float32"` or `"float64"` (which needs
            `jax.config.update("jax_enable_x64", True)`).

    Raises:
        ArgumentError: for any other value.

    Example:
        >>> set_floatx("float32")

    Reference:
        Keras: keras.config.set_floatx
    """
    if value not in _FLOATS:
        raise ArgumentError(f"set_floatx: got {value!r}; wanted one of {', '.join(_FLOATS)}.")
    _set("floatx", str(value))


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite.

    Returns:
        The fuzz factor, `1e-7` unless it was changed.

    Example:
        >>> epsilon()
        1e-07

    Reference:
        Keras: keras.config.epsilon
    """
    return float(_settings["epsilon"])  # type: ignore[arg-type]  # the dict holds mixed settings


def set_epsilon(value: float) -> None:
    """Set the fuzz factor that `epsilon()` returns.

    Args:
        value: a small positive number.

    Example:
        >>> set_epsilon(1e-7)

    Reference:
        Keras: keras.config.set_epsilon
    """
    _set("epsilon", float(value))


def image_data_format() -> str:
    """Return the default axis order of images.

    Returns:
        `"channels_last"` (`[batch, height, width, channels]`) or `"channels_first"`.

    Example:
        >>> image_data_format()
        'channels_last'

    Reference:
        Keras: keras.config.image_data_format
    """
    return str(_settings["image_data_format"])


def set_image_data_format(data_format: str) -> None:
    """Set the default axis order of images for layers made afterwards.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.

    Raises:
        ArgumentError: for any other value.

    Example:
        >>> set_image_data_format("channels_last")

    Reference:
        Keras: keras.config.set_image_data_format
    """
    _set("image_data_format", standardize_data_format(data_format))


def standardize_data_format(data_format: str | None) -> str:
    """Return `data_format` checked, or the global default for None.

    Args:
        data_format: `"channels_last"` or `"channels_first"` in any case, or None.

    Raises:
        ArgumentError: for any other value.

    Example:
        >>> standardize_data_format("Channels_Last")
        'channels_last'

    Reference:
        Keras: keras.config.image_data_format, for the default
    """
    if data_format is None:
        return image_data_format()
    if str(data_format).lower() not in _FORMATS:
        raise ArgumentError(f"data_format: got {data_format!r}; wanted one of {_FORMATS}.")
    return str(data_format).lower()


def backend() -> str:
    """Return `"jax"`, the only backend.

    Returns:
        The string `"jax"`.

    Example:
        >>> backend()
        'jax'

    Reference:
        Keras: keras.config.backend
    """
    return "jax"


def enable_interactive_logging() -> None:
    """Let `fit` draw its progress bar when `verbose="auto"`.

    Example:
        >>> enable_interactive_logging()

    Reference:
        Keras: keras.config.enable_interactive_logging
    """
    _set("interactive_logging", True)


def disable_interactive_logging() -> None:
    """Make `verbose="auto"` print one line an epoch instead of a progress bar.

    Example:
        >>> disable_interactive_logging()
        >>> enable_interactive_logging()

    Reference:
        Keras: keras.config.disable_interactive_logging
    """
    _set("interactive_logging", False)


def is_interactive_logging_enabled() -> bool:
    """Tell whether `verbose="auto"` draws a progress bar.

    Returns:
        True unless `disable_interactive_logging()` was called.

    Example:
        >>> is_interactive_logging_enabled()
        True

    Reference:
        Keras: keras.config.is_interactive_logging_enabled
    """
    return bool(_settings["interactive_logging"])
