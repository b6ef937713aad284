"""Specs, spellings and the program's own registrations, in this process."""

import re

import pytest

from kerax import plugins
from kerax.errors import ArgumentError, PluginError, SerializationError
from kerax.plugins import ComponentSpec, requirements
from kerax.plugins.loading import Plugin
from kerax.plugins.provenance import Component, Entry


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("kind", "lss", "one of loss"),
        ("name", "a b", "letters"),
        ("name", "", "letters"),
        ("target", "a.b", "'package.module:attribute'"),
        ("target", "a:b()", "'package.module:attribute'"),
        ("api", 0, "a whole number from 1"),
        ("schema_version", "1", "a whole number from 1"),
        ("aliases", "mse", "a tuple of strings"),
        ("aliases", ("a>b",), "without '>'"),
        ("tags", (1,), "a tuple of strings"),
        ("contract", "odd", "one of per_sample, scalar"),
        ("supports", frozenset({"magic"}), "of from_logits"),
        ("needs", ("scipy[all]",), "like 'scipy>=1.11,<2'"),
        ("needs", ("scipy>=new",), "like 'scipy>=1.11,<2'"),
        ("min_kerax", "new", "a version"),
        ("cases", "cases", "'package.module:name'"),
    ],
)
def test_a_spec_refuses_a_wrong_field(field, value, wanted):
    fields = {"kind": "loss", "name": "focal", "target": "a.b:c", field: value}
    with pytest.raises(PluginError, match=re.escape(wanted)) as caught:
        ComponentSpec(**fields)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("requirement", "version", "met"),
    [
        ("foo", "1", True),
        ("foo>=1.2", "1.10", True),
        ("foo>=1.2", "1.2rc1", False),
        ("foo>1.2", "1.2.0", False),
        ("foo==1.2", "1.2.0", True),
        ("foo!=1.2", "1.2", False),
        ("foo>=1,<2", "2.0", False),
        ("foo <= 2 , >= 1", "1.5", True),
    ],
)
def test_requirements(requirement, version, met):
    assert (requirements.unmet(requirement, version) is None) == met


def test_a_class_and_a_function_share_a_family_as_in_keras():
    entry = Entry("foo", "kerax_foo:plugin", "kerax-foo", "1", "")
    make = lambda kind, name, *aliases: Component(  # noqa: E731 - a table of specs follows
        ComponentSpec(kind=kind, name=name, target="a:b", aliases=aliases), entry
    )
    plugin = Plugin(
        entry,
        None,
        [
            make("loss", "MeanSquaredError"),
            make("loss", "mean_squared_error", "mse", "MSE"),
            make("metric", "MeanSquaredError", "mse", "mean_squared_error"),
            make("metric", "mean_squared_error"),
            make("optimizer", "AdamW"),
            make("regularizer", "L1L2"),
        ],
    )
    found = lambda kind, name, construct=True: (  # noqa: E731 - read in the lines below
        (component := plugin.find(kind, name, construct)) and component.spec.name
    )
    assert found("loss", "mse") == found("loss", "mean_squared_error") == "mean_squared_error"
    assert found("loss", "MeanSquaredError") == "MeanSquaredError"
    assert found("loss", "Mse") is None
    assert found("metric", "mse") == found("metric", "mean_squared_error") == "MeanSquaredError"
    assert found("metric", "mean_squared_error", construct=False) == "mean_squared_error"
    assert found("optimizer", "aDAMw") == "AdamW"
    assert found("regularizer", "l1l2") == "L1L2"
    assert found("regularizer", "l1_l2") is None


class _Thing:
    def get_config(self):
        return {}

    def __call__(self, x):
        return x


def test_registered_names_come_first_and_overlap_nothing():
    plugins.register_keras_serializable("tests")(_Thing)
    assert plugins.get_registered_name(_Thing) == "tests>_Thing"
    assert plugins.get_registered_object("tests>_Thing") is _Thing
    assert plugins.get_custom_objects()["tests>_Thing"] is _Thing
    assert isinstance(plugins.get("regularizer", "tests>_Thing"), _Thing)
    assert plugins.get_registered_object("a", custom_objects={"a": 1}) == 1
    assert plugins.get_registered_object("a", module_objects={"a": 2}) == 2
    with plugins.custom_object_scope({"relu": len}):
        assert plugins.get("activation", "relu") is len
        with plugins.custom_object_scope({"relu": max}):
            assert plugins.get("activation", "relu") is max
    assert plugins.get_registered_object("relu") is None
    with pytest.raises(SerializationError, match="has no get_config"):
        plugins.register_keras_serializable()(type("Bare", (), {}))


def test_what_is_registered_but_of_another_kind_is_refused():
    with (
        plugins.custom_object_scope({"thing": 3}),
        pytest.raises(ArgumentError, match="loss: got 'thing' of type str; wanted a Loss"),
    ):
        plugins.get("loss", "thing")


def test_a_facade_serves_attributes_of_its_kind_only():
    attribute, directory = plugins.facade("constraint", __name__)
    assert {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "_Thing"} <= set(directory())
    with pytest.raises(AttributeError, match=r"no attribute 'MaxNrom'\. Did you mean 'MaxNorm'"):
        attribute("MaxNrom")
    with pytest.raises(AttributeError, match="__path__"):
        attribute("__path__")


@pytest.mark.parametrize("kind", ["activation", "callback", "constraint", "initializer", "layer"])
def test_every_name_in_the_core_tables_leads_somewhere(kind):
    for name in plugins.names(kind, own=True):
        assert plugins.lookup(kind, name).__name__ == name
