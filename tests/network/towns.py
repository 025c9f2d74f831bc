"""A small town as OpenStreetMap writes it, for tests of every way to read one."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

Ways = dict[int, tuple[list[int], dict[str, str]]]

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


def osm_xml(nodes: dict[int, tuple[float, float]], ways: Ways) -> str:
    lines = ['<osm version="0.6">']
    lines += [f'<node id="{n}" version="1" lon="{lon}" lat="{lat}"/>' for n, (lon, lat) in nodes.items()]
    for number, (refs, tags) in ways.items():
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
        lines.append(f'<way id="{number}" version="1" timestamp="2024-05-06T07:08:09Z">{inside}</way>')
    return "\n".join([*lines, "</osm>"])


def write(folder: Path, nodes=NODES, ways=STREETS, name="town.osm") -> Path:
    path = folder / name
    path.write_text(osm_xml(nodes, ways), encoding="utf-8")
    return path
