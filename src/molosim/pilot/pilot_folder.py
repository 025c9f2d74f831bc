"""A pilot's folder: configuration, sites, districts, map and a picture of it; whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

from molosim.inputs.scenario import load
from molosim.network.places import write_box_sites, write_districts, write_points
from molosim.pilot.plan import Plan
from molosim.report import style
from molosim.report.road_map import Marks, save_map
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import remove, unfinished, writing
from molosim.siting.dwellings import write_dwellings

CERTAINTY = "GK"
BOXES, DISTRICTS, PLACES, PICTURE = "boxes.geojson", "districts.geojson", "places.geojson", "map.svg"
DWELLINGS = "dwellings.csv"
_ODBL = "From OpenStreetMap data, (c) OpenStreetMap contributors, ODbL 1.0."


def free_folder(out: Path) -> Path:
    """The folder, if it can be made: a pilot never overwrites anything.

    Raises
    ------
    ScenarioError
        There is something already.
    """
    if os.path.lexists(out) and not (out.is_dir() and not out.is_symlink() and not any(out.iterdir())):
        raise ScenarioError.at(str(out), "is there already; name another folder with --out")
    return out


def write_pilot(plan: Plan, out: Path) -> Path:
    """Write a plan's files and check that they are a configuration; returns the configuration's path.

    Raises
    ------
    ScenarioError
        The folder is there already or cannot be written.
    """
    free_folder(out)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        work = unfinished(out)
        work.mkdir()
        try:
            _write(plan, work)
            load(work / f"{plan.name}.toml")
            if out.is_dir():
                out.rmdir()
            work.rename(out)
        finally:
            remove(work)
    return out / f"{plan.name}.toml"


def _write(plan: Plan, folder: Path) -> None:
    (folder / f"{plan.name}.toml").write_text(plan.text, encoding="utf-8")
    plan.graph.save(folder / f"{plan.name}.npz")
    if plan.walk is not None:
        plan.walk.save(folder / f"{plan.name}_walk.npz")
    if plan.homes is not None:
        write_dwellings(folder / DWELLINGS, plan.homes)
    note = f"Proposed sites, not real ones: nothing stands there. {_ODBL}"
    write_box_sites(folder / BOXES, plan.sites, note=note, certainty=CERTAINTY)
    note = f"Dwellings gathered round centres; their number and the radii are estimates. {_ODBL}"
    write_districts(folder / DISTRICTS, plan.districts, note=note, certainty=CERTAINTY)
    note = f"What the configuration drives from and to, and where that is from; changes here change nothing. {_ODBL}"
    places = [(f.lon, f.lat, {"name": f.name, "origin": f.origin, "mapped": f.is_mapped}) for f in plan.facilities]
    write_points(folder / PLACES, note, places)
    save_map(folder / PICTURE, plan.graph, _marks(plan))


def _marks(plan: Plan) -> list[Marks]:
    """Boxes, and facilities by whether the map has them."""
    mapped = [f for f in plan.facilities if f.is_mapped]
    invented = [f for f in plan.facilities if not f.is_mapped]
    return [
        Marks("proposed boxes", [(s.lon, s.lat) for s in plan.sites], "s", style.BLUE),
        Marks("mapped depots, reception, centres", [(f.lon, f.lat) for f in mapped], "o", style.GREEN),
        Marks("stand-ins", [(f.lon, f.lat) for f in invented], "^", style.PINK, [f.name for f in invented]),
    ]
