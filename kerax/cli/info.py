"""`kerax info`: what is installed, where it runs, which plugins there are."""

import argparse
import platform
from collections.abc import Iterable, Sequence
from importlib import metadata

import jax

import kerax
from kerax import plugins

__all__ = ["run"]

PACKAGES = ("jax", "jaxlib", "numpy", "optax", "pluggy", "h5py", "keras")


def run(argv: Sequence[str]) -> int:
    """Print versions, devices and plugins; plugins are read from metadata, none is imported.

    Args:
        argv: the words after `kerax info`.

    Returns:
        0, or 1 where JAX finds no device.
    """
    argparse.ArgumentParser(
        prog="kerax info", description="Show versions, devices and installed plugins."
    ).parse_args(argv)
    _print_section("versions", _read_versions())
    _print_section("plugins", _read_plugins())
    try:
        devices = jax.devices()
    except RuntimeError as error:
        print(f"devices\n  none: {error}")
        return 1
    _print_section("devices", ((str(d), f"{d.platform}, {d.device_kind}") for d in devices))
    return 0


def _print_section(title: str, rows: Iterable[tuple[str, str]]) -> None:
    print(title)
    for name, value in rows:
        print(f"  {name:<14} {value}")


def _read_versions() -> list[tuple[str, str]]:
    rows = [("kerax", kerax.__version__)]
    rows += [("python", f"{platform.python_version()}, {platform.platform()}")]
    for package in PACKAGES:
        try:
            rows.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            rows.append((package, "not installed"))
    return rows


def _read_plugins() -> list[tuple[str, str]]:
    return [
        (plugin["namespace"], f"{plugin['distribution']} {plugin['version']}, {plugin['status']}")
        for plugin in plugins.describe(specs=False)["plugins"]
    ]
