"""Cases for the standard initializers."""

from typing import Any

from kerax.testing.case import Case

__all__ = ["CASES"]

_KERNEL = ((3, 3, 4, 8),)


def _drawing(**others: dict[str, Any]) -> list[Case]:
    """Return cases with a seed, for a draw without one cannot be made again from its config."""
    plain = [Case("matrix", {"seed": 1}), Case("kernel", {"seed": 2}, _KERNEL)]
    return [*plain, *(Case(name, {"seed": 3, **kwargs}) for name, kwargs in others.items())]


_SCALING = {"input_axes": 0, "output_axes": 1}

CASES: dict[str, list[Case]] = {
    "Constant": [Case("default"), Case("value", {"value": -2.5}, _KERNEL)],
    "Identity": [Case("default"), Case("gain", {"gain": 3.0}, ((5, 3),))],
    "Ones": [Case("default"), Case("kernel", {}, _KERNEL)],
    "Orthogonal": _drawing(gain={"gain": 2.0}),
    "RandomNormal": _drawing(moved={"mean": 1.0, "stddev": 2.0}),
    "RandomUniform": _drawing(moved={"minval": 1.0, "maxval": 3.0}),
    "STFT": [
        Case("real", {}, ((8, 1, 5),)),
        Case("imaginary", {"side": "imag", "window": "hamming", "periodic": True}, ((8, 2, 5),)),
        Case("flat", {"window": None, "scaling": None}, ((8, 1, 5),)),
    ],
    "TruncatedNormal": _drawing(moved={"mean": 1.0, "stddev": 2.0}),
    "VarianceScaling": _drawing(
        outputs={"scale": 2.0, "mode": "fan_out", "distribution": "uniform"},
        normal={"mode": "fan_avg", "distribution": "untruncated_normal"},
    ),
    "Zeros": [Case("default"), Case("kernel", {}, _KERNEL)],
    **{
        f"{author}{distribution}": _drawing(axes=_SCALING)
        for author in ("Glorot", "He", "Lecun")
        for distribution in ("Normal", "Uniform")
    },
}
