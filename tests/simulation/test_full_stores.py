"""Room in a depot's store is promised as waste is taken, so that two boxes of a tour do not get the same room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.simulation.stories import STORE, TUE, WED, A, B, H, Story, in_stores, trips


@pytest.mark.parametrize(
    ("store", "taken"),
    [
        ({"points_limit": 20.0}, 2),
        ({"points_limit": 19.8}, 2),
        ({"points_limit": 19.7}, 1),
        ({"points_limit": 15.0}, 1),
        ({"mass_limit_kg": 17.9}, 2),
        ({"mass_limit_kg": 17.8}, 1),
    ],
)
def test_a_tour_takes_what_the_store_has_room_for_in_all(
    story: Callable[..., Story], store: dict[str, Any], taken: int
) -> None:
    """9 and 10.8 points in two boxes; or 3 kg and 14.9 kg of textiles."""
    told = story({"carriers.0.waste_to": {**STORE, "empty_at": 1.0, **store}})
    told.deposit(10 * H, A, 3000)
    if "points_limit" in store:
        told.deposit(10 * H, B, 3600)
    else:
        told.deposit(10 * H, B, 14_900, "textiles")
    for box in (A, B):
        told.parcel(TUE, box)
    (tuesday,) = trips(told.told("shared"), day=TUE)
    assert tuesday["waste_containers"] == taken


def test_room_that_was_promised_is_free_again_when_the_waste_is_there(story: Callable[..., Story]) -> None:
    """Of 15 points 9 are used on Tuesday; a container of 5.7 finds room on Wednesday. Twice promised it would not."""
    told = story({"carriers.0.waste_to": {**STORE, "empty_at": 1.0, "points_limit": 15.0}})
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    told.deposit(10 * H, B, 1900)
    told.parcel(WED, B)
    tables = told.told("shared")
    assert [trip["waste_g"] for trip in trips(tables)] == [0, 3000, 1900, 0, 0]
    assert in_stores(tables) == 4900
