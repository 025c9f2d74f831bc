"""Experiments with carriers' own tables: their folders can be run again, and a changed table is another experiment."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli_w
from tests.worlds import LAT, LON, STEP_LON, small_scenario, small_sites, town_files

from molosim.experiments.design import load_design
from molosim.experiments.points import files, points
from molosim.experiments.tasks import task_key
from molosim.inputs.fleet import HomeDeliveries, OwnTours
from molosim.inputs.scenario import Scenario, dump, load
from molosim.results.input_copies import write_inputs
from molosim.runtime.errors import ScenarioError

TABLE = f"tour,sequence,lon,lat\n1,1,{LON},{LAT}\n1,2,{LON + STEP_LON},{LAT}\n"


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    (tmp_path / "mine.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "other.csv").write_text(TABLE + f"2,1,{LON},{LAT}\n", encoding="utf-8")
    path = tmp_path / "town.toml"
    path.write_text(dump(small_scenario(town_files(tmp_path, small_sites(2)))), encoding="utf-8")
    return load(path).but({"carriers.0.home": {"kind": "table", "file": str(tmp_path / "mine.csv")}})


def test_a_folder_has_copies_of_the_tables(scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    write_inputs(folder, scenario)
    assert (folder / "stops_0.csv").read_text(encoding="utf-8") == TABLE
    again = load(folder / "config.toml")
    home = again.carriers[0].home
    assert isinstance(home, OwnTours)
    assert home.file == str((folder / "stops_0.csv").resolve())
    assert isinstance(again.carriers[1].home, HomeDeliveries)


def test_tasks_go_by_what_the_table_says_not_by_its_name(scenario: Scenario, tmp_path: Path) -> None:
    same, other = tmp_path / "same.csv", tmp_path / "other.csv"
    same.write_text(TABLE, encoding="utf-8")
    key = task_key(scenario, 0)
    assert task_key(scenario.but({"carriers.0.home.file": str(same)}), 0) == key
    assert task_key(scenario.but({"carriers.0.home.file": str(other)}), 0) != key
    assert task_key(scenario.but({"carriers.0.home.order": "anew"}), 0) != key


def test_tables_can_be_a_factor(scenario: Scenario, tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text(dump(scenario), encoding="utf-8")
    design = {
        "question": "Whose tours?",
        "base": "town.toml",
        "factors": [{"name": "tours", "key": "carriers.0.home.file", "values": ["mine.csv", "other.csv"]}],
        "sampling": {"kind": "grid"},
    }
    (tmp_path / "design.toml").write_text(tomli_w.dumps(design), encoding="utf-8")
    loaded = load_design(tmp_path)
    homes = [point.scenario.carriers[0].home for point in points(loaded)]
    assert [Path(home.file).name for home in homes if isinstance(home, OwnTours)] == ["mine.csv", "other.csv"]
    assert sorted(path.name for path in files(loaded)) == ["mine.csv", "other.csv"]


@pytest.mark.parametrize(
    ("home", "fault"),
    [
        ({"kind": "table", "file": "none.csv"}, "carriers.0.home.file: found 'none.csv'; no such file in"),
        ({"kind": "tabel", "file": "mine.csv"}, "carriers.0.home.kind: found 'tabel'; did you mean 'table'?"),
        ({"kind": "table"}, "carriers.0.home.file: missing"),
        ({"kind": "table", "file": "mine.csv", "order": "shuffled"}, "carriers.0.home.order: found 'shuffled'"),
        ({"stops_per_van_day": 3}, "carriers.0.home.stop_s: missing (seconds)"),
    ],
)
def test_homes_that_cannot_be(scenario: Scenario, home: dict[str, object], fault: str) -> None:
    with pytest.raises(ScenarioError) as error:
        scenario.but({"carriers.0.home": home})
    assert fault in str(error.value)
