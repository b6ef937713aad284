"""What installed plugins cost: imports and lookups beside 300 distributions or heavy ones."""

import importlib
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.sample import Sample, clock, since_start

LOOKUPS = 100_000

PLUGIN = """
from kerax.plugins import ComponentSpec, hookimpl
{heavy}

class Plugin:
    @hookimpl
    def kerax_components(self):
        return [ComponentSpec(kind="loss", name="gap", target="{package}:gap")]


plugin = Plugin()


def gap(y_true, y_pred):
    return abs(y_true - y_pred)
"""


def measure_import(contender: str) -> Sample:
    """Time `import kerax`, beside 300 distributions or none."""
    _install(contender)
    return Sample(*clock(lambda: importlib.import_module("kerax")))


def measure_first(contender: str) -> Sample:
    """Time the first lookup of a third party's loss, its plugin's own import included."""
    _install(contender)
    plugins = importlib.import_module("kerax.plugins")
    return Sample(*clock(lambda: plugins.lookup("loss", "p0>gap")))


def measure_again(contender: str) -> Sample:
    """Time 100,000 lookups of what has been resolved, against lookups in a dict."""
    _install("1")
    plugins = importlib.import_module("kerax.plugins")
    table = {("loss", "p0>gap"): plugins.lookup("loss", "p0>gap")}
    look_up = plugins.lookup if contender == "lookup" else lambda *key: table[key]

    def run() -> None:
        for _ in range(LOOKUPS):
            look_up("loss", "p0>gap")

    return Sample(*clock(run))


def measure_training(contender: str) -> Sample:
    """Time the first training step from process start, beside 20 plugins, one of them heavy."""
    _install(contender)
    kerax = importlib.import_module("kerax")
    model = kerax.Sequential([kerax.layers.Input((4,)), kerax.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    x = np.ones((32, 4), "float32")
    model.fit(x, x[:, :1], verbose=0)
    imported = [name for name in sys.modules if name.startswith("plugin_of_p")]
    assert not imported, f"training imported {imported}"
    return Sample(*since_start(), model.count_params())


def _install(contender: str) -> None:
    """Put distributions on the path: as many as the contender's name says, every 15th a plugin."""
    folder = Path(tempfile.mkdtemp())
    for index in range(int(contender) if contender.isdigit() else 0):
        info = folder / f"dist_{index}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: dist-{index}\nVersion: 1.0\n"
        (info / "METADATA").write_text(metadata + "Classifier: Any\n" * 40)
        entries = f"[console_scripts]\ndist{index} = dist:main\n"
        if index % 15 == 0 or contender == "20":
            package = f"plugin_of_p{index}"
            entries += f"[kerax.plugins]\np{index} = {package}:plugin\n"
            heavy = "import pandas, sklearn" if index == 19 else ""
            code = PLUGIN.format(package=package, heavy=heavy)
            (folder / f"{package}.py").write_text(code)
        (info / "entry_points.txt").write_text(entries)
    sys.path.insert(0, str(folder))
