"""The checks for every kind: each finds the wrong component made for it, and passes right ones."""

import os
import pickle
import random
import sys
import threading
import warnings

import jax.numpy as jnp
import numpy as np
import pytest

from kerax import layers
from kerax.errors import PluginLoadError
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, check_plugin

FAMILIES = ("spec", "construct", "config", "copy", "process")


class Scale:
    """Multiply by a factor: right in every way, and the base of what is wrong in one."""

    def __init__(self, factor=2.0):
        self.factor = factor

    def __call__(self, x):
        return self.factor * x

    def get_config(self):
        return {"factor": self.factor}


class Undocumented(Scale):
    pass


class NeedsArgument(Scale):
    """It cannot be made without an argument, and no case gives one."""

    def __init__(self, factor):
        super().__init__(factor)


class MakesAnotherKind(Scale):
    """Its constructor gives something that cannot be called."""

    def __new__(cls, factor=2.0):
        return factor


class ReadsFile(Scale):
    """Its constructor reads a file."""

    def __init__(self, factor=2.0):
        super().__init__(factor)
        with open(os.devnull) as file:
            file.read()


class SeedsNumpy(Scale):
    """Its constructor seeds numpy's generator for everybody."""

    def __init__(self, factor=2.0):
        super().__init__(factor)
        np.random.seed(0)


class SeedsPython(Scale):
    """Its constructor seeds Python's generator for everybody."""

    def __init__(self, factor=2.0):
        super().__init__(factor)
        random.seed(0)


class SetsVariable(Scale):
    """Its constructor sets an environment variable."""

    def __init__(self, factor=2.0):
        super().__init__(factor)
        os.environ["SCALE"] = str(os.getpid())


class FiltersWarnings(Scale):
    """Its constructor silences warnings for everybody."""

    def __init__(self, factor=2.0):
        super().__init__(factor)
        warnings.simplefilter("ignore", ResourceWarning)


class StartsThread(Scale):
    """Its constructor starts a thread."""

    def __init__(self, factor=2.0):
        super().__init__(factor)
        threading.Thread(target=threading.Event().wait, daemon=True).start()


class HasNoConfig:
    """It has no config, so no model that uses it can be saved."""

    def __call__(self, x):
        return x


class HoldsSet(Scale):
    """Its config holds what JSON has not."""

    def get_config(self):
        return {"factor": {self.factor}}

    @classmethod
    def from_config(cls, config):
        return cls(*config["factor"])


class ForgetsArgument(Scale):
    """Its config leaves an argument out."""

    def get_config(self):
        return {}


class WritesOtherValue(Scale):
    """Its config has the argument in another unit."""

    def get_config(self):
        return {"factor": 100 * self.factor}


class SwallowsKeys(Scale):
    """It takes any argument."""

    def __init__(self, factor=2.0, **others):
        super().__init__(factor)


class Evaluates(Scale):
    """It promises that any config is harmless, and evaluates the texts in it."""

    def __init__(self, factor=2.0):
        super().__init__(eval(factor) if isinstance(factor, str) and factor else factor)


class KeepsFunction(Scale):
    """It holds a function that cannot be pickled."""

    def __init__(self, factor=2.0):
        super().__init__(factor)
        self.function = lambda x: x

    def __deepcopy__(self, memo):
        return type(self)(self.factor)


class CopiesDefaults(Scale):
    """Its copies have the defaults; pickles are right."""

    def __deepcopy__(self, memo):
        return type(self)()

    def __reduce__(self):
        return type(self), (self.factor,)


class Prints(Scale):
    """It prints when it is called."""

    def __call__(self, x):
        print("scaling")
        return super().__call__(x)


class HashesText(Scale):
    """It uses the hash of a text, which each process salts anew."""

    def __call__(self, x):
        return super().__call__(x) + hash("salt") % 1000


class DiesElsewhere(Scale):
    """It ends the process that observes it."""

    def __call__(self, x):
        if sys.argv[0].endswith("probe.py"):
            os._exit(3)
        return super().__call__(x)


def spec(target, cases=None, **fields):
    fields = {"kind": "activation", "name": "part", "summary": "Scale.", **fields}
    where = f"{__name__}:{cases}" if cases else None
    return ComponentSpec(target=f"{__name__}:{target.__name__}", cases=where, **fields)


def sharp_cases():
    return [Case("sharp", {"factor": 3.0})]


@pytest.mark.parametrize(
    ("part", "check_id"),
    [
        (spec(Scale, summary=" "), "spec.valid"),
        (spec(Scale, summary="a\nb"), "spec.valid"),
        (spec(Scale, doc_url="docs/scale.html"), "spec.valid"),
        (spec(Scale, aliases=("twice", "twice")), "spec.valid"),
        (spec(Undocumented), "spec.documented"),
        (spec(NeedsArgument), "construct.succeeds"),
        (spec(MakesAnotherKind), "construct.succeeds"),
        (spec(ReadsFile), "construct.pure"),
        (spec(SeedsNumpy), "construct.pure"),
        (spec(SeedsPython), "construct.pure"),
        (spec(SetsVariable), "construct.pure"),
        (spec(FiltersWarnings), "construct.pure"),
        (spec(StartsThread), "construct.pure"),
        (spec(ForgetsArgument, "sharp_cases"), "config.round_trips"),
        (spec(WritesOtherValue), "config.round_trips"),
        (spec(SwallowsKeys), "config.unknown_key_refused"),
        (spec(Evaluates, safe_config=True), "config.is_safe"),
        (spec(KeepsFunction), "copy.pickles"),
        (spec(CopiesDefaults, "sharp_cases"), "copy.copies"),
        (spec(Prints), "process.silent"),
        (spec(HashesText), "process.same_result"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.target.rpartition(":")[2],
)
def test_each_wrong_component_fails_the_check_meant_for_it(part, check_id, failures):
    assert failures(part, *FAMILIES) == {check_id}


@pytest.mark.parametrize("target", [HasNoConfig, HoldsSet])
def test_a_config_that_cannot_be_written_fails_where_it_is_written_and_read(target, failures):
    assert failures(spec(target), "config") >= {"config.is_json", "config.round_trips"}


def test_a_component_that_cannot_be_made_fails_once():
    report = check_component(spec(NeedsArgument))
    assert [r.check_id for r in report.results if r.status == "failed"] == ["construct.succeeds"]
    message = next(r.message for r in report.results if r.check_id == "copy.pickles")
    assert message == "it cannot be made, see construct.succeeds"


def test_a_component_that_ends_the_other_process_is_reported_and_harms_no_other(failures):
    wrong = failures(spec(DiesElsewhere), "process", "construct")
    assert wrong == {"process.same_result", "process.silent", "construct.pure"}
    assert not failures(spec(Scale), *FAMILIES)


def plain(x):
    """Return twice the input."""
    return 2 * x


class Shared(layers.Layer):
    """A layer, whose copies must give what it gives."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 2), name="kernel")

    def call(self, x):
        return jnp.tanh(x @ self.kernel.value)


@pytest.mark.parametrize(
    "part",
    [
        spec(Scale),
        spec(Scale, "sharp_cases", doc_url="https://example.org/scale", aliases=("times",)),
        spec(plain, "sharp_plain_cases"),
        spec(Shared, kind="layer"),
    ],
    ids=["class", "class with arguments", "function", "layer with weights"],
)
def test_right_components_pass(part, failures):
    assert not failures(part, *FAMILIES)


def sharp_plain_cases():
    return [Case("only", inputs=(np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2),))]


TABLE = """
    {imports}
    from kerax.plugins import ComponentSpec, hookimpl

    class Plugin:
        @hookimpl
        def kerax_components(self):
            {work}
            return [
                ComponentSpec("activation", "twice", "{package}.parts:twice", summary="Twice.")
            ]

    plugin = Plugin()
"""


@pytest.mark.parametrize(
    ("imports", "work", "message"),
    [
        ("", "", ""),
        ("import jax", "", "reading the specs imports jax"),
        ("from heavy_target.parts import twice", "", "imports heavy_target.parts"),
        ("", "sum(i * i for i in range(3_000_000))", "ms of CPU; wanted at most 50"),
    ],
    ids=["light", "jax", "target", "slow"],
)
def test_reading_specs_must_be_light(plugin_env, monkeypatch, imports, work, message):
    package = "heavy_target" if "heavy_target" in imports else f"kit{abs(hash(message))}"
    table = TABLE.format(imports=imports, work=work, package=package)
    parts = {"parts": 'def twice(x):\n    """Return twice the input."""\n    return 2 * x\n'}
    plugin_env.add(distribution=package.replace("_", "-"), plugin=table, modules=parts)
    monkeypatch.syspath_prepend(plugin_env.site)
    (report,) = check_plugin(f"{package}._plugin:plugin")
    found = next(r for r in report.results if r.check_id == "spec.light")
    assert found.status == ("failed" if message else "passed"), found
    assert message in found.message


def test_a_target_that_cannot_be_imported_is_a_report_of_its_plugin(plugin_env, monkeypatch):
    table = TABLE.format(imports="", work="", package="kit_broken")
    plugin_env.add(distribution="kit-broken", plugin=table, modules={"parts": "import nowhere"})
    monkeypatch.syspath_prepend(plugin_env.site)
    (report,) = check_plugin("kit_broken._plugin:plugin")
    assert not report.ok
    assert [r.check_id for r in report.results] == ["spec.valid"]
    assert "nowhere" in report.results[0].message


def test_a_missing_target_of_a_single_spec_is_raised():
    part = ComponentSpec("loss", "gone", f"{__name__}:gone")
    with pytest.raises(PluginLoadError, match="gone"):
        check_component(part)


def test_seeds_drawn_by_default_are_no_difference(failures):
    part = ComponentSpec(
        "initializer", "glorot", "kerax.initializers:GlorotUniform", summary="Uniform."
    )
    assert not failures(part, *FAMILIES)
    assert pickle.loads(pickle.dumps(Scale(3.0))).factor == 3.0
