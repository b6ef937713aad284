"""The files of a new plugin, made from the templates beside this module."""

import functools
import keyword
import re
import sys
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import kerax
from kerax.errors import ArgumentError
from kerax.plugins.discovery import RESERVED
from kerax.plugins.requirements import normalized
from kerax.plugins.spec import KINDS, is_namespace

__all__ = ["BACKENDS", "Project", "make_files", "name_project"]

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Backend:
    """A build backend: what builds, and the table that tells it where the package is."""

    requires: str
    module: str
    table: str


BACKENDS = {
    "hatchling": Backend(
        "hatchling>=1.27",
        "hatchling.build",
        '[tool.hatch.build.targets.wheel]\npackages = ["src/$package"]',
    ),
    "setuptools": Backend(
        "setuptools>=77",
        "setuptools.build_meta",
        '[tool.setuptools.packages.find]\nwhere = ["src"]\n\n'
        '[tool.setuptools.package-data]\n$package = ["py.typed"]',
    ),
    "flit": Backend(
        "flit_core>=3.11,<5",
        "flit_core.buildapi",
        '[tool.flit.module]\nname = "$package"\n\n'
        '[tool.flit.sdist]\ninclude = ["tests/", "CHANGELOG.md"]',
    ),
}

# Where the files of each project and of each kind go; `{module}` is the kind's module.
_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
    ".gitignore": "gitignore",
    ".github/workflows/ci.yml": "ci.yml",
    "src/{package}/__init__.py": "init.py",
    "src/{package}/_plugin.py": "plugin.py",
    "src/{package}/cases/__init__.py": "cases.py",
    "tests/test_conformance.py": "test_conformance.py",
    "tests/test_plugin.py": "test_plugin.py",
}
_KIND_FILES = {
    "src/{package}/{module}.py": "{kind}.py",
    "src/{package}/cases/{module}.py": "{kind}_cases.py",
    "tests/test_{module}.py": "{kind}_test.py",
}

# What `kinds.toml` says of each kind in texts.
_TEXTS = ("module", "name", "summary", "use")


@dataclass(frozen=True)
class Project:
    """A plugin to be started.

    Args:
        distribution: the name it is installed by, such as `"kerax-foo"`.
        namespace: what its ids begin with, such as `"foo"`.
        package: what is imported, such as `"kerax_foo"`.
    """

    distribution: str
    namespace: str
    package: str


def name_project(name: str) -> Project:
    """Derive namespace and package from a distribution's name.

    Args:
        name: such as `"kerax-foo"`, which has the namespace `foo` and the package `kerax_foo`.

    Raises:
        ArgumentError: where one of them could not be used.

    Example:
        >>> name_project("kerax-box-losses")
        Project(distribution='kerax-box-losses', namespace='box_losses', package='kerax_box_losses')
    """
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9._-]*[A-Za-z0-9])?", name):
        raise ArgumentError(f"NAME: got {name!r}; wanted a name like 'kerax-foo'.")
    distribution = normalized(name)
    package = distribution.replace("-", "_")
    namespace = package.removeprefix("kerax_")
    if not is_namespace(namespace):
        raise ArgumentError(
            f"NAME: got {name!r}, whose namespace would be {namespace!r}; wanted 2 to 31 of a-z, "
            "0-9 and '_', beginning with a letter."
        )
    if namespace in RESERVED | set(KINDS):
        raise ArgumentError(
            f"NAME: got {name!r}, whose namespace {namespace!r} is reserved for kerax's own "
            "plugins; wanted another."
        )
    if package in sys.stdlib_module_names or keyword.iskeyword(package):
        raise ArgumentError(
            f"NAME: got {name!r}, but Python has a {package!r} of its own; wanted another, like "
            f"'kerax-{distribution}'."
        )
    return Project(distribution, namespace, package)


def make_files(project: Project, kinds: Sequence[str], backend: str) -> dict[str, str]:
    """Return the files of a new plugin: its text by path within the project's folder.

    Args:
        project: its names.
        kinds: what it has a component of, of the ten kinds.
        backend: a key of `BACKENDS`.

    Example:
        >>> files = make_files(name_project("kerax-foo"), ["loss"], "flit")
        >>> sorted(path for path in files if path.endswith("losses.py"))
        ['src/kerax_foo/cases/losses.py', 'src/kerax_foo/losses.py', 'tests/test_losses.py']
    """
    table = {kind: _kinds()[kind] for kind in KINDS if kind in kinds}
    values = _values(project, table, BACKENDS[backend])
    package = project.package
    files = {path.format(package=package): _render(name, values) for path, name in _FILES.items()}
    for kind, row in table.items():
        for path, name in _KIND_FILES.items():
            files[path.format(package=package, module=row["module"])] = _render(
                name.format(kind=kind), values
            )
    return {**files, f"src/{package}/py.typed": ""}


@functools.cache
def _kinds() -> dict[str, dict[str, Any]]:
    return tomllib.loads((TEMPLATES / "kinds.toml").read_text("utf-8"))


def _render(name: str, values: dict[str, str]) -> str:
    template = Template((TEMPLATES / f"{name}.tmpl").read_text("utf-8"))
    return template.substitute(values)


def _values(project: Project, table: dict[str, dict[str, Any]], backend: Backend) -> dict[str, str]:
    names: dict[str, str] = vars(project)
    rows = [
        {key: Template(row[key]).substitute(names) for key in _TEXTS} | {"kind": kind}
        for kind, row in table.items()
    ]
    ids = [f"{project.namespace}>{row['name']}" for row in rows]
    kinds = _enumerate([row["module"] for row in rows])
    intro = f"{kinds} for [kerax](https://pypi.org/project/kerax/), the Keras 3 API over JAX."
    return {
        **names,
        "kerax": ".".join(kerax.__version__.split(".")[:2]),
        "build_requires": backend.requires,
        "build_backend": backend.module,
        "build_table": Template(backend.table).substitute(names),
        "kinds": kinds,
        "intro": textwrap.fill(intro, 100),
        "first_id": ids[0],
        "id_list": ", ".join(f"`{id}`" for id in ids),
        "quoted_ids": "".join(f'    "{id}",\n' for id in ids),
        "rows": "".join(
            f"| {row['kind']} | `{id}` | {row['summary']} | `{row['use']}` |\n"
            for id, row in zip(ids, rows, strict=True)
        ),
        "specs": "".join(_spec(row, names) for row in rows),
    }


def _spec(row: dict[str, str], names: dict[str, str]) -> str:
    options = "".join(f"                {option},\n" for option in _kinds()[row["kind"]]["options"])
    return _render("spec", {**names, **row, "options": options})


def _enumerate(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])).capitalize()
