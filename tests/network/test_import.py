"""Maps from extracts and from OSMnx: clipped, cut into parts, misspelt and foreign ones."""

from __future__ import annotations

import bz2
import itertools

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pytest
from osmnx import _overpass
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from tests.network.towns import NODES, STREETS, Ways, write

from molosim.network.filters import CLOSED_TAGS, is_open
from molosim.network.graph import RoadGraph
from molosim.network.osm import read_map
from molosim.network.speeds import NORDIC_KPH, assumed_kph, limit_kph
from molosim.runtime.errors import ScenarioError


def is_strongly_connected(graph: RoadGraph) -> bool:
    ends = (np.ones(graph.edge_count), (graph.edge_tail, graph.edge_head))
    return connected_components(csr_array(ends, shape=(graph.node_count,) * 2), connection="strong")[0] == 1


def kph_of(graph: RoadGraph) -> dict[str, float]:
    return {name: float(graph.edge_kph[graph.of_class(frozenset({name}))].mean()) for name in graph.classes}


def test_an_extract_becomes_a_graph_of_its_drivable_roads(tmp_path):
    graph = read_map(write(tmp_path))
    assert graph.classes == ("living_street", "residential", "secondary", "tertiary")
    kph = kph_of(graph)
    assert (kph["secondary"], kph["tertiary"]) == (50, NORDIC_KPH["tertiary"])
    # Round the corners these two are merged with streets of other speeds.
    assert 15 < kph["living_street"] < 20
    assert 30 < kph["residential"] < 40
    assert (graph.name, graph.date, graph.source) == ("town", "2024-05-06", "OpenStreetMap extract town.osm")
    assert graph.edge_imputed.any()
    assert not graph.edge_imputed.all()
    assert is_strongly_connected(graph)
    assert (graph.twin >= 0).all()
    named = read_map(tmp_path / "town.osm", name="Town", date="2020-01-01")
    assert (named.name, named.date) == ("Town", "2020-01-01")


def test_the_bundled_map_is_what_its_extract_gives(maps, town, tmp_path):
    """It was made before molosim read who may use which street, and what it says must not change."""
    extract = maps / "gothenburg_2016_drive.osm.pbf"
    again = read_map(extract, name="Gothenburg", date="2016-12-27", rules=False)
    assert again.content_hash == town.content_hash
    assert town.content_hash == "30a45960a13d2c6d0212a1f1423f00a8e20a87b3055952b94f7fb03aea4a59d6"
    again.save(tmp_path / "again.npz")
    town.save(tmp_path / "town.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "town.npz").read_bytes()


@pytest.mark.parametrize(("network", "closed"), CLOSED_TAGS.items())
def test_the_filters_are_osmnx_own(network, closed):
    ours = '["highway"]' + "".join(f'["{tag}"!~"{values}"]' for tag, values in closed.items())
    pieces = [set(text.replace("]", "]\n").split()) for text in (_overpass._get_network_filter(network), ours)]
    assert pieces[0] == pieces[1]


@pytest.mark.parametrize(
    ("tags", "driven"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "motorway_link", "access": "yes"}, True),
        ({"highway": "service"}, False),
        ({"highway": "residential", "access": "private"}, False),
        ({"highway": "unclassified", "motor_vehicle": "no"}, False),
        ({"highway": "residential", "area": "yes"}, False),
        ({"highway": "residential", "service": "driveway"}, False),
        ({"building": "apartments"}, False),
    ],
)
def test_what_is_driven(tags, driven):
    assert is_open(tags, "drive") is driven


@pytest.mark.parametrize("seed", range(4))
def test_a_clipped_extract_is_cut_into_runs_of_present_nodes(tmp_path, seed):
    """Nodes fall out, ways still name them; what is left must be one strongly connected part of the whole map."""
    gone = np.random.default_rng(seed).choice(list(NODES), 3, replace=False).tolist()
    nodes = {number: at for number, at in NODES.items() if number not in gone}
    graph = read_map(write(tmp_path, nodes))
    assert is_strongly_connected(graph)
    kept = {(round(lon, 7), round(lat, 7)) for lon, lat in nodes.values()}
    assert set(zip(graph.shape_lon.tolist(), graph.shape_lat.tolist(), strict=True)) <= kept


def test_a_way_that_leaves_the_map_and_returns_makes_no_road_across(tmp_path):
    nodes = {number: at for number, at in NODES.items() if number != 2}
    graph = read_map(write(tmp_path, nodes, {1: STREETS[1], 2: STREETS[2], 4: STREETS[4], 6: STREETS[6]}))
    one_block_m = 125
    assert graph.edge_m.max() < 6 * one_block_m
    gap = {(10.002, 57.0), (10.006, 57.0)}
    for edge in range(graph.edge_count):
        points = [tuple(point) for point in np.round(graph.shape(edge), 7).tolist()]
        assert not any({a, b} == gap for a, b in itertools.pairwise(points))


def test_the_largest_strongly_connected_part_is_kept(tmp_path):
    far = {100 + k: (10.1 + 0.001 * k, 57.1) for k in range(3)}
    ways: Ways = STREETS | {
        20: ([100, 101, 102], {"highway": "residential"}),
        21: ([24, 100], {"highway": "primary", "oneway": "yes"}),
    }
    graph = read_map(write(tmp_path, NODES | far, ways))
    assert graph.bbox[2] < 10.01
    assert "primary" not in graph.classes


def test_one_way_streets_roundabouts_and_reversed_ones_keep_their_direction(tmp_path):
    ways: Ways = {
        1: ([0, 1, 2], {"highway": "residential", "oneway": "yes"}),
        2: ([0, 10, 20, 21, 22], {"highway": "residential", "oneway": "-1"}),
        3: ([2, 12, 22], {"highway": "residential", "junction": "roundabout"}),
        4: ([12, 13], {"highway": "residential"}),
    }
    graph = read_map(write(tmp_path, NODES, ways))
    number = {at: n for n, at in NODES.items()}
    steps = set()
    for edge in range(graph.edge_count):
        nodes = [number[round(lon, 7), round(lat, 7)] for lon, lat in graph.shape(edge).tolist()]
        steps |= set(itertools.pairwise(nodes))
    ring = [0, 1, 2, 12, 22, 21, 20, 10, 0]
    assert steps == {*itertools.pairwise(ring), (12, 13), (13, 12)}


def test_a_merged_street_has_the_time_of_its_parts_and_the_class_of_most(tmp_path):
    """100 m at 20 km/h and then 300 m at 60: 18 + 18 s, so 40 km/h, not the mean of two signs."""
    step = 0.0016445  # degrees of longitude, about 100 m
    nodes = {k: (10 + step * k, 57.0) for k in range(5)} | {9: (10.0, 57.01), 8: (10 + step * 4, 57.01)}
    ways: Ways = {
        1: ([0, 1], {"highway": "residential", "maxspeed": "20"}),
        2: ([1, 2, 3, 4], {"highway": "tertiary", "maxspeed": "60"}),
        3: ([0, 9], {"highway": "residential", "maxspeed": "50"}),
        4: ([9, 8, 4], {"highway": "residential", "maxspeed": "50"}),
        5: ([0, 4], {"highway": "secondary", "maxspeed": "50"}),
    }
    graph = read_map(write(tmp_path, nodes, ways))
    merged = graph.of_class(frozenset({"tertiary"}))
    assert merged.sum() == 2
    assert graph.edge_kph[merged] == pytest.approx(40, abs=0.01)
    assert graph.edge_m[merged] == pytest.approx(400, abs=2)


def test_a_compressed_extract_is_read_and_a_broken_one_told(tmp_path):
    plain = read_map(write(tmp_path))
    packed = tmp_path / "town.osm.bz2"
    packed.write_bytes(bz2.compress((tmp_path / "town.osm").read_bytes()))
    assert np.array_equal(read_map(packed).edge_m, plain.edge_m)
    packed.write_bytes(packed.read_bytes()[:300])
    with pytest.raises(ScenarioError, match="not a readable OpenStreetMap extract"):
        read_map(packed)


@pytest.fixture(scope="module")
def osmnx_graph(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("osmnx"), ways={k: v for k, v in STREETS.items() if k < 7})
    return ox.graph_from_xml(path, simplify=False)


@pytest.mark.parametrize("simplified", [False, True])
def test_graphml_of_osmnx_2_gives_the_roads_of_the_extract(osmnx_graph, tmp_path, simplified):
    saved = ox.simplify_graph(osmnx_graph) if simplified else osmnx_graph
    ox.save_graphml(saved, tmp_path / "town.graphml")
    graph = read_map(tmp_path / "town.graphml")
    extract = read_map(write(tmp_path))
    assert (graph.node_count, graph.edge_count) == (extract.node_count, extract.edge_count)
    assert np.allclose(np.sort(graph.edge_m), np.sort(extract.edge_m), atol=0.01)
    assert graph.source == "OSMnx graph town.graphml"
    assert graph.name == "town"
    assert len(graph.date) == len("2025-01-01")


def test_graphml_in_metres_is_put_back_into_degrees(osmnx_graph, tmp_path):
    ox.save_graphml(ox.project_graph(osmnx_graph), tmp_path / "town.graphml")
    assert read_map(tmp_path / "town.graphml").bbox == pytest.approx((10, 57, 10.008, 57.002), abs=1e-6)


OSMNX_1 = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d9" for="edge" attr.name="geometry" attr.type="string"/>
<key id="d8" for="edge" attr.name="length" attr.type="string"/>
<key id="d7" for="edge" attr.name="reversed" attr.type="string"/>
<key id="d6" for="edge" attr.name="maxspeed" attr.type="string"/>
<key id="d5" for="edge" attr.name="highway" attr.type="string"/>
<key id="d4" for="edge" attr.name="oneway" attr.type="string"/>
<key id="d3" for="edge" attr.name="osmid" attr.type="string"/>
<key id="d2" for="node" attr.name="x" attr.type="string"/>
<key id="d1" for="node" attr.name="y" attr.type="string"/>
<key id="g2" for="graph" attr.name="simplified" attr.type="string"/>
<key id="g1" for="graph" attr.name="crs" attr.type="string"/>
<key id="g0" for="graph" attr.name="created_date" attr.type="string"/>
<graph edgedefault="directed">
<data key="g0">2023-02-01 10:11:12</data><data key="g1">epsg:4326</data><data key="g2">True</data>
<node id="5"><data key="d1">57.0</data><data key="d2">10.0</data></node>
<node id="7"><data key="d1">57.0</data><data key="d2">10.01</data></node>
<edge source="5" target="7" id="0"><data key="d3">[1, 2]</data><data key="d4">False</data>
<data key="d5">['tertiary', 'residential']</data><data key="d6">['40', '50']</data><data key="d7">False</data>
<data key="d8">700.5</data><data key="d9">LINESTRING (10 57, 10.005 57.001, 10.01 57)</data></edge>
<edge source="7" target="5" id="0"><data key="d3">3</data><data key="d4">False</data><data key="d5">residential</data>
<data key="d7">True</data><data key="d8">607.0</data></edge>
</graph></graphml>
"""


def test_graphml_of_osmnx_1_is_read(tmp_path):
    path = tmp_path / "old.graphml"
    path.write_text(OSMNX_1, encoding="utf-8")
    graph = read_map(path)
    assert (graph.node_count, graph.edge_count, graph.date) == (2, 2, "2023-02-01")
    assert kph_of(graph) == {"residential": NORDIC_KPH["residential"], "tertiary": 45}
    assert graph.edge_imputed.tolist() == [False, True]
    assert np.diff(graph.shape_first).tolist() == [3, 2]


HOSTILE = {
    "empty.osm.pbf": b"",
    "text.osm.pbf": b"this is no map",
    "short.osm.pbf": b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c",
    "empty.osm": b"",
    "page.osm": b"<html><body>Not found</body></html>",
    "half.osm": b'<osm version="0.6"><node id="1" lat="57"',
    "nowhere.osm": b'<osm version="0.6"><node id="1" lat="x" lon="y"/></osm>',
    "nothing.osm": b'<osm version="0.6"></osm>',
    "empty.graphml": b"",
    "page.graphml": b"<html><body>Not found</body></html>",
    "foreign.graphml": nx.generate_graphml,
    "map.shp": b"x",
    "map.npz": b"PK",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_foreign_and_broken_files_are_one_clear_line(tmp_path, name):
    content = HOSTILE[name]
    if not isinstance(content, bytes):
        content = "\n".join(nx.generate_graphml(nx.path_graph(3))).encode()
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        read_map(path)
    (fault,) = caught.value.faults
    assert fault.place == str(path)
    assert "\n" not in fault.problem


@pytest.mark.parametrize("suffix", [".osm.pbf", ".graphml", ".npz", ".txt", ""])
def test_a_missing_map_is_told(tmp_path, suffix):
    with pytest.raises(ScenarioError, match=r"is not a file|cannot be read"):
        read_map(tmp_path / f"none{suffix}")


def test_maps_without_connected_roads_are_told(tmp_path):
    with pytest.raises(ScenarioError, match="has no roads for vehicles"):
        read_map(write(tmp_path, NODES, {7: STREETS[7]}))
    with pytest.raises(ScenarioError, match="no two places with roads both ways"):
        read_map(write(tmp_path, NODES, {1: ([0, 1], {"highway": "residential", "oneway": "yes"})}))


def test_nodes_far_from_the_roads_are_not_kept_and_history_is_no_trouble(tmp_path):
    """An extract written by osmium itself, with a replication date in its header."""
    path = tmp_path / "dated.osm.pbf"
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2025-03-04T05:06:07Z")
    with osmium.SimpleWriter(path, header=header) as writer:
        for number, (lon, lat) in (NODES | {999: (0.0, 0.0)}).items():
            writer.add_node(osmium.osm.mutable.Node(id=number + 1, location=(lon, lat), version=1))
        for number, (refs, tags) in STREETS.items():
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=[ref + 1 for ref in refs], tags=tags, version=1))
    graph = read_map(path)
    assert graph.date == "2025-03-04"
    assert graph.bbox[0] == 10


@pytest.mark.parametrize(
    ("maxspeed", "kph"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("10 knots", 18.52),
        ("50|30", 40),
        ("50;70", 60),
        (["30", "50"], 40),
        (["30", "signals"], 30),
        ("50,5", 50.5),
        ("DK:urban", 50),
        ("DK:rural", 80),
        ("SE:zone:30", 30),
        ("DE:zone30", 30),
        ("none", None),
        ("signals", None),
        ("walk", None),
        ("", None),
        ("0", None),
        ("999", None),
        ("-30", None),
        ("1e9", None),
        ("fifty", None),
        (None, None),
        (float("nan"), None),
        ([], None),
    ],
)
def test_what_a_maxspeed_says(maxspeed, kph):
    assert limit_kph(maxspeed) == (None if kph is None else pytest.approx(kph))


def test_a_class_has_its_own_mean_only_where_enough_of_it_is_tagged():
    enough = [("tertiary", 100.0, 40.0)] * 9 + [("tertiary", 300.0, 60.0)] + [("tertiary", 100.0, None)] * 20
    assert assumed_kph(enough) == {"tertiary": pytest.approx((900 * 40 + 300 * 60) / 1200)}
    assert assumed_kph(enough[1:]) == {"tertiary": NORDIC_KPH["tertiary"]}
    rare = [*enough, ("tertiary", 5000.0, None)]
    assert assumed_kph(rare) == {"tertiary": NORDIC_KPH["tertiary"]}
    assert assumed_kph([("living_street", 50.0, 57.0)] * 50) == {"living_street": 15}
    assert assumed_kph([("escape", 50.0, None)]) == {"escape": 40}
