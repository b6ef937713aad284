"""Many devices: meshes, layouts, and the distributions that place variables and batches.

A distribution is a `kerax.variable.Placement`: `variable_sharding(variable)` says where a
variable's value lives, `data_sharding(shape, axis)` how an array of batches is split, and
`replicated()` what every device holds whole. Creation of variables and `fit` ask it for nothing
else, so a new kind of distribution is a class with these three methods.

A step is one program over all devices: the loss, the statistics of BatchNormalization and the
metrics are those of the whole batch. A batch that the devices do not divide evenly, such as an
epoch's last, is held whole by each of them; results are the same.
"""

from kerax.distribution.layouts import LayoutMap, TensorLayout, distribute_tensor
from kerax.distribution.mesh import DeviceMesh, get_device_count, initialize, list_devices
from kerax.distribution.strategies import (
    DataParallel,
    Distribution,
    ModelParallel,
    distribution,
    set_distribution,
)

__all__ = [
    "DataParallel",
    "DeviceMesh",
    "Distribution",
    "LayoutMap",
    "ModelParallel",
    "TensorLayout",
    "distribute_tensor",
    "distribution",
    "get_device_count",
    "initialize",
    "list_devices",
    "set_distribution",
]
