"""Devices, and their arrangement as a grid with named axes."""

import math
import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh

from kerax.errors import ArgumentError

__all__ = ["DeviceMesh", "get_device_count", "initialize", "list_devices"]


def list_devices(device_type: str | None = None) -> list[str]:
    """Return the names of all devices, of all processes.

    Args:
        device_type: `"cpu"`, `"gpu"` or `"tpu"`; None means JAX's default.

    Returns:
        Names such as `"cpu:0"`.

    Raises:
        RuntimeError: where there is no such device.

    Example:
        >>> list_devices("cpu")[0]
        'cpu:0'

    Reference:
        Keras: keras.distribution.list_devices
    """
    backend = device_type.lower() if device_type else None
    return [_name(device) for device in jax.devices(backend=backend)]


def get_device_count(device_type: str | None = None) -> int:
    """Return the number of devices, of all processes.

    Args:
        device_type: `"cpu"`, `"gpu"` or `"tpu"`; None means JAX's default.

    Returns:
        The number.

    Example:
        >>> get_device_count("cpu") == len(list_devices("cpu"))
        True

    Reference:
        Keras: keras.distribution.get_device_count
    """
    return len(list_devices(device_type))


def initialize(
    job_addresses: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
) -> None:
    """Join this process with the others of a job; call it before anything that uses devices.

    Args:
        job_addresses: the processes' addresses, joined by commas, or the first one's alone; None
            takes `KERAS_DISTRIBUTION_JOB_ADDRESSES`, or what JAX finds on a cluster.
        num_processes: how many; None takes `KERAS_DISTRIBUTION_NUM_PROCESSES`, or JAX's finding.
        process_id: which this one is, from 0; None takes `KERAS_DISTRIBUTION_PROCESS_ID`, or JAX's
            finding.

    Reference:
        Keras: keras.distribution.initialize. JAX: jax.distributed.initialize
    """
    addresses = job_addresses or os.environ.get("KERAS_DISTRIBUTION_JOB_ADDRESSES")
    jax.distributed.initialize(
        coordinator_address=addresses.split(",")[0] if addresses else None,
        num_processes=_number("KERAS_DISTRIBUTION_NUM_PROCESSES", num_processes),
        process_id=_number("KERAS_DISTRIBUTION_PROCESS_ID", process_id),
    )


def _number(variable: str, given: int | None) -> int | None:
    found = os.environ.get(variable)
    return given if given is not None or found is None else int(found)


class DeviceMesh:
    """A grid of devices whose axes have names.

    Args:
        shape: the length of each axis.
        axis_names: the name of each axis, such as `["batch", "model"]`.
        devices: names as `list_devices` gives them, or JAX's devices; all of them where None.

    Raises:
        ArgumentError: where shape, names and devices do not fit each other.

    Example:
        >>> DeviceMesh((1, 1), ["batch", "model"], devices=list_devices()[:1])
        <DeviceMesh shape=(1, 1), axis_names=['batch', 'model']>

    Reference:
        Keras: keras.distribution.DeviceMesh. JAX: jax.sharding.Mesh
    """

    def __init__(
        self,
        shape: Sequence[int],
        axis_names: Sequence[str],
        devices: Sequence[Any] | None = None,
    ):
        if not shape or not axis_names or len(shape) != len(axis_names):
            raise ArgumentError(
                f"DeviceMesh: got shape={shape!r} and axis_names={axis_names!r}; wanted a length "
                "and a name for each axis."
            )
        found = np.array(list_devices() if devices is None else devices).flatten()
        if math.prod(shape) != found.size:
            raise ArgumentError(
                f"DeviceMesh: got shape={tuple(shape)} for {found.size} devices; wanted lengths "
                f"whose product is {found.size}, or `devices=` with {math.prod(shape)} of them."
            )
        self._shape = tuple(shape)
        self._axis_names = list(axis_names)
        self._devices = found.reshape(self._shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._shape

    @property
    def axis_names(self) -> list[str]:
        """The name of each axis."""
        return self._axis_names

    @property
    def devices(self) -> np.ndarray:
        """The devices, of shape `shape`, as they were given."""
        return self._devices

    @cached_property
    def backend_mesh(self) -> Mesh:
        """The mesh for JAX."""
        by_name = {_name(device): device for kind in _platforms(self) for device in kind}
        missing = [d for d in self._devices.flat if isinstance(d, str) and d not in by_name]
        if missing:
            raise ArgumentError(f"DeviceMesh: got devices {missing}; wanted some of {[*by_name]}.")
        found = [by_name[d] if isinstance(d, str) else d for d in self._devices.flat]
        grid = np.array(found).reshape(self._shape)
        return Mesh(grid, self._axis_names, axis_types=(AxisType.Auto,) * grid.ndim)

    def size_of(self, axis: str | None) -> int:
        """Return the length of a named axis, 1 for None."""
        return 1 if axis is None else self._shape[self._axis_names.index(axis)]

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


def _platforms(mesh: DeviceMesh) -> list[Sequence[Any]]:
    """The devices of each platform that the mesh names."""
    names = {d.partition(":")[0] for d in mesh.devices.flat if isinstance(d, str)}
    return [jax.devices(name) for name in sorted(names)]


def _name(device: Any) -> str:
    return f"{device.platform}:{device.id}"
