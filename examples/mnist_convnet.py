"""Train a convnet on MNIST read from a file on disk.

    python examples/mnist_convnet.py --data PATH [--epochs 3] [--out DIR]

PATH is Keras' `mnist.npz` (arrays x_train, y_train, x_test, y_test) or a folder that holds it.
Three epochs reach more than 98.5% on the 10,000 test images; the model (`mnist.keras`) and its
training curve (`mnist.png`) are written to DIR.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import kerax
from kerax import layers

BATCH = 128


def load_data(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return x_train, y_train, x_test, y_test; images `[rows, 28, 28, 1]` uint8."""
    file = path / "mnist.npz" if path.is_dir() else path
    if not file.is_file():
        raise SystemExit(f"mnist_convnet: no file {file}; --data wants mnist.npz or its folder.")
    with np.load(file, allow_pickle=False) as data:
        x_train, y_train = data["x_train"], data["y_train"]
        x_test, y_test = data["x_test"], data["y_test"]
    return x_train[..., None], y_train, x_test[..., None], y_test


def make_model() -> kerax.Model:
    """Return the functional model `[batch, 28, 28, 1] -> [batch, 10]`."""
    inputs = layers.Input((28, 28, 1))
    x = layers.Rescaling(1 / 255)(inputs)
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    return kerax.Model(inputs, layers.Dense(10)(x), name="mnist_convnet")


def save_curve(history: dict[str, list[float]], path: Path) -> None:
    """Draw training and validation accuracy over the epochs into a PNG."""
    figure = Figure(layout="constrained")
    axes = figure.subplots()
    axes.plot(history["accuracy"], label="training")
    axes.plot(history["val_accuracy"], label="validation")
    axes.set(xlabel="epoch", ylabel="accuracy")
    axes.legend()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a convnet on MNIST.")
    parser.add_argument("--data", type=Path, required=True, help="mnist.npz or its folder")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(), help="where the two files go")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    kerax.utils.set_random_seed(0)
    x_train, y_train, x_test, y_test = load_data(args.data)
    model = make_model()
    steps = args.epochs * -(-len(x_train) * 11 // (12 * BATCH))
    rate = kerax.optimizers.schedules.CosineDecay(2e-3, decay_steps=steps)
    model.compile(
        optimizer=kerax.optimizers.Adam(rate),
        loss=kerax.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    stop = kerax.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(
        x_train,
        y_train,
        batch_size=BATCH,
        epochs=args.epochs,
        validation_split=1 / 12,
        callbacks=[stop],
    ).history

    model.save(args.out / "mnist.keras")
    save_curve(history, args.out / "mnist.png")
    _, accuracy = model.evaluate(x_test, y_test, batch_size=500, verbose=0)
    print(f"test accuracy: {accuracy:.4f}")


if __name__ == "__main__":
    main()
