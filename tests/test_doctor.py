"""The doctor has a finding for each way in which a plugin can be broken, and survives them all."""

import json
import sys

import pytest

from kerax.cli import doctor
from kerax.cli.doctor.findings import CHECKS
from kerax.testing.plugin_env import PluginEnv, build_wheel, install_wheel

pytestmark = pytest.mark.slow

FOCAL = 'ComponentSpec(kind="loss", name="focal", target="kerax_{}.parts:focal"{})'
PARTS = "def focal(y_true, y_pred):\n    return abs(y_true - y_pred)\n"
HOOKS = "from kerax.plugins import ComponentSpec, hookimpl\n"
TABLE = """
class Plugin:
    @hookimpl
    def {}(self{}):
        {}

plugin = Plugin()
"""


def table(body, hook="kerax_components", arguments=""):
    return HOOKS + TABLE.format(hook, arguments, body)


def spec(namespace, more=""):
    return FOCAL.format(namespace, more)


# namespace: how its distribution is made, the check that finds it, and what its message holds.
BROKEN = {
    "raises": ({"plugin": "1 / 0"}, "import", "ZeroDivisionError"),
    "lacks": ({"plugin": "import nosuchthing"}, "missing-dependency", "It needs 'nosuchthing'"),
    "leaves": ({"plugin": "raise SystemExit(3)"}, "exit", "SystemExit: 3"),
    "vanishes": ({"plugin": "import os; os._exit(7)"}, "died", "status 7 while reading the specs"),
    "sleeps": ({"plugin": "import time; time.sleep(600)"}, "hangs", "did not end within 2 s"),
    "nowhere": ({"value": "kerax_nowhere._plugin:nothing"}, "entry-point", "AttributeError"),
    "nomodule": ({"value": "kerax_nomodule.table:plugin"}, "entry-point", "ModuleNotFoundError"),
    "hookless": ({"plugin": "plugin = object()"}, "hooks", "implements no hook of kerax"),
    "misnamed": ({"plugin": table("return []", "kerax_componentz")}, "hooks", "unknown hook"),
    "throws": ({"plugin": table("raise OSError('disk')")}, "hook-raises", "OSError: disk"),
    "midway": (
        {"plugin": table(f"yield {spec('midway')}; raise OSError('disk')")},
        "hook-raises",
        "OSError: disk",
    ),
    "speckind": ({"specs": 'ComponentSpec("lss", "focal", "a:b")'}, "spec", "got 'lss'"),
    "twice": ({"specs": f"{spec('twice')}, {spec('other')}"}, "spec", "two specs of kind 'loss'"),
    "future": ({"specs": spec("future", ", api=2")}, "spec", "version 2 of the plugin contract"),
    "newer": ({"specs": spec("newer", ', min_kerax="99"')}, "spec", "needs kerax>=99"),
    "lookalike": ({"specs": spec("lookalike").replace("focal", "foc\u0430l", 1)}, "spec", "ASCII"),
    "needy": (
        {"specs": spec("needy", ', needs=("nosuchthing>=1",)')},
        "unmet-need",
        "nosuchthing is not installed",
    ),
    "absent": ({"modules": {"parts": "other = 3"}}, "target", "AttributeError"),
    "unkind": ({"modules": {"parts": "focal = 3"}}, "target-kind", "as loss is wanted"),
    "deeper": (
        {"modules": {"parts": "import nosuchthing"}},
        "missing-dependency",
        "It needs 'nosuchthing'",
    ),
    "early": (
        {"plugin": table(f"import kerax_early.parts; return [{spec('early')}]")},
        "heavy-specs",
        "reading the specs imports kerax_early.parts:focal",
    ),
    "heavy": (
        {"plugin": "import jax\njax.config.update('jax_enable_x64', True)\n" + table("return []")},
        "heavy-specs",
        "reading the specs imports jax",
    ),
    "slow": (
        {"plugin": "sum(range(20_000_000))\n" + table("return []")},
        "slow-specs",
        "wanted at most 50 ms",
    ),
    "chatty": ({"plugin": "print('hello')\n" + table("return []")}, "prints", "hello"),
    "mutters": (
        {"modules": {"parts": f"import os; os.write(2, b'psst')\n{PARTS}"}},
        "prints",
        "importing components prints 'psst'",
    ),
    "ailing": (
        {"plugin": table("return ['no licence file']", "kerax_doctor")},
        "doctor-hook",
        "no licence file",
    ),
}  # fmt: skip

# What importing a component does to the program, and the check that finds it.
EFFECTS = {
    "environment": "import os; os.environ['FOO_MODE'] = 'fast'",
    "jax-config": "import jax; jax.config.update('jax_enable_x64', True)",
    "global-state": "import warnings; warnings.simplefilter('ignore')",
    "patches": "import kerax.losses; kerax.losses.Loss.get_config = lambda self: {}",
    "files": "open('foo.log', 'w').close()",
    "network": "import socket; socket.socket().connect_ex(('127.0.0.1', 9))",
    "processes": "import threading; threading.Timer(0.5, int).start()",
}


def run_doctor(env, *arguments, **environment):
    command = [sys.executable, "-m", "kerax", "plugins", "doctor", *arguments]
    return env.command(command, **environment)


def diagnose(env, *arguments, **environment):
    done = run_doctor(env, "--json", *arguments, **environment)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


def checks_of(findings):
    return {finding["check"]: finding for finding in findings}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The doctor's rows of all broken plugins, installed side by side, by namespace."""
    env = PluginEnv(tmp_path_factory.mktemp("broken"))
    for namespace, (options, _, _) in BROKEN.items():
        env.add(namespace, **{"specs": spec(namespace), "modules": {"parts": PARTS}, **options})
    rows = diagnose(env, *(name for name in BROKEN if name != "sleeps"))["plugins"]
    rows += diagnose(env, "sleeps", "--timeout", "2")["plugins"]
    return {row["namespace"]: row for row in rows}


@pytest.mark.parametrize("namespace", BROKEN)
def test_each_breakage_has_its_finding(broken, namespace):
    _, check, words = BROKEN[namespace]
    found = checks_of(broken[namespace]["findings"])
    assert check in found, found
    assert words in found[check]["message"]


def test_a_finding_tells_the_chain_of_exceptions(broken):
    (finding,) = broken["raises"]["findings"]
    assert finding["chain"][0].startswith("PluginLoadError: Plugin 'raises' (kerax-raises 1.0)")
    assert "ZeroDivisionError: division by zero (" in finding["chain"][-1]
    assert finding["chain"][-1].endswith("_plugin.py:1)")


def test_a_plugin_that_does_nothing_wrong_but_one_thing_has_one_finding(broken):
    clean = set(BROKEN) - {"heavy"}
    assert {name: len(broken[name]["findings"]) for name in clean} == dict.fromkeys(clean, 1)


def test_jax_settings_changed_while_reading_specs_are_found(broken):
    assert "jax_enable_x64=True" in checks_of(broken["heavy"]["findings"])["jax-config"]["message"]


@pytest.fixture(scope="module")
def side_effects(tmp_path_factory):
    env = PluginEnv(tmp_path_factory.mktemp("effects"))
    parts = "\n".join(["import scipy.special", *EFFECTS.values(), PARTS])
    env.add("foo", specs=spec("foo"), modules={"parts": parts})
    calm = spec("calm", ', deprecated="use foo>focal"')
    env.add("calm", specs=calm, modules={"parts": f"import scipy.special\n{PARTS}"})
    return env, diagnose(env, "foo", "calm")


@pytest.mark.parametrize("check", EFFECTS)
def test_each_side_effect_is_found(side_effects, check):
    _, report = side_effects
    found = checks_of(report["plugins"][0]["findings"])
    assert set(found) == set(EFFECTS)
    assert found[check]["message"].startswith("importing components ")


def test_what_a_dependency_does_is_not_the_plugins(side_effects):
    _, report = side_effects
    calm = report["plugins"][1]
    assert calm["findings"] == []
    assert "scipy" in calm["components"]["packages"]


def test_a_good_plugin_passes_and_exit_status_is_0(side_effects):
    env, _ = side_effects
    done = run_doctor(env, "calm")
    assert (done.returncode, done.stderr) == (0, "")
    assert "calm  (kerax-calm 1.0, loaded)" in done.stdout
    assert done.stdout.endswith("\nNothing found.\n")


def test_the_installation_is_examined_from_metadata(tmp_path):
    env = PluginEnv(tmp_path)
    marker = "open('imported', 'w').close()\n" + table("return []")
    env.add("foo", distribution="kerax-foo", plugin=marker)
    env.add("foo", distribution="other-foo", plugin=marker)
    env.add("torch_", distribution="kerax-losses2", plugin=marker, value="x:y")
    env.add("layers", plugin=marker)
    env.add("Bad", plugin=marker)
    env.add("bar", plugin=table("return []"), requires=["nosuchthing>=2", "absent; extra == 'x'"])
    env.configure('disable = ["nobody", "torch_"]')
    broken = env.site / "kerax_mute-1.0.dist-info"
    broken.mkdir()
    (broken / "entry_points.txt").write_bytes(b"[kerax.plugins]\nmute = \xff\xfe")
    (broken / "METADATA").write_text("Name: kerax-mute\nVersion: 1.0\n")
    other = tmp_path / "other"
    older = build_wheel(env.wheels, "kerax-bar", "0.9", {}, "[kerax.plugins]\nbar=a:b")
    install_wheel(older, other)
    switches = {"PYTHONPATH": f"{env.site}:{other}", "KERAX_PLUGINS_STRICT": "1"}
    report = diagnose(env, "foo", "layers", "bar", **switches)
    said = [(finding["check"], finding["message"]) for finding in report["installation"]]
    for check, words in (
        ("rejected", "'layers' is reserved"),
        ("rejected", "'Bad' is malformed"),
        ("conflict", "Namespace 'foo' is claimed by kerax-foo 1.0 and other-foo 1.0"),
        ("switch", "'nobody' names no installed plugin"),
        ("metadata", "kerax_mute-1.0.dist-info cannot be read"),
        ("requirement", "kerax-bar requires nosuchthing>=2, but nosuchthing is not installed"),
        ("shadowed", "kerax-bar is on the path 2 times: 1.0 in"),
    ):
        assert [m for c, m in said if c == check and words in m], (check, said)
    assert len(said) == 7, said
    statuses = {row["distribution"]: row["status"] for row in report["plugins"]}
    assert statuses["other-foo"] == "conflict"
    assert statuses["kerax-layers"] == "rejected"
    assert not (env.work / "imported").exists()


def test_a_required_plugin_that_is_missing_is_a_finding(tmp_path):
    env = PluginEnv(tmp_path)
    env.configure('require = ["kerax-foo>=1.2"]')
    report = diagnose(env)
    assert report["plugins"] == []
    (finding,) = report["installation"]
    assert finding["check"] == "switch"
    assert "pip install 'kerax-foo>=1.2'" in finding["message"]


def test_an_unknown_plugin_is_named_with_what_is_there(tmp_path):
    done = run_doctor(PluginEnv(tmp_path), "nobody")
    assert done.returncode == 1
    assert "no installed plugin has the namespace 'nobody'" in done.stderr


def test_every_finding_has_a_documented_check():
    used = {check for _, check, _ in BROKEN.values()} | set(EFFECTS)
    installation = {"metadata", "rejected", "conflict", "shadowed", "switch", "requirement"}
    assert used | installation == set(CHECKS)
    assert doctor.__doc__
