"""The batches that installed Keras feeds its steps, against those of kerax' sources."""

import warnings

import numpy as np
import pytest

import kerax
from kerax.training.data import make_source

keras = pytest.importorskip("keras")

EPOCHS = 4
X, Y = np.arange(5.0), np.arange(5)


class Seen(keras.Model):
    """A model that notes its batches and learns nothing."""

    def __init__(self):
        super().__init__()
        self.batches = []
        self.compile("sgd", run_eagerly=True)
        self.built = True

    def call(self, x):
        return x

    def note(self, data, state):
        self.batches.append(keras.tree.map_structure(np.asarray, data, none_is_leaf=False))
        return {"loss": np.zeros(())}, state

    def train_step(self, state, data):
        return self.note(data, state)

    def test_step(self, state, data):
        return self.note(data, state)


def keras_batches(x, epochs=EPOCHS, role="fit", **options):
    """For each epoch, the batches that Keras' steps get."""
    model, by_epoch = Seen(), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for epoch in range(epochs):
            model.batches = []
            if role == "fit" and epoch == 0:
                ends = keras.callbacks.LambdaCallback(
                    on_epoch_end=lambda *_: (
                        by_epoch.append(model.batches) or setattr(model, "batches", [])
                    )
                )
                model.fit(x, epochs=epochs, verbose=0, callbacks=[ends], **options)
            elif role == "evaluate":
                model.evaluate(x, verbose=0, **options)
                by_epoch.append(model.batches)
    return [[keras.utils.unpack_x_y_sample_weight(batch) for batch in e] for e in by_epoch]


def kerax_batches(x, epochs=EPOCHS, role="fit", **options):
    if "steps_per_epoch" in options:
        options["steps"] = options.pop("steps_per_epoch")
    source = make_source(x, role=role, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [list(source.batches(epoch)) for epoch in range(epochs)]


def plain(epochs):
    """Epochs as lists, each array with its type."""
    numbers = lambda a: (np.asarray(a).tolist(), str(np.asarray(a).dtype))  # noqa: E731  short
    tree = keras.tree.map_structure(numbers, epochs, none_is_leaf=False)
    return str(tree).replace("int64", "int32")


def dataset(library, count=3):
    class Data(library.utils.PyDataset):
        def __len__(self):
            return count

        def __getitem__(self, index):
            return np.full((2, 1), index, "float32"), np.array([0, 1], "int32")

    return Data()


@pytest.mark.parametrize(
    "options",
    [
        *({"batch_size": 1, "steps_per_epoch": steps} for steps in (1, 2, 3, 5, 7)),
        {"batch_size": 2},
        {},
        {"batch_size": 2, "sample_weight": np.arange(5)},
        {"batch_size": 3, "y": np.eye(5), "class_weight": {0: 0.5, 1: 2, 3: 3}},
        {"y": Y[:, None], "class_weight": {0: 0.5, 1: 2, 3: 3}},
        {"y": Y + 0.7, "class_weight": {0: 0.5, 1: 2, 3: 3}},
        {"y": Y / 2, "class_weight": {0: 0.5, 1: 2, 2: 3}},
        {"y": -Y, "class_weight": {0: 0.5, -1: 2}},
        {"y": Y > 2, "class_weight": {0: 0.5, 1: 2}},
        {"y": [Y, Y.astype("float16")], "sample_weight": np.ones(5)},
        {"y": [Y, None], "sample_weight": [np.ones(5), None]},
        {"y": {"a": Y, "b": Y.astype("uint8")}, "sample_weight": {"a": np.ones(5), "b": None}},
    ],
    ids=str,
)
def test_arrays(options):
    options = {"shuffle": False, "y": Y, **options}
    assert plain(kerax_batches(X, **options)) == plain(keras_batches(X, **options))


@pytest.mark.parametrize("steps", [None, 1, 2, 3, 7])
def test_datasets(steps):
    options = {"shuffle": False, "steps_per_epoch": steps}
    ours, theirs = (
        kerax_batches(dataset(kerax), **options),
        keras_batches(dataset(keras), **options),
    )
    assert plain(ours) == plain(theirs)


def test_datasets_with_class_weights():
    options = {"shuffle": False, "class_weight": {0: 0.5, 1: 2}}
    ours, theirs = (
        kerax_batches(dataset(kerax), **options),
        keras_batches(dataset(keras), **options),
    )
    assert plain(ours) == plain(theirs)


@pytest.mark.parametrize("steps", [None, 1, 2])
def test_evaluation_begins_anew(steps):
    options = {"role": "evaluate", "y": Y, "batch_size": 2, "steps": steps}
    assert plain(kerax_batches(X, **options)) == plain(keras_batches(X, **options))


@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_shuffles_permute_the_same_groups(shuffle):
    options = {"shuffle": shuffle, "batch_size": 2}
    group = len if shuffle is True else lambda batch: sorted(batch[0].tolist())
    for run in (kerax_batches, keras_batches):
        epochs = run(np.arange(9.0), **options)
        rows = [sorted(np.concatenate([x for x, _, _ in epoch]).tolist()) for epoch in epochs]
        assert rows == [list(range(9))] * EPOCHS
        if shuffle == "batch":
            groups = [[group(batch) for batch in epoch] for epoch in epochs]
            assert groups == [[[0, 1], [2, 3], [4, 5], [6, 7], [8]]] * EPOCHS


@pytest.mark.parametrize(
    "options",
    [
        {"y": np.ones(4)},
        {"y": [Y, Y], "class_weight": {0: 1.0}},
        {"y": Y, "class_weight": {0: 1.0}, "sample_weight": X},
        {"y": [Y, Y], "sample_weight": [X]},
        {"y": {"a": Y, "b": Y}, "sample_weight": {"a": X}},
        {"y": np.array(["a"] * 5)},
        {"y": np.array([None] * 5)},
    ],
    ids=str,
)
def test_both_refuse(options):
    for run in (kerax_batches, keras_batches):
        with pytest.raises(ValueError):  # noqa: PT011  the messages differ
            run(X, **options)
