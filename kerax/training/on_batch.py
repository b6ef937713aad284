"""Training, evaluating and predicting a batch at a time, and early Keras' ways to predict."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kerax import plugins
from kerax.training import loop
from kerax.training.data import make_source
from kerax.training.feed import Chunk

__all__ = ["BatchMethods"]


class BatchMethods:
    """The methods on single batches; a base of `Trainer`, which has what they need."""

    predict: Callable[..., Any]
    reset_metrics: Callable[[], None]
    _require_compiled: Callable[[str], None]
    _prepare: Callable[[Any], None]
    _in_order: Callable[[dict[str, Any]], Any]

    @plugins.attributed
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Train on one batch and return its loss and metrics.

        Args:
            x: inputs `[batch, …]`.
            y: targets.
            sample_weight: a weight for each sample.
            class_weight: a weight for each class.
            return_dict: whether to return a dict by name.

        Returns:
            A float, a list in the order of `metrics_names`, or a dict.

        Reference:
            Keras: keras.Model.train_on_batch
        """
        return self._on_batch("train", (x, y, sample_weight), class_weight, return_dict)

    @plugins.attributed
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Evaluate one batch and return its loss and metrics.

        Args:
            x: inputs `[batch, …]`.
            y: targets.
            sample_weight: a weight for each sample.
            return_dict: whether to return a dict by name.

        Returns:
            A float, a list in the order of `metrics_names`, or a dict.

        Reference:
            Keras: keras.Model.test_on_batch
        """
        return self._on_batch("test", (x, y, sample_weight), None, return_dict)

    def _on_batch(self, mode: str, data: tuple, class_weight: Any, return_dict: bool) -> Any:
        self._require_compiled(f"{mode}_on_batch")
        source = make_source(*data, batch_size=2**31 - 1, class_weight=class_weight, role="fit")
        self._prepare(source)
        batch = source.first_batch()
        self.reset_metrics()
        logs = loop._numbers(loop.Runner(self, mode).run(None, Chunk(1, batch, stacked=False)))
        return logs if return_dict else self._in_order(logs)

    @plugins.attributed
    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch as numpy arrays.

        Args:
            x: inputs `[batch, …]`.

        Returns:
            Arrays in the structure of the outputs.

        Reference:
            Keras: keras.Model.predict_on_batch
        """
        return self.predict(x, batch_size=2**31 - 1, verbose=0)

    def predict_proba(
        self, x: Any, batch_size: int | None = None, verbose: str | int = 0
    ) -> np.ndarray:
        """Return the predicted probabilities: what `predict` returns, as early Keras named it.

        Args:
            x: as for `predict`.
            batch_size: samples a batch; 32 where None.
            verbose: as for `fit`.

        Returns:
            `[samples, classes]`.
        """
        return self.predict(x, batch_size=batch_size, verbose=verbose)

    def predict_classes(
        self, x: Any, batch_size: int | None = None, verbose: str | int = 0
    ) -> np.ndarray:
        """Return the most probable class of each sample.

        Args:
            x: as for `predict`.
            batch_size: samples a batch; 32 where None.
            verbose: as for `fit`.

        Returns:
            int32: the largest output's index for several outputs; whether it exceeds 0.5, in the
            output's shape, for one.
        """
        outputs = np.asarray(self.predict(x, batch_size=batch_size, verbose=verbose))
        if outputs.shape[-1] > 1:
            return outputs.argmax(axis=-1).astype("int32")
        return (outputs > 0.5).astype("int32")
