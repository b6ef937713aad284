"""`kerax demo`: a convnet on scikit-learn's handwritten digits, in under a minute."""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import kerax
from kerax import layers

__all__ = ["run"]

BATCH = 32
NEEDS = "kerax demo: {} is not installed; get it with: pip install 'kerax[examples]'"


def run(argv: Sequence[str]) -> int:
    """Train, evaluate and save the digits convnet; print `test accuracy: …` last.

    Args:
        argv: the words after `kerax demo`.

    Returns:
        0, or 1 where scikit-learn or matplotlib is missing.
    """
    arguments = _make_parser().parse_args(argv)
    try:
        (x_train, x_test, y_train, y_test), figure = _load_digits(), _make_figure()
    except ModuleNotFoundError as error:
        print(NEEDS.format(error.name), file=sys.stderr)
        return 1
    arguments.out.mkdir(parents=True, exist_ok=True)
    kerax.utils.set_random_seed(arguments.seed)
    model = _make_model()
    steps = arguments.epochs * math.ceil(0.9 * len(x_train) / BATCH)
    schedule = kerax.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(
        optimizer=kerax.optimizers.Adam(schedule),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(
        x_train, y_train, batch_size=BATCH, epochs=arguments.epochs, validation_split=0.1
    )
    _draw(figure, history.history, arguments.out / "digits.png")
    model.save(arguments.out / "digits.keras")
    _report(model, x_test, y_test, arguments.out)
    return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kerax demo", description="Train a convnet on 1,797 handwritten digits."
    )
    parser.add_argument("--epochs", type=_positive, default=20, help="default: 20")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument(
        "--out", type=Path, default=Path(), help="folder for digits.keras and digits.png"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"got {text}; wanted 1 or more")
    return number


def _load_digits() -> list[np.ndarray]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits: Any = load_digits()
    images = digits.images[..., None].astype("float32")  # [1797, 8, 8, 1], 0..16
    parts = train_test_split(
        images, digits.target, test_size=0.2, stratify=digits.target, random_state=0
    )
    return [np.asarray(part) for part in parts]


def _make_figure() -> Any:
    from matplotlib.figure import Figure

    return Figure(layout="constrained")


def _make_model() -> kerax.Sequential:
    return kerax.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Rescaling(1 / 16),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _draw(figure: Any, history: dict[str, list[float]], path: Path) -> None:
    axes = figure.subplots()
    for name in ("accuracy", "val_accuracy"):
        axes.plot(history[name], label=name)
    axes.set(xlabel="epoch", ylabel="accuracy")
    axes.legend()
    figure.savefig(path)


def _report(model: kerax.Sequential, x_test: np.ndarray, y_test: np.ndarray, out: Path) -> None:
    predicted = np.argmax(model.predict(x_test[:10], verbose=0), axis=-1)
    print("predicted:", *predicted)
    print("     true:", *y_test[:10])
    print(f"wrote {out / 'digits.keras'} and {out / 'digits.png'}")
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test accuracy: {accuracy:.4f}")
