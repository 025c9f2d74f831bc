"""A stored run measured again, and an all-electric run against its hours."""

import importlib
import itertools
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w
from tests.worlds import LAT, LON, STEP_LAT, STEP_LON, as_if_run, small_data, small_sites, town_files
from typer.testing import CliRunner

import molosim
from molosim.cli import app
from molosim.emissions import MODELS
from molosim.emissions.grid import conditions_of
from molosim.evaluation.measures import RunView
from molosim.evaluation.statistics import different
from molosim.experiments.remeasure import home_of, remeasure
from molosim.experiments.tasks import task_key
from molosim.results.results import Results
from molosim.runtime.errors import ScenarioError

SHORT = {"horizon.days": 5, "horizon.warmup_days": 1, "horizon.replications": 2}


def town(folder: Path, **changes: object) -> Results:
    """A run of the small town."""
    (folder / "town").mkdir()
    data = small_data({**town_files(folder / "town", small_sites(3)), **SHORT})
    (folder / "town.toml").write_text(tomli_w.dumps(data))
    return molosim.run(molosim.load(folder / "town.toml").but(changes), folder / "result", workers=1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run with diesel vans, not to be changed."""
    return town(tmp_path_factory.mktemp("kept")).folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "result")


def fault(folder: Path, model: str = "flat", **more: object) -> str:
    with pytest.raises(ScenarioError) as error:
        remeasure(folder, model, **more)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    assert not (folder / "measured" / model).exists()
    return str(error.value)


def test_measured_again_by_its_own_model_it_is_the_same(folder: Path) -> None:
    before, again = Results(folder), remeasure(folder, "speed_stop")
    pd.testing.assert_frame_equal(pd.read_parquet(again / "replications.parquet"), before.replications)
    assert (again / "comparison.csv").read_bytes() == (folder / "comparison.csv").read_bytes()
    assert (again / "band.csv").read_bytes() == (folder / "band.csv").read_bytes()


@pytest.mark.parametrize("model", ["flat_danish", "average_speed", "speed_stop_corrected", "speed_stop_euro_5"])
def test_another_model_moves_co2e_and_nothing_that_was_counted(folder: Path, model: str) -> None:
    before = Results(folder).replications
    now = pd.read_parquet(remeasure(folder, model) / "replications.parquet")
    pd.testing.assert_series_equal(now["co2e_wtw_city_kg"], before[f"co2e_wtw_city_{model}_kg"], check_names=False)
    same = [c for c in before.columns if not c.startswith(("co2", "g_per_km", "diesel_l", "nox", "particles"))]
    pd.testing.assert_frame_equal(now[same], before[same])


def test_what_a_model_does_not_know_is_not_left_over_from_another(folder: Path) -> None:
    assert (Results(folder).replications["nox_vans_g"] > 0).all()
    assert pd.read_parquet(remeasure(folder, "flat") / "replications.parquet")["nox_vans_g"].isna().all()


def test_measured_again_no_vehicle_keeps_a_model_of_its_own(folder: Path) -> None:
    config = folder / "config.toml"
    said = tomllib.loads(config.read_text(encoding="utf-8"))
    said["vehicles"]["van"]["emission_model"] = "speed_stop_euro_5"
    as_if_run(folder, tomli_w.dumps(said))
    now = pd.read_parquet(remeasure(folder, "flat") / "replications.parquet")
    pd.testing.assert_series_equal(now["co2e_wtw_city_kg"], now["co2e_wtw_city_flat_kg"], check_names=False)


def test_what_is_written_can_be_run_and_says_its_model(folder: Path) -> None:
    out = remeasure(folder, "average_speed")
    assert molosim.load(out / "config.toml").emissions.model == MODELS["average_speed"]
    assert sorted(path.name for path in (folder / "measured").iterdir()) == ["average_speed"]
    remeasure(folder, "average_speed")  # and again, in its place


def test_the_band_holds_every_model_and_the_headline_is_one_of_them(kept: Path) -> None:
    results = Results(kept)
    assert list(results.band["model"].unique()) == list(MODELS)
    mine = results.band[results.band["model"] == "speed_stop"].drop(columns="model").reset_index(drop=True)
    of_co2e = results.comparison[results.comparison["measure"].isin(mine["measure"])]
    keys = ["alternative", "measure"]
    both = mine.merge(of_co2e, on=keys, suffixes=("", "_headline"))
    assert len(both) == len(mine)
    assert np.array_equal(both["difference"], both["difference_headline"])
    assert (both["verdict"] == both["verdict_headline"]).all()


OWN_MODELS = """
from molosim.emissions.models.flat import Flat

class Winged(Flat):
    @property
    def needs(self):
        return ("wing_m2",)

class Heavier(Flat):
    times: float
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of two models of a user's own."""
    (tmp_path / "own").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "own"))
    file = tmp_path / "own" / "own_models.py"
    file.write_text(OWN_MODELS, encoding="utf-8")
    yield file
    sys.modules.pop("own_models", None)


def test_a_model_that_needs_more_than_the_trips_have_is_named(folder: Path, own: Path) -> None:
    del own
    line = fault(folder, "own_models:Winged")
    assert "trips.parquet: has no column 'wing_m2', which 'own_models:Winged' needs" in line


def test_a_model_without_usual_parameters_measures_as_an_object(folder: Path, own: Path) -> None:
    """And whoever reads what it measured has the same source, or is refused."""
    line = fault(folder, "own_models:Heavier")
    assert line == (
        "--emissions: 'own_models:Heavier' needs parameters (times); measure by an object of it:"
        " molosim.measure(FOLDER, OBJECT)"
    )
    heavier = importlib.import_module("own_models").Heavier(times=2)
    found = remeasure(folder, heavier)
    assert home_of(folder, heavier) == found
    own.write_text(OWN_MODELS + "# another line\n", encoding="utf-8")
    with pytest.raises(
        ScenarioError, match=r"emissions\.model \(own_models:Heavier\): package own_models was .*, or measure"
    ):
        home_of(folder, heavier)
    (found / "components.json").unlink()
    with pytest.raises(ScenarioError, match=r"components\.json: cannot be read; measure again: molosim measure "):
        molosim.account(folder, model=heavier)


@pytest.fixture(scope="module")
def electric(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """All vehicles electric, electricity by the made-up profile; vans with small batteries, one weak socket a depot."""
    everyone = {f"vehicles.{name}.energy": "electricity" for name in ("van", "truck")}
    vans = {"vehicles.van.battery_kwh": 3.5, "carriers.0.charging": {"sockets": 1, "kw": 0.5}}
    charger = {"name": "corner", "lon": LON + 6 * STEP_LON, "lat": LAT + 3 * STEP_LAT, "kw": 22.0}
    more = {"emissions.grid": {"kind": "profile"}, "chargers": [charger], "plausibility": {}}
    return town(tmp_path_factory.mktemp("electric"), **everyone, **vans, **more)


def grams(at: float, kw: float, energy: float, grid: np.ndarray) -> float:
    """Energy laid out on its hours one by one, times each hour's factor."""
    found = 0.0
    while energy > 1e-12:
        left_s = 3600 - at % 3600
        part = min(energy, kw * left_s / 3600)
        hour = int(at // 3600)
        found += part * grid[hour if hour < len(grid) else len(grid) - 24 + hour % 24]
        at, energy = at + left_s, energy - part
    return found


def test_energy_and_co2_of_an_all_electric_run_are_the_product_sum_over_hours(electric: Results) -> None:
    """Of every charge, on the way and at depots, each in its own hours; trucks without batteries charge on return."""
    scenario, grid = electric.scenario, conditions_of(electric.scenario).grid_g_per_kwh
    assert set(electric.charges["place"]) == {"corner", *(carrier.depot.name for carrier in scenario.carriers)}
    told = electric.replications.set_index(["alternative", "replication"])
    charges = dict(list(electric.charges.groupby(["alternative", "replication"])))
    for key, mine in electric.trips.groupby(["alternative", "replication"]):
        columns = {name: mine[name].to_numpy() for name in mine.columns}
        tables = type("Tables", (), {"trips": columns, "boxes": {}, "charges": {}, "totals": {}})
        kwh = RunView(tables, scenario).emitted().kwh
        by_trip = dict(list(charges[key].groupby("trip")))
        total, short = 0.0, []
        for number, (row, drawn) in enumerate(zip(mine.to_dict("records"), kwh, strict=True)):
            midnight = row["day"] * 86400
            if (own := by_trip.get(number)) is None:
                total += grams(midnight + row["return_s"], 11.0, drawn, grid)
                continue
            paid = sum(grams(midnight + c["start_s"], c["kw"], c["kwh"], grid) for c in own.to_dict("records"))
            total += paid * drawn / own["kwh"].sum()
            if own["kwh"].sum() < drawn * (1 - 1e-9):
                short.append((row["operator"], row["purpose"] == "transfer", row["vehicle"]))
        assert len(short) == len(set(short))  # only what each vehicle took last may not be put back yet
        assert told.loc[key, "co2e_wtw_operations_kg"] == pytest.approx(total / 1000, rel=1e-9)
        assert told.loc[key, "electricity_kwh"] == pytest.approx(kwh.sum())
        assert told.loc[key, "co2e_ttw_operations_kg"] == told.loc[key, "diesel_l"] == 0


def test_charges_are_read_back_and_other_runs_refused(electric: Results, tmp_path: Path) -> None:
    folder = shutil.copytree(electric.folder, tmp_path / "result")
    again = pd.read_parquet(remeasure(folder, "speed_stop") / "replications.parquet")
    pd.testing.assert_frame_equal(again, electric.replications)
    shutil.rmtree(folder / "measured")
    charges = pd.read_parquet(folder / "charges.parquet")
    for column, value, said in (
        ("trip", 10**6, "is of another run than trips.parquet"),
        ("day", 77, "is of another run than trips.parquet"),
        ("kw", 0.0, "holds a charge without power"),
        ("kwh", np.nan, "holds values that are not finite"),
        ("start_s", "noon", "column 'start_s' holds"),
    ):
        charges.assign(**{column: value}).to_parquet(folder / "charges.parquet")
        assert said in fault(folder, "speed_stop")
    charges.drop(columns="kwh").to_parquet(folder / "charges.parquet")
    assert "charges.parquet: has no column 'kwh'" in fault(folder, "speed_stop")
    (folder / "charges.parquet").unlink()
    assert "charges.parquet: is missing from the result" in fault(folder, "speed_stop")


def test_other_hours_change_the_co2_of_electricity_alone(electric: Results, tmp_path: Path) -> None:
    folder = shutil.copytree(electric.folder, tmp_path / "result")
    first = electric.scenario.horizon.start
    rows = [
        f"{first + timedelta(days=d)}T{h:02d}:00Z,{200 if h < 12 else 50}"
        for d, h in itertools.product(range(-1, 9), range(24))
    ]
    (tmp_path / "hours.csv").write_text("\n".join(["HourUTC,g_per_kwh", *rows]))
    out = remeasure(folder, "speed_stop", grid={"kind": "file", "file": str(tmp_path / "hours.csv")})
    now = pd.read_parquet(out / "replications.parquet")
    assert np.array_equal(now["electricity_kwh"], electric.replications["electricity_kwh"])
    assert not np.array_equal(now["co2e_wtw_operations_kg"], electric.replications["co2e_wtw_operations_kg"])
    copy = conditions_of(molosim.load(out / "config.toml"))  # the file came along
    assert set(copy.grid_g_per_kwh) == {200.0, 50.0}


def test_other_hours_are_in_the_unit_and_the_zone_that_are_said_else_in_those_of_the_run(
    electric: Results, tmp_path: Path
) -> None:
    folder = shutil.copytree(electric.folder, tmp_path / "result")
    first = electric.scenario.horizon.start
    rows = [f"{first + timedelta(days=d)}T{h:02d}:00Z,{(100 + h) / 1000}" for d in range(-2, 10) for h in range(24)]
    (tmp_path / "hours.csv").write_text("\n".join(["HourUTC,kg_per_kwh", *rows]))
    command = ["measure", str(folder), "--emissions", "speed_stop", "--grid", str(tmp_path / "hours.csv")]

    def at_midnight(*options: str) -> float:
        done = CliRunner().invoke(app, [*command, "--unit", "kg/kWh", *options])
        assert done.exit_code == 0, done.output
        measured = molosim.load(folder / "measured" / "speed_stop" / "config.toml")
        return float(conditions_of(measured).grid_g_per_kwh[0])

    assert at_midnight() == pytest.approx(100 + 23)  # midnight in Denmark is 23:00 UTC in winter
    assert at_midnight("--zone", "Europe/Helsinki") == pytest.approx(100 + 22)
    (folder / "grid.csv").write_text("\n".join(["HourUTC,g_per_kwh", *(f"{row.partition(',')[0]},50" for row in rows)]))
    told = (folder / "config.toml").read_text(encoding="utf-8")
    assert 'kind = "profile"' in told
    grid = f'kind = "file"\nfile = "{folder / "grid.csv"}"\nzone = "Europe/Helsinki"'
    profile = re.search(r'kind = "profile"\ng_per_kwh = [\d.]+', told)
    assert profile is not None
    as_if_run(folder, told.replace(profile.group(), grid))
    assert at_midnight() == pytest.approx(100 + 22)  # the run's days are Helsinki's
    refused = CliRunner().invoke(app, [*command, "--unit", "t/MWh"])
    assert refused.exit_code == 2
    assert "emissions.grid.unit: found 't/MWh'; did you mean 'g/kWh'?" in refused.output


def test_a_run_with_a_file_of_hours_takes_it_along(tmp_path: Path) -> None:
    rows = [f"2025-01-{day:02d}T{hour:02d}:00Z,80" for day in range(5, 14) for hour in range(24)]
    (tmp_path / "hours.csv").write_text("\n".join(["HourUTC,g_per_kwh", *rows]))
    grid = {"kind": "file", "file": str(tmp_path / "hours.csv")}
    results = town(tmp_path, **{"emissions.grid": grid, "horizon.replications": 1})
    assert results.scenario.emissions.grid.file == str((results.folder / "grid.csv").resolve())  # type: ignore[union-attr]
    (tmp_path / "hours.csv").unlink()
    assert set(conditions_of(results.scenario).grid_g_per_kwh) == {80.0}


def edit(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_parquet(path)).to_parquet(path)


def test_a_sweep_knows_a_file_of_hours_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    (tmp_path / "town.toml").write_text(tomli_w.dumps(small_data(town_files(tmp_path / "town", small_sites(3)))))
    base = molosim.load(tmp_path / "town.toml")

    def key(name: str, hours: str) -> str:
        (tmp_path / name).write_text(f"HourUTC,g_per_kwh\n{hours}\n")
        return task_key(base.but({"emissions.grid": {"kind": "file", "file": str(tmp_path / name)}}), 0)

    first = key("a.csv", "2025-01-01,80")
    assert key("b.csv", "2025-01-01,80") == first
    assert key("c.csv", "2025-01-01,90") != first
    assert task_key(base, 0) != first


BREAK: dict[str, tuple[Callable[[Path], object], str]] = {
    "no result": (lambda f: (f / "manifest.json").unlink(), "is no result of molosim"),
    "no trips": (lambda f: (f / "trips.parquet").unlink(), "trips.parquet: is missing from the result"),
    "no table": (lambda f: (f / "boxes.parquet").write_text("boxes"), "boxes.parquet: is no Parquet file"),
    "empty table": (lambda f: pd.DataFrame({"a": []}).to_parquet(f / "trips.parquet"), "has no column 'alternative'"),
    "other table": (lambda f: shutil.copy(f / "boxes.parquet", f / "trips.parquet"), "has no column 'day'"),
    "columns gone": (
        lambda f: edit(f / "boxes.parquet", lambda t: t.drop(columns="car_m")),
        "boxes.parquet: has no column 'car_m'",
    ),
    "words for numbers": (
        lambda f: edit(f / "trips.parquet", lambda t: t.assign(metres="far")),
        "'metres' holds",
    ),
    "words for measures": (
        lambda f: edit(f / "replications.parquet", lambda t: t.assign(km_city="far")),
        "column 'km_city' holds large_string; numbers are expected",
    ),
    "no config": (lambda f: (f / "config.toml").unlink(), "config.toml: no such file"),
    "a file in the way": (lambda f: (f / "measured").write_text(""), "is not a folder of molosim measure; move it"),
}


@pytest.mark.parametrize("case", BREAK)
def test_a_broken_folder_is_one_line(folder: Path, case: str) -> None:
    breaking, told = BREAK[case]
    breaking(folder)
    assert told in fault(folder)


def test_tables_that_do_not_belong_together_are_one_line(folder: Path) -> None:
    trips = pd.read_parquet(folder / "trips.parquet")
    trips[trips["replication"] == 0].to_parquet(folder / "trips.parquet")
    assert "trips.parquet and boxes.parquet are of different runs" in fault(folder)
    trips.assign(vehicle_type="submarine").to_parquet(folder / "trips.parquet")
    assert "holds 'submarine', which config.toml has not" in fault(folder)
    trips.sample(frac=1, random_state=1).to_parquet(folder / "trips.parquet")
    assert "in two places" in fault(folder)
    trips.to_parquet(folder / "trips.parquet")
    pd.read_parquet(folder / "replications.parquet").head(3).to_parquet(folder / "replications.parquet")
    assert "replications.parquet: is of another run than config.toml" in fault(folder)


def test_something_else_in_the_place_is_not_removed(folder: Path) -> None:
    (folder / "measured" / "flat").mkdir(parents=True)
    (folder / "measured" / "flat" / "thesis.docx").write_text("years of work")
    with pytest.raises(ScenarioError, match=r"thesis\.docx: was not written by molosim; move it"):
        remeasure(folder, "flat")
    assert (folder / "measured" / "flat" / "thesis.docx").is_file()


def test_models_that_know_a_fleet_alike_do_not_bear_out_each_other(electric: Results, tmp_path: Path) -> None:
    folder = shutil.copytree(electric.folder, tmp_path / "result")
    done = CliRunner().invoke(app, ["measure", str(folder), "--emissions", "flat"])
    (shared,) = [line for line in done.output.splitlines() if line.startswith("'shared'")]
    band = pd.read_csv(folder / "measured" / "flat" / "band.csv").query("alternative == 'shared'")
    of_vehicles = band[band["measure"] == "co2e_wtw_operations_kg"].set_index("model")["difference"]
    flat = of_vehicles.index.str.startswith("flat")
    assert different(of_vehicles) == different(of_vehicles[flat]) + different(of_vehicles[~flat]) == 3
    assert f"of {len(MODELS)} emission models say so, which come to " in shared


def test_the_command_tells_what_survives(folder: Path, tmp_path: Path) -> None:
    def told(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["measure", *arguments])
        assert done.exit_code == code, done.output
        return done.output

    output = told(str(folder), "--emissions", "flat")
    assert "'shared' by 'flat factor per km': " in output
    assert f"of {len(MODELS)} emission models say so." in output
    assert '"model": "flat"' in told(str(folder), "--emissions", "flat", "--json")
    assert "did you mean 'flat'?" in told(str(folder), "--emissions", "flatt", code=2)
    assert "is no result of molosim" in told(str(tmp_path), "--emissions", "flat", code=2)
    assert "goes with --grid" in told(str(folder), "--emissions", "flat", "--area", "DK1", code=2)
    assert "no such file" in told(str(folder), "--emissions", "flat", "--grid", str(tmp_path / "no.csv"), code=2)
