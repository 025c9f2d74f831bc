"""Whether logs of the bundled world's boxes give back the configuration that made them, and how long that takes.

    python benchmarks/fitting.py [--logs 10] [--days 90]

Each log is of another replication. The fit's base has every fitted value wrong but the shape of the year, which a log
of some months cannot tell, and that of the week in which parcels come, which the log of a box shows in part.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from _tools import Line, show

from molosim.fitting.estimates import Estimate
from molosim.fitting.fitted import FitOptions
from molosim.fitting.log import read_log
from molosim.fitting.whole_fit import fit_log
from molosim.inputs.scenario import Scenario, load
from molosim.inputs.table_files import write
from molosim.runtime import bundled
from molosim.simulation.alternative_run import prepare
from molosim.simulation.box_log import box_log
from molosim.simulation.world import build_world
from molosim.stops.table import read_stops

STOPS = 500_000


def wrong(scenario: Scenario) -> Scenario:
    residents = scenario.residents
    changes: dict[str, Any] = {
        "residents.parcels.per_household_year": 20.0,
        "residents.parcels.out_share": 0.5,
        "residents.parcels.dwell": {"mean_h": 10.0, "sigma": 0.5, "closed_hours": [23, 6]},
        "residents.parcels.out_profile.weekday": [1.0] * 7,
        "residents.parcels.out_profile.hour": [1.0] * 24,
        "residents.deposits.profile.weekday": [1.0] * 7,
        "residents.deposits.profile.hour": [1.0] * 24,
        "residents.deposits.box_share": dict.fromkeys(residents.deposits.box_share, 0.01),
    }
    for i, waste in enumerate(residents.deposits.wastes):
        changes[f"residents.deposits.wastes.{i}.deposit_kg"] = 1.5 * waste.deposit_kg
    shares = [carrier.parcel_share for carrier in scenario.carriers]
    changes |= {f"carriers.{i}.parcel_share": share for i, share in enumerate(reversed(shares))}
    return scenario.but(changes)


def truth(scenario: Scenario, one: Estimate) -> float:
    at: Any = scenario.model_dump(mode="json")
    for part in one.key.split("."):
        at = at[int(part)] if isinstance(at, list) else at[part]
    return float(at[int(one.name.rpartition(".")[2])] / np.mean(at)) if isinstance(at, list) else float(at)


def recovered(logs: int, days: int) -> None:
    scenario = load("gothenburg").but({"horizon.days": days, "breakdowns.per_van_day": 0.0})
    world, base = build_world(scenario, bundled.cache_folder()), wrong(scenario)
    households = {site.name: site.households for site in world.sites}
    hits: dict[str, list[bool]] = defaultdict(list)
    seconds, events = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for replication in range(logs):
            path = Path(folder) / "log.csv"
            write(path, box_log(world, prepare(world, replication), scenario.baseline, range(len(world.sites))))
            start = time.process_time()
            log = read_log(path)
            fitted = fit_log(log, FitOptions(base=base, households=households, holidays="SE", bootstrap=0))
            seconds.append(time.process_time() - start)
            events += len(log)
            for one in fitted.estimates:
                if one.key and not one.key.endswith(".month"):
                    hits[one.key].append(one.low <= truth(scenario, one) <= one.high)
    every = [inside for of_key in hits.values() for inside in of_key]
    show(
        f"{logs} logs of {days} days, {events / logs:,.0f} events each",
        [Line("all intervals that hold the truth", float(np.mean(every)), "", 0.93, at_least=True)]
        + [Line(f"  {key}", float(np.mean(of_key)), "") for key, of_key in sorted(hits.items())]
        + [Line("read and fit a log", float(np.median(seconds)))],
    )


def read() -> None:
    rng, vans = np.random.default_rng(1), 60
    row = np.arange(STOPS)
    columns = {
        "date": (np.datetime64("2025-01-06") + row // (vans * 110)).astype(str).tolist(),
        "tour": (row // 110 % vans).tolist(),
        "sequence": (row % 110).tolist(),
        "lon": rng.uniform(11.8, 12.1, STOPS).round(6).tolist(),
        "lat": rng.uniform(57.6, 57.8, STOPS).round(6).tolist(),
        "mass_kg": rng.uniform(0, 9, STOPS).round(2).tolist(),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stops.csv"
        write(path, columns)
        start = time.process_time()
        read_stops(path)
        show("Stop tables", [Line(f"read and check {STOPS:,} stops", time.process_time() - start, "s", 3)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=int, default=10)
    parser.add_argument("--days", type=int, default=90)
    given = parser.parse_args()
    recovered(given.logs, given.days)
    read()
