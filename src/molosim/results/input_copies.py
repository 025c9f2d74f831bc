"""Copies of what an experiment was made from, so that its folder can be run again."""

from __future__ import annotations

import shutil
from pathlib import Path

from molosim.inputs.emission_settings import FileGrid
from molosim.inputs.fleet import Carrier, OwnTours
from molosim.inputs.scenario import Scenario, dump
from molosim.results.folder import CONFIG

_NAMED = {"boxes": "boxes.geojson", "addresses": "addresses.geojson"}
"""Part of a configuration that names a file, and what its copy is called."""
_GRID = "grid.csv"
_DWELLINGS = "dwellings"
"""Of its table of dwellings, before the suffix that says its format."""
COPIES = (*_NAMED.values(), _GRID, f"{_DWELLINGS}.csv", f"{_DWELLINGS}.parquet")
"""Of the files that a configuration names; those after the first two only where it names one."""


STOPS = "stops_"
"""How copies of carriers' stop tables begin."""


def write_inputs(folder: Path, scenario: Scenario) -> None:
    """The configuration as resolved, into ``config.toml``, beside copies of the files that it names."""
    changes: dict[str, object] = {}
    for key, name in _NAMED.items():
        said = getattr(scenario, key)
        shutil.copyfile(said.file, folder / name)
        changes[key] = said.model_copy(update={"file": name})
    grid = scenario.emissions.grid
    if isinstance(grid, FileGrid):
        shutil.copyfile(grid.file, folder / _GRID)
        own = grid.model_copy(update={"file": _GRID})
        changes["emissions"] = scenario.emissions.model_copy(update={"grid": own})
    changes["carriers"] = tuple(_with_table(folder, i, carrier) for i, carrier in enumerate(scenario.carriers))
    walking = scenario.residents.walking
    if walking.dwellings is not None:
        name = _DWELLINGS + (".parquet" if walking.dwellings.endswith(".parquet") else ".csv")
        shutil.copyfile(walking.dwellings, folder / name)
        own_walking = walking.model_copy(update={"dwellings": name})
        changes["residents"] = scenario.residents.model_copy(update={"walking": own_walking})
    (folder / CONFIG).write_text(dump(scenario.model_copy(update=changes)), encoding="utf-8")


def _with_table(folder: Path, number: int, carrier: Carrier) -> Carrier:
    """A carrier with a copy of its stop table, where it has one."""
    if not isinstance(carrier.home, OwnTours):
        return carrier
    name = f"{STOPS}{number}{Path(carrier.home.file).suffix}"
    shutil.copyfile(carrier.home.file, folder / name)
    return carrier.model_copy(update={"home": carrier.home.model_copy(update={"file": name})})
