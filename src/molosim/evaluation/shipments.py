"""Every shipment of a run with its part of its trip's emissions: each pick-up of waste, and each tour's parcels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from molosim.evaluation.account_run import Run
from molosim.evaluation.allocation import allocate, transport_tkm
from molosim.inputs.accounting import By
from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.arrays import Column, Columns, Floats

_TRIP = ("day", "operator", "vehicle", "vehicle_type", "purpose", "depart_s")
"""What names a trip, in both tables."""
COLUMNS: Mapping[str, str] = {
    "shipment": "number in this file's alternative, from 0",
    "day": "after the warm-up, from 0",
    "date": "of that day",
    "operator": "who drives",
    "vehicle": "number among the operator's vehicles",
    "vehicle_type": "as in the configuration",
    "energy": "diesel, hvo100 or electricity",
    "purpose": "delivery, extra delivery, collection or transfer",
    "depart_s": "second of the day at which the trip leaves; with day, operator and vehicle it names the trip",
    "goods": "waste or parcels",
    "origin": "depot or box",
    "destination": "of waste the depot's store or the reception; parcels of a tour have many",
    "box": "number of the box it was taken from; -1 for parcels, transfer runs and trips that carried nothing",
    "second": "of the day at which it was taken from the box; -1 as above",
    "items": "containers of waste, or parcels",
    "mass_kg": "of the goods",
    "volume_l": "of the containers outside, or of the parcels at departure",
    "sfd_km": "transport distance, shortest feasible; of parcels the mean by mass",
    "gcd_km": "transport distance, great circle; of parcels the mean by mass",
    "transport_tkm": "mass times sfd_km",
    "allocation": "how the trip is split, as in accounts.allocation",
    "share": "of the trip's emissions, 0 to 1",
    "co2e_ttw_kg": "tank-to-wheel",
    "co2e_wtw_kg": "well-to-wheel",
}
"""Columns of the list of shipments, and what they hold."""


def shipments(run: Run, by: By) -> dict[str, Column]:
    """All shipments, by trip in the order of the trips table, parcels first.

    Their shares of a trip add up to 1: a trip without shipments has one row of no mass.
    """
    waste, trip_of_waste, part = _pickups(run, by)
    whole_kg = np.ones(len(run.trips["purpose"]))
    parcels_share, waste_share = allocate(run.trips, whole_kg, by)
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
        **{name: run.trips[name][trip] for name in _TRIP},
        "date": np.datetime_as_string(run.first_day + run.trips["day"][trip].astype("timedelta64[D]")),
        "energy": run.energy[trip],
        **{name: values[order] for name, values in own.items()},
        "allocation": np.full(len(trip), by),
        "share": share,
        "co2e_ttw_kg": share * run.emitted.ttw_kg[trip],
        "co2e_wtw_kg": share * run.emitted.wtw_kg[trip],
    }
    return {"shipment": np.arange(len(trip)), **{name: found[name] for name in COLUMNS if name in found}}


def _ways(run: Run, trip: NDArray[np.intp], box: Column | None, *, parcels: bool) -> dict[str, Column]:
    """Where shipments of these trips come from and go to."""
    places, operators = run.places, run.trips["operator"].astype(str)[trip]
    depots = _named(places.depots, operators)
    if parcels:
        return {"origin": depots, "destination": np.full(len(trip), "stops of the tour")}
    transfer = run.trips["purpose"].astype(str)[trip] == "transfer"
    destination = np.where(transfer, places.reception, _named(places.waste_to, operators))
    return {"origin": depots if box is None else places.boxes[box.astype(np.int64)], "destination": destination}


def _named(names: Mapping[str, str], operators: NDArray[np.str_]) -> NDArray[np.str_]:
    kinds, number = np.unique(operators, return_inverse=True)
    return np.array([names[kind] for kind in kinds], str)[number]


def _own(count: int, goods: str, **more: Column) -> dict[str, Column]:
    """Columns that tell of shipments themselves, none of a box where nothing else is said."""
    nowhere = {"box": np.full(count, -1), "second": np.full(count, -1)}
    zero = {name: np.zeros(count) for name in ("items", "mass_kg", "volume_l", "sfd_km", "gcd_km", "transport_tkm")}
    return {"goods": np.full(count, goods, "<U7"), **nowhere, **zero, **more}


def _parcels(run: Run, share: Floats) -> tuple[dict[str, Column], NDArray[np.intp]]:
    """A row for each trip with parcels, or with nothing but parcels to be made for."""
    trips = run.trips
    trip = np.flatnonzero((share > 0) | (trips["parcels_n"].astype(np.int64) > 0))
    kg = trips["parcels_kg"][trip].astype(np.float64)
    tkm, gcd_tkm = (transport_tkm(trips, gcd=gcd)[0][trip] for gcd in (False, True))
    columns = _own(
        len(trip),
        "parcels",
        items=trips["parcels_n"][trip].astype(np.float64),
        mass_kg=kg,
        volume_l=trips["parcels_l"][trip].astype(np.float64),
        sfd_km=_per(1000 * tkm, kg),
        gcd_km=_per(1000 * gcd_tkm, kg),
        transport_tkm=tkm,
    )
    return columns, trip


def _pickups(run: Run, by: By) -> tuple[dict[str, Column], NDArray[np.intp], Floats]:
    """A row for each pick-up, the trip it belongs to, and its part of that trip's waste."""
    pickups = run.pickups
    kg = np.sum([pickups[f"g_{fraction}"].astype(np.float64) for fraction in FRACTIONS], axis=0) / 1000
    litres, sfd_m, gcd_m = (pickups[name].astype(np.float64) for name in ("litres", "sfd_m", "gcd_m"))
    work = {"mass_sfd": kg * sfd_m, "mass_gcd": kg * gcd_m, "volume_sfd": litres * sfd_m, "stops": sfd_m}[by]
    trip = trips_of(run.trips, pickups)
    count = len(run.trips["purpose"])
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
    run: Run, with_pickups: NDArray[np.intp], share: Floats
) -> tuple[dict[str, Column], NDArray[np.intp]]:
    """Waste without pick-ups of its own: transfer runs, each one shipment, and collection tours that found nothing."""
    trips = run.trips
    alone = np.ones(len(share), np.bool_)
    alone[with_pickups] = False
    trip = np.flatnonzero(alone & (share > 0))
    kg = trips["waste_g"][trip].astype(np.float64) / 1000
    tkm, gcd_tkm = (transport_tkm(trips, gcd=gcd)[1][trip] for gcd in (False, True))
    columns = _own(
        len(trip),
        "waste",
        items=trips["waste_containers"][trip].astype(np.float64),
        mass_kg=kg,
        volume_l=trips["waste_l"][trip].astype(np.float64),
        sfd_km=_per(1000 * tkm, kg),
        gcd_km=_per(1000 * gcd_tkm, kg),
        transport_tkm=tkm,
    )
    return columns, trip


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
