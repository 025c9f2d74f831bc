"""Downloads from a stand-in for OpenStreetMap's servers, which is itself checked against a genuine answer."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
from pathlib import Path

import osmnx as ox
import pytest
import shapely
from tests.network.standin import CUT, TAKEN, WORKING, Answer, World, polygon_of, serving

from molosim.network.answers import LONGEST_WAIT_S, WAITS_S, Servers
from molosim.network.buildings import read_buildings, read_features
from molosim.network.download import Area, area_of_bbox, area_of_file, area_of_place, download
from molosim.network.osm import read_map, ways_on_foot
from molosim.runtime.cache import CACHE, mark
from molosim.runtime.errors import ScenarioError

GENUINE = Path(os.environ.get("MOLOSIM_EXTRACTS", "extracts"), "overpass_aalborg_drive.json.gz")
SQUARE = [[10.0, 57.0], [10.01, 57.0], [10.01, 57.01], [10.0, 57.01], [10.0, 57.0]]
PLACE = {
    "importance": 1,
    "lat": "57.005",
    "lon": "10.005",
    "display_name": "Somewhere, North Denmark Region, Denmark",
    "boundingbox": ["57.0", "57.01", "10.0", "10.01"],
    "geojson": {"type": "Polygon", "coordinates": [SQUARE]},
}
POINT = PLACE | {"geojson": {"type": "Point", "coordinates": [10.005, 57.005]}}
NODES = {k: (10.001 + 0.002 * (k % 5), 57.001 + 0.002 * (k // 5)) for k in range(15)} | {
    20: (10.002, 57.0021), 21: (10.0022, 57.0021), 22: (10.0022, 57.0023), 23: (10.002, 57.0023),
    30: (10.02, 57.005), 31: (10.03, 57.005), 40: (10.003, 57.003), 41: (10.0021, 57.0022),
}  # fmt: skip
TAGS = {40: {"amenity": "recycling", "recycling_type": "centre"}, 41: {"addr:housenumber": "7"}}
WAYS = [
    ([0, 1, 2, 3, 4, 30, 31], {"highway": "residential", "maxspeed": "30"}),
    ([0, 5, 10, 11, 12, 13, 14], {"highway": "living_street"}),
    ([5, 6, 7, 8, 9], {"highway": "tertiary", "oneway": "yes"}),
    ([4, 9, 14], {"highway": "residential"}),
    ([2, 7, 12], {"highway": "cycleway"}),
    ([0, 11], {"highway": "footway"}),
    ([20, 21, 22, 23, 20], {"building": "apartments", "building:levels": "4"}),
]
ELEMENTS = [
    *({"type": "node", "id": k, "lon": x, "lat": y, "tags": TAGS.get(k, {})} for k, (x, y) in NODES.items()),
    *({"type": "way", "id": k, "nodes": refs, "tags": tags} for k, (refs, tags) in enumerate(WAYS, start=1)),
]


@pytest.fixture
def world(monkeypatch):
    world = World([PLACE], ELEMENTS)
    with serving(world) as address:
        monkeypatch.setattr(ox.settings, "nominatim_url", address)
        monkeypatch.setattr(ox.settings, "overpass_url", f"{address}/api")
        yield world


@pytest.fixture
def slept(monkeypatch):
    """Pauses that would have been made, in seconds: politeness to real servers."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


@pytest.fixture
def servers(tmp_path, slept):
    return Servers(tmp_path / "answers")


SOME = area_of_bbox((10.0, 57.0, 10.01, 57.01))


def fetched(servers, tmp_path, area=SOME, **options):
    return download(area, tmp_path / "town.osm.pbf", servers, **options)


def test_a_place_is_searched_and_its_roads_and_buildings_fetched(world, servers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = vars(ox.settings).copy(), socket.getaddrinfo
    area = area_of_place("Somewhere, Denmark", servers)
    assert (area.name, area.country) == ("Somewhere, Denmark", "Denmark")
    graph = fetched(servers, tmp_path, area)
    once = ["/api/status", "/api/interpreter"]
    assert world.asked == ["/search", *3 * ["/api/status", *once]]
    assert graph.classes == ("living_street", "residential", "tertiary")
    assert graph.bbox == pytest.approx((10.001, 57.001, 10.009, 57.005))
    assert (graph.name, graph.date) == ("Somewhere, Denmark", "2025-06-07")
    assert graph.source == "OpenStreetMap download of 'Somewhere, Denmark'"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers", "town.osm.pbf"]
    assert (vars(ox.settings), socket.getaddrinfo) == before


def test_buildings_and_recycling_places_are_beside_the_map(world, servers, tmp_path):
    fetched(servers, tmp_path)
    buildings, features = read_buildings(tmp_path / "town.osm.pbf"), read_features(tmp_path / "town.osm.pbf")
    assert (buildings.kinds, buildings.levels.tolist()) == (("apartments",), [4])
    assert buildings.addresses.tolist() == [1]
    assert [(feature.id, feature.kind) for feature in features] == [("node/40", "recycling_centre")]


def test_footpaths_are_in_the_extract_whatever_the_graph_is_of(world, servers, tmp_path):
    roads = fetched(servers, tmp_path)
    walk = ways_on_foot(tmp_path / "town.osm.pbf", roads)
    assert (walk.network, walk.name, walk.date) == ("walk", roads.name, "2025-06-07")
    assert set(walk.classes) - set(roads.classes) == {"footway"}
    asked = len(world.queries)
    assert fetched(servers, tmp_path, network="walk").content_hash == walk.content_hash
    assert len(world.queries) == asked
    world.elements = [element for element in ELEMENTS if element.get("tags", {}).get("highway") != "footway"]
    bare = fetched(Servers(tmp_path / "others"), tmp_path)
    assert ways_on_foot(tmp_path / "town.osm.pbf", bare) is None


def test_turn_restrictions_come_with_the_buildings(world, servers, tmp_path):
    """OSMnx's question for roads gets no relations; the one for everything else asks for these too."""
    members = [("way", 1, "from"), ("node", 4, "via"), ("way", 4, "to")]
    sign = {"type": "restriction", "restriction": "no_left_turn"}
    named = [{"type": kind, "ref": ref, "role": role} for kind, ref, role in members]
    world.elements = [*ELEMENTS, {"type": "relation", "id": 1, "members": named, "tags": sign}]
    graph = fetched(servers, tmp_path)
    assert (graph.restrictions.kept, dict(graph.restrictions.left_out)) == (1, {})
    assert graph.bans
    assert read_map(tmp_path / "town.osm.pbf", name=graph.name).bans == graph.bans


def test_a_network_for_bicycles_and_the_roads_of_osmnx_own_builder(world, servers, tmp_path, monkeypatch):
    """The same roads as OSMnx makes of the same answers, and paths where bicycles are asked for."""
    drive = fetched(servers, tmp_path)
    bike = fetched(servers, tmp_path, network="bike")
    assert (drive.network, bike.network) == ("drive", "bike")
    assert "cycleway" in bike.classes
    monkeypatch.setattr(ox.settings, "use_cache", False)
    theirs = ox.graph_from_polygon(SOME.polygon, network_type="drive", simplify=True, retain_all=False)
    theirs = ox.truncate.largest_component(theirs, strongly=True)
    assert (drive.node_count, drive.edge_count) == (theirs.number_of_nodes(), theirs.number_of_edges())
    lengths = sorted(length for *_, length in theirs.edges(data="length"))
    assert sorted(drive.edge_m) == pytest.approx(lengths, abs=0.01)


def test_answers_of_the_day_are_kept_and_those_of_other_days_are_not(world, slept, tmp_path):
    mark(tmp_path / CACHE)
    answers = tmp_path / CACHE / "osm"
    servers = Servers(answers)
    first = fetched(servers, tmp_path)
    asked = list(world.asked)
    assert fetched(servers, tmp_path).content_hash == first.content_hash
    assert world.asked == asked
    (today,) = answers.iterdir()
    today.rename(today.with_name("2020-01-01"))
    fetched(Servers(answers), tmp_path)
    assert world.asked == 2 * asked
    assert [folder.name for folder in answers.iterdir()] == [today.name]


def test_folders_in_another_cache_stay(tmp_path):
    own = tmp_path / "osm" / "my-own-map"
    own.mkdir(parents=True)
    Servers(tmp_path / "osm")
    assert own.is_dir()


@pytest.mark.parametrize(
    "fault",
    [
        Answer(429, "busy"),
        Answer(504, "<html>gateway</html>"),
        Answer(503, ""),
        CUT,
        Answer(200, "<html>rate limited</html>"),
    ],
)
def test_a_server_that_is_busy_is_asked_again_after_a_pause(world, servers, slept, tmp_path, fault):
    world.faults = [fault, fault]
    graph = fetched(servers, tmp_path)
    assert graph.edge_count > 0
    assert [pause for pause in slept if pause] == list(WAITS_S[:2])


def test_a_server_says_itself_how_long_to_wait(world, servers, slept, tmp_path):
    world.faults = [Answer(429, "", {"Retry-After": "33"})]
    fetched(servers, tmp_path)
    assert [pause for pause in slept if pause] == [33]


@pytest.mark.parametrize(
    "case",
    [(Answer(429, "busy"), "429 Too Many Requests"), (CUT, "connection cut"), (Answer(200, "?"), "not JSON")],
)
def test_a_server_that_stays_busy_is_given_up(world, servers, slept, tmp_path, case):
    fault, says = case
    world.faults = [fault] * 99
    with pytest.raises(ScenarioError) as caught:
        fetched(servers, tmp_path)
    assert says in str(caught.value)
    assert "`molosim map import` takes a downloaded extract" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [pause for pause in slept if pause] == list(WAITS_S)
    assert not (tmp_path / "town.osm.pbf").exists()


def test_a_server_that_wants_an_hour_is_given_up_at_once(world, servers, slept, tmp_path):
    world.faults = [Answer(429, "", {"Retry-After": "3600"})]
    with pytest.raises(ScenarioError, match="says 429"):
        fetched(servers, tmp_path)
    world.status = ["", TAKEN]
    with pytest.raises(ScenarioError, match="no free slot for 3600 s"):
        fetched(servers, tmp_path)
    assert sum(slept) <= LONGEST_WAIT_S


def test_a_search_that_is_busy_is_asked_again_too(world, servers, slept):
    world.faults = [Answer(429), Answer(504, "<html>")]
    assert area_of_place("Somewhere", servers).polygon.area > 0
    assert [pause for pause in slept if pause > 1] == list(WAITS_S[:2])


def test_a_server_still_at_work_is_looked_at_for_a_while_and_no_longer(world, servers, slept, tmp_path):
    world.status = ["", WORKING, WORKING]
    fetched(servers, tmp_path)
    assert slept.count(5) == 2
    world.status = [WORKING] * 9999
    with pytest.raises(ScenarioError, match="still working on an earlier question"):
        fetched(servers, tmp_path, area_of_bbox((10.0, 57.0, 10.01, 57.02)))
    assert len(world.status) > 9000


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ([], "returned 0 results"),
        ([POINT], r"did not geocode query .* to a geometry of type \(Multi\)Polygon"),
        ({"error": "no"}, "did not return a list"),
        ([{"lat": 1}], "the answer lacks 'importance'"),
        ([PLACE | {"geojson": {"type": "Polygon"}}], "cannot be downloaded"),
    ],
)
def test_places_that_are_none_are_one_clear_line(world, servers, answer, problem):
    world.places = answer
    with pytest.raises(ScenarioError, match=problem) as caught:
        area_of_place("Nowhere", servers)
    assert str(caught.value).startswith("place 'Nowhere': ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('{"elements": []}', "OpenStreetMap has no roads there"),
        ('{"version": 0.6}', "the answer is no map data"),
        ("[1, 2]", "did not return a dict"),
        ('{"elements": [{"type": "way", "id": 1}]}', "the answer is no map data"),
        ('{"elements": [{"type": "way", "id": "x", "nodes": [1, 2]}]}', "the answer is no map data"),
        (
            '{"elements": [{"type": "node", "id": 1, "lat": "far", "lon": 1}, {"type": "way", "id": 1, "nodes": []}]}',
            "no map",
        ),
        (
            '{"elements": [], "remark": "runtime error: Query timed out in query at line 1"}',
            "says: runtime error: Query",
        ),
    ],
)
def test_answers_of_no_use_are_one_clear_line(world, servers, tmp_path, body, problem):
    world.faults = [Answer(body=body)] * 2
    with pytest.raises(ScenarioError, match=problem) as caught:
        fetched(servers, tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "town.osm.pbf").exists()


def test_a_refusal_is_told_and_not_repeated(world, servers, slept, tmp_path):
    world.faults = [Answer(400, "bad"), Answer(400, "bad")]
    with pytest.raises(ScenarioError, match="says 400 Bad Request"):
        fetched(servers, tmp_path)
    assert len(world.faults) == 1


def test_without_a_network_the_error_comes_at_once_and_says_what_to_do(monkeypatch, servers, slept, tmp_path):
    monkeypatch.setattr(ox.settings, "nominatim_url", "http://127.0.0.1:9")
    monkeypatch.setattr(ox.settings, "overpass_url", "http://127.0.0.1:9/api")
    advice = "OpenStreetMap's servers cannot be reached; `molosim map import` takes a downloaded extract instead"
    with pytest.raises(ScenarioError) as caught:
        area_of_place("Aalborg, Denmark", servers)
    assert str(caught.value) == f"place 'Aalborg, Denmark': {advice} (ConnectionError)"
    with pytest.raises(ScenarioError, match="cannot be reached"):
        fetched(servers, tmp_path)
    assert sum(slept) <= 1


def geojson(tmp_path, content) -> Path:
    path = tmp_path / "area.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_an_area_from_a_file(tmp_path):
    polygon = {"type": "Polygon", "coordinates": [SQUARE]}
    feature = {"type": "Feature", "geometry": polygon, "properties": {}}
    for content in (polygon, feature, {"type": "FeatureCollection", "features": [feature]}):
        area = area_of_file(geojson(tmp_path, content))
        assert area.polygon.equals(shapely.Polygon(SQUARE))
        assert area.name == "area"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is no GeoJSON"),
        ("[1]", "is no GeoJSON"),
        ({"type": "FeatureCollection", "features": []}, "holds no polygon"),
        ({"type": "Point", "coordinates": [10, 57]}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": [[[1, 2]]]}, "is no GeoJSON"),
        ({"type": "Polygon", "coordinates": [[[5e5, 6e6], [6e5, 6e6], [6e5, 7e6], [5e5, 6e6]]]}, "in degrees are"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [20, 0], [20, 20], [0, 0]]]},
            r"covers [0-9,]+ km2; at most 3,000",
        ),
    ],
)
def test_areas_that_are_none_are_one_clear_line(tmp_path, content, problem):
    with pytest.raises(ScenarioError, match=problem) as caught:
        area_of_file(geojson(tmp_path, content))
    assert "\n" not in str(caught.value)
    with pytest.raises(ScenarioError, match="cannot be read"):
        area_of_file(tmp_path / "none.geojson")


def test_an_outline_with_many_corners_is_asked_for_with_few(world, servers, tmp_path):
    fetched(servers, tmp_path, Area("round", shapely.Point(10.005, 57.005).buffer(0.004, quad_segs=2000)))
    features = world.queries[-1]
    assert len(features) < 500_000
    assert "'addr:housenumber'" in features


def test_buildings_of_a_large_area_are_asked_for_in_pieces_and_kept_piece_by_piece(world, servers, tmp_path):
    """Of 30 x 22 km; where a piece fails for good, those that were answered are not asked for again."""
    large = area_of_bbox((10.0, 57.0, 10.5, 57.2))
    world.faults = []
    graph = fetched(servers, tmp_path, large)
    roads, *features = world.queries
    assert "highway" in roads
    assert len(features) > 3
    assert graph.edge_count > 0
    assert len(read_buildings(tmp_path / "town.osm.pbf")) == 1
    (today,) = (tmp_path / "answers").iterdir()
    answers = [path for folder in today.iterdir() for path in folder.glob("*.json")]
    answers[-1].unlink()
    asked = len(world.queries)
    fetched(servers, tmp_path, large)
    assert len(world.queries) == asked + 1


@pytest.mark.skipif(not GENUINE.is_file(), reason="the genuine answer is not on this machine")
def test_the_stand_in_is_asked_and_answers_as_a_genuine_server(world, servers, tmp_path):
    """OSMnx asks it the question that a real server was asked; it selects the elements that the real one did."""
    genuine = json.loads(gzip.decompress(GENUINE.read_bytes()))
    world.elements = genuine["response"]["elements"]
    graph = fetched(servers, tmp_path, area_of_bbox((9.9104, 57.0393, 9.9331, 57.0537)))
    (asked, outline), (genuinely, their_outline) = (
        re.fullmatch(r"(.*)\(poly:'(.*)'\);>;\);out;", query).groups() for query in (world.queries[0], genuine["query"])
    )
    assert asked == genuinely
    ours, theirs = (polygon_of(text) for text in (outline, their_outline))
    assert ours.symmetric_difference(theirs).area < 1e-6 * theirs.area
    selected = {(element["type"], element["id"]) for element in world.select(genuine["query"])}
    assert selected == {(element["type"], element["id"]) for element in world.elements}
    cut = read_map(GENUINE.with_name("aalborg_midtby_2024.osm.pbf"), bbox=(9.9104, 57.0393, 9.9331, 57.0537))
    assert abs(graph.edge_m.sum() / cut.edge_m.sum() - 1) < 0.02
