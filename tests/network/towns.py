"""A small town as OpenStreetMap writes it, for tests of every way to read one."""

from __future__ import annotations

import math
from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmium

from molosim.network.graph import EARTH_RADIUS_M

Ways = dict[int, tuple[list[int], dict[str, str]]]
Relations = list[tuple[list[tuple[str, int, str]], dict[str, str]]]
"""Members (type, number, role) and tags."""

NODES = {10 * y + x: (10 + 0.002 * x, 57 + 0.001 * y) for y in range(3) for x in range(5)}
STREETS: Ways = {
    1: ([0, 1, 2, 3, 4], {"highway": "residential", "maxspeed": "30"}),
    2: ([10, 11, 12, 13, 14], {"highway": "tertiary"}),
    3: ([20, 21, 22, 23, 24], {"highway": "living_street"}),
    4: ([0, 10, 20], {"highway": "residential"}),
    5: ([2, 12, 22], {"highway": "secondary", "maxspeed": "DK:urban"}),
    6: ([4, 14, 24], {"highway": "residential"}),
    7: ([0, 11, 22], {"highway": "footway"}),
    8: ([4, 13, 22], {"highway": "service"}),
}


def osm_xml(nodes: dict[int, tuple[float, float]], ways: Ways, relations: Relations = ()) -> str:
    lines = ['<osm version="0.6">']
    lines += [f'<node id="{n}" version="1" lon="{lon}" lat="{lat}"/>' for n, (lon, lat) in nodes.items()]
    for number, (refs, tags) in ways.items():
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
        lines.append(f'<way id="{number}" version="1" timestamp="2024-05-06T07:08:09Z">{inside}</way>')
    for number, (members, tags) in enumerate(relations, start=1):
        inside = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
        inside += "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
        lines.append(f'<relation id="{number}" version="1">{inside}</relation>')
    return "\n".join([*lines, "</osm>"])


def write(folder: Path, nodes=NODES, ways=STREETS, name="town.osm", relations: Relations = ()) -> Path:
    path = folder / name
    path.write_text(osm_xml(nodes, ways, relations), encoding="utf-8")
    return path


LON, LAT = 10.0, 57.0
PER_DEGREE = math.radians(EARTH_RADIUS_M)


def at(east_m: float, north_m: float) -> tuple[float, float]:
    return LON + east_m / PER_DEGREE / math.cos(math.radians(LAT)), LAT + north_m / PER_DEGREE


class Town:
    """An extract put together metre by metre."""

    def __init__(self, path):
        self.path = path
        self.writer = osmium.SimpleWriter(path)
        self.nodes: list[osmium.osm.mutable.Node] = []
        self.rest: list[tuple[str, object]] = []
        self.ways = 0

    def node(self, east_m, north_m, **tags):
        tags = {key.replace("__", ":"): value for key, value in tags.items()}
        number = len(self.nodes) + 1
        self.nodes.append(osmium.osm.mutable.Node(id=number, location=at(east_m, north_m), tags=tags, version=1))
        return number

    def way(self, refs, **tags):
        tags = {key.replace("__", ":"): value for key, value in tags.items()}
        self.ways += 1
        self.rest.append(("way", osmium.osm.mutable.Way(id=self.ways, nodes=refs, tags=tags, version=1)))
        return self.ways

    def block(self, west_m, south_m, wide_m, deep_m, **tags):
        corners = [(0, 0), (wide_m, 0), (wide_m, deep_m), (0, deep_m)]
        refs = [self.node(west_m + x, south_m + y) for x, y in corners]
        return self.way([*refs, refs[0]], **tags)

    def relation(self, members, **tags):
        relation = osmium.osm.mutable.Relation(id=1, members=members, tags={"type": "multipolygon", **tags}, version=1)
        self.rest.append(("relation", relation))

    def close(self):
        for node in self.nodes:
            self.writer.add_node(node)
        for kind, thing in self.rest:
            getattr(self.writer, f"add_{kind}")(thing)
        self.writer.close()
        return self.path
