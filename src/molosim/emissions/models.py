"""Emission models: each one class, pure, from trips to energy and emissions, citing its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from molosim.emissions import cold, electric
from molosim.emissions.conditions import Conditions
from molosim.emissions.curves import DIESEL_MJ_PER_KM, DIESEL_NOX_G_PER_KM
from molosim.emissions.driven import Trips, Vehicles, speed
from molosim.emissions.emitted import DANISH, DEFRA, JEC, Emitted, Fuels, emitted
from molosim.emissions.hbefa import TEXT, UNITS, Polynomial, VanClass, polynomials
from molosim.emissions.sources import (
    ACCELERATION,
    BIKE_KWH,
    CHARGE_KW,
    DECELERATION,
    DIESEL_CURVE,
    DIESEL_MJ,
    GRID,
    HALF_LOAD,
    HVO_BIOGENIC,
    HVO_MJ,
    HVO_TTW,
    HVO_WTW,
    IDLE_L_PER_H,
    IDLE_SHARE,
    LOAD_EFFECT,
    NOX_CURVE,
    TRUCK_FLAT,
    TRUCK_SCALE,
    VAN_AVERAGE,
    VAN_FLAT,
    VAN_KWH,
    EmissionFactor,
)
from molosim.runtime.arrays import Columns, Floats

_OTHER_CARRIERS = (DIESEL_MJ, HVO_MJ, HVO_TTW, HVO_WTW, HVO_BIOGENIC, GRID, CHARGE_KW, BIKE_KWH)


class EmissionModel(Protocol):
    """Turns trips into energy and emissions."""

    @property
    def label(self) -> str:
        """What a reader calls it."""

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """Factors that the model rests on."""

    @property
    def cold_cars(self) -> bool:
        """Whether residents' cars start cold under it."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of trips without which it cannot be applied, beside those that every table has."""

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """Energy and emissions of each trip; ``trips`` as `Trips` where several models read it."""


@dataclass(frozen=True)
class Flat:
    """One figure per kilometre; particles and NOx are not in it."""

    van: EmissionFactor = VAN_FLAT
    truck: EmissionFactor = TRUCK_FLAT
    fuels: Fuels = DEFRA
    label: str = "flat factor per km"
    cold_cars: bool = False
    needs: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """As in `EmissionModel`."""
        return self.van, self.truck, *self.fuels.sources, *_OTHER_CARRIERS, VAN_KWH

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """As in `EmissionModel`."""
        trips = Trips.of(trips)
        kg_per_km = trips.of_vehicles(vehicles, lambda v: {"van": self.van.value}.get(v.body, self.truck.value))
        per_km = {"van": VAN_KWH.value, "truck": VAN_KWH.value * TRUCK_SCALE.value}
        kwh_per_km = trips.of_vehicles(vehicles, lambda v: per_km.get(v.body, BIKE_KWH.value))
        return emitted(
            trips,
            vehicles,
            conditions,
            litres=kg_per_km * trips.km / self.fuels.ttw_kg_per_l,
            kwh=kwh_per_km * trips.km,
            fuels=self.fuels,
            air=_unknown_air(trips),
        )


@dataclass(frozen=True)
class AverageSpeed:
    """The guidebook's curve over a trip's mean driven speed; stops count as far as they slow the trip down."""

    fuels: Fuels = JEC
    label: str = "average speed"
    cold_cars: bool = False
    needs: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """As in `EmissionModel`."""
        return DIESEL_CURVE, NOX_CURVE, TRUCK_SCALE, *self.fuels.sources, *_OTHER_CARRIERS, *electric.SOURCES

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """As in `EmissionModel`."""
        trips = Trips.of(trips)
        kmh = 3.6 * trips.cruise_m_per_s
        van_l = DIESEL_MJ_PER_KM.at(kmh) * trips.km / DIESEL_MJ.value
        return emitted(
            trips,
            vehicles,
            conditions,
            litres=van_l * _of_van(trips, vehicles),
            kwh=electric.kwh(trips, vehicles, conditions),
            fuels=self.fuels,
            air=(_exhaust(trips, vehicles, DIESEL_NOX_G_PER_KM.at(kmh) * trips.km), _unknown(trips)),
        )


@dataclass(frozen=True)
class SpeedStop:
    """Steady driving at the mean speed of each speed band, a charge per start from rest, idling.

    Each leg starts from rest, so a trip of n stops has n + 1 starts, taken to and from the trip's mean driven speed.
    With ``load`` consumption follows the mean load along the trip, with ``cold_start`` each trip begins cold, with
    ``electric_stops`` the starts of battery vehicles count too.
    """

    van: VanClass = "Euro-6d"
    load: bool = False
    cold_start: bool = False
    electric_stops: bool = False
    acceleration: float = ACCELERATION.value
    deceleration: float = DECELERATION.value
    idle_l_per_h: float = IDLE_L_PER_H.value
    idle_share: float = IDLE_SHARE.value
    label: str = "speed and stops"
    fuels: Fuels = DEFRA

    @property
    def cold_cars(self) -> bool:
        """As in `EmissionModel`."""
        return self.cold_start

    @property
    def needs(self) -> tuple[str, ...]:
        """As in `EmissionModel`."""
        return ("load_kgm",) if self.load else ()

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """As in `EmissionModel`."""
        driving = (ACCELERATION, DECELERATION, IDLE_L_PER_H, IDLE_SHARE, TRUCK_SCALE)
        corrections = (LOAD_EFFECT, HALF_LOAD) * self.load + cold.SOURCES * self.cold_start
        corrections += electric.STOP_SOURCES * self.electric_stops
        others = (*self.fuels.sources, *_OTHER_CARRIERS, *electric.SOURCES)
        return *_coefficients(self.van), *_air(self.van), *driving, *corrections, *others

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """As in `EmissionModel`."""
        trips = Trips.of(trips)
        litres = self._van_kg(trips) / self.fuels.ttw_kg_per_l * _of_van(trips, vehicles)
        if self.load:
            litres = litres * electric.load_factor(electric.mean_load(trips, vehicles))
        if self.cold_start:
            litres = litres * (1 + cold.added_share(trips.km, conditions.temperature_of(trips["day"])))
        kwh = electric.kwh(trips, vehicles, conditions)
        return emitted(
            trips,
            vehicles,
            conditions,
            litres=litres,
            kwh=kwh + electric.stops_kwh(trips, vehicles) if self.electric_stops else kwh,
            fuels=self.fuels,
            air=(_exhaust(trips, vehicles, self._driving_g(trips, "nox")), self._particles_g(trips, vehicles)),
        )

    def _van_kg(self, trips: Trips) -> Floats:
        """CO2 of each trip if a diesel van had made it, kg tank-to-wheel."""
        idle_l = self.idle_share * trips.floats("service_s") / 3600 * self.idle_l_per_h
        return self._driving_g(trips, "co2") / 1000 + idle_l * self.fuels.ttw_kg_per_l

    def _driving_g(self, trips: Trips, pollutant: str, van: VanClass | None = None) -> Floats:
        """What driving and starting emit, g."""
        key = f"{van or self.van} {pollutant} {self.acceleration} {self.deceleration}"
        return trips.kept(key, lambda: self._computed_g(trips, polynomials(van or self.van)[pollutant]))

    def _computed_g(self, trips: Trips, polynomial: Polynomial) -> Floats:
        steady_g = np.zeros(trips.count)
        # One band at least: a table without any is missing columns, and not a fleet that emits at its stops alone.
        for band in range(max(sum(name.startswith("metres_b") for name in trips), 1)):
            seconds = trips.floats(f"seconds_b{band}")
            v = trips.kept(f"speed_b{band}", lambda b=band, s=seconds: speed(trips.floats(f"metres_b{b}"), s))  # type: ignore[misc]
            steady_g += seconds * polynomial.g_per_s(v)
        cruise = trips.cruise_m_per_s
        starts = np.where(cruise > 0, trips.floats("stops") + 1, 0)
        return steady_g + starts * polynomial.stop_g(
            cruise, acceleration=self.acceleration, deceleration=self.deceleration
        )

    def _particles_g(self, trips: Trips, vehicles: Vehicles) -> Floats:
        """Particles of vans, those of tyres, brakes and road with them."""
        grams = _unknown(trips)
        for vehicle, rows in trips.by_type(vehicles):
            if vehicle.body == "van" and vehicle.energy != "hvo100":
                van = self.van if vehicle.energy == "diesel" else "electric"
                grams[rows] = self._driving_g(trips, "particles", van)[rows]
        return grams


def _coefficients(van: VanClass) -> tuple[EmissionFactor, ...]:
    """The polynomial's CO2 coefficients, of the headline's class one by one, of others as one figure."""
    co2 = polynomials(van)["co2"]
    if van == "Euro-6d":
        return tuple(
            EmissionFactor(f"van polynomial f{i}", value, unit, "R", f"{TEXT} {van}", "V6")
            for i, (value, unit) in enumerate(zip(co2.f, UNITS, strict=True))
        )
    per_km = round(_g_per_km(co2), 1)
    return (EmissionFactor(f"diesel van {van}, steady at 30 km/h", per_km, "g CO2/km", "C", f"{TEXT} {van}", "V6"),)


def _air(van: VanClass) -> tuple[EmissionFactor, ...]:
    """What the polynomials of NOx and particles come to."""
    told = {"nox": "NOx", "particles": "exhaust and wear particles"}
    return tuple(
        EmissionFactor(
            f"{words} of a diesel van {van}, steady at 30 km/h",
            round(_g_per_km(polynomials(van)[pollutant]), 4),
            "g/km",
            "C",
            f"{TEXT} {van}",
            "V19",
        )
        for pollutant, words in told.items()
    )


def _g_per_km(polynomial: Polynomial) -> float:
    v = np.array(30 / 3.6)
    return float(polynomial.g_per_s(v) / v * 1000)


def _of_van(trips: Trips, vehicles: Vehicles) -> Floats:
    """How many times a diesel van's fuel each trip's vehicle takes."""
    return trips.of_vehicles(vehicles, lambda v: 1.0 if v.body == "van" else TRUCK_SCALE.value)


def _exhaust(trips: Trips, vehicles: Vehicles, diesel_van_g: Floats) -> Floats:
    """A pollutant of exhausts: the source's for diesel vans, none of electric vehicles, unknown of the rest."""
    grams = _unknown(trips)
    for vehicle, rows in trips.by_type(vehicles):
        if vehicle.energy == "electricity":
            grams[rows] = 0.0
        elif vehicle.energy == "diesel" and vehicle.body == "van":
            grams[rows] = diesel_van_g[rows]
    return grams


def _unknown(trips: Trips) -> Floats:
    return np.full(trips.count, np.nan)


def _unknown_air(trips: Trips) -> tuple[Floats, Floats]:
    return _unknown(trips), _unknown(trips)


MODELS: Mapping[str, EmissionModel] = MappingProxyType(
    {
        "speed_stop": SpeedStop(),
        "flat": Flat(),
        "flat_danish": Flat(fuels=DANISH, label="flat factor per km, Danish fuel"),
        "flat_average": Flat(van=VAN_AVERAGE, label="flat factor per km, average van"),
        "average_speed": AverageSpeed(),
        "speed_stop_corrected": SpeedStop(
            load=True, cold_start=True, electric_stops=True, label="speed and stops, load and cold starts"
        ),
        "speed_stop_euro_6d_temp": SpeedStop(van="Euro-6d-temp", label="speed and stops, Euro 6d-temp"),
        "speed_stop_euro_6c": SpeedStop(van="Euro-6c", label="speed and stops, Euro 6c"),
        "speed_stop_euro_6ab": SpeedStop(van="Euro-6ab", label="speed and stops, Euro 6a and 6b"),
        "speed_stop_euro_5": SpeedStop(van="Euro-5", label="speed and stops, Euro 5"),
    }
)
"""Emission models by their name in the configuration."""


def as_said(name: str, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
    """Every vehicle type by the model that it names itself, the others by the model ``name``."""
    trips = Trips.of(trips)
    found = MODELS[name].emit(trips, vehicles, conditions)
    for vehicle, rows in trips.by_type(vehicles):
        if vehicle.emission_model not in (None, name):
            found = found.with_rows_of(MODELS[vehicle.emission_model].emit(trips, vehicles, conditions), rows)
    return found
