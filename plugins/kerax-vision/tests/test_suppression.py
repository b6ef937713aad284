"""Non-maximum suppression: against torchvision, and against a loop in numpy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from kerax.errors import ArgumentError, ShapeError

from kerax_vision.boxes import pairwise_iou
from kerax_vision.suppression import nms, nms_per_class, soft_nms


def crowd(seed, number=60):
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, 40, size=(number, 2))
    boxes = np.concatenate([start, start + rng.uniform(5, 30, size=(number, 2))], -1).astype("f")
    return boxes, rng.permutation(number).astype("f") / number, rng.integers(0, 3, number)


def loop(boxes, scores, threshold, classes):
    iou = np.asarray(pairwise_iou(boxes, boxes))
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if all(classes[i] != classes[j] or iou[i, j] <= threshold for j in kept):
            kept.append(int(i))
    return kept


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.9])
def test_nms_keeps_what_a_loop_keeps(seed, threshold):
    boxes, scores, classes = crowd(seed)
    for labels in (None, classes):
        kept, count = nms(boxes, scores, 60, threshold, classes=labels)
        wanted = loop(boxes, scores, threshold, 0 * classes if labels is None else labels)
        assert kept[: int(count)].tolist() == wanted
        assert (np.asarray(kept[int(count) :]) == -1).all()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_nms_keeps_what_torchvision_keeps(seed, threshold):
    torch, ops = pytest.importorskip("torch"), pytest.importorskip("torchvision.ops")
    boxes, scores, classes = crowd(seed, 200)
    tensors = torch.tensor(boxes), torch.tensor(scores)
    kept, count = nms(boxes, scores, 200, threshold)
    assert kept[: int(count)].tolist() == ops.nms(*tensors, threshold).tolist()
    kept, count = nms(boxes, scores, 200, threshold, classes=classes)
    wanted = ops.batched_nms(*tensors, torch.tensor(classes), threshold).tolist()
    assert kept[: int(count)].tolist() == wanted


def test_nms_keeps_the_first_of_equal_scores_and_no_nan():
    boxes = np.array([[0, 0, 2, 2], [0, 0, 2, 2], [5, 5, 6, 6]], "f")
    assert nms(boxes, np.array([0.5, 0.5, np.nan], "f"), 3)[0].tolist() == [0, -1, -1]


def test_nms_cuts_at_the_size_and_at_the_score():
    boxes, scores, _ = crowd(0)
    assert int(nms(boxes, scores, 2, 0.9)[1]) == 2
    kept, count = nms(boxes, scores, 60, 1.0, score_threshold=0.5)
    assert int(count) == (scores > 0.5).sum()
    assert (scores[np.asarray(kept[: int(count)])] > 0.5).all()


def test_nms_of_no_boxes_keeps_none():
    kept, count = nms(np.zeros((0, 4), "f"), np.zeros(0, "f"), 2)
    assert (kept.tolist(), int(count)) == ([-1, -1], 0)


def test_nms_runs_compiled_and_mapped():
    pairs = [crowd(seed)[:2] for seed in range(3)]
    boxes, scores = (np.stack(x) for x in zip(*pairs, strict=True))
    kept, _ = jax.jit(jax.vmap(lambda b, s: nms(b, s, 10)))(boxes, scores)
    for row, (box, score) in zip(kept, pairs, strict=True):
        assert row.tolist() == nms(box, score, 10)[0].tolist()


@pytest.mark.parametrize(
    ("boxes", "scores", "size", "error"),
    [
        ((3, 4), (2,), 5, ShapeError),
        ((3, 5), (3,), 5, ShapeError),
        ((3, 4), (3,), 0, ArgumentError),
    ],
)
def test_nms_says_what_is_wrong(boxes, scores, size, error):
    with pytest.raises(error, match="wanted"):
        nms(np.zeros(boxes), np.zeros(scores), size)


def test_soft_nms_lowers_what_a_loop_lowers():
    boxes, scores, _ = crowd(1, 20)
    iou = np.asarray(pairwise_iou(boxes, boxes), "float64")
    left, wanted = scores.astype("float64"), []
    while (left > 0.001).any():
        i = int(np.argmax(left))
        wanted.append((i, left[i]))
        left = left * np.exp(-(iou[i] ** 2) / 0.5)
        left[[j for j, _ in wanted]] = 0
    kept, lowered, count = soft_nms(boxes, scores, 20)
    assert kept[: int(count)].tolist() == [i for i, _ in wanted]
    np.testing.assert_allclose(lowered[: int(count)], [s for _, s in wanted], rtol=1e-4)
    with pytest.raises(ArgumentError, match="sigma"):
        soft_nms(boxes, scores, 3, sigma=0.0)


def test_suppression_of_a_batch_keeps_the_best_of_each_class():
    boxes = jnp.asarray(np.stack([crowd(seed)[0] for seed in (0, 1)]))
    scores = np.random.default_rng(0).uniform(size=(2, 60, 3)).astype("f")
    found = jax.jit(lambda b, s: nms_per_class(b, s, 25, 0.4, 0.5))(boxes, scores)
    for image in range(2):
        rows = [(scores[image, i, c], c, i) for i in range(60) for c in range(3)]
        rows = sorted((row for row in rows if row[0] > 0.5), reverse=True)
        flat = np.asarray(boxes[image])[[i for _, _, i in rows]]
        labels = np.array([c for _, c, _ in rows])
        kept = loop(flat, np.array([s for s, _, _ in rows]), 0.4, labels)[:25]
        number = int(found.count[image])
        assert number == len(kept)
        assert found.classes[image, :number].tolist() == labels[kept].tolist()
        np.testing.assert_array_equal(found.boxes[image, :number], flat[kept])
        assert (np.asarray(found.classes[image, number:]) == -1).all()
    assert found.table().shape == (2, 25, 6)
    with pytest.raises(ShapeError, match="wanted"):
        nms_per_class(boxes[0], scores, 3)
