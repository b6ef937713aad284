"""One measurement in a process of its own: `python -m benchmarks.worker WORKLOAD CONTENDER`.

Prints the sample as JSON on its last line.
"""

import importlib
import json
import sys

from benchmarks.catalogue import WORKLOADS


def main() -> None:
    workload, contender = sys.argv[1:]
    module, function = WORKLOADS[workload].target.split(":")
    measure = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    print(json.dumps(measure(contender)._asdict()))


if __name__ == "__main__":
    main()
