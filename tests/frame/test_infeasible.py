"""A fleet whose batteries do not last is told as what it is, everywhere: no difference from it is a finding."""

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.worlds import small_data, small_scenario, small_sites, town_files
from typer.testing import CliRunner

import molosim
from molosim.cli import app, comparison
from molosim.evaluation.measures import MEASURES
from molosim.evaluation.statistics import DRY, INFEASIBLE, compare, compare_models, infeasible
from molosim.experiments.compared_results import compare_results
from molosim.report.answer import answer
from molosim.report.run_data import read
from molosim.results.results import Results

CARGO = {**small_data()["vehicles"]["van"], "body": "bike", "energy": "electricity", "volume_l": 500.0}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Electric vans at sockets of 20 watts, and a cargo bike."""
    folder = tmp_path_factory.mktemp("infeasible")
    changes = {
        **town_files(folder, small_sites(3)),
        "horizon.days": 6,
        "vehicles.van.energy": "electricity",
        "vehicles.van.battery_kwh": 3.0,
        "vehicles.cargo": CARGO,
        "map.bike_source": str(folder / "town.npz"),
        "carriers.0.fleet": [{"from_year": 2025, "mix": {"cargo": 1}}],
        "carriers.0.charging": {"kw": 0.02},
        "plausibility": {},
    }
    return molosim.run(small_scenario(changes), folder / "result", workers=1)


def test_every_difference_from_an_infeasible_plan_is_no_finding(results: Results) -> None:
    dry = infeasible(results.replications)
    assert set(dry) == set(results.scenario.alternatives)
    found, band = results.comparison, results.band
    breaches = found["measure"].str.startswith("breaches_")
    assert set(found[~breaches]["verdict"]) == {INFEASIBLE}
    assert INFEASIBLE not in set(found[breaches]["verdict"])
    assert set(band["verdict"]) == {INFEASIBLE}
    assert answer(read(results.folder)).first.startswith("No answer, for a plan is infeasible")
    lines = comparison.infeasible(results)
    assert len(lines) == len(dry)
    assert lines[0].startswith(f"infeasible: in 'dedicated' {dry['dedicated']} tours took more than")


def test_no_account_calls_it_cheaper_or_greener(results: Results) -> None:
    money = pd.read_csv(results.folder / "accounts" / "costs.csv")
    compared = money["baseline"].notna()
    assert set(money[compared]["verdict"]) == {INFEASIBLE}
    assert set(money[compared]["together"].dropna()) == {INFEASIBLE}
    assert money["eur_per_t_co2e_saved"].isna().all()
    for name in ("inventory", "allocated"):
        table = pd.read_csv(results.folder / "accounts" / f"{name}.csv")
        assert set(table["verdict"].dropna()) == {INFEASIBLE}


def test_no_comparison_of_two_results_finds_anything(results: Results) -> None:
    found = compare_results(results, results).table
    assert set(found[["verdict_a", "verdict_b", "verdict"]].to_numpy().ravel()) == {INFEASIBLE}
    assert found[["difference_a", "difference_b", "change"]].isna().all(axis=None)
    told = CliRunner().invoke(app, ["compare", str(results.folder), str(results.folder)])
    assert told.exit_code == 0, told.output
    assert INFEASIBLE in told.output


def test_only_what_is_compared_with_an_infeasible_plan_is_void() -> None:
    measures = {name: MEASURES[name] for name in ("km_city", DRY)}
    rows = [
        {"alternative": name, "replication": i, "km_city": km + i, DRY: dry}
        for name, km, dry in (("dedicated", 10.0, 0.0), ("shared", 5.0, 0.0), ("hybrid", 7.0, 1.0))
        for i in range(3)
    ]
    table = pd.DataFrame(rows)
    found = compare(table, "dedicated", measures).set_index(["alternative", "measure"])["verdict"]
    assert found["shared", "km_city"] == "less"
    assert found["hybrid", "km_city"] == INFEASIBLE
    assert found["hybrid", DRY] == "more"
    assert set(compare(table, "hybrid", {"km_city": MEASURES["km_city"]})["verdict"]) == {INFEASIBLE}
    models = table.drop(columns=DRY).assign(model="flat")
    band = compare_models(models, "dedicated", impossible=infeasible(table)).set_index("alternative")["verdict"]
    assert band.to_dict() == {"shared": "less", "hybrid": INFEASIBLE}


def test_bikes_tours_are_drawn(results: Results) -> None:
    """Along the streets, as vans'; they have a line each in the sampled day."""
    day = pd.read_json(Path(results.folder) / "sample_day.geojson")["features"]
    lines = [f for f in day if f["geometry"]["type"] == "LineString" and f["properties"]["operator"] == "Alfa"]
    assert len(lines) >= 2 * len(results.scenario.alternatives)
    assert "cargo" in set(results.trips["vehicle_type"])
    manifest = json.loads((Path(results.folder) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["bike_map"] == manifest["map"]
