"""Boxes: formats, areas, overlaps.

A box is four numbers on the last axis, in one of these formats:

| format | numbers |
|---|---|
| `"xyxy"` | left, top, right, bottom |
| `"yxyx"` | top, left, bottom, right |
| `"xywh"` | left, top, width, height |
| `"cxcywh"` | centre x, centre y, width, height |

`"rel_"` before a format's name means parts of the image's width and height, from 0 to 1. All
functions but `convert` take `"xyxy"`; each works on arrays, inside compiled code, and on the
symbolic tensors of a functional model.
"""

from collections.abc import Callable
from typing import Any

from kerax import dtypes, ops
from kerax.errors import ArgumentError, ShapeError

__all__ = [
    "FORMATS",
    "area",
    "check_format",
    "clip",
    "convert",
    "elementwise_iou",
    "pairwise_intersection",
    "pairwise_iou",
    "ratio",
    "wide",
]

_BASES = ("xyxy", "yxyx", "xywh", "cxcywh")

#: The names of all formats.
FORMATS = (*_BASES, *(f"rel_{base}" for base in _BASES))

# What is smaller counts as nothing to divide by: its square is still a float32 number.
_TINY = 1e-12


def check_format(name: str, where: str) -> str:
    """Return a format's name, or raise where it is none.

    Args:
        name: a name.
        where: the place to name in the error.

    Returns:
        The name.

    Raises:
        ArgumentError: where it is not one of `FORMATS`.

    Example:
        >>> check_format("xywh", "here")
        'xywh'
    """
    if name not in FORMATS:
        raise ArgumentError(f"{where}: got {name!r}; wanted one of {', '.join(FORMATS)}.")
    return name


def convert(boxes: Any, source: str, target: str, image_size: Any = None) -> Any:
    """Return boxes in another format.

    Args:
        boxes: boxes `[..., 4]`; integers become floats.
        source: the format that they have, of `FORMATS`.
        target: the format that they get.
        image_size: `(height, width)` in the absolute formats' unit; needed between a relative and
            an absolute format.

    Returns:
        Boxes `[..., 4]`.

    Raises:
        ArgumentError: for an unknown format, or a missing `image_size`.
        ShapeError: where the last axis is not 4.

    Example:
        >>> convert([10.0, 20.0, 30.0, 60.0], "xyxy", "cxcywh").tolist()
        [20.0, 40.0, 20.0, 40.0]
        >>> convert([0.5, 0.5, 0.5, 1.0], "rel_cxcywh", "xyxy", image_size=(100, 200)).tolist()
        [50.0, 0.0, 150.0, 100.0]
    """
    check_format(source, "convert: source")
    check_format(target, "convert: target")
    boxes = _floats(boxes, "convert")
    if source == target:
        return boxes
    corners = _TO_CORNERS[source.removeprefix("rel_")](*_numbers(boxes))
    if (source[:4] == "rel_") != (target[:4] == "rel_"):
        corners = _rescaled(corners, image_size, relative=target[:4] == "rel_")
    return ops.stack(_FROM_CORNERS[target.removeprefix("rel_")](*corners), axis=-1)


def _rescaled(corners: Any, image_size: Any, relative: bool) -> tuple[Any, ...]:
    if image_size is None or len(image_size) != 2:
        raise ArgumentError(
            f"convert: image_size: got {image_size!r}; wanted (height, width), because one format "
            "is relative to the image and the other is not."
        )
    height, width = image_size
    x1, y1, x2, y2 = corners
    if relative:
        return x1 / width, y1 / height, x2 / width, y2 / height
    return x1 * width, y1 * height, x2 * width, y2 * height


_Four = tuple[Any, Any, Any, Any]

_TO_CORNERS: dict[str, Callable[[Any, Any, Any, Any], _Four]] = {
    "xyxy": lambda x1, y1, x2, y2: (x1, y1, x2, y2),
    "yxyx": lambda y1, x1, y2, x2: (x1, y1, x2, y2),
    "xywh": lambda x, y, w, h: (x, y, x + w, y + h),
    "cxcywh": lambda x, y, w, h: (x - w / 2, y - h / 2, x + w / 2, y + h / 2),
}

_FROM_CORNERS: dict[str, Callable[[Any, Any, Any, Any], _Four]] = {
    "xyxy": lambda x1, y1, x2, y2: (x1, y1, x2, y2),
    "yxyx": lambda x1, y1, x2, y2: (y1, x1, y2, x2),
    "xywh": lambda x1, y1, x2, y2: (x1, y1, x2 - x1, y2 - y1),
    "cxcywh": lambda x1, y1, x2, y2: ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1),
}


def area(boxes: Any) -> Any:
    """Return the areas of boxes; 0 where right lies left of left, or bottom above top.

    Args:
        boxes: boxes `[..., 4]`, `"xyxy"`.

    Returns:
        Areas `[...]`, float32 at least.

    Raises:
        ShapeError: where the last axis is not 4.

    Example:
        >>> area([[0.0, 0.0, 2.0, 3.0], [1.0, 1.0, 0.0, 5.0]]).tolist()
        [6.0, 0.0]
    """
    x1, y1, x2, y2 = _numbers(wide(_floats(boxes, "area")))
    return ops.maximum(x2 - x1, 0.0) * ops.maximum(y2 - y1, 0.0)


def clip(boxes: Any, image_size: Any) -> Any:
    """Cut boxes to an image.

    Args:
        boxes: boxes `[..., 4]`, `"xyxy"`.
        image_size: `(height, width)` in the boxes' unit; `(1, 1)` for relative boxes.

    Returns:
        Boxes `[..., 4]`.

    Raises:
        ShapeError: where the last axis is not 4.

    Example:
        >>> clip([-5.0, 10.0, 50.0, 120.0], image_size=(100, 200)).tolist()
        [0.0, 10.0, 50.0, 100.0]
    """
    height, width = image_size
    x1, y1, x2, y2 = _numbers(_floats(boxes, "clip"))
    ends = (ops.clip(x1, 0, width), ops.clip(y1, 0, height))
    return ops.stack((*ends, ops.clip(x2, 0, width), ops.clip(y2, 0, height)), axis=-1)


def elementwise_iou(boxes: Any, others: Any) -> Any:
    """Return how far each box and its partner overlap.

        IoU = intersection / union

    Args:
        boxes: boxes `[..., 4]`, `"xyxy"`.
        others: boxes of the same shape, or one that broadcasts to it.

    Returns:
        IoU `[...]` from 0 to 1, float32 at least; 0 where both areas are 0.

    Raises:
        ShapeError: where a last axis is not 4.

    Example:
        >>> round(float(elementwise_iou([0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0])), 4)
        0.3333
    """
    boxes = wide(_floats(boxes, "elementwise_iou"))
    others = wide(_floats(others, "elementwise_iou"))
    shared = _intersection(boxes, others)
    return ratio(shared, area(boxes) + area(others) - shared)


def pairwise_intersection(boxes: Any, others: Any) -> Any:
    """Return the area that each box shares with each of the others.

    Args:
        boxes: boxes `[..., n, 4]`, `"xyxy"`.
        others: boxes `[..., m, 4]`.

    Returns:
        Areas `[..., n, m]`, float32 at least.

    Raises:
        ShapeError: where a last axis is not 4.

    Example:
        >>> pairwise_intersection([[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]]).tolist()
        [[2.0]]
    """
    boxes = wide(_floats(boxes, "pairwise_intersection"))
    others = wide(_floats(others, "pairwise_intersection"))
    return _intersection(ops.expand_dims(boxes, -2), ops.expand_dims(others, -3))


def pairwise_iou(boxes: Any, others: Any) -> Any:
    """Return how far each box overlaps with each of the others.

    Args:
        boxes: boxes `[..., n, 4]`, `"xyxy"`.
        others: boxes `[..., m, 4]`.

    Returns:
        IoU `[..., n, m]` from 0 to 1, float32 at least; 0 where both areas are 0.

    Raises:
        ShapeError: where a last axis is not 4.

    Example:
        >>> box = [0.0, 0.0, 2.0, 2.0]
        >>> pairwise_iou([box], [box, [5.0, 5.0, 6.0, 6.0]]).tolist()
        [[1.0, 0.0]]
    """
    shared = pairwise_intersection(boxes, others)
    first, second = ops.expand_dims(area(boxes), -1), ops.expand_dims(area(others), -2)
    return ratio(shared, first + second - shared)


def ratio(part: Any, whole: Any) -> Any:
    """Return `part / whole`, and 0, with gradient 0, where there is nothing to divide by.

    Args:
        part: tensor.
        whole: tensor of the same shape, not negative.

    Returns:
        Tensor of that shape.

    Example:
        >>> ratio(ops.ones(2), ops.arange(2.0)).tolist()
        [0.0, 1.0]
    """
    nothing = ops.less_equal(whole, _TINY)  # NaN is not nothing, and shows
    return ops.where(nothing, 0.0, part / ops.where(nothing, 1.0, whole))


def wide(x: Any) -> Any:
    """Return a tensor as float32 at least: areas in pixels leave the range of float16.

    Args:
        x: anything array-like.

    Returns:
        float64 where it is so already, else float32.

    Example:
        >>> str(wide([1, 2]).dtype)
        'float32'
    """
    x = ops.convert_to_tensor(x)
    return x if str(x.dtype) == "float64" else ops.cast(x, "float32")


def _intersection(boxes: Any, others: Any) -> Any:
    x1, y1, x2, y2 = _numbers(boxes)
    u1, v1, u2, v2 = _numbers(others)
    width = ops.minimum(x2, u2) - ops.maximum(x1, u1)
    height = ops.minimum(y2, v2) - ops.maximum(y1, v1)
    return ops.maximum(width, 0.0) * ops.maximum(height, 0.0)


def _floats(boxes: Any, where: str) -> Any:
    boxes = ops.convert_to_tensor(boxes)
    if len(boxes.shape) == 0 or boxes.shape[-1] != 4:
        raise ShapeError(
            f"{where}: got boxes of shape {tuple(boxes.shape)}; wanted four numbers on the last "
            "axis."
        )
    return boxes if dtypes.is_float(boxes.dtype) else ops.cast(boxes, "float32")


def _numbers(boxes: Any) -> _Four:
    return boxes[..., 0], boxes[..., 1], boxes[..., 2], boxes[..., 3]
