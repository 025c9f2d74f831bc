"""Which ways belong to a network: OSMnx's own filters, so that an extract and a download give the same roads."""

from __future__ import annotations

import re
from collections.abc import Mapping

from molosim.network.graph import BIKE, DRIVE, WALK
from molosim.runtime import bundled

CLOSED_TAGS: Mapping[str, Mapping[str, str]] = bundled.road_facts()["closed"]
"""OSMnx's filters by network and tag: values that match anywhere take a way out, as in an Overpass query."""
ROADS = frozenset(
    {f"{name}{link}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for link in ("", "_link")}
    | {"unclassified", "residential", "living_street", "road", "busway"}
)
"""Ways that are driven on: of the values of ``highway`` that OSMnx's filter lets through, others (``trail``, slips of a
mapper) are no roads."""
CYCLED = ROADS | {"cycleway", "path", "track", "service", "pedestrian", "bridleway"}
"""The same for bicycles."""
FOOTPATHS = frozenset({"footway", "path", "pedestrian", "steps", "corridor"})
"""Ways that are there for walking; a map without any was made for vehicles."""
WALKED = ROADS | FOOTPATHS | {"track", "service", "bridleway"}
"""The same on foot."""
KEPT_TAGS = ("highway", "maxspeed", "oneway", "junction")
"""Way tags the graph is built from."""
BARRIERS = frozenset(bundled.road_facts()["barriers"]["shut"])
"""Values of ``barrier`` on a node that no van passes, unless the node says otherwise."""
GATES = frozenset(bundled.road_facts()["barriers"]["gates"])
"""Values that a van passes, unless the node is private or closed."""
ACCESS_KEYS: Mapping[str, tuple[str, ...]] = {
    DRIVE: ("goods", "motorcar", "motor_vehicle", "vehicle", "access"),
    BIKE: ("bicycle", "vehicle", "access"),
}
"""Tags that say who may use a way, that which speaks of a network's vehicles most closely first; vans are ``goods``."""
LIMITED = frozenset({"destination", "delivery", "private", "customers", "permit", "residents"})
"""Their values on ways where a delivery van may begin and end a trip, but which it may not pass along."""
CLOSED = frozenset({"no", "psv", "bus", "taxi", "emergency", "military", "agricultural", "forestry"})
"""Their values on ways that no delivery van may take: bus streets and the like."""
CONTRAFLOW_TAGS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")

_OPEN = {DRIVE: ROADS, BIKE: CYCLED, WALK: WALKED}
_OPENED = frozenset({"yes", "permissive", "designated", "destination", "delivery"})
_SHUT = frozenset({"no", "private"})
_CLOSED = {network: {tag: re.compile(values) for tag, values in tags.items()} for network, tags in CLOSED_TAGS.items()}


def is_open(tags: Mapping[str, str], network: str) -> bool:
    """Whether a way with these tags belongs to a network: OSMnx's filter lets it through, and it is a road."""
    closed, open_to = _CLOSED[network], _OPEN[network]
    if tags.get("highway") not in open_to:
        return False
    return not any(values.search(tags[tag]) for tag, values in closed.items() if tag in tags)


def access_of(tags: Mapping[str, str], network: str) -> str:
    """Whether an open way is for all (``yes``), for those who begin or end a trip there (``limited``), or ``closed``.

    OSMnx's filter looks at few values only. Of several (``destination;permit``) the widest counts.
    """
    said = next((tags[key] for key in ACCESS_KEYS[network] if key in tags), "yes")
    values = {value.strip() for value in said.split(";")}
    if values - LIMITED - CLOSED:
        return "yes"
    delivered = network == DRIVE and tags.get("delivery") in _OPENED
    return "limited" if values & LIMITED or delivered else "closed"


def kept_tags(tags: Mapping[str, str], network: str) -> dict[str, str]:
    """What the graph is built from, with the direction that holds: bicycles may have their own, walkers have none."""
    if network == WALK:
        return {"highway": tags["highway"]}
    kept = {tag: tags[tag] for tag in KEPT_TAGS if tag in tags}
    if network == BIKE:
        own = tags.get("oneway:bicycle")
        if own == "no" or any(tags.get(tag, "").startswith("opposite") for tag in CONTRAFLOW_TAGS):
            kept["oneway"] = "no"
        elif own is not None:
            kept["oneway"] = own
    return kept


def is_barred(tags: Mapping[str, str]) -> bool:
    """Whether no vehicle drives past a node with these tags; OSMnx does not look at them."""
    said = next((tags[key] for key in ("motorcar", "motor_vehicle", "vehicle", "access") if key in tags), "")
    barrier = tags.get("barrier", "")
    return (barrier in BARRIERS and said not in _OPENED) or (barrier in GATES and said in _SHUT)
