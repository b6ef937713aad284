"""What the tests of the conformance kit share: running it over a component and its failures."""

import pytest

from kerax.plugins import ComponentSpec
from kerax.testing import check_component, list_checks


@pytest.fixture
def failures():
    """Return the ids of the checks that fail on a component, of some families or of all."""

    def failures(spec: ComponentSpec, *families: str) -> set[str]:
        wanted = [c.id for c in list_checks(spec.kind) if c.id.partition(".")[0] in families]
        report = check_component(spec, checks=wanted if families else None)
        return {r.check_id for r in report.results if r.status in ("failed", "xpassed")}

    return failures
