"""Tell the plugins that the user listed as observers what happens; outside of compiled code."""

from functools import partial
from typing import Any

from kerax.errors import PluginError
from kerax.plugins import discovery, loading, switches
from kerax.plugins.provenance import report

__all__ = ["observe"]


def observe(hook: str, **facts: Any) -> None:
    """Call one observer hook of each plugin listed under `observers`.

    An observer that fails is reported on stderr and never stops the run.

    Args:
        hook: such as `"kerax_epoch_finished"`.
        **facts: the hook's arguments.

    Example:
        >>> observe("kerax_run_finished", model=None, logs={})
    """
    settings = switches.active()
    if not settings.observers:
        return
    for namespace, claims in sorted(discovery.catalogue().claims.items()):
        if not any(map(settings.observes, claims)):
            continue
        try:
            entry = discovery.choose(discovery.catalogue(), namespace, settings)
            if entry is None or not settings.observes(entry):
                continue
            call = getattr(loading.load(entry).manager.hook, hook)
            loading.guarded(entry, "observe", partial(call, **facts))
        except PluginError as error:
            if settings.strict:
                raise
            report(str(error))
