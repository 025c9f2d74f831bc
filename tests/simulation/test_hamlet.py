"""A place so small that on most days nobody gets anything."""

from __future__ import annotations

from collections.abc import Callable

from molosim.simulation.alternative_run import prepare
from molosim.simulation.reference import insertion_gap
from molosim.simulation.world import World


def test_days_without_any_stop_are_no_reference_for_insertion(world_of: Callable[..., World]) -> None:
    nobody = {f"carriers.{i}.home.stops_per_van_day": 0.001 for i in range(2)}
    world = world_of({**nobody, "residents.parcels.per_household_year": 0.01, "reference.days": 5}, boxes=1)
    assert insertion_gap(world, prepare(world, 0)) == {}
