"""CO2e of what was driven: pure functions of the trip table, each factor with its source.

Tank-to-wheel (TTW) is what leaves the exhaust; well-to-wheel (WTW) adds the making of fuel or electricity.
Not counted, each under a few per cent of a tour: cold starts (V14: under 1.5 %), the load's effect on
consumption (V13: +5 % from empty to full), stops at traffic lights beyond what lowers the driven speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from molosim.emissions.factors import (
    ACCELERATION,
    CAR_TTW,
    CAR_WTT,
    DECELERATION,
    DIESEL_MJ,
    DIESEL_TTW,
    DIESEL_WTT,
    GRID,
    HVO_MJ,
    HVO_TTW,
    HVO_WTW,
    IDLE_L_PER_H,
    IDLE_SHARE,
    TRUCK_FLAT,
    TRUCK_SCALE,
    VAN_FLAT,
    VAN_KWH,
    Factor,
)
from molosim.fleet import VehicleType

Floats = NDArray[np.float64]

HBEFA_TEXT = "HBEFA 4 fit as published with SUMO (HelpersHBEFA4.cpp), light commercial vehicle N1-III diesel Euro 6d"
HBEFA_UNITS = ("mg/s", "mg/s per m/s", "mg/s per m/s2", "mg/s per (m/s)2", "mg/s per (m/s)3", "mg per m2/s", "mg s/m3")
HBEFA = tuple(
    Factor(f"van polynomial f{i}", value, unit, "R", HBEFA_TEXT, "V6")
    for i, (value, unit) in enumerate(zip((1754, 31.71, 650, 0, 0.207, 202.2, 7.559), HBEFA_UNITS, strict=True))
)
"""CO2 in mg/s = f0 + f1 v + f2 a + f3 v^2 + f4 v^3 + f5 a v + f6 a v^2 (v in m/s, a in m/s2)."""


def van_g_per_s(v: Floats, a: float = 0.0) -> Floats:
    """CO2 of a diesel van at speed ``v`` (m/s) and acceleration ``a`` (m/s2, not negative), g/s."""
    f0, f1, f2, f3, f4, f5, f6 = (f.value for f in HBEFA)
    return (f0 + f1 * v + f2 * a + f3 * v**2 + f4 * v**3 + f5 * a * v + f6 * a * v**2) / 1000


def van_start_g(v: Floats, a: float) -> Floats:
    """CO2 of a diesel van from rest to ``v`` (m/s) at constant ``a`` (m/s2): the polynomial integrated over time, g."""
    f0, f1, f2, f3, f4, f5, f6 = (f.value for f in HBEFA)
    per_second = (f0 + f2 * a) * v + (f1 + f5 * a) * v**2 / 2 + (f3 + f6 * a) * v**3 / 3 + f4 * v**4 / 4
    return per_second / a / 1000


def van_stop_g(
    v: Floats, *, acceleration: float = ACCELERATION.value, deceleration: float = DECELERATION.value
) -> Floats:
    """What a stop adds to driving through at ``v`` (m/s): braking without CO2, then accelerating, g.

    The steady CO2 over the metres of braking and accelerating is taken off, since the steady part counts them.
    """
    metres = v**2 / 2 / acceleration + v**2 / 2 / deceleration
    through_g = np.divide(metres * van_g_per_s(v), v, out=np.zeros_like(v), where=v > 0)
    return np.maximum(van_start_g(v, acceleration) - through_g, 0)


class EmissionModel(Protocol):
    """Turns trips into CO2e."""

    @property
    def label(self) -> str:
        """What a reader calls it."""

    @property
    def sources(self) -> tuple[Factor, ...]:
        """Factors that the model rests on."""

    def co2e_kg(
        self, trips: Mapping[str, NDArray[np.generic]], vehicles: Mapping[str, VehicleType]
    ) -> tuple[Floats, Floats]:
        """CO2e of each trip, kg: tank-to-wheel and well-to-wheel."""


@dataclass(frozen=True)
class Flat:
    """One figure per kilometre."""

    van_kg_per_km: float = VAN_FLAT.value
    truck_kg_per_km: float = TRUCK_FLAT.value
    label: str = "flat factor per km"

    @property
    def sources(self) -> tuple[Factor, ...]:
        """As in `EmissionModel`."""
        return VAN_FLAT, TRUCK_FLAT, *_ENERGY

    def co2e_kg(
        self, trips: Mapping[str, NDArray[np.generic]], vehicles: Mapping[str, VehicleType]
    ) -> tuple[Floats, Floats]:
        """As in `EmissionModel`."""
        km = _column(trips, "metres") / 1000
        ttw, wtw = np.zeros_like(km), np.zeros_like(km)
        for vehicle, rows in _by_type(trips, vehicles):
            per_km = self.van_kg_per_km if vehicle.body == "van" else self.truck_kg_per_km
            ttw[rows], wtw[rows] = _of_energy(vehicle, per_km * km[rows], km[rows])
        return ttw, wtw


@dataclass(frozen=True)
class SpeedStop:
    """Steady driving at the mean speed of each speed band, a charge per start from rest, idling.

    Each leg starts from rest, so a trip of n stops has n + 1 starts, taken to and from the trip's mean driven speed.
    """

    acceleration: float = ACCELERATION.value
    deceleration: float = DECELERATION.value
    idle_l_per_h: float = IDLE_L_PER_H.value
    idle_share: float = IDLE_SHARE.value
    truck_scale: float = TRUCK_SCALE.value
    label: str = "speed and stops"

    @property
    def sources(self) -> tuple[Factor, ...]:
        """As in `EmissionModel`."""
        return *HBEFA, ACCELERATION, DECELERATION, IDLE_L_PER_H, IDLE_SHARE, TRUCK_SCALE, *_ENERGY

    def co2e_kg(
        self, trips: Mapping[str, NDArray[np.generic]], vehicles: Mapping[str, VehicleType]
    ) -> tuple[Floats, Floats]:
        """As in `EmissionModel`."""
        van_kg = self.van_kg(trips)
        km = _column(trips, "metres") / 1000
        ttw, wtw = np.zeros_like(km), np.zeros_like(km)
        for vehicle, rows in _by_type(trips, vehicles):
            scale = 1.0 if vehicle.body == "van" else self.truck_scale
            ttw[rows], wtw[rows] = _of_energy(vehicle, scale * van_kg[rows], km[rows])
        return ttw, wtw

    def van_kg(self, trips: Mapping[str, NDArray[np.generic]]) -> Floats:
        """CO2 of each trip if a diesel van had made it, kg tank-to-wheel."""
        steady_g = np.zeros(len(trips["metres"]))
        for band in range(sum(name.startswith("metres_b") for name in trips)):
            seconds = _column(trips, f"seconds_b{band}")
            steady_g += seconds * van_g_per_s(_speed(_column(trips, f"metres_b{band}"), seconds))
        cruise = _speed(_column(trips, "metres"), _column(trips, "driving_s"))
        starts = np.where(cruise > 0, _column(trips, "stops") + 1, 0)
        starts_g = starts * van_stop_g(cruise, acceleration=self.acceleration, deceleration=self.deceleration)
        idle_l = self.idle_share * _column(trips, "service_s") / 3600 * self.idle_l_per_h
        return (steady_g + starts_g) / 1000 + idle_l * DIESEL_TTW.value


MODELS: Mapping[str, EmissionModel] = MappingProxyType({"speed_stop": SpeedStop(), "flat": Flat()})
"""Emission models by their name in the configuration."""


def car_co2e_kg(metres: float) -> tuple[float, float]:
    """CO2e of residents' car trips of so many metres, kg: tank-to-wheel and well-to-wheel."""
    km = metres / 1000
    return km * CAR_TTW.value, km * (CAR_TTW.value + CAR_WTT.value)


def factors() -> list[Factor]:
    """Every factor once, in the order in which the models use them."""
    of_models = [factor for model in MODELS.values() for factor in model.sources]
    return list(dict.fromkeys([*of_models, CAR_TTW, CAR_WTT]))


_ENERGY = (DIESEL_TTW, DIESEL_WTT, DIESEL_MJ, HVO_MJ, HVO_TTW, HVO_WTW, VAN_KWH, GRID)


def _of_energy(vehicle: VehicleType, diesel_ttw_kg: Floats, km: Floats) -> tuple[Floats, Floats]:
    """CO2e (TTW, WTW) of driving for which a diesel vehicle of the same body emits ``diesel_ttw_kg``.

    Electricity per km has no speed in it, and an electric truck uses as much more as a diesel truck does.
    """
    litres = diesel_ttw_kg / DIESEL_TTW.value
    if vehicle.energy == "diesel":
        return diesel_ttw_kg, litres * (DIESEL_TTW.value + DIESEL_WTT.value)
    if vehicle.energy == "hvo100":
        hvo_l = litres * DIESEL_MJ.value / HVO_MJ.value
        return hvo_l * HVO_TTW.value, hvo_l * HVO_WTW.value
    kwh = km * VAN_KWH.value * (1.0 if vehicle.body == "van" else TRUCK_SCALE.value)
    return np.zeros_like(km), kwh * GRID.value


def _by_type(
    trips: Mapping[str, NDArray[np.generic]], vehicles: Mapping[str, VehicleType]
) -> Iterator[tuple[VehicleType, NDArray[np.bool_]]]:
    types = trips["vehicle_type"]
    for name in np.unique(types.astype(str)):
        yield vehicles[str(name)], types == name


def _column(trips: Mapping[str, NDArray[np.generic]], name: str) -> Floats:
    return np.asarray(trips[name], dtype=np.float64)


def _speed(metres: Floats, seconds: Floats) -> Floats:
    return np.divide(metres, seconds, out=np.zeros_like(metres), where=seconds > 0)
