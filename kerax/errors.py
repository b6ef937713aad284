"""The exceptions that kerax raises.

    KeraxError
    ├── ShapeError            a tensor's shape does not fit            (also ValueError)
    ├── BuildError            a layer or model cannot be built         (also ValueError)
    ├── StateError            a variable is read or written wrongly    (also ValueError)
    ├── DataError             training or prediction data is unusable  (also ValueError)
    ├── ArgumentError         an argument has no such value            (also ValueError)
    ├── SerializationError    a config or file cannot be read          (also ValueError, TypeError)
    └── PluginError           a component cannot be provided           (also ValueError)
        ├── PluginNotFoundError
        ├── PluginConflictError
        └── PluginLoadError

Each class also derives from the built-in exception that Keras raises in the same place, so code
written for Keras catches it unchanged.
"""

__all__ = [
    "ArgumentError",
    "BuildError",
    "DataError",
    "KeraxError",
    "PluginConflictError",
    "PluginError",
    "PluginLoadError",
    "PluginNotFoundError",
    "SerializationError",
    "ShapeError",
    "StateError",
]


class KeraxError(Exception):
    """Base of every exception that kerax raises itself."""


class ShapeError(KeraxError, ValueError):
    """A tensor's rank, shape or structure does not fit the place it is given to."""


class BuildError(KeraxError, ValueError):
    """A layer or model cannot create its variables, or is used before it has done so."""


class StateError(KeraxError, ValueError):
    """A variable is read or assigned where its value cannot be tracked."""


class DataError(KeraxError, ValueError):
    """Data given to fit, evaluate or predict is missing, empty or of unequal length."""


class ArgumentError(KeraxError, ValueError):
    """An argument's value is none of those allowed."""


class SerializationError(KeraxError, ValueError, TypeError):
    """A config or file is malformed, unsafe or names something unknown."""


class PluginError(KeraxError, ValueError):
    """A loss, metric, optimizer or other component cannot be provided."""


class PluginNotFoundError(PluginError):
    """No installed and enabled plugin provides the component."""


class PluginConflictError(PluginError):
    """Two distributions claim the same namespace, so neither is used."""


class PluginLoadError(PluginError):
    """A plugin is installed but fails while it is imported, registered or constructed."""
