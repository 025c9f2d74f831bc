"""Figures that emissions rest on, each with its source and how certain it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Certainty = Literal["R", "R2", "C", "GK"]

CERTAINTY: Mapping[Certainty, str] = MappingProxyType(
    {
        "R": "read in the source",
        "R2": "second-hand",
        "C": "computed",
        "GK": "assumption",
    }
)
"""Certainty of a figure, spelled out."""


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """One figure that emissions rest on."""

    name: str
    value: float
    unit: str
    certainty: Certainty
    source: str
    facts: str = ""
    """Id in the bundled facts; empty where they have no such figure."""


DIESEL_TTW = EmissionFactor(
    "diesel B7, tank-to-wheel",
    2.571,
    "kg CO2e/L",
    "R2",
    "DEFRA 2025 conversion factors; check: Danish Q8 gives 3.24 kg/L well-to-wheel (V1) against 3.198 here",
    "V2",
)
DIESEL_WTT = EmissionFactor("diesel B7, well-to-tank", 0.627, "kg CO2e/L", "R2", "DEFRA 2025 conversion factors", "V2")
DIESEL_WTW_DANISH = EmissionFactor(
    "diesel B7, well-to-wheel, Danish", 3.24, "kg CO2e/L", "R", "q8.dk, validated by Energistyrelsen 2022", "V1"
)
DIESEL_BIOGENIC = EmissionFactor(
    "diesel B7, biogenic CO2 at the exhaust",
    0.175,
    "kg CO2/L",
    "GK",
    "7 % by volume of biodiesel at 2.5 kg/L; the most that B7 may hold",
)
DIESEL_MJ_TTW = EmissionFactor("diesel B7, tank-to-wheel by energy", 74.22, "g CO2e/MJ", "R2", "JEC v5", "V15")
DIESEL_MJ_WTT = EmissionFactor("diesel B7, well-to-tank by energy", 18.9, "g CO2e/MJ", "R2", "JEC v5", "V15")
DIESEL_MJ = EmissionFactor("energy in diesel B7", 35.7, "MJ/L", "R", "q8.dk, validated by Energistyrelsen 2022", "V1")
HVO_MJ = EmissionFactor("energy in HVO100", 34.3, "MJ/L", "R", "q8.dk 2022", "V3")
HVO_WTW = EmissionFactor("HVO100, well-to-wheel", 0.24, "kg CO2e/L", "R", "q8.dk 2022", "V3")
HVO_TTW = EmissionFactor(
    "HVO100, tank-to-wheel", 0.0, "kg CO2e/L", "GK", "convention: biogenic CO2 counts as zero at the exhaust"
)
HVO_BIOGENIC = EmissionFactor(
    "HVO100, biogenic CO2 at the exhaust", 2.43, "kg CO2/L", "GK", "70.8 g/MJ at 34.3 MJ/L; all carbon is from biomass"
)
VAN_FLAT = EmissionFactor(
    "diesel van class III, average", 0.280, "kg CO2e/km TTW", "R2", "DEFRA conversion factors", "V4"
)
VAN_AVERAGE = EmissionFactor(
    "diesel van, average of all sizes", 0.25716, "kg CO2e/km TTW", "R2", "DEFRA conversion factors", "V4"
)
TRUCK_FLAT = EmissionFactor(
    "rigid truck 3.5-7.5 t, average laden", 0.499, "kg CO2e/km TTW", "R2", "DEFRA conversion factors", "V11"
)
TRUCK_SCALE = EmissionFactor(
    "truck over van in the same driving",
    TRUCK_FLAT.value / VAN_FLAT.value,
    "ratio",
    "C",
    "ratio of the two DEFRA averages; the van's shape over speed is taken for the truck",
    "V11/V4",
)
VAN_KWH = EmissionFactor(
    "battery-electric van, from the socket", 0.30, "kWh/km", "GK", "eSprinter tests 2022: 0.22-0.38", "V8"
)
GRID = EmissionFactor(
    "electricity, Denmark, yearly mean", 0.096, "kg CO2/kWh", "R", "Green Power Denmark 2023; taken as CO2e", "V9"
)
IDLE_L_PER_H = EmissionFactor(
    "idling",
    1.0,
    "L/h",
    "GK",
    "0.6-1.5 L/h; the HBEFA constant (6.3 kg CO2/h) overstates idling, so it is not used for it",
    "V7",
)
IDLE_SHARE = EmissionFactor("share of handling time with the engine on", 0.0, "share", "GK", "engine off at stops")
ACCELERATION = EmissionFactor("acceleration from a stop", 1.0, "m/s2", "GK", "usual for a loaded van in town")
DECELERATION = EmissionFactor("braking to a stop", 1.5, "m/s2", "GK", "usual in town; no CO2 while coasting or braking")
CAR_TTW = EmissionFactor("residents' car, tank-to-wheel", 0.160, "kg CO2e/km", "GK", "average car of today's fleet")
CAR_WTT = EmissionFactor(
    "residents' car, well-to-tank", 0.040, "kg CO2e/km", "GK", "a quarter of tank-to-wheel, as for diesel"
)

BATTERY_CURVE = EmissionFactor(
    "battery-electric van N1-III at 30 km/h, out of the battery",
    0.250,
    "kWh/km",
    "R2",
    "EMEP/EEA guidebook 2023 (update 2025), appendix 4: a curve over mean trip speed; 0.258 at 50, 0.325 at 80 km/h",
    "V16",
)
CHARGING_LOSS = EmissionFactor(
    "loss between socket and battery", 0.07, "share", "R2", "ADAC: 5.1-7.0 % at a wall box of 11 kW", "V17"
)
LOAD_EFFECT = EmissionFactor(
    "consumption of a full van over an empty one",
    0.05,
    "share",
    "R2",
    "bound for vans from the guidebook's for lorries (up to 13 %); the guidebook itself has none for vans",
    "V13",
)
HALF_LOAD = EmissionFactor(
    "share of the payload at which curves hold", 0.5, "share", "GK", "the guidebook's default for lorries"
)
BASE_KW = EmissionFactor("lights, fans and computers of an electric van", 0.3, "kW", "GK", "0.3-0.5 kW is usual")
HEATING_KW_PER_K = EmissionFactor(
    "heating of an electric van for each degree below 18",
    0.07,
    "kW/K",
    "GK",
    "0.6 kW at 10 degrees, 1.3 kW at freezing",
)
COOLING_KW_PER_K = EmissionFactor(
    "cooling of an electric van for each degree above 22", 0.07, "kW/K", "GK", "as for heating"
)
STOP_KG = EmissionFactor("mass of a delivery van on tour", 3000.0, "kg", "GK", "half load of a van of 3.5 t")
DRIVE_EFFICIENCY = EmissionFactor("battery to wheels of an electric van", 0.85, "share", "GK", "0.8-0.9 is usual")
RECUPERATION = EmissionFactor(
    "kinetic energy that braking an electric van saves", 0.6, "share", "GK", "0.5-0.7 is usual in town"
)
BIKE_KWH = EmissionFactor(
    "cargo bike, from the socket", 0.047, "kWh/km", "C", "4.5 g CO2/km (V12) at 96 g/kWh (V9)", "V12/V9"
)
CHARGE_KW = EmissionFactor("charging where a trip says no power", 11.0, "kW", "GK", "a usual wall box")

DIESEL_CURVE = EmissionFactor(
    "diesel van N1-III at 30 km/h",
    3.12,
    "MJ/km",
    "R2",
    "EMEP/EEA guidebook 2023 (update 2025), appendix 4, Euro 7: a curve over mean trip speed; 2.73 at 80 km/h",
    "V5",
)
NOX_CURVE = EmissionFactor(
    "NOx of a diesel van N1-III at 30 km/h",
    0.090,
    "g/km",
    "R2",
    "EMEP/EEA guidebook 2023 (update 2025), appendix 4, Euro 7: projected from its limits, not measured",
    "V20",
)
COLD_KM = EmissionFactor(
    "cold distance of a start, at most", 3.5, "km", "R2", "EMEP/EEA guidebook, at 10 degrees", "V14"
)
COLD_RATIO = EmissionFactor(
    "cold over hot consumption at 10 degrees", 1.26, "ratio", "R2", "EMEP/EEA guidebook: 1.34 - 0.008 t", "V18"
)
CAR_PETROL_TTW = EmissionFactor(
    "petrol car, tank-to-wheel", 0.165, "kg CO2e/km", "GK", "average petrol car of today's fleet"
)
CAR_PETROL_WTT = EmissionFactor(
    "petrol car, well-to-tank", 0.045, "kg CO2e/km", "GK", "a good quarter of tank-to-wheel"
)
CAR_DIESEL_TTW = EmissionFactor(
    "diesel car, tank-to-wheel", 0.170, "kg CO2e/km", "GK", "average diesel car of today's fleet"
)
CAR_DIESEL_WTT = EmissionFactor("diesel car, well-to-tank", 0.041, "kg CO2e/km", "GK", "as diesel B7's share (V2)")
CAR_KWH = EmissionFactor("electric car, from the socket", 0.19, "kWh/km", "GK", "0.15-0.24 over a year")
BUS_WTW = EmissionFactor(
    "bus, per passenger", 0.100, "kg CO2e/km", "GK", "diesel bus with few passengers; electric ones less"
)
