"""The table of the standard regularizers; reading it imports nothing heavy."""

from collections.abc import Iterable

from kerax.plugins import ComponentSpec, hookimpl

# name: module and aliases; a name in snake case is found without being listed.
_REGULARIZERS = {
    "L1": ("norms", ()),
    "L1L2": ("norms", ("l1_l2",)),
    "L2": ("norms", ()),
    "OrthogonalRegularizer": ("orthogonal", ()),
}


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for name, (module, aliases) in _REGULARIZERS.items():
            yield ComponentSpec(
                kind="regularizer",
                name=name,
                target=f"kerax_regularizers.{module}:{name}",
                aliases=aliases,
                supports=frozenset({"mixed_precision", "sharding"}),
                safe_config=True,
            )


plugin = _Plugin()
