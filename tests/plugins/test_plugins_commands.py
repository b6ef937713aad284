"""Sub-commands and findings of plugins, and the trace of a name, in fresh processes."""

import pytest

from kerax.errors import PluginError
from kerax.plugins.commands import Commands

HOOKS = """
    from kerax.plugins import hookimpl

    class Plugin:
        @hookimpl
        def kerax_cli(self, commands):
            commands.add("say", lambda arguments: print(*arguments), "print the arguments")
            commands.add("fail", lambda arguments: 1)
        @hookimpl
        def kerax_doctor(self):
            return ["no GPU  here", "an old\\ncache"]

    plugin = Plugin()
"""


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("two words", print), "name: got 'two words'; wanted one word"),
        (("", print), "name: got ''; wanted one word"),
        (("twice", print), "name: got 'twice' twice; wanted another name"),
        (("run", None), "run: got None; wanted a function run(arguments)"),
    ],
)
def test_a_command_is_refused(arguments, wanted):
    commands = Commands()
    commands.add("twice", print)
    with pytest.raises(PluginError) as caught:
        commands.add(*arguments)
    assert wanted in str(caught.value)


def test_commands_and_findings_of_one_plugin_import_no_other(site):
    site.add(plugin=HOOKS)
    site.add("bar", distribution="kerax-bar", plugin="raise AssertionError('imported')")
    site.add(
        "odd",
        distribution="kerax-odd",
        plugin=HOOKS.replace('["no GPU', '"').replace('  here", "an old\\ncache"]', '"'),
    )
    code = """
        from kerax.plugins.commands import findings, plugin_commands
        commands = plugin_commands("foo")
        print([(command.name, command.summary) for command in commands], "say" in commands)
        print(commands["fail"].run([]), commands["say"].run(["a", "b"]), len(commands))
        print(findings("foo"))
        print(failure(lambda: findings("odd")))
        print(failure(lambda: plugin_commands("nobody")).partition(".")[0])
        print("kerax_bar" in sys.modules)
    """
    assert site.output(code).splitlines() == [
        "[('fail', ''), ('say', 'print the arguments')] True",
        "a b",
        "1 None 2",
        "['no GPU here', 'an old cache']",
        "PluginLoadError: Plugin 'odd' (kerax-odd 1.2) failed in the phase doctor: PluginError: "
        "kerax_doctor: got ''; wanted a list of lines. To go on without it, set "
        "KERAX_PLUGINS=-odd.",
        "PluginNotFoundError: 'nobody': no installed plugin has the namespace 'nobody'",
        "False",
    ]
