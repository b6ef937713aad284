"""The way from a name to its component, as `kerax plugins why` tells it."""

FOCAL = 'ComponentSpec(kind="loss", name="focal", target="kerax_foo.parts:focal")'


def test_each_step_of_a_resolution_is_told(site):
    site.add(specs=FOCAL.replace(")", ', needs=("numpy>=1", "nosuchthing"))'))
    site.add(distribution="foo-rival", specs=FOCAL.replace("kerax_foo", "foo_rival"))
    code = """
        from kerax.plugins.tracing import kinds_of, trace
        def show(*arguments):
            for step in trace(*arguments):
                print(f"{step.outcome} {step.name}: {step.detail}")
            print()
        show("loss", "foo>focal")
        with using(["foo-rival"]):
            show("loss", "foo>focal")
        with using(["kerax-foo"]):
            show("loss", "foo>focal")
        show("loss", "baz>focal")
        show("activation", "rleu")
        with plugins.custom_object_scope({"mine": len}):
            show("loss", "mine")
            print(len(kinds_of("mine")), kinds_of("relu"), kinds_of("nobody>mine"))
    """
    conflict, settled, unmet, unknown, wrong, mine, kinds = site.output(code).split("\n\n")
    assert "passed name: 'focal' in the namespace 'foo'" in conflict
    assert "passed installed: " in conflict
    assert conflict.splitlines()[-1].startswith("failed plugin: Namespace 'foo' is claimed by")
    assert "kerax-foo 1.2: disabled by kerax.plugins.using" in settled
    assert "passed switches: foo-rival 1.2 serves 'foo'" in settled
    assert settled.splitlines()[-1].startswith("found component: <function focal at")
    assert "passed needs: numpy>=1: met\npassed needs: nosuchthing is not installed" in unmet
    assert unmet.splitlines()[-1].startswith("failed target: Plugin 'foo' (kerax-foo 1.2) failed")
    assert "passed installed: no distribution has the namespace" in unknown
    assert unknown.splitlines()[-1].startswith("failed plugin: 'baz>focal': no installed")
    assert wrong.splitlines()[-1].startswith("failed kind and name: activation 'rleu'")
    assert mine == "found registrations of this program: <built-in function len>"
    assert kinds == "10 ['activation'] []"
