"""PyDataset: batches by index, written by the user in Python."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["PyDataset", "fetch"]


class PyDataset:
    """A dataset of whole batches, each fetched by its index.

    Subclasses define `__len__`, the number of batches, and `__getitem__`, which returns one batch
    as `(x,)`, `(x, y)` or `(x, y, sample_weight)`. An endless one defines `num_batches` as None.

    Args:
        workers: how many threads fetch batches ahead; at most 1 fetches in the training thread.
        use_multiprocessing: kept for Keras' signature; threads do the work here.
        max_queue_size: how many batches are fetched ahead at most.

    Example:
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 2
        ...
        ...     def __getitem__(self, index):
        ...         return [[index]], [[index**2]]
        >>> Squares().num_batches
        2

    Reference:
        Keras: keras.utils.PyDataset, which starts processes for `use_multiprocessing`.
    """

    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return batch `index`."""
        raise NotImplementedError(f"{type(self).__name__}.__getitem__ is not defined.")

    @property
    def num_batches(self) -> int | None:
        """Number of batches in an epoch; None where they never end."""
        if hasattr(self, "__len__"):
            return len(self)  # type: ignore[arg-type]  # subclasses define it
        raise NotImplementedError(
            f"{type(self).__name__}: define __len__, or num_batches as None for endless data."
        )

    def on_epoch_begin(self) -> None:
        """Do what is to be done before an epoch's first batch."""

    def on_epoch_end(self) -> None:
        """Do what is to be done after an epoch's last batch, such as shuffling."""


def fetch(
    get: Callable[[int], Any], indices: Sequence[int] | Iterator[int], workers: int, ahead: int
) -> Iterator[Any]:
    """Yield `get(index)` for each index in order, with threads fetching ahead.

    Args:
        get: returns one batch; called from several threads where `workers` is above 1.
        indices: what to fetch; may be endless.
        workers: number of threads.
        ahead: how many batches may wait.
    """
    if workers <= 1:
        yield from map(get, indices)
        return
    waiting: deque[Future] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="PyDataset") as pool:
        try:
            for index in indices:
                waiting.append(pool.submit(get, index))
                if len(waiting) > max(ahead, 1):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
