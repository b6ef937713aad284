"""`kerax plugins list|show|why|check`, `kerax x`, `kerax inspect` and `--disable-plugin`."""

import json
import sys

import pytest

import kerax
from kerax import cli
from kerax.cli import output, parsing, plugins, uninstalled
from kerax.errors import ArgumentError
from kerax.plugins import describe
from kerax.testing.plugin_env import PluginEnv

PLUGIN = """
from kerax.plugins import ComponentSpec, hookimpl

print("plugin {0} is imported")

class Plugin:
    @hookimpl
    def kerax_components(self):
        return [
            ComponentSpec(
                kind="activation", name="twice", target="kerax_{0}.parts:twice",
                summary="Two times x", aliases=("double",), contract="elementwise",
                needs=("numpy>=1", "nosuchthing"), tags=("simple",),
                doc_url="https://example.org/twice", deprecated="use thrice",
            ),
            ComponentSpec("layer", "Twice", "kerax_{0}.parts:Twice", supports={{"sharding"}}),
        ]

    @hookimpl
    def kerax_cli(self, commands):
        commands.add("greet", lambda words: print("hello", *words), "say hello")
        commands.add("fail", lambda words: 3)
        commands.add("crash", lambda words: 1 / 0)

plugin = Plugin()
"""

PARTS = """
from kerax import layers, ops

def twice(x):
    '''Two times x.'''
    return 2 * ops.convert_to_tensor(x)

class Twice(layers.Layer):
    '''Two times x.'''
    def call(self, x):
        return twice(x)
"""


def kerax_command(env, *words, **environment):
    return env.command([sys.executable, "-m", "kerax", *words], **environment)


def table_of(text):
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.split()}


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    env = PluginEnv(tmp_path_factory.mktemp("plugins"))
    for namespace in ("foo", "bar"):
        env.add(
            namespace,
            version="1.2",
            plugin=PLUGIN.format(namespace),
            modules={"parts": PARTS},
        )
    env.add("broken", plugin="raise SystemExit('no')")
    env.add("layers", plugin="")
    return env


def test_list_reads_metadata_alone(env):
    done = kerax_command(env, "plugins", "list")
    assert done.returncode == 0
    assert "is imported" not in done.stdout + done.stderr
    rows = table_of(done.stdout)
    assert rows["NAMESPACE"] == ["DISTRIBUTION", "VERSION", "STATUS"]
    assert rows["foo"] == ["kerax-foo", "1.2", "installed"]
    assert rows["broken"] == ["kerax-broken", "1.0", "installed"]
    assert rows["layers"] == ["kerax-layers", "1.0", "rejected"]
    assert rows["losses"] == ["kerax", kerax.__version__, "installed"]
    assert "1 plugin unusable; kerax plugins doctor says why" in done.stdout


def test_list_as_json_is_describe_whatever_plugins_print(env):
    done = kerax_command(env, "plugins", "list", "--json")
    assert done.returncode == 0
    listed = json.loads(done.stdout)
    assert done.stdout == json.dumps(listed, indent=2, sort_keys=True) + "\n"
    assert listed["version"] == 1
    rows = {row["namespace"]: row for row in listed["plugins"]}
    assert rows["foo"] == {
        "namespace": "foo",
        "distribution": "kerax-foo",
        "version": "1.2",
        "location": str(env.site),
        "status": "loaded",
        "components": [
            {"kind": "activation", "name": "twice", "id": "foo>twice"},
            {"kind": "layer", "name": "Twice", "id": "foo>Twice"},
        ],
    }
    assert (rows["broken"]["status"], rows["broken"]["components"]) == ("failed", [])
    assert "Plugin 'broken' (kerax-broken 1.0) failed" in done.stderr


def test_lists_of_kerax_own_plugins_agree(capsys):
    assert cli.main(["plugins", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == describe()


def test_show_tells_all_that_specs_hold(env):
    done = kerax_command(env, "plugins", "show", "foo")
    assert done.returncode == 0, done.stderr
    for line in (
        "namespace     foo",
        "distribution  kerax-foo 1.2",
        f"location      {env.site}",
        "entry point   kerax_foo._plugin:plugin",
        "1 activation",
        "  foo>twice  Two times x",
        "      deprecated  use thrice",
        "      aliases     double",
        "      needs       numpy>=1 (met), nosuchthing (nosuchthing is not installed)",
        "      docs        https://example.org/twice",
        "      tags        simple",
        "1 layer",
        "  foo>Twice",
        "      supports  sharding",
    ):
        assert line in done.stdout.splitlines(), line


def test_show_as_json(env):
    done = kerax_command(env, "plugins", "show", "foo", "--json")
    shown = json.loads(done.stdout)
    first, second = shown["components"]
    assert (shown["version"], shown["distribution_version"]) == (1, "1.2")
    assert (first["id"], first["unmet"]) == ("foo>twice", ["nosuchthing is not installed"])
    assert (second["supports"], second["schema_version"]) == (["sharding"], 1)


@pytest.mark.parametrize("command", ["show", "check"])
def test_an_unknown_plugin_fails_with_what_is_installed(env, command):
    done = kerax_command(env, "plugins", command, "fooo")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no installed plugin has the namespace 'fooo'. Did you mean 'foo'" in done.stderr


def test_a_broken_plugin_is_shown_with_its_error(env):
    done = kerax_command(env, "plugins", "show", "broken")
    assert done.returncode == 1
    assert "failed in the phase import: SystemExit: no" in done.stderr
    assert "Traceback" not in done.stderr


def test_why_traces_a_name_to_its_end(capsys):
    assert cli.main(["plugins", "why", "relu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "activation 'relu'"
    assert lines[1].split()[:2] == ["1.", "registrations"]
    assert "found" in lines[-1]


def test_why_traces_each_kind_that_has_the_name(capsys):
    assert cli.main(["plugins", "why", "mse", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["version"], shown["id"]) == (1, "mse")
    assert sorted(shown["traces"]) == ["loss", "metric"]
    assert [step["outcome"] for step in shown["traces"]["loss"]][-1] == "found"


def test_why_ends_with_the_error_and_status_1(env):
    done = kerax_command(env, "plugins", "why", "foo>thrice", "--kind", "activation")
    assert done.returncode == 1
    assert done.stdout.startswith("activation 'foo>thrice'\n")
    assert "failed" in done.stdout.splitlines()[-1]


def test_x_runs_a_plugins_own_command_and_imports_no_other(env):
    done = kerax_command(env, "x", "foo", "greet", "--loud", "you")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "hello --loud you")
    assert "plugin bar is imported" not in done.stdout + done.stderr
    assert kerax_command(env, "x", "foo", "fail").returncode == 3
    crashed = kerax_command(env, "x", "foo", "crash")
    assert crashed.returncode == 1
    assert crashed.stderr.endswith("division by zero\nin the command 'crash' of plugin 'foo'\n")


def test_x_lists_commands_and_refuses_others(env):
    listed = kerax_command(env, "x", "foo")
    assert listed.returncode == 0
    assert "  greet     say hello" in listed.stdout.splitlines()
    refused = kerax_command(env, "x", "foo", "cook")
    assert refused.returncode == 2
    assert "plugin 'foo' has no command 'cook'; it has: crash, fail, greet" in refused.stderr


def test_x_of_a_plugin_without_commands(capsys):
    assert cli.main(["x", "losses"]) == 0
    assert capsys.readouterr().out == "Plugin 'losses' offers no commands.\n"


@pytest.mark.parametrize(
    ("before", "disabled"),
    [
        (None, {"foo"}),
        ("", {"foo", "bar", "broken"}),
        ("foo,bar", {"foo", "broken"}),
        ("-bar", {"foo", "bar"}),
    ],
)
def test_a_plugin_is_disabled_for_one_call(env, before, disabled):
    environment = {} if before is None else {"KERAX_PLUGINS": before}
    words = ("--disable-plugin", "foo", "plugins", "list", "--json")
    done = kerax_command(env, *words, **environment)
    assert done.returncode == 0
    rows = json.loads(done.stdout)["plugins"]
    found = {row["namespace"] for row in rows if row["status"] == "disabled"}
    assert found & {"foo", "bar", "broken"} == disabled
    assert "plugin foo is imported" not in done.stderr


def test_several_plugins_are_disabled_by_distribution_too(env):
    switches = ("--disable-plugin", "kerax-foo", "--disable-plugin", "bar")
    rows = table_of(kerax_command(env, *switches, "plugins", "list").stdout)
    assert rows["foo"][-1] == rows["bar"][-1] == "disabled"


def test_a_disabled_plugin_has_no_commands(env):
    done = kerax_command(env, "--disable-plugin", "foo", "x", "foo", "greet")
    assert done.returncode == 1
    assert "is disabled by KERAX_PLUGINS=-foo" in done.stderr


def test_check_reports_each_component_and_fails_where_one_does(env):
    done = kerax_command(env, "plugins", "check", "foo", "--kind", "activation")
    assert done.returncode == 1
    assert done.stdout.startswith("foo>twice (activation, kerax-foo 1.2): NOT OK")
    assert "nosuchthing is not installed" in done.stdout
    assert done.stdout.endswith("\n1 component: 0 ok, 1 not ok.\n")


def test_check_of_no_component_fails(env):
    done = kerax_command(env, "plugins", "check", "foo", "--kind", "loss")
    assert (done.returncode, done.stdout) == (1, "No components.\n")


@pytest.mark.slow
def test_check_takes_a_file_and_a_folder_that_are_not_installed(tmp_path):
    env = PluginEnv(tmp_path)
    table = PLUGIN.format("baz").replace('needs=("numpy>=1", "nosuchthing"), ', "")
    table = table.replace('print("plugin baz is imported")', "")
    project = env.work / "project"
    package = project / "src" / "kerax_baz"
    package.mkdir(parents=True)
    for name, text in (("__init__", ""), ("_plugin", table), ("parts", PARTS)):
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    words = ("--kind", "activation", "--json")
    file = kerax_command(env, "plugins", "check", "project/src/kerax_baz/_plugin.py", *words)
    assert file.returncode == 0, file.stdout + file.stderr
    checked = json.loads(file.stdout)
    assert (checked["version"], checked["ok"]) == (1, True)
    assert checked["components"][0]["source"] == "kerax-baz 0"

    entry = '[project.entry-points."kerax.plugins"]\nqux = "kerax_baz._plugin:plugin"\n'
    text = f'[project]\nname = "kerax-qux"\nversion = "3.1"\n{entry}'
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    folder = kerax_command(env, "plugins", "check", "project", *words)
    assert folder.returncode == 0, folder.stdout + folder.stderr
    (component,) = json.loads(folder.stdout)["components"]
    assert (component["id"], component["source"]) == ("qux>twice", "kerax-qux 3.1")


def test_a_table_in_a_project_is_the_projects(tmp_path):
    package = tmp_path / "src" / "kerax_qux"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "_plugin.py").touch()
    alone = uninstalled.find_source(package / "_plugin.py")
    assert alone.entries == {"qux": "kerax_qux._plugin:plugin"}
    assert (alone.distribution, alone.root) == ("kerax-qux", tmp_path / "src")
    entry = '[project.entry-points."kerax.plugins"]\nmine = "kerax_qux._plugin:plugin"\n'
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "other"\n{entry}', "utf-8")
    assert uninstalled.find_source(package / "_plugin.py").distribution == "other"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "found no pyproject.toml with"),
        ("[project]\nname = 'foo'", "found no pyproject.toml with"),
        ("[project", "cannot be read"),
        ("[project.entry-points.'kerax.plugins']\nfoo = 'kerax_foo:plugin'", "neither in"),
    ],
)
def test_a_folder_that_is_no_plugin_is_refused(tmp_path, text, words, capsys):
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    with pytest.raises(ArgumentError, match=words):
        uninstalled.find_source(tmp_path)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["plugins", "check", str(tmp_path)])
    assert exit_.value.code == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_no_module_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="wanted a folder or a Python file"):
        uninstalled.find_source(tmp_path / "notes.txt")


def test_inspect_prints_a_model_and_what_it_needs(env):
    code = """
        import numpy as np, kerax
        twice = kerax.layers.get("foo>Twice")
        model = kerax.Sequential([kerax.Input((2,)), twice, kerax.layers.Dense(1, name="out")])
        model.compile("sgd", "mse")
        model.save("model.keras")
    """
    assert env.run(code).returncode == 0
    good = kerax_command(env, "inspect", "model.keras")
    assert good.returncode == 0, good.stderr
    assert "is imported" not in good.stdout + good.stderr
    rows = table_of(good.stdout)
    assert rows["model"] == ["Sequential", "sequential"]
    assert rows["loss"] == ["mse"]
    assert rows["out"] == ["Dense", "3"]
    assert rows["foo"] == ["kerax-foo", "1.2", "1.2", "installed"]
    assert "layer foo>Twice: structure, schema version 1" in good.stdout
    missing = kerax_command(env, "inspect", "model.keras", PYTHONPATH="")
    assert missing.returncode == 1
    assert "missing here: foo>Twice" in missing.stdout
    assert "install: pip install 'kerax-foo>=1.2'" in missing.stdout
    found = json.loads(kerax_command(env, "inspect", "model.keras", "--json").stdout)
    assert (found["version"], found["parameters"]) == (1, 3)


def test_inspect_of_what_is_no_model_fails(tmp_path, capsys):
    assert cli.main(["inspect", str(tmp_path / "none.keras")]) == 1
    assert "file not found" in capsys.readouterr().err
    (tmp_path / "bad.keras").write_text("no archive")
    assert cli.main(["inspect", str(tmp_path / "bad.keras")]) == 1
    assert capsys.readouterr().err.startswith("kerax inspect: ")


@pytest.mark.parametrize("command", sorted(plugins.COMMANDS))
def test_each_command_of_plugins_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["plugins", command, "--help"])
    assert exit_.value.code == 0
    shown = capsys.readouterr().out
    assert f"usage: kerax plugins {command}" in shown
    assert f"example:\n  kerax plugins {command}" in shown


@pytest.mark.parametrize(
    "words",
    [
        ["plugins", "cook"],
        ["plugins", "show"],
        ["plugins", "why", "mse", "--kind", "sauce"],
        ["plugins", "check"],
        ["plugins", "list", "--color"],
        ["inspect"],
        ["x"],
        ["--disable-plugin", "-foo", "plugins", "list"],
        ["--disable-plugin", "a,b", "plugins", "list"],
    ],
)
def test_wrong_usage_exits_with_2(words, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    assert exit_.value.code == 2
    assert "usage: kerax" in capsys.readouterr().err


def test_plugins_without_a_command_is_wrong_usage(capsys):
    assert cli.main(["plugins"]) == 2
    assert "doctor" in capsys.readouterr().out


def test_columns_are_as_wide_as_their_longest_text():
    assert output.format_columns([("a", "b"), ("long", "")], indent="  ") == ["  a     b", "  long"]
    assert output.format_columns([]) == []


def test_a_parser_without_commands_takes_none():
    parser = parsing.make_parser("kerax tidy", "Tidy up.", "kerax tidy")
    assert vars(parser.parse_args([])) == {}
