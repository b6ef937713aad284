import re
import subprocess
import sys
from importlib import metadata

import pytest

import kerax
from kerax import cli
from kerax.cli import demo, info


def run_fresh(*words, **kwargs):
    command = [sys.executable, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **kwargs)


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"kerax {kerax.__version__}\n"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--help"])
    assert exit_.value.code == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in cli.COMMANDS)


def test_no_command_is_wrong_usage(capsys):
    assert cli.main([]) == 2
    assert "COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["cook"], ["info", "--cook"], ["demo", "--epochs", "0"], ["demo", "--epochs", "x"]]
)
def test_wrong_usage_exits_with_2(words, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    assert exit_.value.code == 2
    assert "usage: kerax" in capsys.readouterr().err


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_each_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main([command, "--help"])
    assert exit_.value.code == 0
    assert f"usage: kerax {command}" in capsys.readouterr().out


def test_ctrl_c_ends_without_a_traceback(monkeypatch, capsys):
    def interrupted(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(info, "run", interrupted)
    assert cli.main(["info"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_info_shows_versions_devices_and_plugins(capsys):
    assert cli.main(["info"]) == 0
    shown = capsys.readouterr().out
    assert f"jax            {metadata.version('jax')}" in shown
    assert "  cpu:7          cpu, cpu" in shown
    for family in ("losses", "metrics", "optimizers", "regularizers"):
        assert f"  {family:<14} kerax {kerax.__version__}" in shown


def test_info_says_what_is_not_installed(monkeypatch, capsys):
    monkeypatch.setattr(info, "PACKAGES", ("no-such-package",))
    assert cli.main(["info"]) == 0
    assert "not installed" in capsys.readouterr().out


def test_info_without_a_device_fails(monkeypatch, capsys):
    def none():
        raise RuntimeError("no accelerator here")

    monkeypatch.setattr(info.jax, "devices", none)
    assert cli.main(["info"]) == 1
    assert "no accelerator here" in capsys.readouterr().out


def test_info_imports_no_plugin():
    code = (
        "import sys, kerax.cli; kerax.cli.main(['info']);"
        "print([m for m in sys.modules if m.startswith('kerax_')])"
    )
    done = run_fresh("-c", code)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_version_imports_no_jax():
    code = (
        "import sys, kerax.cli\n"
        "try: kerax.cli.main(['--version'])\n"
        "except SystemExit: print('jax' in sys.modules)"
    )
    assert run_fresh("-c", code).stdout.splitlines()[-1] == "False"


def test_module_form():
    done = run_fresh("-m", "kerax", "--version")
    assert (done.returncode, done.stdout) == (0, f"kerax {kerax.__version__}\n")


def test_output_may_be_cut_off():
    code = (
        "import os, sys, kerax.cli; reader, writer = os.pipe(); os.close(reader);"
        "os.dup2(writer, 1); sys.exit(kerax.cli.main(['plugins', 'list', '--json']))"
    )
    done = run_fresh("-c", code)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.slow  # the demo itself: .ci/run runs it too
def test_demo_trains_saves_and_draws(tmp_path, capsys):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    assert cli.main(["demo", "--epochs", "2", "--out", str(tmp_path / "new")]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"test accuracy: [01]\.\d{4}", last)
    assert (tmp_path / "new" / "digits.png").read_bytes().startswith(b"\x89PNG")
    assert kerax.models.load_model(tmp_path / "new" / "digits.keras").count_params() > 0


@pytest.mark.slow
def test_demo_reaches_98_percent(tmp_path, capsys):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    assert cli.main(["demo", "--out", str(tmp_path)]) == 0
    assert float(capsys.readouterr().out.splitlines()[-1].split()[-1]) >= 0.98


@pytest.mark.parametrize("package", ["sklearn.datasets", "matplotlib.figure"])
def test_demo_names_what_is_missing(package, monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.chdir(tmp_path)
    assert demo.run([]) == 1
    shown = capsys.readouterr().err
    assert package in shown
    assert "pip install 'kerax[examples]'" in shown
    assert list(tmp_path.iterdir()) == []
