"""The table of optax' optimizers and schedules; reading it imports neither JAX nor optax."""

import importlib
from collections.abc import Iterable
from typing import Any

from kerax.plugins import ComponentSpec, hookimpl
from kerax_optax.table import DEPRECATED, OPTIMIZERS, SCHEDULES


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for name, summary in OPTIMIZERS.items():
            yield ComponentSpec(
                kind="optimizer",
                name=name,
                target=f"kerax_optax.optimizers:{name}",
                summary=summary,
                tags=("optax",),
                supports=frozenset({"mixed_precision", "sharding"}),
                deprecated=DEPRECATED.get(name),
            )
        for name, summary in SCHEDULES.items():
            yield ComponentSpec(
                kind="schedule",
                name=name,
                target=f"kerax_optax.schedules:{name}",
                summary=summary,
                tags=("optax",),
                safe_config=True,
            )

    @hookimpl
    def kerax_cases(self, kind: str, name: str) -> Iterable[Any]:
        return importlib.import_module("kerax_optax.cases").cases(kind, name)


plugin = _Plugin()
