"""Every fault of a configuration is told at once, by place, found value and what is allowed."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from molosim.inputs.scenario import Scenario
from molosim.inputs.validation import checked
from molosim.runtime.errors import Fault, ScenarioError

Data = dict[str, Any]


def faults(data: Data) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        checked(Scenario, data)
    return [str(fault) for fault in caught.value.faults]


def put(data: Data, path: str, value: Any) -> None:
    at: Any = data
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in way:
        at = at[part]
    at[last] = value


KEYS = {
    "a formula for a name": (
        "carriers.0.name",
        "=1+2",
        "found '=1+2'; spreadsheets take '=' at the beginning for a formula, begin with another sign",
    ),
    "a sign that moves the cursor": ("municipality.reception.name", "a\x1b[2Jb", "'\\x1b' is no sign of a name"),
    "a blank for a name": ("municipality.depot.name", " ", "found no text; a name is expected"),
    "an hour that no day has": (
        "residents.parcels.dwell.closed_hours",
        [23, 30],
        "must be less than or equal to 23",
    ),
    "a day named a hundred times": ("municipality.shift.weekdays", ["mon"] * 100, "has mon twice; name each once"),
    "ways to a box longer than any": ("boxes.walking_detour", 1300, "must lie between 1 and 3"),
    "a door of 52 m": (
        "boxes.designs.standard.parcel_doors.0.width_cm",
        5200,
        "must lie between 1 and 300 (centimetres)",
    ),
    "a deposit of 1000 t": (
        "residents.deposits.wastes.0.deposit_kg",
        1e6,
        "must lie between 0.001 and 200 (kilograms)",
    ),
    "a container of a tenth of a gram": (
        "boxes.designs.standard.waste_doors.0.container.mass_limit_kg",
        1e-4,
        "must lie between 0.05 and 1000",
    ),
    "a million outages": ("boxes.outages_per_year", 1e6, "must lie between 0.0001 and 1000"),
    "ten hours of unloading": ("municipality.unload_s", 36000, "must lie between 1 and 14400 (seconds)"),
    "a shift of a minute": ("municipality.shift.hours", 0.01, "must lie between 0.6 and 24 (hours)"),
    "a search without end": ("reference", {"iterations": 10**9}, "must lie between 1 and 100000"),
    "unknown key": ("residents.parcels.dwell.mean_hh", 3, "unknown key; did you mean 'mean_h'?"),
    "unknown key far from any": (
        "horizon.zzz",
        3,
        "unknown key; allowed: start, warmup_days, days, replications, holidays",
    ),
    "wrong unit in the key": ("residents.parcels.dwell.mean_min", 3, "unknown key; did you mean 'mean_h'?"),
    "number in quotes": ("carriers.1.vans", "12", "found '12'; must be a valid integer ('Beta')"),
    "truth for a number": ("carriers.1.vans", True, "found True; must be a valid integer ('Beta')"),
    "unit in the value": ("municipality.shift.hours", "8 h", "found '8 h'; must be a valid number (hours)"),
    "negative": ("carriers.0.home.litres_per_stop", -1, "found -1; must be greater than 0 ('Alfa')"),
    "share above one": (
        "residents.parcels.dwell.never_share",
        2,
        "found 2; must be less than or equal to 1 (a share, 0.5 for half)",
    ),
    "not finite": ("residents.parcels.per_household_year", float("inf"), "must be a finite number"),
    "text for a table": ("map.speeds", "fast", "found 'fast'; must be a table of keys"),
    "unknown kind": ("alternatives.shared.kind", "sharred", "found 'sharred'; did you mean 'shared'?"),
    "unknown day": ("carriers.0.shift.weekdays", ["monday"], "found 'monday'; did you mean 'mon'?"),
    "unknown regime": ("boxes.regime", "share", "found 'share'; did you mean 'shared'?"),
    "unknown fraction": ("residents.deposits.wastes.0.fraction", "hazard", "found 'hazard'; did you mean 'hazardous'?"),
    "too few hours": ("residents.parcels.in_profile.hour", [1, 2], "must have at least 24 items"),
    "only zeros": ("residents.parcels.in_profile.hour", [0] * 24, "hour has only zeros"),
    "longitude": ("carriers.0.depot.lon", 190, "found 190; must be less than or equal to 180"),
    "a slip of the pen": (
        "residents.parcels.holding_h",
        48e6,
        "found 48000000.0; must lie between 0.0001 and 1e+06 (hours)",
    ),
    "a container for an ant": (
        "boxes.designs.standard.waste_doors.0.container.width_cm",
        1e-300,
        "between 1 and 300",
    ),
    "a slip that overflows a check": ("carriers.0.home.stops_per_van_day", 1e308, "must lie between 0.001 and 500"),
    "a number of too many digits": ("horizon.days", 10**400, "must lie between 1 and 36600"),
    "a millennium": ("horizon.days", 10**15, "found 1000000000000000; must lie between 1 and 36600"),
    "a crawl": ("map.speeds.factor", 1e-3, "found 0.001; must be greater than or equal to 0.01"),
    "a year without dates": ("horizon.start", "9999-12-31", "must be less than or equal to 2199-12-31"),
    "no such day": ("horizon.start", "2025-02-30", "found '2025-02-30'; must be a valid date"),
}


@pytest.mark.parametrize(("path", "value", "told"), KEYS.values(), ids=KEYS)
def test_a_spoilt_key_is_one_line_with_its_path(data: Data, path: str, value: Any, told: str) -> None:
    put(data, path, value)
    (line,) = faults(data)
    assert path.rsplit(".", maxsplit=1)[-1] in line
    assert told in line


def test_a_key_inside_a_choice_of_kinds_is_told_without_the_kind(data: Data) -> None:
    data["alternatives"]["dedicated"]["trigger"]["weekday"] = ["mon"]
    assert faults(data) == ["alternatives.dedicated.trigger.weekday: unknown key; did you mean 'weekdays'?"]


def test_a_missing_key_names_itself(data: Data) -> None:
    del data["residents"]["parcels"]["holding_h"], data["alternatives"]["dedicated"]["trigger"]["kind"]
    assert faults(data) == [
        "residents.parcels.holding_h: missing (hours)",
        "alternatives.dedicated.trigger.kind: missing; allowed: calendar, threshold, forecast, module:Class",
    ]


WHOLE: dict[str, tuple[str, Any, str]] = {
    "vehicle name": ("carriers.0.vehicle", "vann", "carriers.0.vehicle: found 'vann'; did you mean 'van'?"),
    "transfer vehicle": (
        "carriers.0.waste_to.vehicle",
        "lorry",
        "carriers.0.waste_to.vehicle: found 'lorry'; allowed: van,",
    ),
    "municipal vehicle": ("municipality.vehicle", "collection_van", "did you mean 'collection_truck'?"),
    "baseline": ("baseline", "dedicatd", "baseline: found 'dedicatd'; did you mean 'dedicated'?"),
    "parcel shares": ("carriers.0.parcel_share", 0.6, "carriers: the carriers' parcel_share add up to 1.1; must be 1"),
    "format shares": ("residents.parcels.formats.0.share", 0.5, "share add up to 1.05; must be 1"),
    "same carrier twice": ("carriers.1.name", "Alfa", "carriers: 'Alfa' stands 2 times"),
    "reserved name": ("carriers.1.name", "municipality", "carriers.1.name: 'municipality' is who runs"),
    "parcel too big for every door": (
        "residents.parcels.formats.3.length_cm",
        95,
        "no door takes the parcel format 'extra large' (95 x 45 x 45 cm",
    ),
    "container too big for its door": (
        "boxes.designs.standard.waste_doors.0.container.width_cm",
        41,
        "waste_doors.0.container: 41 x 57 x 28 cm does not fit its door",
    ),
    "container too heavy for its door": (
        "boxes.designs.standard.waste_doors.0.container.mass_limit_kg",
        26,
        "found 26; its door carries 25 kg",
    ),
    "van too small for a parcel": (
        "vehicles.van.volume_l",
        140,
        "'van' is not large enough for parcel format 'extra large': 151.875 l; it holds 140 l",
    ),
    "van too small for its day": (
        "carriers.2.home.litres_per_stop",
        200,
        "'van' is not large enough for a mean day's home deliveries: 22000 l; it holds 11000 l",
    ),
    "truck too small for a container": (
        "vehicles.collection_truck.volume_l",
        100,
        "municipality.vehicle: 'collection_truck' is not large enough for a full container",
    ),
    "points of one container": ("vehicles.collection_truck.adr_points", 11, "12 ADR points; it holds 11 ADR points"),
    "store smaller than a container": (
        "carriers.0.waste_to.mass_limit_kg",
        10,
        "carriers.0.waste_to: the store is not large enough",
    ),
    "handling longer than the shift": ("carriers.0.home.stop_s", 600, "handling alone takes 18.3 h; the shift has 9 h"),
    "waste too old by Monday": (
        "carriers.0.waste_to.max_age_days",
        2,
        "carriers.0.waste_to.max_age_days: found 2; from one working day to the next are up to 3",
    ),
    "shift past midnight": ("carriers.0.shift.start_h", 18, "a shift from 18 h must end by 24 h"),
    "too few addresses": ("addresses.count", 3400, "addresses.count: found 3400; the 3300 stops a day of 'Alfa' need"),
    "planned too late": ("plan_h", 7.5, "plan_h: found 7.5; must not be after municipality.shift.start_h, 7"),
    "day off": ("alternatives.dedicated.trigger.weekdays", ["sun"], "found sun; municipality.shift works mon, tue"),
    "fraction without a door": (
        "boxes.designs.standard.waste_doors.2.fractions",
        ["electronics"],
        "no waste door takes textiles",
    ),
    "same hour twice": ("map.congestion.0.hours", [7, 7], "hour 7 is in map.congestion.0.hours already"),
    "road class": ("map.speeds.by_class", {"residental": 0.5}, "found 'residental'; did you mean 'residential'?"),
    "country": ("horizon.holidays", "Danmark", "horizon.holidays: found 'Danmark'"),
    "source of no key": (
        "provenance",
        {"residents.parcels.dwell.mean": "L4"},
        "no such key in this file; did you mean",
    ),
    "source that is no figure": ("provenance", {"residents.parcels.dwell.mean_h": "L99"}, "found 'L99'"),
}


@pytest.mark.parametrize(("path", "value", "told"), WHOLE.values(), ids=WHOLE)
def test_parts_that_do_not_go_together_are_told(data: Data, path: str, value: Any, told: str) -> None:
    put(data, path, value)
    assert any(told in line for line in faults(data))


def test_all_faults_are_told_at_once(data: Data) -> None:
    put(data, "carriers.0.vans", 0)
    put(data, "horizon.dayz", 3)
    put(data, "boxes.regime", "x")
    assert len(faults(data)) == 3


def test_all_faults_between_parts_are_told_at_once(data: Data) -> None:
    put(data, "carriers.0.vehicle", "vann")
    put(data, "baseline", "x")
    put(data, "residents.parcels.formats.3.length_cm", 95)
    assert len(faults(data)) == 3


def test_nobody_takes_waste_in_a_sharing_alternative(data: Data) -> None:
    for carrier in data["carriers"]:
        carrier["takes_waste"] = False
    assert [line.split(":")[0] for line in faults(data)] == ["alternatives.shared", "alternatives.hybrid"]


@pytest.mark.parametrize("regime", ["reserved", "shared"])
def test_waste_doors_take_parcels_only_where_doors_are_shared(data: Data, regime: str) -> None:
    put(data, "boxes.regime", regime)
    put(data, "residents.parcels.formats.3.height_cm", 51)
    put(data, "residents.parcels.formats.3.length_cm", 53)
    put(data, "residents.parcels.formats.3.width_cm", 51)
    call: Callable[[], object] = lambda: checked(Scenario, data)  # noqa: E731
    if regime == "shared":
        call()
    else:
        with pytest.raises(ScenarioError, match="no door takes"):
            call()


def test_an_error_keeps_its_faults_on_the_way_between_processes() -> None:
    error = ScenarioError.at("here", "wrong")
    assert pickle.loads(pickle.dumps(error)).faults == error.faults  # noqa: S301 - of our own making


def test_an_error_made_anew_from_its_arguments_keeps_its_faults() -> None:
    """So SimPy hands errors on; each letter of the text was once a fault, and a line on the terminal."""
    error = ScenarioError([Fault("here", "wrong"), Fault("there", "wrong too")])
    again = type(error)(*error.args)
    assert (again.faults, str(again)) == (error.faults, "here: wrong\nthere: wrong too")
