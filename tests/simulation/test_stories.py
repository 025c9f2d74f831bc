"""Hand-worked weeks: where each kilogram and parcel goes, and what each vehicle drives for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.simulation.stories import (
    BOX_S,
    CONTAINER_S,
    DAY_S,
    FRI,
    HOME_S,
    LEG_M,
    LEG_S,
    MON,
    PARCEL_S,
    STORE,
    THU,
    TUE,
    WED,
    A,
    B,
    H,
    Story,
    delivered,
    in_stores,
    of_boxes,
    story_changes,
    trips,
)
from tests.worlds import LAT, LON, STEP_LON

from molosim.simulation import box_state as c


def monday_s_waste(told: Story) -> None:
    """3 kg into A, 2 kg more that find no room there, 3.6 kg into B; a parcel brings the van to A on Tuesday."""
    told.deposit(10 * H, A, 3000)
    told.deposit(11 * H, A, 2000, car=0)
    told.deposit(12 * H, B, 3600)
    told.parcel(TUE, A)


def test_a_week_in_which_a_van_takes_the_waste_along(story: Callable[..., Story]) -> None:
    told = story()
    monday_s_waste(told)
    tables = told.told("shared")
    assert of_boxes(tables, "offered_g_hazardous") == [5000, 3600]
    assert of_boxes(tables, "stored_g_hazardous") == [3000, 3600]
    assert of_boxes(tables, "refused_n_hazardous") == [1, 0]
    assert of_boxes(tables, "centre_g_hazardous") == [2000, 0]
    # There and back by car, for nothing else.
    assert of_boxes(tables, "own_car_trips") == [1, 0]
    assert of_boxes(tables, "car_m") == [2 * LEG_M, 0]
    assert of_boxes(tables, "car_s") == [2 * LEG_S, 0]
    assert of_boxes(tables, "collected_g_hazardous") == [3000, 3600]
    assert of_boxes(tables, "pickups") == [1, 1]
    assert (in_stores(tables), delivered(tables)) == (6600, 0)
    (tuesday,) = trips(tables, day=TUE)
    assert tuesday["purpose"] == "delivery"
    # Depot, home, A, B in some order, depot; of which B is there for its waste alone.
    assert (tuesday["stops"], tuesday["box_stops"]) == (3, 2)
    assert (tuesday["metres"], tuesday["driving_s"]) == (4 * LEG_M, 4 * LEG_S)
    assert tuesday["service_s"] == HOME_S + (BOX_S + PARCEL_S + CONTAINER_S) + (BOX_S + CONTAINER_S)
    assert tuesday["return_s"] == 8 * H + 4 * LEG_S + tuesday["service_s"]
    assert (tuesday["metres_b2"], tuesday["seconds_b2"]) == (4 * LEG_M, 4 * LEG_S)  # all at 30 km/h
    assert (tuesday["waste_g"], tuesday["waste_containers"], tuesday["waste_points_milli"]) == (6600, 2, 19_800)
    assert (tuesday["detour_waste_m"], tuesday["detour_waste_s"]) == (LEG_M, LEG_S + BOX_S + 2 * CONTAINER_S)
    assert (tuesday["detour_parcel_m"], tuesday["detour_parcel_s"]) == (0, 0)
    for day in (MON, WED, THU, FRI):
        (other,) = trips(tables, day=day)
        assert (other["metres"], other["service_s"], other["waste_g"]) == (2 * LEG_M, HOME_S, 0)


def test_the_same_week_with_a_collection_vehicle_on_thursday(story: Callable[..., Story]) -> None:
    told = story()
    monday_s_waste(told)
    tables = told.told("dedicated")
    (round_,) = trips(tables, purpose="collection")
    # Yard, A and B, reception, yard.
    assert (round_["day"], round_["depart_s"]) == (THU, 7 * H)
    assert (round_["metres"], round_["driving_s"]) == (4 * LEG_M, 4 * LEG_S)
    assert round_["service_s"] == 2 * (BOX_S + CONTAINER_S) + 900
    assert (round_["waste_g"], round_["waste_containers"], round_["box_stops"]) == (6600, 2, 2)
    assert of_boxes(tables, "visits_collection") == [1, 1]
    assert of_boxes(tables, "collected_g_hazardous") == [3000, 3600]
    assert (in_stores(tables), delivered(tables)) == (0, 6600)
    (tuesday,) = trips(tables, day=TUE)
    assert (tuesday["metres"], tuesday["waste_g"]) == (3 * LEG_M, 0)
    assert tuesday["service_s"] == HOME_S + BOX_S + PARCEL_S


def test_the_same_week_without_waste_doors(story: Callable[..., Story]) -> None:
    told = story()
    monday_s_waste(told)
    told.deposit(13 * H, B, 700, chance=0)
    tables = told.told("none")
    assert of_boxes(tables, "stored_g_hazardous") == [0, 0]
    assert of_boxes(tables, "refused_n_hazardous") == [0, 0]
    assert of_boxes(tables, "centre_g_hazardous") == [5000, 3600]
    assert of_boxes(tables, "residual_g_hazardous") == [0, 700]
    assert of_boxes(tables, "own_car_trips") == [1, 0]
    assert delivered(tables) == 0
    assert [trip["metres"] for trip in trips(tables, operator="Alfa")] == [2 * LEG_M, 3 * LEG_M, *[2 * LEG_M] * 3]


def test_in_the_same_week_hybrid_sends_both(story: Callable[..., Story]) -> None:
    """On Tuesday B is nine tenths full and the vehicle comes for it and for A; the van still meets A's parcel."""
    told = story({"alternatives.hybrid.max_detour_min": 0.0})
    monday_s_waste(told)
    tables = told.told("hybrid")
    (round_,) = trips(tables, purpose="collection")
    assert (round_["day"], round_["waste_g"]) == (TUE, 6600)
    assert sum(trip["waste_g"] for trip in trips(tables, purpose="delivery")) == 0
    assert delivered(tables) == 6600


def test_a_van_with_a_way_over_the_reception_brings_waste_in_the_same_day(story: Callable[..., Story]) -> None:
    told = story({"carriers.0.waste_to": {"kind": "reception", "unload_s": 600}})
    monday_s_waste(told)
    tables = told.told("shared")
    (tuesday,) = trips(tables, day=TUE)
    assert tuesday["metres"] == 5 * LEG_M
    assert tuesday["service_s"] == HOME_S + (BOX_S + PARCEL_S + CONTAINER_S) + (BOX_S + CONTAINER_S) + 600
    assert tuesday["return_s"] == 8 * H + 5 * LEG_S + tuesday["service_s"]
    assert tuesday["detour_waste_m"] == 2 * LEG_M
    assert tuesday["detour_waste_s"] == 2 * LEG_S + BOX_S + 2 * CONTAINER_S + 600
    assert (in_stores(tables), delivered(tables)) == (0, 6600)
    # Without waste aboard it drives straight home.
    assert [trip["metres"] for trip in trips(tables)] == [2 * LEG_M, 5 * LEG_M, *[2 * LEG_M] * 3]


@pytest.mark.parametrize(("spare_s", "waste_g"), [(0, 3000), (-1, 0)])
def test_a_van_takes_waste_only_if_it_can_still_be_back_over_the_reception(
    story: Callable[..., Story], spare_s: int, waste_g: int
) -> None:
    """Three ways, a home, a parcel at A, one container; then one way more and the unloading."""
    day_s = 4 * LEG_S + HOME_S + BOX_S + PARCEL_S + CONTAINER_S + 600 + spare_s
    shift = {"start_h": 8, "hours": day_s / H}
    told = story({"carriers.0.waste_to": {"kind": "reception", "unload_s": 600}, "carriers.0.shift": shift})
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    tables = told.told("shared")
    (tuesday,) = trips(tables, day=TUE)
    assert tuesday["waste_g"] == waste_g
    assert tables.totals["breaches_shift"] == 0


@pytest.mark.parametrize(
    ("store", "day"),
    [
        ({"mass_limit_kg": 16.5, "empty_at": 0.4}, WED),  # 6.6 kg of 16.5
        ({"mass_limit_kg": 16.5, "empty_at": 0.41}, None),
        ({"points_limit": 39.6, "empty_at": 0.5}, WED),  # 19.8 points of 39.6
        ({"max_age_days": 1}, WED),  # on Thursday it would be two days old
        ({"max_age_days": 2}, THU),
        ({"max_age_days": 3}, FRI),
        ({"max_age_days": 4}, None),
    ],
)
def test_a_transfer_run_brings_the_store_to_the_reception(
    story: Callable[..., Story], store: dict[str, Any], day: int | None
) -> None:
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    told = story({"carriers.0.waste_to": {**STORE, **store}, "carriers.0.shift.weekdays": every_day})
    monday_s_waste(told)
    tables = told.told("shared")
    runs = trips(tables, purpose="transfer")
    if day is None:
        assert runs == []
        assert (in_stores(tables), delivered(tables)) == (6600, 0)
        return
    (one,) = runs
    assert (one["day"], one["depart_s"], one["operator"]) == (day, 8 * H, "Alfa")
    assert (one["metres"], one["driving_s"], one["service_s"]) == (2 * LEG_M, 2 * LEG_S, 900)
    assert (one["waste_g"], one["waste_containers"], one["waste_points_milli"]) == (6600, 2, 19_800)
    assert (in_stores(tables), delivered(tables)) == (0, 6600)
    assert tables.totals["breaches_age"] == 0


def test_the_sampled_day_shows_its_transfer_runs(story: Callable[..., Story]) -> None:
    told = story({"carriers.0.waste_to": {**STORE, "mass_limit_kg": 16.5, "empty_at": 0.4}})
    monday_s_waste(told)
    world = told.world
    for day, runs in ((TUE, []), (WED, trips(told.told("shared"), purpose="transfer"))):
        shown = [tour for tour in told.told("shared", sample_day=day).sample_tours if tour.purpose == "transfer"]
        assert len(shown) == len(runs)
    (tour,), depot = shown, world.fleets[0].depot
    assert (tour.operator, tour.vehicle, tour.vehicle_type) == ("Alfa", 0, "van")
    assert tour.places == [depot, world.reception, depot]
    assert tour.arrive_s == [8 * H, 8 * H + LEG_S, 8 * H + 2 * LEG_S + 900]
    assert tour.leave_s == [8 * H, 8 * H + LEG_S + 900, runs[0]["return_s"]]


def test_a_full_van_declines(story: Callable[..., Story]) -> None:
    """15 points hold one of the containers with 9 and 10.8 points; the other is taken on Wednesday."""
    told = story({"vehicles.van.adr_points": 15.0})
    monday_s_waste(told)
    told.parcel(WED, A)
    told.parcel(WED, B)
    tables = told.told("shared")
    first, second = trips(tables, day=TUE)[0]["waste_g"], trips(tables, day=WED)[0]["waste_g"]
    assert sorted((first, second)) == [3000, 3600]
    assert tables.totals["breaches_adr"] == 0


@pytest.mark.parametrize(("first", "waste_g"), [("A", 0), ("home", 3000)])
def test_a_van_still_full_of_parcels_declines(story: Callable[..., Story], first: str, waste_g: int) -> None:
    """70 litres for the home and 3.6 for A: only after the home is there room for 57.5 litres in a van of 125."""
    told = story({"vehicles.van.volume_l": 125.0})
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    told.home_ml = 70_000
    told.hasten(to=told.world.first_box if first == "A" else 0)
    tables = told.told("shared")
    (tuesday,) = trips(tables, day=TUE)
    assert tuesday["waste_g"] == waste_g
    assert tuesday["fill_start"] == pytest.approx(73.6 / 125)
    assert tuesday["fill_peak"] == pytest.approx(73.6 / 125)
    assert tables.totals["breaches_volume"] == 0


def test_a_box_below_the_fill_is_passed_by(story: Callable[..., Story]) -> None:
    told = story()
    told.deposit(10 * H, A, 1199)  # just below three tenths of four kilograms
    told.deposit(10 * H, B, 1200)
    told.parcel(TUE, A)
    told.parcel(TUE, B)
    tables = told.told("shared")
    assert of_boxes(tables, "collected_g_hazardous") == [0, 1200]


def test_a_detour_that_takes_too_long_is_not_made(story: Callable[..., Story]) -> None:
    """600 s of driving, 240 s and room for two kinds of containers make 16 minutes."""
    for minutes, metres in ((15.9, 2 * LEG_M), (16.0, 3 * LEG_M)):
        told = story({"alternatives.shared.max_detour_min": minutes})
        told.deposit(12 * H, B, 3600)
        (tuesday,) = trips(told.told("shared"), day=TUE)
        assert tuesday["metres"] == metres


def test_of_two_full_boxes_the_fuller_is_visited_where_there_is_time_for_one(story: Callable[..., Story]) -> None:
    """Two ways, the home; one way more, a stop with room for two kinds of containers, and a minute."""
    day_s = 3 * LEG_S + HOME_S + BOX_S + 3 * CONTAINER_S
    told = story({"carriers.0.shift": {"start_h": 8, "hours": day_s / H}})
    told.deposit(10 * H, A, 3000)
    told.deposit(10 * H, B, 3600)
    tables = told.told("shared")
    assert [trip["waste_g"] for trip in trips(tables)] == [0, 3600, 3000, 0, 0]


def test_a_detour_takes_the_waste_that_its_plan_kept_time_for(story: Callable[..., Story]) -> None:
    day_s = 3 * LEG_S + HOME_S + BOX_S + 2 * CONTAINER_S
    told = story({"carriers.0.shift": {"start_h": 8, "hours": day_s / H}})
    told.deposit(10 * H, B, 3600)
    tables = told.told("shared")
    assert [trip["waste_g"] for trip in trips(tables)] == [0, 3600, 0, 0, 0]


@pytest.mark.parametrize("near", [0, 1])
def test_a_detour_is_made_by_the_carrier_for_whom_it_is_shortest(story: Callable[..., Story], near: int) -> None:
    alfa = story_changes()["carriers"][0] | {"parcel_share": 0.5}
    beta = {**alfa, "name": "Beta", "depot": {"name": "Beta's depot", "lon": LON + 5 * STEP_LON, "lat": LAT}}
    told = story({"carriers": [alfa, beta]})
    told.deposit(12 * H, B, 3600)
    told.hasten(to=told.world.first_box + B, carrier=near)
    tables = told.told("shared")
    (tuesday,) = [trip for trip in trips(tables, day=TUE) if trip["waste_g"]]
    assert tuesday["operator"] == ("Alfa", "Beta")[near]


@pytest.mark.parametrize(("days_ahead", "waste_g"), [(0.42, 3000), (0.41, 0)])
def test_a_forecast_reckons_with_the_growth_since_the_last_emptying(
    story: Callable[..., Story], days_ahead: float, waste_g: int
) -> None:
    """Three quarters after a day and a quarter grow by 0.6 a day, so that 0.417 days later the container is full."""
    told = story({"alternatives.dedicated.trigger": {"kind": "forecast", "fill": 1.0, "days_ahead": days_ahead}})
    told.deposit(10 * H, A, 3000)
    tables = told.told("dedicated")
    assert delivered(tables) == waste_g
    assert all(trip["day"] == TUE for trip in trips(tables, purpose="collection"))


@pytest.mark.parametrize(("spare_s", "containers"), [(0, 2), (CONTAINER_S, 3)])
def test_a_round_takes_what_was_opened_since_its_planning_while_there_is_time(
    story: Callable[..., Story], spare_s: int, containers: int
) -> None:
    """Thursday is planned at six for the two containers that A has; at half past six a third is opened."""
    shift = {"start_h": 7, "hours": (3 * LEG_S + BOX_S + 2 * CONTAINER_S + 900 + spare_s) / H}
    told = story({"boxes.regime": "reserved_with_overflow", "municipality.shift": shift})
    told.deposit(10 * H, A, 3000)
    told.deposit(11 * H, A, 5000, "textiles")
    told.deposit(THU * DAY_S + 6 * H + 1800, A, 2000)
    tables = told.told("dedicated")
    (round_,) = trips(tables, purpose="collection")
    assert round_["waste_containers"] == containers
    assert tables.totals["breaches_shift"] == 0


def test_a_van_that_breaks_down_leaves_its_boxes_for_the_next_day(story: Callable[..., Story]) -> None:
    told = story()
    monday_s_waste(told)
    told.breakdowns[TUE] = 0.0
    tables = told.told("shared")
    (tuesday,), (wednesday,) = trips(tables, day=TUE), trips(tables, day=WED)
    assert (tuesday["breakdown"], tuesday["box_stops"], tuesday["waste_g"]) == (1, 0, 0)
    # A replacement drives the rest of the tour as planned.
    assert tuesday["metres"] == 4 * LEG_M
    assert (wednesday["breakdown"], wednesday["box_stops"], wednesday["waste_g"]) == (0, 2, 6600)
    assert wednesday["detour_parcel_m"] == LEG_M
    assert of_boxes(tables, "parcels_placed") == [1, 0]
    assert of_boxes(tables, "visits_van") == [1, 1]


def test_a_box_out_of_order_gives_and_takes_nothing(story: Callable[..., Story]) -> None:
    """A is out on Tuesday until noon: no parcel in, no waste out, a deposit refused; on Wednesday all is made good."""
    told = story()
    monday_s_waste(told)
    told.outages.append([DAY_S + 7 * H, A, 5 * H])
    told.deposit(DAY_S + 9 * H, A, 500, "electronics")
    tables = told.told("shared")
    (tuesday,), (wednesday,) = trips(tables, day=TUE), trips(tables, day=WED)
    assert (tuesday["waste_g"], wednesday["waste_g"]) == (3600, 3000)
    assert of_boxes(tables, "refused_n_electronics") == [1, 0]
    assert of_boxes(tables, "centre_g_electronics") == [500, 0]
    assert of_boxes(tables, "parcels_placed") == [1, 0]
    assert of_boxes(tables, "visits_van") == [2, 1]
    assert tables.totals["outages"] == 1


def test_what_is_refused_comes_again(story: Callable[..., Story]) -> None:
    """Refused on Monday at noon and kept; again 36 hours later, after the van has emptied the box on Tuesday."""
    told = story()
    told.deposit(10 * H, A, 3000)
    keeps = round(0.1 * c.CHANCE)  # of the ways open without another box near, the first is to come again
    told.deposit(12 * H, A, 2000, chance=keeps)
    told.parcel(TUE, A)
    tables = told.told("shared")
    assert of_boxes(tables, "refused_n_hazardous") == [1, 0]
    assert of_boxes(tables, "stored_g_hazardous") == [5000, 0]
    assert of_boxes(tables, "inside_g_hazardous") == [2000, 0]
    assert of_boxes(tables, "centre_g_hazardous") == [0, 0]


def test_who_finds_no_room_walks_to_the_other_box(story: Callable[..., Story]) -> None:
    told = story({"boxes.walking_limit_m": 3000})
    told.deposit(10 * H, A, 3000)
    told.deposit(12 * H, A, 2000, chance=0)
    tables = told.told("dedicated")
    assert of_boxes(tables, "refused_g_hazardous") == [2000, 0]
    assert of_boxes(tables, "moved_g_hazardous") == [2000, 0]
    assert of_boxes(tables, "stored_g_hazardous") == [3000, 2000]
    assert np.sum(tables.boxes["collected_g_hazardous"]) == 5000


@pytest.mark.parametrize(
    "to",
    [
        "store",
        "reception",
    ],
)
def test_a_van_back_at_midnight_of_the_last_day_has_brought_its_waste_in(story: Callable[..., Story], to: str) -> None:
    """From 15 o'clock to the last second of a shift that ends with the day."""
    unload_s = LEG_S + 600 if to == "reception" else 0
    home_s = 9 * H - 3 * LEG_S - BOX_S - PARCEL_S - CONTAINER_S - unload_s
    told = story(
        {
            "carriers.0.shift": {"start_h": 15, "hours": 9},
            "carriers.0.home.stop_s": home_s,
            "carriers.0.waste_to": STORE if to == "store" else {"kind": "reception", "unload_s": 600},
        }
    )
    told.deposit(FRI * DAY_S, A, 3000)
    told.parcel(FRI, A)
    tables = told.told("shared")
    (friday,) = trips(tables, day=FRI)
    assert friday["return_s"] == DAY_S
    assert friday["waste_g"] == delivered(tables) + in_stores(tables) == 3000
