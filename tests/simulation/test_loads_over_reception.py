"""What rides how far in a van that ends over the reception, leg by leg."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.stories import LEG_M, TUE, A, B, H, Story, trips

HOME_KG, PARCEL_KG = 1.0, 0.5


@pytest.mark.parametrize("taken_back", [0, 2])
def test_each_load_rides_from_where_it_came_aboard_to_where_it_leaves(
    story: Callable[..., Story], taken_back: int
) -> None:
    """Waste leaves at the reception, the fourth leg's end; parcels taken at A ride one leg more, to the depot."""
    told = story({"carriers.0.waste_to": {"kind": "reception", "unload_s": 600}})
    told.deposit(10 * H, A, 3000)
    told.deposit(12 * H, B, 3600)
    told.parcel(TUE, A)
    for minute in range(taken_back):
        told.send(20 * H + 60 * minute, A)
    tables = told.told("shared", sample_day=TUE)
    (tuesday,) = trips(tables, day=TUE)
    (tour,) = tables.sample_tours
    first_box = told.world.first_box
    home, a, b, reception = (
        tour.places.index(place) for place in (0, first_box + A, first_box + B, told.world.reception)
    )
    assert (reception, len(tour.places)) == (4, 6)
    legs = HOME_KG * home + PARCEL_KG * a + 3.0 * (4 - a) + 3.6 * (4 - b) + taken_back * PARCEL_KG * (5 - a)
    assert tuesday["load_kgm"] == pytest.approx(legs * LEG_M)
