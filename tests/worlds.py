"""Small worlds for tests: a town of 7 x 7 junctions, a few boxes, two carriers and a collection vehicle.

Everything is scaled up (few households that send a lot) so that doors and containers fill within days and every branch
of the model is met in a run of milliseconds.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from molosim.inputs.scenario import Scenario
from molosim.inputs.validation import checked
from molosim.network.graph import WALK, RoadGraph, great_circle_m
from molosim.network.places import BoxSite

BLOCKS = 7
LON, LAT = 11.95, 57.70
STEP_LON, STEP_LAT = 0.005, 0.0027
"""About 300 m each."""
BLOCK_M = 300.0

_EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DATA: dict[str, Any] = {
    "title": "A small town",
    "seed": 1,
    "baseline": "dedicated",
    "map": {
        "source": "town.npz",
        "speeds": {"factor": 0.8, "by_class": {}},
        "congestion": [{"name": "rush", "hours": [9, 10, 15], "factor": 0.4, "by_class": {"tertiary": 0.7}}],
    },
    "horizon": {"start": "2025-01-06", "warmup_days": 2, "days": 12, "replications": 2},
    "addresses": {"file": "districts.geojson", "count": 60, "spread_share": 1.0},
    "boxes": {
        "file": "boxes.geojson",
        "regime": "reserved",
        "walking_limit_m": 600,
        "outages_per_year": 20,
        "outage_h": 12,
        "designs": {
            "small": {
                "parcel_doors": [
                    {"size": "S", "count": 3, "width_cm": 38, "depth_cm": 64, "height_cm": 8, "mass_limit_kg": 5},
                    {"size": "L", "count": 3, "width_cm": 45, "depth_cm": 64, "height_cm": 41, "mass_limit_kg": 25},
                ],
                "waste_doors": [
                    {
                        "fractions": ["hazardous", "electronics"],
                        "count": 1,
                        "door": {"size": "W", "width_cm": 40, "depth_cm": 64, "height_cm": 32, "mass_limit_kg": 25},
                        "container": {"width_cm": 36, "depth_cm": 57, "height_cm": 28, "mass_limit_kg": 4},
                    },
                    {
                        "fractions": ["textiles"],
                        "door": {"size": "T", "width_cm": 54, "depth_cm": 64, "height_cm": 52, "mass_limit_kg": 40},
                        "container": {"width_cm": 50, "depth_cm": 50, "height_cm": 48, "mass_limit_kg": 15},
                    },
                ],
            }
        },
    },
    "residents": {
        "parcels": {
            "per_household_year": 40.0,
            "out_share": 0.3,
            "holding_h": 60.0,
            "tries": 2,
            "dwell": {"mean_h": 31.6, "sigma": 1.04, "never_share": 0.05, "closed_hours": [23, 6]},
            "formats": [
                {"name": "flat", "share": 0.6, "length_cm": 30, "width_cm": 20, "height_cm": 6, "mean_kg": 0.6},
                {"name": "big", "share": 0.4, "length_cm": 55, "width_cm": 36, "height_cm": 35, "mean_kg": 3.9},
            ],
        },
        "deposits": {
            "box_share": {"hazardous": 0.8, "electronics": 0.8, "textiles": 0.5},
            "wastes": [
                {
                    "name": "paint",
                    "fraction": "hazardous",
                    "kg_per_household_year": 6.0,
                    "deposit_kg": 0.7,
                    "litres_per_kg": 1.2,
                    "adr_category": 2,
                },
                {
                    "name": "gadgets",
                    "fraction": "electronics",
                    "kg_per_household_year": 3.0,
                    "deposit_kg": 0.5,
                    "litres_per_kg": 4.0,
                },
                {
                    "name": "clothes",
                    "fraction": "textiles",
                    "kg_per_household_year": 20.0,
                    "deposit_kg": 2.5,
                    "litres_per_kg": 7.0,
                },
            ],
            "refused": {
                "other_box": 0.35,
                "come_again": 0.3,
                "residual_bin": 0.15,
                "again_days": 1.5,
                "tries": 3,
                "car_share": 0.9,
                "own_trip_share": 0.22,
            },
            "today": {"residual_bin": 0.25, "car_share": 0.9, "own_trip_share": 0.22},
        },
    },
    "vehicles": {
        "van": {
            "volume_l": 1500.0,
            "payload_kg": 300.0,
            "adr_points": 60.0,
            "body": "van",
            "cost_per_km": 0.2,
            "cost_per_h": 35.0,
        },
        "truck": {
            "volume_l": 1200.0,
            "payload_kg": 100.0,
            "adr_points": 100.0,
            "body": "truck",
            "cost_per_km": 0.4,
            "cost_per_h": 60.0,
        },
    },
    "carriers": [
        {
            "name": "Alfa",
            "vans": 2,
            "vehicle": "van",
            "parcel_share": 0.7,
            "depot": {"name": "Alfa's depot", "lon": LON, "lat": LAT},
            "shift": {"weekdays": _EVERY_DAY[:5], "start_h": 8, "hours": 8},
            "home": {"stops_per_van_day": 8.0, "stop_s": 240.0, "litres_per_stop": 40.0, "kg_per_stop": 4.0},
            "waste_to": {
                "kind": "store",
                "mass_limit_kg": 60.0,
                "points_limit": 150.0,
                "empty_at": 0.5,
                "max_age_days": 4,
                "vehicle": "van",
            },
        },
        {
            "name": "Beta",
            "vans": 1,
            "vehicle": "van",
            "parcel_share": 0.3,
            "depot": {"name": "Beta's depot", "lon": LON + 6 * STEP_LON, "lat": LAT},
            "shift": {"weekdays": _EVERY_DAY[:6], "start_h": 9, "hours": 7},
            "home": {"stops_per_van_day": 10.0, "stop_s": 240.0, "litres_per_stop": 40.0, "kg_per_stop": 4.0},
            "waste_to": {"kind": "reception"},
        },
    ],
    "breakdowns": {"per_van_day": 0.05},
    "municipality": {
        "vehicle": "truck",
        "vehicles": 2,
        "depot": {"name": "yard", "lon": LON, "lat": LAT + 6 * STEP_LAT},
        "shift": {"weekdays": _EVERY_DAY[:5], "start_h": 7, "hours": 8},
        "reception": {"name": "reception", "lon": LON + 6 * STEP_LON, "lat": LAT + 6 * STEP_LAT},
        "recycling_centres": [{"name": "centre", "lon": LON + 3 * STEP_LON, "lat": LAT + 6 * STEP_LAT}],
    },
    "alternatives": {
        "dedicated": {"kind": "dedicated", "trigger": {"kind": "calendar", "weekdays": ["mon", "thu"]}},
        "shared": {"kind": "shared"},
        "hybrid": {"kind": "hybrid", "trigger": {"kind": "threshold", "fill": 0.9, "along_fill": 0.5}},
        "none": {"kind": "none"},
    },
    "rounds": {"iterations": 20},
    "reference": {"days": 0},
}


def small_data(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The small town as plain data with other values by key path; files do not exist until `build` writes them."""
    data = copy.deepcopy(_DATA)
    for path, value in (changes or {}).items():
        at: Any = data
        *way, last = path.split(".")
        for part in way:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        at[int(last) if isinstance(at, list) else last] = value
    return data


def small_scenario(changes: Mapping[str, Any] | None = None) -> Scenario:
    """The small town as a scenario; enough for whatever needs no map."""
    return checked(Scenario, small_data(changes))


def small_sites(count: int, households: int = 60) -> tuple[BoxSite, ...]:
    """Boxes along a diagonal of the town, some 420 m apart as the crow flies."""
    spots = [(1 + i % 5, 1 + (i + i // 5) % 5) for i in range(count)]
    return tuple(
        BoxSite(f"box {i}", "town", households, None, LON + x * STEP_LON, LAT + y * STEP_LAT)
        for i, (x, y) in enumerate(spots)
    )


def town() -> RoadGraph:
    """The streets: every block both ways, tertiary roads along the rim and residential streets within."""
    at = [(x, y) for y in range(BLOCKS) for x in range(BLOCKS)]
    number = {spot: i for i, spot in enumerate(at)}
    pairs = [(a, (a[0] + dx, a[1] + dy)) for a in at for dx, dy in ((1, 0), (0, 1))]
    edges = [way for a, b in pairs if b in number for way in ((a, b), (b, a))]
    rim = [all(0 in (x, y) or BLOCKS - 1 in (x, y) for x, y in edge) for edge in edges]
    tail, head = np.array([[number[a], number[b]] for a, b in edges], np.int32).T
    lon = np.array([LON + x * STEP_LON for x, _ in at])
    lat = np.array([LAT + y * STEP_LAT for _, y in at])
    ends = np.column_stack([tail, head]).ravel()
    return RoadGraph(
        name="town",
        source="made for tests",
        date="2025-01-01",
        classes=("residential", "tertiary"),
        node_lon=lon,
        node_lat=lat,
        edge_tail=tail,
        edge_head=head,
        edge_m=np.full(len(edges), BLOCK_M),
        edge_kph=np.where(rim, 50, 30).astype(np.float32),
        edge_imputed=np.zeros(len(edges), np.bool_),
        edge_class=np.array(rim, np.int16),
        shape_lon=lon[ends],
        shape_lat=lat[ends],
        shape_first=np.arange(len(edges) + 1) * 2,
    )


def with_footpaths(graph: RoadGraph, pairs: list[tuple[int, int]]) -> RoadGraph:
    """The ways on foot of the town: its streets, and straight paths between some of its junctions."""
    tail, head = np.array([way for a, b in pairs for way in ((a, b), (b, a))], np.int32).T
    ends = np.column_stack([tail, head]).ravel()
    lon, lat = graph.node_lon, graph.node_lat
    more = len(tail)
    return replace(
        graph,
        network=WALK,
        classes=(*graph.classes, "footway"),
        edge_tail=np.r_[graph.edge_tail, tail],
        edge_head=np.r_[graph.edge_head, head],
        edge_m=np.r_[graph.edge_m, great_circle_m(lon[tail], lat[tail], lon[head], lat[head])],
        edge_kph=np.r_[graph.edge_kph, np.full(more, 4.3, np.float32)],
        edge_imputed=np.r_[graph.edge_imputed, np.ones(more, np.bool_)],
        edge_class=np.r_[graph.edge_class, np.full(more, len(graph.classes), np.int16)],
        shape_lon=np.r_[graph.shape_lon, lon[ends]],
        shape_lat=np.r_[graph.shape_lat, lat[ends]],
        shape_first=np.r_[graph.shape_first, graph.shape_first[-1] + 2 * np.arange(1, more + 1)],
    )


def _points(path: Path, rows: list[tuple[float, float, dict[str, Any]]]) -> str:
    features = [
        {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}
        for lon, lat, properties in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return str(path)


def as_if_run(folder: Path, config: str) -> None:
    """Put another configuration into a result as if it had been run."""
    (folder / "config.toml").write_text(config, encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["config_sha256"] = hashlib.sha256(config.encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def town_files(folder: Path, sites: tuple[BoxSite, ...]) -> dict[str, str]:
    """Write the map and both GeoJSON files; what a scenario's keys must say to find them."""
    map_file = folder / "town.npz"
    if not map_file.exists():
        town().save(map_file)
    boxes = [(s.lon, s.lat, {"name": s.name, "district": s.district, "households": s.households}) for s in sites]
    names = "-".join(f"{s.name}.{s.households}" for s in sites)
    district = [(LON + 3 * STEP_LON, LAT + 3 * STEP_LAT, {"name": "town", "dwellings": 500, "radius_m": 900})]
    return {
        "map.source": str(map_file),
        "boxes.file": _points(folder / f"boxes-{names}.geojson".replace(" ", "_"), boxes),
        "addresses.file": _points(folder / "districts.geojson", district),
    }
