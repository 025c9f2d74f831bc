"""A town so plain that every second and gram can be worked by hand, and people who do what a test says.

All ways between two places are 5 km and 600 s long at any hour. There are two boxes, A and B, and one carrier with one
van from 8 to 16 o'clock, which has one home delivery of 240 s every day, Monday to Friday. A stop at a box takes 240 s,
20 s a parcel and 60 s a container. Nothing else happens but what is added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.worlds import LAT, LON, STEP_LAT, STEP_LON, small_data

from molosim.inputs.boxes import FRACTIONS
from molosim.network.places import BoxSite
from molosim.network.shortest import Distances
from molosim.network.travel import Travel
from molosim.simulation import alternative_run
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import RunTables, prepare, simulate
from molosim.simulation.chance import Draws, HomeStops, _arrivals, _queues, draw
from molosim.simulation.world import World

DAY_S, H = 86_400, 3600
LEG_S, LEG_M = 600, 5000
DAYS = 5
A, B = 0, 1
MON, TUE, WED, THU, FRI = range(5)
HOME_S, BOX_S, PARCEL_S, CONTAINER_S = 240, 240, 20, 60
SITES = tuple(BoxSite(name, "town", 1, None, LON + x * STEP_LON, LAT + STEP_LAT) for name, x in (("A", 1), ("B", 4)))
NEVER = c.CHANCE - 1
"""The chance that falls on the last of the ways: the recycling centre, on foot or on a trip made for more than this."""

STORE = {"kind": "store", "mass_limit_kg": 60.0, "points_limit": 150.0, "max_age_days": 4, "vehicle": "van"}


def story_changes() -> dict[str, Any]:
    carrier = small_data()["carriers"][0]
    carrier |= {"name": "Alfa", "vans": 1, "parcel_share": 1.0, "waste_to": STORE}
    carrier["shift"] = {"start_h": 8, "hours": 8}
    carrier["home"] = {"stops_per_van_day": 1.0, "stop_s": 240.0, "litres_per_stop": 1.0, "kg_per_stop": 1.0}
    return {
        "carriers": [carrier],
        "map.congestion": [],
        "horizon.warmup_days": 0,
        "horizon.days": DAYS,
        "boxes.walking_limit_m": 0,
        "breakdowns.per_van_day": 0.0,
        "residents.parcels.tries": 3,
        "residents.parcels.holding_h": 24.0,
        "box_stop": {"fixed_s": 240, "parcel_s": 20, "container_s": 60},
        "alternatives.shared": {"kind": "shared", "take_fill": 0.3, "detour_fill": 0.7, "max_detour_min": 20.0},
        "alternatives.dedicated.trigger": {"kind": "calendar", "weekdays": ["thu"]},
    }


@dataclass
class Story:
    """What happens in the town, and its telling."""

    world: World
    deposits: list[list[int]] = field(default_factory=list)
    parcels: list[list[int]] = field(default_factory=list)
    sends: list[list[int]] = field(default_factory=list)
    outages: list[list[int]] = field(default_factory=list)
    breakdowns: dict[int, float] = field(default_factory=dict)
    home_ml: int = 1000

    def deposit(
        self, second: int, box: int, grams: int, fraction: str = "hazardous", *, chance: int = NEVER, car: int = NEVER
    ) -> None:
        """Hazardous waste has 3 points a kilogram, and all waste a litre a kilogram."""
        points = 3 * grams if fraction == "hazardous" else 0
        tries = self.world.scenario.residents.deposits.refused.tries
        row = [second, box, FRACTIONS.index(fraction), grams, grams, points, c.TO_COME, 0, 0, box, car]
        self.deposits.append([*row, *[chance] * tries])

    def parcel(self, day: int, box: int, *, dwell_h: float = 1, grams: int = 500) -> None:
        """A flat parcel of 3.6 litres; who never comes for it has a dwell of -1."""
        dwell_s = -1 if dwell_h < 0 else round(dwell_h * H)
        self.parcels.append([day, box, 0, 0, grams, 3600, dwell_s, c.WAITING, -1, -1, -1, 0, -1, -1])

    def send(self, second: int, box: int) -> None:
        self.sends.append([second, box, 0, 0, 500, 3600])

    def hasten(self, *, to: int, carrier: int = 0) -> None:
        """Shorten the way from a depot to a place by a second, so that its van goes there first."""
        self.world.travel.seconds[:, self.world.fleets[carrier].depot, to] = LEG_S - 1

    def draws(self) -> Draws:
        scenario = self.world.scenario
        drawn = draw(scenario, SITES, self.world.days, 5, 0)
        parcels = np.array(sorted(self.parcels, key=lambda p: (p[c.P_BOX], p[c.P_DUE_DAY])), np.int64)
        parcels = parcels.reshape(-1, c.PARCEL_COLUMNS)
        deposits = np.array(sorted(self.deposits), np.int64).reshape(-1, drawn.deposits.shape[1])
        sends = np.array(sorted(self.sends), np.int64).reshape(-1, c.SEND_COLUMNS)
        every_day = np.arange(DAYS, dtype=drawn.home[0].day.dtype)
        home = [
            every_day,
            np.zeros_like(every_day),
            np.full_like(every_day, self.home_ml),
            np.full_like(every_day, 1000),
        ]
        carriers = len(scenario.carriers)
        breakdowns = np.full((DAYS, 1), np.nan)
        for day, share in self.breakdowns.items():
            breakdowns[day] = share
        return Draws(
            parcels=parcels,
            queues=_queues(parcels, len(SITES), carriers),
            sends=sends,
            deposits=deposits,
            arrivals=_arrivals(deposits, sends),
            home=tuple(
                HomeStops(*home, service_s=np.full_like(every_day, round(carrier.home.stop_s)))
                for carrier in scenario.carriers
            ),
            breakdowns=(breakdowns,) * carriers,
            outages=np.array(self.outages, np.int64).reshape(-1, 3),
        )

    def told(self, alternative: str, *, sample_day: int | None = None) -> RunTables:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(alternative_run, "draw", lambda *_, **__: self.draws())
            return simulate(self.world, prepare(self.world, 0), alternative, sample_day=sample_day)


def plain_travel(travel: Travel) -> Travel:
    n = len(travel.lon)
    ways = ~np.eye(n, dtype=bool)[None]
    return replace(travel, seconds=(ways * LEG_S).astype(np.int32), metres=(ways * LEG_M).astype(np.int32))


def plain_distances(places: int) -> Distances:
    """Shortest ways of 5 km too, 4 km as the crow flies."""
    return Distances(np.full(places, float(LEG_M)), np.full(places, float(LEG_M)), np.full(places, 4000.0))


def story_in(world_of: Callable[..., World], cache: Path, changes: dict[str, Any] | None = None) -> Story:
    """A story in the plain town; ``cache`` is its own, because its ways are not those of the map."""
    world = world_of({**story_changes(), **(changes or {})}, sites=SITES)
    roads = replace(world.roads, travel=plain_travel(world.travel))
    roads.__dict__["distances"] = {place: plain_distances(len(world.places)) for place in range(len(world.places))}
    return Story(replace(world, roads=roads, cache=cache))


def trips(tables: RunTables, **wanted: object) -> list[dict[str, Any]]:
    rows = [{name: column[i] for name, column in tables.trips.items()} for i in range(len(tables.trips["day"]))]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def of_boxes(tables: RunTables, name: str) -> list[int]:
    return tables.boxes[name].astype(int).tolist()


def delivered(tables: RunTables) -> int:
    return int(tables.totals["delivered_g_hazardous"])


def in_stores(tables: RunTables) -> int:
    return int(tables.totals["in_stores_g_hazardous"])
