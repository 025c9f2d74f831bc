"""Travel: seconds and metres between all places by period of the day, kept on disk by content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from shapely import LineString
from shapely.ops import substring

from molosim.network.arcs import Arcs, Period, Weighted, arcs_between, weigh
from molosim.network.fastest import UNREACHED, Engine, Fastest, Times, default_engine, path_arcs
from molosim.network.graph import RoadGraph
from molosim.network.places import Places
from molosim.runtime.arrays import Floats, Ints, Ints32
from molosim.runtime.cache import content_key, kept
from molosim.runtime.errors import ScenarioError

ACCESS_KPH = 15.0
"""Speed between road and place."""
_FORMAT = "molosim travel 1"
_BLOCK = 256


@dataclass(frozen=True, eq=False, slots=True)
class Travel:
    """Fastest ways between n places in P periods of the day.

    Attributes
    ----------
    seconds, metres
        i32[P, n, n], from row to column, along the fastest path, with the ways between road and place at both ends; 0
        on the diagonal. Read-only, usually mapped from a file.
    period_of_hour
        i64[24], which period each hour of the day is in.
    period_names
        Names of the P periods.
    lon, lat
        f64[n], degrees, of the places.
    """

    seconds: Ints32
    metres: Ints32
    period_of_hour: Ints
    period_names: tuple[str, ...]
    lon: Floats
    lat: Floats

    def __post_init__(self) -> None:
        """Raise ValueError where the arrays do not fit each other."""
        shape = (len(self.period_names), len(self.lon), len(self.lon))
        if self.seconds.shape != shape or self.metres.shape != shape or self.lat.shape != self.lon.shape:
            raise ValueError(f"seconds {self.seconds.shape} and metres {self.metres.shape} must both be {shape}")
        if self.period_of_hour.shape != (24,) or not np.all(np.isin(self.period_of_hour, np.arange(shape[0]))):
            raise ValueError(f"period_of_hour must be 24 numbers from 0 to {shape[0] - 1}, is {self.period_of_hour}")


def travel_for(graph: RoadGraph, places: Places, periods: Sequence[Period], cache: Path) -> Travel:
    """Seconds and metres between all places, from ``cache`` where it has them.

    Parameters
    ----------
    graph, places
        The roads, and places on them.
    periods
        At least one; the first is for all hours that the others do not name.
    cache
        Folder for files named after what they were made from; a damaged file is made again.

    Raises
    ------
    ScenarioError
        Two periods name one hour, a period names an unknown road class, a place cannot be reached from another, or the
        folder cannot be written.
    """
    hours = _period_of_hour(periods)
    path = cache / f"travel-{roads_key(graph, places, periods)}.npy"
    both = kept(path, lambda: compute(graph, places, periods, default_engine()))
    names = tuple(period.name for period in periods)
    return Travel(both[0], both[1], hours, names, places.lon, places.lat)


def roads_key(graph: RoadGraph, places: Places, periods: Sequence[Period]) -> str:
    """Hex name of everything that travel between the places depends on."""
    speeds = [(period.factor, sorted(period.by_class.items())) for period in periods]
    return content_key(_FORMAT, graph.content_hash, places.edge, places.along_m, places.access_m, speeds)


def compute(graph: RoadGraph, places: Places, periods: Sequence[Period], engine: Engine) -> Ints32:
    """Seconds and metres, i32[2, P, n, n]; both engines give the same numbers.

    Raises
    ------
    ScenarioError
        A place cannot be reached from another.
    """
    arcs = arcs_between(graph, places)
    fastest = Fastest(arcs, engine)
    result = np.zeros((2, len(periods), len(places), len(places)), dtype=np.int32)
    for p, period in enumerate(periods):
        weighted = weigh(graph, arcs, period)
        times = fastest.times(weighted)
        for start in range(0, len(places), _BLOCK):
            rows = slice(start, min(start + _BLOCK, len(places)))
            result[:, p, rows] = _rows(arcs, weighted, times, places, rows)
    return result


def _rows(arcs: Arcs, weighted: Weighted, times: Times, places: Places, rows: slice) -> Ints32:
    """Seconds and metres from some of the places to all, i32[2, rows, n]."""
    from molosim.network.walk import metres_along  # noqa: PLC0415  # numba takes half a second to import

    targets, sources = arcs.reach, arcs.leave[rows]
    ms = times(sources)
    between = ms[:, targets]
    if between.max() == UNREACHED:
        here, there = np.argwhere(between == UNREACHED)[0]
        names = places.names[rows.start + here], places.names[there]
        raise ScenarioError.at("map", f"no way from {names[0]!r} to {names[1]!r}; its roads are not all connected")
    metres = metres_along(ms, (sources, targets), weighted.first, weighted.tail, (weighted.ms, weighted.metres))
    access_m = places.access_m[rows, np.newaxis] + places.access_m
    both = np.empty((2, *between.shape), dtype=np.int32)
    both[0] = np.rint(between / 1000 + access_m / (ACCESS_KPH / 3.6))
    both[1] = np.rint(metres + access_m)
    here = np.arange(rows.start, rows.stop)
    both[:, here - rows.start, here] = 0
    return both


class Router:
    """Paths as lines on a map, the very paths that `Travel` measured."""

    def __init__(
        self, graph: RoadGraph, places: Places, periods: Sequence[Period], *, engine: Engine | None = None
    ) -> None:
        self._graph = graph
        self._places = places
        self._arcs = arcs_between(graph, places)
        fastest = Fastest(self._arcs, engine or default_engine())
        self._weighted = [weigh(graph, self._arcs, period) for period in periods]
        self._times = [fastest.times(weighted) for weighted in self._weighted]

    def path_lonlat(self, i: int, j: int, period: int = 0) -> Floats:
        """Lon/lat f64[k, 2] of the way from place i to place j, which are its first and last point."""
        return self.paths_lonlat([(i, j)], period)[i, j]

    def paths_lonlat(self, legs: Iterable[tuple[int, int]], period: int = 0) -> dict[tuple[int, int], Floats]:
        """`path_lonlat` of many legs, a good deal faster than one by one."""
        targets: dict[int, list[int]] = {}
        for i, j in dict.fromkeys(legs):
            targets.setdefault(i, []).append(j)
        lines: dict[tuple[int, int], Floats] = {}
        every = list(targets)
        for start in range(0, len(every), _BLOCK):
            sources = every[start : start + _BLOCK]
            times = self._times[period](self._arcs.leave[sources])
            lines |= {
                (i, j): self._line(i, j, ms, period) for i, ms in zip(sources, times, strict=True) for j in targets[i]
            }
        return lines

    def _line(self, i: int, j: int, ms: Ints32, period: int) -> Floats:
        """The way from place i to place j, given the times from i to all nodes."""
        weighted = self._weighted[period]
        source, target = int(self._arcs.leave[i]), int(self._arcs.reach[j])
        parts = [self._part(int(arc)) for arc in weighted.arc[path_arcs(weighted, ms, source, target)]]
        ends = [np.array([[self._places.lon[k], self._places.lat[k]]]) for k in (i, j)]
        line = np.concatenate([ends[0], *parts, ends[1]])
        moved = np.any(line[1:] != line[:-1], axis=1)
        # Where nothing moves (i = j) the line still has two points, as GeoJSON wants.
        return np.concatenate([line[:1], line[1:][moved]]) if moved.any() else line[[0, -1]]

    def _part(self, arc: int) -> Floats:
        """Shape of an arc."""
        edge = int(self._arcs.edge[arc])
        shape, length_m = self._graph.shape(edge), self._graph.edge_m[edge]
        from_m, to_m = self._arcs.from_m[arc], self._arcs.to_m[arc]
        if from_m == 0 and to_m == length_m:
            return shape
        shrink = (np.cos(np.radians(shape[0, 1])), 1.0)
        cut = substring(LineString(shape * shrink), from_m / length_m, to_m / length_m, normalized=True)
        return np.asarray(np.array(cut.coords) / shrink, dtype=np.float64)


def _period_of_hour(periods: Sequence[Period]) -> Ints:
    """Which period each hour is in."""
    hours = np.zeros(24, dtype=np.int64)
    for p, period in enumerate(periods[1:], start=1):
        for hour in period.hours:
            if hours[hour]:
                problem = f"names hour {hour}, which {periods[hours[hour]].name!r} has too"
                raise ScenarioError.at(f"speeds {period.name!r}", problem)
            hours[hour] = p
    return hours
