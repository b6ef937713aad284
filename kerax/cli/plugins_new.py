"""`kerax plugins new NAME`: start a plugin from examples that work."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from kerax.cli.parsing import make_parser
from kerax.cli.scaffold import BACKENDS, make_files, name_project
from kerax.errors import ArgumentError
from kerax.plugins.spec import KINDS

__all__ = ["run"]


def run(argv: Sequence[str]) -> int:
    """Write a package with an example of each kind; it builds, installs and passes its tests.

    Args:
        argv: the words after `kerax plugins new`.

    Returns:
        0; wrong usage, such as a reserved name or a folder in use, exits with 2.
    """
    parser = make_parser(
        "kerax plugins new",
        "Start a plugin: a package with an example, cases and tests of each kind, README and CI.",
        "kerax plugins new kerax-foo --kinds loss,metric --backend hatchling",
    )
    parser.add_argument("name", metavar="NAME", help="the distribution's name, such as kerax-foo")
    parser.add_argument(
        "--kinds", type=_kinds, default=["loss"], help=f"of {', '.join(KINDS)}; default: loss"
    )
    parser.add_argument(
        "--backend", choices=BACKENDS, default="hatchling", help="default: hatchling"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where to write: NAME in DIR where DIR exists, else DIR itself; default: here",
    )
    arguments = parser.parse_args(argv)
    try:
        project = name_project(arguments.name)
    except ArgumentError as error:
        parser.error(str(error))
    folder = arguments.out / project.distribution if arguments.out.is_dir() else arguments.out
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        parser.error(f"--out: {folder} is there already and not an empty folder; wanted a new one.")
    files = make_files(project, arguments.kinds, arguments.backend)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"wrote {len(files)} files to {folder}")
    print(f'next: cd {folder} && pip install -e ".[test]" && pytest')
    return 0


def _kinds(text: str) -> list[str]:
    kinds = [word.strip() for word in text.split(",")]
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"got {', '.join(map(repr, unknown))}; wanted, separated by commas, any of "
            f"{', '.join(KINDS)}"
        )
    return kinds
