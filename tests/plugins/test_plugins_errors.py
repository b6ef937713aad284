"""Every message of the plugin layer: who failed, where, why, and what to do."""

import pytest

import kerax

FOCAL = 'ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal")'

FAILURES = {
    "a dependency that is missing": (
        {"plugin": "import nosuchthing"},
        "get('loss', 'foo>focal')",
        "PluginLoadError: Plugin 'foo' (kerax-foo 1.2) failed in the phase import: "
        "ModuleNotFoundError: No module named 'nosuchthing'. It needs 'nosuchthing', which is not "
        "installed. To go on without it, set KERAX_PLUGINS=-foo.",
    ),
    "an exit while importing": (
        {"plugin": "raise SystemExit(3)"},
        "get('loss', 'foo>focal')",
        "failed in the phase import: SystemExit: 3",
    ),
    "an entry point that is not there": (
        {"value": "kerax_foo._plugin:nothing"},
        "get('loss', 'foo>focal')",
        "failed in the phase import: AttributeError",
    ),
    "an object without hooks": (
        {"plugin": "plugin = object()"},
        "get('loss', 'foo>focal')",
        "failed in the phase register: PluginError: 'kerax_foo._plugin:plugin' implements no hook",
    ),
    "an unknown hook": (
        {
            "plugin": """
                from kerax.plugins import hookimpl
                class Plugin:
                    @hookimpl
                    def kerax_componentz(self):
                        return []
                plugin = Plugin()
            """
        },
        "get('loss', 'foo>focal')",
        "failed in the phase register: PluginValidationError: unknown hook 'kerax_componentz'",
    ),
    "a spec of an unknown kind": (
        {"specs": 'ComponentSpec(kind="lss", name="focal", target="a:b")'},
        "get('loss', 'foo>focal')",
        "failed in the phase validate: PluginError: ComponentSpec(kind='lss', name='focal'): kind: "
        "got 'lss'; wanted one of loss, metric",
    ),
    "something that is no spec": (
        {"specs": '"focal"'},
        "get('loss', 'foo>focal')",
        "failed in the phase validate: PluginError: kerax_components: got 'focal'; wanted "
        "ComponentSpec",
    ),
    "a contract of the future": (
        {"specs": FOCAL.replace(")", ", api=2)")},
        "get('loss', 'foo>focal')",
        "'focal' is written for version 2 of the plugin contract; this kerax knows 1: pip install "
        "--upgrade kerax",
    ),
    "a newer kerax needed": (
        {"specs": FOCAL.replace(")", ', min_kerax="99")')},
        "get('loss', 'foo>focal')",
        "'focal' needs kerax>=99: kerax is",
    ),
    "two specs with one key": (
        {"specs": f"{FOCAL}, {FOCAL.replace('parts', 'others')}"},
        "get('loss', 'foo>focal')",
        "two specs of kind 'loss' have the name 'focal': kerax_foo.parts:focal and "
        "kerax_foo.others:focal",
    ),
    "two optimizers that differ in case only": (
        {
            "specs": FOCAL.replace("loss", "optimizer")
            + ", "
            + FOCAL.replace("loss", "optimizer").replace('"focal"', '"Focal"')
        },
        "get('optimizer', 'foo>focal')",
        "two specs of kind 'optimizer' are both found as 'focal': focal and Focal",
    ),
    "an alias in a foreign namespace": (
        {"specs": FOCAL.replace(")", ', aliases=("bar>focal",))')},
        "get('loss', 'foo>focal')",
        "aliases: got ('bar>focal',); wanted names of this plugin's own namespace",
    ),
    "look-alike letters": (
        {"specs": FOCAL.replace('"focal"', '"foc\u0430l"')},
        "get('loss', 'foo>focal')",
        "wanted letters, digits and '_' of ASCII",
    ),
    "a target that is not there": (
        {"specs": FOCAL.replace("parts", "missing")},
        "get('loss', 'foo>focal')",
        "failed in the phase resolve: ModuleNotFoundError: No module named 'kerax_foo.missing'. "
        "To go on",
    ),
    "a target of another kind": (
        {"parts": "focal = 3"},
        "get('loss', 'foo>focal')",
        "failed in the phase resolve: kerax_foo.parts:focal is 3; as loss is wanted a Loss or a "
        "function (y_true, y_pred) -> loss",
    ),
    "an unmet requirement": (
        {
            "specs": FOCAL.replace(")", ', needs=("nosuchthing>=2",))'),
            "parts": "raise AssertionError('imported')",
        },
        "get('loss', 'foo>focal')",
        "failed in the phase resolve: foo>focal needs nosuchthing>=2: nosuchthing is not installed",
    ),
    "a constructor that raises": (
        {
            "parts": """
                class focal:
                    def __init__(self):
                        raise ValueError("gamma")
                    def __call__(self, y_true, y_pred):
                        pass
            """
        },
        "get('loss', 'foo>focal')",
        "failed in the phase construct: ValueError: gamma. To go on without it, set "
        "KERAX_PLUGINS=-foo. | in component foo>focal from kerax-foo 1.2",
    ),
    "an error inside a component": (
        {"parts": "def focal(t, p):\n    raise ValueError('nan')"},
        "call()",
        "ValueError: nan | in component foo>focal from kerax-foo 1.2",
    ),
    "a namespace nobody has": (
        {},
        "get('loss', 'fooo>focal')",
        "PluginNotFoundError: 'fooo>focal': no installed plugin has the namespace 'fooo'. Did you "
        "mean 'foo'? Installed: foo, losses, metrics, ",
    ),
    "a known plugin that is not installed": (
        {},
        "get('loss', 'sight>giou')",
        "kerax-sight provides it (boxes): pip install kerax-sight",
    ),
    "a known plugin, misspelled": (
        {},
        "get('loss', 'sigth>giou')",
        "Should it be 'sight', of kerax-sight: pip install kerax-sight",
    ),
    "a namespace that nobody knows": (
        {},
        "get('loss', 'qqq>giou')",
        "Install the distribution that provides it, or register the object with "
        "register_keras_serializable.",
    ),
    "a name near one": (
        {},
        "get('loss', 'foo>fokal')",
        "loss 'foo>fokal': no loss has this name in plugin 'foo' (kerax-foo 1.2). Did you mean "
        "'focal'?",
    ),
    "a name of another kind": (
        {},
        "get('metric', 'foo>focal')",
        "metric 'foo>focal': no metric has this name in plugin 'foo' (kerax-foo 1.2). foo>focal "
        "exists as a loss.",
    ),
    "a bare name that a plugin has": (
        {"specs": FOCAL.replace("loss", "activation")},
        "get('activation', 'focal')",
        "PluginNotFoundError: activation 'focal': no activation has this name. Installed plugins "
        "have it: foo>focal (kerax-foo 1.2).",
    ),
    "a bare name near a standard one": (
        {},
        "get('activation', 'rleu')",
        "activation 'rleu': no activation has this name. Did you mean 'relu' or 'relu6'?",
    ),
    "a bare name of another kind": (
        {},
        "get('activation', 'MaxNorm')",
        "no activation has this name. MaxNorm exists as a constraint.",
    ),
    "a number": (
        {},
        "get('loss', 3, where='model/dense_2')",
        "ArgumentError: model/dense_2: loss: got 3 of type int; wanted a Loss or a function",
    ),
    "the place of an unknown name": (
        {},
        "get('activation', 'rleu', where='model/dense_2')",
        "| at model/dense_2",
    ),
    "a config without a name": ({}, "get('loss', {'a': 1})", "loss: got {'a': 1} of type dict"),
    "a config that is no dict": (
        {},
        "get('loss', {'id': 'foo>focal', 'config': 3})",
        "loss 'foo>focal': config: got 3; wanted a dict of arguments.",
    ),
    "arguments for a function": (
        {},
        "get('loss', {'id': 'foo>focal', 'config': {'a': 1}})",
        "loss 'focal' is a function and takes no config; got {'a': 1}.",
    ),
    "a config for another slot": (
        {},
        "get('regularizer', {'module': 'keras.layers', 'class_name': 'Dense', 'config': {}})",
        "SerializationError: got the layer 'Dense' where a regularizer is wanted.",
    ),
    "a kind that is none": ({}, "get('lss', 'a')", "ArgumentError: kind: got 'lss'; wanted one of"),
    "a reserved namespace": (
        {"namespace": "keras"},
        "get('loss', 'keras>focal')",
        "PluginLoadError: Plugin 'keras' (kerax-foo 1.2) failed in the phase discover: its "
        "namespace 'keras' is reserved for kerax's own plugins.",
    ),
    "a malformed namespace": (
        {"namespace": "Foo"},
        "get('loss', 'Foo>focal')",
        "failed in the phase discover: its namespace 'Foo' is malformed; wanted 2 to 31 of a-z",
    ),
}


# In the place of the shipped list, whose plugins may be installed where the tests run.
KNOWN = """
        known = plugins.index.KnownPlugin("sight", "kerax-sight", "boxes")
        plugins.hints.known_plugins = lambda: {"sight": known}
"""


@pytest.mark.parametrize("case", FAILURES)
def test_what_an_error_says(site, case):
    distribution, action, wanted = FAILURES[case]
    site.add(**distribution)
    code = (
        KNOWN
        + f"""
        def call():
            with plugins.attributing(plugins.origin(get("loss", "foo>focal"))):
                get("loss", "foo>focal")(1, 2)
        for _ in range(2):  # the second time says the same
            print(failure(lambda: {action}))
        print(get("activation", None), names("layer", own=True)[0])
    """
    )
    first, second, others = site.output(code).splitlines()
    assert wanted in first
    assert second == first
    assert others == "None Activation"


def test_a_keyboard_interrupt_passes(site):
    site.add(plugin="raise KeyboardInterrupt")
    assert site.output("print(failure(lambda: get('loss', 'foo>focal')))") == "KeyboardInterrupt:"


def test_a_deprecated_component_warns(site):
    site.add(specs=FOCAL.replace(")", ', deprecated="use foo>fl instead")'))
    done = site.run("get('loss', 'foo>focal')")
    assert "FutureWarning: foo>focal from kerax-foo 1.2: use foo>fl instead" in done.stderr


def test_listing_reports_a_broken_plugin_once_and_goes_on(site):
    site.add()
    site.add("bar", distribution="kerax-bar", plugin="1 / 0")
    done = site.run("print('foo>focal' in names('loss'), 'foo>focal' in names('loss'))")
    assert done.stdout.split() == ["True", "True"]
    assert done.stderr.count("kerax: Plugin 'bar' (kerax-bar 1.2) failed in the phase import") == 1


def test_errors_carry_what_is_known_of_the_plugin(site):
    site.add(plugin="1 / 0")
    site.add("bar", distribution="kerax-bar", parts="1 / 0", specs=FOCAL.replace("foo", "bar"))
    site.add("off", distribution="kerax-off")
    site.add("twin", distribution="kerax-one")
    site.add("twin", distribution="kerax-two", version="2")
    code = (
        KNOWN
        + """
        import pickle
        def caught(identifier):
            try:
                get("loss", identifier)
            except errors.PluginError as error:
                again = pickle.loads(pickle.dumps(error))
                assert (str(again), vars(again)) == (str(error), vars(error)), vars(again)
                rest = [getattr(error, name) for name in ("missing", "install", "claims")
                        if hasattr(error, name)]
                print(error.namespace, error.distribution, error.version, error.phase,
                      error.component, *rest, type(error.__cause__).__name__)
        for name in ("foo>focal", "bar>focal", "bar>fokal", "off>focal", "twin>focal",
                     "sight>giou", "mse_"):
            caught(name)
    """
    )
    assert site.output(code, KERAX_PLUGINS="-off").splitlines() == [
        "foo kerax-foo 1.2 import None ZeroDivisionError",
        "bar kerax-bar 1.2 resolve bar>focal ZeroDivisionError",
        "bar kerax-bar 1.2 None None ('bar>fokal',) None NoneType",
        "off kerax-off 1.2 None None ('off>focal',) None NoneType",
        "twin None None None None (('kerax-one', '1.2'), ('kerax-two', '2')) NoneType",
        "sight kerax-sight None None None ('sight>giou',) pip install kerax-sight NoneType",
        f"losses kerax {kerax.__version__} None None ('mse_',) None NoneType",
    ]
