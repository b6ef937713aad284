"""What the standard layers compute, in numpy: `oracle(*inputs, weights, **arguments)`."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from kerax.testing.own_cases.activations import CASES as ACTIVATIONS

__all__ = [
    "activated",
    "batch_normalization",
    "convolution",
    "cropping",
    "dense",
    "depthwise",
    "elementwise",
    "embedding",
    "global_pooling",
    "group_normalization",
    "gru_cell",
    "layer_normalization",
    "lstm_cell",
    "masking",
    "merged",
    "padding",
    "pooling",
    "prelu",
    "recurrent",
    "rms_normalization",
    "separable",
    "simple_cell",
    "transposed",
    "unit_normalization",
    "upsampling",
]

Weights = dict[str, np.ndarray]


def _activate(name: str | None, x: Any) -> Any:
    oracle = ACTIVATIONS[name or "linear"][0].oracle
    assert oracle is not None
    return oracle(x)


def elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the oracle of a layer without weights: a function of its input and arguments."""
    return lambda x, weights, **arguments: function(x, **arguments)


def merged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the oracle of a layer that puts the tensors of a list together, pair by pair."""

    def oracle(xs: Any, weights: Weights) -> Any:
        result = xs[0]
        for x in xs[1:]:
            result = function(result, x)
        return result

    return oracle


def activated(x: Any, weights: Weights, activation: str) -> Any:
    """Apply an activation."""
    return _activate(activation, x)


def prelu(x: Any, weights: Weights, **arguments: Any) -> Any:
    """Scale what is negative by the weights."""
    return np.where(x > 0, x, weights["alpha"] * x)


def dense(x: Any, weights: Weights, activation: str | None = None, **arguments: Any) -> Any:
    """Multiply by the kernel and add the bias."""
    return _activate(activation, x @ weights["kernel"] + weights.get("bias", 0))


def embedding(x: Any, weights: Weights, **arguments: Any) -> Any:
    """Look up the rows of the table."""
    return weights["embeddings"][x]


def masking(x: Any, weights: Weights, mask_value: float = 0.0) -> Any:
    """Set to 0 the steps whose features all equal the mask's value."""
    return x * np.any(x != mask_value, axis=-1, keepdims=True)


def _windows(x: Any, size: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """Return the windows of an image: `[batch, *positions, channels, *size]`."""
    axes = tuple(range(1, 1 + len(size)))
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axes)
    return windows[(slice(None), *(slice(None, None, step) for step in strides))]


def _each(value: Any, count: int) -> tuple[int, ...]:
    return (value,) * count if isinstance(value, int) else tuple(value)


def convolution(
    x: Any,
    weights: Weights,
    kernel_size: Any,
    strides: Any = 1,
    activation: str | None = None,
    **arguments: Any,
) -> Any:
    """Multiply each window, without padding, by the kernel `[*size, channels, filters]`."""
    rank = np.ndim(x) - 2
    windows = _windows(x, _each(kernel_size, rank), _each(strides, rank))
    letters = "uvw"[:rank]
    out = np.einsum(f"...c{letters},{letters}cf->...f", windows, weights["kernel"])
    return _activate(activation, out + weights.get("bias", 0))


def depthwise(x: Any, weights: Weights, kernel_size: Any, **arguments: Any) -> Any:
    """Multiply each channel's windows by that channel's kernels."""
    rank = np.ndim(x) - 2
    windows = _windows(x, _each(kernel_size, rank), (1,) * rank)
    kernel = weights["depthwise_kernel" if "depthwise_kernel" in weights else "kernel"]
    letters = "uvw"[:rank]
    out = np.einsum(f"...c{letters},{letters}cm->...cm", windows, kernel)
    return out.reshape(*out.shape[:-2], -1) + (
        0 if "pointwise_kernel" in weights else weights["bias"]
    )


def separable(x: Any, weights: Weights, kernel_size: Any, **arguments: Any) -> Any:
    """Convolve each channel by itself, then mix the channels."""
    apart = depthwise(x, weights, kernel_size)
    kernel = weights["pointwise_kernel"]
    return apart @ kernel.reshape(kernel.shape[-2:]) + weights["bias"]


def pooling(reduce: Callable[..., Any]) -> Callable[..., Any]:
    """Return the oracle that reduces windows that lie side by side."""

    def oracle(x: Any, weights: Weights, pool_size: Any = 2, strides: Any = None) -> Any:
        rank = np.ndim(x) - 2
        size = _each(pool_size, rank)
        windows = _windows(x, size, _each(strides, rank) if strides else size)
        return reduce(windows, axis=tuple(range(-rank, 0)))

    return oracle


def global_pooling(reduce: Callable[..., Any]) -> Callable[..., Any]:
    """Return the oracle that reduces all positions of each channel."""

    def oracle(x: Any, weights: Weights, keepdims: bool = False) -> Any:
        return reduce(x, axis=tuple(range(1, np.ndim(x) - 1)), keepdims=keepdims)

    return oracle


def _margins(value: Any, rank: int) -> list[tuple[int, int]]:
    if isinstance(value, int):
        return [(value, value)] * rank
    if rank == 1:
        return [tuple(value)]  # type: ignore[list-item] - the two ends of the only axis
    return [(side, side) if isinstance(side, int) else tuple(side) for side in value]


def padding(x: Any, weights: Weights, padding: Any) -> Any:
    """Add zeros around the positions."""
    return np.pad(x, [(0, 0), *_margins(padding, np.ndim(x) - 2), (0, 0)])


def cropping(x: Any, weights: Weights, cropping: Any) -> Any:
    """Cut margins off the positions."""
    margins = _margins(cropping, np.ndim(x) - 2)
    sizes = x.shape[1:-1]
    cuts = (slice(low, n - high) for (low, high), n in zip(margins, sizes, strict=True))
    return x[(slice(None), *cuts)]


def upsampling(x: Any, weights: Weights, size: Any) -> Any:
    """Repeat each position."""
    for axis, times in enumerate(_each(size, np.ndim(x) - 2), 1):
        x = np.repeat(x, times, axis)
    return x


def _normalized(x: Any, axes: Any, epsilon: float) -> Any:
    variance = np.var(x, axis=axes, keepdims=True)
    return (x - np.mean(x, axis=axes, keepdims=True)) / np.sqrt(variance + epsilon)


def batch_normalization(x: Any, weights: Weights, epsilon: float = 1e-3, **arguments: Any) -> Any:
    """Normalize by the running statistics, along the last axis."""
    scale = weights["gamma"] / np.sqrt(weights["moving_variance"] + epsilon)
    return (x - weights["moving_mean"]) * scale + weights["beta"]


def layer_normalization(x: Any, weights: Weights, epsilon: float = 1e-3) -> Any:
    """Normalize over the last axis."""
    return _normalized(x, -1, epsilon) * weights["gamma"] + weights["beta"]


def group_normalization(x: Any, weights: Weights, groups: int, epsilon: float = 1e-3) -> Any:
    """Normalize each entry's groups of channels."""
    grouped = x.reshape(*x.shape[:-1], groups, -1)
    axes = (*range(1, grouped.ndim - 2), grouped.ndim - 1)
    return _normalized(grouped, axes, epsilon).reshape(x.shape) * weights["gamma"] + weights["beta"]


def rms_normalization(x: Any, weights: Weights, epsilon: float = 1e-6) -> Any:
    """Divide by the root mean square of the last axis."""
    return x / np.sqrt(np.mean(x**2, -1, keepdims=True) + epsilon) * weights["scale"]


def unit_normalization(x: Any, weights: Weights, axis: int = -1) -> Any:
    """Divide by the length."""
    return x / np.sqrt(np.sum(x**2, axis, keepdims=True))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _of_cell(weights: Weights) -> Weights:
    return {path.rpartition("/")[2]: value for path, value in weights.items()}


def simple_cell(x: Any, states: Any, weights: Weights, **arguments: Any) -> Any:
    """Take one step of `h = tanh(x W + h U + b)`."""
    w = _of_cell(weights)
    h = np.tanh(x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w["bias"])
    return h, [h]


def lstm_cell(x: Any, states: Any, weights: Weights, **arguments: Any) -> Any:
    """Take one step of a long short-term memory, gates i, f, c, o."""
    w, (h, c) = _of_cell(weights), states
    gates = x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]
    i, f, g, o = np.split(gates, 4, -1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    h = _sigmoid(o) * np.tanh(c)
    return h, [h, c]


def gru_cell(x: Any, states: Any, weights: Weights, **arguments: Any) -> Any:
    """Take one step of a gated recurrent unit that resets after the product, gates z, r, h."""
    w, h = _of_cell(weights), states[0]
    xz, xr, xh = np.split(x @ w["kernel"] + w["bias"][0], 3, -1)
    hz, hr, hh = np.split(h @ w["recurrent_kernel"] + w["bias"][1], 3, -1)
    z = _sigmoid(xz + hz)
    h = z * h + (1 - z) * np.tanh(xh + _sigmoid(xr + hr) * hh)
    return h, [h]


def recurrent(cell: Callable[..., Any], states: int) -> Callable[..., Any]:
    """Return the oracle that runs a cell of so many states over the steps."""

    def oracle(
        x: Any,
        weights: Weights,
        units: int = 0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        **arguments: Any,
    ) -> Any:
        width = _of_cell(weights)["recurrent_kernel"].shape[0]
        held = [np.zeros((len(x), width))] * states
        outputs = []
        for step in np.moveaxis(x[:, ::-1] if go_backwards else x, 1, 0):
            output, held = cell(step, held, weights)
            outputs.append(output)
        result = np.stack(outputs, 1) if return_sequences else outputs[-1]
        return [result, *held] if return_state else result

    return oracle


def transposed(
    x: Any, weights: Weights, kernel_size: Any, strides: Any = 1, **arguments: Any
) -> Any:
    """Spread each element over a window, `[*size, filters, channels]`; windows overlap and add."""
    rank = np.ndim(x) - 2
    size, steps = _each(kernel_size, rank), _each(strides, rank)
    spread = [(n - 1) * step + k for n, step, k in zip(x.shape[1:-1], steps, size, strict=True)]
    kernel = weights["kernel"]
    out = np.zeros((len(x), *spread, kernel.shape[-2]))
    for place in itertools.product(*map(range, x.shape[1:-1])):
        window = np.einsum("bc,...fc->b...f", x[(slice(None), *place)], kernel)
        cut = (slice(p * s, p * s + k) for p, s, k in zip(place, steps, size, strict=True))
        out[(slice(None), *cut)] += window
    return out + weights["bias"]
