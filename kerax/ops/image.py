"""Ops on images."""

from typing import Any

import jax
import jax.numpy as jnp

from kerax import config
from kerax.errors import ArgumentError, ShapeError
from kerax.ops.definitions import array
from kerax.ops.dispatch import op

__all__ = [
    "resize",
]

_METHODS = {
    "nearest": "nearest",
    "bilinear": "linear",
    "bicubic": "cubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


@op(static=("size",))
def resize(
    images: Any,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    data_format: str | None = None,
) -> Any:
    """Scale images to another height and width.

    Args:
        images: `[batch, height, width, channels]` or without the batch, or channels first.
        size: new height and width.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        antialias: whether to smooth before making smaller.
        data_format: `"channels_last"` or `"channels_first"`; None means the global setting.

    Returns:
        Tensor of the new height and width, of the type of `images`.

    Raises:
        ArgumentError, ShapeError: where the arguments do not fit.

    Example:
        >>> resize(jnp.ones((1, 4, 4, 3)), (2, 8)).shape
        (1, 2, 8, 3)

    Reference:
        Keras: keras.ops.image.resize, without its cropping and padding to the aspect ratio.
    """
    if interpolation not in _METHODS:
        raise ArgumentError(
            f"resize: got interpolation {interpolation!r}; wanted one of {list(_METHODS)}."
        )
    images = array(images)
    if images.ndim not in (3, 4):
        raise ShapeError(f"resize: got images of shape {images.shape}; wanted 3 or 4 axes.")
    last = config.standardize_data_format(data_format) == "channels_last"
    height = images.ndim - 3 if last else images.ndim - 2
    shape = (*images.shape[:height], *size, *images.shape[height + 2 :])
    return _resized(images, shape, _METHODS[interpolation], antialias)


def _resized(images: Any, shape: tuple[int, ...], method: str, antialias: bool) -> Any:
    if jnp.issubdtype(images.dtype, jnp.floating):
        return jax.image.resize(images, shape, method, antialias)
    resized = jax.image.resize(images.astype("float32"), shape, method, antialias)
    return resized.astype(images.dtype)
