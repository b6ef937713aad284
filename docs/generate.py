"""Write the reference pages: `python docs/generate.py`; with `--check`, fail where one is stale.

`components.md` comes from the specs of kerax's own plugins, `checks.md` from the conformance kit.
"""

import sys
from pathlib import Path

from kerax.plugins import registry
from kerax.plugins.spec import KINDS
from kerax.testing import list_checks
from kerax.testing.check import NUMERIC_KINDS

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; change the specs or checks instead. -->"


def components() -> str:
    """Return the page of all components that kerax brings."""
    found = [c for plugin in registry.own_plugins() for c in plugin.components]
    lines = ["# Components of kerax", "", NOTE, ""]
    lines += [
        "What a string or a config can name without installing anything else. `kerax plugins list` "
        "shows what is installed on your machine.",
    ]
    for kind in KINDS:
        rows = sorted((c for c in found if c.spec.kind == kind), key=lambda c: c.id)
        lines += ["", f"## {kind} ({len(rows)})", "", "| id | also | |", "|---|---|---|"]
        for component in rows:
            aliases = ", ".join(f"`{alias}`" for alias in component.spec.aliases)
            lines.append(f"| `{component.id}` | {aliases} | {_cell(component.spec.summary)} |")
    return "\n".join(lines) + "\n"


def checks() -> str:
    """Return the page of all checks of the conformance kit."""
    lines = ["# Checks of the conformance kit", "", NOTE, ""]
    lines += ["Ids are stable. `needs` is what a component must declare for the check to apply."]
    shown: set[str] = set()
    titled = {"every kind": KINDS, "every kind but callbacks": NUMERIC_KINDS}
    for title, kinds in (titled | {kind: (kind,) for kind in KINDS}).items():
        common = set.intersection(*({check.id for check in list_checks(k)} for k in kinds)) - shown
        lines += _table(title, [check for check in list_checks(kinds[0]) if check.id in common])
        shown |= common if len(kinds) > 1 else set()
    return "\n".join(lines) + "\n"


def _table(title: str, rows: list) -> list[str]:
    head = ["", f"## {title} ({len(rows)})", "", "| id | what must hold | needs |", "|---|---|---|"]
    for check in rows:
        needs = ", ".join(f"`{need}`" for need in sorted(check.needs | check.contracts))
        head.append(f"| `{check.id}` | {_cell(check.summary)} | {needs} |")
    return head


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write both pages, or compare them."""
    stale = []
    for name, text in (("components.md", components()), ("checks.md", checks())):
        page = FOLDER / name
        if "--check" not in sys.argv:
            page.write_text(text, encoding="utf-8")
        elif not page.is_file() or page.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        print(f"stale: {', '.join(stale)}; run python docs/generate.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
