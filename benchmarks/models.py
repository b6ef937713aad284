"""The models of the tables, written once: K is the package `kerax` or `keras`."""

from typing import Any


def mlp(K: Any) -> Any:
    """Return the Sequential `[batch, 784] -> [batch, 10]`, 118,282 parameters."""
    return K.Sequential(
        [
            K.layers.Input((784,)),
            K.layers.Dense(128, activation="relu"),
            K.layers.Dense(128, activation="relu"),
            K.layers.Dense(10),
        ]
    )


def near_empty(K: Any) -> Any:
    """Return the Sequential `[batch, 8] -> [batch, 1]`, 9 parameters."""
    return K.Sequential([K.layers.Input((8,)), K.layers.Dense(1)])


def resnet50(K: Any) -> Any:
    """Return the functional ResNet50 `[batch, 32, 32, 3] -> [batch, 1000]`, 25.6M parameters."""
    inputs = K.layers.Input((32, 32, 3))
    x = _conv(K, inputs, 64, 7, strides=2)
    x = K.layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for stage, (filters, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
        for block in range(blocks):
            first = block == 0
            x = _bottleneck(K, x, filters, strides=2 if first and stage else 1, project=first)
    x = K.layers.GlobalAveragePooling2D()(x)
    return K.Model(inputs, K.layers.Dense(1000)(x))


def _conv(K: Any, x: Any, filters: int, kernel: int, strides: int = 1, relu: bool = True) -> Any:
    x = K.layers.Conv2D(filters, kernel, strides=strides, padding="same")(x)
    x = K.layers.BatchNormalization()(x)
    return K.layers.Activation("relu")(x) if relu else x


def _bottleneck(K: Any, x: Any, filters: int, strides: int, project: bool) -> Any:
    shortcut = _conv(K, x, 4 * filters, 1, strides, relu=False) if project else x
    x = _conv(K, x, filters, 1, strides)
    x = _conv(K, x, filters, 3)
    x = _conv(K, x, 4 * filters, 1, relu=False)
    return K.layers.Activation("relu")(K.layers.Add()([shortcut, x]))
