"""Distributions: where variables and batches live."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from kerax.distribution.layouts import LayoutMap, TensorLayout
from kerax.distribution.mesh import DeviceMesh, list_devices
from kerax.errors import ArgumentError, ShapeError
from kerax.variable import Variable, current_placement, set_placement

__all__ = ["DataParallel", "Distribution", "ModelParallel", "distribution", "set_distribution"]


class Distribution:
    """Where variables and batches live; the base of all distributions.

    Batches are cut along one axis of the mesh. A subclass says where variables live:
    `get_variable_layout` returns each one's layout.

    Args:
        device_mesh: the mesh.
        batch_dim_name: the mesh axis that batches are cut along.
        auto_shard_dataset: kept for Keras' signature.

    Raises:
        ArgumentError: where the mesh is none, or lacks the axis.

    Reference:
        Keras: keras.distribution.DataParallel's base
    """

    def __init__(
        self, device_mesh: DeviceMesh, batch_dim_name: str, auto_shard_dataset: bool = True
    ):
        where = type(self).__name__
        if not isinstance(device_mesh, DeviceMesh):
            raise ArgumentError(f"{where}: got device_mesh={device_mesh!r}; wanted a DeviceMesh.")
        if batch_dim_name not in device_mesh.axis_names:
            raise ArgumentError(
                f"{where}: got batch_dim_name={batch_dim_name!r}; wanted one of "
                f"{device_mesh.axis_names}."
            )
        self._device_mesh = device_mesh
        self._batch_dim_name = batch_dim_name
        self._auto_shard_dataset = auto_shard_dataset

    @property
    def device_mesh(self) -> DeviceMesh:
        """The mesh."""
        return self._device_mesh

    @property
    def batch_dim_name(self) -> str:
        """The mesh axis that batches are cut along."""
        return self._batch_dim_name

    @property
    def auto_shard_dataset(self) -> bool:
        """What the constructor was given."""
        return self._auto_shard_dataset

    @property
    def num_model_replicas(self) -> int:
        """How many parts a batch is cut into."""
        return self._device_mesh.size_of(self._batch_dim_name)

    @property
    def num_processes(self) -> int:
        """How many processes take part."""
        return jax.process_count()

    @property
    def data_shard_id(self) -> int:
        """Which of the processes this is."""
        return jax.process_index()

    def get_variable_layout(self, variable: Variable) -> TensorLayout:
        """Return a variable's layout; whole on every device unless a subclass knows better."""
        return TensorLayout([None] * len(variable.shape), self._device_mesh)

    def get_data_layout(self, data_shape: Sequence[int]) -> TensorLayout:
        """Return the layout of a batch, cut along its first axis.

        Args:
            data_shape: the batch's shape.
        """
        axes = [self._batch_dim_name, *[None] * (len(data_shape) - 1)] if data_shape else []
        return TensorLayout(axes, self._device_mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """Return the layout of an intermediate result by its path; None leaves it to XLA."""
        return None

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Make this the distribution inside a `with` block."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    # The interface `kerax.variable.Placement`

    def variable_sharding(self, variable: Variable) -> NamedSharding:
        """Return where a variable's value lives.

        Raises:
            ShapeError: where its shape cannot be cut so.
        """
        layout = self.get_variable_layout(variable)
        sizes = [self._device_mesh.size_of(axis) for axis in layout.axes]
        too_long = len(sizes) > len(variable.shape)
        if too_long or any(n % size for n, size in zip(variable.shape, sizes, strict=False)):
            raise ShapeError(
                f"{type(self).__name__}: variable {variable.path} of shape {variable.shape} cannot "
                f"be cut as {layout.axes} over a mesh of shape {self._device_mesh.shape}; wanted "
                "axes divisible by the mesh's. Change its rule in the LayoutMap."
            )
        return layout.backend_layout

    def data_sharding(self, shape: tuple[int, ...], axis: int = 0) -> NamedSharding:
        """Return how data is cut along its batch axis; whole where that does not divide.

        Args:
            shape: the data's shape.
            axis: which of its axes is the batch: 1 for stacked batches.
        """
        if len(shape) <= axis or shape[axis] % self.num_model_replicas:
            return self.replicated()
        spec = PartitionSpec(*[None] * axis, self._batch_dim_name)
        return NamedSharding(self._device_mesh.backend_mesh, spec)

    def replicated(self) -> NamedSharding:
        """Return the sharding of a value that every device holds whole."""
        return NamedSharding(self._device_mesh.backend_mesh, PartitionSpec())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self._device_mesh}>"


class DataParallel(Distribution):
    """Every device holds all variables and its share of each batch.

    Args:
        device_mesh: a mesh, whose first axis batches are cut along.
        devices: the devices to use, where no mesh is given; all of them where None.
        auto_shard_dataset: kept for Keras' signature.

    Raises:
        ArgumentError: where the mesh is none.

    Example:
        >>> DataParallel(devices=["cpu:0"])
        <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>

    Reference:
        Keras: keras.distribution.DataParallel
    """

    def __init__(
        self,
        device_mesh: DeviceMesh | None = None,
        devices: Sequence[Any] | None = None,
        auto_shard_dataset: bool = True,
    ):
        if device_mesh is None:
            found = np.array(list_devices() if devices is None else devices).flatten()
            device_mesh = DeviceMesh((found.size,), ["batch"], found)  # type: ignore[arg-type]  # an array is a sequence
        name = device_mesh.axis_names[0] if isinstance(device_mesh, DeviceMesh) else "batch"
        super().__init__(device_mesh, name, auto_shard_dataset)


class ModelParallel(Distribution):
    """Variables are cut over devices by rules on their paths, batches along one axis.

    An optimizer's slots are cut as the variables that they belong to. A variable without a rule
    is held whole by every device.

    Args:
        layout_map: the rules.
        batch_dim_name: the mesh axis that batches are cut along; the first one where None.
        auto_shard_dataset: kept for Keras' signature.

    Raises:
        ArgumentError: without rules or mesh.

    Example:
        >>> rules = LayoutMap(DeviceMesh((1, 1), ["batch", "model"], devices=["cpu:0"]))
        >>> rules["dense.*kernel"] = (None, "model")
        >>> ModelParallel(layout_map=rules).batch_dim_name
        'batch'

    Reference:
        Keras: keras.distribution.ModelParallel
    """

    def __init__(
        self,
        *,
        layout_map: LayoutMap | None = None,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
    ):
        mesh = layout_map.device_mesh if isinstance(layout_map, LayoutMap) else None
        if layout_map is None or mesh is None:
            raise ArgumentError(
                f"ModelParallel: got layout_map={layout_map!r}; wanted a LayoutMap with a mesh."
            )
        super().__init__(mesh, batch_dim_name or mesh.axis_names[0], auto_shard_dataset)
        self._layout_map = layout_map

    def get_variable_layout(self, variable: Variable) -> TensorLayout:
        """Return the layout of the rule that a variable's path has, else whole."""
        found = self._layout_map[variable.path]
        return super().get_variable_layout(variable) if found is None else found

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """Return the layout of the rule that a path has, or None."""
        return self._layout_map[path]


def distribution() -> Distribution | None:
    """Return the distribution that new variables and `fit` follow, or None.

    Example:
        >>> distribution() is None
        True

    Reference:
        Keras: keras.distribution.distribution
    """
    placement = current_placement()
    return placement if isinstance(placement, Distribution) else None


def set_distribution(value: Distribution | None) -> None:
    """Set the distribution that new variables and `fit` follow.

    Args:
        value: a distribution, or None for JAX's default device.

    Raises:
        ArgumentError: for anything else.

    Example:
        >>> set_distribution(DataParallel(devices=["cpu:0"]))
        >>> set_distribution(None)

    Reference:
        Keras: keras.distribution.set_distribution
    """
    if value is not None and not isinstance(value, Distribution):
        raise ArgumentError(f"set_distribution: got {value!r}; wanted a distribution or None.")
    set_placement(value)
