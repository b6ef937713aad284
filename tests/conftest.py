"""What must be settled before the first test imports JAX: devices, compilation, Keras on JAX."""

import atexit
import os
import shutil
import tempfile

DEVICES = "--xla_force_host_platform_device_count=8"

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"
os.environ["MPLBACKEND"] = "agg"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {DEVICES}".strip()

# Most of the time goes to XLA. What one test compiled serves the next, for this session only, and
# code is compiled with few optimizations; JAX_DISABLE_MOST_OPTIMIZATIONS=0 tests with all of them.
# The processes that pytest spreads the tests over share what the first one made.
if "PYTEST_XDIST_WORKER" not in os.environ:
    CACHE = tempfile.mkdtemp(prefix="kerax-tests-")
    atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = CACHE
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
