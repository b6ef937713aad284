"""Try one plugin in processes of its own, and make findings of what was seen there."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerax.cli.doctor.findings import Finding

__all__ = ["CPU_BUDGET_MS", "diagnose"]

CPU_BUDGET_MS = 50.0
PROGRAM = "kerax.cli.doctor.probe"

# Statuses under which a plugin is not used, so nothing of it is imported here either.
UNUSED = ("disabled", "conflict", "rejected")


def diagnose(row: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Examine a plugin.

    Args:
        row: the plugin's row of `kerax.plugins.describe`.
        timeout: seconds after which its process is ended.

    Returns:
        The row without its components, with `findings` and, where the plugin was tried,
        `specs` and `components`: what importing each took, `{"wall_ms", "cpu_ms", "packages"}`.
    """
    found = {key: value for key, value in row.items() if key != "components"}
    if row["status"] in UNUSED:
        return {**found, "findings": []}
    seen, end = _run(row["namespace"], timeout)
    stages, own = seen["stages"], set(seen["own"])
    findings = [Finding(**item) for stage in stages.values() for item in stage["findings"]]
    if "specs" in stages:
        findings += _specs_findings(stages["specs"])
    findings += _effects(row["namespace"], own, stages, timeout)
    findings += [end] if end else []
    loaded = seen["done"] and "components" in stages
    return {
        **found,
        "status": "loaded" if loaded else "failed",
        **{name: _cost(stages[name], own) for name in ("specs", "components") if name in stages},
        "findings": [finding.as_data() for finding in findings],
    }


def _run(
    namespace: str, timeout: float, first: Sequence[str] = ()
) -> tuple[dict[str, Any], Finding | None]:
    """Run the probe; return what it saw, and a finding where it did not come to its end."""
    with tempfile.TemporaryDirectory() as folder:
        facts, beforehand = Path(folder, "facts.json"), Path(folder, "first.json")
        beforehand.write_text(json.dumps(list(first)), encoding="utf-8")
        command = [sys.executable, "-m", PROGRAM, namespace, str(facts), str(beforehand)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=timeout, errors="replace"
            )
            end = f"the process ended with status {done.returncode}", done.stderr
        except subprocess.TimeoutExpired:
            end = None
        seen = {"done": False, "own": [], "stages": {}}
        if facts.is_file():
            seen = json.loads(facts.read_text("utf-8"))
    if seen["done"]:
        return seen, None
    where = "importing components" if "specs" in seen["stages"] else "reading the specs"
    if end is None:
        return seen, Finding("hangs", f"{where} did not end within {timeout:.0f} s.")
    status, errors = end
    last = tuple(line for line in errors.splitlines()[-1:] if line)
    return seen, Finding("died", f"{status} while {where}.", None, last)


def _specs_findings(stage: dict[str, Any]) -> list[Finding]:
    findings = []
    if stage["heavy"]:
        message = (
            f"reading the specs imports {', '.join(stage['heavy'])}; import it in the modules of "
            "the components."
        )
        findings.append(Finding("heavy-specs", message))
    if stage["cpu_ms"] > CPU_BUDGET_MS:
        message = (
            f"reading the specs takes {stage['cpu_ms']:.0f} ms of CPU time; wanted at most "
            f"{CPU_BUDGET_MS:.0f} ms."
        )
        findings.append(Finding("slow-specs", message))
    return findings


def _effects(
    namespace: str, own: set[str], stages: dict[str, Any], timeout: float
) -> list[Finding]:
    """Return the side effects of the plugin's own code.

    Where there are any, or JAX was imported and its configuration could not be watched, a second
    process imports the packages that the plugin uses beforehand, and only what is seen then counts.
    """
    if not any(stage["effects"] or "jax" in stage["heavy"] for stage in stages.values()):
        return []
    modules = [module for stage in stages.values() for module in stage["modules"]]
    first = [module for module in modules if module.partition(".")[0] not in own]
    again, _ = _run(namespace, timeout, first)
    words = {"specs": "reading the specs", "components": "importing components"}
    return [
        Finding(check, f"{words.get(name, 'its kerax_doctor hook')} {deed}")
        for name, stage in (again["stages"] or stages).items()
        for check, deed in stage["effects"]
    ]


def _cost(stage: dict[str, Any], own: set[str]) -> dict[str, Any]:
    tops = {module.partition(".")[0] for module in stage["modules"]}
    tops -= own | sys.stdlib_module_names
    return {
        "wall_ms": stage["wall_ms"],
        "cpu_ms": stage["cpu_ms"],
        "packages": sorted(top for top in tops if not top.startswith("_")),
    }
