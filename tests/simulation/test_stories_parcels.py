"""Hand-worked weeks of parcels: fetched, tried again, expired, sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.stories import (
    BOX_S,
    DAY_S,
    HOME_S,
    LEG_M,
    MON,
    PARCEL_S,
    THU,
    TUE,
    A,
    B,
    H,
    Story,
    of_boxes,
    trips,
)


def test_a_parcel_nobody_fetches_goes_back(story: Callable[..., Story]) -> None:
    """Held for 24 h from Tuesday morning, it is expired on Wednesday, and known to be so when Thursday is planned."""
    told = story()
    told.parcel(TUE, A, dwell_h=-1)
    tables = told.told("none")
    assert of_boxes(tables, "parcels_expired") == of_boxes(tables, "parcels_returned") == [1, 0]
    (thursday,) = trips(tables, day=THU)
    assert (thursday["detour_parcel_m"], thursday["service_s"]) == (LEG_M, HOME_S + BOX_S + PARCEL_S)
    # From its placing on Tuesday to its return on Thursday a door was taken.
    hours = float(tables.boxes["occupied_door_h"][0])
    assert hours == pytest.approx(48, abs=0.5)


def test_stays_are_told_by_whole_hours(story: Callable[..., Story]) -> None:
    """Brought on Tuesday morning: one is fetched after 90 minutes, one waits 5 h for a mended box, one goes back."""
    told = story({"residents.parcels.dwell.closed_hours": None})
    told.parcel(TUE, A, dwell_h=1.5)
    told.parcel(TUE, B, dwell_h=2)
    told.parcel(TUE, A, dwell_h=-1)
    told.outages.append([TUE * DAY_S + 10 * H, B, 4 * H])
    tables = told.told("none")
    left = {int(h): (int(f), int(r)) for h, f, r in zip(*tables.stays.values(), strict=True) if f or r}
    placed_s = int(tables.boxes["dwell_h"][A] * 3600)
    assert placed_s == 90 * 60
    waited_h = int(tables.boxes["dwell_h"][B])
    assert waited_h == 5  # from about half past eight to two o'clock
    assert left == {1: (1, 0), waited_h: (1, 0), 47: (0, 1)}


def test_a_sending_is_fetched_on_the_next_day(story: Callable[..., Story]) -> None:
    told = story()
    told.send(MON * DAY_S + 18 * H, B)
    tables = told.told("none")
    assert of_boxes(tables, "sends_accepted") == of_boxes(tables, "sends_collected") == [0, 1]
    (tuesday,) = trips(tables, day=TUE)
    assert (tuesday["metres"], tuesday["service_s"]) == (3 * LEG_M, HOME_S + BOX_S + PARCEL_S)


def test_a_parcel_without_a_door_is_tried_again_and_redirected_in_the_end(story: Callable[..., Story]) -> None:
    doors = [{"size": "A", "count": 1, "width_cm": 60, "depth_cm": 60, "height_cm": 60, "mass_limit_kg": 30}]
    told = story({"boxes.designs.small.parcel_doors": doors, "residents.parcels.holding_h": 999.0})
    told.parcel(MON, A, dwell_h=900)
    told.parcel(MON, A)
    tables = told.told("none")
    # One is tried on Monday, Tuesday and Wednesday, in vain.
    assert of_boxes(tables, "parcels_placed") == [1, 0]
    assert of_boxes(tables, "parcels_redirected") == [1, 0]
    assert of_boxes(tables, "visits_van") == [3, 0]
    assert [trip["metres"] // LEG_M for trip in trips(tables)] == [3, 3, 3, 2, 2]
