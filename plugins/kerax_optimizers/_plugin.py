"""The table of the standard optimizers and schedules; reading it imports nothing heavy."""

from collections.abc import Iterable

from kerax.plugins import ComponentSpec, hookimpl

_OPTIMIZERS = {
    "adam": ("Adam", "AdamW", "Nadam"),
    "loss_scale": ("LossScaleOptimizer",),
    "sgd": ("RMSprop", "SGD"),
    "transform": ("OptaxOptimizer", "TransformOptimizer"),
}

_SCHEDULES = (
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
)


class _Plugin:
    @hookimpl
    def kerax_components(self) -> Iterable[ComponentSpec]:
        for module, names in _OPTIMIZERS.items():
            for name in names:
                yield ComponentSpec(
                    kind="optimizer",
                    name=name,
                    target=f"kerax_optimizers.{module}:{name}",
                    supports=frozenset({"mixed_precision", "sharding"}),
                )
        for name in _SCHEDULES:
            yield ComponentSpec(
                kind="schedule",
                name=name,
                target=f"kerax_optimizers.schedules:{name}",
                contract="step",
                safe_config=True,
            )


plugin = _Plugin()
