"""What is imported when, and how names resolve, in fresh processes with fake distributions."""

import os
import subprocess
import sys
import textwrap


def test_import_reads_no_entry_point_and_imports_no_plugin_and_no_jax(site):
    site.add()
    code = """
        import importlib.metadata as metadata, sys
        def forbidden(*args, **kwargs):
            raise AssertionError("metadata was read")
        metadata.distributions = metadata.entry_points = metadata.distribution = forbidden
        import kerax, kerax.plugins
        kerax.plugins.get("loss", None)
        print([m for m in sys.modules if m.startswith(("kerax_", "jax", "optax", "numpy"))])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(site.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_reading_every_spec_imports_neither_jax_nor_a_target(site):
    site.add()
    code = """
        for kind in plugins.spec.KINDS:
            names(kind)
        describe()
        print([m for m in ("jax", "numpy", "optax", "kerax_foo.parts") if m in sys.modules])
    """
    assert site.output(code) == "[]"


def test_a_lookup_loads_the_one_plugin_that_its_name_routes_to(site):
    site.add()
    site.add("bar", distribution="kerax-bar", plugin="raise AssertionError('imported')")
    code = """
        get("loss", "foo>focal")
        try:
            lookup("loss", "mse")
        except errors.PluginError:
            pass
        loaded = sorted(m for m in sys.modules if m.endswith("._plugin"))
        print(loaded)
    """
    assert site.output(code) in (
        "['kerax_foo._plugin', 'kerax_losses._plugin']",
        "['kerax_foo._plugin']",
    )


# --- resolution


def test_every_form_of_identifier(site):
    specs = """
        ComponentSpec(kind="loss", name="Focal", target="kerax_foo.parts:Focal", aliases=("fl",)),
        ComponentSpec(kind="loss", name="plain", target="kerax_foo.parts:plain"),
        ComponentSpec(kind="metric", name="MeanFocal", target="kerax_foo.parts:Focal"),
        ComponentSpec(kind="optimizer", name="Fast", target="kerax_foo.parts:fast",
                      contract="gradient_transformation"),
    """
    parts = """
        class Focal:
            def __init__(self, gamma=2):
                self.gamma = gamma
            def __call__(self, y_true, y_pred):
                return self.gamma
            update_state = result = __call__
            @classmethod
            def from_config(cls, config):
                return cls(**config)
        def plain(y_true, y_pred):
            return 0
        class Fast:
            def __init__(self, rate):
                self.rate, self.init, self.update = rate, 1, 2
        def fast(rate=0.5):
            return Fast(rate)
    """
    site.add(specs=specs, parts=parts)
    code = """
        Focal = lookup("loss", "foo>Focal")
        print(Focal.__name__, get("loss", "foo>fl").gamma, get("loss", Focal).gamma)
        print(get("loss", {"id": "foo>Focal", "config": {"gamma": 3}}).gamma)
        print(get("loss", {"class_name": "foo>Focal", "config": {"gamma": 4}}).gamma)
        keras = {"module": None, "class_name": "Focal", "config": {"gamma": 5},
                 "registered_name": "foo>Focal"}
        print(get("loss", keras).gamma, get("loss", get("loss", "foo>fl")).gamma)
        print(get("loss", "foo>plain").__name__, get("loss", None))
        print(get("loss", {"class_name": "function", "config": "foo>plain"}).__name__)
        print(type(get("metric", "foo>mean_focal")).__name__)
        print(get("optimizer", "foo>FAST").rate, get("optimizer", {"id": "foo>fast",
              "config": {"rate": 0.1}}).rate, lookup("optimizer", "foo>Fast").__name__)
    """
    assert site.output(code) == ("Focal 2 2\n3\n4\n5 2\nplain None\nplain\nFocal\n0.5 0.1 fast")


def test_a_plugin_installed_while_the_process_runs_is_found(site):
    site.add("bar", distribution="kerax-bar", specs="")
    site.add()
    code = f"""
        import pathlib
        folder = pathlib.Path({str(site.folder)!r})
        info = folder / "kerax_foo-1.2.dist-info"
        info.rename(folder / "elsewhere")
        print(failure(lambda: get("loss", "foo>focal")).partition(":")[0])
        (folder / "elsewhere").rename(info)
        print(get("loss", "foo>focal").__name__)
    """
    assert site.output(code).split() == ["PluginNotFoundError", "focal"]


SLOW_PLUGIN = """
    import time
    from kerax.plugins import ComponentSpec, hookimpl

    print("loading")
    time.sleep(0.2)

    class Plugin:
        @hookimpl
        def kerax_components(self):
            return [ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal")]

    plugin = Plugin()
"""


def test_many_threads_load_a_plugin_once(site):
    site.add(plugin=SLOW_PLUGIN)
    code = """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(16) as pool:
            found = set(pool.map(lambda _: get("loss", "foo>focal"), range(64)))
        print(len(found))
    """
    assert site.output(code).split() == ["loading", "1"]


IMPORTING = """
    import time
    import kerax_{other}._plugin
    from kerax.plugins import ComponentSpec, hookimpl

    time.sleep(0.1)

    class Plugin:
        @hookimpl
        def kerax_components(self):
            return [ComponentSpec("loss", "focal", "kerax_{name}.parts:focal")]

    plugin = Plugin()
"""


def test_two_namespaces_that_import_each_other_in_two_threads_end(site):
    for name, other in (("foo", "bar"), ("bar", "foo")):
        plugin = IMPORTING.format(name=name, other=other)
        parts = f"import kerax_{other}.parts\ndef focal(y_true, y_pred):\n    return 0\n"
        site.add(name, distribution=f"kerax-{name}", plugin=plugin, parts=parts)
    code = """
        from concurrent.futures import ThreadPoolExecutor
        def find(name):
            return get("loss", f"{name}>focal").__module__
        with ThreadPoolExecutor(8) as pool:
            print(*sorted(set(pool.map(find, ["foo", "bar"] * 8))))
    """
    assert site.output(code) == "kerax_bar.parts kerax_foo.parts"


def test_a_plugin_in_a_folder_that_joins_the_path_is_found(site, make_site):
    other = make_site(site.folder.parent / "other")
    other.add()
    code = f"""
        print(failure(lambda: get("loss", "foo>focal")).partition(":")[0])
        print(failure(lambda: get("loss", "focal")).count("foo>focal"))
        sys.path.append({str(other.site)!r})
        print(failure(lambda: get("loss", "focal")).count("foo>focal (kerax-foo 1.2)"))
        print(get("loss", "foo>focal").__name__)
    """
    assert site.output(code).split() == ["PluginNotFoundError", "0", "1", "focal"]


def test_a_name_is_searched_once(site):
    site.add()
    code = """
        searched = []
        search = plugins.resolver._component
        plugins.resolver._component = lambda *a: searched.append(a) or search(*a)
        for _ in range(100):
            get("loss", "foo>focal")
        print(len(searched))
    """
    assert site.output(code) == "1"


def test_of_one_distribution_installed_twice_the_first_on_the_path_counts(site, make_site):
    other = make_site(site.folder / "other")
    site.add(version="2.0")
    other.add(version="1.0")
    code = """
        print([p["version"] for p in describe()["plugins"] if p["namespace"] == "foo"])
    """
    path = f"{site.folder}{os.pathsep}{other.folder}"
    assert site.output(code, PYTHONPATH=path) == "['2.0']"


def test_unreadable_metadata_of_one_distribution_hides_no_other(site):
    site.add()
    site.add("bar", distribution="kerax-bar")
    (site.folder / "kerax_bar-1.2.dist-info" / "entry_points.txt").write_bytes(
        b"[kerax.plugins]\n\xff\xfe = x\n"
    )
    done = site.run("print(get('loss', 'foo>focal').__name__)")
    assert done.stdout.strip() == "focal"
    assert "cannot be read" in done.stderr
