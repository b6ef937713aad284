"""The members of a `.keras` archive."""

__all__ = ["ASSETS", "CONFIG", "METADATA", "PLUGINS", "WEIGHTS", "is_known"]

METADATA = "metadata.json"
CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
PLUGINS = "plugins.json"
ASSETS = "assets/"

_ALL = frozenset({METADATA, CONFIG, WEIGHTS, PLUGINS})


def is_known(name: str) -> bool:
    """Tell whether a member of this name may be in a `.keras` archive."""
    return name in _ALL or name.startswith(ASSETS)
