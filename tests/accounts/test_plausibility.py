"""Guards: a figure outside its range ends a run with a line that says why; a usual one, or one of few, does not."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.worlds import small_scenario, small_sites, town_files
from typer.testing import CliRunner

from molosim.cli import app
from molosim.emissions import MODELS
from molosim.emissions.sources import VAN_KWH
from molosim.evaluation import guards
from molosim.evaluation.measures import RunView
from molosim.experiments.tasks import Task, compute, simulated, task_key
from molosim.inputs.accounting import PlausibleRange
from molosim.inputs.plausible_ranges import GUARDS, Figure, faults, ranges
from molosim.inputs.scenario import Scenario, dump, load
from molosim.inputs.validation import checked
from molosim.runtime import bundled
from molosim.runtime.errors import ScenarioError
from molosim.trips import Body, Energy


class Tables:
    """Trips and boxes of one run."""

    def __init__(self, count: int = 200, **more: object) -> None:
        row = {
            "day": 0,
            "operator": "Alfa",
            "vehicle_type": "van",
            "purpose": "delivery",
            "metres": 40_000,
            "driving_s": 5_400,
            "service_s": 0,
            "stops": 110,
            "depart_s": 0,
            "return_s": 30_000,
        }
        bands = {f"{what}_b{band}": 0 for band in range(7) for what in ("metres", "seconds")}
        bands |= {"metres_b2": 40_000, "seconds_b2": 5_400}
        self.trips = {name: np.full(count, value) for name, value in {**row, **bands, **more}.items()}
        self.boxes = {"pickups": np.array([0]), "collected_g_hazardous": np.array([0])}
        self.boxes |= {f"collected_g_{fraction}": np.array([0]) for fraction in ("electronics", "textiles")}
        self.charges: dict[str, np.ndarray] = {}
        self.totals: dict[str, float] = {}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("gothenburg")


def told(tables: Tables, scenario: Scenario) -> str:
    with pytest.raises(ScenarioError) as error:
        guards.check(RunView(tables, scenario), "shared")
    (fault,) = error.value.faults
    return str(fault)


def test_a_usual_day_is_let_through(scenario: Scenario) -> None:
    guards.check(RunView(Tables(), scenario), "shared")


def test_each_range_has_a_source_that_is_known_or_called_an_assumption() -> None:
    for name, guard in GUARDS.items():
        assert guard.low < guard.high, name
        named = [word.strip(",.:") for word in guard.source.split() if word.strip(",.:") in bundled.facts()]
        assert named or "assumption" in guard.source, name


def test_a_van_that_crawls_is_an_error_that_names_the_speeds(scenario: Scenario) -> None:
    line = told(Tables(driving_s=40_000, seconds_b2=40_000), scenario)
    assert line.startswith("shared: g_per_km_diesel_van: vehicle type 'van': found ")
    assert "plausible is 150 to 800 g CO2e/km" in line
    assert "map.speeds" in line
    assert "3.6 km/h" in line


def test_a_tour_across_the_country_names_its_carriers_depot(scenario: Scenario) -> None:
    line = told(Tables(metres=900_000, metres_b2=900_000, driving_s=60_000, seconds_b2=60_000), scenario)
    assert line.startswith(
        "shared: km_per_delivery_tour: tours of 'Alfa': found 900 km over 200 trips; plausible is 3 to 300 km"
    )
    assert "carriers.0.depot (11.9724, 57.7217)" in line


def test_a_collector_that_drives_for_crumbs_is_an_error(scenario: Scenario) -> None:
    tables = Tables()
    tables.boxes |= {"pickups": np.array([500]), "collected_g_hazardous": np.array([50_000])}
    assert "kg_per_pickup: waste pick-ups at boxes: found 0.1 kg over 500 visits" in told(tables, scenario)


def test_a_battery_van_is_held_to_kilowatt_hours(scenario: Scenario) -> None:
    flat = scenario.but({"emissions.model": "flat", "carriers.0.vehicle": "electric_van"})
    guards.check(RunView(Tables(vehicle_type="electric_van"), flat), "shared")
    assert RunView(Tables(vehicle_type="electric_van"), flat).emissions.kwh[0] == pytest.approx(40 * VAN_KWH.value)


SANE = {  # a day's km, km/h and stops of a tour
    "diesel van": (40, 27, 110), "hvo100 van": (40, 27, 110), "electricity van": (40, 27, 110),
    "diesel truck": (46, 30, 50), "hvo100 truck": (46, 30, 50), "electricity truck": (46, 30, 50),
    "electricity bike": (12, 14, 40),
}  # fmt: skip
ODD = {  # so slow, or so far from its factors' range, that something in the configuration is wrong
    "diesel": ("g_per_km_diesel", "g CO2e/km"),
    "hvo100": ("l_per_100km_hvo100", "L/100 km"),
    "electricity": ("kwh_per_km_electricity", "kWh/km"),
}


def driven_by(scenario: Scenario, kind: str, **more: object) -> tuple[Tables, Scenario]:
    """200 tours of one kind of vehicle beside 200 usual ones of vans, of which nothing may be told."""
    energy, body = kind.split()
    km, kmh, stops = SANE[kind]
    own = scenario.vehicles["van"].model_copy(update={"energy": Energy(energy), "body": Body(body)})
    beside = "electricity" if energy == "electricity" else "diesel"
    usual_van = scenario.vehicles["van"].model_copy(update={"energy": Energy(beside)})
    vehicles = {**scenario.vehicles, "own": own, "usual": usual_van}
    metres, seconds = 1000 * km, round(3600 * km / kmh)
    row = {"metres": metres, "metres_b2": metres, "driving_s": seconds, "seconds_b2": seconds, "stops": stops}
    both, usual = Tables(vehicle_type="own", **{**row, **more}), Tables(vehicle_type="usual")
    both.trips = {name: np.concatenate([column, usual.trips[name]]) for name, column in both.trips.items()}
    return both, scenario.model_copy(update={"vehicles": vehicles})


@pytest.mark.parametrize("kind", SANE)
@pytest.mark.parametrize("model", MODELS)
def test_sane_fleets_are_let_through_by_every_model(scenario: Scenario, kind: str, model: str) -> None:
    tables, own = driven_by(scenario.but({"emissions.model": model}), kind)
    tables.trips["load_kgm"] = 400.0 * tables.trips["metres"]
    guards.check(RunView(tables, own), "shared")


@pytest.mark.parametrize("kind", [kind for kind in SANE if "bike" not in kind])
def test_each_fleet_has_a_range_in_its_own_unit(scenario: Scenario, kind: str) -> None:
    """At 2 km/h any of them takes too much; what it took and how it was driven is its own, not its neighbours'."""
    energy, body = kind.split()
    guard, unit = ODD[energy]
    metres = 1000 * SANE[kind][0]
    tables, own = driven_by(scenario, kind, driving_s=metres * 1.8, seconds_b2=metres * 1.8)
    line = told(tables, own)
    assert line.startswith(f"shared: {guard}_{body}: vehicle type 'own': found ")
    assert f" {unit} over 200 trips; plausible is " in line
    assert "map.speeds and map.congestion (driven at 2.0 km/h)" in line
    found = float(line.partition("found ")[2].split()[0])
    emitted = RunView(tables, own).emitted()
    amount = {"diesel": 1000 * emitted.ttw_kg, "hvo100": 100 * emitted.hvo_l, "electricity": emitted.kwh}[energy]
    assert found == pytest.approx(amount[:200].sum() / (200 * metres / 1000), rel=1e-3)


def test_stops_without_end_and_strange_factors_are_told_apart(scenario: Scenario) -> None:
    dense = told(*driven_by(scenario, "diesel van", stops=2_000))
    assert "carriers.*.home.stops_per_van_day and addresses (50.0 stops per km)" in dense
    mild = scenario.but(plausibility={"g_per_km_diesel_van": {"low": 10, "high": 20, "reason": "to be told"}})
    tables, own = driven_by(mild, "hvo100 van")
    line = told(tables, own)
    assert line.startswith("shared: g_per_km_diesel_van: vehicle type 'usual'")
    assert "vehicles.usual and emissions.model (27 km/h and 2.8 stops per km are usual)" in line


def test_rounds_over_boxes_have_a_range_of_their_own(scenario: Scenario) -> None:
    far = {"metres": 350_000, "metres_b2": 350_000, "driving_s": 25_000, "seconds_b2": 25_000}
    rounds = Tables(purpose="collection", vehicle_type="collection_truck", **far)
    line = told(rounds, scenario)
    assert line.startswith("shared: km_per_collection_tour: collection tours: found 350 km over 200 trips; ")
    assert "municipality.depot" in line
    guards.check(RunView(Tables(purpose="transfer", **far), scenario), "shared")


def test_few_trips_say_little(scenario: Scenario) -> None:
    few = Tables(49, metres=900_000, metres_b2=900_000, driving_s=400_000, seconds_b2=400_000)
    guards.check(RunView(few, scenario), "shared")
    assert GUARDS["km_per_delivery_tour"].least > 49


def test_a_range_can_be_widened_with_a_reason(scenario: Scenario) -> None:
    tables = Tables(metres=350_000, metres_b2=350_000, driving_s=25_000, seconds_b2=25_000)
    told(tables, scenario)
    wider = scenario.but(plausibility={"km_per_delivery_tour": {"low": 3, "high": 400, "reason": "an island"}})
    guards.check(RunView(tables, wider), "shared")
    narrow = scenario.but(plausibility={"km_per_delivery_tour": {"low": 3, "high": 340, "reason": "an island"}})
    assert "widened because: an island" in told(tables, narrow)


def test_a_range_without_guard_reason_or_room_is_a_fault(scenario: Scenario) -> None:
    data = scenario.model_dump(mode="json")
    data["plausibility"] = {"km_per_tour": {"low": 3, "high": 2, "reason": "x"}}
    with pytest.raises(ScenarioError) as error:
        checked(Scenario, data)
    assert [fault.place for fault in error.value.faults] == [
        "plausibility.km_per_tour",
        "plausibility.km_per_tour.high",
    ]
    assert "did you mean 'km_per_" in str(error.value)
    data["plausibility"] = {"kg_per_pickup": {"low": 1, "high": 2, "reason": ""}}
    with pytest.raises(ScenarioError, match=r"plausibility\.kg_per_pickup\.reason"):
        checked(Scenario, data)
    assert ranges({}) == []


@pytest.mark.parametrize("value", [float("nan"), 0.2, 60.0])
def test_edges_and_what_is_not_defined_pass(value: float) -> None:
    assert faults([Figure("kg_per_pickup", value, 1000, "", "")], {}) == []


def test_a_range_of_ones_own_is_the_only_one_that_counts() -> None:
    own = {"kg_per_pickup": PlausibleRange(low=10, high=20, reason="drums")}
    assert len(faults([Figure("kg_per_pickup", 5, 1000, "", "")], own)) == 1


def test_the_guide_has_every_guard_and_its_example_is_one(scenario: Scenario) -> None:
    text = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text(encoding="utf-8")
    for name, g in GUARDS.items():
        assert f"| `{name}` | {g.low:g} to {g.high:g} {g.unit} | {g.least} | {g.source} |" in text
    (example,) = re.findall(r"```toml\n(\[plausibility.*?)```", text, flags=re.DOTALL)
    assert scenario.but(tomllib.loads(example)).plausibility["km_per_delivery_tour"].high == 400


def small(tmp_path: Path, **more: object) -> Scenario:
    """The small town, whose tours are a few kilometres."""
    return small_scenario({**town_files(tmp_path, small_sites(3)), "horizon.replications": 1, **more})


WRONG = {"km_per_delivery_tour": {"low": 100, "high": 300, "reason": "so that the town is outside"}}


def test_a_run_outside_writes_nothing_and_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = GUARDS["km_per_delivery_tour"]
    monkeypatch.setattr(
        "molosim.inputs.plausible_ranges.GUARDS", {**GUARDS, "km_per_delivery_tour": replace(guard, least=1)}
    )
    config = tmp_path / "town.toml"
    config.write_text(dump(small(tmp_path, plausibility=WRONG)), encoding="utf-8")
    out = tmp_path / "result"
    result = CliRunner().invoke(app, ["run", str(config), "--out", str(out), "--workers", "1"])
    assert result.exit_code == 2
    first = result.output.splitlines()[0]
    assert first.startswith("molosim: dedicated: km_per_delivery_tour: tours of 'Alfa': found ")
    assert "carriers.0.depot" in first
    assert not out.exists()


def test_in_a_sweep_it_is_the_error_of_its_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = GUARDS["km_per_delivery_tour"]
    monkeypatch.setattr(
        "molosim.inputs.plausible_ranges.GUARDS", {**GUARDS, "km_per_delivery_tour": replace(guard, least=1)}
    )
    scenario = small(tmp_path, plausibility=WRONG)
    done = compute(Task(task_key(scenario, 0), scenario, 0), simulated)
    assert done.error is not None
    assert "km_per_delivery_tour" in done.error
    assert done.rows == ()
