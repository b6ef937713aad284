"""`kerax plugins why ID`: how a name is resolved, step by step."""

from collections.abc import Sequence

from kerax.cli.output import format_columns, plugins_on_stderr, print_json
from kerax.cli.parsing import add_json, make_parser
from kerax.plugins.spec import KINDS
from kerax.plugins.tracing import Step, kinds_of, trace

__all__ = ["run"]

VERSION = 1


def run(argv: Sequence[str]) -> int:
    """Print each step from a name to what it stands for, in each kind that has the name.

    Args:
        argv: the words after `kerax plugins why`.

    Returns:
        0 where every trace ends at a component, else 1.
    """
    parser = make_parser(
        "kerax plugins why",
        "Explain how a name is resolved, step by step, and where that ends.",
        "kerax plugins why mse --kind loss",
    )
    parser.add_argument("id", metavar="ID", help="a name such as mse or foo>focal (quote the >)")
    parser.add_argument(
        "--kind", choices=KINDS, metavar="KIND", help="default: every kind that has the name"
    )
    add_json(parser)
    arguments = parser.parse_args(argv)
    # A name that no kind has fails in the same way for each: the first one tells how.
    with plugins_on_stderr():
        kinds = [arguments.kind] if arguments.kind else kinds_of(arguments.id) or [KINDS[0]]
        traces = {kind: trace(kind, arguments.id) for kind in kinds}
    if arguments.json:
        rows = {kind: [vars(step) for step in steps] for kind, steps in traces.items()}
        print_json({"version": VERSION, "id": arguments.id, "traces": rows})
    else:
        print(*(_format(kind, arguments.id, traces[kind]) for kind in traces), sep="\n\n")
    return 0 if all(steps[-1].outcome == "found" for steps in traces.values()) else 1


def _format(kind: str, identifier: str, steps: list[Step]) -> str:
    rows = [
        (f"{number}.", step.name, step.outcome, step.detail) for number, step in enumerate(steps, 1)
    ]
    return "\n".join([f"{kind} {identifier!r}", *format_columns(rows, indent="  ")])
