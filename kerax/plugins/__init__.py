"""The plugin layer: find, load and name losses, metrics, optimizers and all other components.

A third party publishes a distribution with an entry point in the group `kerax.plugins`; its
components are then named `"namespace>name"` wherever Keras takes a string. Importing this package
reads no entry point and imports no plugin.
"""

from kerax.plugins.attribution import attributed, attributing, note_origin
from kerax.plugins.description import describe
from kerax.plugins.discovery import using
from kerax.plugins.hookspecs import hookimpl
from kerax.plugins.listing import facade, names
from kerax.plugins.observers import observe
from kerax.plugins.resolver import get, lookup, origin, stamped
from kerax.plugins.session import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from kerax.plugins.spec import ComponentSpec

__all__ = [
    "ComponentSpec",
    "CustomObjectScope",
    "attributed",
    "attributing",
    "custom_object_scope",
    "describe",
    "facade",
    "get",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "hookimpl",
    "lookup",
    "names",
    "note_origin",
    "observe",
    "origin",
    "register_keras_serializable",
    "stamped",
    "using",
]
