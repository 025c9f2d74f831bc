"""Accounts of a run of the small town, as they stand in its folder."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.worlds import small_scenario, small_sites, town_files
from typer.testing import CliRunner

import molosim
from molosim.cli import app
from molosim.evaluation.allocation import VARIANTS
from molosim.experiments.run import run
from molosim.results.account_tables import write_accounts
from molosim.runtime.errors import ScenarioError

TEXT = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text(encoding="utf-8")
NAMES = ("inventory", "allocated", "costs", "shipments")
COSTS = {"dkk_per_eur": 7.25, "electricity_per_kwh": 0.2, "handling_per_container": 1, "resident_car_per_km": 0.3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two replications; the second carrier drives with batteries and keeps its figures to itself."""
    tmp = tmp_path_factory.mktemp("stored")
    battery = {"volume_l": 1500.0, "payload_kg": 300.0, "adr_points": 60.0, "body": "van", "energy": "electricity"}
    changes = {
        **town_files(tmp, small_sites(6)),
        "vehicles.battery": {**battery, "cost_per_km": 0.1, "cost_per_h": 35.0},
        "carriers.1.vehicle": "battery",
        "accounts": {"confidential": ["Beta"]},
        "costs": COSTS,
        "emissions.cars": {"petrol_share": 0.5, "diesel_share": 0.1, "electric_share": 0.4},
    }
    return run(small_scenario(changes), tmp / "result", workers=1)


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_csv(folder / "accounts" / f"{name}.csv") for name in NAMES}


@pytest.fixture(scope="module")
def measured(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "replications.parquet")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "accounts").iterdir())}


def told(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["account", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_told_in_the_guide(folder: Path, name: str) -> None:
    section = TEXT.partition(f"### {name}.csv")[2].partition("\n### ")[0].partition("\n## ")[0]
    with (folder / "accounts" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)


@pytest.mark.parametrize("by", VARIANTS)
def test_allocated_emissions_add_up_to_the_total(folder: Path, measured: pd.DataFrame, tmp_path: Path, by: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    text = (copy / "config.toml").read_text(encoding="utf-8").replace('confidential = [\n    "Beta",\n]', "")
    (copy / "config.toml").write_text(text, encoding="utf-8")
    write_accounts(copy, by=by, replication=1)
    listed = pd.read_csv(copy / "accounts" / "shipments.csv").groupby("alternative")["co2e_wtw_kg"].sum()
    whole = measured.query("replication == 1").set_index("alternative")["co2e_wtw_operations_kg"]
    np.testing.assert_allclose(listed[whole.index], whole, rtol=1e-9)


def test_allocated_tables_and_measures_are_one(tables: dict[str, pd.DataFrame], measured: pd.DataFrame) -> None:
    found = tables["allocated"].query("vehicles == 'all operators' and allocation == 'mass_sfd'")
    means = measured.groupby("alternative").mean(numeric_only=True)
    for goods in ("parcels", "waste"):
        rows = found[found["goods"] == goods].set_index("alternative")
        np.testing.assert_allclose(rows["co2e_wtw_kg"], means.loc[rows.index, f"co2e_allocated_{goods}_kg"], rtol=1e-7)
        np.testing.assert_allclose(rows["transport_tkm"], means.loc[rows.index, f"tkm_{goods}"], atol=1e-6)
    for _, rows in tables["allocated"].groupby(["alternative", "allocation"]):
        together = rows[rows["vehicles"] == "all operators"]["co2e_wtw_kg"].sum()
        assert together == pytest.approx(means.loc[rows["alternative"].iloc[0], "co2e_wtw_operations_kg"], abs=1e-5)


def test_the_inventorys_total_is_the_citys(tables: dict[str, pd.DataFrame], measured: pd.DataFrame) -> None:
    totals = tables["inventory"].query("scope == '1+2+3'").set_index("alternative")
    city_t = measured.groupby("alternative")["co2e_wtw_city_kg"].mean() / 1000
    np.testing.assert_allclose(totals["co2e_t"], city_t[totals.index], atol=1e-6)
    for name, row in totals.iterrows():
        if name != "dedicated":
            assert row["difference_co2e_t"] == pytest.approx(city_t[name] - city_t["dedicated"], abs=1e-6)
            assert row["low_co2e_t"] <= row["difference_co2e_t"] <= row["high_co2e_t"]


def test_the_sheet_is_of_the_days_that_count(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    horizon = molosim.load(folder / "config.toml").horizon
    first = horizon.start + timedelta(days=horizon.warmup_days)
    assert set(tables["inventory"]["period"]) == {f"{first} to {first + timedelta(days=horizon.days - 1)}"}
    dates = pd.to_datetime(tables["shipments"]["date"]).dt.date
    assert (dates == [first + timedelta(days=day) for day in tables["shipments"]["day"]]).all()


def test_residents_electricity_is_its_energy_by_the_grid(tables: dict[str, pd.DataFrame]) -> None:
    sheet = tables["inventory"].query("alternative == 'none'")
    cars = sheet[sheet["source"].str.startswith("residents' cars", na=False)].set_index("gpc_ref")
    drawn, burnt = cars.loc["II.1.2"], cars.loc["II.1.1"]
    assert drawn["energy_mwh"] == pytest.approx(drawn["activity"] * 0.19 / 1000, abs=1e-6)
    assert drawn["co2e_t"] == pytest.approx(drawn["energy_mwh"] * 0.096, abs=1e-6)
    assert drawn["co2e_t"] > 0
    assert burnt["activity"] / drawn["activity"] == pytest.approx(0.6 / 0.4, rel=1e-4)
    per_km = 0.5 / 0.6 * 0.165 + 0.1 / 0.6 * 0.170
    assert burnt["co2e_t"] == pytest.approx(burnt["activity"] * per_km / 1000, abs=1e-6)


def test_an_idle_fleet_is_not_occurring_and_a_confidential_one_is_not_told(tables: dict[str, pd.DataFrame]) -> None:
    sheet = tables["inventory"].query("alternative == 'shared'")
    fleet = sheet[sheet["covenant_category"] == "Municipal fleet"]
    assert set(fleet["notation"]) == {"NO"}
    assert (fleet["difference_co2e_t"] < 0).any()
    beta = sheet[sheet["source"].str.startswith("Beta", na=False)]
    assert set(beta["notation"]) == {"C"}
    assert beta[["energy_mwh", "co2e_t", "difference_co2e_t", "activity"]].isna().all(axis=None)
    assert "not defined" not in set(sheet["verdict"])
    assert set(tables["shipments"]["operator"]) == {"Alfa", "municipality"}


def test_costs_are_the_measures_in_both_currencies(tables: dict[str, pd.DataFrame], measured: pd.DataFrame) -> None:
    rows = tables["costs"].query("item == 'total'").set_index(["who", "alternative"])
    means = measured.groupby("alternative").mean(numeric_only=True)
    for who, measure in {
        "all operators": "cost_operations",
        "whole city": "cost_city",
        "delivery vans": "cost_vans",
    }.items():
        mine = rows.loc[who]
        np.testing.assert_allclose(mine["cost_eur"], means.loc[mine.index, measure], atol=1e-4)
        np.testing.assert_allclose(mine["cost_dkk"], 7.25 * means.loc[mine.index, measure], atol=1e-3)
    dearer = rows[(rows["verdict"] == "more") & (rows["co2e_verdict"] == "less")]
    assert set(dearer["together"]) <= {"greener but dearer"}
    assert (dearer["eur_per_t_co2e_saved"] > 0).all()


def test_written_again_they_are_the_same_bytes(folder: Path) -> None:
    before = contents(folder)
    output = told(folder, "--currency", "DKK")
    assert contents(folder) == before
    assert "shared against dedicated, whole city: " in output
    assert " DKK [" in output
    assert "allocated kg CO2e per kg of waste" in output


def test_another_split_is_another_list_of_the_same_trips(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    told(copy, "--by", "stops")
    changed = {name for name, content in contents(copy).items() if content != contents(folder)[name]}
    assert changed == {"shipments.csv"}


def test_another_emission_model_has_accounts_of_its_own(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = contents(copy)
    assert f"first: molosim measure {copy} --emissions flat" in told(copy, "--emissions", "flat", code=2)
    assert "--emissions: found 'flad'; did you mean 'flat'?" in told(copy, "--emissions", "flad", code=2)
    for _ in range(2):  # measured again, the folder is whole again
        assert CliRunner().invoke(app, ["measure", str(copy), "--emissions", "flat"]).exit_code == 0
        told(copy, "--emissions", "flat")
    assert contents(copy) == before
    measured = pd.read_parquet(copy / "measured" / "flat" / "replications.parquet")
    totals = pd.read_csv(copy / "measured" / "flat" / "accounts" / "inventory.csv").query("scope == '1+2+3'")
    city_t = measured.groupby("alternative")["co2e_wtw_city_kg"].mean() / 1000
    np.testing.assert_allclose(totals["co2e_t"], city_t[totals["alternative"]], atol=1e-6)


def test_programs_get_rows_and_quiet_is_quiet(folder: Path) -> None:
    said = json.loads(told(folder, "--json"))
    assert {row["who"] for row in said["costs"]} == {"all operators", "whole city"}
    assert {row["allocation"] for row in said["waste"]} >= set(VARIANTS)
    assert told(folder, "--quiet") == ""


def test_faults_are_one_line(folder: Path, tmp_path: Path) -> None:
    assert "replication: found 2; the last is 1" in told(folder, "--replication", 2, code=2)
    assert "is no result of molosim" in told(tmp_path, code=2)
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "pickups.parquet").write_bytes(b"nothing")
    assert "pickups.parquet: is no Parquet file" in told(copy, code=2)
    (copy / "pickups.parquet").unlink()
    assert "pickups.parquet: is missing from the result" in told(copy, code=2)
    with pytest.raises(ScenarioError):
        write_accounts(copy)


def text_of(trips: pa.Table, name: str, value: str) -> pa.Table:
    return trips.set_column(trips.column_names.index(name), name, pa.array([value] * trips.num_rows))


@pytest.mark.parametrize(
    ("table", "change", "line"),
    [
        ("trips", lambda t: t.drop_columns(["waste_lm_sfd"]), "has no column 'waste_lm_sfd'; it is of another version"),
        ("trips", lambda t: text_of(t, "metres", "far"), "column 'metres' holds string; numbers are expected"),
        ("trips", lambda t: text_of(t, "vehicle_type", "tank"), "holds 'tank', which config.toml has not"),
        ("trips", lambda t: text_of(t, "operator", "Zeta"), "holds 'Zeta', which config.toml has not"),
        ("trips", lambda t: t.slice(0, 5), "trips.parquet and boxes.parquet are of different runs"),
        ("trips", lambda t: t.filter(pc.field("purpose") != "collection"), "of a pick-up is not in trips.parquet"),
        ("boxes", lambda t: t.slice(0, 6), "boxes.parquet: has no rows of '"),
        ("boxes", lambda t: t.slice(1), "has 5 rows of 'dedicated', replication 0, none of box 5"),
        ("boxes", lambda t: t.slice(0, 0), "has no rows of 'dedicated', replication 0, which config.toml names"),
    ],
)
def test_tables_that_are_not_of_one_run_are_a_line(
    folder: Path, tmp_path: Path, table: str, change: Callable[[pa.Table], pa.Table], line: str
) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = contents(copy)
    pq.write_table(change(pq.read_table(copy / f"{table}.parquet")), copy / f"{table}.parquet")
    assert line in told(copy, code=2)
    assert contents(copy) == before
