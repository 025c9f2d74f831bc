"""Legs at every hour of the day, waste in a box's first door, heavy parcels that leave no payload for waste."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.stories import DAY_S, TUE, WED, A, B, H, Story, of_boxes, trips
from tests.worlds import small_data

from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample
from molosim.simulation.world import World


def test_a_leg_takes_as_long_as_at_its_hour(world_of: Callable[..., World]) -> None:
    """Also late in the evening, and after midnight of a tour that began the day before."""
    late = {"name": "late", "hours": [0, 23], "factor": 0.4, "by_class": {}}
    world = world_of({"map.congestion": [late]})
    prepared = prepare(world, 0)
    city = AlternativeRun(world, prepared.draws, prepared.plans, "none", sample=Sample())
    depot, place = world.fleets[0].depot, world.reception
    of_hour = [city.leg(depot, place, hour * 3600 + 1800)[1] for hour in range(26)]
    assert of_hour[1:23] == [of_hour[12]] * 22
    assert of_hour[0] == of_hour[23] == of_hour[24] == 2 * of_hour[12]
    assert of_hour[25] == of_hour[1]


def test_the_first_door_of_a_box_takes_waste_too(story: Callable[..., Story]) -> None:
    """Four doors are for anybody: the first deposits open a container each, and more find no room."""
    door = small_data()["boxes"]["designs"]["small"]["parcel_doors"][1]
    told = story(
        {
            "boxes.regime": "shared",
            "boxes.designs.small.parcel_doors": [{**door, "count": 2}],
        }
    )
    for number in range(6):
        told.deposit(10 * H + number, A, 3900)
    tables = told.told("dedicated")
    stored = of_boxes(tables, "stored_g_hazardous")[0]
    assert stored == 4 * 3900


@pytest.mark.parametrize(("first", "waste_g"), [(A, 0), (B, 14_900)])
def test_a_van_still_heavy_with_parcels_declines(story: Callable[..., Story], first: int, waste_g: int) -> None:
    """12 kg for B leave no room for 14.9 kg of textiles at A in a van for 25, as long as they are aboard."""
    told = story({"vehicles.van.payload_kg": 25.0})
    told.deposit(10 * H, A, 14_900, "textiles")
    told.parcel(TUE, A)
    told.parcel(TUE, B, grams=12_000)
    told.hasten(to=told.world.first_box + first)
    tables = told.told("shared")
    (tuesday,) = trips(tables, day=TUE)
    assert tuesday["waste_g"] == waste_g
    assert tables.totals["breaches_mass"] == 0


@pytest.mark.parametrize(("first", "waste_g"), [(A, 0), (B, 14_900)])
def test_left_over_parcels_are_heavy_too(story: Callable[..., Story], first: int, waste_g: int) -> None:
    """On Wednesday the 12 kg for B are aboard without the plan's knowing: B was out of order on Tuesday."""
    told = story({"vehicles.van.payload_kg": 25.0})
    told.outages.append([24 * H + 7 * H, B, 5 * H])
    told.outages.append([24 * H + 7 * H + 1, A, 5 * H])
    told.deposit(10 * H, A, 14_900, "textiles")
    told.parcel(TUE, B, grams=12_000)
    told.parcel(WED, A)
    told.parcel(WED, B)
    told.hasten(to=told.world.first_box + first)
    tables = told.told("shared")
    (wednesday,) = trips(tables, day=WED)
    assert wednesday["waste_g"] == waste_g
    assert tables.totals["breaches_mass"] == 0


@pytest.mark.parametrize(("grams", "taken"), [(2799, 0), (2800, 2800)])
def test_a_detour_is_for_boxes_from_the_fill_on(story: Callable[..., Story], grams: int, taken: int) -> None:
    """Seven tenths of four kilograms."""
    told = story()
    told.deposit(12 * H, B, grams)
    (tuesday,) = trips(told.told("shared"), day=TUE)
    assert tuesday["waste_g"] == taken


def test_boxes_out_of_order_count_after_the_warm_up(world_of: Callable[..., World]) -> None:
    world = world_of({"boxes.outages_per_year": 120, "horizon.warmup_days": 5})
    prepared = prepare(world, 0)
    days = [second // DAY_S for second in prepared.draws.outages[:, 0].tolist()]
    after = [day for day in days if 5 <= day < world.days.count]
    assert 0 < len(after) < len(days)
    assert simulate(world, prepared, "none").totals["outages"] == len(after)
