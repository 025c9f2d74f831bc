"""Residents' cars on the way to the recycling centre: fuels, cold starts, and who comes without a car."""

from __future__ import annotations

import numpy as np

from molosim.emissions import cold
from molosim.emissions import sources as factor
from molosim.emissions.conditions import Conditions
from molosim.emissions.emitted import Emitted
from molosim.emissions.sources import EmissionFactor
from molosim.inputs.emission_settings import Cars
from molosim.runtime.arrays import Floats

SOURCES: tuple[EmissionFactor, ...] = (
    factor.CAR_TTW, factor.CAR_WTT, factor.CAR_PETROL_TTW, factor.CAR_PETROL_WTT, factor.CAR_DIESEL_TTW,
    factor.CAR_DIESEL_WTT, factor.CAR_KWH, factor.GRID, factor.BUS_WTW,
)  # fmt: skip
_BURNT = {
    "petrol": (factor.CAR_PETROL_TTW, factor.CAR_PETROL_WTT),
    "diesel": (factor.CAR_DIESEL_TTW, factor.CAR_DIESEL_WTT),
}


def emit(metres: Floats, trips: Floats, cars: Cars, conditions: Conditions, *, cold_start: bool) -> Emitted:
    """Energy and emissions of car trips there and back.

    Parameters
    ----------
    metres, trips
        Of all trips of a box's residents, f64[boxes].
    cars
        Their fuels.
    conditions
        Of the measured days; electricity counts at its mean over them, temperature too.
    cold_start
        Whether each trip begins cold; the way back does not, the stop between is short.
    """
    km = np.asarray(metres, dtype=np.float64) / 1000
    burnt_km = km * (1 + _cold_extra(km, trips, conditions)) if cold_start else km
    shares = cars.shares()
    ttw_per_km = wtt_per_km = 0.0
    for fuel, share in shares.items():
        if fuel in _BURNT:
            ttw, wtt = _BURNT[fuel]
            ttw_per_km, wtt_per_km = ttw_per_km + share * ttw.value, wtt_per_km + share * wtt.value
    if not shares:
        ttw_per_km, wtt_per_km = factor.CAR_TTW.value, factor.CAR_WTT.value
    kwh = km * shares.get("electricity", 0.0) * factor.CAR_KWH.value
    wtt_kg = burnt_km * wtt_per_km + kwh * float(conditions.grid_g_per_kwh.mean()) / 1000
    none, unknown = np.zeros_like(km), np.full_like(km, np.nan)
    return Emitted(burnt_km * ttw_per_km, wtt_kg, none, none, none, kwh, unknown, unknown)


def bus_kg(metres: Floats) -> Floats:
    """CO2e of passengers' metres by bus, well-to-wheel, kg."""
    return np.asarray(metres, dtype=np.float64) / 1000 * factor.BUS_WTW.value


def _cold_extra(km: Floats, trips: Floats, conditions: Conditions) -> Floats:
    """Share of their hot consumption that cold starts add, at the mean temperature."""
    each_km = np.divide(km, trips, out=np.zeros_like(km), where=np.asarray(trips) > 0)
    return cold.added_share(each_km, np.full_like(km, conditions.temperature_c.mean()))
