"""Fake distributions in a folder, and fresh processes that have it on their path."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PLUGIN = """
    from kerax.plugins import ComponentSpec, hookimpl

    class Plugin:
        @hookimpl
        def kerax_components(self):
            return [{specs}]

    plugin = Plugin()
"""

FOCAL = 'ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal")'

PARTS = """
    def focal(y_true, y_pred):
        return abs(y_true - y_pred)
"""


class Site:
    """A folder of distributions to put on a process's path."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir(parents=True)

    def add(
        self,
        namespace: str = "foo",
        *,
        distribution: str = "kerax-foo",
        version: str = "1.2",
        specs: str = FOCAL,
        parts: str = PARTS,
        plugin: str | None = None,
        value: str | None = None,
    ) -> None:
        """Install a distribution: metadata, a `_plugin` module and a `parts` module."""
        package = distribution.replace("-", "_")
        info = self.folder / f"{package}-{version}.dist-info"
        write(info / "METADATA", f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}")
        entry = value or f"{package}._plugin:plugin"
        write(info / "entry_points.txt", f"[kerax.plugins]\n{namespace} = {entry}\n")
        write(self.folder / package / "__init__.py", "")
        code = PLUGIN.format(specs=specs) if plugin is None else plugin
        write(self.folder / package / "_plugin.py", code)
        write(self.folder / package / "parts.py", parts)

    def configure(self, table: str) -> None:
        """Write `[tool.kerax.plugins]` into the working directory's pyproject.toml."""
        write(self.work / "pyproject.toml", f"[tool.kerax.plugins]\n{table}\n")

    def run(self, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program in a fresh process that finds these distributions."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("KERAX_PLUGINS")}
        return subprocess.run(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(code)],
            cwd=self.work,
            env={**kept, "PYTHONPATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def output(self, code: str, **environment: str) -> str:
        """Return what a program that must succeed prints."""
        done = self.run(code, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


PRELUDE = """
import sys
from kerax import errors, plugins
from kerax.plugins import describe, get, lookup, names, using

def failure(action):
    try:
        action()
    except BaseException as error:
        text = type(error).__name__ + ": " + str(error)
        return " | ".join([text, *getattr(error, "__notes__", ())])
    return "no error"
"""


def write(path: Path, text: str) -> None:
    """Write a file of dedented text, with the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


@pytest.fixture
def make_site():
    """The class, for tests that need more than one folder."""
    return Site


@pytest.fixture
def site(tmp_path):
    """A folder that a test can fill with distributions."""
    return Site(tmp_path)
