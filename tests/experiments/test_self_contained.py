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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``result``, run twice into one folder, beside ``mine`` with all that its configuration names."""
    mine = tmp_path_factory.mktemp("made") / "mine"
    mine.mkdir()
    lat = small_sites(1)[0].lat
    (mine / "homes.csv").write_text(f"lon,lat,dwellings\n{LON + 1.5 * STEP_LON},{lat},6\n", encoding="utf-8")
    files = town_files(mine, small_sites(3))
    walking = {"dwellings": str(mine / "homes.csv"), "reach_m": 900}
    own = {"map.walk_source": files["map.source"], "residents.walking": walking}
    scenario = Scenario.model_validate_json(json.dumps(small_data({**files, **own, **FEW_DAYS})))
    for _ in range(2):
        molosim.run(scenario, mine.parent / "result", workers=1)
    mine.rename(mine.with_name("elsewhere"))
    return mine.parent


@pytest.fixture
def result(made: Path, tmp_path: Path) -> Path:
    """The result on another machine, where none of the files is that it was made from."""
    return shutil.copytree(made / "result", tmp_path / "another" / "machine")


def test_a_folder_runs_again_on_another_machine(result: Path) -> None:
    names = {path.name for path in result.iterdir()}
    assert {"map.npz", "walk_map.npz", "boxes.geojson", "addresses.geojson", "dwellings.csv"} <= names
    again = rerun(result, workers=1)
    assert (again.made_with, again.outcome) == ((), ())


def test_nothing_in_a_folder_says_where_it_was_made(made: Path) -> None:
    files = [path for path in (made / "result").rglob("*") if path.is_file()]
    assert [path for path in files if str(made).encode() in path.read_bytes()] == []


@pytest.mark.parametrize("command", ["report", "measure --emissions flat", "account", "rerun", "export", "replay"])
def test_an_edited_configuration_is_not_told_as_what_was_run(result: Path, command: str) -> None:
    config = result / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("seed = 1", "seed = 2"), encoding="utf-8")
    name, *options = command.split()
    told = CliRunner().invoke(app, [name, str(result), *options])
    assert (told.exit_code, "config.toml: is not what was run; put it back" in told.output) == (2, True)
