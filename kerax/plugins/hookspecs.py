"""The hooks that a plugin may implement: the map of what kerax asks of plugins.

`kerax_components` is the only one that most plugins have. The observers at the end run for the
namespaces that the user lists under `observers`, outside of compiled code.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

from kerax.plugins.spec import ComponentSpec

if TYPE_CHECKING:
    from kerax.plugins.commands import Commands

__all__ = ["PROJECT", "hookimpl"]

PROJECT = "kerax"

hookimpl = pluggy.HookimplMarker(PROJECT)
_hookspec = pluggy.HookspecMarker(PROJECT)


@_hookspec
def kerax_components() -> Iterable[ComponentSpec]:
    """Return the specs of all components of this plugin; import nothing heavy."""
    return ()


@_hookspec(firstresult=True)
def kerax_migrate_config(
    kind: str, name: str, from_schema: int, config: dict[str, Any]
) -> dict[str, Any] | None:
    """Return a config of an older schema version in today's form, None to leave it as it is.

    It is called once, with the version that the config was written with, however old that is; a
    hook that has seen several changes it step by step. `name` is today's name of the component,
    `config` a copy, empty where only the name was saved.
    """


@_hookspec(firstresult=True)
def kerax_cases(kind: str, name: str) -> Iterable[Any] | None:
    """Return cases for the conformance kit: arguments, inputs, oracle, expected failures."""


@_hookspec
def kerax_doctor() -> Iterable[str]:
    """Return findings about this plugin's installation, one line each."""
    return ()


@_hookspec
def kerax_cli(commands: "Commands") -> None:
    """Add sub-commands under `kerax x <namespace>`: `commands.add(name, run, summary)`.

    `run(arguments)` is given the words after the sub-command's name, as a list, and returns the
    exit status, None for 0.
    """


@_hookspec
def kerax_model_compiled(model: Any) -> None:
    """Observe a model that has just been compiled."""


@_hookspec
def kerax_run_started(model: Any, params: dict[str, Any]) -> None:
    """Observe the start of `fit`; `params` are those that callbacks get."""


@_hookspec
def kerax_epoch_finished(model: Any, epoch: int, logs: dict[str, Any]) -> None:
    """Observe the end of an epoch, counted from 0, with its logs."""


@_hookspec
def kerax_run_finished(model: Any, logs: dict[str, Any]) -> None:
    """Observe the end of `fit`, with the logs of its last epoch."""
