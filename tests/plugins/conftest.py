"""Fake distributions in a folder, and fresh processes that have it on their path."""

import subprocess
import textwrap
from pathlib import Path

import pytest

from kerax.testing.plugin_env import PluginEnv

FOCAL = 'ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal")'

PARTS = """
    def focal(y_true, y_pred):
        return abs(y_true - y_pred)
"""

PRELUDE = """
import sys
from kerax import errors, plugins
from kerax.plugins import describe, get, lookup, names, using

def failure(action):
    try:
        action()
    except BaseException as error:
        text = type(error).__name__ + ": " + str(error)
        lines = [text, *getattr(error, "__notes__", ())]
        return " | ".join(line.replace(chr(10), " ") for line in lines)
    return "no error"
"""


class Site(PluginEnv):
    """What tests need over and over: a plugin `foo` with a loss, and programs with imports."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.folder = self.site

    def add(self, namespace="foo", *, specs=FOCAL, parts=PARTS, modules=None, **options) -> Path:
        """Install a distribution with a `_plugin` and a `parts` module."""
        options = {"distribution": "kerax-foo", "version": "1.2", **options}
        return super().add(
            namespace, specs=specs, modules={"parts": parts, **(modules or {})}, **options
        )

    def run(self, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program behind the imports above."""
        return super().run(PRELUDE + textwrap.dedent(code), **environment)


@pytest.fixture
def make_site():
    """The class, for tests that need more than one folder."""
    return Site


@pytest.fixture
def site(tmp_path):
    """A folder that a test can fill with distributions."""
    return Site(tmp_path)
