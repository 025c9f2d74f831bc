"""Copies of what an experiment was made from, so that its folder can be run again."""

from __future__ import annotations

import shutil
from pathlib import Path

from molosim.emissions.spec import FileGrid
from molosim.experiments.folder import CONFIG
from molosim.scenario import Scenario, dump

_NAMED = {"boxes": "boxes.geojson", "addresses": "addresses.geojson"}
"""Part of a configuration that names a file, and what its copy is called."""
_GRID = "grid.csv"
COPIES = (*_NAMED.values(), _GRID)
"""Of the files that a configuration names; the last only where it names one."""


def write_inputs(folder: Path, scenario: Scenario) -> None:
    """The configuration as resolved, into ``config.toml``, beside copies of the files that it names."""
    changes = {}
    for key, name in _NAMED.items():
        said = getattr(scenario, key)
        shutil.copyfile(said.file, folder / name)
        changes[key] = said.model_copy(update={"file": name})
    grid = scenario.emissions.grid
    if isinstance(grid, FileGrid):
        shutil.copyfile(grid.file, folder / _GRID)
        own = grid.model_copy(update={"file": _GRID})
        changes["emissions"] = scenario.emissions.model_copy(update={"grid": own})
    (folder / CONFIG).write_text(dump(scenario.model_copy(update=changes)), encoding="utf-8")
