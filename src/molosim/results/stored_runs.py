"""Runs read back from a result's tables for their accounts; what does not hold together is told in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from molosim.evaluation.account_run import Endpoints, Run
from molosim.evaluation.measures import Account
from molosim.evaluation.shipments import trips_of
from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.fleet import ToStore
from molosim.inputs.scenario import Scenario
from molosim.results.checked_tables import check_charges, check_kind, read_charges, reading
from molosim.routing.haulage import HAULAGE
from molosim.runtime.arrays import Columns
from molosim.runtime.errors import ScenarioError
from molosim.trips import MUNICIPALITY

_TRIP = ("day", "operator", "vehicle", "vehicle_type", "purpose", "depart_s")
_NEEDED = {
    "trips": (
        *_TRIP, "return_s", "metres", "driving_s", "service_s", "stops", "waste_g", "waste_containers", "parcels_l",
        *HAULAGE,
    ),
    "pickups": (*_TRIP, "second", "box", "containers", "litres", "sfd_m", "gcd_m", *(f"g_{f}" for f in FRACTIONS)),
    "boxes": (
        "name", "households", "car_m", "own_car_trips",
        *(f"{what}_g_{fraction}" for what in ("collected", "residual") for fraction in FRACTIONS),
    ),
}  # fmt: skip
"""Columns of each table that accounts read."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """Tables of one alternative of one replication."""

    trips: Columns
    pickups: Columns
    boxes: Columns
    charges: Columns
    totals: Mapping[str, float]


def first_day(scenario: Scenario) -> date:
    """The first day that counts."""
    return scenario.horizon.start + timedelta(days=scenario.horizon.warmup_days)


def runs(folder: Path, scenario: Scenario, replication: int) -> Iterator[tuple[str, Run]]:
    """Every alternative of a replication, from the tables in a folder.

    Raises
    ------
    ScenarioError
        Tables are missing, broken, of another version, or not of this scenario's run.
    """
    tables = {name: _table(folder / f"{name}.parquet", replication) for name in _NEEDED}
    charges = read_charges(folder, replication)
    for alternative in scenario.alternatives:
        columns = {name: _columns(table, alternative) for name, table in tables.items()}
        stored = _Stored(**columns, charges=charges.get((alternative, replication), {}), totals={})
        _check(folder, stored, scenario, f"'{alternative}', replication {replication}")
        yield alternative, _run(stored, scenario)


def _table(path: Path, replication: int) -> pa.Table:
    with reading(path):
        schema = pq.read_schema(path)
    for name in ("alternative", "replication", *_NEEDED[path.stem]):
        if name not in schema.names:
            problem = f"has no column '{name}'; it is of an earlier version or another program, so run it again"
            raise ScenarioError.at(str(path), problem)
        check_kind(path, name, schema.field(name).type)
    with reading(path):
        return pq.read_table(path, filters=pc.field("replication") == replication)


def _columns(table: pa.Table, alternative: str) -> Columns:
    mine = table.filter(pc.field("alternative") == alternative)
    columns = {name: mine[name].to_numpy() for name in mine.column_names}
    # Text as arrays of text: comparing objects one by one takes most of the time of a year's accounts.
    return {name: values.astype(str) if values.dtype == object else values for name, values in columns.items()}


def _check(folder: Path, stored: _Stored, scenario: Scenario, of: str) -> None:
    """Tables that are not of one run, or not of this configuration."""
    check_charges(folder, stored.charges, stored.trips)
    boxes, last = len(stored.boxes["name"]), int(stored.pickups["box"].max(initial=0))
    if last >= boxes:
        raise ScenarioError.at(str(folder / "boxes.parquet"), f"has {boxes} rows of {of}, none of box {last}")
    operators = {MUNICIPALITY, *(carrier.name for carrier in scenario.carriers)}
    for name, known in (("vehicle_type", set(scenario.vehicles)), ("operator", operators)):
        if strange := sorted(set(stored.trips[name].tolist()) - known):
            raise ScenarioError.at(str(folder / "trips.parquet"), f"holds '{strange[0]}', which config.toml has not")
    try:
        trips_of(stored.trips, stored.pickups)
    except KeyError as error:
        problem = f"{of}: the trip {error} of a pick-up is not in trips.parquet"
        raise ScenarioError.at(str(folder / "pickups.parquet"), problem) from None


def _run(stored: _Stored, scenario: Scenario) -> Run:
    account = Account(stored, scenario)
    cars = account.residents(cold_start=scenario.emissions.model.cold_cars)
    energy = {name: vehicle.energy for name, vehicle in scenario.vehicles.items()}
    return Run(
        trips=stored.trips,
        pickups=stored.pickups,
        boxes=stored.boxes,
        first_day=np.datetime64(first_day(scenario), "D"),
        places=_places(stored, scenario),
        energy=np.array([energy[kind] for kind in stored.trips["vehicle_type"]], str),
        emitted=account.emitted(),
        cars=cars,
        cars_electric_share=scenario.emissions.cars.electric_share or 0.0,
        cars_electricity_kg=float(cars.kwh.sum() * account.conditions.grid_g_per_kwh.mean()) / 1000,
        cost=account.trip_cost,
        residents_eur=account.residents_cost(),
    )


def _places(stored: _Stored, scenario: Scenario) -> Endpoints:
    town = scenario.municipality
    stores = {c.name: f"{c.depot.name}, store" for c in scenario.carriers if isinstance(c.waste_to, ToStore)}
    depots = {MUNICIPALITY: town.depot.name, **{c.name: c.depot.name for c in scenario.carriers}}
    waste_to = {name: stores.get(name, town.reception.name) for name in depots}
    return Endpoints(depots, waste_to, town.reception.name, stored.boxes["name"].astype(str))
