"""The optax bridge as a plugin of kerax' own: its ids, its table, and files in fresh processes."""

import pytest

from kerax.plugins import ComponentSpec
from kerax.plugins.provenance import Component, Entry

SPEC = ComponentSpec(kind="optimizer", name="lion", target="a:b")


@pytest.mark.parametrize(
    ("namespace", "distribution", "written"),
    [
        ("optimizers", "kerax", "lion"),
        ("optax", "kerax", "optax>lion"),
        ("foo", "kerax-foo", "foo>lion"),
    ],
)
def test_names_are_bare_in_the_namespaces_that_keras_has_too(namespace, distribution, written):
    entry = Entry(namespace, "a:b", distribution, "1", "")
    assert Component(SPEC, entry).id == written
    assert entry.bare == (written == "lion")
