"""The components by their ids in compile: fit, evaluate, save, load."""

import kerax
import numpy as np
import pytest
from kerax import layers

from kerax_vision.cases.metrics import scenes

rng = np.random.default_rng(0)


def boxes_model():
    start = rng.uniform(0, 1, (64, 2))
    boxes = np.concatenate([start, start + rng.uniform(0.2, 1, (64, 2))], -1).astype("f")
    model = kerax.Sequential([kerax.Input((4,)), layers.Dense(4)])
    return model, boxes, boxes


def masks_model():
    labels = rng.integers(0, 3, (32, 8)).astype("int32")
    x = np.eye(3, dtype="f")[labels] + rng.normal(0, 0.1, (32, 8, 3)).astype("f")
    model = kerax.Sequential([kerax.Input((8, 3)), layers.Dense(3, activation="softmax")])
    return model, x, labels


def cells_model():
    x = rng.uniform(0.1, 1, (16, 4, 7)).astype("f")
    x[..., 4] = x[..., 4] > 0.5
    model = kerax.Sequential([kerax.Input((4, 7)), layers.Dense(7)])
    return model, x, x


def scores_model():
    x = rng.normal(size=(64, 3)).astype("f")
    model = kerax.Sequential([kerax.Input((3,)), layers.Dense(1, activation="sigmoid")])
    return model, x, (x[:, :1] > 0).astype("f")


@pytest.mark.parametrize(
    ("make", "loss", "metrics"),
    [
        (boxes_model, "vision>ciou", []),
        (boxes_model, {"id": "vision>giou", "config": {"box_format": "xyxy"}}, ["mae"]),
        (masks_model, "vision>lovasz_softmax",
         [{"id": "vision>mean_iou", "config": {"classes": 3}}]),
        (masks_model, "vision>focal_tversky", []),
        (cells_model, "vision>yolo", []),
        (scores_model, "vision>quality_focal", ["vision>average_precision"]),
    ],
)  # fmt: skip
def test_a_model_learns_is_saved_and_loaded(make, loss, metrics, tmp_path):
    kerax.utils.set_random_seed(0)
    model, x, y = make()
    model.compile(optimizer=kerax.optimizers.Adam(0.03), loss=loss, metrics=metrics)
    history = model.fit(x, y, epochs=5, batch_size=8, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    before = model.evaluate(x, y, batch_size=10, verbose=0, return_dict=True)
    assert np.isfinite(list(before.values())).all()
    model.save(tmp_path / "model.keras")
    loaded = kerax.saving.load_model(tmp_path / "model.keras")
    after = loaded.evaluate(x, y, batch_size=10, verbose=0, return_dict=True)
    assert after == pytest.approx(before)


def test_detection_metric_in_evaluate_equals_itself_outside():
    true, pred = scenes(np.random.default_rng(1), 12, 3)
    config = {"classes": 3, "details": True, "capacity": 256, "box_format": "xywh"}
    metric = {"id": "vision>coco_map", "config": config}
    model = kerax.Sequential([kerax.Input((12, 6)), layers.Activation("linear")])
    model.compile(loss=None, metrics=[metric])
    got = model.evaluate(pred, true, batch_size=5, verbose=0, return_dict=True)
    wanted = kerax.metrics.get(metric)(true, pred)
    for key, value in wanted.items():
        assert got[key] == pytest.approx(float(value)), key


def test_a_curve_may_stand_among_the_logs():
    model, x, y = scores_model()
    curve = {"id": "vision>precision_recall_curve", "config": {"thresholds": 5}}
    model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=[curve])
    history = model.fit(x, y, epochs=2, batch_size=16, verbose=0).history
    assert np.shape(history["precision_recall_curve"]) == (2, 2, 5)
