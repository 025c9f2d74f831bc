"""Emission models of steady driving, starts from rest and idling."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from molosim.emissions import cold, electric
from molosim.emissions import sources as factor
from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips, Vehicles, speed
from molosim.emissions.emission_model import (
    FUELS,
    OTHER_CARRIERS,
    EmissionModel,
    FuelChain,
    exhaust,
    times_a_van,
    unknown,
)
from molosim.emissions.emitted import Emitted, emitted
from molosim.emissions.hbefa import TEXT, UNITS, DieselClass, Polynomial, VanClass, polynomials
from molosim.emissions.sources import EmissionFactor
from molosim.runtime.arrays import Columns, Floats
from molosim.trips import Body, Energy


class SpeedStop(EmissionModel):
    """Steady driving at the mean speed of each speed band, a charge per start from rest, idling.

    Each leg starts from rest, so a trip of n stops has n + 1 starts, taken to and from the trip's mean driven speed.
    With ``load`` consumption follows the mean load along the trip, with ``cold_start`` each trip begins cold, with
    ``electric_stops`` the starts of battery vehicles count too.
    """

    van: DieselClass = "Euro-6d"
    """Emission class of the diesel van whose polynomials count; other vehicles are scaled from it."""
    load: bool = False
    cold_start: bool = False
    electric_stops: bool = False
    acceleration: float = Field(default=factor.ACCELERATION.value, gt=0, le=5)
    """From a stop, m/s2."""
    deceleration: float = Field(default=factor.DECELERATION.value, gt=0, le=10)
    """To a stop, m/s2."""
    idle_l_per_h: float = Field(default=factor.IDLE_L_PER_H.value, ge=0, le=10)
    idle_share: float = Field(default=factor.IDLE_SHARE.value, ge=0, le=1)
    """Of the handling time, with the engine on."""
    label: str = "speed and stops"
    fuels: FuelChain = "defra"

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
        driving = (factor.ACCELERATION, factor.DECELERATION, factor.IDLE_L_PER_H, factor.IDLE_SHARE, factor.TRUCK_SCALE)
        corrections = (factor.LOAD_EFFECT, factor.HALF_LOAD) * self.load + cold.SOURCES * self.cold_start
        corrections += electric.STOP_SOURCES * self.electric_stops
        others = (*FUELS[self.fuels].sources, *OTHER_CARRIERS, *electric.SOURCES)
        return *_coefficients(self.van), *_air(self.van), *driving, *corrections, *others

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """As in `EmissionModel`."""
        trips = Trips.of(trips)
        litres = self._van_kg(trips) / FUELS[self.fuels].ttw_kg_per_l * times_a_van(trips, vehicles)
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
            fuels=FUELS[self.fuels],
            air=(exhaust(trips, vehicles, self._driving_g(trips, "nox")), self._particles_g(trips, vehicles)),
        )

    def _van_kg(self, trips: Trips) -> Floats:
        """CO2 of each trip if a diesel van had made it, kg tank-to-wheel."""
        idle_l = self.idle_share * trips.floats("service_s") / 3600 * self.idle_l_per_h
        return self._driving_g(trips, "co2") / 1000 + idle_l * FUELS[self.fuels].ttw_kg_per_l

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
        grams = unknown(trips)
        for vehicle, rows in trips.by_type(vehicles):
            if vehicle.body == Body.VAN and vehicle.energy != Energy.HVO100:
                van = self.van if vehicle.energy == Energy.DIESEL else "electric"
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


BUILT_IN = {
    "speed_stop": SpeedStop(),
    "speed_stop_corrected": SpeedStop(
        load=True, cold_start=True, electric_stops=True, label="speed and stops, load and cold starts"
    ),
    "speed_stop_euro_6d_temp": SpeedStop(van="Euro-6d-temp", label="speed and stops, Euro 6d-temp"),
    "speed_stop_euro_6c": SpeedStop(van="Euro-6c", label="speed and stops, Euro 6c"),
    "speed_stop_euro_6ab": SpeedStop(van="Euro-6ab", label="speed and stops, Euro 6a and 6b"),
    "speed_stop_euro_5": SpeedStop(van="Euro-5", label="speed and stops, Euro 5"),
}
