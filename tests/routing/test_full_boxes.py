"""Boxes that hold more than a vehicle: a round takes of them what one load can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.routing.plainly import limits_row
from tests.routing.test_rounds import FLEET, PLACES, RECEPTION, assert_sound, boxes, seen

from molosim.network.travel import Travel
from molosim.routing import tours as t
from molosim.routing.rounds import plan_rounds

ML, G, POINTS = 100_000, 10_000, 20_000
SMALL = replace(FLEET, limits=limits_row(ML, G, POINTS, 20 * 3600)[None])


@pytest.mark.parametrize(
    ("held", "loaded"),
    [
        ({"ml": 3 * ML}, (ML, 3_000, 9_000)),
        ({"g": 3 * G}, (57_456, G, 9_000)),
        ({"points": 3 * POINTS}, (57_456, 3_000, POINTS)),
        ({"ml": 3 * ML, "g": 3 * G, "points": 3 * POINTS}, (ML, G, POINTS)),
        ({"ml": ML, "g": G, "points": POINTS}, (ML, G, POINTS)),
    ],
)
def test_a_box_that_no_vehicle_can_empty_is_planned_with_a_full_load(
    travel_of: Callable[..., Travel], tmp_path: Path, held: dict[str, int], loaded: tuple[int, int, int]
) -> None:
    travel, full = travel_of(PLACES, 3), boxes(1, **held)[0]
    rounds = plan_rounds(SMALL, [full], travel, tmp_path)
    assert seen(rounds) == [full.place]
    (stop,) = (row for row in rounds[0].stops if row[t.STOP_PLACE] != RECEPTION)
    assert stop[[t.STOP_ML, t.STOP_G, t.STOP_POINTS]].tolist() == list(loaded)


def test_after_each_full_box_a_vehicle_tips(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    full = boxes(3, ml=3 * ML)
    rounds = plan_rounds(replace(SMALL, vehicles=(1,)), full, travel_of(PLACES, 3), tmp_path)
    assert seen(rounds) == [d.place for d in full]
    (one,) = rounds
    assert one.stops[:, t.STOP_TIPS].tolist() == [0, 1] * 3
    assert one.tour[t.TOUR_PEAK_ML] == ML


def test_no_round_of_several_vehicles_breaks_a_limit(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    """Short shifts need both vehicles, of which one meets more than it can hold: it tips in between."""
    more = 0
    for seed in range(12):
        travel = travel_of(PLACES, seed)
        due = [*boxes(6), *(replace(one, place=one.place + 6, ml=1_000, points=0) for one in boxes(6))]
        limits = limits_row(140_000, 10**5, 2 * 10**5, 7 * 3600 + 3 * 3600)[None]
        rounds = plan_rounds(replace(FLEET, limits=limits, roads_key=str(seed)), due, travel, tmp_path)
        assert_sound(rounds, replace(FLEET, limits=limits), due, travel)
        more += len(rounds) > 1
    assert more > 0
