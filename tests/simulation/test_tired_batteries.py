"""Vans that were not charged full overnight charge on the day's way, if the map has sockets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.stories import LEG_M, MON, STORE, TUE, A, B, H, Story, delivered, trips
from tests.simulation.test_charging import CORNER, ELECTRIC, KWH_PER_KM, electric, story_with


@pytest.mark.parametrize("on_the_way", [True, False])
def test_a_van_that_is_not_charged_overnight_charges_on_its_way(
    story: Callable[..., Story], *, on_the_way: bool
) -> None:
    """Home and box A are 15 km, of which a battery of 24 leaves 9, and a socket of 40 watts gives some 2.5 back."""
    changes = {**electric(24), "carriers.0.charging": {"sockets": 1, "kw": 0.04}}
    chargers = [{**CORNER, "sockets": 1, "kw": 22.0}] if on_the_way else []
    told = story_with(story, {**changes, "chargers": chargers})
    told.parcel(MON, A)
    told.parcel(TUE, A)
    tables = told.told("none")
    (monday,), (tuesday,) = trips(tables, day=MON), trips(tables, day=TUE)
    assert monday["metres"] == 3 * LEG_M
    assert (monday["stops"], tuesday["stops"]) == (2, 3 if on_the_way else 2)
    assert tuesday["metres"] == (4 if on_the_way else 3) * LEG_M
    assert tables.totals["charge_stops"] == (1 if on_the_way else 0)
    # From Wednesday on there is too little even so.
    assert tables.totals["breaches_range"] == (3 if on_the_way else 4)


def test_a_tour_that_cannot_be_charged_for_is_driven_as_planned(story: Callable[..., Story]) -> None:
    """A charger of ten watts helps nobody within a shift: nothing of the try is left in Tuesday's tour."""
    changes = {**electric(24), "carriers.0.charging": {"sockets": 1, "kw": 0.04}}
    told = story_with(story, {**changes, "chargers": [{**CORNER, "sockets": 1, "kw": 0.01}]})
    told.parcel(MON, A)
    told.parcel(TUE, A)
    tables = told.told("none")
    (monday,), (tuesday,) = trips(tables, day=MON), trips(tables, day=TUE)
    same = ("metres", "driving_s", "service_s", "stops", "return_s", "metres_b2", "seconds_b2", "fill_peak", "load_kgm")
    assert {name: tuesday[name] for name in same} == {name: monday[name] for name in same}
    assert tables.totals["charge_stops"] == 0


def test_slow_sockets_are_worth_their_time_where_there_is_enough(story: Callable[..., Story]) -> None:
    """Home, A and B are 20 km, with two stops for charging 30, of which the battery has 12; 800 watts take hours."""
    told = story_with(story, {**electric(12), "chargers": [{**CORNER, "sockets": 1, "kw": 0.8}]})
    told.parcel(TUE, A)
    told.parcel(TUE, B)
    tables = told.told("none")
    (tuesday,) = trips(tables, day=TUE)
    assert (tuesday["metres"], tuesday["stops"], tuesday["purpose"]) == (6 * LEG_M, 5, "delivery")
    assert tuesday["service_s"] > 4 * 3600
    assert tables.totals["charge_stops"] == 2
    assert tables.totals["breaches_range"] == tables.totals["breaches_shift"] == 0


def test_a_battery_that_is_just_enough_for_the_reception_is_sent_there(story: Callable[..., Story]) -> None:
    """There and back are 10 km."""
    tired = {**ELECTRIC, "battery_kwh": 10 * KWH_PER_KM * (1 + 1e-9)}
    store = {**STORE, "vehicle": "tired", "mass_limit_kg": 16.5, "empty_at": 0.15}
    told = story_with(story, {**electric(20), "vehicles.tired": tired, "carriers.0.waste_to": store})
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    tables = told.told("shared")
    (run,) = trips(tables, purpose="transfer")
    assert (run["vehicle_type"], run["metres"]) == ("tired", 2 * LEG_M)
    assert delivered(tables) == 3000
    assert tables.totals["breaches_range"] == 0
