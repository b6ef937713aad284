"""Conflicts, switches, lists and observers, in fresh processes with fake distributions."""

import pytest

FOCAL = 'ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal")'


def test_two_distributions_with_one_namespace_serve_neither(site):
    site.add()
    site.add(distribution="foo-rival", version="3.0")
    site.add("bar", distribution="kerax-bar", specs=FOCAL.replace("foo", "bar"))
    code = """
        print(failure(lambda: get("loss", "foo>focal")))
        print(get("loss", "bar>focal").__module__)
    """
    error, other = site.output(code).splitlines()
    assert error.startswith("PluginConflictError: Namespace 'foo' is claimed by ")
    assert "kerax-foo 1.2" in error
    assert "foo-rival 3.0" in error
    assert "prefer = {foo = " in error
    assert other == "kerax_bar.parts"


@pytest.mark.parametrize(
    ("table", "environment"),
    [
        ('prefer = {foo = "foo-rival"}', {}),
        ('disable = ["kerax-foo"]', {}),
        ('allow = ["foo_rival"]', {}),
        ("", {"KERAX_PLUGINS": "-kerax-foo"}),
    ],
)
def test_ways_to_settle_a_conflict(site, table, environment):
    site.add()
    site.add(distribution="foo-rival", specs=FOCAL.replace("kerax_foo", "foo_rival"))
    site.configure(table)
    code = "print(get('loss', 'foo>focal').__module__)"
    assert site.output(code, **environment) == "foo_rival.parts"


@pytest.mark.parametrize(
    ("value", "enabled"),
    [("", ""), ("foo", "foo"), ("kerax-bar", "bar"), ("-foo", "bar"), ("foo,bar,-bar", "foo")],
)
def test_the_environment_chooses_plugins(site, value, enabled):
    site.add()
    site.add("bar", distribution="kerax-bar", specs=FOCAL.replace("kerax_foo", "kerax_bar"))
    code = (
        "print(' '.join(n.partition('>')[0] for n in names('loss') if n[:4] in ('foo>', 'bar>')))"
    )
    assert site.output(code, KERAX_PLUGINS=value) == enabled


def test_a_disabled_plugin_is_not_imported_and_its_error_names_the_switch(site):
    site.add(plugin="raise AssertionError('imported')")
    code = "print(failure(lambda: get('loss', 'foo>focal')))"
    assert site.output(code, KERAX_PLUGINS="") == (
        "PluginNotFoundError: 'foo>focal': plugin 'foo' (kerax-foo 1.2) is disabled by "
        "KERAX_PLUGINS=."
    )


def test_using_narrows_for_a_block(site):
    site.add()
    code = """
        listed = lambda: [name for name in names("loss") if name.startswith("foo>")]
        with using([]):
            print(listed(), failure(lambda: get("loss", "foo>focal")).partition(":")[0])
            with using(["foo"]):
                print(listed())
        with using(["-kerax-foo"]):
            print(listed())
        with using(["foo"]):
            print(listed(), get("loss", "foo>focal").__name__)
        print(listed(), failure(lambda: using("foo").__enter__()))
    """
    assert site.output(code).splitlines() == [
        "[] PluginNotFoundError",
        "[]",
        "[]",
        "['foo>focal'] focal",
        "['foo>focal'] PluginError: using: got the string 'foo'; wanted a list, ['foo'].",
    ]


@pytest.mark.parametrize(
    ("table", "environment", "wanted"),
    [
        ("", {"KERAX_PLUGINS": "-nobody"}, "KERAX_PLUGINS=-nobody: 'nobody' names no installed"),
        ('disable = ["nobody"]', {}, "'nobody' names no installed plugin"),
        ('observers = ["nobody"]', {}, "observers: 'nobody' names no installed plugin"),
        ('prefer = {foo = "nobody"}', {}, "prefer: 'nobody' provides no 'foo' here"),
    ],
)
def test_a_switch_that_names_nothing_is_reported_and_under_strict_raised(
    site, table, environment, wanted
):
    site.add()
    site.configure(table)
    done = site.run("print(get('loss', 'foo>focal').__name__)", **environment)
    assert done.stdout.strip() == "focal"
    assert wanted in done.stderr
    code = "print(failure(lambda: get('loss', 'foo>focal')))"
    strict = site.output(code, KERAX_PLUGINS_STRICT="1", **environment)
    assert strict.startswith("PluginError: ")
    assert wanted in strict


def test_strict_raises_what_else_is_reported(site):
    site.add()
    site.add("bar", distribution="kerax-bar", plugin="1 / 0")
    code = "print(failure(lambda: names('loss')))"
    strict = site.output(code, KERAX_PLUGINS_STRICT="1")
    assert strict.startswith("PluginLoadError: Plugin 'bar'")


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("kerax-foo>=1.2,<2", "focal"),
        ("kerax-foo", "focal"),
        (
            "kerax-foo>=1.10",
            "PluginNotFoundError: [tool.kerax.plugins] of pyproject.toml requires the plugin "
            "'kerax-foo>=1.10', but kerax-foo is 1.2. Install it: pip install 'kerax-foo>=1.10'.",
        ),
        ("kerax-bar", "but kerax-bar is not installed"),
        ("foo>=1.2", "focal"),
        ("foo>=2", "but foo is 1.2. Install it: pip install 'foo>=2'."),
        ("numpy", "but numpy is no plugin"),
        ("kerax-bar @ http", "require: got 'kerax-bar @ http'; wanted 'kerax-foo>=1.2'"),
    ],
)
def test_required_plugins(site, requirement, wanted):
    site.add()
    site.configure(f'require = ["{requirement}"]')
    code = """
        found = []
        message = failure(lambda: found.append(get("loss", "foo>focal").__name__))
        print(*found or [message])
    """
    assert wanted in site.output(code)


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ("allwo = []", "got allwo; wanted allow, disable, observers, require, prefer"),
        ('allow = "foo"', "allow: got 'foo'; wanted a list of strings"),
        ("prefer = 3", "prefer: got 3; wanted {foo ="),
        ("allow = [", "pyproject.toml: [tool.kerax.plugins] cannot be read: "),
    ],
)
def test_a_wrong_table_in_pyproject(site, table, wanted):
    site.configure(table)
    assert wanted in site.output("print(failure(lambda: get('loss', 'foo>focal')))")


def test_a_third_party_cannot_take_a_family(site):
    site.add("losses", distribution="kerax-rival", plugin="raise AssertionError('imported')")
    done = site.run("names('activation'); print(plugins.registry.own_plugin('loss').entry.source)")
    assert "'losses' is reserved for kerax's own plugins" in done.stderr or done.returncode
    assert "AssertionError" not in done.stderr


def test_describe(site):
    site.add()
    site.add("bar", distribution="kerax-bar", plugin="1 / 0")
    site.add("off", distribution="kerax-off")
    site.add("keras", distribution="kerax-bad")
    site.add("twin", distribution="kerax-one")
    site.add("twin", distribution="kerax-two")
    code = """
        import json
        rows = lambda **kw: {p["distribution"]: p for p in describe(**kw)["plugins"]}
        before = rows(specs=False)
        print(before["kerax-foo"]["status"], "kerax_foo._plugin" in sys.modules)
        after = rows()
        print(json.dumps(after["kerax-foo"]["components"]))
        names = ("foo", "bar", "off", "bad", "one", "two")
        print([after[f"kerax-{name}"]["status"] for name in names], describe()["version"])
        print(sorted(after["kerax-foo"]))
    """
    assert site.output(code, KERAX_PLUGINS="-off").splitlines() == [
        "installed False",
        '[{"kind": "loss", "name": "focal", "id": "foo>focal"}]',
        "['loaded', 'failed', 'disabled', 'rejected', 'conflict', 'conflict'] 1",
        "['components', 'distribution', 'location', 'namespace', 'status', 'version']",
    ]


OBSERVER = """
    from kerax.plugins import hookimpl
    class Plugin:
        @hookimpl
        def kerax_epoch_finished(self, epoch, logs):
            print("epoch", epoch, logs)
        @hookimpl
        def kerax_run_finished(self, logs):
            raise ValueError("disk full")
    plugin = Plugin()
"""


def test_observers_run_where_the_user_lists_them_and_stop_nothing(site):
    site.add(plugin=OBSERVER)
    site.add("bar", distribution="kerax-bar", plugin="raise AssertionError('imported')")
    code = """
        plugins.observe("kerax_epoch_finished", model=None, epoch=3, logs={"loss": 1.0})
        plugins.observe("kerax_run_finished", model=None, logs={})
        print("done")
    """
    assert site.output(code) == "done"
    for name in ("foo", "Kerax_Foo"):
        site.configure(f'observers = ["{name}"]')
        done = site.run(code)
        assert done.stdout.splitlines() == ["epoch 3 {'loss': 1.0}", "done"]
        assert "Plugin 'foo' (kerax-foo 1.2) failed in the phase observe: ValueError" in done.stderr
    assert site.output(code, KERAX_PLUGINS="") == "done"


def test_the_settings_are_those_of_the_project_around_the_working_directory(site):
    site.add()
    site.configure('disable = ["foo"]')
    inner = site.work / "src" / "deep"
    inner.mkdir(parents=True)
    code = "print(failure(lambda: get('loss', 'foo>focal')).partition(': ')[2])"
    here = site.output(code)
    assert here.endswith("is disabled by [tool.kerax.plugins] of pyproject.toml.")
    moved = f"import os; os.chdir({str(inner)!r})\n{code}"
    assert site.output(moved).endswith(f"of {site.work / 'pyproject.toml'}.")
    (inner / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert site.output(moved) == ""
    (inner / "pyproject.toml").unlink()
    (site.work / "src" / ".git").mkdir()
    assert site.output(moved) == ""
    gone = f"import os, shutil; os.chdir({str(inner)!r}); shutil.rmtree('../deep')\n{code}"
    assert site.output(gone) == ""


def test_base_classes_are_found_by_name_and_left_out_of_lists(site):
    site.add(specs=FOCAL.replace(")", ', tags=("base",))'))
    code = """
        print("foo>focal" in names("loss"), get("loss", "foo>focal").__name__)
        print([c for p in describe()["plugins"] for c in p["components"] if c["name"] == "focal"])
        print([n for n in names("optimizer") if n in ("OptaxOptimizer", "TransformOptimizer")])
        print(lookup("optimizer", "OptaxOptimizer").__name__)
        print("MeanMetricWrapper" in names("metric"))
    """
    assert site.output(code).splitlines() == [
        "False focal",
        "[]",
        "[]",
        "OptaxOptimizer",
        "False",
    ]


def test_a_distribution_that_claims_a_namespace_twice_serves_neither(site):
    site.add()
    points = site.site / "kerax_foo-1.2.dist-info" / "entry_points.txt"
    points.write_text(points.read_text() + "foo = kerax_foo.other:plugin\n")
    assert site.output("print(failure(lambda: get('loss', 'foo>focal')))") == (
        "PluginConflictError: Namespace 'foo' is claimed twice by kerax-foo 1.2, as "
        "kerax_foo._plugin:plugin and kerax_foo.other:plugin, so neither is used. Its author must "
        "drop one; until then, uninstall kerax-foo."
    )


def test_origin_finds_a_component_by_its_class_also_where_the_target_re_exports_it(site):
    site.add(
        specs='ComponentSpec(kind="loss", name="focal", target="kerax_foo:focal")',
    )
    (site.folder / "kerax_foo" / "__init__.py").write_text("from kerax_foo.parts import focal")
    code = """
        from kerax_foo.parts import focal
        print(plugins.origin(focal).label, plugins.origin(print))
        def focal(): pass
        focal.__module__ = "kerax_foo.others"
        print(plugins.origin(focal))
    """
    assert site.output(code).splitlines() == ["foo>focal from kerax-foo 1.2 None", "None"]
