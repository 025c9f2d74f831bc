"""Extracts made here, that every reader here and elsewhere knows: of what Overpass answers, or of a part of another."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import osmium
import shapely

from molosim.network.extract import Bbox
from molosim.network.foreign import refuse_doctype
from molosim.network.graph import first_line
from molosim.runtime.errors import ScenarioError

Element = dict[str, Any]
_KINDS = ("node", "way", "relation")


def write_extract(path: Path, elements: Iterable[Element], area: shapely.Geometry, date: str, what: str) -> None:
    """Write elements as an OpenStreetMap extract, cut at the area's border as extracts are.

    Nodes of roads outside the area are left out; whatever else reaches across its border is kept whole.

    Parameters
    ----------
    path
        File to write; its name says the format.
    elements
        Nodes, ways and relations, any of them several times.
    area
        In degrees.
    date
        ISO date of the data, for the header.
    what
        The place that errors name.

    Raises
    ------
    ScenarioError
        The elements are not what OpenStreetMap's servers answer.
    """
    part = path.with_name(f".part-{path.name}")
    try:
        every = {(str(element["type"]), int(element["id"])): element for element in elements}
        nodes, ways, relations = ([e for (t, _), e in sorted(every.items()) if t == kind] for kind in _KINDS)
        header = osmium.io.Header()
        header.set("osmosis_replication_timestamp", f"{date}T00:00:00Z")
        part.unlink(missing_ok=True)
        with osmium.SimpleWriter(part, header=header) as writer:
            for node in _within(nodes, ways, area):
                place = (float(node["lon"]), float(node["lat"]))
                writer.add_node(osmium.osm.mutable.Node(id=node["id"], version=1, location=place, tags=_tags(node)))
            for way in ways:
                refs = [int(ref) for ref in way["nodes"]]
                writer.add_way(osmium.osm.mutable.Way(id=way["id"], version=1, nodes=refs, tags=_tags(way)))
            for relation in relations:
                members = [
                    (member["type"][0], int(member["ref"]), str(member["role"])) for member in relation["members"]
                ]
                writer.add_relation(
                    osmium.osm.mutable.Relation(id=relation["id"], version=1, members=members, tags=_tags(relation))
                )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, osmium.InvalidLocationError) as error:
        part.unlink(missing_ok=True)
        raise ScenarioError.at(what, f"cannot be downloaded: the answer is no map data ({error})") from error
    part.replace(path)


def cut_extract(source: Path, bbox: Bbox, path: Path) -> None:
    """Write the part of an extract that lies in a box: its nodes, and whatever has one of them, cut at the border.

    Parameters
    ----------
    source
        An extract in the usual order: nodes, ways, relations.
    bbox
        West, south, east, north in degrees.
    path
        File to write; its name says the format.

    Raises
    ------
    ScenarioError
        The extract cannot be read, or holds nothing there.
    """
    refuse_doctype(source)
    part = path.with_name(f".part-{path.name}")
    part.unlink(missing_ok=True)
    inside = osmium.IdTracker()
    written = 0
    try:
        everything = osmium.FileProcessor(source)
        with osmium.SimpleWriter(part, header=everything.header) as writer:
            for thing in everything:
                if isinstance(thing, osmium.osm.Node):
                    is_in = thing.location.valid() and _is_in(bbox, thing.lon, thing.lat)
                else:
                    is_in = inside.contains_any_references(thing)
                if is_in:
                    _note(inside, thing)
                    writer.add(thing)
                    written += 1
    except (RuntimeError, ValueError, OSError) as error:
        part.unlink(missing_ok=True)
        problem = f"is not a readable OpenStreetMap extract: {first_line(error)}"
        raise ScenarioError.at(str(source), problem) from error
    if not written:
        part.unlink(missing_ok=True)
        raise ScenarioError.at(str(source), f"holds nothing within {','.join(f'{degrees:g}' for degrees in bbox)}")
    part.replace(path)


def _is_in(bbox: Bbox, lon: float, lat: float) -> bool:
    west, south, east, north = bbox
    return west <= lon <= east and south <= lat <= north


def _note(tracker: Any, thing: Any) -> None:
    """Note that an object was written."""
    if isinstance(thing, osmium.osm.Node):
        tracker.add_node(thing.id)
    elif isinstance(thing, osmium.osm.Way):
        tracker.add_way(thing.id)
    else:
        tracker.add_relation(thing.id)


def _tags(element: Element) -> dict[str, str]:
    return {str(key): str(value) for key, value in element.get("tags", {}).items()}


def _within(nodes: list[Element], ways: list[Element], area: shapely.Geometry) -> list[Element]:
    """Nodes inside the area, and those of ways that are no roads."""
    whole = {ref for way in ways if "highway" not in way.get("tags", {}) for ref in way["nodes"]}
    shapely.prepare(area)
    inside = shapely.intersects_xy(area, [float(n["lon"]) for n in nodes], [float(n["lat"]) for n in nodes])
    return [node for node, is_in in zip(nodes, inside, strict=True) if is_in or node["id"] in whole or node.get("tags")]
