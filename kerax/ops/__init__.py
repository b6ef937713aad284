"""Operations on tensors: JAX functions under Keras' names, which also build graphs.

On arrays, numbers, lists and Variables an op computes. On KerasTensors it records itself, so that
models may be written with ops as well as with layers.

Reference:
    Keras: keras.ops
"""

# The modules below are this namespace; each lists its names in __all__.
from kerax.ops import image as image
from kerax.ops import linalg as linalg
from kerax.ops import operators
from kerax.ops.control import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.convolution import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.core import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.creation import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.crossentropy import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.ctc import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.elementwise import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.linalg import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.nn import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.normalization import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.pooling import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.reductions import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.selection import *  # noqa: F403 - its __all__ lists the names
from kerax.ops.shapes import *  # noqa: F403 - its __all__ lists the names

operators.install()
