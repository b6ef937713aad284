"""Every block of the README runs."""

import re
from pathlib import Path

from kerax_vision._plugin import plugin

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_blocks_run():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), names)
    assert names["found"].table().shape == (2, 10, 6)


def test_tables_name_every_component():
    for spec in plugin.kerax_components():
        for name in (spec.name, *spec.aliases):
            assert f"`vision>{name}`" in README
