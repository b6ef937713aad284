"""`kerax plugins doctor [NS …]`: try each plugin in a process of its own."""

import os
import platform
import textwrap
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import kerax
from kerax.cli.doctor.diagnosis import diagnose
from kerax.cli.doctor.findings import Finding
from kerax.cli.doctor.installation import examine
from kerax.cli.output import count, print_json
from kerax.cli.parsing import add_json, make_parser
from kerax.plugins import registry
from kerax.plugins.requirements import installed_version, normalized

__all__ = ["run"]

VERSION = 1
PACKAGES = ("jax", "numpy", "optax", "pluggy")
WIDTH = 100


def run(argv: Sequence[str]) -> int:
    """Examine the installation and each plugin, or those that are named.

    Args:
        argv: the words after `kerax plugins doctor`.

    Returns:
        0, or 1 where there are findings.

    Raises:
        PluginNotFoundError: where no plugin has the name.
    """
    parser = make_parser(
        "kerax plugins doctor",
        "Try each plugin in a process of its own; report broken parts, unmet needs, conflicts, "
        "slow imports and side effects.",
        "kerax plugins doctor --json",
    )
    parser.add_argument("plugins", nargs="*", metavar="NS", help="default: every plugin")
    parser.add_argument(
        "--timeout", type=float, default=120, metavar="S", help="seconds a plugin; default: 120"
    )
    add_json(parser)
    arguments = parser.parse_args(argv)
    # Everything is to be seen, so the first thing that is wrong must not end the examination.
    os.environ.pop("KERAX_PLUGINS_STRICT", None)
    rows, installation = examine()
    if arguments.plugins:
        rows = _named(rows, arguments.plugins)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        plugins = list(pool.map(partial(diagnose, timeout=arguments.timeout), rows))
    report = _report(installation, plugins)
    if arguments.json:
        print_json(report)
    else:
        print(*_as_lines(report), sep="\n")
    return 1 if report["findings"] else 0


def _named(rows: list[dict[str, Any]], plugins: list[str]) -> list[dict[str, Any]]:
    """Return the rows that names of namespaces or distributions stand for."""
    found = []
    for name in plugins:
        bearing = [
            row
            for row in rows
            if normalized(name) in map(normalized, (row["namespace"], row["distribution"]))
        ]
        if rows and not bearing:
            registry.third_party(name, name)
        found += [row for row in bearing if row not in found]
    return found


def _report(installation: list[Finding], plugins: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "versions": {
            "kerax": kerax.__version__,
            "python": platform.python_version(),
            **{name: installed_version(name) or "not installed" for name in PACKAGES},
        },
        "installation": [finding.as_data() for finding in installation],
        "plugins": plugins,
        "findings": len(installation) + sum(len(row["findings"]) for row in plugins),
    }


def _as_lines(report: dict[str, Any]) -> Iterator[str]:
    yield ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    yield "\ninstallation"
    yield from _findings(report["installation"])
    for row in report["plugins"]:
        yield f"\n{row['namespace']}  ({row['distribution']} {row['version']}, {row['status']})"
        yield f"  in {row['location']}"
        for stage in ("specs", "components"):
            if stage in row:
                yield f"  {_cost(stage, row[stage])}"
        yield from _findings(row["findings"])
    number = report["findings"]
    yield f"\n{count(number, 'finding')}." if number else "\nNothing found."


def _cost(stage: str, cost: dict[str, Any]) -> str:
    packages = ", ".join(cost["packages"])
    text = f"{stage}: {cost['wall_ms']:.0f} ms, CPU {cost['cpu_ms']:.0f} ms"
    return f"{text}, imports {packages}" if packages else text


def _findings(findings: list[dict[str, Any]]) -> Iterator[str]:
    if not findings:
        yield "  ok"
    for finding in findings:
        text = f"{finding['check']}: {finding['message']}"
        yield from textwrap.wrap(
            text, WIDTH, initial_indent="  ! ", subsequent_indent="    ", break_long_words=False
        )
        yield from (f"      {line}" for line in finding["chain"])
