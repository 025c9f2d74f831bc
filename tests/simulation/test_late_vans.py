"""Vans that are late take less: what a shift's end leaves them at each box, worked by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.stories import (
    BOX_S,
    CONTAINER_S,
    DAY_S,
    HOME_S,
    LEG_S,
    PARCEL_S,
    THU,
    TUE,
    WED,
    A,
    B,
    H,
    Story,
    of_boxes,
    trips,
)

PLANNED_S = 4 * LEG_S + HOME_S + 2 * (BOX_S + PARCEL_S)
"""A home and a parcel at each of both boxes."""


@pytest.mark.parametrize(
    ("spare_s", "containers"),
    [
        (0, 0),
        (CONTAINER_S - 1, 0),
        (CONTAINER_S, 1),
        (2 * CONTAINER_S - 1, 1),
        (2 * CONTAINER_S, 2),
    ],
)
def test_time_that_went_at_one_box_is_gone_at_the_next(
    story: Callable[..., Story], spare_s: int, containers: int
) -> None:
    """Both boxes have a container to take; the shift has time for as many as are taken and is kept to the second."""
    told = story({"carriers.0.shift": {"start_h": 8, "hours": (PLANNED_S + spare_s) / H}})
    for box in (A, B):
        told.deposit(10 * H, box, 3000)
        told.parcel(TUE, box)
    tables = told.told("shared")
    (tuesday,) = trips(tables, day=TUE)
    assert tuesday["waste_containers"] == containers
    assert tuesday["return_s"] == 8 * H + PLANNED_S + containers * CONTAINER_S
    assert sum(of_boxes(tables, "parcels_placed")) == 2
    assert tables.totals["breaches_shift"] == 0


@pytest.mark.parametrize("known", [True, False])
def test_what_found_no_room_in_the_morning_is_not_in_the_van_that_comes(
    story: Callable[..., Story], *, known: bool
) -> None:
    """A parcel for A is left over from Tuesday, and Wednesday's van is too full for it by a tenth of a litre or so.

    It comes to A all the same: for a parcel that its plan knows, or for the waste alone. On Thursday there is room.
    """
    others = 1 if known else 2
    told = story({"vehicles.van.volume_l": 115 + 3.6 * (others + 1) - 0.1})
    told.home_ml = 115_000
    told.hasten(to=0)
    told.outages.append([DAY_S + 7 * H, A, 5 * H])
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    for _ in range(others):
        told.parcel(WED, A if known else B)
    tables = told.told("shared")
    (tuesday,), (wednesday,), (thursday,) = (trips(tables, day=day) for day in (TUE, WED, THU))
    assert (tuesday["waste_g"], wednesday["waste_g"], thursday["waste_g"]) == (0, 3000, 0)
    assert (tuesday["box_stops"], wednesday["box_stops"], thursday["box_stops"]) == (1, 1 if known else 2, 1)
    assert of_boxes(tables, "parcels_placed") == [2, 0] if known else [1, 2]
    assert tables.totals["breaches_volume"] == 0
