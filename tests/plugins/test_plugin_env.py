"""The wheels that tests build are real ones: installers take them, and the record is right."""

import subprocess
import sys

import pytest

from kerax.plugins import ComponentSpec
from kerax.testing.plugin_env import PluginEnv


@pytest.fixture
def env(tmp_path):
    return PluginEnv(tmp_path)


SPEC = ComponentSpec(kind="loss", name="focal", target="kerax_foo.losses:focal")
LOSSES = "def focal(y_true, y_pred):\n    return 0\n"
PROGRAM = "import kerax; print(kerax.plugins.get('loss', 'foo>focal').__module__)"


def test_specs_are_taken_as_objects_and_a_plugin_can_go_again(env):
    env.add("foo", specs=[SPEC], modules={"losses": LOSSES}, version="2.0", requires=["numpy"])
    assert env.output(PROGRAM) == "kerax_foo.losses"
    env.remove("kerax-foo")
    assert list(env.site.iterdir()) == []
    failed = env.run(PROGRAM)
    assert "PluginNotFoundError" in failed.stderr
    with pytest.raises(AssertionError, match="exit status 1"):
        env.output(PROGRAM)
    with pytest.raises(FileNotFoundError, match="kerax-foo is not installed"):
        env.remove("kerax-foo")


def test_pip_installs_the_wheel_checks_its_record_and_takes_it_away(env, tmp_path):
    wheel = env.add("foo", specs=[SPEC], modules={"losses": LOSSES})
    env.remove("kerax-foo")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    install = ["install", "--no-index", "--no-deps", "--target", str(env.site), str(wheel)]
    subprocess.run([*pip, *install], check=True, capture_output=True)
    assert env.output(PROGRAM) == "kerax_foo.losses"
    inspected = env.command([*pip, "show", "-f", "kerax-foo"])
    assert "Version: 1.0" in inspected.stdout
    assert "kerax_foo/losses.py" in inspected.stdout
    env.remove("kerax-foo")
    assert not (env.site / "kerax_foo" / "_plugin.py").exists()
