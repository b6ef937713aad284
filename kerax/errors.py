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
    """A loss, metric, optimizer or other component cannot be provided.

    Args:
        message: what went wrong, and what to do.
        namespace: the plugin's namespace.
        distribution: the name of the distribution that provides the plugin.
        version: that distribution's version.
        phase: what was being done: `"discover"`, `"import"`, `"register"`, `"validate"`,
            `"resolve"`, `"construct"`, `"migrate"`, `"observe"`, `"doctor"` or `"cli"`.
        component: the id of the component, such as `"foo>focal"`.

    All are attributes of the error too, None where they are not known.

    Example:
        >>> PluginLoadError("no such module", namespace="foo", phase="import").phase
        'import'
    """

    def __init__(
        self,
        message: str = "",
        *,
        namespace: str | None = None,
        distribution: str | None = None,
        version: str | None = None,
        phase: str | None = None,
        component: str | None = None,
    ):
        super().__init__(message)
        self.namespace = namespace
        self.distribution = distribution
        self.version = version
        self.phase = phase
        self.component = component


class PluginNotFoundError(PluginError):
    """No installed and enabled plugin provides the component.

    `missing` holds the ids of all components that are missing, `install` the line that would
    install the distributions they come from, or None where these are not known.
    """

    def __init__(
        self,
        message: str = "",
        *,
        missing: tuple[str, ...] = (),
        install: str | None = None,
        **known: str | None,
    ):
        super().__init__(message, **known)
        self.missing = missing
        self.install = install


class PluginConflictError(PluginError):
    """Two distributions claim the same namespace, so neither is used.

    `claims` holds the name and version of each.
    """

    def __init__(
        self, message: str = "", *, claims: tuple[tuple[str, str], ...] = (), **known: str | None
    ):
        super().__init__(message, **known)
        self.claims = claims


class PluginLoadError(PluginError):
    """A plugin is installed but fails while it is imported, registered or constructed."""
