"""A planned day as a carrier's stop table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from molosim.routing import tours as t
from molosim.simulation.alternative_run import Prepared
from molosim.simulation.world import World


def exported(world: World, prepared: Prepared, carriers: Sequence[int], days: int) -> dict[str, list[Any]]:
    """Home deliveries as planned, as a stop table: the first ``days`` days after the warm-up on which each drives.

    Visits at boxes are left out, as whoever reads the table puts them in; arrivals are those with them.
    """
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("carrier", "date", "tour", "sequence", "lon", "lat", "volume_l", "mass_kg", "service_s", "arrival")
    }
    start = np.datetime64(world.scenario.horizon.start)
    for number in carriers:
        plans = prepared.plans[number]
        later = plans.tours[plans.tours[:, t.TOUR_DAY] >= world.days.warmup]
        for tour in later[np.isin(later[:, t.TOUR_DAY], np.unique(later[:, t.TOUR_DAY])[:days])]:
            stops = plans.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]]
            homes = stops[stops[:, t.STOP_PLACE] < world.first_box]
            place = homes[:, t.STOP_PLACE]
            columns["carrier"] += [world.scenario.carriers[number].name] * len(homes)
            columns["date"] += [str(start + tour[t.TOUR_DAY])] * len(homes)
            columns["tour"] += [int(tour[t.TOUR_VEHICLE]) + 1] * len(homes)
            columns["sequence"] += range(1, len(homes) + 1)
            columns["lon"] += [round(x, 7) for x in world.places.lon[place].tolist()]
            columns["lat"] += [round(y, 7) for y in world.places.lat[place].tolist()]
            columns["volume_l"] += (-homes[:, t.STOP_ML] / 1000).tolist()
            columns["mass_kg"] += (-homes[:, t.STOP_G] / 1000).tolist()
            columns["service_s"] += homes[:, t.STOP_SERVICE].tolist()
            columns["arrival"] += [_clock(second) for second in homes[:, t.STOP_ARRIVE].tolist()]
    return columns


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
