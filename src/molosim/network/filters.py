"""Which ways belong to a network: OSMnx's own filters, so that an extract and a download give the same roads."""

from __future__ import annotations

import re
from collections.abc import Mapping

from molosim.network.graph import BIKE, DRIVE

NOT_DRIVEN: Mapping[str, str] = {
    "area": "yes",
    "access": "private",
    "highway": (
        "abandoned|bridleway|bus_guideway|construction|corridor|cycleway|elevator|escalator|footway|no|path|pedestrian"
        "|planned|platform|proposed|raceway|razed|rest_area|service|services|steps|track"
    ),
    "motor_vehicle": "no",
    "motorcar": "no",
    "service": "alley|driveway|emergency_access|parking|parking_aisle|private",
}
"""OSMnx's ``drive`` filter, by tag: values that match anywhere take a way out, as in an Overpass query."""
NOT_CYCLED: Mapping[str, str] = {
    "area": "yes",
    "access": "private",
    "highway": (
        "abandoned|bus_guideway|construction|corridor|elevator|escalator|footway|motor|no|planned|platform|proposed"
        "|raceway|razed|rest_area|services|steps"
    ),
    "bicycle": "no",
    "service": "private",
}
"""OSMnx's ``bike`` filter, in the same way."""
NETWORKS = (DRIVE, BIKE)
KEPT_TAGS = ("highway", "maxspeed", "oneway", "junction")
"""Way tags the graph is built from."""
CONTRAFLOW_TAGS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")

_CLOSED = {
    network: {tag: re.compile(values) for tag, values in tags.items()}
    for network, tags in ((DRIVE, NOT_DRIVEN), (BIKE, NOT_CYCLED))
}


def is_open(tags: Mapping[str, str], network: str) -> bool:
    """Whether OSMnx's filter for the network lets a way with these tags through."""
    closed = _CLOSED[network]
    return "highway" in tags and not any(values.search(tags[tag]) for tag, values in closed.items() if tag in tags)


def kept_tags(tags: Mapping[str, str], network: str) -> dict[str, str]:
    """What the graph is built from; for bicycles the direction that holds for them, which OSMnx does not look at."""
    kept = {tag: tags[tag] for tag in KEPT_TAGS if tag in tags}
    if network == BIKE:
        own = tags.get("oneway:bicycle")
        if own == "no" or any(tags.get(tag, "").startswith("opposite") for tag in CONTRAFLOW_TAGS):
            kept["oneway"] = "no"
        elif own is not None:
            kept["oneway"] = own
    return kept
