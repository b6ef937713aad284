"""No plugin, however broken, keeps training with standard parts from running."""

FOCAL = 'ComponentSpec(kind="loss", name="focal", target="kerax_{}.parts:focal")'

HOOK = """
    from kerax.plugins import ComponentSpec, hookimpl

    class Plugin:
        @hookimpl
        def kerax_components(self):
            {}

    plugin = Plugin()
"""

# Each is a plugin of its own namespace; the text is what using it says.
BROKEN = {
    "absent": (
        {"plugin": "import nosuchthing"},
        "PluginLoadError: Plugin 'absent' (kerax-absent 1.2) failed in the phase import: "
        "ModuleNotFoundError: No module named 'nosuchthing'. It needs 'nosuchthing'",
    ),
    "leaving": ({"plugin": "raise SystemExit(3)"}, "failed in the phase import: SystemExit: 3"),
    "wrong": ({"value": "kerax_wrong._plugin:nothing"}, "failed in the phase import: Attribute"),
    "odd": ({"value": "kerax wrong!"}, "failed in the phase import: "),
    "syntax": ({"plugin": "def ("}, "failed in the phase import: SyntaxError"),
    "circle": (
        {"plugin": "import kerax_circle.parts\nplugin = 1", "parts": "from ._plugin import plugin"},
        "failed in the phase import: ImportError: cannot import name 'plugin'",
    ),
    "bare": ({"plugin": "plugin = object()"}, "failed in the phase register: PluginError"),
    "raising": (
        {"plugin": HOOK.format("raise OSError('no disk')")},
        "failed in the phase validate: OSError: no disk",
    ),
    "midway": (
        {
            "plugin": HOOK.format(
                'yield ComponentSpec("loss", "focal", "kerax_midway.parts:focal"); 1 / 0'
            )
        },
        "failed in the phase validate: ZeroDivisionError",
    ),
    "nothing": ({"plugin": HOOK.format("return 3")}, "failed in the phase validate: TypeError"),
    "invalid": (
        {"plugin": HOOK.format('return [ComponentSpec("lss", "focal", "a:b")]')},
        "failed in the phase validate: PluginError: ComponentSpec(kind='lss', name='focal'): kind",
    ),
    "future": (
        {"plugin": HOOK.format('return [ComponentSpec("loss", "focal", "a:b", api=9)]')},
        "is written for version 9 of the plugin contract",
    ),
    "target": ({"parts": "raise RuntimeError('no GPU')"}, "failed in the phase resolve: Runtime"),
    "exiting": ({"parts": "import sys; sys.exit('bye')"}, "in the phase resolve: SystemExit: bye"),
    "number": (
        {"parts": "focal = 3"},
        "failed in the phase resolve: kerax_number.parts:focal is 3",
    ),
    "constructor": (
        {
            "parts": """
                class focal:
                    def __init__(self):
                        raise SystemExit(1)
                    def __call__(self, y_true, y_pred):
                        pass
            """
        },
        "failed in the phase construct: SystemExit: 1",
    ),
    "keras": ({}, "failed in the phase discover: its namespace 'keras' is reserved"),
    "Capital": ({}, "failed in the phase discover: its namespace 'Capital' is malformed"),
    "f\u043e\u043e": ({}, r"its namespace 'f\u043e\u043e' is malformed; wanted 2 to 31 of a-z"),
}

PROGRAM = """
    import kerax, numpy as np
    x, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
    dense = kerax.layers.Dense(1, kernel_regularizer="l2", activation="relu")
    model = kerax.Sequential([kerax.Input((2,)), dense])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(x, y, verbose=0)
    model.save("m.keras")
    loaded = kerax.models.load_model("m.keras")
    print("trained", loaded.compiled, sorted({m[:8] for m in sys.modules if "kerax_" in m}))
"""


def test_standard_parts_train_beside_every_broken_plugin_and_each_says_what_is_wrong(site):
    for namespace, (options, _) in BROKEN.items():
        name = namespace if namespace.isascii() else "cyrillic"
        options = {"specs": FOCAL.format(name), **options}
        site.add(namespace, distribution=f"kerax-{name}", **options)
    for name in ("kerax-one", "kerax-two"):
        site.add("twin", distribution=name)
    site.add("loud", distribution="kerax-loud", plugin="print('loud')\n" + LOUD)
    (site.site / "kerax_unnamed-1.0.dist-info").mkdir()
    points = site.site / "kerax_unnamed-1.0.dist-info" / "entry_points.txt"
    points.write_text("[kerax.plugins]\nunnamed = kerax_unnamed:plugin\n")
    done = site.run(PROGRAM)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == (
        "trained True ['kerax_lo', 'kerax_me', 'kerax_op', 'kerax_re']"  # the standard four
    )
    lines = done.stderr.splitlines()
    assert all(line.startswith("kerax: ") for line in lines), done.stderr
    told = ("keras", "Capital", "cyrillic", "'twin' is claimed", "unnamed")
    assert [sum(word in line for line in lines) for word in told] == [1] * 5
    assert len(lines) == 5
    code = f"""
        for namespace in {list(BROKEN)!r}:
            for _ in range(2):
                print(failure(lambda: get("loss", namespace + ">focal")))
        print(failure(lambda: get("loss", "twin>focal")))
        print(get("loss", "loud>focal").__name__)
        statuses = {{p["namespace"]: p["status"] for p in describe()["plugins"]}}
        print([n for n, s in statuses.items() if s in ("loaded", "installed")])
        print([name for name in names("loss") if name.startswith(("loud", "midway"))])
    """
    done = site.run(code)
    assert done.returncode == 0, done.stderr
    output = done.stdout.splitlines()
    for (namespace, (_, wanted)), first, second in zip(
        BROKEN.items(), output[::2], output[1::2], strict=False
    ):
        assert wanted in first, (namespace, first)
        assert second == first
        if "in the phase discover" not in first:
            assert f"set KERAX_PLUGINS=-{namespace}." in first
    rest = output[2 * len(BROKEN) :]
    assert rest[0].startswith("PluginConflictError: Namespace 'twin' is claimed by kerax-one 1.2")
    assert rest[1:3] == ["loud", "focal"]
    assert "loud" in rest[3]
    assert not {"absent", "midway", "twin", "keras"} & set(eval(rest[3]))
    assert rest[4] == "['loud>focal']"


LOUD = """
from kerax.plugins import ComponentSpec, hookimpl

class Plugin:
    @hookimpl
    def kerax_components(self):
        return [ComponentSpec("loss", "focal", "kerax_loud.parts:focal")]

plugin = Plugin()
"""
