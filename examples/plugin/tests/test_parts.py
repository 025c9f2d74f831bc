"""The three classes by themselves: what they decide, and what they find wrong."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import molosim
from molosim import Scenario, ScenarioError
from molosim.seams import BoxStatus, Catchment, DemandContext, Detour, Today, demand_context
from molosim_example.demand import RecordedWeek
from molosim_example.policy import BeforeTheWeekend

THURSDAY, FRIDAY = Today(day=3, weekday=3), Today(day=4, weekday=4)
POLICY = BeforeTheWeekend(detour_carriers=("Beta",), full_fill=0.8, max_detour_min=12)


@pytest.fixture(scope="module")
def pilot(home: Path) -> Scenario:
    return molosim.load(home / "pilot.toml")


def test_vans_take_more_on_the_last_day() -> None:
    assert POLICY.pickup_fill([], THURSDAY, "Alfa") == 0.4
    assert POLICY.pickup_fill([], FRIDAY, "Alfa") == 0.05


def test_a_box_that_would_be_full_by_monday_is_a_detour_on_friday_for_named_carriers() -> None:
    full_by_monday = BoxStatus(0, 0.5, 2.0, 0.12)
    full_tomorrow = BoxStatus(1, 0.7, 3.0, 0.12)
    passed = BoxStatus(2, 0.9, 4.0, 0.12, passed=True)
    boxes = [full_by_monday, full_tomorrow, passed]
    assert POLICY.detours(boxes, THURSDAY) == [Detour(1, 720, ("Beta",))]
    assert POLICY.detours(boxes, FRIDAY) == [Detour(1, 720, ("Beta",)), Detour(0, 720, ("Beta",))]


def test_objects_take_the_place_of_tables(pilot: Scenario) -> None:
    mine = pilot.but({"alternatives.friday": BeforeTheWeekend(detour_carriers=("Alfa",))})
    kind = {"kind": "molosim_example.policy:BeforeTheWeekend", "detour_carriers": ["Alfa"]}
    assert mine == pilot.but({"alternatives.friday": kind})
    assert mine.but({"alternatives.friday.weekend_days": 4}).alternatives["friday"] == BeforeTheWeekend(
        detour_carriers=("Alfa",), weekend_days=4
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"alternatives.weekend.last_day_take_fill": 1.2},
            "alternatives.weekend.last_day_take_fill: found 1.2; must be less than or equal to 1",
        ),
        (
            {"alternatives.weekend.max_detour": 5},
            "alternatives.weekend.max_detour: unknown key; did you mean 'max_detour_min'?",
        ),
        (
            {"alternatives.weekend.detour_carriers": ["Gamma"]},
            "alternatives.weekend.detour_carriers.0: found 'Gamma'; carriers that take waste: Alfa, Beta",
        ),
        (
            {"alternatives.weekend.last_day": "sun"},
            "alternatives.weekend.last_day: found 'sun'; no carrier that takes waste works on that day",
        ),
        (
            {"emissions.model.van_l_per_km": "0.1"},
            "emissions.model.van_l_per_km: found '0.1'; must be a valid number",
        ),
        (
            {"residents.demand.households": 0},
            "residents.demand.households: found 0; must be greater than or equal to 1",
        ),
    ],
)
def test_a_wrong_parameter_is_one_line_with_its_key(pilot: Scenario, changes: dict[str, object], line: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        pilot.but(changes)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("1,fri,9,waste,batteries,80", "line 2: found waste 'batteries'; allowed: paint and chemicals, small electr"),
        ("401,fri,9,parcel,small,80", "line 2: found household 401; there are 1 to 400"),
        ("1,friday,9,parcel,small,80", "line 2: found 'friday', 'parcel'; allowed: mon, tue"),
        ("1,fri,24,parcel,small,80", "line 2: found hour 24, 80 g; an hour is 0 to 23"),
        ("1,fri,9,parcel,small,0.5", "line 2: found grams '0.5'; must be a whole number"),
        ("", "has no column 'grams'; needs household, weekday"),
    ],
)
def test_a_wrong_line_of_the_record_is_found_before_anything_runs(
    pilot: Scenario, tmp_path: Path, row: str, line: str
) -> None:
    file = tmp_path / "week.csv"
    file.write_text(f"household,weekday,hour,kind,what{',grams' * bool(row)}\n{row}\n", encoding="utf-8")
    spoilt = pilot.but({"residents.demand.file": str(file)})
    with pytest.raises(ScenarioError) as caught:
        molosim.run(spoilt, tmp_path / "out")
    assert str(caught.value).startswith(f"residents.demand.file: {line}")
    assert not (tmp_path / "out").exists()


def test_the_drawn_weeks_have_as_much_as_the_recorded_one(pilot: Scenario) -> None:
    """49 parcels of 400 households in a week: 4,900 of 20,000 in two, as a Poisson number varies."""
    found = pilot.residents.demand.parcels(Catchment("a", 20_000), two_weeks(pilot), np.random.default_rng(1))
    assert abs(len(found.day) - 4900) < 4 * 4900**0.5
    assert set(found.carrier) == {0, 1}
    assert abs((found.carrier == 0).mean() - 0.6) < 0.03


def test_what_arose_on_a_weekday_arises_on_it(pilot: Scenario, tmp_path: Path) -> None:
    """A run that starts on a Wednesday: Mondays of the record are its days 5 and 12."""
    file = tmp_path / "week.csv"
    file.write_text("household,weekday,hour,kind,what,grams\n1,mon,17,waste,small electronics,480\n", encoding="utf-8")
    demand = RecordedWeek(file=str(file), households=1)
    there = two_weeks(pilot.but({"horizon.start": "2025-03-05"}))
    electronics = there.residents.deposits.wastes[1]
    all_of_it = demand.waste(Catchment("a", 50), electronics, there, np.random.default_rng(1))
    assert np.bincount(all_of_it.second // 86_400).nonzero()[0].tolist() == [5, 12]
    assert set(all_of_it.second % 86_400 // 3600) == {17}
    assert (len(all_of_it.second), set(all_of_it.mass_g)) == (100, {480})
    half = demand.waste(Catchment("a", 5000, 0.5), electronics, there, np.random.default_rng(1))
    assert abs(len(half.second) - 5000) < 4 * 2500**0.5


def test_the_readme_names_classes_and_methods_that_there_are(home: Path) -> None:
    rows = re.findall(
        r"^\| `(\w+):(\w+)` \| `[\w.]+` \| (.*) \|$", (home / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) == 3
    for module, name, decides in rows:
        own = getattr(import_module(f"molosim_example.{module}"), name)
        methods = re.findall(r"`(\w+)`", decides)
        assert methods
        assert [method for method in methods if method not in vars(own)] == []


def two_weeks(scenario: Scenario) -> DemandContext:
    return demand_context(scenario.but({"horizon.warmup_days": 0, "horizon.days": 14}))
