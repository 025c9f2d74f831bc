"""Electricity of battery vehicles by speed, temperature and load, from the socket.

Driving follows the guidebook's curve over mean trip speed, with the load's effect; lights, heating and cooling run
while the vehicle drives, not while the driver delivers; charging loses its share. At 30 km/h, 10 degrees and half
load a van takes 0.30 kWh/km, the centre of fact V8. Left out: the stops of a delivery tour beyond those in the
curve's own traffic (see `stops_kwh`), hills, ageing of the battery.
"""

from __future__ import annotations

import numpy as np

from molosim.emissions.conditions import HOUR_S, Conditions
from molosim.emissions.curves import BATTERY_MJ_PER_KM
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.sources import (
    BASE_KW,
    BATTERY_CURVE,
    BIKE_KWH,
    CHARGING_LOSS,
    COOLING_KW_PER_K,
    DRIVE_EFFICIENCY,
    HALF_LOAD,
    HEATING_KW_PER_K,
    LOAD_EFFECT,
    RECUPERATION,
    STOP_KG,
    TRUCK_SCALE,
)
from molosim.inputs.fleet import VehicleType
from molosim.runtime.arrays import Columns, Floats

MJ_PER_KWH = 3.6
J_PER_KWH = 1e6 * MJ_PER_KWH
HEATED_TO_C, COOLED_TO_C = 18.0, 22.0
PLANNED_KMH = 30.0
"""Mean trip speed of `kwh_per_km`, a delivery tour's."""

SOURCES = (
    BATTERY_CURVE, CHARGING_LOSS, LOAD_EFFECT, HALF_LOAD, BASE_KW, HEATING_KW_PER_K, COOLING_KW_PER_K, BIKE_KWH,
)  # fmt: skip

STOP_SOURCES = (STOP_KG, DRIVE_EFFICIENCY, RECUPERATION)


def kwh(trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Floats:
    """Electricity from the socket for each trip, kWh; 0 for trips of vehicles that use none.

    Parameters
    ----------
    trips
        Columns vehicle_type, day, metres, driving_s and, where the load is to count, load_kgm; half load without it.
    vehicles
        Types by name.
    conditions
        Of the measured days.
    """
    trips = Trips.of(trips)
    drawn = np.zeros(trips.count)
    if not any(vehicle.energy == "electricity" for vehicle, _ in trips.by_type(vehicles)):
        return drawn
    temperature_c = conditions.temperature_of(trips["day"])
    by_curve = BATTERY_MJ_PER_KM.at(3.6 * trips.cruise_m_per_s) / MJ_PER_KWH * trips.km
    hours = trips.floats("driving_s") / HOUR_S
    loaded = load_factor(mean_load(trips, vehicles))
    for vehicle, rows in trips.by_type(vehicles):
        if vehicle.energy != "electricity":
            continue
        if (scale := _of_van(vehicle)) is None:
            drawn[rows] = trips.km[rows] * BIKE_KWH.value
        else:
            out_of_battery = scale * by_curve[rows] * loaded[rows] + auxiliary_kw(temperature_c[rows]) * hours[rows]
            drawn[rows] = out_of_battery / (1 - CHARGING_LOSS.value)
    return drawn


def stops_kwh(trips: Columns, vehicles: Vehicles) -> Floats:
    """Electricity from the socket for each trip's starts from rest, kWh: what braking does not give back.

    Half the mass times the square of the trip's mean driven speed, less what recuperation saves, over the efficiency
    from battery to wheels; a start for each stop and one at the depot. The curve of `kwh` has some stops of ordinary
    traffic in it, so that both together are rather too much. Bikes' own figure holds theirs.
    """
    trips = Trips.of(trips)
    joules = STOP_KG.value / 2 * trips.cruise_m_per_s**2 * (1 - RECUPERATION.value) / DRIVE_EFFICIENCY.value
    starts = np.where(trips.cruise_m_per_s > 0, trips.floats("stops") + 1, 0)
    of_van = trips.of_vehicles(vehicles, lambda v: (_of_van(v) or 0.0) if v.energy == "electricity" else 0.0)
    return of_van * starts * joules / J_PER_KWH / (1 - CHARGING_LOSS.value)


def kwh_per_km(vehicle: VehicleType, temperature_c: float) -> float:
    """Electricity from the socket per kilometre that a plan reckons with, kWh: delivery tour, half load.

    Out of the battery it is less by `CHARGING_LOSS`; 0 for vehicles that use none.
    """
    if vehicle.energy != "electricity":
        return 0.0
    if (scale := _of_van(vehicle)) is None:
        return BIKE_KWH.value
    by_curve = scale * float(BATTERY_MJ_PER_KM.at(np.array(PLANNED_KMH))) / MJ_PER_KWH
    auxiliary = float(auxiliary_kw(np.array(temperature_c))) / PLANNED_KMH
    return (by_curve + auxiliary) / (1 - CHARGING_LOSS.value)


def auxiliary_kw(temperature_c: Floats) -> Floats:
    """Power of lights, heating and cooling at outdoor temperatures."""
    heating = HEATING_KW_PER_K.value * np.maximum(HEATED_TO_C - temperature_c, 0)
    cooling = COOLING_KW_PER_K.value * np.maximum(temperature_c - COOLED_TO_C, 0)
    return np.asarray(BASE_KW.value + heating + cooling, dtype=np.float64)


def load_factor(share: Floats) -> Floats:
    """Consumption at a share of the payload over that at half load."""
    return np.asarray(1 + LOAD_EFFECT.value * (share - HALF_LOAD.value), dtype=np.float64)


def mean_load(trips: Trips, vehicles: Vehicles) -> Floats:
    """Mean share of the payload along each trip; half where the table does not tell."""
    share = np.full(trips.count, HALF_LOAD.value)
    if "load_kgm" in trips:
        full_kgm = trips.floats("metres") * trips.of_vehicles(vehicles, lambda v: v.payload_kg)
        np.divide(trips.floats("load_kgm"), full_kgm, out=share, where=full_kgm > 0)
    return share


def _of_van(vehicle: VehicleType) -> float | None:
    """How many times a van's electricity a vehicle uses; None for bikes, which have a figure of their own."""
    return {"van": 1.0, "truck": TRUCK_SCALE.value}.get(vehicle.body)
