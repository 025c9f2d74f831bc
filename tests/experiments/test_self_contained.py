"""A result holds all that it was made from: it is run again elsewhere, and into its own folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.worlds import LON, STEP_LON, small_data, small_sites, town_files
from typer.testing import CliRunner

import molosim
from molosim.cli import app
from molosim.experiments.rerun import rerun
from molosim.inputs.scenario import Scenario

FEW_DAYS = {"horizon.days": 2, "horizon.warmup_days": 0, "horizon.replications": 1, "reference.days": 0}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Folder of files that a configuration names: map, ways on foot, boxes, districts, dwellings."""
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


@pytest.fixture
def result(mine: Path) -> Path:
    """Run twice into one folder."""
    lat = small_sites(1)[0].lat
    (mine / "homes.csv").write_text(f"lon,lat,dwellings\n{LON + 1.5 * STEP_LON},{lat},6\n", encoding="utf-8")
    files = town_files(mine, small_sites(3))
    own = {
        "map.walk_source": files["map.source"],
        "residents.walking": {"dwellings": str(mine / "homes.csv"), "reach_m": 900},
    }
    scenario = Scenario.model_validate_json(json.dumps(small_data({**files, **own, **FEW_DAYS})))
    for _ in range(2):
        molosim.run(scenario, mine.parent / "result", workers=1)
    return mine.parent / "result"


def test_a_folder_runs_again_on_another_machine(result: Path, mine: Path, tmp_path: Path) -> None:
    there = tmp_path / "another" / "machine"
    there.parent.mkdir()
    result.rename(there)
    shutil.rmtree(mine)
    assert {"map.npz", "walk_map.npz", "boxes.geojson", "addresses.geojson", "dwellings.csv"} <= {
        path.name for path in there.iterdir()
    }
    again = rerun(there, workers=1)
    assert (again.made_with, again.outcome) == ((), ())


def test_nothing_in_a_folder_says_where_it_was_made(result: Path, tmp_path: Path) -> None:
    said = [path for path in result.rglob("*") if path.is_file() and str(tmp_path).encode() in path.read_bytes()]
    assert said == []


@pytest.mark.parametrize("command", ["report", "measure --emissions flat", "account", "rerun", "export", "replay"])
def test_an_edited_configuration_is_not_told_as_what_was_run(result: Path, command: str) -> None:
    config = result / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("seed = 1", "seed = 2"), encoding="utf-8")
    name, *options = command.split()
    told = CliRunner().invoke(app, [name, str(result), *options])
    assert (told.exit_code, "config.toml: is not what was run; put it back" in told.output) == (2, True)
