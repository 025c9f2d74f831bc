"""Batteries: hand-worked vans that run out, wait for sockets and charge on their way; energy in is energy out."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import simpy
from simpy import Event
from tests.simulation.stories import FRI, LEG_M, MON, STORE, THU, TUE, WED, A, B, H, Story, story_changes, trips
from tests.worlds import BLOCKS, LAT, LON, STEP_LAT, STEP_LON, small_data

from molosim.emissions import Conditions
from molosim.emissions.electric import kwh
from molosim.inputs.days import DAY_S
from molosim.inputs.fleet import Charging, VehicleType
from molosim.inputs.validation import checked
from molosim.routing import tours as t
from molosim.routing.charging import STEP_S
from molosim.runtime.errors import ScenarioError
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.batteries import (
    KEPT_SHARE,
    TRANSFER,
    Battery,
    Charge,
    Flow,
    Garage,
    Sockets,
    battery_kwh_per_km,
)
from molosim.simulation.carrier_vehicles import CarrierVehicles
from molosim.simulation.context import ChargedOnTheWay
from molosim.simulation.fleets import range_m
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample
from molosim.simulation.world import World

ELECTRIC = {**small_data()["vehicles"]["van"], "energy": "electricity", "reserve_share": 0.0}
KWH_PER_KM = battery_kwh_per_km(checked(VehicleType, ELECTRIC), 10.0)
CORNER = {"name": "corner", "lon": LON + (BLOCKS - 1) * STEP_LON, "lat": LAT + 3 * STEP_LAT}


def electric(km: float, **more: Any) -> dict[str, Any]:
    """One van whose full battery is planned for so many kilometres; Alfa's depot has one socket of 11 kW."""
    return {
        "vehicles.electric": {**ELECTRIC, "battery_kwh": km * KWH_PER_KM * (1 + 1e-9), **more},
        "carriers.0.vehicle": "electric",
        "carriers.0.charging": {"sockets": 1, "kw": 11.0},
        "emissions.temperature_c": [10.0] * 12,
    }


def story_with(story: Callable[..., Story], changes: dict[str, Any]) -> Story:
    """A story in which changes go inside its carrier."""
    carriers = story_changes()["carriers"]
    flat = {}
    for path, value in changes.items():
        if path.startswith("carriers.0."):
            carriers[0][path.removeprefix("carriers.0.")] = value
        else:
            flat[path] = value
    return story({"carriers": carriers, **flat})


def test_a_visit_beyond_the_battery_calls_an_extra_van(story: Callable[..., Story]) -> None:
    """Home and back are 10 km; over box A they are 15, of which the battery has 12."""
    told = story_with(story, electric(12))
    told.parcel(TUE, A)
    tables = told.told("none")
    assert [trip["metres"] for trip in trips(tables, purpose="delivery")] == [2 * LEG_M] * 5
    (extra,) = trips(tables, purpose="extra delivery")
    assert (extra["day"], extra["metres"], extra["vehicle_type"]) == (TUE, 2 * LEG_M, "electric")
    assert tables.totals["breaches_range"] == 0


def test_a_home_beyond_the_battery_is_an_error(story: Callable[..., Story]) -> None:
    told = story_with(story, electric(9.9))
    with pytest.raises(ScenarioError, match=r"carrier 'Alfa': day 0 cannot be planned.*range"):
        told.told("none")


def test_a_van_charges_on_its_way_where_the_map_has_sockets(story: Callable[..., Story]) -> None:
    """Over box A and the charger it is 20 km of which the battery has 12: eight kilometres at 22 kW."""
    told = story_with(story, {**electric(12), "chargers": [{**CORNER, "sockets": 1, "kw": 22.0}]})
    told.parcel(TUE, A)
    tables = told.told("none")
    (tuesday,) = trips(tables, day=TUE)
    assert (tuesday["metres"], tuesday["stops"]) == (4 * LEG_M, 3)
    seconds = 8 * KWH_PER_KM / (KEPT_SHARE * 22) * 3600
    wait_s = int(np.ceil(seconds / 300)) * 300
    (monday,) = trips(tables, day=MON)
    assert tuesday["service_s"] - monday["service_s"] == 240 + 20 + wait_s
    assert tables.totals["charge_stops"] == 1
    assert tables.totals["charge_wait_s"] == tables.totals["breaches_range"] == 0
    # The van leaves the charger with what it drew there; the rest of the 20 km comes from the depot's socket.
    taken = kwh(
        {name: np.array([tuesday[name]]) for name in tuesday}, told.world.scenario.vehicles, told.world.conditions
    )
    assert tuesday["charged_kwh"] == pytest.approx(taken[0])
    assert tuesday["charge_start_s"] == tuesday["return_s"]
    assert tuesday["charge_kw"] == 11
    # After two of four legs the van puts back what they took, at the charger's hour; the rest at the depot's.
    number = tables.trips["day"].tolist().index(TUE)
    charges = [{name: column[i] for name, column in tables.charges.items()} for i in range(len(tables.charges["trip"]))]
    on_the_way, at_home = (charge for charge in charges if charge["trip"] == number)
    assert (on_the_way["place"], on_the_way["kw"], on_the_way["day"]) == ("corner", 22, TUE)
    assert on_the_way["kwh"] == pytest.approx(min(22 * wait_s / 3600, taken[0] / 2))
    assert tuesday["depart_s"] < on_the_way["start_s"] < tuesday["return_s"] - wait_s
    assert (at_home["place"], at_home["start_s"], at_home["kw"]) == ("Alfa's depot", tuesday["return_s"], 11)
    assert on_the_way["kwh"] + at_home["kwh"] == pytest.approx(taken[0])


def test_a_van_charges_as_often_as_it_must(story: Callable[..., Story]) -> None:
    """Home, A and B are 20 km; of 12 km a charge on the way leaves 13 to go, wherever it is. With two it is 30 km:

    after home and after a box, so that 10 km are behind it each time, filled up first and then by the 8 km that are
    lacking in whole steps of five minutes.
    """
    told = story_with(story, {**electric(12), "chargers": [{**CORNER, "sockets": 1, "kw": 22.0}]})
    told.parcel(TUE, A)
    told.parcel(TUE, B)
    tables = told.told("none")
    (tuesday,) = trips(tables, day=TUE)
    (monday,) = trips(tables, day=MON)
    assert (tuesday["metres"], tuesday["stops"], tuesday["purpose"]) == (6 * LEG_M, 5, "delivery")
    assert tables.totals["charge_stops"] == 2
    assert tables.totals["breaches_range"] == 0
    steps = [int(np.ceil(km * KWH_PER_KM / (KEPT_SHARE * 22) * 3600 / STEP_S)) for km in (10, 8)]
    assert tuesday["service_s"] - monday["service_s"] == 2 * (240 + 20) + STEP_S * sum(steps)
    number = tables.trips["day"].tolist().index(TUE)
    mine = tables.charges["trip"] == number
    assert tables.charges["place"][mine].tolist() == ["corner", "corner", "Alfa's depot"]
    first, second, home = tables.charges["start_s"][mine].tolist()
    assert tuesday["depart_s"] < first < first + STEP_S * steps[0] < second < home == tuesday["return_s"]
    taken = kwh(
        {name: np.array([tuesday[name]]) for name in tuesday}, told.world.scenario.vehicles, told.world.conditions
    )
    assert tables.charges["kwh"][mine].sum() == pytest.approx(taken[0])
    assert tables.charges["kwh"][mine][0] == pytest.approx(taken[0] / 3)  # full again after two of six legs


def test_a_shift_that_is_too_short_to_charge_twice_calls_an_extra_van(story: Callable[..., Story]) -> None:
    """At 200 watts charging takes all day: the boxes go to vans of their own."""
    told = story_with(story, {**electric(12), "chargers": [{**CORNER, "sockets": 1, "kw": 0.2}]})
    told.parcel(TUE, A)
    told.parcel(TUE, B)
    tables = told.told("none")
    assert {trip["purpose"] for trip in trips(tables, day=TUE)} == {"delivery", "extra delivery"}
    assert tables.totals["charge_stops"] == tables.totals["breaches_range"] == 0


def test_a_van_that_is_not_charged_overnight_runs_out(story: Callable[..., Story]) -> None:
    """A socket of 40 watts gives about a quarter of a day's 10 km back: on the second or third day it is not enough."""
    told = story_with(story, {**electric(15), "carriers.0.charging": {"sockets": 1, "kw": 0.04}})
    tables = told.told("none")
    level, dry = 15 * KWH_PER_KM, 0
    last_back = None
    for trip in trips(tables):
        if last_back is not None:
            level += KEPT_SHARE * 0.04 * (DAY_S - last_back + trip["depart_s"]) / 3600
        row = {name: np.array([trip[name]]) for name in trip}
        level -= KEPT_SHARE * float(kwh(row, told.world.scenario.vehicles, told.world.conditions)[0])
        dry += level < 0
        last_back = trip["return_s"]
    assert dry == 4
    assert tables.totals["breaches_range"] == dry


def test_a_van_whose_range_is_short_today_is_passed_over_for_waste(story: Callable[..., Story]) -> None:
    """Box B is full on Tuesday; home and B are 15 km, for which a battery of 15 km is enough and one of 14 is not."""
    for km, taken in ((15, 3600), (14, 0)):
        told = story_with(story, electric(km))
        told.deposit(12 * H, B, 3600)
        tables = told.told("shared")
        assert sum(trip["waste_g"] for trip in trips(tables)) == taken
        assert tables.totals["breaches_range"] == 0


def test_waste_waits_for_a_van_that_can_still_drive_over_the_reception(story: Callable[..., Story]) -> None:
    """Box A and home are 15 km, over the reception 20: with less than that the van leaves the waste where it is."""
    for km, taken in ((20, 3000), (19, 0)):
        told = story_with(story, {**electric(km), "carriers.0.waste_to": {"kind": "reception"}})
        told.deposit(10 * H, A, 3000)
        told.parcel(TUE, A)
        tables = told.told("shared")
        assert sum(trip["waste_g"] for trip in trips(tables, day=TUE)) == taken
        assert tables.totals["breaches_range"] == 0


def test_a_store_that_its_van_can_never_empty_is_an_error(story: Callable[..., Story]) -> None:
    changes = electric(15)
    changes["vehicles.tired"] = {**ELECTRIC, "battery_kwh": 9.9 * KWH_PER_KM}
    told = story_with(story, {**changes, "carriers.0.waste_to": {**STORE, "vehicle": "tired"}})
    with pytest.raises(ScenarioError, match=r"'tired' drives 9\.9 km on a full battery.*10\.0 km"):
        told.told("shared")


def test_a_box_that_no_collection_vehicle_can_reach_is_an_error(story: Callable[..., Story]) -> None:
    """Yard, box, reception, vehicles: 15 km."""
    for km, reached in ((15, True), (14.9, False)):
        vehicle = {**ELECTRIC, "battery_kwh": km * KWH_PER_KM * (1 + 1e-9)}
        told = story({"emissions.temperature_c": [10.0] * 12, "vehicles.tram": vehicle, "municipality.vehicle": "tram"})
        told.deposit(10 * H, A, 3000)
        if reached:
            (round_,) = trips(told.told("dedicated"), purpose="collection")
            assert (round_["metres"], round_["waste_g"], round_["charge_start_s"]) == (15_000, 3000, round_["return_s"])
        else:
            with pytest.raises(ScenarioError, match="no vehicle reaches box 'A'"):
                told.told("dedicated")


def test_three_vans_take_turns_at_one_socket() -> None:
    """All are back at nine with 1, 2 and 3 kWh missing; an hour gives 1 kWh; the last leaves at noon, still waiting."""
    env = simpy.Environment(initial_time=0)
    kw = 1 / KEPT_SHARE
    kind = checked(VehicleType, {**ELECTRIC, "battery_kwh": 10.0})
    garage = Garage(env, Charging(sockets=1, kw=kw), dict.fromkeys(range(3), kind), depot="yard")
    charges = [Charge("Alfa", 0, 0, van, 8 * 3600) for van in range(3)]

    def nothing() -> Generator[Event, None, None]:
        yield from ()

    for van, charge in enumerate(charges):
        env.process(garage.trip(van, charge, nothing(), lambda van=van: (9 * 3600, 1.0 + van)))
    env.run(until=12 * 3600)
    assert [charge.start_s for charge in charges] == [9 * 3600, 10 * 3600, -1]
    garage.leave(2, Charge("Alfa", 0, 0, 2, 12 * 3600))
    assert garage.batteries[2].kwh == 7
    env.run(until=14 * 3600)
    garage.settle(14 * 3600)
    assert [battery.kwh for battery in garage.batteries.values()] == pytest.approx([10, 10, 7])
    assert [charge.socket_kwh * KEPT_SHARE for charge in charges] == pytest.approx([1, 2, 0])


def test_who_finds_the_charger_taken_waits_as_long_as_the_shift_allows() -> None:
    """Of two at one socket for ten minutes the second waits ten; with less time it goes on uncharged."""

    class Work:
        @staticmethod
        def share_driven(row: int, stop_row: int) -> float:
            return 0.5

    for patience_s, waited, charged in ((3600, 600, 2), (300, 300, 1)):
        env = simpy.Environment(initial_time=0)
        books = ChargedOnTheWay()
        run = SimpleNamespace(env=env, sockets=[Sockets.of(env, 1, 22, "corner")], charging=books)
        kind = checked(VehicleType, {**ELECTRIC, "battery_kwh": 10.0})
        garage = Garage(env, Charging(), dict.fromkeys(range(2), kind), depot="yard")
        vehicles = CarrierVehicles.__new__(CarrierVehicles)
        vehicles._context, vehicles._work, vehicles.garage = run, Work(), garage
        vehicles._tours = np.zeros((2, t.TOUR_COLUMNS), np.int64)
        vehicles._tours[:, t.TOUR_VEHICLE] = 0, 1
        vehicles._planned_kwh = {0: (0, 0.0, 8.0), 1: (0, 0.0, 8.0)}
        later = [env.process(vehicles.charge(row, [row, -1, 0, 600, 0, 0, 0], 0, patience_s)) for row in range(2)]
        env.run()
        assert [process.value for process in later] == [0, waited if charged == 2 else waited - 600]
        assert (books.stops, books.waited_s) == (charged, waited)
        gained = KEPT_SHARE * 22 * 600 / 3600
        assert [battery.charged_kwh for battery in garage.batteries.values()] == pytest.approx(
            [gained, gained if charged == 2 else 0]
        )


@pytest.mark.parametrize("alternative", ["dedicated", "shared", "hybrid"])
def test_energy_in_is_energy_out_and_what_is_left(world_of: Callable[..., World], alternative: str) -> None:
    """Of every battery of every operator, though sockets are scarce; and trips' energy is what their batteries gave."""
    battery = {"energy": "electricity", "battery_kwh": 4.0, "reserve_share": 0.1}
    data = small_data()["vehicles"]
    world = world_of(
        {
            "vehicles": {name: {**vehicle, **battery} for name, vehicle in data.items()},
            "carriers.0.charging": {"sockets": 1, "kw": 1.0},
            "municipality.charging": {"sockets": 1, "kw": 2.0},
            "chargers": [{**CORNER, "sockets": 1, "kw": 22.0}],
            "horizon.warmup_days": 0,
        },
        boxes=4,
    )
    prepared = prepare(world, 0)
    run = AlternativeRun(world, prepared.draws, prepared.plans, alternative, sample=Sample())
    run.run_until(world.days.count * DAY_S - 1)
    run.env.run(until=world.days.count * DAY_S + 1)
    garages = [carrier._vehicles.garage for carrier in run.carriers]
    garages += [run.collection._garage] if run.collection else []
    batteries = [battery for garage in garages for battery in garage.batteries.values()]
    run.close()
    for one in batteries:
        assert one.kwh == pytest.approx(one.capacity_kwh + one.charged_kwh - one.driven_kwh)
        assert one.kwh <= one.capacity_kwh * (1 + 1e-9)
    table = run.trip_log.table()
    assert table["charged_kwh"].sum() * KEPT_SHARE == pytest.approx(sum(one.charged_kwh for one in batteries))
    drawn = kwh(table, world.scenario.vehicles, world.conditions)
    assert drawn.sum() * KEPT_SHARE == pytest.approx(sum(one.driven_kwh for one in batteries))
    assert sum(one.charged_kwh for one in batteries) > 0
    # Each charge puts back what a trip took, and no trip's energy is put back twice.
    charges = run.trip_log.charge_table(table)
    assert charges["kwh"].sum() * KEPT_SHARE == pytest.approx(sum(one.charged_kwh for one in batteries))
    assert (np.bincount(charges["trip"], charges["kwh"], len(drawn)) <= drawn + 1e-6).all()
    assert any(TRANSFER in garage.batteries for garage in garages)


def test_cold_days_shorten_the_range(world_of: Callable[..., World]) -> None:
    world = world_of()
    kind = checked(VehicleType, {**ELECTRIC, "battery_kwh": 40.0, "reserve_share": 0.1})
    temperature_c = np.linspace(-10, 20, world.days.count - world.days.warmup)
    conditions = Conditions(temperature_c, np.full(24 * len(temperature_c), 96.0))
    metres = range_m(kind, world.days, conditions)
    assert (np.diff(metres[world.days.warmup :]) >= 0).all()
    assert metres[0] == metres[world.days.warmup]
    assert metres[0] == pytest.approx(1000 * 36 / battery_kwh_per_km(kind, -10.0), abs=1)


def test_what_was_taken_first_is_put_back_first() -> None:
    """Trips of 4 and 2 kWh; an hour at 3 kW between them, unplugged, then two more: the last 3 kWh are 1 and 2."""
    first, second = (Charge("Alfa", 0, day, 0, 8 * 3600) for day in (0, 1))
    battery = Battery(10.0, 10.0)
    for charge, taken in ((first, 4.0), (second, 2.0)):
        battery.charge = charge
        battery.drive(taken * KEPT_SHARE)
    battery.flows = [Flow(36_000, 3.0, 3.0, "yard"), Flow(100_000, 3.0, 3.0, "yard")]
    assert list(battery.paid()) == [
        (first, Flow(36_000, 3.0, 3.0, "yard")),
        (first, Flow(100_000, 3.0, 1.0, "yard")),
        (second, Flow(101_200, 3.0, 2.0, "yard")),
    ]


def test_vehicles_without_batteries_charge_nothing(story: Callable[..., Story]) -> None:
    told = story()
    for day in (MON, TUE, WED, THU, FRI):
        told.parcel(day, A)
    tables = told.told("none")
    assert set(tables.trips["charge_start_s"].tolist()) == {-1}
    assert not tables.trips["charge_kw"].any()
    assert not tables.trips["charged_kwh"].any()
    assert all(len(column) == 0 for column in tables.charges.values())


def test_a_run_with_batteries_is_the_same_twice(world_of: Callable[..., World]) -> None:
    changes = {
        "vehicles.van.energy": "electricity",
        "vehicles.van.battery_kwh": 4.0,
        "carriers.0.charging": {"sockets": 1, "kw": 2.0},
    }
    world = world_of(changes)
    one, other = (simulate(world, prepare(world, 0), "shared") for _ in range(2))
    for name, column in one.trips.items():
        assert np.array_equal(column, other.trips[name]), name
