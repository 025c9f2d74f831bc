"""Reading, varying and writing back."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

import molosim
from molosim.inputs.scenario import dump, find_map, load, map_file
from molosim.policies.threshold import Threshold
from molosim.runtime.errors import ScenarioError

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize("name", ["gothenburg", "aalborg"])
def test_bundled_configurations_load_by_name_and_by_path(name: str) -> None:
    assert load(name) == load(CONFIGS / f"{name}.toml")


def test_a_mark_at_the_beginning_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_text(dump(load("gothenburg")), encoding="utf-8-sig")
    assert load(path) == load("gothenburg")


@pytest.mark.parametrize("name", ["gothenburg", "aalborg"])
def test_a_written_scenario_reads_back_equal(name: str, tmp_path: Path) -> None:
    scenario = load(name)
    path = tmp_path / "again.toml"
    path.write_text(dump(scenario), encoding="utf-8")
    assert load(path) == scenario
    assert dump(load(path)) == dump(scenario)


@pytest.mark.parametrize("name", ["gothenburg", "aalborg"])
def test_every_number_of_a_bundled_configuration_has_a_source(name: str) -> None:
    content = tomllib.loads((CONFIGS / f"{name}.toml").read_text(encoding="utf-8"))
    covered = tuple(content["provenance"])
    for table in ("residents", "carriers", "vehicles", "municipality", "breakdowns", "box_stop", "alternatives"):
        assert any(key.split(".")[0] == table for key in covered)


def test_files_are_found_beside_the_configuration_first(tmp_path: Path) -> None:
    text = (CONFIGS / "gothenburg.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    bundled = load(tmp_path / "mine.toml")
    assert Path(bundled.boxes.file).parent == CONFIGS
    own = tmp_path / Path(bundled.boxes.file).name
    own.write_text(Path(bundled.boxes.file).read_text(encoding="utf-8"), encoding="utf-8")
    assert load(tmp_path / "mine.toml").boxes.file == str(own)


def test_but_changes_values_by_key_path() -> None:
    scenario = molosim.load("gothenburg")
    policy = Threshold(fill=0.8)
    other = scenario.but({"horizon.days": 30, "carriers.1.vans": 5, "alternatives.dedicated.trigger": policy}, seed=7)
    assert (other.horizon.days, other.carriers[1].vans, other.seed) == (30, 5, 7)
    assert other.alternatives["dedicated"].trigger == policy  # type: ignore[attr-defined]
    assert other.but({"horizon.start": date(2025, 2, 3)}).horizon.start == date(2025, 2, 3)
    assert scenario == molosim.load("gothenburg")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("horizon.dayz", "horizon.dayz: unknown key; did you mean 'days'?"),
        ("horizn.days", "horizn: no such key; did you mean 'horizon'?"),
        ("carriers.9.vans", "carriers.9: no such key"),
        ("seed.days", "seed.days: 'seed' is a single value"),
        ("seed.days.x", "seed.days: the key above it is a single value"),
    ],
)
def test_but_refuses_paths_that_do_not_exist(path: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        molosim.load("gothenburg").but({path: 3})
    assert told in str(caught.value)


def test_a_map_that_has_to_be_fetched_first_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOLOSIM_MAPS", str(tmp_path))
    with pytest.raises(ScenarioError, match='molosim map download "Aalborg, Denmark" --name aalborg'):
        map_file(load("aalborg").map)


def test_an_unknown_map_lists_the_known_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOLOSIM_MAPS", str(tmp_path))
    (tmp_path / "mine.npz").touch()
    with pytest.raises(ScenarioError, match="did you mean 'gothenburg_2016'"):
        find_map("gothenburg_2015")
    with pytest.raises(ScenarioError, match="allowed: gothenburg_2016, mine"):
        find_map("x")
