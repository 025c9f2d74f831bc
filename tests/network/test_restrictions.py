"""Turn restrictions and access as OpenStreetMap writes them: hand-drawn crossings, every kind, and broken ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.network.towns import NODES, STREETS, at, write

from molosim.network.arcs import Period
from molosim.network.filters import access_of
from molosim.network.graph import RoadGraph
from molosim.network.osm import read_map
from molosim.network.restrictions import APART, BROKEN, ELSEWHERE, NEEDLESS, OTHERS, SOMETIMES
from molosim.network.siting import draw_addresses
from molosim.network.travel import compute

WEST, NORTH, EAST, SOUTH, CENTRE = 1, 2, 3, 4, 9
"""Nodes at the ends of four streets, numbered like their ways, and where they meet."""
ENDS = {CENTRE: at(0, 0), WEST: at(-300, 0), NORTH: at(0, 300), EAST: at(300, 0), SOUTH: at(0, -300)}
ROAD = {"highway": "residential"}
ARMS = {arm: ([arm, CENTRE], ROAD) for arm in (WEST, NORTH, EAST, SOUTH)}
ONWARD = {(a, b) for a, b in itertools.permutations((WEST, NORTH, EAST, SOUTH), 2)}


def said(value, *, came=WEST, to=NORTH, via=("node", CENTRE), **more):
    members = [("way", came, "from"), (*via, "via"), ("way", to, "to")]
    return members, {"type": "restriction", "restriction": value, **more}


def cross(folder, *relations, ways=ARMS, nodes=ENDS, **options) -> RoadGraph:
    return read_map(write(folder, nodes, ways, relations=list(relations)), **options)


def forbidden(graph, nodes=ENDS):
    """Turns that are forbidden, by the ends of the streets; turning round apart."""
    where = {(round(lon, 7), round(lat, 7)): node for node, (lon, lat) in nodes.items()}
    ways = [[where[tuple(np.round(graph.shape(edge)[end], 7).tolist())] for edge, end in ((ban[0], 0), (ban[-1], -1))]
            for ban in graph.bans]  # fmt: skip
    return {(a, b) for a, b in ways if a != b}


@pytest.mark.parametrize(
    ("value", "to", "turns"),
    [
        ("no_left_turn", NORTH, {(WEST, NORTH)}),
        ("no_right_turn", SOUTH, {(WEST, SOUTH)}),
        ("no_straight_on", EAST, {(WEST, EAST)}),
        ("no_entry", EAST, {(WEST, EAST)}),
        ("no_exit", EAST, {(WEST, EAST)}),
        ("only_left_turn", NORTH, {(WEST, SOUTH), (WEST, EAST)}),
        ("only_right_turn", SOUTH, {(WEST, NORTH), (WEST, EAST)}),
        ("only_straight_on", EAST, {(WEST, NORTH), (WEST, SOUTH)}),
    ],
)
def test_every_kind_forbids_what_it_says(tmp_path, value, to, turns):
    graph = cross(tmp_path, said(value, to=to))
    assert forbidden(graph) == turns
    assert (graph.restrictions.kept, dict(graph.restrictions.left_out)) == (1, {})


def test_turning_round(tmp_path):
    """It may be forbidden, or be all that is allowed; the ends of the streets are dead ends, where everybody may."""
    graph = cross(tmp_path, said("no_u_turn", to=WEST))
    ((there, back),) = graph.bans
    assert graph.twin[there] == back
    assert graph.edge_tail[there] == graph.edge_head[back] == 0
    # Only turning round is allowed, so the west needs another way out.
    nodes, ways = ENDS | {5: at(-400, 0), 6: at(0, -400)}, ARMS | {5: ([WEST, 5], ROAD), 6: ([SOUTH, 6], ROAD)}
    graph = cross(tmp_path, said("only_u_turn", to=WEST), nodes=nodes, ways=ways | {7: ([WEST, SOUTH], ROAD)})
    assert forbidden(graph, nodes) == {(WEST, NORTH), (WEST, EAST), (WEST, SOUTH)}


def test_several_ways_in_or_out_may_be_named_together(tmp_path):
    members = [("way", WEST, "from"), ("way", NORTH, "from"), ("node", CENTRE, "via"), ("way", EAST, "to")]
    graph = cross(tmp_path, (members, {"type": "restriction", "restriction": "no_entry"}))
    assert forbidden(graph) == {(WEST, EAST), (NORTH, EAST)}


@pytest.mark.parametrize(
    ("tags", "holds"),
    [
        ({"restriction": "no_left_turn", "except": "psv;bicycle"}, True),
        ({"restriction": "no_left_turn", "except": "psv; motor_vehicle"}, False),
        ({"restriction": "no_left_turn", "except": "delivery"}, False),
        ({"restriction": "no_left_turn", "except": "destination"}, False),
        ({"restriction:motor_vehicle": "no_left_turn"}, True),
        ({"restriction:motorcar": "no_left_turn"}, True),
        ({"restriction:goods": "no_left_turn"}, True),
        ({"restriction:hgv": "no_left_turn"}, False),
        ({"restriction:bicycle": "no_left_turn"}, False),
        ({"restriction:hazmat": "no_left_turn"}, False),
    ],
)
def test_restrictions_hold_for_whom_they_say(tmp_path, tags, holds):
    graph = cross(tmp_path, (said("")[0], {"type": "restriction", **tags}))
    assert forbidden(graph) == ({(WEST, NORTH)} if holds else set())
    assert graph.restrictions.left_out == ({} if holds else {OTHERS: 1})


@pytest.mark.parametrize(
    ("tags", "holds"),
    [
        ({"restriction": "no_left_turn"}, True),
        ({"restriction": "no_left_turn", "except": "bicycle"}, False),
        ({"restriction:motor_vehicle": "no_left_turn"}, False),
        ({"restriction:bicycle": "no_left_turn"}, True),
    ],
)
def test_bicycles_have_restrictions_of_their_own(tmp_path, tags, holds):
    graph = cross(tmp_path, (said("")[0], {"type": "restriction", **tags}), network="bike")
    assert forbidden(graph) == ({(WEST, NORTH)} if holds else set())


WAY, NODE = ("way", WEST, "from"), ("node", CENTRE, "via")


@pytest.mark.parametrize(
    ("members", "tags", "why"),
    [
        ([WAY, NODE], {"restriction": "no_left_turn"}, BROKEN),
        ([WAY, ("way", NORTH, "to")], {"restriction": "no_left_turn"}, BROKEN),
        ([WAY, NODE, ("node", WEST, "via"), ("way", NORTH, "to")], {"restriction": "no_left_turn"}, BROKEN),
        ([WAY, ("way", EAST, "from"), NODE, ("way", NORTH, "to")], {"restriction": "no_left_turn"}, BROKEN),
        ([], {"restriction": "no_left_turn"}, BROKEN),
        (said("")[0], {"restriction": "no_way"}, BROKEN),
        (said("")[0], {}, BROKEN),
        (said("")[0], {"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, SOMETIMES),
        (said("")[0], {"restriction": "no_left_turn", "hour_on": "07:00", "hour_off": "09:00"}, SOMETIMES),
        (said("", to=77)[0], {"restriction": "no_left_turn"}, ELSEWHERE),
        (said("", via=("way", 77))[0], {"restriction": "no_u_turn"}, ELSEWHERE),
        (said("", via=("node", 77))[0], {"restriction": "no_left_turn"}, APART),
        (said("", via=("node", WEST))[0], {"restriction": "no_left_turn"}, APART),
        (said("", via=("way", SOUTH))[0], {"restriction": "no_u_turn"}, APART),
    ],
)
def test_what_is_broken_or_not_for_vans_is_counted_and_left_out(tmp_path, members, tags, why):
    free = cross(tmp_path)
    graph = cross(tmp_path, (members, {"type": "restriction", **tags}), said("no_left_turn", came=SOUTH, to=WEST))
    assert graph.restrictions.kept == 1
    assert dict(graph.restrictions.left_out) == {why: 1}
    assert forbidden(graph) == {(SOUTH, WEST)}
    assert graph.without_rules().content_hash == free.content_hash


def test_other_relations_are_none_of_our_business(tmp_path):
    graph = cross(tmp_path, ([("way", WEST, "outer")], {"type": "multipolygon"}))
    assert graph.restrictions.kept == 0
    assert not graph.restrictions.left_out


def test_a_turn_against_a_one_way_street_need_not_be_forbidden(tmp_path):
    ways = ARMS | {NORTH: ([NORTH, CENTRE], ROAD | {"oneway": "yes"}), 5: ([CENTRE, 5, NORTH], ROAD)}
    graph = cross(tmp_path, said("no_left_turn"), ways=ways, nodes=ENDS | {5: at(40, 150)})
    assert dict(graph.restrictions.left_out) == {NEEDLESS: 1}


def test_ways_cut_elsewhere_and_drawn_the_other_way_say_the_same(tmp_path):
    """The street from the west in two pieces; the piece at the crossing is the one that the relation names."""
    nodes = ENDS | {5: at(-150, 0)}
    whole = ARMS | {WEST: ([WEST, 5, CENTRE], ROAD)}
    plain = cross(tmp_path, said("no_left_turn"), nodes=nodes, ways=whole)
    back = {arm: (refs[::-1], tags) for arm, (refs, tags) in ARMS.items()}
    for near in ([5, CENTRE], [CENTRE, 5]):
        ways = back | {WEST: (near, ROAD), 8: ([WEST, 5], ROAD)}
        graph = cross(tmp_path, said("no_left_turn"), ways=ways, nodes=nodes)
        assert graph.content_hash == plain.content_hash
        far = cross(tmp_path, said("no_left_turn", came=8), ways=ways, nodes=nodes)
        assert dict(far.restrictions.left_out) == {APART: 1}


def test_a_way_that_goes_on_past_the_crossing_is_clear_only_if_it_is_one_way(tmp_path):
    through = {WEST: ([WEST, CENTRE, EAST], ROAD), NORTH: ARMS[NORTH], SOUTH: ARMS[SOUTH]}
    graph = cross(tmp_path, said("no_left_turn"), ways=through)
    assert dict(graph.restrictions.left_out) == {APART: 1}
    through[WEST] = ([WEST, CENTRE, EAST], ROAD | {"oneway": "yes"})
    back = {7: ([EAST, 5, WEST], ROAD)}
    graph = cross(tmp_path, said("no_left_turn"), ways=through | back, nodes=ENDS | {5: at(0, 600)})
    assert graph.restrictions.kept == 1
    bans = [ban for ban in graph.bans if graph.twin[ban[0]] != ban[1]]
    assert len(bans) == 1


def test_a_restriction_where_only_two_streets_of_the_map_meet_holds_too(tmp_path):
    """The third is a car park's: without the restriction the two would be one street."""
    nodes = {1: at(-200, 0), 2: at(0, 0), 3: at(200, 0), 4: at(200, 300), 5: at(-200, 300), 6: at(0, -50)}
    ring = {1: ([1, 2], ROAD), 2: ([2, 3], ROAD), 3: ([3, 4, 5, 1], ROAD), 4: ([2, 6], {"highway": "service"})}
    ring |= {5: ([1, 8], ROAD), 6: ([3, 9], ROAD)}
    nodes |= {8: at(-400, 0), 9: at(400, 0)}
    graph = cross(tmp_path, said("no_straight_on", came=1, via=("node", 2), to=2), nodes=nodes, ways=ring)
    free = cross(tmp_path, nodes=nodes, ways=ring)
    assert graph.node_count == free.node_count + 1
    assert graph.restrictions.kept == 1
    assert [tuple(graph.shape(ban[0])[-1].round(5)) for ban in graph.bans if graph.twin[ban[0]] != ban[1]] == [
        tuple(np.round(nodes[2], 5))
    ]


def test_turning_round_over_a_link_between_carriageways(tmp_path):
    """By the relation's via way, which here are two ways, one after the other."""
    nodes = {1: at(-200, 0), 2: at(0, 0), 3: at(200, 0), 4: at(-200, 40), 5: at(0, 40), 6: at(200, 40), 7: at(0, 20)}
    one_way = ROAD | {"oneway": "yes"}
    ways = {1: ([1, 2], one_way), 2: ([2, 3], one_way), 3: ([6, 5], one_way), 4: ([5, 4], one_way)}
    ways |= {5: ([2, 7], ROAD), 6: ([7, 5], ROAD), 7: ([3, 6], ROAD), 8: ([4, 1], ROAD)}
    ways |= {9: ([3, 9], ROAD), 10: ([4, 10], ROAD)}
    nodes |= {9: at(400, 0), 10: at(-400, 40)}
    members = [("way", 1, "from"), ("way", 5, "via"), ("way", 6, "via"), ("way", 4, "to")]
    for value in ("no_u_turn", "only_u_turn"):
        tags = {"type": "restriction", "restriction": value}
        graph = read_map(write(tmp_path, nodes, ways, relations=[(members, tags)]))
        assert graph.restrictions.kept == 1
        (ban,) = [ban for ban in graph.bans if len(ban) == 3]
        ends = [tuple(graph.shape(ban[0])[0].round(5)), tuple(graph.shape(ban[-1])[-1].round(5))]
        # Over the link one may only go on to where `only` leads; at its end nothing else is there but turning round.
        assert ends == [tuple(np.round(nodes[1], 5)), tuple(np.round(nodes[4 if value[:2] == "no" else 2], 5))]


def test_restrictions_on_streets_outside_the_box_are_left_out(tmp_path):
    graph = cross(tmp_path, said("no_left_turn"), bbox=(9.0, 56.0, 11.0, 57.0))
    assert graph.restrictions.kept == 0
    assert dict(graph.restrictions.left_out) == {ELSEWHERE: 1}


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({}, "yes"),
        ({"access": "yes"}, "yes"),
        ({"access": "permissive"}, "yes"),
        ({"access": "unknown"}, "yes"),
        ({"access": "destination"}, "limited"),
        ({"motor_vehicle": "delivery"}, "limited"),
        ({"motor_vehicle": "private"}, "limited"),
        ({"vehicle": "customers"}, "limited"),
        ({"vehicle": "destination;permit"}, "limited"),
        ({"access": "no"}, "closed"),
        ({"access": "no", "psv": "yes"}, "closed"),
        ({"access": "no", "motor_vehicle": "yes"}, "yes"),
        ({"access": "yes", "motor_vehicle": "destination"}, "limited"),
        ({"motor_vehicle": "no", "goods": "delivery"}, "limited"),
        ({"access": "no", "delivery": "yes"}, "limited"),
        ({"vehicle": "agricultural"}, "closed"),
        ({"vehicle": "agricultural;destination"}, "limited"),
        ({"hgv": "no"}, "yes"),
        ({"bicycle": "no"}, "yes"),
    ],
)
def test_what_a_van_may_do_on_a_way(tags, access):
    assert access_of({"highway": "residential", **tags}, "drive") == access


def test_bicycles_look_at_their_own_tags():
    assert access_of({"motor_vehicle": "destination"}, "bike") == "yes"
    assert access_of({"access": "no", "bicycle": "yes"}, "bike") == "yes"
    assert access_of({"vehicle": "destination"}, "bike") == "limited"


def test_limited_and_closed_streets_of_an_extract(tmp_path):
    """A street's middle is for visitors: it ends where the tag ends, also where no other street meets it."""
    ways = STREETS | {
        2: ([10, 11], STREETS[2][1]),
        21: ([11, 12, 13], {"highway": "tertiary", "access": "destination"}),
    }
    ways |= {22: ([13, 14], STREETS[2][1]), 5: (STREETS[5][0], STREETS[5][1] | {"access": "no", "psv": "yes"})}
    path = write(tmp_path, NODES, ways)
    graph, free = read_map(path), read_map(path, rules=False)
    assert "secondary" not in graph.classes
    assert "secondary" in free.classes
    block_m = 121.1
    assert float(graph.edge_m[graph.limited].sum()) == pytest.approx(4 * block_m, abs=1)
    assert free.limited.size == 0
    assert (free.restrictions, graph.restrictions.kept) == (None, 0)
    assert free.without_rules() is free


def test_with_rules_nothing_is_faster(tmp_path):
    ways = STREETS | {2: (STREETS[2][0], STREETS[2][1] | {"motor_vehicle": "destination"})}
    members = [("way", 1, "from"), ("node", 4, "via"), ("way", 6, "to")]
    relations = [(members, {"type": "restriction", "restriction": "no_left_turn"})]
    graph = read_map(write(tmp_path, NODES, ways, relations=relations))
    places = draw_addresses(graph, (), 40, 1.0, np.random.default_rng(3))
    with_them, without = (compute(one, places, (Period("free"),), "cch")[0] for one in (graph, graph.without_rules()))
    assert np.all(with_them >= without)
    assert with_them.sum() > without.sum()
