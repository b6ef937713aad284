"""kerax' conformance kit over every component."""

import pytest

from kerax_vision._plugin import plugin

testing = pytest.importorskip("kerax.testing")

IDS = [f"vision>{spec.name}" for spec in plugin.kerax_components()]


@pytest.mark.slow
@testing.parametrize_with_checks(IDS)
def test_conformance(component, check):
    check(component)


def test_every_component_says_what_it_is():
    for spec in plugin.kerax_components():
        assert spec.summary
        assert spec.tags
        assert spec.doc_url
        assert spec.cases
        assert len(spec.aliases) == 1
