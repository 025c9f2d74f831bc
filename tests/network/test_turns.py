"""Forbidden turns and limited streets: against a twin that remembers the whole way, and by hand."""

from __future__ import annotations

import dataclasses
import heapq
import itertools

import numpy as np
import pytest

from molosim.network.arcs import Period
from molosim.network.bikes import _largest_part, bike_graph
from molosim.network.graph import RoadGraph, great_circle_m
from molosim.network.places import Places
from molosim.network.rules import BELIEVED_M, with_rules
from molosim.network.shortest import distances
from molosim.network.travel import Router, compute
from molosim.network.turns import turns_of
from molosim.runtime.errors import ScenarioError

KPH = 36.0
"""10 m/s."""
FREE = Period("free")


def shortest_m(graph: RoadGraph, places: Places, begin: int, end: int) -> float:
    """Dijkstra over whole edges, each state with the last edges driven and whether the trip left the street it began on
    or has come to the limited streets that it ends on; nothing is cut, copied or contracted.
    """
    limited, longest = set(graph.limited.tolist()), max(map(len, graph.bans), default=2)
    leaving: dict[int, list[int]] = {}
    for edge, tail in enumerate(graph.edge_tail.tolist()):
        leaving.setdefault(tail, []).append(edge)

    def positions(place: int) -> dict[int, float]:
        edge, twin = int(places.edge[place]), int(graph.twin[places.edge[place]])
        at = {edge: float(places.along_m[place])}
        return at | ({twin: float(graph.edge_m[twin]) - at[edge]} if twin >= 0 else {})

    here, there = positions(begin), positions(end)
    best = min((there[edge] - m for edge, m in here.items() if edge in there and there[edge] >= m), default=np.inf)
    waiting = [(float(graph.edge_m[e]) - m, (e,), "away" if e in limited else "through") for e, m in here.items()]
    heapq.heapify(waiting)
    done = set()
    while waiting:
        metres, driven, part = heapq.heappop(waiting)
        if metres >= best:
            break
        if (driven, part) in done:
            continue
        done.add((driven, part))
        for edge in leaving[int(graph.edge_head[driven[-1]])]:
            way = (*driven, edge)
            if any(way[-len(ban) :] == ban for ban in graph.bans) or (part == "home" and edge not in limited):
                continue
            if edge in there:
                best = min(best, metres + there[edge])
            on = part if edge in limited and part != "through" else "home" if edge in limited else "through"
            heapq.heappush(waiting, (metres + float(graph.edge_m[edge]), way[1 - longest :], on))
    return best


def random_town(graph_of, both_ways, rng):
    """Five by four blocks of odd lengths, some streets missing, some one-way, some parallel."""
    nodes = [(10 + x * 0.002, 57 + y * 0.001) for y in range(5) for x in range(6)]
    pairs = [(y * 6 + x, y * 6 + x + 1) for y in range(5) for x in range(5)]
    pairs += [(y * 6 + x, y * 6 + x + 6) for y in range(4) for x in range(6)]
    edges = []
    for tail, head in pairs:
        street = [(tail, head, float(rng.integers(50, 250)), KPH, "residential")]
        kind = rng.random()
        edges += street if kind < 0.1 else [] if kind < 0.15 else both_ways(street)
    return graph_of(nodes, edges)


def random_rules(graph, rng, *, turns, limited):
    leaving = [np.flatnonzero(graph.edge_tail == node).tolist() for node in range(graph.node_count)]
    restrictions = []
    for _ in range(turns):
        way = [int(rng.integers(graph.edge_count))]
        while len(way) < rng.integers(2, 5) and leaving[graph.edge_head[way[-1]]]:
            way.append(int(rng.choice(leaving[graph.edge_head[way[-1]]])))
        if len(way) > 1:
            restrictions.append([tuple(way)])
    some = rng.choice(graph.edge_count, limited, replace=False)
    streets = np.unique(np.concatenate([some, graph.twin[some]]))
    return restrictions, streets[streets >= 0].astype(np.int32)


def strongly(graph):
    return _largest_part(graph, np.ones(graph.edge_count, np.bool_))


def some_places(graph, places_on, rng, count):
    """Anywhere, some on one street, two of them at one point, and some at the very ends of their street."""
    edge = rng.integers(graph.edge_count, size=count)
    edge[1:5] = edge[0]
    along = np.rint(rng.random(count) * (graph.edge_m[edge] - 2)) + 1
    along[1:4] = along[0], 0, graph.edge_m[edge[0]]
    along[-2:] = 0, graph.edge_m[edge[-1]]
    return places_on(graph, [(int(e), float(m), 0.0) for e, m in zip(edge, along, strict=True)])


@pytest.mark.parametrize("seed", range(12))
def test_every_distance_is_the_twins(graph_of, both_ways, places_on, seed):
    """With up to 33 restrictions and 9 limited streets on some forty; without rules nothing is longer."""
    rng = np.random.default_rng(seed)
    town = strongly(random_town(graph_of, both_ways, rng))
    restrictions, limited = random_rules(town, rng, turns=3 * seed, limited=(seed % 4) * 3)
    graph = with_rules(town, restrictions, limited).graph
    assert graph.has_rules == (seed > 0)
    places = some_places(graph, places_on, rng, 13)
    inside = (places.along_m > 0) & (places.along_m < graph.edge_m[places.edge])
    by_engine = [compute(graph, places, (FREE,), engine)[:, 0] for engine in ("cch", "scipy")]
    assert np.array_equal(*by_engine)
    anyhow = compute(graph.without_rules(), places, (FREE,), "cch")[:, 0]
    assert np.all(anyhow[1] <= by_engine[0][1])
    sfd = distances(graph, places, range(13))
    for i, j in itertools.permutations(np.flatnonzero(inside).tolist(), 2):
        metres = shortest_m(graph, places, i, j)
        assert by_engine[0][1, i, j] == pytest.approx(metres, abs=0.51)
        assert by_engine[0][0, i, j] == pytest.approx(metres / 10, abs=0.6)
        assert sfd[i].sfd_from_m[j] == pytest.approx(metres, abs=0.01)
        assert sfd[j].sfd_to_m[i] == pytest.approx(metres, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_drawn_ways_are_those_measured(graph_of, both_ways, places_on, seed):
    rng = np.random.default_rng(100 + seed)
    town = strongly(random_town(graph_of, both_ways, rng))
    straight = [great_circle_m(*town.shape(edge)[0], *town.shape(edge)[1]) for edge in range(town.edge_count)]
    town = dataclasses.replace(town, edge_m=np.array(straight).ravel())
    graph = with_rules(town, *random_rules(town, rng, turns=25, limited=6)).graph
    places = some_places(graph, places_on, rng, 8)
    metres = compute(graph, places, (FREE,), "cch")[1, 0]
    lines = Router(graph, places, (FREE,)).paths_lonlat(itertools.permutations(range(8), 2))
    for (i, j), line in lines.items():
        assert great_circle_m(*line[:-1].T, *line[1:].T).sum() == pytest.approx(metres[i, j], abs=1.5)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_forbidden_every_street_that_is_left_can_be_reached_and_left(graph_of, both_ways, places_on, seed):
    """Far more bans than a town has: some streets are left out, some restrictions lifted, no place is an island."""
    rng = np.random.default_rng(200 + seed)
    town = strongly(random_town(graph_of, both_ways, rng))
    restrictions, limited = random_rules(town, rng, turns=150, limited=8 * (seed % 3))
    ruled = with_rules(town, restrictions, limited)
    assert ruled.lifted + ruled.holding <= len(restrictions)
    assert ruled.graph.edge_count > 0
    middle = [(edge, float(m) / 2, 0.0) for edge, m in enumerate(ruled.graph.edge_m)]
    assert compute(ruled.graph, places_on(ruled.graph, middle), (FREE,), "cch").max() < 10**5


@pytest.fixture
def cross(graph_of, both_ways):
    """Four streets that meet at node 0: 100 m west, 200 north, 300 east, 400 south; edges 0, 2, 4, 6 lead out."""
    nodes = [(10.0, 57.0), (9.99, 57.0), (10.0, 57.01), (10.01, 57.0), (10.0, 56.99)]
    return graph_of(nodes, both_ways([(0, k, 100.0 * k, KPH, "residential") for k in (1, 2, 3, 4)]))


def on_arms(places_on, graph, *at):
    return places_on(graph, [(2 * (arm - 1), m, 0.0) for arm, m in at])


def way_m(graph, places, i=0, j=1):
    return int(compute(graph, places, (FREE,), "cch")[1, 0, i, j])


NONE = np.zeros(0, np.int32)


def test_who_may_not_turn_left_turns_at_the_end_of_the_next_street(cross, places_on):
    """From the west to the north: straight on to the dead end, 300 m, and back; others may still turn there."""
    places = on_arms(places_on, cross, (1, 50), (2, 50), (4, 50))
    graph = with_rules(cross, [[(1, 2)]], NONE).graph
    assert way_m(cross, places) == 100
    assert way_m(graph, places) == 100 + 2 * 300
    assert way_m(graph, places, 0, 2) == way_m(graph, places, 1, 0) == 100


def test_a_place_at_a_crossing_is_there_however_one_comes(cross, places_on):
    """Where the street to the north begins, into which nobody may turn from the west: there one is anyway."""
    graph = with_rules(cross, [[(1, 2)]], NONE).graph
    places = on_arms(places_on, graph, (1, 50), (2, 0), (2, 50))
    assert (way_m(graph, places, 0, 1), way_m(graph, places, 1, 0)) == (50, 50)
    assert (way_m(graph, places, 1, 2), way_m(graph, places, 2, 1)) == (50, 50)
    assert way_m(graph, places, 0, 2) == 100 + 2 * 300


def test_nobody_dodges_by_turning_round_at_the_next_junction(graph_of, both_ways, places_on):
    """The street straight on has a junction after 50 m; turning round there is forbidden, a way round a block not."""
    nodes = [(10.0, 57.0), (9.99, 57.0), (10.0, 57.01), (10.001, 57.0), (10.003, 57.0), (10.003, 57.002)]
    ends = [(0, 1, 100.0), (0, 2, 100.0), (0, 3, 50.0), (3, 4, 80.0), (3, 5, 90.0), (4, 5, 70.0)]
    town = graph_of(nodes, both_ways([(a, b, m, KPH, "residential") for a, b, m in ends]))
    places = on_arms(places_on, town, (1, 50), (2, 50))
    graph = with_rules(town, [[(1, 2)]], NONE).graph
    assert way_m(town, places) == 100
    assert way_m(graph, places) == 50 + 50 + (80 + 70 + 90) + 50 + 50


def test_a_way_of_three_streets_may_be_forbidden_as_a_whole(graph_of, both_ways, places_on):
    """Two carriageways and a short link between them: no turning round over it, but each turn by itself is allowed."""
    nodes = [(10.0, 57.0), (10.001, 57.0), (10.002, 57.0), (10.0, 57.001), (10.001, 57.001), (10.002, 57.001)]
    one_way = [(0, 1, 100.0), (1, 2, 100.0), (5, 4, 100.0), (4, 3, 100.0), (2, 5, 500.0), (3, 0, 500.0)]
    carriageways = [(*ends, KPH, "secondary") for ends in one_way]
    town = graph_of(nodes, [*carriageways, *both_ways([(1, 4, 20.0, KPH, "service")])])
    places = places_on(town, [(0, 50.0, 0.0), (3, 50.0, 0.0), (2, 50.0, 0.0), (1, 50.0, 0.0), (6, 10.0, 0.0)])
    graph = with_rules(town, [[(0, 6, 3)]], NONE).graph
    assert way_m(town, places, 0, 1) == 50 + 20 + 50
    assert way_m(graph, places, 0, 1) == 50 + 100 + 500 + 100 + 50
    assert way_m(graph, places, 0, 4) == 60  # On the link itself,
    assert way_m(graph, places, 4, 1) == 60  # from it,
    assert way_m(graph, places, 2, 3) == 50 + 20 + 50  # and over it the other way.


def test_limited_streets_are_for_those_who_begin_or_end_there(graph_of, both_ways, places_on):
    """A square of 100 m with a limited side, between 0 and 1: past it only on the way to or from it."""
    nodes = [(10.0, 57.0), (10.001, 57.0), (10.001, 57.001), (10.0, 57.001)]
    sides = [(0, 1), (1, 2), (2, 3), (3, 0)]
    town = graph_of(nodes, both_ways([(a, b, 100.0, KPH, "residential") for a, b in sides]))
    graph = with_rules(town, [], np.array([0, 1], np.int32)).graph
    places = places_on(graph, [(6, 50.0, 0.0), (2, 50.0, 0.0), (0, 30.0, 0.0), (0, 60.0, 0.0), (6, 100.0, 0.0)])
    assert way_m(town, places, 0, 1) == 200
    assert way_m(graph, places, 0, 1) == 200  # by the other sides
    assert way_m(graph, places, 4, 1) == 250
    assert way_m(town, places, 4, 1) == 150
    assert way_m(graph, places, 4, 2) == 30
    assert (way_m(graph, places, 2, 1), way_m(graph, places, 1, 2)) == (120, 120)
    assert (way_m(graph, places, 2, 3), way_m(graph, places, 3, 2)) == (30, 30)
    # A place on a street for all, where it meets the limited one, is not reached past that.
    corner = places_on(graph, [(7, 20.0, 0.0), (2, 0.0, 0.0)])
    assert way_m(town, corner) == 20 + 100
    assert way_m(graph, corner) == 80 + 100 + 100


def test_what_lies_behind_limited_streets_is_limited_with_them(graph_of, both_ways, places_on):
    """A through road, and a street open to all that only limited ones lead to: nobody takes it as a short cut."""
    nodes = [(10.0, 57.0), (10.01, 57.0), (10.002, 57.001), (10.004, 57.001)]
    ends = [(0, 1, 900.0), (0, 2, 100.0), (2, 3, 100.0), (3, 1, 100.0)]
    town = graph_of(nodes, both_ways([(a, b, m, KPH, "residential") for a, b, m in ends]))
    graph = with_rules(town, [], np.array([2, 3, 6, 7], np.int32)).graph
    assert graph.limited.tolist() == [2, 3, 4, 5, 6, 7]
    places = places_on(graph, [(0, 10.0, 0.0), (0, 890.0, 0.0), (4, 50.0, 0.0), (2, 50.0, 0.0)])
    assert way_m(graph, places, 0, 1) == 880
    assert way_m(graph, places, 0, 2) == way_m(graph, places, 2, 0) == 160
    assert way_m(graph, places, 3, 2) == 100


def test_a_map_of_limited_streets_alone_is_one_quarter(grid, places_on):
    every = np.arange(grid.edge_count, dtype=np.int32)
    graph = with_rules(grid, [], every).graph
    places = places_on(grid, [(0, 50.0, 0.0), (30, 50.0, 0.0), (77, 0.0, 0.0)])
    assert np.array_equal(compute(graph, places, (FREE,), "cch"), compute(grid, places, (FREE,), "cch"))


def test_a_short_street_that_nobody_may_turn_into_is_left_out(cross):
    """100 m to the west, whose end nobody reaches: from there is nothing to deliver either."""
    ruled = with_rules(cross, [[(3, 0), (5, 0)], [(7, 0)]], NONE)
    assert (ruled.graph.edge_count, ruled.graph.node_count) == (6, 4)
    assert sorted(set(ruled.graph.edge_m.tolist())) == [200, 300, 400]
    assert (ruled.holding, ruled.lifted, ruled.graph.has_rules) == (0, 0, False)


def test_a_long_street_that_nobody_may_turn_into_tells_that_the_data_are_wrong(cross, places_on):
    """400 m to the south: the first turn into it is lifted, the others then hold."""
    assert cross.edge_m[6] > BELIEVED_M
    ruled = with_rules(cross, [[(1, 6)], [(3, 6)], [(5, 6)]], NONE)
    assert (ruled.graph.edge_count, ruled.holding, ruled.lifted) == (8, 2, 1)
    places = on_arms(places_on, ruled.graph, (1, 50), (4, 50), (3, 50))
    assert way_m(ruled.graph, places) == 100
    assert way_m(ruled.graph, places, 2, 1) == 50 + 2 * 100 + 50


def test_a_map_without_rules_needs_no_copies(town):
    assert not town.has_rules
    turns = turns_of(town)
    assert len(turns.node) == 0
    assert np.array_equal(turns.head, town.edge_head)


def test_a_place_that_rules_by_hand_cut_off_is_one_clear_line(cross, places_on):
    """Such a graph is not made from a map; whoever makes one is told."""
    graph = dataclasses.replace(cross, ban_edge=np.array([3, 0, 5, 0, 7, 0]), ban_first=np.array([0, 2, 4, 6]))
    with pytest.raises(ScenarioError, match="no way from 'p1' to 'p0'"):
        compute(graph, on_arms(places_on, graph, (1, 50), (2, 50)), (FREE,), "cch")


def test_bicycles_keep_one_way_streets_and_no_other_rule_of_cars(cross):
    graph = with_rules(cross, [[(1, 2)]], np.array([4, 5], np.int32)).graph
    bikes = bike_graph(graph, None, 15)
    assert graph.has_rules
    assert not bikes.has_rules
    assert bikes.edge_count == graph.edge_count
    assert bike_graph(graph, graph, 15).has_rules  # a map of their own has theirs


def test_rules_are_kept_in_files_and_are_part_of_what_a_map_is(cross, tmp_path):
    graph = with_rules(cross, [[(1, 2)]], np.array([4, 5], np.int32)).graph
    graph.save(tmp_path / "cross.npz")
    again = RoadGraph.load(tmp_path / "cross.npz")
    assert (again.bans, again.limited.tolist()) == (graph.bans, [4, 5])
    hashes = {one.content_hash for one in (graph, again, cross, with_rules(cross, [[(1, 2)]], NONE).graph)}
    assert len(hashes) == 3
    assert graph.without_rules().content_hash == cross.content_hash
    cross.save(tmp_path / "free.npz")
    graph.without_rules().save(tmp_path / "same.npz")
    assert (tmp_path / "free.npz").read_bytes() == (tmp_path / "same.npz").read_bytes()


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ({"limited": [4, 99]}, "a rule is of no edge"),
        ({"limited": [5, 4]}, "not in order"),
        ({"ban_edge": [1, 2], "ban_first": [0, 1, 2]}, "two or more"),
        ({"ban_edge": [1, 2], "ban_first": [0]}, "two or more"),
        ({"ban_edge": [1, 3], "ban_first": [0, 2]}, "is no way"),
    ],
)
def test_rules_that_do_not_fit_the_roads_are_refused(cross, rules, problem):
    with pytest.raises(ValueError, match=problem):
        dataclasses.replace(cross, **{name: np.array(values) for name, values in rules.items()})
