"""Every block of README.md runs: its plugin is installed as written, then its programs in turn."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(?:python|toml)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w/.]+\.(?:py|toml))\n")


def install_plugin(folder: Path, files: dict[str, str]) -> None:
    project = tomllib.loads(files["pyproject.toml"])["project"]
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))


def test_blocks_run(tmp_path):
    pytest.importorskip("sklearn")
    files = {match[1]: block for block in BLOCKS if (match := FILE.match(block))}
    programs = [block for block in BLOCKS if not FILE.match(block)]
    site, work = tmp_path / "site", tmp_path / "work"
    site.mkdir()
    work.mkdir()
    install_plugin(site, files)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(programs)],
        cwd=work,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (work / "digits.keras").is_file()


def test_commands_are_the_promised_ones():
    for command in (
        'pip install ".[examples]" && kerax demo',
        'pip install -e ".[test]" && pytest',
    ):
        assert f"    {command}\n" in README


def test_file_tree_exists():
    tree = README.split("## File tree")[1]
    folder, missing = ROOT, []
    for line in tree.splitlines():
        match = re.match(r"( {4}| {6})((?:[\w./]+(?:, )?)+)", line)
        if not match:
            continue
        indent, names = match.groups()
        parent = ROOT if len(indent) == 4 else folder
        paths = [parent / name for name in names.split(", ")]
        missing += [path for path in paths if not path.exists()]
        folder = paths[0] if len(indent) == 4 else folder
    assert not missing
