"""The losses: against torchvision, the formulas in numpy, and where formulas end."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from kerax import losses
from kerax.errors import ArgumentError, DataError, ShapeError

from kerax_vision import box_losses, quality, segmentation
from kerax_vision.cases import losses as cases

BOXES = ["iou", "giou", "diou", "ciou"]
MASKS = ["focal_tversky", "generalized_dice", "lovasz_softmax"]
ALL = [*BOXES, *MASKS, "lovasz_hinge", "quality_focal", "yolo"]


@pytest.mark.parametrize("name", ALL)
def test_values_equal_the_formula(name):
    for case in getattr(cases, name)():
        loss = losses.get({"id": f"vision>{name}", "config": {**case.kwargs, "reduction": "none"}})
        wanted = case.oracle(*case.inputs, **case.kwargs)
        np.testing.assert_allclose(loss(*case.inputs), wanted, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("name", ALL)
def test_config_makes_the_same_loss(name):
    case = getattr(cases, name)()[-1]
    loss = losses.get({"id": f"vision>{name}", "config": case.kwargs})
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()
    assert float(again(*case.inputs)) == float(loss(*case.inputs))


@pytest.mark.parametrize("name", ["giou", "diou", "ciou"])
def test_box_losses_and_gradients_equal_torchvision(name):
    torch, ops = pytest.importorskip("torch"), pytest.importorskip("torchvision.ops")
    theirs = {
        "giou": ops.generalized_box_iou_loss,
        "diou": ops.distance_box_iou_loss,
        "ciou": ops.complete_box_iou_loss,
    }[name]
    true, pred = cases._boxes(np.random.default_rng(0), 200)
    pred[:50] = cases._boxes(np.random.default_rng(1), 50)[0]  # some apart from their targets
    pred[:, 2:] = np.maximum(pred[:, 2:], pred[:, :2] + 1)  # they count a negative side as it is
    tensor = torch.tensor(pred, requires_grad=True)
    wanted = theirs(tensor, torch.tensor(true))
    wanted.sum().backward()
    ours = getattr(box_losses, f"{name}_loss")
    np.testing.assert_allclose(ours(true, pred), wanted.detach().numpy(), rtol=1e-4, atol=1e-5)
    gradient = jax.grad(lambda p: jnp.sum(ours(true, p)))(pred)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-3, atol=1e-5)


DEGENERATE = {
    "identical": ([1, 1, 3, 4], [1, 1, 3, 4]),
    "apart": ([0, 0, 1, 1], [5, 5, 6, 6]),
    "touching": ([0, 0, 1, 1], [1, 0, 2, 1]),
    "inside": ([0, 0, 4, 4], [1, 1, 2, 2]),
    "no area": ([0, 0, 4, 4], [2, 2, 2, 2]),
    "no height": ([0, 0, 4, 4], [1, 2, 3, 2]),
    "both points": ([2, 2, 2, 2], [2, 2, 2, 2]),
    "two points": ([1, 1, 1, 1], [2, 2, 2, 2]),
    "turned round": ([0, 0, 4, 4], [3, 3, 1, 1]),
    "huge": ([0, 0, 4e4, 4e4], [1e4, 0, 6e4, 4e4]),
    "zeros": ([0, 0, 0, 0], [0, 0, 0, 0]),
}


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_box_losses_are_finite_at_degenerate_boxes(name, dtype):
    true, pred = (jnp.asarray(x, dtype) for x in zip(*DEGENERATE.values(), strict=True))
    loss = getattr(box_losses, f"{name}_loss")

    @jax.jit
    def both(p):
        return loss(true, p), jax.grad(lambda p: jnp.sum(loss(true, p).astype("float32")))(p)

    values, gradient = both(pred)
    assert values.dtype == dtype
    values = np.asarray(values, "f")
    assert ((values > -1e-2) & (values <= 3)).all(), dict(zip(DEGENERATE, values, strict=True))
    assert np.isfinite(np.asarray(gradient, "f")).all()
    assert abs(values[0]) < 1e-6


def test_box_losses_share_one_format_and_refuse_others():
    true, pred = cases._boxes(np.random.default_rng(0), 6)
    wanted = box_losses.CIoULoss()(true, pred)
    swapped = [x[..., [1, 0, 3, 2]] for x in (true, pred)]
    np.testing.assert_allclose(box_losses.CIoULoss("yxyx")(*swapped), wanted, rtol=1e-5)
    with pytest.raises(ArgumentError, match="CIoULoss: box_format: got 'corners'"):
        box_losses.CIoULoss("corners")
    with pytest.raises(ShapeError, match="wanted four numbers"):
        box_losses.IoULoss()(np.zeros((2, 3)), np.zeros((2, 3)))


def test_weights_weigh_boxes_and_images():
    true, pred = cases._boxes(np.random.default_rng(0), 4, 3)
    loss = box_losses.GIoULoss(reduction="sum")
    weight = np.array([1, 0, 2, 0], "f")
    values = cases.giou_of(true, pred)
    np.testing.assert_allclose(loss(true, pred, weight), (values.T @ weight).sum(), rtol=1e-5)
    np.testing.assert_allclose(
        loss(true, pred, values > 0.5), values[values > 0.5].sum(), rtol=1e-5
    )


@pytest.mark.parametrize("name", MASKS)
def test_class_numbers_and_one_hot_targets_are_the_same(name):
    labels, pred = getattr(cases, name)()[0].inputs
    loss = losses.get(f"vision>{name}")
    wanted = float(loss(labels, pred))
    assert float(loss(np.eye(3, dtype="f")[labels], pred)) == pytest.approx(wanted, rel=1e-6)
    assert float(loss(labels[..., None], pred)) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("name", MASKS)
def test_ignored_pixels_have_no_influence(name):
    labels, pred = getattr(cases, name)()[0].inputs
    labels, pred = labels.reshape(5, 16), pred.reshape(5, 16, 3)
    loss = losses.get({"id": f"vision>{name}", "config": {"ignore_class": 255}})
    wanted = float(loss(labels[:, :10], pred[:, :10]))
    labels = np.where(np.arange(16) < 10, labels, 255)
    value, gradient = jax.value_and_grad(lambda p: loss(labels, p))(pred)
    assert float(value) == pytest.approx(wanted, rel=1e-5)
    assert not np.asarray(gradient)[:, 10:].any()


@pytest.mark.parametrize("name", MASKS)
def test_a_number_that_is_no_class_is_refused_or_nan(name):
    labels, pred = getattr(cases, name)()[0].inputs
    loss, wrong = losses.get(f"vision>{name}"), labels.copy()
    wrong[0, 0, 0] = 7
    assert np.isnan(float(loss(wrong, pred)))
    with pytest.raises(DataError, match="class number 7; wanted 0 to 2"):
        loss.check(wrong, pred)
    loss.check(labels, pred)


@pytest.mark.parametrize("name", MASKS)
def test_perfect_masks_lose_nothing_with_finite_gradients(name):
    labels, _ = getattr(cases, name)()[0].inputs
    perfect = np.eye(3, dtype="f")[labels]
    value, gradient = jax.value_and_grad(lambda p: losses.get(f"vision>{name}")(labels, p))(perfect)
    assert float(value) == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(gradient).all()


def test_lovasz_of_hard_masks_is_the_jaccard_loss():
    labels = np.array([[0, 0, 1, 1, 1, 0]])
    guess = np.array([[0, 1, 1, 1, 0, 0]])
    loss = segmentation.lovasz_softmax_loss(labels, np.eye(2, dtype="f")[guess])
    assert float(loss[0]) == pytest.approx(1 - (2 / 4 + 2 / 4) / 2, rel=1e-6)


def test_lovasz_hinge_of_an_empty_mask_is_its_greatest_error():
    logits = np.array([[-3.0, 0.5, 1.0]], "f")
    assert float(segmentation.lovasz_hinge_loss(np.zeros((1, 3)), logits)[0]) == 2.0


def test_generalized_dice_of_an_absent_class_is_finite():
    pred = np.array([[[0.7, 0.3], [0.6, 0.4]]], "f")
    wanted = cases.generalized_dice_of(np.array([[0, 0]]), pred)
    np.testing.assert_allclose(
        segmentation.generalized_dice_loss([[0, 0]], pred), wanted, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "config", "words"),
    [
        ("focal_tversky", {"gamma": 0.0}, "gamma: got 0.0"),
        ("generalized_dice", {"weighting": "cube"}, "weighting: got 'cube'"),
        ("lovasz_softmax", {"classes": "some"}, "classes: got 'some'"),
        ("quality_focal", {"beta": -1.0}, "beta: got -1.0"),
        ("yolo", {"box": "l1"}, "box: got 'l1'"),
        ("yolo", {"objectness": "mse"}, "objectness: got 'mse'"),
        ("yolo", {"box_format": "xy"}, "box_format: got 'xy'"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(name, config, words):
    with pytest.raises(Exception, match=words):
        losses.get({"id": f"vision>{name}", "config": config})


def test_masks_of_other_shapes_are_refused():
    with pytest.raises(ShapeError, match="wanted class"):
        segmentation.FocalTverskyLoss()(np.zeros((2, 5)), np.zeros((2, 4, 3)))


def test_quality_focal_of_hard_targets_is_torchvisions_focal_loss():
    torch, ops = pytest.importorskip("torch"), pytest.importorskip("torchvision.ops")
    rng = np.random.default_rng(0)
    true, logits = rng.integers(0, 2, (20, 5)).astype("f"), rng.normal(0, 3, (20, 5)).astype("f")
    wanted = ops.sigmoid_focal_loss(torch.tensor(logits), torch.tensor(true), alpha=-1, gamma=2.0)
    got = quality.quality_focal_loss(true, logits, from_logits=True)
    np.testing.assert_allclose(got, wanted.numpy().mean(-1), rtol=1e-4, atol=1e-6)


def test_quality_focal_is_finite_at_far_logits():
    logits = jnp.array([[-1e4, 1e4, 0.0]])
    loss = quality.QualityFocalLoss(from_logits=True)
    value, gradient = jax.value_and_grad(lambda x: loss([[1.0, 0.0, 0.5]], x))(logits)
    assert np.isfinite(float(value))
    assert np.isfinite(gradient).all()


def test_yolo_leaves_cells_out_and_takes_images_without_objects():
    true, pred = cases._cells(np.random.default_rng(0), 3, 5, 2)
    loss = losses.get({"id": "vision>yolo", "config": {"reduction": "none"}})
    true[1, 2:, 4] = -1
    cut = loss(true[1:2, :2], pred[1:2, :2])
    np.testing.assert_allclose(loss(true, pred)[1], cut[0], rtol=1e-5)
    true[..., 4] = 0
    gradient = jax.grad(lambda p: jnp.sum(loss(true, p)))(pred)
    assert np.isfinite(gradient).all()
    assert not np.asarray(gradient)[..., :4].any()
    assert set(loss.parts(true, pred)) == {"box", "objectness", "class"}
    with pytest.raises(ShapeError, match="wanted \\[batch, cells, 5"):
        loss(true[..., :4], pred[..., :4])
