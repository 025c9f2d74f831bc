"""Hand-made tables: every column at zero but for what a test says."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from molosim.inputs.boxes import FRACTIONS, BoxDesign, Boxes
from molosim.inputs.emission_settings import Emissions
from molosim.inputs.fleet import VehicleType
from molosim.inputs.scenario import Horizon, Scenario
from molosim.routing.haulage import HAULAGE

TRIP_TEXT = ("operator", "vehicle_type", "purpose")
TRIP_NUMBERS = (
    "day",
    "depart_s",
    "return_s",
    "metres",
    "driving_s",
    "service_s",
    "stops",
    "box_stops",
    "detour_parcel_m",
    "detour_parcel_s",
    "detour_waste_m",
    "detour_waste_s",
    "waste_g",
    "waste_containers",
    "waste_points_milli",
    "parcels_l",
    "fill_start",
    "fill_peak",
    "breakdown",
    "charge_start_s",
    "charge_kw",
    "charged_kwh",
    *HAULAGE,
    *(f"{what}_b{band}" for band in range(7) for what in ("metres", "seconds")),
)
BOX_NUMBERS = (
    "households",
    "walk_m",
    "taking_part_parcels",
    "taking_part_waste",
    "parcels_in",
    "parcels_placed",
    "parcels_redirected",
    "parcels_fetched",
    "parcels_expired",
    "parcels_returned",
    "parcels_waiting",
    "parcels_inside",
    "sends_offered",
    "sends_accepted",
    "sends_refused",
    "sends_collected",
    "dwell_h",
    "parcel_doors",
    "occupied_door_h",
    "open_h",
    "blocked_h",
    "visits_van",
    "visits_collection",
    "pickups",
    "containers",
    "car_trips",
    "own_car_trips",
    "car_m",
    "centre_m",
    "car_s",
    *(f"centre_n_{fraction}" for fraction in FRACTIONS),
    *(
        f"{what}_g_{fraction}"
        for what in ("offered", "stored", "refused", "moved", "centre", "residual", "collected", "inside", "home")
        for fraction in FRACTIONS
    ),
)


def trips_of(*rows: dict[str, object]) -> dict[str, np.ndarray]:
    text = {
        c: np.array([row.get(c, "van" if c == "vehicle_type" else "a") for row in rows], dtype=object)
        for c in TRIP_TEXT
    }
    return text | {c: np.array([row.get(c, 0) for row in rows]) for c in TRIP_NUMBERS}


def boxes_of(*rows: dict[str, float]) -> dict[str, np.ndarray]:
    return {c: np.array([row.get(c, 0) for row in rows]) for c in BOX_NUMBERS}


@pytest.fixture
def tables() -> Callable[..., SimpleNamespace]:
    """``tables(trips=[...], boxes=[...], **totals)``."""

    def build(
        *, trips: list[dict[str, object]] = (), boxes: list[dict[str, float]] = (), **totals: float
    ) -> SimpleNamespace:
        return SimpleNamespace(trips=trips_of(*trips), boxes=boxes_of(*boxes), charges={}, totals=totals)

    return build


@pytest.fixture
def scenario() -> Scenario:
    """What measures read of a scenario: round prices, one van and one truck, a container of 57.456 litres."""
    common = {"payload_kg": 900, "energy": "diesel"}
    vehicles = {
        "van": VehicleType(volume_l=10_000, body="van", cost_per_km=1, cost_per_h=30, **common),
        "truck": VehicleType(volume_l=20_000, body="truck", cost_per_km=2, cost_per_h=60, **common),
    }
    door = {"size": "M", "width_cm": 60, "depth_cm": 60, "height_cm": 40, "mass_limit_kg": 20}
    container = {"width_cm": 57, "depth_cm": 36, "height_cm": 28, "mass_limit_kg": 4}
    design = BoxDesign.model_validate(
        {"parcel_doors": [door], "waste_doors": [{"fractions": ["hazardous"], "door": door, "container": container}]}
    )
    return Scenario.model_construct(
        carriers=(),
        vehicles=vehicles,
        emissions=Emissions(model="flat"),
        horizon=Horizon(start=date(2025, 1, 6), warmup_days=0, days=7),
        boxes=Boxes.model_construct(designs={"small": design}),
    )
