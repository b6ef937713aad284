"""ComponentSpec: what a plugin says of one component, as data."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from kerax.errors import PluginError
from kerax.plugins import requirements

__all__ = [
    "API",
    "BASE",
    "CONTRACTS",
    "KINDS",
    "SUPPORTS",
    "ComponentSpec",
    "is_namespace",
]

API = 1

# The tag of what is no component to be named by users, though files may name it.
BASE = "base"

# The first contract of a kind is its default.
CONTRACTS: dict[str, tuple[str, ...]] = {
    "loss": ("per_sample", "scalar"),
    "metric": ("stateful", "functional"),
    "optimizer": ("class", "gradient_transformation"),
    "regularizer": ("scalar",),
    "initializer": ("array",),
    "constraint": ("projection",),
    "activation": ("general", "elementwise"),
    "schedule": ("step",),
    "layer": ("class",),
    "callback": ("class",),
}
KINDS = tuple(CONTRACTS)

SUPPORTS = frozenset(
    {"mask", "sample_weight", "mixed_precision", "sharding", "sparse_labels", "from_logits"}
)

# Written out rather than \w: a name holds ASCII only, so no letter can pass for another.
_NAMESPACE = re.compile(r"[a-z][a-z0-9_]{1,30}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TARGET = re.compile(rf"{_NAME.pattern}(\.{_NAME.pattern})*:{_NAME.pattern}(\.{_NAME.pattern})*")


def is_namespace(text: str) -> bool:
    """Tell whether a text may be a plugin's namespace."""
    return bool(_NAMESPACE.fullmatch(text))


@dataclass(frozen=True)
class ComponentSpec:
    """One component that a plugin offers: its name, where it lives, what it promises.

    A spec is data. Reading it imports neither JAX nor the component's module; `target` is imported
    when the component is first used. Namespace, distribution and version are added by kerax.

    Args:
        kind: `"loss"`, `"metric"`, `"optimizer"`, `"regularizer"`, `"initializer"`,
            `"constraint"`, `"activation"`, `"schedule"`, `"layer"` or `"callback"`.
        name: the name within kind and namespace, of letters, digits and `_`.
        target: `"package.module:attribute"` of the class or function.
        api: version of this contract that the spec is written for.
        schema_version: version of the component's config, raised when its keys change.
        summary: one line for lists.
        aliases: further names within the same kind and namespace.
        tags: free words for searching. `"base"` marks a class to derive from, or to wrap others
            with: it is found by its name, and left out of lists of names.
        doc_url: a page about the component.
        contract: how it is called, of `CONTRACTS[kind]`; None means that kind's first.
        supports: capabilities, of `SUPPORTS`, which the conformance kit verifies.
        deterministic: whether equal inputs give equal results.
        needs: requirements such as `"scipy>=1.11"`, checked before the target is imported.
        min_kerax: the oldest kerax version that it works with.
        deprecated: a sentence naming the replacement, shown when it is used.
        safe_config: whether any JSON config is harmless to construct from.
        cases: `"package.module:function"` that returns cases for the conformance kit.

    Raises:
        PluginError: where a field has another form.

    Example:
        >>> ComponentSpec(kind="loss", name="Focal", target="kerax_foo.losses:Focal").contract
        'per_sample'
    """

    kind: str
    name: str
    target: str
    api: int = API
    schema_version: int = 1
    summary: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    doc_url: str | None = None
    contract: str | None = None
    supports: AbstractSet[str] = frozenset()
    deterministic: bool = True
    needs: tuple[str, ...] = ()
    min_kerax: str | None = None
    deprecated: str | None = None
    safe_config: bool = False
    cases: str | None = None

    def __post_init__(self) -> None:
        self._check("kind", self.kind in KINDS, f"one of {', '.join(KINDS)}")
        self._check("name", _is_name(self.name), "letters, digits and '_' of ASCII")
        self._check("target", _is_target(self.target), "'package.module:attribute'")
        for field in ("aliases", "tags", "needs"):
            self._freeze(field, tuple)
        self._freeze("supports", frozenset)
        if self.contract is None:
            object.__setattr__(self, "contract", CONTRACTS[self.kind][0])
        self._check_options()

    def _check_options(self) -> None:
        contracts = CONTRACTS[self.kind]
        self._check("contract", self.contract in contracts, f"one of {', '.join(contracts)}")
        self._check(
            "aliases",
            all(map(_is_name, self.aliases)),
            "names of this plugin's own namespace, without '>'",
        )
        self._check("supports", self.supports <= SUPPORTS, f"of {', '.join(sorted(SUPPORTS))}")
        self._check("api", _is_version(self.api), "a whole number from 1")
        self._check("schema_version", _is_version(self.schema_version), "a whole number from 1")
        self._check(
            "needs", all(map(requirements.is_requirement, self.needs)), "like 'scipy>=1.11,<2'"
        )
        min_kerax_ok = self.min_kerax is None or requirements.is_version(self.min_kerax)
        self._check("min_kerax", min_kerax_ok, "a version like '0.1'")
        self._check("cases", self.cases is None or _is_target(self.cases), "'package.module:name'")

    def _freeze(self, field: str, kind: type) -> None:
        value = getattr(self, field)
        is_collection = isinstance(value, (tuple, list, set, frozenset))
        is_text = is_collection and all(isinstance(item, str) for item in value)
        self._check(field, is_text, f"a {kind.__name__} of strings")
        object.__setattr__(self, field, kind(value))

    def _check(self, field: str, good: bool, wanted: str) -> None:
        if not good:
            raise PluginError(
                f"ComponentSpec(kind={self.kind!r}, name={self.name!r}): {field}: "
                f"got {getattr(self, field)!a}; wanted {wanted}."
            )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(_NAME.fullmatch(value))


def _is_target(value: Any) -> bool:
    return isinstance(value, str) and bool(_TARGET.fullmatch(value))


def _is_version(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
