"""The shipped list of known plugins, which tells what to install for a namespace.

`known_plugins.json` holds `{"version", "plugins": {namespace: {"distribution", "summary"}}}`. It
is read when an error needs it; nothing is ever looked up on a network, and nothing installed.
"""

import functools
import json
from dataclasses import dataclass
from importlib import resources

__all__ = ["KnownPlugin", "known_plugins"]


@dataclass(frozen=True)
class KnownPlugin:
    """A published plugin: its namespace, the distribution to install, and what it offers."""

    namespace: str
    distribution: str
    summary: str

    @property
    def install(self) -> str:
        """The line that installs it."""
        return f"pip install {self.distribution}"


@functools.cache
def known_plugins() -> dict[str, KnownPlugin]:
    """Return the known plugins by namespace.

    Example:
        >>> known_plugins()["vision"].install
        'pip install kerax-vision'
    """
    text = resources.files("kerax.plugins").joinpath("known_plugins.json").read_text("utf-8")
    rows = json.loads(text)["plugins"]
    return {
        name: KnownPlugin(name, row["distribution"], row["summary"]) for name, row in rows.items()
    }
