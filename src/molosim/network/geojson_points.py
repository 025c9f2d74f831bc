"""Features of GeoJSON files that users give."""

from __future__ import annotations

from pathlib import Path

from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import read_json


def read_features(path: Path, of: str) -> list[object]:
    """Features of a GeoJSON file, not looked at yet.

    Parameters
    ----------
    of
        What they should be, for the error: ``points``, ``polygons``.

    Raises
    ------
    ScenarioError
        The file cannot be read, is not GeoJSON, or has no features.
    """
    content = read_json(path, "GeoJSON")
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise ScenarioError.at(str(path), f"has no features; a GeoJSON FeatureCollection of {of} is expected")
    return features
