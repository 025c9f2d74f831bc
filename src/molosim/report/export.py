"""A result as map layers for QGIS and its like: roads, one day's routes, boxes, places, and flows of waste."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.fleet import Place
from molosim.network.graph import first_line
from molosim.report.map_figures import box_table
from molosim.report.run_data import RunData, read
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import put, remove, unfinished, write_text
from molosim.trips import MUNICIPALITY, Purpose

WGS84 = "EPSG:4326"
GEOPACKAGE, LAYERS_FOLDER = "map.gpkg", "layers"
_ROUTE_COLUMNS = ("alternative", "operator", "vehicle", "purpose", "day")
_RENAMED = {"refused_share": "refused_percent", "stored": "stored_kg", "refused": "refused_kg"}
_BOX_COLUMNS = ("households", "parcels_in", "parcels_redirected", "pickups", "containers")


def write_geopackage(folder: Path, out: Path | None = None) -> Path:
    """Write every layer of a result folder into one GeoPackage, an earlier one replaced.

    Raises
    ------
    ScenarioError
        If the folder holds no complete result, or ``out`` is no name of a GeoPackage.
    """
    out = out or folder / GEOPACKAGE
    if out.suffix != ".gpkg":
        raise ScenarioError.at("--out", f"found '{out}'; a GeoPackage's name ends in .gpkg")
    outcome = read(folder)
    work = unfinished(out)
    work.mkdir()
    try:
        part = work / out.name
        for name, layer in layers(outcome).items():
            layer.to_file(part, layer=name, driver="GPKG", engine="pyogrio")
        put(part, out)
    except RuntimeError as error:  # a full disk, as GDAL tells it
        raise ScenarioError.at(str(out), f"cannot be written: {first_line(error)}") from None
    finally:
        remove(work)
    return out


def write_geojson(folder: Path, out: Path | None = None) -> list[Path]:
    """Write every layer of a result folder as a GeoJSON file of its own, by default into its ``layers``.

    Raises
    ------
    ScenarioError
        If the folder holds no complete result.
    """
    outcome, out = read(folder), out or folder / LAYERS_FOLDER
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name, layer in layers(outcome).items():
        files.append(out / f"{name}.geojson")
        write_text(files[-1], layer.to_json(drop_id=True))
    return files


def layers(outcome: RunData) -> dict[str, gpd.GeoDataFrame]:
    """Layers by their names, in longitude and latitude; one that has nothing to show is left out."""
    made: Mapping[str, Callable[[RunData], gpd.GeoDataFrame]] = {
        "roads": _roads,
        "routes": _routes,
        "boxes": _boxes,
        "places": _places,
        "flows": flows,
    }
    found = {name: make(outcome) for name, make in made.items()}
    return {name: layer for name, layer in found.items() if len(layer)}


def flows(outcome: RunData) -> gpd.GeoDataFrame:
    """Straight lines from where waste is taken to where it is unloaded, with kilograms: means over replications.

    From boxes to carriers' stores or the reception, and from stores to the reception.
    """
    rows = [*_from_boxes(outcome), *_from_stores(outcome)]
    columns = ["alternative", "operator", "source", "target", "kg"]
    geometry = [shapely.LineString([(a.lon, a.lat), (b.lon, b.lat)]) for _, _, a, b, _ in rows]
    table = [(alternative, operator, a.name, b.name, round(kg, 3)) for alternative, operator, a, b, kg in rows]
    return gpd.GeoDataFrame(pd.DataFrame(table, columns=columns), geometry=geometry, crs=WGS84)


Flow = tuple[str, str, Place, Place, float]


def _from_boxes(outcome: RunData) -> Iterator[Flow]:
    grams = [f"g_{fraction}" for fraction in FRACTIONS]
    taken = outcome.table("pickups", ["alternative", "operator", "box", *grams])
    sites = outcome.boxes.drop_duplicates("box").set_index("box")[["name", "lon", "lat"]]
    boxes = {box: Place(name=str(s["name"]), lon=s["lon"], lat=s["lat"]) for box, s in sites.to_dict("index").items()}
    taken = taken.assign(kg=taken[grams].sum(axis=1) / 1000 / outcome.n)
    sums = taken.groupby(["alternative", "operator", "box"], observed=True)["kg"].sum().reset_index()
    for row in sums[sums["kg"] > 0].to_dict("records"):
        operator = str(row["operator"])
        yield str(row["alternative"]), operator, boxes[row["box"]], _unloaded(outcome, operator), float(row["kg"])


def _from_stores(outcome: RunData) -> Iterator[Flow]:
    table = outcome.table("trips", ["alternative", "operator", "purpose", "waste_g"])
    runs = table[table["purpose"] == Purpose.TRANSFER]
    sums = runs.groupby(["alternative", "operator"], observed=True)["waste_g"].sum().reset_index()
    municipality = outcome.scenario.municipality
    depots = {carrier.name: carrier.depot for carrier in outcome.scenario.carriers}
    for row in sums.to_dict("records"):
        operator, kg = str(row["operator"]), float(row["waste_g"]) / 1000 / outcome.n
        depot = depots.get(operator, municipality.depot)
        yield str(row["alternative"]), operator, depot, municipality.reception, kg


def _unloaded(outcome: RunData, operator: str) -> Place:
    """Where an operator brings the boxes' waste."""
    for carrier in outcome.scenario.carriers:
        if carrier.name == operator and carrier.waste_to.kind == "store":
            return carrier.depot
    return outcome.scenario.municipality.reception


def _boxes(outcome: RunData) -> gpd.GeoDataFrame:
    """A point per alternative and box with means over replications."""
    parts = []
    for alternative in outcome.alternatives:
        sites = box_table(outcome, alternative).rename(columns=_RENAMED)
        mine = outcome.boxes[outcome.boxes["alternative"] == alternative]
        means = mine.groupby("box")[list(_BOX_COLUMNS)].mean()
        parts.append(sites.join(means, on="box").assign(alternative=alternative))
    table = pd.concat(parts, ignore_index=True)
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs=WGS84)


def _places(outcome: RunData) -> gpd.GeoDataFrame:
    """Depots, the reception and recycling centres."""
    municipality = outcome.scenario.municipality
    named = [
        *((carrier.depot, "depot", carrier.name) for carrier in outcome.scenario.carriers),
        (municipality.depot, "depot", MUNICIPALITY),
        (municipality.reception, "reception", MUNICIPALITY),
        *((centre, "recycling centre", MUNICIPALITY) for centre in municipality.recycling_centres),
    ]
    table = pd.DataFrame([(place.name, kind, of) for place, kind, of in named], columns=["name", "kind", "operator"])
    points = [shapely.Point(place.lon, place.lat) for place, _, _ in named]
    return gpd.GeoDataFrame(table, geometry=points, crs=WGS84)


def _routes(outcome: RunData) -> gpd.GeoDataFrame:
    """One day's tours along the streets."""
    lines = [f for f in outcome.sample_day if f["geometry"]["type"] == "LineString"]
    table = pd.DataFrame([[f["properties"].get(c) for c in _ROUTE_COLUMNS] for f in lines], columns=_ROUTE_COLUMNS)
    ways = [shapely.LineString(f["geometry"]["coordinates"]) for f in lines]
    return gpd.GeoDataFrame(table, geometry=ways, crs=WGS84)


def _roads(outcome: RunData) -> gpd.GeoDataFrame:
    """Main roads."""
    return gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in outcome.roads if len(line) > 1], crs=WGS84)
