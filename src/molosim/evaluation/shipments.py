"""Every shipment of a run with its part of its trip's emissions: each pick-up of waste, and each tour's parcels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from molosim.evaluation.allocation import allocate, transport_tkm
from molosim.evaluation.run_view import RunView
from molosim.inputs.accounting import By
from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.arrays import Column, Columns, Floats
from molosim.trips import Purpose

_TRIP = ("day", "operator", "vehicle", "vehicle_type", "purpose", "depart_s")
"""What names a trip, in both tables."""


def shipments(run: RunView, by: By) -> dict[str, Column]:
    """All shipments, by trip in the order of the trips table, parcels first.

    Their shares of a trip add up to 1: a trip without shipments has one row of no mass.
    """
    waste, trip_of_waste, part = _pickups(run, by)
    whole_kg = np.ones(len(run.tables.trips["purpose"]))
    parcels_share, waste_share = allocate(run.tables.trips, whole_kg, by)
    parcels, trip_of_parcels = _parcels(run, parcels_share)
    rest, trip_of_rest = _without_pickups(run, trip_of_waste, waste_share)
    tables = (
        {**parcels, **_ways(run, trip_of_parcels, None, parcels=True)},
        {**waste, **_ways(run, trip_of_waste, waste["box"], parcels=False)},
        {**rest, **_ways(run, trip_of_rest, None, parcels=False)},
    )
    trip = np.concatenate([trip_of_parcels, trip_of_waste, trip_of_rest])
    share = np.concatenate(
        [parcels_share[trip_of_parcels], part * waste_share[trip_of_waste], waste_share[trip_of_rest]]
    )
    own = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    order = np.argsort(trip, kind="stable")
    trip, share = trip[order], share[order]
    found: dict[str, Column] = {
        **{name: run.tables.trips[name][trip] for name in _TRIP},
        "date": np.datetime_as_string(run.first_day + run.tables.trips["day"][trip].astype("timedelta64[D]")),
        "energy": run.energy[trip],
        **{name: values[order] for name, values in own.items()},
        "allocation": np.full(len(trip), by),
        "share": share,
        "co2e_ttw_kg": share * run.emissions.ttw_kg[trip],
        "co2e_wtw_kg": share * run.emissions.wtw_kg[trip],
    }
    return {"shipment": np.arange(len(trip)), **found}


def _ways(run: RunView, trip: NDArray[np.intp], box: Column | None, *, parcels: bool) -> dict[str, Column]:
    """Where shipments of these trips come from and go to."""
    operators = run.tables.trips["operator"].astype(str)[trip]
    depots = _named(run.depots, operators)
    if parcels:
        return {"origin": depots, "destination": np.full(len(trip), "stops of the tour")}
    transfer = run.rows(Purpose.TRANSFER)[trip]
    destination = np.where(transfer, run.reception, _named(run.waste_to, operators))
    return {
        "origin": depots if box is None else run.tables.boxes["name"].astype(str)[box.astype(np.int64)],
        "destination": destination,
    }


def _named(names: Mapping[str, str], operators: NDArray[np.str_]) -> NDArray[np.str_]:
    kinds, number = np.unique(operators, return_inverse=True)
    return np.array([names[kind] for kind in kinds], str)[number]


def _own(count: int, goods: str, **more: Column) -> dict[str, Column]:
    """Columns that tell of shipments themselves, none of a box where nothing else is said."""
    nowhere = {"box": np.full(count, -1), "second": np.full(count, -1)}
    zero = {name: np.zeros(count) for name in ("items", "mass_kg", "volume_l", "sfd_km", "gcd_km", "transport_tkm")}
    return {"goods": np.full(count, goods, "<U7"), **nowhere, **zero, **more}


def _of_trips(run: RunView, trip: NDArray[np.intp], goods: str, names: tuple[str, str, str]) -> dict[str, Column]:
    """Shipments that are all of their trips' goods, by the columns of number, mass and volume."""
    trips = run.tables.trips
    items, mass, litres = (trips[name][trip].astype(np.float64) for name in names)
    kg = mass / 1000 if names[1].endswith("_g") else mass
    tkm, gcd_tkm = (transport_tkm(trips, gcd=gcd)[goods == "waste"][trip] for gcd in (False, True))
    ways = {"sfd_km": _per(1000 * tkm, kg), "gcd_km": _per(1000 * gcd_tkm, kg), "transport_tkm": tkm}
    return _own(len(trip), goods, items=items, mass_kg=kg, volume_l=litres, **ways)


def _parcels(run: RunView, share: Floats) -> tuple[dict[str, Column], NDArray[np.intp]]:
    """A row for each trip with parcels, or with nothing but parcels to be made for."""
    trips = run.tables.trips
    trip = np.flatnonzero((share > 0) | (trips["parcels_n"].astype(np.int64) > 0))
    return _of_trips(run, trip, "parcels", ("parcels_n", "parcels_kg", "parcels_l")), trip


def _pickups(run: RunView, by: By) -> tuple[dict[str, Column], NDArray[np.intp], Floats]:
    """A row for each pick-up, the trip it belongs to, and its part of that trip's waste."""
    pickups = run.tables.pickups
    kg = np.sum([pickups[f"g_{fraction}"].astype(np.float64) for fraction in FRACTIONS], axis=0) / 1000
    litres, sfd_m, gcd_m = (pickups[name].astype(np.float64) for name in ("litres", "sfd_m", "gcd_m"))
    work = {"mass_sfd": kg * sfd_m, "mass_gcd": kg * gcd_m, "volume_sfd": litres * sfd_m, "stops": sfd_m}[by]
    trip = trips_of(run.tables.trips, pickups)
    count = len(run.tables.trips["purpose"])
    together = np.asarray(np.bincount(trip, work, count)[trip], np.float64)
    # Boxes at no distance at all have equal parts.
    alike = 1 / np.bincount(trip, minlength=count)[trip]
    part = np.where(together > 0, _per(work, together), alike)
    columns = _own(
        len(trip),
        "waste",
        box=pickups["box"],
        second=pickups["second"],
        items=pickups["containers"].astype(np.float64),
        mass_kg=kg,
        volume_l=litres,
        sfd_km=sfd_m / 1000,
        gcd_km=gcd_m / 1000,
        transport_tkm=kg * sfd_m / 1e6,
    )
    return columns, trip, part


def _without_pickups(
    run: RunView, with_pickups: NDArray[np.intp], share: Floats
) -> tuple[dict[str, Column], NDArray[np.intp]]:
    """Waste without pick-ups of its own: transfer runs, each one shipment, and collection tours that found nothing."""
    alone = np.ones(len(share), np.bool_)
    alone[with_pickups] = False
    trip = np.flatnonzero(alone & (share > 0))
    return _of_trips(run, trip, "waste", ("waste_containers", "waste_g", "waste_l")), trip


def trips_of(trips: Columns, pickups: Columns) -> NDArray[np.intp]:
    """Row of the trip of each pick-up.

    Raises
    ------
    KeyError
        A pick-up of a trip that is not in the table: a defect, or tables of two runs.
    """
    names = zip(*(trips[name].tolist() for name in _TRIP), strict=True)
    row = {name: i for i, name in enumerate(names)}
    wanted = zip(*(pickups[name].tolist() for name in _TRIP), strict=True)
    return np.array([row[name] for name in wanted], np.intp)


def _per(whole: Floats, by: Floats) -> Floats:
    """``whole / by``; 0 where there is nothing to divide by."""
    return np.divide(whole, by, out=np.zeros_like(whole), where=by > 0)
