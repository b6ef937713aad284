"""`kerax plugins new`: what it writes builds, installs, lists, checks and tests green untouched."""

import ast
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from kerax import cli
from kerax.cli import scaffold
from kerax.errors import ArgumentError
from kerax.plugins.requirements import unmet
from kerax.plugins.spec import KINDS

ROOT = Path(__file__).parents[1]

ALL = ",".join(KINDS)

# For each backend the kinds that are checked in full, so that together they are all.
CHECKED = {
    "hatchling": ("loss", "metric", "optimizer", "regularizer", "layer"),
    "setuptools": ("activation", "schedule", "constraint"),
    "flit": ("initializer", "callback"),
}


def new(folder, *words, name="kerax-foo"):
    assert cli.main(["plugins", "new", name, "--out", str(folder), *words]) == 0


def run(*words, cwd, **environment):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_kind_makes_a_small_package(tmp_path, capsys):
    new(tmp_path / "project", "--kinds", "loss", "--backend", "flit")
    shown = capsys.readouterr().out
    paths = {
        path.relative_to(tmp_path / "project").as_posix()
        for path in (tmp_path / "project").rglob("*")
        if path.is_file()
    }
    assert paths == {
        *(".github/workflows/ci.yml", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md"),
        *("pyproject.toml", "src/kerax_foo/__init__.py", "src/kerax_foo/_plugin.py"),
        *("src/kerax_foo/cases/__init__.py", "src/kerax_foo/cases/losses.py"),
        *("src/kerax_foo/losses.py", "src/kerax_foo/py.typed", "tests/test_conformance.py"),
        *("tests/test_losses.py", "tests/test_plugin.py"),
    }
    assert f"wrote {len(paths)} files to {tmp_path / 'project'}" in shown


def test_the_default_folder_is_the_name_and_the_default_kind_a_loss(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["plugins", "new", "Kerax_Foo"]) == 0
    assert (tmp_path / "kerax-foo" / "src" / "kerax_foo" / "losses.py").is_file()


@pytest.mark.parametrize("backend", scaffold.BACKENDS)
def test_metadata_names_backend_package_and_entry_point(tmp_path, backend):
    new(tmp_path / "p", "--backend", backend)
    project = tomllib.loads((tmp_path / "p" / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["name"] == "kerax-foo"
    assert project["project"]["entry-points"] == {
        "kerax.plugins": {"foo": "kerax_foo._plugin:plugin"}
    }
    assert project["build-system"]["build-backend"] == scaffold.BACKENDS[backend].module


# A name of each length: no line of the files may come to be too long or too short.
@pytest.mark.parametrize("name", ["kerax-fo", "kerax-foo", f"kerax-a{'12345-' * 5}"[:-1], "my_own"])
@pytest.mark.parametrize("kinds", ["loss", "metric,layer", ALL])
def test_the_files_are_clean_python(tmp_path, name, kinds):
    pytest.importorskip("ruff")
    new(tmp_path / "p", "--kinds", kinds, name=name)
    for words in (["check"], ["format", "--check", "--diff"]):
        run("-m", "ruff", *words, "--no-cache", ".", cwd=tmp_path / "p")


def test_a_wheel_of_kerax_holds_the_templates(tmp_path):
    pytest.importorskip("hatchling")
    build = f"import hatchling.build as b; b.build_wheel({str(tmp_path)!r})"
    run("-c", build, cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name.rpartition("/")[2] for name in zipfile.ZipFile(wheel).namelist()}
    assert {path.name for path in scaffold.TEMPLATES.iterdir()} <= packed


def test_no_placeholder_is_left(tmp_path):
    for text in scaffold.make_files(scaffold.name_project("kerax-foo"), KINDS, "flit").values():
        assert "$" not in text.replace("${{", "")


def test_every_public_name_is_documented():
    files = scaffold.make_files(scaffold.name_project("kerax-foo"), KINDS, "flit")
    for path, text in files.items():
        if path.endswith(".py") and path.startswith("src/"):
            tree = ast.parse(text)
            assert ast.get_docstring(tree), path
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_":
                    assert ast.get_docstring(node), f"{path}: {node.name}"


@pytest.mark.parametrize(
    ("name", "package", "namespace"),
    [
        ("kerax-foo", "kerax_foo", "foo"),
        ("Kerax.Box--Losses", "kerax_box_losses", "box_losses"),
        ("mylosses", "mylosses", "mylosses"),
    ],
)
def test_namespace_and_package_follow_from_the_name(name, package, namespace):
    project = scaffold.name_project(name)
    assert (project.package, project.namespace) == (package, namespace)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kerax-losses", "'losses' is reserved"),
        ("kerax-keras", "'keras' is reserved"),
        ("kerax", "'kerax' is reserved"),
        ("kerax-f", "wanted 2 to 31"),
        ("kerax-" + "a" * 32, "wanted 2 to 31"),
        ("kerax-3d", "wanted 2 to 31"),
        ("kerax foo", "wanted a name like"),
        ("-kerax", "wanted a name like"),
        ("kerax-foo-", "wanted a name like"),
        ("../foo", "wanted a name like"),
        ("kerax-föö", "wanted a name like"),
        ("json", "Python has a 'json' of its own"),
    ],
)
def test_names_that_cannot_be_used_are_refused(name, words):
    with pytest.raises(ArgumentError, match=words):
        scaffold.name_project(name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["kerax-losses"], "is reserved for kerax's own"),
        (["kerax-foo", "--kinds", "loss,sauce"], "got 'sauce'"),
        (["kerax-foo", "--kinds", ""], "got ''"),
        (["kerax-foo", "--backend", "make"], "invalid choice: 'make'"),
        ([], "NAME"),
    ],
)
def test_wrong_usage_exits_with_2_and_writes_nothing(
    arguments, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["plugins", "new", *arguments])
    assert exit_.value.code == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_holds_the_new_one(tmp_path, monkeypatch, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    new(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["plugins", "new", "kerax-bar"]) == 0
    assert f"wrote 15 files to {tmp_path / 'kerax-foo'}" in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kerax-bar", "kerax-foo", "notes.txt"]
    assert (tmp_path / "kerax-bar" / "pyproject.toml").is_file()


def test_what_is_there_is_left_alone(tmp_path, capsys):
    (tmp_path / "kerax-foo").mkdir()
    (tmp_path / "kerax-foo" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path, tmp_path / "file"):
        with pytest.raises(SystemExit) as exit_:
            cli.main(["plugins", "new", "kerax-foo", "--out", str(place)])
        assert exit_.value.code == 2
        assert "wanted a new one" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "kerax-foo").iterdir()] == ["notes.txt"]


def require_backend(backend):
    name = scaffold.BACKENDS[backend].requires.partition(">")[0]
    problem = unmet(scaffold.BACKENDS[backend].requires.replace("_", "-"))
    if problem:
        pytest.skip(f"needs {name}: {problem}")
    assert metadata.version("build")


@pytest.mark.slow
@pytest.mark.parametrize("backend", scaffold.BACKENDS)
def test_a_new_plugin_builds_installs_lists_checks_and_tests_green(tmp_path, backend):
    pytest.importorskip("build")
    require_backend(backend)
    project, site = tmp_path / "project", tmp_path / "site"
    new(project, "--kinds", ",".join(CHECKED[backend]), "--backend", backend)
    run("-m", "build", "--wheel", "--no-isolation", ".", cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    pip = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", site)
    run(*pip, wheel, cwd=tmp_path)
    path = {"PYTHONPATH": str(site)}
    assert (site / "kerax_foo" / "py.typed").is_file()

    listed = json.loads(run("-m", "kerax", "plugins", "list", "--json", cwd=tmp_path, **path))
    plugin = next(row for row in listed["plugins"] if row["namespace"] == "foo")
    assert (plugin["distribution"], plugin["version"]) == ("kerax-foo", "0.1.0")
    assert plugin["status"] == "loaded"
    assert {row["kind"] for row in plugin["components"]} == set(CHECKED[backend])

    shown = run("-m", "kerax", "plugins", "doctor", "foo", cwd=tmp_path, **path)
    assert shown.endswith("\nNothing found.\n")
    checked = run("-m", "kerax", "plugins", "check", "foo", cwd=tmp_path, **path)
    assert checked.endswith(f"{len(CHECKED[backend])} ok, 0 not ok.\n")
    tested = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project, **path)
    assert "failed" not in tested


def test_the_backends_checked_in_full_cover_every_kind():
    assert sorted(kind for kinds in CHECKED.values() for kind in kinds) == sorted(KINDS)
    assert set(CHECKED) == set(scaffold.BACKENDS)
