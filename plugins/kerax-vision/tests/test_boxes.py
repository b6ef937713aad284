"""Box formats, areas and overlaps: against torchvision, and against plain numpy."""

import itertools

import jax
import numpy as np
import pytest
from kerax import KerasTensor
from kerax.errors import ArgumentError, ShapeError

from kerax_vision import boxes


def make(rng, *shape):
    start = rng.uniform(0, 50, size=(*shape, 2))
    return np.concatenate([start, start + rng.uniform(1, 30, size=(*shape, 2))], -1).astype("f")


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(boxes.FORMATS, 2)))
def test_conversion_there_and_back_gives_the_same(source, target):
    given = make(np.random.default_rng(0), 7)
    start = boxes.convert(given, "xyxy", source, image_size=(60, 90))
    there = boxes.convert(start, source, target, image_size=(60, 90))
    back = boxes.convert(there, target, source, image_size=(60, 90))
    np.testing.assert_allclose(back, start, rtol=1e-5, atol=1e-5)
    corners = boxes.convert(there, target, "xyxy", image_size=(60, 90))
    np.testing.assert_allclose(corners, given, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("target", ["xywh", "cxcywh"])
def test_formats_equal_torchvision(target):
    torch, ops = pytest.importorskip("torch"), pytest.importorskip("torchvision.ops")
    given = make(np.random.default_rng(1), 9)
    wanted = ops.box_convert(torch.tensor(given), "xyxy", target).numpy()
    np.testing.assert_allclose(boxes.convert(given, "xyxy", target), wanted, rtol=1e-6)


def test_relative_format_is_a_part_of_width_and_height():
    got = boxes.convert([10.0, 20.0, 30.0, 40.0], "xyxy", "rel_yxyx", image_size=(40, 100))
    np.testing.assert_allclose(got, [0.5, 0.1, 1.0, 0.3], rtol=1e-6)


def test_relative_formats_convert_among_themselves_without_an_image():
    got = boxes.convert([0.1, 0.2, 0.4, 0.2], "rel_xywh", "rel_xyxy")
    np.testing.assert_allclose(got, [0.1, 0.2, 0.5, 0.4], rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([1.0] * 4, "xyxz", "xyxy"), ArgumentError, "source: got 'xyxz'"),
        (([1.0] * 4, "xyxy", "yx"), ArgumentError, "target: got 'yx'"),
        (([1.0] * 4, "xyxy", "rel_xyxy"), ArgumentError, "image_size: got None"),
        (([1.0] * 5, "xyxy", "xywh"), ShapeError, r"shape \(5,\)"),
    ],
)
def test_conversion_says_what_is_wrong(arguments, error, words):
    with pytest.raises(error, match=words):
        boxes.convert(*arguments)


def test_pairwise_iou_equals_torchvision():
    torch, ops = pytest.importorskip("torch"), pytest.importorskip("torchvision.ops")
    rng = np.random.default_rng(2)
    first, second = make(rng, 30), make(rng, 20)
    wanted = ops.box_iou(torch.tensor(first), torch.tensor(second)).numpy()
    np.testing.assert_allclose(boxes.pairwise_iou(first, second), wanted, atol=1e-6)


def test_pairwise_iou_counts_the_cells_of_a_grid():
    rng = np.random.default_rng(3)
    corners = np.sort(rng.integers(0, 12, size=(10, 2, 2)), axis=1).reshape(10, 4)
    cells = np.zeros((10, 12, 12), bool)
    for mask, (x1, y1, x2, y2) in zip(cells, corners, strict=True):
        mask[x1:x2, y1:y2] = True
    shared = (cells[:, None] & cells[None]).sum((-1, -2))
    union = (cells[:, None] | cells[None]).sum((-1, -2))
    wanted = shared / np.maximum(union, 1)
    np.testing.assert_allclose(boxes.pairwise_iou(corners, corners), wanted, rtol=1e-6)
    np.testing.assert_allclose(
        boxes.elementwise_iou(corners, corners[::-1]), np.diagonal(wanted[:, ::-1]), rtol=1e-6
    )
    np.testing.assert_allclose(boxes.area(corners), cells.sum((-1, -2)))


def test_areas_of_float16_boxes_do_not_overflow():
    assert float(boxes.area(np.array([0, 0, 1000, 1000], "float16"))) == 1e6


def test_clip_cuts_to_the_image():
    got = boxes.clip([[-1.0, -2.0, 300.0, 5.0]], image_size=(10, 20))
    assert got.tolist() == [[0.0, 0.0, 20.0, 5.0]]


def test_overlap_of_degenerate_boxes_is_0_with_finite_gradients():
    point = np.array([3.0, 3.0, 3.0, 3.0], "f")
    value, gradient = jax.value_and_grad(boxes.elementwise_iou)(point, point)
    assert float(value) == 0.0
    assert np.isfinite(gradient).all()


def test_boxes_may_be_symbolic():
    symbol = KerasTensor((None, 5, 4))
    assert boxes.convert(symbol, "cxcywh", "xyxy").shape == (None, 5, 4)
    assert boxes.pairwise_iou(symbol, symbol).shape == (None, 5, 5)
