"""The rules of ARCHITECTURE.md that a machine can hold: imports, exports, sizes, tests, reasons."""

import ast
import importlib
import inspect
import io
import pkgutil
import re
import subprocess
import sys
import sysconfig
import tokenize
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import kerax

ROOT = Path(__file__).parents[1]
CODE_FOLDERS = (ROOT / "kerax", *sorted((ROOT / "plugins").glob("kerax_*")))
CODE = [path for folder in CODE_FOLDERS for path in sorted(folder.rglob("*.py"))]
PYTHON = [
    *CODE,
    *(p for d in ("tests", "examples", "benchmarks") for p in sorted((ROOT / d).rglob("*.py"))),
]

FILE_LINES = 400  # at most a tenth of the files may be longer
FILE_ALARM = 600  # and those over this need a reason below
FUNCTION_LINES = 60

# Files over 600 lines, each with its reason.
LONG_FILES: dict[str, str] = {}

# Modules whose tests stand under another name than the rule of `test_every_module_has_tests`.
TESTED_IN: dict[str, str] = {
    "kerax/__init__.py": "test_house",
    "kerax/__main__.py": "test_cli",
}

# What a standard plugin may import of kerax, as any plugin may.
PLUGIN_SURFACE = {
    *("plugins", "losses", "metrics", "optimizers", "regularizers", "serialization", "weighting"),
    *("ops", "symbolic", "random", "variable", "config", "dtypes", "settings", "naming", "errors"),
    "testing",  # of which cases alone are made
}

# The only packages that a function may import: optional ones, and only where they are used.
OPTIONAL = {"matplotlib", "pandas", "PIL", "scipy", "sklearn", "tensorflow", "torch"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported_packages(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (alias.name.split(".")[0] for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield child.module.split(".")[0]


def public_modules() -> list[str]:
    names = ["kerax"]
    for folder in CODE_FOLDERS:
        found = pkgutil.walk_packages([str(folder)], f"{folder.name}.")
        names += [folder.name, *(m.name for m in found if not m.name.endswith("__main__"))]
    return sorted(set(names))


def test_import_layers_hold():
    pytest.importorskip("importlinter")
    command = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run(
        [sys.executable, str(command), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_plugins_are_forbidden_all_but_the_plugin_surface():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contract = next(c for c in settings["contracts"] if c["id"] == "plugins-see-the-plugin-surface")
    forbidden = {name.removeprefix("kerax.") for name in contract["forbidden_modules"]}
    modules = {m.name for m in pkgutil.iter_modules(kerax.__path__)} - {"__main__"}
    assert forbidden == modules - PLUGIN_SURFACE


def test_core_imports_neither_optax_nor_a_plugin():
    wrong = []
    for path in sorted((ROOT / "kerax").rglob("*.py")):
        tree = parse(path)
        typing_only = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for name in imported_packages(node)
        }
        names = set(imported_packages(tree)) - typing_only
        wrong += [f"{relative(path)}: {n}" for n in names if n == "optax" or n[:6] == "kerax_"]
    assert not wrong


def test_functions_import_only_optional_packages():
    wrong = [
        f"{relative(path)}:{function.lineno} {function.name}: {name}"
        for path in CODE
        for function in functions(parse(path))
        for name in imported_packages(function)
        if name not in OPTIONAL
    ]
    assert not wrong


def test_shapes_are_inferred_in_one_place():
    users = {
        relative(path)
        for path in CODE
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and node.attr == "eval_shape"
    }
    assert users <= {"kerax/symbolic.py"}


def test_files_are_short():
    lines = {relative(path): len(path.read_text("utf-8").splitlines()) for path in CODE}
    assert {name for name, n in lines.items() if n > FILE_ALARM} == set(LONG_FILES)
    long = [name for name, n in lines.items() if n > FILE_LINES]
    assert len(long) <= len(lines) / 10, long


def test_functions_are_short():
    wrong = []
    for path in CODE:
        for function in functions(parse(path)):
            body = function.body
            if ast.get_docstring(function, clean=False) is not None:
                body = body[1:]
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            if length > FUNCTION_LINES:
                wrong.append(f"{relative(path)}:{function.lineno} {function.name}: {length} lines")
    assert not wrong


def test_every_module_has_tests():
    """`kerax/a/b.py` is tested in tests/ or tests/parity/ as test_b, test_a_b or test_a."""
    tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    missing = []
    for path in CODE:
        package = path.parent.name.removeprefix("kerax_")
        stem = package if path.stem == "__init__" else path.stem.lstrip("_")
        candidates = {f"test_{stem}", f"test_{package}_{stem}", f"test_{package}"}
        candidates |= {TESTED_IN.get(relative(path), "")}
        if not candidates & tests:
            missing.append(relative(path))
    assert not missing


def test_tables_of_exceptions_are_not_stale():
    for name in {*LONG_FILES, *TESTED_IN}:
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("name", public_modules())
def test_exported_names_exist_and_are_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    for public in getattr(module, "__all__", ()):
        value = getattr(module, public)
        if inspect.isclass(value):
            assert value.__dict__.get("__doc__"), f"{name}.{public} has no docstring"
        elif inspect.isfunction(value):
            assert value.__doc__, f"{name}.{public} has no docstring"


def test_public_namespace_resolves_completely():
    assert set(kerax.__all__) <= set(dir(kerax))
    for name in dir(kerax):
        value = getattr(kerax, name)
        if inspect.ismodule(value) and value.__name__.startswith("kerax."):
            for member in dir(value):
                getattr(value, member)


def test_version_is_that_of_the_distribution():
    assert kerax.__version__ == metadata.version("kerax")


def test_suppressions_name_a_rule_and_a_reason():
    form = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore)(?P<rest>.*)")
    complete = re.compile(r"(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w, -]+\])\W+\w+.*\w{2}")
    wrong = []
    for path in PYTHON:
        source = path.read_text("utf-8")
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            match = form.search(token.string) if token.type == tokenize.COMMENT else None
            if match and not complete.match(match["rest"]):
                wrong.append(f"{relative(path)}:{token.start[0]} {token.string}")
    assert not wrong


def test_no_file_names_a_path_of_one_machine():
    absolute = re.compile(r"(?<![\w.~$}])/(?:home|root|Users|work|mnt)/\w+")
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    wrong = []
    for name in done.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".yml", ".cfg", ""} and path.is_file():
            wrong += [f"{name}: {m.group()}" for m in absolute.finditer(path.read_text("utf-8"))]
    assert not wrong
