"""From energy to CO2e: carriers, chains of factors, what a trip emitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molosim.emissions.conditions import DAY_H, HOUR_S, Conditions
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.sources import (
    CHARGE_KW,
    DIESEL_BIOGENIC,
    DIESEL_MJ,
    DIESEL_MJ_TTW,
    DIESEL_MJ_WTT,
    DIESEL_TTW,
    DIESEL_WTT,
    DIESEL_WTW_DANISH,
    HVO_BIOGENIC,
    HVO_MJ,
    HVO_TTW,
    HVO_WTW,
    EmissionFactor,
)
from molosim.runtime.arrays import Flags, Floats


@dataclass(frozen=True, slots=True)
class Fuels:
    """A chain of factors for diesel B7, by the litre; HVO100 and electricity have one chain only.

    Attributes
    ----------
    ttw_kg_per_l
        CO2e at the vehicle, kilograms a litre.
    wtt_kg_per_l
        CO2e of making and bringing the fuel, kilograms a litre.
    biogenic_kg_per_l
        CO2 of the blended share that ``ttw_kg_per_l`` leaves out, kilograms a litre.
    sources
        The figures with where they are from.
    """

    ttw_kg_per_l: float
    wtt_kg_per_l: float
    biogenic_kg_per_l: float
    sources: tuple[EmissionFactor, ...]


DEFRA = Fuels(DIESEL_TTW.value, DIESEL_WTT.value, DIESEL_BIOGENIC.value, (DIESEL_TTW, DIESEL_WTT, DIESEL_BIOGENIC))
DANISH = Fuels(
    DIESEL_TTW.value,
    DIESEL_WTW_DANISH.value - DIESEL_TTW.value,
    DIESEL_BIOGENIC.value,
    (DIESEL_WTW_DANISH, DIESEL_TTW, DIESEL_BIOGENIC),
)
JEC = Fuels(
    DIESEL_MJ_TTW.value * DIESEL_MJ.value / 1000,
    DIESEL_MJ_WTT.value * DIESEL_MJ.value / 1000,
    0.0,
    (DIESEL_MJ_TTW, DIESEL_MJ_WTT),
)
"""Counts all carbon of the blend as fossil, so nothing is left to tell apart."""


@dataclass(frozen=True, eq=False, slots=True)
class Emitted:
    """Energy and emissions: arrays of float64 from 0 up, one entry for each trip (for residents' cars: each box).

    Attributes
    ----------
    ttw_kg
        CO2e at the vehicle (tank to wheel), kilograms.
    wtt_kg
        CO2e of making and bringing the fuel or electricity (well to tank), kilograms.
    biogenic_kg
        CO2 at the vehicle from biomass, in neither of the two, kilograms.
    diesel_l
        Diesel, litres.
    hvo_l
        HVO100, litres.
    kwh
        Electricity from the socket, kilowatt-hours.
    nox_g
        NOx, grams; not a number where the model's source gives none.
    particles_g
        Particles, grams; not a number where the model's source gives none.
    """

    ttw_kg: Floats
    wtt_kg: Floats
    biogenic_kg: Floats
    diesel_l: Floats
    hvo_l: Floats
    kwh: Floats
    nox_g: Floats
    particles_g: Floats

    @property
    def wtw_kg(self) -> Floats:
        """CO2e from well to wheel."""
        return self.ttw_kg + self.wtt_kg

    def with_rows_of(self, other: Emitted, rows: Flags) -> Emitted:
        """The same with some rows taken from another."""
        return Emitted(*(np.where(rows, getattr(other, f), getattr(self, f)) for f in self.__dataclass_fields__))


def emitted(
    trips: Trips,
    vehicles: Vehicles,
    conditions: Conditions,
    *,
    litres: Floats,
    kwh: Floats,
    fuels: Fuels,
    air: tuple[Floats, Floats],
) -> Emitted:
    """What trips emitted that took this energy.

    Parameters
    ----------
    trips
        The trips, as `Trips`.
    vehicles
        Types by name: whether a trip took litres or kilowatt-hours is its type's ``energy``.
    conditions
        Temperature and electricity of the measured days.
    litres
        Diesel that each trip would take with a diesel vehicle; HVO100 takes as much energy.
    kwh
        From the socket, if it were electric.
    fuels
        Factors of diesel: ``FUELS["defra"]``, ``FUELS["danish"]`` or ``FUELS["jec"]``.
    air
        NOx and particles of each trip, g; `unknown` where there are no figures.

    Returns
    -------
    Emitted
        Of each trip.
    """
    diesel_l, hvo_l, drawn = np.zeros(trips.count), np.zeros(trips.count), np.zeros(trips.count)
    for vehicle, rows in trips.by_type(vehicles):
        if vehicle.energy == "diesel":
            diesel_l[rows] = litres[rows]
        elif vehicle.energy == "hvo100":
            hvo_l[rows] = litres[rows] * DIESEL_MJ.value / HVO_MJ.value
        else:
            drawn[rows] = kwh[rows]
    ttw_kg = diesel_l * fuels.ttw_kg_per_l + hvo_l * HVO_TTW.value
    wtt_kg = diesel_l * fuels.wtt_kg_per_l + hvo_l * (HVO_WTW.value - HVO_TTW.value)
    biogenic_kg = diesel_l * fuels.biogenic_kg_per_l + hvo_l * HVO_BIOGENIC.value
    if drawn.any():
        wtt_kg += charged_kg(trips, drawn, conditions)
    return Emitted(ttw_kg, wtt_kg, biogenic_kg, diesel_l, hvo_l, drawn, *air)


def charged_kg(trips: Trips, kwh: Floats, conditions: Conditions) -> Floats:
    """CO2e of putting each trip's electricity back, by the hours in which that happens, kg.

    Where its charges are known, each has its own start and power. A model by which the trip took more or less than
    they put back lays what it says out on the same hours. A trip without charges is taken to charge once: from
    ``charge_start_s`` on with ``charge_kw`` where it has them (from 0 up, and above 0), else on return with a usual
    power.
    """
    begin, kw = trips.floats("return_s"), np.full(trips.count, CHARGE_KW.value)
    if "charge_start_s" in trips:
        planned = trips.floats("charge_start_s")
        begin = np.where(planned >= 0, planned, begin)
    if "charge_kw" in trips:
        given = trips.floats("charge_kw")
        kw = np.where(given > 0, given, kw)
    midnight_s = trips.floats("day") * DAY_H * HOUR_S
    once_kg = conditions.grid_kg(midnight_s + begin, kwh, kw)
    if not trips.charges:
        return once_kg
    of = np.asarray(trips.charges["trip"], np.int64)
    start_s, kw, put_back = (np.asarray(trips.charges[name], np.float64) for name in ("start_s", "kw", "kwh"))
    each_kg = conditions.grid_kg(midnight_s[of] + start_s, put_back, kw)
    kg, known_kwh = (np.bincount(of, values, trips.count) for values in (each_kg, put_back))
    return np.asarray(np.where(known_kwh > 0, kwh * kg / np.where(known_kwh > 0, known_kwh, 1), once_kg), np.float64)
