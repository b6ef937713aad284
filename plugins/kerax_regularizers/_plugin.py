"""The table of the standard regularizers; reading it imports nothing heavy."""

import importlib
from collections.abc import Iterable
from typing import Any

from kerax.plugins import ComponentSpec, hookimpl

# name: module, aliases, summary; a name in snake case is found without being listed.
_REGULARIZERS = {
    "L1": ("norms", (), "Penalty proportional to the sum of the weights' sizes"),
    "L1L2": ("norms", ("l1_l2",), "The penalties of L1 and L2 together"),
    "L2": ("norms", (), "Penalty proportional to the sum of the weights' squares"),
    "OrthogonalRegularizer": (
        "orthogonal",
        (),
        "Penalty on a matrix whose rows, or columns, are not orthogonal to each other",
    ),
}


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for name, (module, aliases, summary) in _REGULARIZERS.items():
            yield ComponentSpec(
                kind="regularizer",
                name=name,
                target=f"kerax_regularizers.{module}:{name}",
                summary=summary,
                aliases=aliases,
                supports=frozenset({"mixed_precision", "sharding"}),
                safe_config=True,
            )

    @hookimpl
    def kerax_cases(self, kind: str, name: str) -> Iterable[Any]:
        return importlib.import_module("kerax_regularizers.cases").cases(name)


plugin = _Plugin()
