"""Downloading a town from OpenStreetMap's servers, the way OSMnx does: roads, buildings and what boxes care about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from molosim.network.buildings import FEATURE_TAGS
from molosim.network.graph import DRIVE, EARTH_RADIUS_M, WALK, RoadGraph
from molosim.runtime.cache import content_key
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import read_json

if TYPE_CHECKING:
    from molosim.network.answers import Servers
    from molosim.network.elements import Element
    from molosim.network.extract import Bbox

TAGS: dict[str, bool | str | list[str]] = {
    **{tag: sorted(values) for tag, values in FEATURE_TAGS.items()},
    "building": True,
    "addr:housenumber": True,
    "type": ["restriction"],
}
"""What is asked for beside roads, as OSMnx wants it: its question for roads gets no turn restrictions."""
MOST_KM2 = 3000.0
"""Largest area to download; the servers are run by volunteers, for more there are extracts."""
PIECE_KM2 = 100.0
"""Buildings and footpaths are asked for in pieces of this size: a city's take longer than a server works on one."""
_KM_PER_DEGREE = math.radians(EARTH_RADIUS_M) / 1000
_COVER_CORNERS = 200
_COVER_DEGREES = 0.0005
"""About 50 m: how much coarser an area's border gets until it has few enough corners to be asked for."""


@dataclass(frozen=True, eq=False, slots=True)
class Area:
    """What to download."""

    name: str
    polygon: shapely.Geometry
    """In degrees."""
    country: str | None = None
    """Its country in English, where the search for places tells."""

    @property
    def what(self) -> str:
        """The place that errors name."""
        return f"place {self.name!r}"


def area_of_place(name: str, servers: Servers) -> Area:
    """Area of a place that OpenStreetMap's search knows, e.g. ``Aalborg, Denmark``.

    Raises
    ------
    ScenarioError
        The server cannot be reached, does not know the place, knows no area of it, or it is too large.
    """
    import osmnx as ox  # noqa: PLC0415  # takes seconds to import

    found = servers.search(f"place {name!r}", lambda: ox.geocode_to_gdf(name))
    told = str(found["display_name"].iloc[0]) if "display_name" in found else ""
    return _sound(Area(name, found.geometry.iloc[0], told.rpartition(",")[2].strip() or None))


def area_of_bbox(bbox: Bbox) -> Area:
    """Area between west, south, east and north; raises `ScenarioError` where it is too large."""
    return _sound(Area(",".join(f"{degrees:g}" for degrees in bbox), shapely.box(*bbox)))


def area_of_file(path: Path) -> Area:
    """Area of the polygons of a GeoJSON file.

    Raises
    ------
    ScenarioError
        The file cannot be read, holds no polygon in degrees, or a too large one.
    """
    content = read_json(path, "GeoJSON")
    try:
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        shapes = [shape(feature.get("geometry", feature)) for feature in features]
        polygon = shapely.union_all([one for one in shapes if one.geom_type in ("Polygon", "MultiPolygon")])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ShapelyError) as error:
        raise ScenarioError.at(str(path), "is no GeoJSON; polygons in degrees are expected") from error
    if polygon.is_empty:
        raise ScenarioError.at(str(path), "holds no polygon")
    if not shapely.box(-180, -90, 180, 90).covers(shapely.box(*polygon.bounds)):
        reach = ",".join(f"{number:g}" for number in polygon.bounds)
        problem = f"reaches over {reach}; longitude and latitude in degrees are expected"
        raise ScenarioError.at(str(path), problem)
    return _sound(Area(path.stem, polygon))


def download(area: Area, extract: Path, servers: Servers, *, network: str = DRIVE) -> RoadGraph:
    """Download an area's roads and ways on foot, buildings, addresses, recycling places, parcel lockers and the like.

    Parameters
    ----------
    area
        What to download.
    extract
        File (``.osm.pbf``) that takes all of it, for `molosim.network.buildings` and others to read.
    servers
        Who is asked.
    network
        ``drive``, ``bike`` or ``walk``: what the graph is of; ways on foot are in the extract in any case.

    Raises
    ------
    ScenarioError
        The servers cannot be reached, are too busy, or hold no roads there.
    """
    import osmnx as ox  # noqa: PLC0415  # takes seconds to import

    from molosim.network.elements import write_extract  # noqa: PLC0415
    from molosim.network.extract import read_extract  # noqa: PLC0415  # imports OSMnx

    polygon, cover = area.polygon, _cover(area.polygon)

    def ways(asked: str) -> tuple[list[Element], str]:
        return servers.elements(
            area.what,
            content_key("roads", ox.settings.overpass_url, polygon.wkt, asked),
            lambda: ox.graph_from_polygon(polygon, network_type=asked, simplify=False, retain_all=True),
            piece_km2=PIECE_KM2 if asked == WALK else None,
        )

    roads, date = ways(network)
    paths = ways(WALK)[0] if network != WALK else []
    things, _ = servers.elements(
        area.what,
        content_key("features", ox.settings.overpass_url, cover.wkt, TAGS),
        lambda: ox.features_from_polygon(cover, TAGS),
        piece_km2=PIECE_KM2,
    )
    if not any(element.get("type") == "way" for element in roads):
        raise ScenarioError.at(area.what, "cannot be downloaded: OpenStreetMap has no roads there")
    write_extract(extract, [*things, *paths, *roads], polygon, date, area.what)
    source = f"OpenStreetMap download of {area.name!r}"
    return read_extract(extract, name=area.name, date=date, network=network, bbox=None, source=source)


def _sound(area: Area) -> Area:
    """The area with a valid outline and of a size that may be asked for."""
    polygon = area.polygon if area.polygon.is_valid else shapely.make_valid(area.polygon)
    _, south, _, north = polygon.bounds
    km2 = polygon.area * _KM_PER_DEGREE**2 * math.cos(math.radians((south + north) / 2))
    if km2 > MOST_KM2:
        problem = (
            f"covers {km2:,.0f} km2; at most {MOST_KM2:,.0f} can be downloaded, `molosim map import` takes extracts"
        )
        raise ScenarioError.at(area.what, problem)
    return Area(area.name, polygon, area.country)


def _cover(polygon: shapely.Geometry) -> shapely.Geometry:
    """The area or a little more, with few corners: a question names each corner for each tag it asks for."""
    cover, degrees = polygon, _COVER_DEGREES
    while shapely.get_num_coordinates(cover) > _COVER_CORNERS:
        cover = polygon.buffer(degrees).simplify(degrees)
        degrees *= 2
    return cover
