"""A year of the bundled world: what an alternative, its naive telling, its planning and ten times the boxes cost.

    python benchmarks/year.py

The naive telling (`naive`) is a SimPy process for every parcel, sending, deposit and van's day, with a stop at every
home. It must give the same tables.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import naive
import numpy as np
from _box_sites import site_boxes
from _tools import CONFIG, Line, cpu_s, show, world_of

from molosim.inputs.scenario import Scenario, load, map_file
from molosim.network.graph import RoadGraph
from molosim.network.places import BoxSite, read_box_sites, read_districts
from molosim.simulation.alternative_run import Prepared, prepare, simulate
from molosim.simulation.world import World

TOLD_NAIVELY = ("dedicated", "shared")
MANY = 10
"""Times as many boxes."""
SHORT_DAYS = 91
"""Length of the horizon in which few and many boxes are compared."""
LONG_H = 14
"""Length of shifts in that comparison: with ten times the boxes to see, the vans would not be back in time."""


def alternatives(world: World, prepared: Prepared) -> Iterator[Line]:
    for name in world.scenario.alternatives:
        model = simulate(world, prepared, name)  # rounds planned and kept
        took_s = cpu_s(lambda name=name: simulate(world, prepared, name))
        yield Line(f"year of '{name}'", took_s, "s", 0.6)
        if name in TOLD_NAIVELY:
            start = time.process_time()
            told = naive.simulate(world, prepared, name)
            naive_s = time.process_time() - start
            if different := naive.differences(model, told):
                raise SystemExit(f"the tellings of '{name}' differ in {', '.join(different)}")
            yield Line(f"  told naively, to the same {len(told.trips['day'])} trips", naive_s)
            yield Line("  naive / model", naive_s / took_s, "x", 25, at_least=True)


def planning(world: World) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as empty:
        elsewhere = replace(world, cache=Path(empty))
        yield Line(
            "draws and day plans of a replication, from nothing", cpu_s(lambda: prepare(elsewhere, 0), 1), "s", 20
        )
    yield Line("draws and day plans of a replication, plans kept", cpu_s(lambda: prepare(world, 0), 3))


def many_boxes(scenario: Scenario, folder: Path) -> Scenario:
    """Ten times the boxes at kerbs of the same districts, each with as many households as one has now."""
    few = read_box_sites(Path(scenario.boxes.file))
    sites = site_boxes(
        RoadGraph.load(map_file(scenario.map)),
        read_districts(Path(scenario.addresses.file)),
        MANY * len(few),
        MANY * sum(site.households for site in few),
        spacing_m=60,
        kerb_m=4,
        rng=np.random.default_rng(1),
    )
    file = folder / "boxes.geojson"
    features = [_feature(site) for site in sites]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return scenario.but({"boxes.file": str(file)})


def _feature(site: BoxSite) -> dict[str, object]:
    point = {"type": "Point", "coordinates": [site.lon, site.lat]}
    properties = {"name": site.name, "district": site.district, "households": site.households}
    return {"type": "Feature", "geometry": point, "properties": properties}


def size() -> Iterator[Line]:
    few = load(CONFIG)
    shifts = {f"carriers.{number}.shift.hours": LONG_H for number in range(len(few.carriers))}
    few = few.but({"horizon.days": SHORT_DAYS, **shifts})
    with tempfile.TemporaryDirectory() as folder:
        taken = {}
        for scenario in (few, many_boxes(few, Path(folder))):
            world = world_of(scenario)
            prepared = prepare(world, 0)
            count = len(world.sites)
            told = simulate(world, prepared, "shared")
            share = told.boxes["occupied_door_h"].sum() / (told.boxes["parcel_doors"] * told.boxes["open_h"]).sum()
            taken[count] = cpu_s(lambda w=world, p=prepared: simulate(w, p, "shared"))
            yield Line(f"{world.days.count} days of 'shared', {count} boxes, doors {share:.0%} taken", taken[count])
    few_s, many_s = taken.values()
    yield Line(f"  {MANY} times the boxes cost", many_s / few_s, "x", 12)


def main() -> None:
    world = world_of()
    prepared = prepare(world, 0)
    vans = sum(carrier.vans for carrier in world.scenario.carriers)
    title = f"{world.days.count} days, {len(world.fleets)} carriers, {vans} vans, {len(world.sites)} boxes"
    show(title, alternatives(world, prepared))
    show("Planning", planning(world))
    show("Size", size())


if __name__ == "__main__":
    main()
