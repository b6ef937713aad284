"""Train a small convnet on scikit-learn's handwritten digits; nothing is downloaded.

    python examples/digits_convnet.py [--epochs 20] [--out DIR]

It reads 1,797 scanned digits of 8x8 pixels, holds a fifth of them back for the test, trains for
less than a minute on two CPU cores and writes the model (`digits.keras`) and its training curve
(`digits.png`).
"""

import argparse
from math import ceil
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import kerax
from kerax import layers

BATCH = 32


def load_data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return x_train, x_test `[rows, 8, 8, 1]` in 0..16 and y_train, y_test `[rows]` in 0..9."""
    digits = load_digits()
    images = digits.images[..., None].astype("float32")
    return train_test_split(
        images, digits.target, test_size=0.2, stratify=digits.target, random_state=0
    )


def make_model() -> kerax.Sequential:
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


def save_curve(history: dict[str, list[float]], path: Path) -> None:
    """Draw loss and accuracy over the epochs into a PNG."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(history[name], label="training")
        axes.plot(history[f"val_{name}"], label="validation")
        axes.set(xlabel="epoch", ylabel=name)
        axes.legend()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a convnet on handwritten digits.")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path(), help="where the two files go")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    kerax.utils.set_random_seed(0)
    x_train, x_test, y_train, y_test = load_data()
    model = make_model()
    model.summary()
    steps = args.epochs * ceil(0.9 * len(x_train) / BATCH)
    model.compile(
        optimizer=kerax.optimizers.Adam(kerax.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(
        x_train, y_train, batch_size=BATCH, epochs=args.epochs, validation_split=0.1
    ).history

    model.save(args.out / "digits.keras")
    save_curve(history, args.out / "digits.png")

    probabilities = model.predict(x_test[:10], verbose=0)
    print("predicted:", *np.argmax(probabilities, axis=-1))
    print("     true:", *y_test[:10])
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test accuracy: {accuracy:.4f}")


if __name__ == "__main__":
    main()
