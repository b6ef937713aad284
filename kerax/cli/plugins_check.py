"""`kerax plugins check NS|PATH`: the conformance kit over a plugin's components."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from kerax.cli.output import count, plugins_on_stderr, print_json
from kerax.cli.parsing import add_json, make_parser
from kerax.cli.uninstalled import as_installed, find_source
from kerax.errors import ArgumentError
from kerax.plugins import discovery, registry
from kerax.plugins.spec import KINDS, is_namespace
from kerax.testing.report import Report
from kerax.testing.running import check_plugin

__all__ = ["run"]

VERSION = 1
DEVICES = "--xla_force_host_platform_device_count"


def run(argv: Sequence[str]) -> int:
    """Check each component of a plugin, installed or not.

    Args:
        argv: the words after `kerax plugins check`.

    Returns:
        0, or 1 where a component is not ok or there is none.

    Raises:
        PluginError: where the plugin is not installed or fails to load.
    """
    parser = make_parser(
        "kerax plugins check",
        "Run the conformance kit over a plugin's components.",
        "kerax plugins check ./kerax-foo --kind loss",
    )
    parser.add_argument(
        "plugin",
        metavar="NS|PATH",
        help="an installed plugin's namespace; or a project's folder, or the file of a table of "
        "specs, which need not be installed",
    )
    parser.add_argument("--kind", choices=KINDS, metavar="KIND", help="default: every kind")
    add_json(parser)
    arguments = parser.parse_args(argv)
    _provide_devices()
    with contextlib.ExitStack() as stack:
        namespaces = [arguments.plugin]
        path = Path(arguments.plugin)
        if path.exists() and not _is_installed(arguments.plugin):
            try:
                source = find_source(path)
            except ArgumentError as error:
                parser.error(str(error))
            stack.enter_context(as_installed(source))
            namespaces = list(source.entries)
        reports = []
        for report in _reports(namespaces, arguments.kind):
            reports.append(report)
            if not arguments.json:
                print(report, flush=True)
    return _conclude(reports, arguments.json)


def _is_installed(name: str) -> bool:
    return is_namespace(name) and name in discovery.catalogue().claims


def _provide_devices() -> None:
    """Let JAX make several devices of the CPU, which the checks of sharding need.

    The flag is read when JAX first looks for devices, which importing it does not do.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if DEVICES not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {DEVICES}=8".strip()


def _reports(namespaces: list[str], kind: str | None) -> Iterator[Report]:
    for namespace in namespaces:
        with plugins_on_stderr():
            components = registry.third_party(namespace, namespace).components
        # One kind after the other, so that reports appear while others are still to come.
        for each in dict.fromkeys(component.spec.kind for component in components):
            if kind in (None, each):
                with plugins_on_stderr():
                    reports = check_plugin(namespace, each)
                yield from reports


def _conclude(reports: list[Report], as_json: bool) -> int:
    good = sum(report.ok for report in reports)
    if as_json:
        rows = [report.to_dict() for report in reports]
        print_json({"version": VERSION, "ok": good == len(rows) > 0, "components": rows})
    elif reports:
        print(f"\n{count(len(reports), 'component')}: {good} ok, {len(reports) - good} not ok.")
    else:
        print("No components.")
    return 0 if good == len(reports) > 0 else 1
