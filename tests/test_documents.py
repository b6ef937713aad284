"""The documents are true: their plugins install, their programs run, their lists are up to date."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```(?:python|toml)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
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


@pytest.mark.parametrize("name", ["README.md", "docs/plugins.md"])
def test_blocks_run(tmp_path, name):
    pytest.importorskip("sklearn")
    blocks = BLOCK.findall((ROOT / name).read_text("utf-8"))
    files = {match[1]: block for block in blocks if (match := FILE.match(block))}
    programs = [block for block in blocks if not FILE.match(block)]
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
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(work.glob("*.keras"))


def test_generated_pages_are_up_to_date():
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["README.md", "docs/plugins.md"])
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text("utf-8")
    heads = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in heads}
    links = re.findall(r"\]\(([^)]+)\)", text)
    for link in links:
        path, _, anchor = link.partition("#")
        assert not path or ((ROOT / name).parent / path).exists(), link
        assert path or anchor in anchors, link


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
        match = re.match(r"( {4}| {6})((?:[\w./-]+(?:, )?)+)", line)
        if not match:
            continue
        indent, names = match.groups()
        parent = ROOT if len(indent) == 4 else folder
        paths = [parent / name for name in names.split(", ")]
        missing += [path for path in paths if not path.exists()]
        folder = paths[0] if len(indent) == 4 else folder
    assert not missing
