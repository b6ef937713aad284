"""Observe components in this process, for another one: `python -m kerax.testing.probe`.

A request is a line of JSON on stdin, its answer a line of JSON on what stdout was at first; stdout
and stderr are caught, so that what a component writes is part of the answer.
"""

import base64
import importlib.util
import json
import os
import re
import sys
import tempfile
from typing import Any, TextIO

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from kerax.plugins.provenance import Component, Entry
from kerax.plugins.spec import ComponentSpec
from kerax.testing.arguments import resolved
from kerax.testing.case import Case
from kerax.testing.check import list_checks
from kerax.testing.subject import PureCall, Subject, find_subject, pure_call, subject_of
from kerax.testing.surroundings import changes, watching

__all__ = ["answer", "main", "spread"]

# Lines that XLA's C++ writes by itself, such as about the machine that code was compiled on.
_LOG_LINE = re.compile(r"^(?:[IWEF]\d{4} .*|WARNING: All log messages before absl.*)$", re.M)


def main() -> None:
    """Answer requests until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with tempfile.TemporaryFile("w+", encoding="utf-8") as caught:
        for descriptor in (1, 2):
            os.dup2(caught.fileno(), descriptor)
        jnp.zeros(1).block_until_ready()
        _written(caught)
        for line in sys.stdin:
            reply = answer(json.loads(line))
            reply["output"] = _written(caught)
            print(json.dumps(reply), file=answers, flush=True)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Observe the component that a request describes, with all of its cases.

    Args:
        request: `id` and `kind`, or `spec`, `entry` and `files` of one that is not installed.

    Returns:
        `{"cases": {name: row}}`, or `{"error": text}`. A row has `inputs_outputs`, `touched` and
        `results` as far as it came until an `error`; `broken` says that this process is no more
        as it was.
    """
    try:
        subject = _subject(request)
    except (Exception, SystemExit) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    list_checks(subject.kind)  # which also says how the kind is called
    rows = {case.name: _row(subject, case) for case in subject.cases}
    return {"cases": rows, "broken": any(row.get("touched") for row in rows.values())}


def _subject(request: dict[str, Any]) -> Subject:
    if "spec" not in request:
        return find_subject(request["id"], request["kind"])
    for name, file in request["files"].items():
        _import_file(name, file)
    spec = ComponentSpec(**request["spec"])
    return subject_of(Component(spec, Entry(**request["entry"])), installed=False)


def _import_file(name: str, file: str | None) -> None:
    """Import a module under its name from its file, as test modules have no place on the path."""
    if name in sys.modules or file is None:
        return
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _row(subject: Subject, case: Case) -> dict[str, Any]:
    row: dict[str, Any] = {}
    try:
        row |= _constructed(subject, case)
        if subject.kind != "callback":
            row |= _computed(subject, case)
    except (Exception, SystemExit) as error:
        row["error"] = f"{type(error).__name__}: {error}"
    return row


def _constructed(subject: Subject, case: Case) -> dict[str, Any]:
    if not (subject.is_class or subject.spec.contract == "gradient_transformation"):
        return {"inputs_outputs": [], "touched": []}
    resolved(case.kwargs)  # makes the temporary directory, where one is asked for
    with watching() as seen:
        touched = changes(lambda: subject.make(case))
    return {"inputs_outputs": sorted(set(seen)), "touched": touched}


def _computed(subject: Subject, case: Case) -> dict[str, Any]:
    call = pure_call(subject, case)
    row = {"results": _encoded(call())}
    if "sharding" in subject.spec.supports:
        arguments = _divisible(call)
        function = jax.jit(call.function)
        row["alone"] = _encoded(function(*arguments))
        row["spread"] = _encoded(function(*spread(arguments, call)))
    return row


def spread(arguments: tuple[Any, ...], call: PureCall) -> tuple[Any, ...]:
    """Place arrays on all devices: batches by their rows, others by their first axis if it fits.

    Args:
        arguments: the arrays.
        call: says which of them are batches; beside batches, other arrays are on each device.

    Returns:
        The placed arrays.
    """
    devices = np.array(jax.devices())
    mesh = Mesh(devices, ("batch",))

    def place(x: Any, by_rows: bool) -> Any:
        fits = by_rows and np.ndim(x) > 0 and np.shape(x)[0] % len(devices) == 0
        return jax.device_put(x, NamedSharding(mesh, PartitionSpec("batch" if fits else None)))

    all_by_rows = not any(call.batched)
    return tuple(
        jax.tree.map(lambda x, by_rows=batched or all_by_rows: place(x, by_rows), tree)
        for tree, batched in zip(arguments, call.batched, strict=True)
    )


def _divisible(call: PureCall) -> tuple[Any, ...]:
    """Repeat the rows of batches until they can be divided among the devices."""
    count = len(jax.devices())
    return tuple(
        jax.tree.map(lambda x: np.concatenate([np.asarray(x)] * count), tree) if batched else tree
        for tree, batched in zip(call.arguments, call.batched, strict=True)
    )


def _encoded(results: Any) -> list[dict[str, Any]]:
    arrays = [np.asarray(x) for x in jax.tree.leaves(results)]
    return [
        {
            "dtype": x.dtype.name,
            "shape": x.shape,
            "data": base64.b64encode(np.ascontiguousarray(x).tobytes()).decode(),
        }
        for x in arrays
    ]


def _written(caught: TextIO) -> str:
    """Return and forget what was written since the last call."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    caught.seek(0)
    text = caught.read()
    caught.seek(0)
    caught.truncate()
    return _LOG_LINE.sub("", text).strip()


if __name__ == "__main__":
    main()
