"""COCO's mean average precision: against pycocotools, and against loops in numpy."""

import contextlib
import io

import jax
import numpy as np
import pytest
from kerax.errors import ArgumentError, DataError, ShapeError, StateError

from kerax_vision.cases.metrics import coco_of, scenes
from kerax_vision.coco import CocoMAP

NUMBERS = [
    "ap",
    "ap50",
    "ap75",
    "ap_small",
    "ap_medium",
    "ap_large",
    "ar_1",
    "ar_10",
    "ar_100",
    "ar_small",
    "ar_medium",
    "ar_large",
]
BOX = [0.0, 0.0, 50.0, 50.0]


def make(classes=3, **kwargs):
    return CocoMAP(**{"classes": classes, "capacity": 2048, "box_format": "xywh", **kwargs})


def official(true, pred, classes):
    """Return what pycocotools says of scenes: its twelve numbers, and its tables."""
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    objects, found = [], []
    for image, rows in enumerate(true, 1):
        for row in rows[rows[:, 4] >= 0]:
            box = [float(x) for x in row[:4]]
            objects.append(
                {"id": len(objects) + 1, "image_id": image, "category_id": int(row[4]),
                 "bbox": box, "area": float(row[6]), "iscrowd": int(row[5])}
            )  # fmt: skip
    for image, rows in enumerate(pred, 1):
        for row in rows[rows[:, 5] >= 0]:
            box = [float(x) for x in row[:4]]
            found.append({"image_id": image, "category_id": int(row[5]), "bbox": box,
                          "score": float(row[4])})  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": i + 1} for i in range(len(true))],
            "annotations": objects,
            "categories": [{"id": c} for c in range(classes)],
        }
        truth.createIndex()
        tool = evaluation.COCOeval(truth, truth.loadRes(found), "bbox")
        tool.evaluate()
        tool.accumulate()
        tool.summarize()
    return tool.stats, tool.eval


# Few combinations of shapes, so that few programs are compiled; ties, crowds and empty images.
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("classes", "detections"), [(1, 130), (4, 40)])
def test_numbers_equal_pycocotools(seed, classes, detections):
    rng = np.random.default_rng(seed)
    digits, crowds = (1 if seed % 2 else 9), (0.0, 0.2, 0.5)[seed % 3]
    true, pred = scenes(rng, 12, classes, 12, detections, crowds, digits)
    stats, tables = official(true, pred, classes)
    metric = make(classes, details=True)
    for rows in (slice(0, 6), slice(6, 12)):
        metric.update_state(true[rows], pred[rows])
    result = metric.result()
    np.testing.assert_allclose([result[key] for key in NUMBERS], stats, atol=1e-6)
    for a, area in enumerate(metric.area_names):
        for m, most in enumerate(metric.max_detections):
            table = metric.table(area, most)
            wanted = tables["precision"][:, :, :, a, m].mean(1).T
            np.testing.assert_allclose(table["ap"], wanted, atol=1e-6)
            np.testing.assert_allclose(table["recall"], tables["recall"][:, :, a, m].T, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_numbers_equal_loops_in_numpy(seed):
    true, pred = scenes(np.random.default_rng(seed), 6, 3)
    metric = make(details=True)
    wanted = coco_of(true, pred, classes=3, details=True, box_format="xywh")
    got = metric(true, pred)
    np.testing.assert_allclose([got[k] for k in wanted], list(wanted.values()), atol=1e-6)


@pytest.mark.parametrize("hits", [29, 57, 58])
def test_recalls_that_equal_a_point_follow_the_tool(hits):
    """In float64, linspace's 0.29 and others lie above 29/100."""
    true = np.full((100, 1, 7), -1.0, "f")
    true[:, 0] = [*BOX, 0, 0, 2500]
    pred = np.full((100, 1, 6), -1.0, "f")
    pred[:hits, 0] = [*BOX, 0.5, 0]
    reached = (hits / 100 >= np.linspace(0, 1, 101)).sum() / 101
    assert float(make(1)(true, pred)) == pytest.approx(reached, rel=1e-6)


def test_formats_agree():
    true, pred = scenes(np.random.default_rng(0), 6, 3)
    wanted = float(make()(true, pred))
    for x in (true, pred):
        x[..., 2:4] += x[..., :2]
    assert float(make(box_format="xyxy")(true, pred)) == pytest.approx(wanted)
    size = np.array([512, 512, 512, 512], "f")
    for x in (true, pred):
        x[..., :4] /= size
    relative = make(box_format="rel_xyxy", image_size=(512, 512))
    assert float(relative(true, pred)) == pytest.approx(wanted, rel=1e-5)
    with pytest.raises(ArgumentError, match="image_size: got None"):
        make(box_format="rel_xyxy")


def test_areas_and_crowds_may_be_left_out():
    true, pred = [[[*BOX, 0.0]]], [[[*BOX, 0.9, 0.0]]]
    assert float(make(1)(true, pred)) == 1.0
    result = make(1, details=True)(true, pred)
    assert (float(result["ap_medium"]), float(result["ap_small"])) == (1.0, -1.0)
    crowd = make(1, details=True)([[[*BOX, 0.0, 1.0]]], pred)
    assert float(crowd["ap"]) == -1.0


def test_own_thresholds_areas_and_maxima():
    metric = make(
        1, details=True, iou_thresholds=[0.5], area_ranges={"any": [0, 1e9]}, max_detections=[2]
    )
    assert list(metric.result()) == ["ap", "ap50", "ar_2"]
    again = CocoMAP.from_config(metric.get_config())
    assert again.get_config() == metric.get_config()
    assert again.rules == metric.rules


def test_states_merge_in_order():
    true, pred = scenes(np.random.default_rng(4), 12, 3, digits=1)
    whole, first, second = make(), make(), make()
    for metric, rows in ((whole, slice(0, 6)), (whole, slice(6, 12)), (first, slice(0, 6)),
                         (second, slice(6, 12))):  # fmt: skip
        metric.update_state(true[rows], pred[rows])
    first.merge_state([second])
    assert float(first.result()) == float(whole.result())
    with pytest.raises(StateError, match="other settings"):
        first.merge_state([make(4)])
    first.reset_state()
    assert float(first.result()) == -1.0


def test_images_of_weight_0_are_left_out():
    true, pred = scenes(np.random.default_rng(5), 6, 3)
    metric, wanted = make(), make()
    metric.update_state(true, pred, sample_weight=np.array([1, 0, 1, 1, 0, 1]))
    for image in (1, 4):
        true[image], pred[image] = -1, -1
    wanted.update_state(true, pred)
    assert float(metric.result()) == float(wanted.result())


def test_what_finds_no_room_or_no_class_is_an_error_or_nan():
    full, strange = make(1, capacity=2), make(1)
    full.update_state([[[*BOX, 0.0]]], [[[*BOX, 0.9, 0.0]] * 3])
    strange.update_state([[[*BOX, 0.0]]], [[[*BOX, 0.9, 5.0]]])
    for metric, words in ((full, "got 3 detections; wanted at most capacity=2"),
                          (strange, "class above 0")):  # fmt: skip
        with pytest.raises(DataError, match=words):
            metric.result()
        with pytest.raises(DataError, match=words):
            metric.table()
        values = [variable.value for variable in metric.variables]
        assert np.isnan(jax.jit(metric.stateless_result)(values))


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"classes": 0}, "classes: got 0"),
        ({"iou_thresholds": []}, "iou_thresholds: got"),
        ({"iou_thresholds": [1.5]}, "iou_thresholds: got"),
        ({"area_ranges": {}}, "area_ranges: got"),
        ({"max_detections": [10, 1]}, "max_detections: got"),
        ({"box_format": "corners"}, "box_format: got 'corners'"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(kwargs, words):
    with pytest.raises(ArgumentError, match=words):
        make(**{"classes": 1, **kwargs})


def test_shapes_and_names_that_mean_nothing_are_refused():
    with pytest.raises(ShapeError, match="wanted \\[batch, objects, 5 to 7\\]"):
        make().update_state(np.zeros((2, 3, 4)), np.zeros((2, 3, 6)))
    with pytest.raises(ArgumentError, match="area: got 'tiny'"):
        make().table("tiny")
