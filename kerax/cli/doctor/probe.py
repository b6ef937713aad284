"""The program that tries one plugin: `python -m kerax.cli.doctor.probe NAMESPACE FACTS [FIRST]`.

It runs in a process of its own, so whatever the plugin does ends with it. What is seen goes into
the JSON file FACTS after each stage, and stays there if a later one ends the process. Modules
that the JSON list FIRST names are imported beforehand, so that only the plugin's own effects count.
"""

import contextlib
import importlib
import json
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kerax.cli.doctor.effects import Effects, heavy_among
from kerax.cli.doctor.findings import Finding, chain_of
from kerax.errors import PluginError, PluginLoadError
from kerax.plugins import commands, discovery, loading, resolver, switches
from kerax.plugins.loading import BUILTIN, Plugin
from kerax.plugins.provenance import Component, Entry
from kerax.plugins.requirements import unmet

__all__ = ["find_entry", "probe"]

# What every component may rely on: imported before, so that it is not counted as the plugin's.
ROOMS = ("losses", "metrics", "optimizers", "optimizers.schedules", "regularizers", "initializers")
ROOMS += ("constraints", "activations", "layers", "callbacks", "ops", "random", "config")


def find_entry(namespace: str) -> Entry | None:
    """Return the entry that serves a namespace, None where there is none.

    Raises:
        PluginConflictError: where two distributions claim it.
    """
    if namespace == BUILTIN:
        return loading.builtin_entry()
    return discovery.choose(discovery.catalogue(), namespace, switches.active())


def probe(namespace: str, facts: Path) -> None:
    """Try a plugin in three stages: its specs, its components, its own findings.

    Args:
        namespace: which plugin.
        facts: the file to write what was seen to.
    """
    entry = find_entry(namespace)
    if entry is None:
        return
    seen: dict[str, Any] = {"done": False, "own": [entry.package], "stages": {}}

    def stage(name: str, action: Callable[[], list[Finding]]) -> None:
        seen["stages"][name] = _watched(action)
        facts.write_text(json.dumps(seen), encoding="utf-8")

    stage("specs", lambda: _specs(entry))
    if loading.failure_of(entry) is None:
        for room in ROOMS:
            importlib.import_module(f"kerax.{room}")
        plugin = loading.load(entry)
        seen["own"] += [_module(c.spec.target).partition(".")[0] for c in plugin.components]
        stage("components", lambda: _components(plugin))
        stage("doctor-hook", lambda: _own(namespace))
    seen["done"] = True
    facts.write_text(json.dumps(seen), encoding="utf-8")


def _watched(action: Callable[[], list[Finding]]) -> dict[str, Any]:
    known = set(sys.modules)
    with _captured() as printed:
        effects, wall, cpu = Effects(), time.perf_counter(), time.process_time()
        findings = action()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        changes = effects.since()
    modules = [name for name in sys.modules if name not in known]
    if printed:
        changes.append(("prints", f"prints {printed[0][:200]!r}"))
    return {
        "wall_ms": round(1e3 * wall, 1),
        "cpu_ms": round(1e3 * cpu, 1),
        "modules": modules,
        "heavy": heavy_among(modules),
        "effects": changes,
        "findings": [finding.as_data() for finding in findings],
    }


@contextlib.contextmanager
def _captured() -> Iterator[list[str]]:
    """Gather what is written to stdout and stderr, by C code too, except kerax' own reports."""
    printed: list[str] = []
    with tempfile.TemporaryFile() as file:
        kept = [(number, os.dup(number)) for number in (1, 2)]
        for number, _ in kept:
            os.dup2(file.fileno(), number)
        try:
            yield printed
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in kept:
                os.dup2(copy, number)
                os.close(copy)
            file.seek(0)
            lines = file.read().decode(errors="replace").splitlines(keepends=True)
            text = "".join(line for line in lines if not line.startswith("kerax: "))
            printed += [text] if text else []


def _specs(entry: Entry) -> list[Finding]:
    known = set(sys.modules)
    try:
        plugin = loading.load(entry)
    except PluginLoadError as error:
        return [_load_finding(entry, error)]
    targets = {component.spec.target for component in plugin.components}
    home = entry.value.partition(":")[0].strip()
    early = sorted(t for t in targets if _module(t) in sys.modules.keys() - known - {home})
    if not early:
        return []
    message = f"reading the specs imports {early[0]}; import components only where they are used."
    return [Finding("heavy-specs", message)]


def _module(target: str) -> str:
    return target.partition(":")[0]


def _load_finding(entry: Entry, error: PluginLoadError) -> Finding:
    failure = loading.failure_of(entry)
    phase = failure.phase if failure else "import"
    return Finding(_check_of(entry, phase, error.__cause__), str(error), None, chain_of(error))


def _check_of(entry: Entry, phase: str, cause: BaseException | None) -> str:
    """Tell which check a failure to load belongs to."""
    if phase == "register":
        return "hooks"
    if phase == "validate":
        return "spec" if isinstance(cause, PluginError) else "hook-raises"
    if isinstance(cause, SystemExit):
        return "exit"
    module = entry.value.partition(":")[0].strip()
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        own = module == cause.name or module.startswith(f"{cause.name}.")
        return "entry-point" if own else "missing-dependency"
    return (
        "entry-point" if isinstance(cause, AttributeError) and module in sys.modules else "import"
    )


def _components(plugin: Plugin) -> list[Finding]:
    return [finding for component in plugin.components for finding in _component(component)]


def _component(component: Component) -> Iterator[Finding]:
    problems = [problem for problem in map(unmet, component.spec.needs) if problem]
    if problems:
        needs = ", ".join(component.spec.needs)
        message = f"{component.id} needs {needs}: {'; '.join(problems)}. Install it, or do without."
        yield Finding("unmet-need", message, component.id)
        return
    # That it is deprecated is for its users to know; nothing is wrong with the installation.
    warnings.filterwarnings("ignore", re.escape(f"{component.label}: "), FutureWarning)
    try:
        resolver.lookup(component.spec.kind, component.id)
    except PluginError as error:
        check = _target_check(component, error.__cause__)
        yield Finding(check, str(error), component.id, chain_of(error))


def _target_check(component: Component, cause: BaseException | None) -> str:
    if cause is None:
        return "target-kind"
    if isinstance(cause, SystemExit):
        return "exit"
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        missing = cause.name.partition(".")[0]
        return "target" if missing == component.entry.package else "missing-dependency"
    return "target"


def _own(namespace: str) -> list[Finding]:
    try:
        return [Finding("doctor-hook", line) for line in commands.findings(namespace)]
    except PluginLoadError as error:
        return [Finding("hook-raises", str(error), None, chain_of(error))]


def _import_first(file: str) -> None:
    for module in json.loads(Path(file).read_text("utf-8")):
        with contextlib.suppress(Exception):
            importlib.import_module(module)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        _import_first(sys.argv[3])
    probe(sys.argv[1], Path(sys.argv[2]))
