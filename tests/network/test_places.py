"""Places: snapping against brute force, the edges of the map, and files that say wrong things."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import shapely

from molosim.network.graph import great_circle_m
from molosim.network.places import (
    NO_STOPPING,
    BoxSite,
    Places,
    read_box_sites,
    read_districts,
    snap,
    write_box_sites,
)
from molosim.network.siting import points_along
from molosim.runtime.errors import ScenarioError

CONFIGS = Path(__file__).parents[2] / "configs"
FJORD = (11.885, 57.692)
"""In the middle of the river Göta älv."""


def snapped(graph, *lonlat, limit_m=1e6):
    lon, lat = np.array(lonlat, dtype=float).T
    return snap(graph, [f"p{i}" for i in range(len(lonlat))], lon, lat, limit_m)


def test_every_place_is_at_the_nearest_road(town):
    rng = np.random.default_rng(5)
    west, south, east, north = town.bbox
    lon, lat = rng.uniform(west, east, 60), rng.uniform(south, north, 60)
    places = snapped(town, *zip(lon, lat, strict=True))
    shrink = math.cos(math.radians(57.7))
    eligible = np.flatnonzero(~town.of_class(NO_STOPPING)).tolist()
    lines = [shapely.LineString(town.shape(edge) * (shrink, 1)) for edge in eligible]
    for i in range(60):
        nearest = shapely.distance(lines, shapely.Point(lon[i] * shrink, lat[i])).min() * 111_195
        assert places.access_m[i] == pytest.approx(nearest, rel=5e-3, abs=0.1)
    at_lon, at_lat = points_along(town, places.edge, places.along_m)
    assert great_circle_m(lon, lat, at_lon, at_lat) == pytest.approx(places.access_m, rel=2e-3, abs=0.5)
    assert not town.of_class(NO_STOPPING)[places.edge].any()
    assert np.all((places.along_m >= 0) & (places.along_m <= town.edge_m[places.edge] + 1e-6))


def test_a_place_is_where_it_is_whoever_else_there_is(town):
    points = [(11.95, 57.70), (11.96, 57.69), (12.0, 57.72)]
    together = snapped(town, *points)
    alone = Places.join(*(snapped(town, point) for point in points))
    for field in ("lon", "lat", "edge", "along_m", "access_m"):
        assert np.array_equal(getattr(together, field), getattr(alone, field)), field
    assert len(together) == len(alone) == 3
    assert alone.names == ("p0", "p0", "p0")


def test_of_both_directions_the_first_is_taken(grid):
    places = snapped(grid, (10.0005, 57.0), (10.0, 57.0005))
    assert all(grid.twin[edge] > edge for edge in places.edge.tolist())
    assert places.along_m == pytest.approx([50, 50], abs=0.1)
    assert places.access_m == pytest.approx([0, 0], abs=0.01)


def test_nobody_stops_on_a_motorway(graph_of, both_ways):
    nodes = [(10, 57), (10.01, 57), (10, 57.002), (10.01, 57.002)]
    roads = [(0, 1, 600.0, 110.0, "motorway"), (2, 3, 600.0, 50.0, "residential"), (0, 2, 220.0, 70.0, "motorway_link")]
    graph = graph_of(nodes, both_ways(roads))
    (access_m,) = snapped(graph, (10.005, 57.0)).access_m
    assert access_m == pytest.approx(222, abs=2)
    with pytest.raises(ScenarioError, match="only motorways and trunk roads"):
        snapped(graph_of(nodes, both_ways([(0, 1, 600.0, 110.0, "trunk")])), (10, 57))


def test_a_box_in_the_fjord_and_one_outside_the_map_are_both_named(town):
    sites = [FJORD, (11.95, 57.70), (9.92, 57.05)]
    with pytest.raises(ScenarioError) as caught:
        snap(town, ["Ferry", "Haga", "Aalborg"], *np.array(sites).T, 200)
    ferry, aalborg = map(str, caught.value.faults)
    assert ferry.startswith("place 'Ferry': is ")
    assert "from the nearest road; at most 200 m are allowed" in ferry
    assert "outside" not in ferry
    assert aalborg.startswith("place 'Aalborg': is outside the map Gothenburg (11.872,57.660,12.055,57.750), ")


def test_a_place_that_is_nowhere_is_named(town):
    with pytest.raises(ScenarioError, match=r"place .p1.: is at nan, 57.7, which"):
        snapped(town, (11.95, 57.7), (math.nan, 57.7))


def test_no_places_are_no_trouble(town):
    none = snap(town, [], np.zeros(0), np.zeros(0), 100)
    assert len(none) == 0
    assert len(Places.join(none, none)) == 0


def collection(*features) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def point(lon=10.0, lat=57.0, **properties):
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


GOOD = {"name": "Nord 1", "district": "Nord", "households": 300}


def test_boxes_come_back_as_they_were_written(tmp_path):
    path = tmp_path / "boxes.geojson"
    sites = (BoxSite("Øst 1", "Øst", 250, None, 9.5, 57.25), BoxSite("Øst 2", "Øst", 251, "big", 9.75, 57.125))
    write_box_sites(path, sites, note="made up", certainty="GK")
    assert read_box_sites(path) == sites
    assert json.loads(path.read_text(encoding="utf-8"))["note"] == "made up"


def test_other_properties_a_design_and_a_height_are_the_users_own_business(tmp_path):
    path = tmp_path / "boxes.geojson"
    feature = point(**GOOD, fid=7, note="by the shop", design="big")
    feature["geometry"]["coordinates"].append(12.5)
    path.write_text(collection(feature), encoding="utf-8")
    assert read_box_sites(path) == (BoxSite("Nord 1", "Nord", 300, "big", 10.0, 57.0),)


BAD_FEATURES = {
    "no household": (point(name="A", district="N"), "households is nothing; a whole number above 0 is expected"),
    "half households": (point(**GOOD | {"households": 2.5}), "households is 2.5; a whole number"),
    "true households": (point(**GOOD | {"households": True}), "households is True; a whole number"),
    "no name": (point(**GOOD | {"name": " "}), "name is ' '; a text that is not empty"),
    "a formula": (
        point(**GOOD | {"name": "+45 12 34"}),
        "name is '.45 12 34'; a name without signs that .* begin a formula",
    ),
    "a bell": (point(**GOOD | {"district": "N\a"}), "a name without signs that move a cursor"),
    "number for design": (point(**GOOD, design=3), "design is 3; a text"),
    "misspelt": (point(**GOOD, desing="big"), "has a property 'desing'; 'design' is expected"),
    "off Earth": (point(200, 57, **GOOD), r"coordinates are \[200, 57\]; a Point"),
    "words": (point("west", 57, **GOOD), "coordinates are"),
    "no numbers": ({"properties": GOOD, "geometry": {"type": "Point", "coordinates": None}}, "coordinates are None"),
    "one number": ({"properties": GOOD, "geometry": {"type": "Point", "coordinates": [10]}}, "coordinates are"),
    "not a number": (point(math.nan, 57, **GOOD), "coordinates are"),
    "a line": ({"properties": GOOD, "geometry": {"type": "LineString"}}, "geometry is 'LineString'; a Point"),
    "no geometry": ({"properties": GOOD, "geometry": None}, "geometry is None; a Point"),
    "a number": (7, "name is nothing"),
    "no properties": ({"properties": None}, "name is nothing"),
}


@pytest.mark.parametrize("kind", BAD_FEATURES)
def test_what_is_wrong_with_a_box_is_told_with_its_place(tmp_path, kind):
    feature, problem = BAD_FEATURES[kind]
    path = tmp_path / "boxes.geojson"
    path.write_text(collection(point(**GOOD | {"name": "fine"}), feature), encoding="utf-8")
    with pytest.raises(ScenarioError, match=problem) as caught:
        read_box_sites(path)
    assert all(fault.place.startswith(f"{path}, feature 2 ") for fault in caught.value.faults)


def test_all_faults_are_told_at_once(tmp_path):
    path = tmp_path / "districts.geojson"
    good = point(name="Nord", dwellings=100, radius_m=300)
    path.write_text(collection(good, good, point(name="Syd", dwellings=0, radius_m=-1), point()), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_districts(path)
    assert [str(fault).removeprefix(f"{path}, ") for fault in caught.value.faults] == [
        "feature 2 'Nord': has the name of feature 1; names must differ",
        "feature 3 'Syd': dwellings is 0; a whole number above 0 is expected",
        "feature 3 'Syd': radius_m is -1; a number above 0 is expected",
        "feature 4 None: name is nothing; a text that is not empty is expected",
        "feature 4 None: dwellings is nothing; a whole number above 0 is expected",
        "feature 4 None: radius_m is nothing; a number above 0 is expected",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is no GeoJSON"),
        (b"{", "is no GeoJSON"),
        (b"\xff\xfe\x00", "is no GeoJSON"),
        (b"[" * 100_000, "is no GeoJSON"),
        (b"[]", "has no features"),
        (b"{}", "has no features"),
        (b'{"features": {}}', "has no features"),
        (b'{"features": []}', "has no features"),
    ],
)
def test_files_that_are_no_geojson_are_told(tmp_path, content, problem):
    path = tmp_path / "boxes.geojson"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=problem):
        read_box_sites(path)
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_box_sites(tmp_path / "none.geojson")


@pytest.mark.parametrize("city", ["gothenburg", "aalborg"])
def test_bundled_boxes_and_districts_fit_each_other(city):
    boxes = read_box_sites(CONFIGS / f"{city}_boxes.geojson")
    districts = read_districts(CONFIGS / f"{city}_districts.geojson")
    centre = {district.name: district for district in districts}
    assert len(boxes) == 50
    assert sum(box.households for box in boxes) == 15_000
    assert all(200 <= box.households <= 460 for box in boxes)
    assert len(districts) >= 15
    assert {box.district for box in boxes} == set(centre)
    for box in boxes:
        district = centre[box.district]
        here, there = (np.array([box.lon]), np.array([box.lat])), (np.array([district.lon]), np.array([district.lat]))
        assert great_circle_m(*here, *there)[0] <= district.radius_m + 20, box.name
    for kind in ("boxes", "districts"):
        content = json.loads((CONFIGS / f"{city}_{kind}.geojson").read_text(encoding="utf-8"))
        assert "assumption" in content["note"]
        assert all(feature["properties"]["certainty"].startswith("GK") for feature in content["features"])


def test_bundled_boxes_of_gothenburg_stand_by_the_road_and_some_have_a_neighbour(town):
    boxes = read_box_sites(CONFIGS / "gothenburg_boxes.geojson")
    lon, lat = np.array([box.lon for box in boxes]), np.array([box.lat for box in boxes])
    assert snap(town, [box.name for box in boxes], lon, lat, 10).access_m.max() < 6
    apart_m = great_circle_m(lon[:, None], lat[:, None], lon, lat) + np.diag(np.full(50, np.inf))
    assert apart_m.min() >= 250
    assert 15 <= (apart_m.min(axis=1) * 1.3 <= 600).sum() <= 45


def test_bundled_districts_of_gothenburg_are_on_the_map(town):
    districts = read_districts(CONFIGS / "gothenburg_districts.geojson")
    at = np.array([[district.lon, district.lat] for district in districts])
    assert snap(town, [district.name for district in districts], *at.T, 150).access_m.max() < 150
