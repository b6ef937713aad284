"""How an array is cut over a mesh, and rules that choose it by a variable's path."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import jax
from jax.core import Tracer
from jax.sharding import NamedSharding, PartitionSpec

from kerax.distribution.mesh import DeviceMesh
from kerax.errors import ArgumentError, StateError

__all__ = ["LayoutMap", "TensorLayout", "distribute_tensor"]


class TensorLayout:
    """For each axis of an array the mesh axis that it is cut along, or None where it is whole.

    Args:
        axes: names of mesh axes, and None.
        device_mesh: the mesh; a `LayoutMap` fills in its own where None.

    Raises:
        ArgumentError: for names that the mesh lacks.

    Example:
        >>> mesh = DeviceMesh((1,), ["batch"], devices=["cpu:0"])
        >>> tuple(TensorLayout(["batch", None], mesh).backend_layout.spec)
        ('batch', None)

    Reference:
        Keras: keras.distribution.TensorLayout. JAX: jax.sharding.NamedSharding
    """

    def __init__(self, axes: Sequence[str | None], device_mesh: DeviceMesh | None = None):
        self._axes = tuple(axes)
        self._device_mesh = device_mesh
        self._check()

    def _check(self) -> None:
        if self._device_mesh is None:
            return
        named = {axis for axis in self._axes if axis is not None}
        unknown = named - set(self._device_mesh.axis_names)
        if unknown:
            raise ArgumentError(
                f"TensorLayout: got axes {sorted(unknown)}; wanted some of "
                f"{self._device_mesh.axis_names}."
            )

    @property
    def axes(self) -> tuple[str | None, ...]:
        """The mesh axis of each axis."""
        return self._axes

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh: DeviceMesh) -> None:
        if self._device_mesh is not None:
            raise StateError("TensorLayout: the mesh is set already; make another layout.")
        self._device_mesh = device_mesh
        self._check()

    @property
    def backend_layout(self) -> NamedSharding:
        """The sharding for JAX."""
        if self._device_mesh is None:
            raise StateError("TensorLayout: wanted a device mesh; give it as `device_mesh=`.")
        return NamedSharding(self._device_mesh.backend_mesh, PartitionSpec(*self._axes))

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"


def distribute_tensor(tensor: Any, layout: Any) -> jax.Array:
    """Put an array onto devices by a layout; inside a traced function, constrain it so.

    Args:
        tensor: an array.
        layout: a `TensorLayout`, or a sharding of JAX.

    Returns:
        The array, placed.

    Example:
        >>> layout = TensorLayout([None], DeviceMesh((1,), ["batch"], devices=["cpu:0"]))
        >>> distribute_tensor(jax.numpy.ones(2), layout).sharding == layout.backend_layout
        True

    Reference:
        Keras: keras.distribution.distribute_tensor
    """
    sharding = layout.backend_layout if isinstance(layout, TensorLayout) else layout
    if isinstance(tensor, Tracer):
        return jax.lax.with_sharding_constraint(tensor, sharding)
    return jax.device_put(tensor, sharding)


class LayoutMap(MutableMapping):
    """Layouts by path: a key is a path, or a regular expression for whole paths.

    Args:
        device_mesh: the mesh that layouts without one are given.

    Example:
        >>> rules = LayoutMap(DeviceMesh((1,), ["model"], devices=["cpu:0"]))
        >>> rules["dense.*kernel"] = (None, "model")
        >>> rules["dense_1/kernel"].axes
        (None, 'model')

    Reference:
        Keras: keras.distribution.LayoutMap
    """

    def __init__(self, device_mesh: DeviceMesh | None):
        self._layouts: dict[str, TensorLayout] = {}
        self._device_mesh = device_mesh

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh."""
        return self._device_mesh

    def __getitem__(self, key: str) -> TensorLayout | None:  # type: ignore[override]  # as Keras'
        """Return the layout of a path, None where no rule has it.

        Raises:
            ArgumentError: where several rules match the path.
        """
        if key in self._layouts:
            return self._layouts[key]
        found = [rule for rule in self._layouts if re.fullmatch(rule, key)]
        if len(found) > 1:
            raise ArgumentError(
                f"LayoutMap: path {key!r} matches the rules {found}; wanted one at most."
            )
        return self._layouts[found[0]] if found else None

    def __setitem__(self, key: str, layout: Any) -> None:
        if key in self._layouts:
            raise ArgumentError(f"LayoutMap: {key!r} is set to {self._layouts[key]} already.")
        if isinstance(layout, (tuple, list)):
            layout = TensorLayout(tuple(layout), self._device_mesh)
        if not isinstance(layout, TensorLayout):
            raise ArgumentError(
                f"LayoutMap: {key!r}: got {layout!r}; wanted a TensorLayout or a tuple of axes."
            )
        if layout.device_mesh is None and self._device_mesh is not None:
            layout.device_mesh = self._device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key: str) -> None:
        del self._layouts[key]

    def __contains__(self, key: object) -> bool:
        return key in self._layouts

    def __len__(self) -> int:
        return len(self._layouts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layouts)
