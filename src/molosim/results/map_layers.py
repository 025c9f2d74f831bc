"""Map layers of a result as GeoJSON, and its main roads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from molosim.network.graph import RoadGraph
from molosim.runtime.arrays import Floats

MAIN_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
TOLERANCE_DEG = 5e-5
"""About 5 m: less than a line's width in a map of a city."""
_DECIMALS = 5


def feature(geometry: str, coordinates: Any, **properties: object) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": geometry, "coordinates": coordinates}}


def write_features(path: Path, features: Iterable[Mapping[str, Any]], **more: object) -> None:
    """Write a feature collection without needless blanks."""
    collection = {"type": "FeatureCollection", **more, "features": list(features)}
    path.write_text(json.dumps(collection, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


def roads(graph: RoadGraph) -> list[dict[str, Any]]:
    """Main roads, a feature per class that the map has, links with the class they link; two-way streets once."""
    once = (graph.twin < 0) | (np.arange(graph.edge_count) < graph.twin)
    features = []
    for road in MAIN_ROADS:
        edges = np.flatnonzero(graph.of_class(frozenset({road, f"{road}_link"})) & once)
        if not edges.size:
            continue
        lines = shapely.line_merge(
            shapely.multilinestrings([shapely.linestrings(graph.shape(e)) for e in edges.tolist()])
        )
        parts = shapely.get_parts(shapely.simplify(lines, TOLERANCE_DEG))
        features.append(feature("MultiLineString", [rounded(shapely.get_coordinates(p)) for p in parts], road=road))
    return features


def rounded(lonlat: Floats) -> Sequence[Sequence[float]]:
    """Coordinates to about a metre."""
    points: list[list[float]] = np.round(lonlat, _DECIMALS).tolist()
    return points
