"""A carrier's own stops in an experiment: their places, and which day of the table each simulated day repeats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molosim.inputs.fleet import OwnTours
from molosim.network.graph import EARTH_RADIUS_M, RoadGraph
from molosim.network.places import Places, snap
from molosim.runtime.arrays import Flags, Floats, Ints
from molosim.runtime.errors import ScenarioError, did_you_mean
from molosim.stops.table import StopTable, read_stops

MOST_PLACES = 12_000
"""Of one table; travel times between more would not fit into memory."""


@dataclass(frozen=True)
class Asked:
    """What a configuration wants of a table, by value."""

    file: Path
    changed_ns: int
    carrier: str
    """Its name in the table."""
    place: str
    """Key path that asks, for faults."""
    merge_m: float
    max_snap_m: float


@dataclass(frozen=True, eq=False)
class OwnStops:
    """Stops of one carrier in driving order, on the map.

    Attributes
    ----------
    table, rows
        The table and the carrier's stops in it.
    place
        i64, number of each stop's place among the carrier's own.
    places
        The places, snapped.
    """

    table: StopTable
    rows: Ints
    place: Ints
    places: Places

    @property
    def days(self) -> Ints:
        """Days of the table on which the carrier has stops."""
        return np.unique(self.table.day[self.rows])

    def known(self, instead: OwnTours) -> tuple[Floats, Floats, Floats]:
        """Of each stop service (s), volume (l) and mass (kg); where the table does not say, the configuration's."""
        table, home = self.table, instead
        told = (table.service_s, home.stop_s), (table.volume_l, home.litres_per_stop), (table.mass_kg, home.kg_per_stop)
        service_s, litres, kg = (np.where(np.isnan(of[self.rows]), otherwise, of[self.rows]) for of, otherwise in told)
        return service_s, litres, kg


def own_stops(asked: Asked, graph: RoadGraph) -> OwnStops:
    """Read a carrier's table and put its stops on the map.

    Stops in the same square of ``merge_m`` metres are at one place, the first one's.

    Raises
    ------
    ScenarioError
        The table is faulty, has nothing of the carrier, too many places, or places that are not on the map.
    """
    table = read_stops(asked.file)
    rows = table.of(asked.carrier)
    if not len(rows):
        hint = did_you_mean(asked.carrier, table.carriers)
        raise ScenarioError.at(asked.place, f"{asked.file} has no stops of '{asked.carrier}'{hint}")
    _check_axes(table, rows, graph)
    lon, lat = table.lon[rows], table.lat[rows]
    cells = np.stack(_squares(asked.merge_m, lon, lat) if asked.merge_m > 0 else (lon, lat), axis=1)
    _, first, place = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    if len(first) > MOST_PLACES:
        problem = f"{len(first)} places; at most {MOST_PLACES} are possible: raise merge_m, now {asked.merge_m:g}"
        raise ScenarioError.at(asked.place, f"{asked.file} has {problem}")
    names = [table.place(int(row)) for row in rows[first].tolist()]
    places = snap(graph, names, lon[first], lat[first], asked.max_snap_m)
    return OwnStops(table, rows, place.ravel().astype(np.int64), places)


def _squares(width_m: float, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Column and row of the square of ``width_m`` metres that each point is in."""
    # One width of a degree for all, as a grid whose columns shift with latitude has no squares.
    degree_m, middle = math.radians(EARTH_RADIUS_M), round(float(np.median(lat)), 1)
    return np.floor(lon * degree_m * math.cos(math.radians(middle)) / width_m), np.floor(lat * degree_m / width_m)


def _check_axes(table: StopTable, rows: Ints, graph: RoadGraph) -> None:
    """Longitude and latitude in each other's column are told once, not for every row."""
    west, south, east, north = graph.bbox
    lon, lat = float(np.median(table.lon[rows])), float(np.median(table.lat[rows]))
    inside = west <= lon <= east and south <= lat <= north
    if not inside and west <= lat <= east and south <= lon <= north:
        problem = f"lon is {lon:.3f} and lat {lat:.3f} in the middle of its stops; the two columns are exchanged"
        raise ScenarioError.at(str(table.file), problem)


def repeated(own: OwnStops, dates: NDArray[np.datetime64], worked: Flags, *, by_weekday: bool) -> Ints:
    """Which day of the table each simulated day has, -1 where the carrier does not drive.

    A date that the table holds is itself. Others take the next of the days that the table has of their weekday; of all
    its days where it has none of that weekday, or no dates, or where ``by_weekday`` is False.

    Parameters
    ----------
    dates
        Of the simulated days.
    worked
        Whether the carrier drives, by simulated day.
    """
    days = own.days
    held = own.table.dates[days]
    of_day = np.full(len(dates), -1, np.int64)
    dated = by_weekday and not np.isnat(held).any()
    weekday = (held.astype(np.int64) + 3) % 7 if dated else np.zeros(len(days), np.int64)
    known = dict(zip(held.tolist(), days.tolist(), strict=True)) if dated else {}
    turns: dict[int, int] = {}
    for day in np.flatnonzero(worked).tolist():
        if dates[day].item() in known:
            of_day[day] = known[dates[day].item()]
            continue
        own_weekday = int((dates[day].astype(np.int64) + 3) % 7)
        alike = days[weekday == own_weekday] if dated else days
        turn = own_weekday if len(alike) and dated else -1
        alike = alike if len(alike) else days
        of_day[day] = alike[turns.get(turn, 0) % len(alike)]
        turns[turn] = turns.get(turn, 0) + 1
    return of_day
