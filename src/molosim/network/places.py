"""Places: boxes and districts as read from GeoJSON, and their position on the road graph."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from molosim.inputs.validation import name_problem
from molosim.network.geojson_points import read_features
from molosim.network.graph import RoadGraph, great_circle_m
from molosim.runtime.arrays import Floats, Ints32
from molosim.runtime.errors import Fault, ScenarioError, refuse
from molosim.runtime.files import write_text

NO_STOPPING = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
"""Road classes that no place is reached from directly."""


@dataclass(frozen=True, slots=True)
class BoxSite:
    """Where a box stands and whom it serves; ``design`` None means the scenario's first."""

    name: str
    district: str
    households: int
    design: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class District:
    """Dwellings around a centre, denser towards it, none beyond ``radius_m``."""

    name: str
    dwellings: int
    radius_m: float
    lon: float
    lat: float


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """n places, each at a point of a road.

    Attributes
    ----------
    names
        Unique within what was snapped together.
    lon, lat
        f64[n], degrees, of the place itself.
    edge
        i32[n], the road (edge of the graph) it is reached from.
    along_m
        f64[n], metres from that edge's tail to the point next to the place.
    access_m
        f64[n], metres from that point to the place, off the graph.
    """

    names: tuple[str, ...]
    lon: Floats
    lat: Floats
    edge: Ints32
    along_m: Floats
    access_m: Floats

    def __len__(self) -> int:
        """Number of places."""
        return len(self.names)

    def take(self, which: npt.NDArray[np.integer]) -> Places:
        """Some of the places, by their numbers."""
        names = tuple(self.names[i] for i in which.tolist())
        return Places(names, *(getattr(self, name)[which] for name in _ARRAYS))

    @classmethod
    def join(cls, *parts: Places) -> Places:
        """All places of the parts, one part after the other."""
        names = tuple(name for part in parts for name in part.names)
        return cls(names, *(np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS))


_ARRAYS = tuple(array.name for array in fields(Places))[1:]


def snap(
    graph: RoadGraph,
    names: Sequence[str],
    lon: Floats,
    lat: Floats,
    limit_m: float,
    *,
    classes: frozenset[str] | None = None,
) -> Places:
    """Put each place at the nearest point of the nearest road that one may stop at.

    Parameters
    ----------
    graph
        The roads; those of `NO_STOPPING` classes do not count.
    names
        Of the places, for messages.
    lon, lat
        f64[n], degrees.
    limit_m
        A place farther than this from every road is a fault.
    classes
        Only roads of these classes count.

    Raises
    ------
    ScenarioError
        Names every place that is too far, its distance, and whether it is outside the map.
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    lost = np.flatnonzero(~(np.isfinite(lon) & np.isfinite(lat)))
    if lost.size:
        raise ScenarioError(
            [Fault(f"place {names[i]!r}", f"is at {lon[i]}, {lat[i]}, which is nowhere") for i in lost.tolist()]
        )
    edge, share, at_lon, at_lat = _nearest(graph, lon, lat, classes)
    access_m = great_circle_m(lon, lat, at_lon, at_lat)
    west, south, east, north = graph.bbox
    faults = []
    for i in np.flatnonzero(~(access_m <= limit_m)).tolist():
        inside = west <= lon[i] <= east and south <= lat[i] <= north
        where = "" if inside else f"outside the map {graph.name} ({west:.3f},{south:.3f},{east:.3f},{north:.3f}), "
        problem = f"is {where}{access_m[i]:.0f} m from the nearest road; at most {limit_m:g} m are allowed"
        faults.append(Fault(f"place {names[i]!r}", problem))
    refuse(faults)
    return Places(tuple(names), lon, lat, edge, share * graph.edge_m[edge], access_m)


def on_other_map(graph: RoadGraph, places: Places, limit_m: float, key: str) -> Places:
    """The same places, reached from the ways of another map, which ``key`` of a configuration names.

    Raises
    ------
    ScenarioError
        A place is too far from all of them; it names the first.
    """
    try:
        return snap(graph, places.names, places.lon, places.lat, limit_m)
    except ScenarioError as error:
        first, more = error.faults[0], len(error.faults) - 1
        others = f"; so are {more} other places" if more else ""
        raise ScenarioError.at(key, f"{first.place} {first.problem}{others}") from None


def _nearest(
    graph: RoadGraph, lon: Floats, lat: Floats, classes: frozenset[str] | None
) -> tuple[Ints32, Floats, Floats, Floats]:
    """Nearest edge, the share of its length before the nearest point, and that point."""
    open_to = ~graph.of_class(NO_STOPPING)
    eligible = np.flatnonzero(open_to if classes is None else open_to & graph.of_class(classes))
    if not eligible.size:
        raise ScenarioError.at(f"map {graph.name}", "has only motorways and trunk roads; no place can be reached")
    # Degrees of longitude shrunk to the length of degrees of latitude, so that planar "nearest" means nearest.
    shrink = math.cos(math.radians((graph.bbox[1] + graph.bbox[3]) / 2))
    owner = np.repeat(np.arange(graph.edge_count), np.diff(graph.shape_first))
    lines = shapely.linestrings(np.column_stack([graph.shape_lon * shrink, graph.shape_lat]), indices=owner)
    points = shapely.points(lon * shrink, lat)
    place, found = shapely.STRtree(lines[eligible]).query_nearest(points, all_matches=True)
    # Both directions of a street are equally near but for rounding: the lower one is taken, so that the answer is
    # always the same; and of several streets that meet at the nearest point, the lowest.
    edge = eligible[found]
    edge = np.where(graph.twin[edge] >= 0, np.minimum(edge, graph.twin[edge]), edge)
    order = np.lexsort((edge, place))
    _, first = np.unique(place[order], return_index=True)
    chosen = edge[order][first]
    share = shapely.line_locate_point(lines[chosen], points, normalized=True)
    at = shapely.line_interpolate_point(lines[chosen], share, normalized=True)
    return chosen.astype(np.int32), share, shapely.get_x(at) / shrink, shapely.get_y(at)


def read_box_sites(path: Path) -> tuple[BoxSite, ...]:
    """Read boxes from GeoJSON points with ``name``, ``district``, ``households`` and, optionally, ``design``.

    Raises
    ------
    ScenarioError
        Names every fault of every feature.
    """
    return tuple(BoxSite(**row) for row in _read_points(path, _BOX_KEYS))


def read_districts(path: Path) -> tuple[District, ...]:
    """Read districts from GeoJSON points with ``name``, ``dwellings`` and ``radius_m``.

    Raises
    ------
    ScenarioError
        Names every fault of every feature.
    """
    return tuple(District(**row) for row in _read_points(path, _DISTRICT_KEYS))


def write_box_sites(path: Path, sites: Sequence[BoxSite], *, note: str, certainty: str) -> None:
    """Write boxes as GeoJSON that `read_box_sites` reads.

    Parameters
    ----------
    path
        File to write.
    sites
        The boxes.
    note
        What the sites are and where they come from.
    certainty
        How sure each site is, written with every box.
    """
    rows = []
    for site in sites:
        properties: dict[str, object] = {"name": site.name, "district": site.district, "households": site.households}
        if site.design is not None:
            properties["design"] = site.design
        rows.append((site.lon, site.lat, properties | {"certainty": certainty}))
    write_points(path, note, rows)


def write_districts(path: Path, districts: Sequence[District], *, note: str, certainty: str) -> None:
    """Write districts as GeoJSON that `read_districts` reads; parameters as in `write_box_sites`."""
    rows = [
        (d.lon, d.lat, {"name": d.name, "dwellings": d.dwellings, "radius_m": d.radius_m, "certainty": certainty})
        for d in districts
    ]
    write_points(path, note, rows)


def write_points(path: Path, note: str, rows: Sequence[tuple[float, float, dict[str, object]]]) -> None:
    """Write points (lon, lat, properties)."""
    features = [
        {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}
        for lon, lat, properties in rows
    ]
    # A feature a line, so that a changed box is a changed line.
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    head = f'{{"type": "FeatureCollection", "note": {json.dumps(note, ensure_ascii=False)}, "features": [\n'
    write_text(path, f"{head}{lines}\n]}}\n")


Check = Callable[[object], str | None]


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "a text that is not empty"
    return "a name without signs that move a cursor or begin a formula" if name_problem(value) else None


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _whole(value: object) -> str | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return None if fits else "a whole number above 0"


def _positive(value: object) -> str | None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
    return None if fits else "a number above 0"


_BOX_KEYS: dict[str, Check] = {"name": _text, "district": _text, "households": _whole, "design": _text_or_none}
_DISTRICT_KEYS: dict[str, Check] = {"name": _text, "dwellings": _whole, "radius_m": _positive}


def _read_points(path: Path, keys: dict[str, Check]) -> list[dict[str, Any]]:
    """Checked properties and position of every feature; all faults at once."""
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    named: dict[object, int] = {}
    for number, feature in enumerate(read_features(path, "points"), start=1):
        row, problems = _point(feature, keys)
        name = row.get("name")
        if isinstance(name, str) and named.setdefault(name, number) != number:
            problems.append(f"has the name of feature {named[name]}; names must differ")
        faults += [Fault(f"{path}, feature {number} {name!r}", problem) for problem in problems]
        rows.append(row)
    refuse(faults)
    return rows


def _point(feature: object, keys: dict[str, Check]) -> tuple[dict[str, Any], list[str]]:
    """One feature's values, and what is wrong with them."""
    feature = feature if isinstance(feature, dict) else {}
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    row: dict[str, Any] = {key: properties.get(key) for key in keys}
    problems = []
    for key, check in keys.items():
        allowed = check(row[key])
        if allowed:
            found = repr(row[key]) if key in properties else "nothing"
            problems.append(f"{key} is {found}; {allowed} is expected")
    # Other properties are the user's own business, but a misspelt one of ours would be dropped in silence.
    for other in sorted(set(map(str, properties)) - set(keys)):
        meant = [key for key in difflib.get_close_matches(other, keys, cutoff=0.75) if key not in properties]
        if meant:
            problems.append(f"has a property {other!r}; {meant[0]!r} is expected")
    row["lon"], row["lat"], problem = _position(feature.get("geometry"))
    return row, problems + problem


def _position(geometry: object) -> tuple[float, float, list[str]]:
    """Longitude and latitude of a point geometry, and what is wrong with it."""
    expected = "a Point with [longitude, latitude] in degrees is expected"
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        found = geometry.get("type") if isinstance(geometry, dict) else geometry
        return math.nan, math.nan, [f"geometry is {found!r}; {expected}"]
    numbers = geometry.get("coordinates")
    try:
        lon, lat = (float(number) for number in numbers[:2])  # type: ignore[index]  # a wrong shape is the fault
    except (TypeError, ValueError):
        return math.nan, math.nan, [f"coordinates are {numbers!r}; {expected}"]
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return math.nan, math.nan, [f"coordinates are {numbers!r}; {expected}"]
    return lon, lat, []
