"""Walks on a graph made by hand and on the bundled map."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from molosim.network.graph import great_circle_m
from molosim.network.siting import draw_addresses
from molosim.network.walking import nearest, walks_within


def test_one_way_streets_are_walked_both_ways_and_motorways_not_at_all(graph_of, places_on):
    # A one-way triangle of 100 m sides and, from one of its corners to the next, a motorway of 10 m.
    corners = [(10.0, 57.0), (10.001, 57.0), (10.0005, 57.001)]
    streets = [(0, 1, 100.0, 50.0, "residential"), (1, 2, 100.0, 50.0, "residential")]
    graph = graph_of(corners, [*streets, (2, 0, 100.0, 50.0, "residential"), (0, 1, 10.0, 110.0, "motorway")])
    homes = places_on(graph, [(0, 90.0, 5.0), (2, 50.0, 0.0)])
    boxes = places_on(graph, [(0, 10.0, 2.0), (1, 20.0, 0.0)])
    box, metres = nearest(graph, homes, boxes)
    assert box.tolist() == [1, 0]
    assert metres == pytest.approx([5 + 10 + 20, 50 + 10 + 2], abs=0.01)
    walks = walks_within(graph, boxes, homes, 100.0)
    assert walks.first.tolist() == [0, 2, 3]
    assert walks.to.tolist() == [0, 1, 0]
    assert walks.metres == pytest.approx([2 + 80 + 5, 62, 35], abs=0.01)
    assert len(walks_within(graph, boxes, homes, 100.0, factor=1.2).to) == 2


def test_a_box_across_the_motorway_alone_is_not_reached(graph_of, places_on, both_ways):
    graph = graph_of(
        [(10.0, 57.0), (10.001, 57.0), (10.002, 57.0), (10.003, 57.0)],
        both_ways([(0, 1, 60.0, 40.0, "residential"), (1, 2, 60.0, 110.0, "trunk"), (2, 3, 60.0, 40.0, "residential")]),
    )
    homes, boxes = places_on(graph, [(0, 30.0, 0.0), (4, 30.0, 0.0)]), places_on(graph, [(0, 60.0, 0.0)])
    box, metres = nearest(graph, homes, boxes)
    assert box.tolist() == [0, -1]
    assert metres.tolist() == [pytest.approx(30, abs=0.01), np.inf]


def test_a_house_is_left_by_the_door_that_is_nearer(graph_of, places_on, both_ways):
    """Its middle lies next to a path that is a dead end, 90 m round to the street in front of it."""
    at = [(10.0, 57.0), (10.001, 57.0), (10.001, 57.0004)]
    graph = graph_of(at, both_ways([(0, 1, 60.0, 40.0, "residential"), (1, 2, 45.0, 4.3, "footway")]))
    homes, boxes = places_on(graph, [(2, 45.0, 5.0), (2, 10.0, 1.0)]), places_on(graph, [(0, 20.0, 0.0)])
    fronts = places_on(graph, [(0, 15.0, 25.0), (2, 10.0, 1.0)])
    assert nearest(graph, homes, boxes)[1] == pytest.approx([5 + 45 + 40, 1 + 10 + 40], abs=0.01)
    assert nearest(graph, homes, boxes, fronts=fronts)[1] == pytest.approx([25 + 5, 1 + 10 + 40], abs=0.01)
    walks = walks_within(graph, boxes, homes, 45.0, fronts=fronts)
    assert (walks.to.tolist(), walks.metres.tolist()) == ([0], [pytest.approx(30, abs=0.01)])


def test_walks_are_those_of_another_router(town):
    rng = np.random.default_rng(4)
    homes, boxes = draw_addresses(town, (), 40, 1.0, rng), draw_addresses(town, (), 12, 1.0, rng)
    other = nx.Graph()
    walked = ~town.of_class(frozenset({"motorway", "motorway_link", "trunk", "trunk_link"}))
    for edge in np.flatnonzero(walked).tolist():
        tail, head, metres = int(town.edge_tail[edge]), int(town.edge_head[edge]), float(town.edge_m[edge])
        if metres < other.get_edge_data(tail, head, {"metres": np.inf})["metres"]:
            other.add_edge(tail, head, metres=metres)

    def walk(at: int, to: int) -> float:
        ends = [(int(end), abs(homes.along_m[at] - along)) for end, along in _ends(town, homes.edge[at])]
        lengths = []
        for end, metres in ends:
            far = nx.single_source_dijkstra_path_length(other, end, weight="metres")
            lengths += [metres + far[int(e)] + abs(boxes.along_m[to] - a) for e, a in _ends(town, boxes.edge[to])]
        return min(lengths)

    box, metres = nearest(town, homes, boxes)
    for home in range(6):
        expected = [walk(home, k) for k in range(12)]
        assert box[home] == int(np.argmin(expected))
        assert metres[home] == pytest.approx(min(expected), abs=0.1)
    crow_m = great_circle_m(homes.lon, homes.lat, boxes.lon[box], boxes.lat[box])
    assert np.all(metres >= 0.99 * crow_m)


def _ends(graph, edge):
    return (graph.edge_tail[edge], 0.0), (graph.edge_head[edge], float(graph.edge_m[edge]))
