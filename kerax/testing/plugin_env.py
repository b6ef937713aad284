"""Distributions that are built for a test, installed in a folder, and used by fresh processes."""

import base64
import hashlib
import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["PluginEnv", "build_wheel", "install_wheel", "uninstall"]

_WHEEL = "Wheel-Version: 1.0\nGenerator: kerax.testing\nRoot-Is-Purelib: true\nTag: py3-none-any\n"

_PLUGIN = '''
"""The table of a plugin that a test made."""

from kerax.plugins import ComponentSpec, hookimpl


class Plugin:
    @hookimpl
    def kerax_components(self):
        return [{specs}]


plugin = Plugin()
'''

_DATE = (1980, 1, 1, 0, 0, 0)


class PluginEnv:
    """A folder of installed distributions, and fresh processes that have it on their path.

    Args:
        folder: an empty folder; `site` in it holds what is installed, `wheels` the built wheels,
            and `work` is the processes' working directory.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     env = PluginEnv(Path(folder))
        ...     _ = env.add(
        ...         "foo",
        ...         modules={"losses": "def focal(y_true, y_pred): return 0"},
        ...         specs='ComponentSpec("loss", "focal", "kerax_foo.losses:focal")',
        ...     )
        ...     env.output("from kerax.plugins import names; print('foo>focal' in names('loss'))")
        'True'
    """

    def __init__(self, folder: Path):
        self.site = folder / "site"
        self.wheels = folder / "wheels"
        self.work = folder / "work"
        for each in (self.site, self.wheels, self.work):
            each.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        namespace: str = "foo",
        *,
        specs: str | Iterable[Any] = (),
        modules: Mapping[str, str] | None = None,
        distribution: str | None = None,
        version: str = "1.0",
        plugin: str | None = None,
        value: str | None = None,
        requires: Iterable[str] = (),
    ) -> Path:
        """Build a wheel of a plugin and install it.

        Args:
            namespace: the entry point's name.
            specs: its `ComponentSpec`s, as objects or as Python source separated by commas.
            modules: the source of each module of its package, by name, dedented.
            distribution: its name; None means `kerax-<namespace>`. The package has the same name
                with `_` for `-`.
            version: its version.
            plugin: the source of the module `_plugin`; None means one that offers `specs`.
            value: the entry point's value; None means `<package>._plugin:plugin`.
            requires: requirements for its metadata.

        Returns:
            The wheel.
        """
        distribution = distribution or f"kerax-{namespace}"
        package = distribution.replace("-", "_").replace(".", "_")
        text = specs if isinstance(specs, str) else ", ".join(map(repr, specs))
        table = _PLUGIN.format(specs=text) if plugin is None else plugin
        sources = {"__init__": "", "_plugin": table, **(modules or {})}
        wheel = build_wheel(
            self.wheels,
            distribution,
            version,
            {f"{package}/{name}.py": textwrap.dedent(code) for name, code in sources.items()},
            f"[kerax.plugins]\n{namespace} = {value or f'{package}._plugin:plugin'}\n",
            requires,
        )
        install_wheel(wheel, self.site)
        return wheel

    def remove(self, distribution: str) -> None:
        """Uninstall a distribution, whatever its version."""
        uninstall(self.site, distribution)

    def configure(self, table: str) -> None:
        """Write `[tool.kerax.plugins]` into the pyproject.toml of the working directory."""
        text = f"[tool.kerax.plugins]\n{textwrap.dedent(table)}\n"
        (self.work / "pyproject.toml").write_text(text, encoding="utf-8")

    def run(self, code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a program in a fresh process that finds these distributions.

        Args:
            code: the program, dedented.
            **environment: further variables; those named `KERAX_PLUGINS…` of this process are
                not passed on.

        Returns:
            The finished process, with `returncode`, `stdout` and `stderr` as text.
        """
        return self.command([sys.executable, "-c", textwrap.dedent(code)], **environment)

    def command(
        self, arguments: list[str], **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command line as `run` runs a program."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("KERAX_PLUGINS")}
        return subprocess.run(
            arguments,
            cwd=self.work,
            # Without bytecode, what a test changes is what the next process reads.
            env={
                **kept,
                "PYTHONPATH": str(self.site),
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def output(self, code: str, **environment: str) -> str:
        """Return what a program that must succeed prints, without blanks at its ends.

        Raises:
            AssertionError: with its stderr, where it fails.
        """
        done = self.run(code, **environment)
        if done.returncode:
            raise AssertionError(f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout.strip()


def build_wheel(
    folder: Path,
    distribution: str,
    version: str,
    files: Mapping[str, str],
    entry_points: str = "",
    requires: Iterable[str] = (),
) -> Path:
    """Write a wheel as a build backend does: files, metadata, entry points and RECORD.

    Args:
        folder: where to write it.
        distribution: its name.
        version: its version.
        files: the texts by path within the wheel.
        entry_points: the contents of `entry_points.txt`; left out where empty.
        requires: requirements for its metadata.

    Returns:
        The wheel.
    """
    stem = f"{distribution.replace('-', '_').replace('.', '_')}-{version}"
    info = f"{stem}.dist-info"
    needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{needs}"
    members = {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": _WHEEL}
    if entry_points:
        members[f"{info}/entry_points.txt"] = entry_points
    record = "".join(_record_line(path, text.encode()) for path, text in members.items())
    members[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in members.items():
            archive.writestr(zipfile.ZipInfo(path, _DATE), text)
    return wheel


def install_wheel(wheel: Path, folder: Path) -> None:
    """Unpack a wheel as installers do, and write who did it."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        record = next(name for name in archive.namelist() if name.endswith("/RECORD"))
    installer = record.replace("/RECORD", "/INSTALLER")
    (folder / installer).write_text("kerax.testing\n", encoding="utf-8")
    with (folder / record).open("a", encoding="utf-8") as lines:
        lines.write(_record_line(installer, b"kerax.testing\n"))


def uninstall(folder: Path, distribution: str) -> None:
    """Remove what RECORD lists of a distribution, and the folders that are then empty.

    Raises:
        FileNotFoundError: where it is not installed there.
    """
    stem = distribution.replace("-", "_").replace(".", "_")
    found = list(folder.glob(f"{stem}-*.dist-info"))
    if not found:
        raise FileNotFoundError(f"{distribution} is not installed in {folder}.")
    for info in found:
        listed = (info / "RECORD").read_text(encoding="utf-8").splitlines()
        paths = [folder / line.rsplit(",", 2)[0] for line in listed]
        for path in paths:
            path.unlink(missing_ok=True)
        for parent in sorted({path.parent for path in paths}, key=lambda p: -len(p.parts)):
            if parent != folder and parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()


def _record_line(path: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}\n"
