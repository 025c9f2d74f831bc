"""Maps that others wrote: GeoPackages, bicycles' ways, parts of an extract; and files that are broken or mean harm."""

from __future__ import annotations

import bz2
import gzip
import itertools
import re
import warnings

import geopandas as gpd
import numpy as np
import osmnx as ox
import pytest
from shapely import LineString
from tests.network.towns import NODES, STREETS, Ways, write

from molosim.network.graph import Dropped, RoadGraph
from molosim.network.osm import read_map
from molosim.network.speeds import CYCLING_KPH
from molosim.runtime.errors import ScenarioError

DRIVEN: Ways = {number: way for number, way in STREETS.items() if number < 7}


def told(path, **options) -> str:
    """The one line that reading a file ends with, without its name."""
    with pytest.raises(ScenarioError) as caught:
        read_map(path, **options)
    (fault,) = caught.value.faults
    assert fault.place == str(path)
    assert "\n" not in fault.problem
    return fault.problem


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    return ox.graph_from_xml(write(tmp_path_factory.mktemp("osmnx"), ways=DRIVEN), simplify=False)


@pytest.mark.parametrize(("simplified", "directed"), [*itertools.product([False, True], repeat=2)])
def test_a_geopackage_of_osmnx_gives_the_roads_of_the_extract(graph, tmp_path, simplified, directed):
    saved = ox.simplify_graph(graph) if simplified else graph
    ox.save_graph_geopackage(saved, tmp_path / "town.gpkg", directed=directed)
    found = read_map(tmp_path / "town.gpkg")
    extract = read_map(write(tmp_path))
    assert (found.node_count, found.edge_count) == (extract.node_count, extract.edge_count)
    assert np.allclose(np.sort(found.edge_m), np.sort(extract.edge_m), atol=0.01)
    assert (found.twin >= 0).all()
    assert (found.name, found.source) == ("town", "OSMnx graph town.gpkg")


def shapes(graph: RoadGraph) -> set[bytes]:
    return {np.round(graph.shape(edge), 5).tobytes() for edge in range(graph.edge_count)}


def test_a_geopackage_in_metres_with_one_way_streets_keeps_their_direction(tmp_path):
    ways: Ways = {
        1: ([0, 1, 2], {"highway": "residential", "oneway": "yes"}),
        2: ([0, 10, 20, 21, 22], {"highway": "residential", "oneway": "-1"}),
        3: ([2, 12, 22], {"highway": "residential", "oneway": "yes", "maxspeed": "30"}),
        4: ([12, 13], {"highway": "residential"}),
    }
    path = write(tmp_path, NODES, ways)
    saved = ox.simplify_graph(ox.graph_from_xml(path, simplify=False))
    ox.save_graph_geopackage(ox.project_graph(saved), tmp_path / "town.gpkg")
    found, extract = read_map(tmp_path / "town.gpkg"), read_map(path)
    assert found.edge_count == extract.edge_count
    assert shapes(found) == shapes(extract)


def test_no_way_leads_past_a_bollard_but_past_a_gate_unless_it_is_private(tmp_path):
    """The street from 0 to 2 becomes two dead ends of the same length."""
    graphs = {}
    for name, tags in {
        "nothing": "",
        "bollard": '<tag k="barrier" v="bollard"/>',
        "rising": '<tag k="barrier" v="bollard"/><tag k="motor_vehicle" v="yes"/>',
        "gate": '<tag k="barrier" v="gate"/>',
        "shut": '<tag k="barrier" v="gate"/><tag k="access" v="private"/>',
    }.items():
        path = write(tmp_path)
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'(<node id="1" [^>]*)/>', rf"\1>{tags}</node>", text), encoding="utf-8")
        graphs[name] = read_map(path)
        assert read_map(path, network="bike").edge_count == 24, "nobody is barred on a bicycle"
    size = {name: (graph.node_count, graph.edge_count) for name, graph in graphs.items()}
    nodes, edges = size["nothing"]
    assert size["rising"] == size["gate"] == (nodes, edges)
    assert size["bollard"] == size["shut"] == (nodes + 2, edges + 2)
    assert graphs["bollard"].edge_m.sum() == pytest.approx(graphs["nothing"].edge_m.sum(), abs=0.01)


def test_what_is_no_road_is_left_out_though_osmnx_lets_it_through(tmp_path):
    ways: Ways = STREETS | {9: ([4, 13, 22], {"highway": "trail"}), 10: ([0, 11, 22], {"highway": "yes"})}
    assert read_map(write(tmp_path, ways=ways)).edge_count == read_map(write(tmp_path)).edge_count


def test_a_network_for_bicycles_has_paths_and_contraflow_and_speeds_of_its_own(tmp_path):
    ways: Ways = {
        1: ([0, 1, 2], {"highway": "residential", "oneway": "yes", "oneway:bicycle": "no", "maxspeed": "30"}),
        2: ([0, 10, 20], {"highway": "residential"}),
        3: ([20, 21, 22], {"highway": "cycleway", "oneway": "yes", "cycleway:left": "opposite_lane"}),
        4: ([2, 12, 22], {"highway": "tertiary", "bicycle": "no"}),
        5: ([22, 23], {"highway": "cycleway"}),
        6: ([0, 12], {"highway": "footway"}),
        7: ([10, 11], {"highway": "motorway"}),
        8: ([10, 23], {"highway": "path", "oneway:bicycle": "yes"}),
    }
    path = write(tmp_path, NODES, ways)
    bike = read_map(path, network="bike")
    assert bike.network == "bike"
    assert bike.classes == ("cycleway", "path", "residential")
    one_way = bike.twin < 0
    assert [bike.classes[c] for c in bike.edge_class[one_way]] == ["path"]
    assert bike.edge_kph[bike.of_class(frozenset({"path"}))] == pytest.approx(CYCLING_KPH["path"])
    assert bike.edge_imputed.all()
    kept = tmp_path / "bike.npz"
    bike.save(kept)
    assert RoadGraph.load(kept).network == "bike"
    assert RoadGraph.load(kept).content_hash == bike.content_hash


def test_a_graph_remembers_what_was_left_out_and_its_hash_does_not(tmp_path):
    """Two streets of 122 m in sight of the town, and a one-way street that ends nowhere: three parts, five nodes."""
    far = {100: (10.1, 57.1), 101: (10.102, 57.1), 102: (10.2, 57.1), 103: (10.202, 57.1), 105: (10.01, 57.0)}
    ways: Ways = DRIVEN | {
        20: ([100, 101], {"highway": "residential"}),
        21: ([102, 103], {"highway": "residential"}),
        22: ([4, 105], {"highway": "residential", "oneway": "yes"}),
    }
    graph = read_map(write(tmp_path, NODES | far, ways))
    assert graph.dropped is not None
    assert (graph.dropped.parts, graph.dropped.nodes, graph.dropped.edges) == (3, 5, 5)
    assert graph.dropped.metres == pytest.approx(5 * 121, rel=0.01)
    graph.save(tmp_path / "town.npz")
    again = RoadGraph.load(tmp_path / "town.npz")
    assert again.dropped == graph.dropped
    assert again.content_hash == graph.content_hash


def test_the_bundled_map_says_what_was_left_out(town):
    assert town.dropped == Dropped(parts=96, nodes=141, edges=210, metres=68675.893)


def test_a_part_of_an_extract(tmp_path):
    whole = read_map(write(tmp_path))
    part = read_map(tmp_path / "town.osm", bbox=(9.999, 56.999, 10.005, 57.003))
    assert part.bbox == pytest.approx((10, 57, 10.004, 57.002))
    assert part.edge_m.sum() < whole.edge_m.sum()
    assert "no roads for vehicles within 11,57,12,58" in told(tmp_path / "town.osm", bbox=(11, 57, 12, 58))


def test_more_roads_than_any_city_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("molosim.network.extract.MOST_NODES", 14)
    assert told(write(tmp_path)) == (
        "has 15 nodes of roads, more than any city; cut it with --bbox WEST,SOUTH,EAST,NORTH"
    )


def doctype(entities: str, root: str, encoding: str = "utf-8") -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n<!DOCTYPE x [{entities}]>\n{root}'.encode(encoding)


LAUGHS = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise("abcdefghij"))
OUTSIDE = '<!ENTITY j SYSTEM "file:///etc/hostname">'
OSM = '<osm version="0.6"><node id="1" lat="1" lon="2"><tag k="a" v="&j;"/></node></osm>'
GRAPHML = '<graphml><graph edgedefault="directed"><node id="&j;"/></graph></graphml>'
HARMFUL = {
    "laughs.osm": doctype(LAUGHS, OSM),
    "laughs.osm.gz": gzip.compress(doctype(LAUGHS, OSM)),
    "laughs.osm.bz2": bz2.compress(doctype(LAUGHS, OSM)),
    "laughs.graphml": doctype(LAUGHS, GRAPHML),
    "wide.graphml": doctype(LAUGHS, GRAPHML, "utf-16"),
    "late.graphml": b"<!--" + b" " * 3_000_000 + b"-->" + doctype(LAUGHS, GRAPHML).partition(b"?>")[2],
    "outside.osm": doctype(OUTSIDE, OSM),
    "outside.graphml": doctype(OUTSIDE, GRAPHML),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_xml_that_declares_entities_is_refused_before_it_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HARMFUL[name])
    assert told(path) == "declares a document type (DOCTYPE), which no map needs; refused"


def swapped(graph):
    other = graph.copy()
    for _, data in other.nodes(data=True):
        data["x"], data["y"] = data["y"], data["x"]
    for *_, data in other.edges(data=True):
        if "geometry" in data:
            data["geometry"] = LineString([(y, x) for x, y in data["geometry"].coords])
    return other


def with_crs(graph, crs):
    other = graph.copy()
    other.graph["crs"] = crs
    return other


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (swapped, "has latitude and longitude swapped: its roads' lengths say so"),
        (lambda g: with_crs(ox.project_graph(g), "epsg:4326"), "which is no longitude and latitude; does it name"),
        (lambda g: with_crs(g, "epsg:25832"), "lengths do not fit their coordinates; does it name the right crs"),
        (lambda g: with_crs(g, "nonsense:1"), "is not a road graph saved by OSMnx: Invalid projection"),
        (lambda g: with_crs(g, ""), "names no coordinate system (crs)"),
    ],
)
def test_coordinates_that_cannot_be_true_are_told(graph, tmp_path, spoil, problem):
    ox.save_graphml(spoil(ox.simplify_graph(graph)), tmp_path / "town.graphml")
    assert problem in told(tmp_path / "town.graphml")


def test_graphml_without_a_coordinate_system_or_with_broken_shapes_is_told(graph, tmp_path):
    path = tmp_path / "town.graphml"
    ox.save_graphml(ox.simplify_graph(graph), path)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r">epsg:4326<", "><", text, flags=re.IGNORECASE), encoding="utf-8")
    assert "names no coordinate system" in told(path)
    path.write_text(text.replace("LINESTRING (", "LINESTRING (("), encoding="utf-8")
    assert "is not a road graph saved by OSMnx" in told(path)
    path.write_text(text.replace(">10.0<", ">nan<"), encoding="utf-8")
    assert "is at nan, 57" in told(path)


def test_geopackages_of_others_are_told(graph, tmp_path):
    path = tmp_path / "town.gpkg"
    for content in (b"", b"no database"):
        path.write_bytes(content)
        assert "is not a road graph saved by OSMnx" in told(path)
    path.unlink()
    points = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([1], [2]), crs=4326)
    points.to_file(path, layer="nodes")
    assert "Layer 'edges' could not be opened" in told(path)
    points.to_file(path, layer="edges")
    assert "it lacks 'osmid'" in told(path)
    ox.save_graph_geopackage(graph, tmp_path / "whole.gpkg")
    edges = gpd.read_file(tmp_path / "whole.gpkg", layer="edges")
    nodes = gpd.read_file(tmp_path / "whole.gpkg", layer="nodes")
    with warnings.catch_warnings(action="ignore"):
        nodes.set_crs(None, allow_override=True).to_file(tmp_path / "lost.gpkg", layer="nodes")
    edges.to_file(tmp_path / "lost.gpkg", layer="edges")
    assert told(tmp_path / "lost.gpkg") == "its layer 'nodes' names no coordinate system (crs)"
    nodes.iloc[1:].to_file(tmp_path / "few.gpkg", layer="nodes")
    edges.to_file(tmp_path / "few.gpkg", layer="edges")
    assert "an edge ends at node 0, which it does not hold" in told(tmp_path / "few.gpkg")


def test_a_truncated_or_flipped_extract_is_told(maps, tmp_path):
    content = (maps / "gothenburg_2016_drive.osm.pbf").read_bytes()
    path = tmp_path / "town.osm.pbf"
    for part in (content[:1000], content[: len(content) // 2], content[:-1], bytes(len(content))):
        path.write_bytes(part)
        assert "is not a readable OpenStreetMap extract" in told(path)


def test_names_that_say_another_format_than_the_file_has_are_told(tmp_path):
    (tmp_path / "town.osm.pbf").write_bytes(write(tmp_path).read_bytes())
    assert "is not a readable OpenStreetMap extract" in told(tmp_path / "town.osm.pbf")
    (tmp_path / "town.txt").write_text("x", encoding="utf-8")
    assert "is no map by its name; allowed are .npz, .graphml, .gpkg, .osm.pbf" in told(tmp_path / "town.txt")
    (tmp_path / "town.graphml").write_text("x", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"--bbox: cuts extracts; town.graphml is a graph"):
        read_map(tmp_path / "town.graphml", bbox=(0, 0, 1, 1))
