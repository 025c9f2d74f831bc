"""Vans that were not charged full overnight charge on the day's way, if the map has sockets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.stories import LEG_M, MON, TUE, A, Story, trips
from tests.simulation.test_charging import CORNER, electric, story_with


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
