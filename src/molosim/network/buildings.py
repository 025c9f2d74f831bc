"""What an OpenStreetMap extract holds beside roads: buildings, and places that boxes and collection care about."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import osmium
import shapely

from molosim.network.graph import EARTH_RADIUS_M, first_line
from molosim.runtime import bundled
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.errors import ScenarioError

ADDRESS_REACH_M = 5.0
"""An address so far from a building's outline is still the building's: many are mapped at the door, metres."""
FEATURE_TAGS: Mapping[str, Mapping[str, str]] = bundled.road_facts()["features"]
"""What makes an object a feature: tag, value, and the kind that it is called here; the first that fits counts.

Recycling is told apart by ``recycling_type``: a centre is staffed, a container is not.
"""
RECYCLING_CENTRE = "recycling_centre"
RECYCLING_CONTAINER = "recycling_container"

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MOST_LEVELS = 100.0
_M_PER_DEGREE = math.radians(EARTH_RADIUS_M)


@dataclass(frozen=True, eq=False, slots=True)
class Buildings:
    """n buildings.

    Attributes
    ----------
    ids
        Of the objects in OpenStreetMap, e.g. ``way/123``.
    kinds
        Values of the tag ``building``; ``yes`` where the mapper said no more.
    lon, lat
        f64[n], degrees, of the outline's centroid.
    footprint_m2
        f64[n], area of the outline without its courtyards, above 0.
    levels
        f64[n], storeys above ground; nan where untagged.
    flats
        f64[n], number of flats; nan where untagged.
    addresses
        i64[n], different house numbers at the building.
    """

    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    lon: Floats
    lat: Floats
    footprint_m2: Floats
    levels: Floats
    flats: Floats
    addresses: Ints

    def __len__(self) -> int:
        """Number of buildings."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Feature:
    """A place other than a building.

    Attributes
    ----------
    id
        Of the object in OpenStreetMap, e.g. ``node/123``.
    kind
        One of the values of `FEATURE_TAGS`, or `RECYCLING_CENTRE`, `RECYCLING_CONTAINER` in place of ``recycling``.
    name
        Its name or operator; empty where the map has neither.
    lon, lat
        Degrees; of an area its centroid.
    area_m2
        0 for a point.
    tags
        All its tags.
    """

    id: str
    kind: str
    name: str
    lon: float
    lat: float
    area_m2: float
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object of a map with its geometry in degrees."""

    id: str
    tags: Mapping[str, str]
    geometry: shapely.Geometry


def read_buildings(path: Path) -> Buildings:
    """Read the buildings of an OpenStreetMap extract; one without any has none.

    Raises
    ------
    ScenarioError
        The file is missing or unreadable.
    """
    return buildings_among(_objects(path, ("building", "addr:housenumber")))


def read_features(path: Path) -> tuple[Feature, ...]:
    """Read recycling places, parcel lockers, depots and what boxes must keep clear of; an extract may have none.

    Raises
    ------
    ScenarioError
        The file is missing or unreadable.
    """
    return features_among(_objects(path, tuple(FEATURE_TAGS)))


def read_addresses(path: Path) -> tuple[Floats, Floats]:
    """Lon and lat of the addresses of an OpenStreetMap extract: of points, and of areas their centroids.

    An address that several objects nearby have counts once.

    Raises
    ------
    ScenarioError
        The file is missing or unreadable.
    """
    found: dict[object, shapely.Point] = {}
    for thing in _objects(path, ("addr:housenumber",)):
        centre = thing.geometry.centroid
        near = (round(centre.x, 1), round(centre.y, 1))
        for street, number in sorted(_numbers(thing.tags)):
            found.setdefault((street, number, near) if street else thing.id, centre)
    points = np.array(list(found.values()), dtype=object)
    return shapely.get_x(points), shapely.get_y(points)


def buildings_among(objects: Iterable[Mapped]) -> Buildings:
    """Buildings with the addresses among the same objects."""
    outlines: list[Mapped] = []
    doors: list[tuple[shapely.Geometry, set[tuple[str, str]]]] = []
    for thing in objects:
        is_area = shapely.get_dimensions(thing.geometry) == 2
        if is_area and thing.tags.get("building", "no") != "no" and thing.geometry.area > 0:
            outlines.append(thing)
        elif not is_area and "addr:housenumber" in thing.tags:
            doors.append((thing.geometry, _numbers(thing.tags)))
    outlines.sort(key=lambda thing: thing.id)
    geometry = np.array([thing.geometry for thing in outlines], dtype=object)
    centre = shapely.centroid(geometry)
    lat = np.asarray(shapely.get_y(centre), dtype=np.float64)
    tags = [thing.tags for thing in outlines]
    return Buildings(
        ids=tuple(thing.id for thing in outlines),
        kinds=tuple(tag["building"] for tag in tags),
        lon=np.asarray(shapely.get_x(centre), dtype=np.float64),
        lat=lat,
        footprint_m2=np.asarray(shapely.area(geometry), dtype=np.float64) * _m2_per_square_degree(lat),
        levels=np.array([_number(tag.get("building:levels"), _MOST_LEVELS) for tag in tags], dtype=np.float64),
        flats=np.array([_number(tag.get("building:flats"), math.inf) for tag in tags], dtype=np.float64),
        addresses=_addresses(geometry, [_numbers(tag) for tag in tags], doors),
    )


def features_among(objects: Iterable[Mapped]) -> tuple[Feature, ...]:
    """Features in the order of their ids; an object that is mapped as an area counts once, as the area."""
    found: dict[str, Feature] = {}
    for thing in objects:
        kind = kind_of(thing.tags)
        if kind is None or (thing.id in found and shapely.get_dimensions(thing.geometry) < 2):
            continue
        centre = thing.geometry.centroid
        found[thing.id] = Feature(
            id=thing.id,
            kind=kind,
            name=thing.tags.get("name") or thing.tags.get("operator") or "",
            lon=float(centre.x),
            lat=float(centre.y),
            area_m2=float(thing.geometry.area * _m2_per_square_degree(np.array(centre.y))),
            tags=dict(thing.tags),
        )
    return tuple(found[key] for key in sorted(found))


def kind_of(tags: Mapping[str, str]) -> str | None:
    """What kind of feature an object with these tags is, if any."""
    for tag, kinds in FEATURE_TAGS.items():
        values = tags.get(tag, "").split(";")
        kind = next((kinds[value] for value in values if value in kinds), None)
        if kind == "recycling":
            return RECYCLING_CENTRE if tags.get("recycling_type") == "centre" else RECYCLING_CONTAINER
        if kind is not None:
            return kind
    return None


def _objects(path: Path, keys: Sequence[str]) -> Iterator[Mapped]:
    """Nodes, and areas put together from ways and relations, with one of some keys; broken outlines are left out."""
    wkb = osmium.geom.WKBFactory()
    wanted = osmium.filter.KeyFilter(*keys)
    # What a clipped extract cut in two cannot be put together; the assembler leaves it out.
    try:
        found = osmium.FileProcessor(path).with_areas(wanted).with_filter(wanted)
        for thing in cast("Iterable[osmium.osm.Node | osmium.osm.Area]", found):
            if isinstance(thing, osmium.osm.Node) and thing.location.valid():
                yield Mapped(f"node/{thing.id}", dict(thing.tags), shapely.Point(thing.lon, thing.lat))
            elif isinstance(thing, osmium.osm.Area):
                origin = "way" if thing.from_way() else "relation"
                geometry = shapely.from_wkb(wkb.create_multipolygon(thing))
                yield Mapped(f"{origin}/{thing.orig_id()}", dict(thing.tags), geometry)
    except (RuntimeError, ValueError, OSError) as error:
        problem = f"is not a readable OpenStreetMap extract: {first_line(error)}"
        raise ScenarioError.at(str(path), problem) from error


def _number(text: str | None, most: float) -> float:
    """Number that a tag states, the largest of several; nan where it states none that can be true."""
    numbers = [float(number.replace(",", ".")) for number in _NUMBER.findall(text or "")]
    return max((number for number in numbers if 0 < number <= most), default=math.nan)


def _numbers(tags: Mapping[str, str]) -> set[tuple[str, str]]:
    """Street and house number of each address that an object has."""
    street = tags.get("addr:street") or tags.get("addr:place") or ""
    texts = re.split(r"[;,]", tags.get("addr:housenumber", ""))
    return {(street, text.strip()) for text in texts if text.strip()}


def _addresses(
    outlines: npt.NDArray[np.object_],
    own: list[set[tuple[str, str]]],
    doors: Sequence[tuple[shapely.Geometry, set[tuple[str, str]]]],
) -> Ints:
    """i64[outlines]: different addresses of each building, its own and those at its nearest doors."""
    if len(outlines) and doors:
        points = np.array([point for point, _ in doors], dtype=object)
        shrink = math.cos(math.radians(float(np.mean(shapely.get_y(points)))))
        tree = shapely.STRtree(_shrunk(outlines, shrink))
        reach = ADDRESS_REACH_M / _M_PER_DEGREE
        at, building = tree.query_nearest(_shrunk(points, shrink), max_distance=reach, all_matches=False)
        for door, i in zip(at.tolist(), building.tolist(), strict=True):
            own[i] = own[i] | doors[door][1]
    return np.array([len(numbers) for numbers in own], dtype=np.int64)


def _shrunk(geometry: npt.NDArray[np.object_], shrink: float) -> npt.NDArray[np.object_]:
    """Degrees of longitude shrunk to the length of degrees of latitude."""
    return np.asarray(shapely.transform(geometry, lambda points: points * (shrink, 1.0)), dtype=object)


def _m2_per_square_degree(lat: Floats) -> Floats:
    return np.asarray(_M_PER_DEGREE**2 * np.cos(np.radians(lat)), dtype=np.float64)
