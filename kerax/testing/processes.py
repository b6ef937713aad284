"""Other processes: what reading a plugin's specs costs, and how a component behaves elsewhere.

Specs are read in a process of their own, once a plugin. Components are observed by one process
(`kerax.testing.probe`) that answers for all of them, because starting JAX takes a second.
"""

import atexit
import base64
import dataclasses
import functools
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from kerax.plugins.provenance import Entry
from kerax.testing.case import Case
from kerax.testing.check import Skip
from kerax.testing.subject import Subject

__all__ = ["Observation", "SpecReading", "observed", "read_specs"]

DEVICES = 4
_SECONDS = 120.0


@dataclass(frozen=True)
class SpecReading:
    """What reading a plugin's specs did in a fresh process.

    Args:
        seconds: CPU time.
        modules: the modules that it imported.
        output: what it wrote to stdout and stderr.
    """

    seconds: float
    modules: frozenset[str]
    output: str


@dataclass(frozen=True)
class Observation:
    """How a component behaved in another process, with one case.

    Args:
        inputs_outputs: what its constructor did with files, sockets and processes.
        touched: what its constructor changed in the process.
        output: what was written to stdout and stderr.
        error: what it raised; empty where nothing.
        results: the arrays that it computed; None where it raised, and for a callback.
        spread: the same where the inputs are spread over four devices; None where it does not
            declare "sharding".
        alone: the same inputs on one device; None likewise.
    """

    inputs_outputs: tuple[str, ...]
    touched: tuple[str, ...]
    output: str
    error: str = ""
    results: tuple[np.ndarray, ...] | None = None
    spread: tuple[np.ndarray, ...] | None = None
    alone: tuple[np.ndarray, ...] | None = None


@functools.cache
def read_specs(entry: Entry) -> SpecReading:
    """Read the specs of a plugin in a fresh process, in which only kerax.plugins is imported.

    Raises:
        AssertionError: where the process fails.
    """
    readings = [_read_specs(entry)]
    if readings[0].seconds > 0.04:  # a busy machine: caches were cold
        readings.append(_read_specs(entry))
    return min(readings, key=lambda reading: reading.seconds)


def _read_specs(entry: Entry) -> SpecReading:
    done = subprocess.run(
        [*_command("spec_reading"), json.dumps(dataclasses.asdict(entry))],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"reading its specs failed: {done.stderr[-1000:]}"
    reply = json.loads(done.stdout.splitlines()[-1])
    return SpecReading(reply["seconds"], frozenset(reply["modules"]), reply["output"])


def observed(subject: Subject, case: Case) -> Observation:
    """Observe a component in another process, with one of its cases.

    Raises:
        AssertionError: where it fails there.
        Skip: where no other process can import it.
    """
    reply = subject.once(subject.cases[0], "observed", lambda: _ask(_request(subject)))
    assert "error" not in reply, f"in another process: {reply['error']}"
    row = reply["cases"][case.name]
    return Observation(
        tuple(row.get("inputs_outputs", ())),
        tuple(row.get("touched", ())),
        reply["output"],
        row.get("error", ""),
        _arrays(row.get("results")),
        _arrays(row.get("spread")),
        _arrays(row.get("alone")),
    )


def _request(subject: Subject) -> dict[str, Any]:
    spec, entry = subject.spec, subject.component.entry
    if subject.installed:
        return {"id": subject.id, "kind": subject.kind}
    modules = [text.partition(":")[0] for text in (spec.target, spec.cases) if text]
    if "__main__" in modules:
        raise Skip("it is defined in the program itself, which no other process can import")
    files = {name: getattr(sys.modules.get(name), "__file__", None) for name in modules}
    fields = {
        key: sorted(value) if isinstance(value, frozenset) else value
        for key, value in dataclasses.asdict(spec).items()
    }
    return {"spec": fields, "entry": dataclasses.asdict(entry), "files": files}


def _arrays(rows: list[dict[str, Any]] | None) -> tuple[np.ndarray, ...] | None:
    if rows is None:
        return None
    return tuple(
        np.frombuffer(base64.b64decode(row["data"]), jax.numpy.dtype(row["dtype"])).reshape(
            row["shape"]
        )
        for row in rows
    )


def _command(module: str) -> list[str]:
    return [sys.executable, "-P", "-W", "ignore", "-m", f"kerax.testing.{module}"]


def _environment() -> dict[str, str]:
    """The other process finds what this one finds, hashes texts otherwise, and has four CPUs."""
    flags = os.environ.get("XLA_FLAGS", "").split()
    flags = [f for f in flags if "xla_force_host_platform_device_count" not in f]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1",
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_X64": str(bool(jax.config.values["jax_enable_x64"])),
        "XLA_FLAGS": " ".join([*flags, f"--xla_force_host_platform_device_count={DEVICES}"]),
    }


class _Probe:
    """A process that observes components, one request a line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            _command("probe"),
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request; a process that ends or hangs is an error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = threading.Timer(_SECONDS, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(f"{json.dumps(request)}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            code = self.process.wait()
            return {"error": f"the process ended with the status {code}", "broken": True}
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


_lock = threading.Lock()
_running: list[_Probe] = []


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    with _lock:
        if not _running:
            _running.append(_Probe())
        reply = _running[0].ask(request)
        if reply.get("broken"):  # what a component left behind must not reach the next one
            _close()
        return reply


def _close() -> None:
    while _running:
        _running.pop().close()


atexit.register(_close)
