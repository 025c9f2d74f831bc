"""What was driven, as energy and CO2e: pure functions of the trip table, each figure with its source."""

from __future__ import annotations

from molosim.emissions.conditions import Conditions
from molosim.emissions.factors import CERTAINTY, GRID, HVO_WTW, IDLE_L_PER_H, TRUCK_FLAT, VAN_FLAT, VAN_KWH, Factor
from molosim.emissions.models import (
    HBEFA,
    MODELS,
    EmissionModel,
    Flat,
    Floats,
    SpeedStop,
    car_co2e_kg,
    factors,
    van_g_per_s,
    van_start_g,
    van_stop_g,
)

__all__ = [
    "CERTAINTY",
    "GRID",
    "HBEFA",
    "HVO_WTW",
    "IDLE_L_PER_H",
    "MODELS",
    "TRUCK_FLAT",
    "VAN_FLAT",
    "VAN_KWH",
    "Conditions",
    "EmissionModel",
    "Factor",
    "Flat",
    "Floats",
    "SpeedStop",
    "car_co2e_kg",
    "factors",
    "van_g_per_s",
    "van_start_g",
    "van_stop_g",
]
