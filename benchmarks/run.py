"""Run the benchmarks: `python -m benchmarks.run [WORKLOAD ...] [--rounds 3] [--core 0]`.

Every measurement has a process of its own; the contenders of a workload take turns within a round,
and the order is turned about in every second round. Printed are medians over the rounds of CPU
and wall seconds and of the ratios to installed Keras on JAX, with their spread. Pin to one core
where the machine is busy. Exit status 1 where a contender fails or did other work than its peers.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.catalogue import WORKLOADS
from benchmarks.report import UnfairError, check, table
from benchmarks.sample import STARTED, Sample

ROOT = Path(__file__).parents[1]


def main() -> int:
    arguments = _make_parser().parse_args()
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})  # the workers inherit it
        print(f"pinned to core {arguments.core}")
    failed = False
    for name in arguments.workloads or WORKLOADS:
        try:
            rounds = [_run_round(name, i, arguments.samples) for i in range(arguments.rounds)]
            check(rounds)
            print(table(name, WORKLOADS[name], rounds), end="\n\n", flush=True)
        except (subprocess.CalledProcessError, UnfairError) as error:
            print(f"{name}: {error}\n{getattr(error, 'stderr', '')}", flush=True)
            failed = True
    return int(failed)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description="Compare kerax with Keras on JAX."
    )
    parser.add_argument("workloads", nargs="*", help=f"default: all of {', '.join(WORKLOADS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, help="pin everything to this core (Linux)")
    parser.add_argument("--samples", type=Path, help="append every sample to this file, as JSON")
    return parser


def _run_round(workload: str, index: int, log: Path | None) -> dict[str, Sample]:
    contenders = WORKLOADS[workload].contenders
    samples = {}
    for contender in contenders if index % 2 == 0 else reversed(contenders):
        samples[contender] = sample = _measure(workload, contender)
        if log:
            row = {"workload": workload, "contender": contender, "round": index}
            with log.open("a") as file:
                file.write(json.dumps(row | sample._asdict()) + "\n")
    return samples


def _measure(workload: str, contender: str) -> Sample:
    environment = os.environ | {"KERAS_BACKEND": "jax", STARTED: repr(time.time())}
    environment.setdefault("JAX_PLATFORMS", "cpu")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker", workload, contender],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Sample(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
