"""The four families are plugins: a wheel that lacks one's entry point lacks that family only."""

import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What the model is trained with, and what stands in for the family that is missing.
PARTS = {
    "losses": 'lambda t, p: (t - p) ** 2, "sgd", ["mae"], "l2"',
    "metrics": '"mse", "adam", [], "l1l2"',
    "optimizers": '"mean_squared_error", Descent(0.1), ["mse"], "l2"',
    "regularizers": '"mae", "rmsprop", ["MeanSquaredError"], lambda w: 0.01 * (w**2).sum()',
}

NAMES = {"losses": "mse", "metrics": "mae", "optimizers": "adam", "regularizers": "l2"}

PROGRAM = """
    import numpy as np
    import kerax

    family, kind, name = {family!r}, {family!r}[:-1].replace("losse", "loss"), {name!r}
    assert kerax.__file__.startswith({folder!r}), kerax.__file__
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    y = x @ np.ones((4, 1), "float32")
    assert kerax.layers.Dense(2)(x).shape == (64, 2)

    messages = set()
    for lookup in (
        lambda: getattr(kerax, family).get(name),
        lambda: kerax.plugins.get(kind, name),
        lambda: kerax.plugins.names(kind),
        lambda: getattr(kerax, family).Anything,
    ):
        try:
            lookup()
        except kerax.errors.PluginNotFoundError as error:
            messages.add(str(error))
    assert len(messages) == 1, messages
    print(*messages)

    class Descent(kerax.optimizers.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, learning_rate * gradient)

    loss, optimizer, metrics, regularizer = {parts}
    model = kerax.Sequential(
        [kerax.Input((4,)), kerax.layers.Dense(1, kernel_regularizer=regularizer)]
    )
    model.compile(optimizer, loss, metrics=metrics)
    losses = model.fit(x, y, epochs=8, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < losses[0], losses
    print("trained")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of this repository."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"import hatchling.build as b; print(b.build_wheel({str(folder)!r}))"
    pytest.importorskip("hatchling")
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def install_without(wheel: Path, family: str, folder: Path) -> None:
    """Unpack a wheel as an installer does, after dropping one entry point."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    entry_points = next(folder.glob("kerax-*.dist-info")) / "entry_points.txt"
    lines = entry_points.read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(f"{family} =")]
    assert len(kept) == len(lines) - 1
    entry_points.write_text("\n".join(kept), encoding="utf-8")


@pytest.mark.parametrize("family", PARTS)
def test_without_one_entry_point_only_that_family_is_missing(wheel, tmp_path, family):
    folder = tmp_path / "site"
    install_without(wheel, family, folder)
    program = textwrap.dedent(PROGRAM).format(
        family=family, name=NAMES[family], parts=PARTS[family], folder=str(folder)
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    message, trained = done.stdout.splitlines()
    assert message.startswith(f"kerax's own plugin {family!r} is not installed: kerax ")
    assert message.endswith("Reinstall kerax: pip install --force-reinstall kerax.")
    assert trained == "trained"


def test_the_wheel_declares_the_four_families(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
        text = archive.read(name).decode()
    for family in PARTS:
        assert f"{family} = kerax_{family}._plugin:plugin" in text


def test_the_wheel_holds_the_list_of_known_plugins(wheel):
    with zipfile.ZipFile(wheel) as archive:
        known = json.loads(archive.read("kerax/plugins/known_plugins.json"))
    assert known["version"] == 1
    assert known["plugins"]["vision"]["distribution"] == "kerax-vision"
