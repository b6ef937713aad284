"""Read the specs of one plugin and print what that took: `python -m kerax.testing.spec_reading`.

The argument is an entry point as JSON. Nothing but the plugin layer is imported beforehand.
"""

import contextlib
import io
import json
import sys
import time

from kerax.plugins import loading
from kerax.plugins.provenance import Entry

__all__ = ["main"]


def main(argument: str) -> None:
    """Load the plugin of an entry point; print CPU seconds, new modules and output as JSON.

    Args:
        argument: the fields of an `Entry` as JSON.
    """
    entry = Entry(**json.loads(argument))
    written = io.StringIO()
    before = set(sys.modules)
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        start = time.process_time()
        loading.load(entry)
        seconds = time.process_time() - start
    new = sorted(set(sys.modules) - before)
    print(json.dumps({"seconds": seconds, "modules": new, "output": written.getvalue()}))


if __name__ == "__main__":
    main(sys.argv[1])
