"""Turn restrictions of an extract: which ways on from a junction are forbidden to those who come from some street."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import cast

import networkx as nx
import osmium

from molosim.network.graph import BIKE, DRIVE

KEYS: Mapping[str, tuple[str, ...]] = {
    DRIVE: tuple(f"restriction{which}" for which in (":goods", ":motorcar", ":motor_vehicle", ":vehicle", "")),
    BIKE: tuple(f"restriction{which}" for which in (":bicycle", ":vehicle", "")),
}
"""Tags that say what is forbidden to the vehicles of a network, the one that speaks of them most closely first."""
SPARED: Mapping[str, frozenset[str]] = {
    DRIVE: frozenset({"goods", "delivery", "destination", "motorcar", "motor_vehicle", "vehicle"}),
    BIKE: frozenset({"bicycle", "vehicle"}),
}
"""Values of ``except`` that spare them."""
VALUES = frozenset(
    {f"{verb}_{turn}" for verb in ("no", "only") for turn in ("left_turn", "right_turn", "straight_on", "u_turn")}
    | {"no_entry", "no_exit"}
)
_HOURS = ("day_on", "day_off", "hour_on", "hour_off")

OTHERS = "for other vehicles"
SOMETIMES = "at some hours or under conditions only"
BROKEN = "broken or incomplete"
ELSEWHERE = "of streets that are not in the map"
APART = "of streets that do not meet there, or do not end there"
NEEDLESS = "of turns that are impossible anyway"
CUTTING = "that would cut streets off"

Path_ = tuple[int, ...]
"""Nodes, one after the other, that may not be driven along in this order."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """What one relation says: by ways and nodes, as the extract numbers them."""

    only: bool
    """Everything else is forbidden, not this."""
    origins: tuple[int, ...]
    targets: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]


def read_restrictions(path: Path, network: str) -> tuple[list[Restriction], Counter[str]]:
    """Restrictions of an extract that hold for a network's vehicles all day, and how many do not, by why."""
    wanted = osmium.filter.TagFilter(("type", "restriction"))
    relations = osmium.FileProcessor(path, osmium.osm.RELATION).with_filter(wanted)
    holding, left_out = [], Counter[str]()
    for relation in cast("Iterable[osmium.osm.Relation]", relations):
        members = [(member.type, member.ref, member.role) for member in relation.members]
        said = _said(dict(relation.tags), members, network)
        if isinstance(said, Restriction):
            holding.append(said)
        else:
            left_out[said] += 1
    return holding, left_out


def _said(tags: Mapping[str, str], members: Sequence[tuple[str, int, str]], network: str) -> Restriction | str:
    """What a relation says to a network's vehicles, or why nothing."""
    key = next((key for key in KEYS[network] if key in tags), None)
    if key is None:
        conditional = any(f"{key}:conditional" in tags for key in KEYS[network])
        others = any(tag.startswith("restriction:") for tag in tags)
        return SOMETIMES if conditional else OTHERS if others else BROKEN
    if SPARED[network] & {word.strip() for word in tags.get("except", "").replace(",", ";").split(";")}:
        return OTHERS
    if any(tag in tags for tag in _HOURS):
        return SOMETIMES
    origins, targets, ways = (
        tuple(ref for kind, ref, role in members if kind == "w" and role == wanted) for wanted in ("from", "to", "via")
    )
    nodes = [ref for kind, ref, role in members if kind == "n" and role == "via"]
    several = (len(origins) > 1 and tags[key] != "no_entry") or (len(targets) > 1 and tags[key] != "no_exit")
    whole = origins and targets and len(nodes) + bool(ways) == 1
    if tags[key] not in VALUES or not whole or several:
        return BROKEN
    return Restriction(tags[key].startswith("only"), origins, targets, nodes[0] if nodes else None, ways)


def forbidden_paths(
    restrictions: Iterable[Restriction], left_out: Counter[str], graph: nx.MultiDiGraph, way_of: Mapping[int, int]
) -> tuple[list[list[Path_]], Counter[str]]:
    """What each restriction forbids, node by node, and how many were left out or forbid nothing here, by why.

    Parameters
    ----------
    restrictions, left_out
        As `read_restrictions` gives them.
    graph
        Streets with all their nodes, every edge with its ``osmid``.
    way_of
        The extract's number of the way with that ``osmid``.

    Returns
    -------
    list
        Of each restriction that forbids something the paths that it forbids, from the last node before the junction
        to the first after it.
    """
    every = list(restrictions)
    named = {way for one in every for way in (*one.origins, *one.targets, *one.via_ways)}
    steps: dict[int, list[tuple[int, int]]] = {}
    for tail, head, number in graph.edges(data="osmid"):
        if (way := way_of[number]) in named:
            steps.setdefault(way, []).append((tail, head))
    found = [_paths(one, steps, graph) for one in every]
    why = Counter(paths for paths in found if isinstance(paths, str))
    return [paths for paths in found if not isinstance(paths, str)], left_out + why


def _paths(one: Restriction, steps: Mapping[int, list[tuple[int, int]]], graph: nx.MultiDiGraph) -> list[Path_] | str:
    """Node paths that a restriction forbids, or why none."""
    if not all(way in steps for way in (*one.origins, *one.targets, *one.via_ways)):
        return ELSEWHERE
    middle = _middle(one, steps)
    if middle is None:
        return APART
    origins = [[u for u, v in steps[way] if v == middle[0]] for way in one.origins]
    targets = [[v for u, v in steps[way] if u == middle[-1]] for way in one.targets]
    back = one.origins == one.targets and len(middle) == 1
    if not back and any(len(set(found)) > 1 for found in (*origins, *targets)):
        # The way goes on past the junction, so that nobody can tell which side is meant.
        return APART
    before, after = ({node for found in ends for node in found} for ends in (origins, targets))
    if not before or not after:
        ends = (one.origins, middle[0]), (one.targets, middle[-1])
        meet = all(any(node in step for way in ways for step in steps[way]) for ways, node in ends)
        return NEEDLESS if meet else APART
    turns = [(a, b) for a, b in product(before, after) if a == b or not back]
    if one.only:
        allowed = set(turns)
        turns = [(a, b) for a in before for b in graph.successors(middle[-1]) if (a, b) not in allowed]
    return sorted((a, *middle, b) for a, b in turns) or NEEDLESS


def _middle(one: Restriction, steps: Mapping[int, list[tuple[int, int]]]) -> Path_ | None:
    """Nodes from where the street before ends to where the one after begins; None where they do not meet."""
    if one.via_node is not None:
        return (one.via_node,)
    between = nx.DiGraph(step for way in one.via_ways for step in steps[way])
    firsts = {v for way in one.origins for _, v in steps[way]} & set(between)
    lasts = {u for way in one.targets for u, _ in steps[way]} & set(between)
    joins = [(a, b) for a, b in product(firsts, lasts) if a != b and nx.has_path(between, a, b)]
    return tuple(nx.shortest_path(between, *joins[0])) if len(joins) == 1 else None
