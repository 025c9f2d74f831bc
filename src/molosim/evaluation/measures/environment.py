"""CO2e by who causes it, from tank and from well to wheel, by each emission model; energy; what else leaves exhausts.

This is the marginal account: the whole city's total of one alternative minus that of another is what the
choice changes. No tour's CO2e is split between parcels and waste. Vans' side and residents' side stand apart, since
the second may well be the larger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np

from molosim.emissions import MODELS, EmissionModel, cars
from molosim.evaluation.run_view import PURPOSES, Measure, RunView, described, ratio
from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.arrays import Floats
from molosim.trips import VAN_PURPOSES, Purpose

Scope = Literal["ttw", "wtw"]
SCOPES: tuple[tuple[Scope, str], ...] = (("wtw", "well-to-wheel"), ("ttw", "tank-to-wheel"))
SOURCES = (
    ("vans", "delivery vans", VAN_PURPOSES),
    ("collection", "collection vehicles", (Purpose.COLLECTION,)),
    ("transfer", "transfer runs", (Purpose.TRANSFER,)),
    ("operations", "all operators", PURPOSES),
)
NAN = float("nan")
MEASURES: list[Measure] = []
measure = partial(described, MEASURES)


def _city(scope: Scope, model: EmissionModel | None, a: RunView) -> float:
    return a.co2e_kg(*PURPOSES, scope=scope, model=model) + a.residents_co2e_kg(scope=scope, model=model)


def _g_per_km(a: RunView, *purposes: str) -> float:
    return ratio(1000 * a.co2e_kg(*purposes, scope="ttw"), a.trip_sum("metres", *purposes) / 1000)


def _band() -> Mapping[str, Callable[[RunView, EmissionModel | None], float]]:
    """Measures of CO2e that each emission model gives."""
    of: dict[str, Callable[[RunView, EmissionModel | None], float]] = {}
    for scope, _ in SCOPES:
        of[f"co2e_{scope}_city_kg"] = lambda a, model, scope=scope: _city(scope, model, a)  # type: ignore[misc]
        for key, _, purposes in SOURCES:
            of[f"co2e_{scope}_{key}_kg"] = lambda a, model, scope=scope, purposes=purposes: a.co2e_kg(  # type: ignore[misc]
                *purposes, scope=scope, model=model
            )
        of[f"co2e_{scope}_residents_kg"] = lambda a, model, scope=scope: a.residents_co2e_kg(scope=scope, model=model)  # type: ignore[misc]
    return MappingProxyType(of)


BAND = _band()
"""What the band over emission models holds: a measure of CO2e by a model, or as the scenario says, by its name."""


def _of_boxes(a: RunView, column: str) -> Floats:
    return a.tables.boxes[column].astype(np.float64)


def _without_car(a: RunView) -> Floats:
    """Trips of each box's residents; every deposit brought to a centre is one."""
    brought = sum((_of_boxes(a, f"centre_n_{fraction}") for fraction in FRACTIONS), start=np.zeros(1))
    return brought - _of_boxes(a, "car_trips")


def _of_scope(scope: Scope, words: str) -> tuple[Measure, ...]:
    about = (
        ("city", "the whole city", "All operators plus residents' car trips made for waste alone."),
        *((key, who, "By the scenario's own emission model.") for key, who, _ in SOURCES),
        ("residents", "residents' cars", "Car trips to recycling centres made for waste alone."),
    )
    return tuple(
        _own(f"co2e_{scope}_{key}_kg", f"CO2e of {who}, {words}", definition) for key, who, definition in about
    )


def _own(name: str, label: str, definition: str) -> Measure:
    """What the band has by each emission model, as the scenario says."""
    return Measure(name, "kg CO2e", label, definition, "less", lambda a: BAND[name](a, None))


def _of_model(name: str, model: EmissionModel) -> tuple[Measure, ...]:
    return tuple(
        Measure(
            f"co2e_{scope}_city_{name}_kg",
            "kg CO2e",
            f"CO2e of the whole city, {words}, model '{model.label}'",
            "As the city's total, by this emission model.",
            "less",
            lambda a, scope=scope: _city(scope, model, a),  # type: ignore[misc]
        )
        for scope, words in SCOPES
    )


def _amount(name: str, unit: str, what: str, label: str, definition: str) -> Measure:
    return Measure(name, unit, f"{label}, all operators", definition, "less", lambda a: a.emitted_sum(what, *PURPOSES))


def _of_vans(name: str, what: str, label: str, definition: str) -> Measure:
    return Measure(
        name,
        "g",
        f"{label} of delivery vans",
        definition,
        "less",
        lambda a: a.emitted_sum(what, *VAN_PURPOSES),
    )


def _intensity(key: str, who: str, purposes: tuple[str, ...]) -> Measure:
    label = f"CO2 of {who} per km"
    return Measure(f"g_per_km_{key}", "g/km", label, "Tank-to-wheel.", "less", lambda a: _g_per_km(a, *purposes))


MEASURES += [of_who for scope, words in SCOPES for of_who in _of_scope(scope, words)]
MEASURES += [of_city for name, model in MODELS.items() for of_city in _of_model(name, model)]


@measure("kg CO2e", better="less")
def co2e_wtw_residents_all_kg(a: RunView) -> float:
    """CO2e of residents' cars, all trips with waste, well-to-wheel.

    As if every car trip with waste were made for it alone: the most that residents' side can be.
    """
    # As if every car trip with waste were made for the waste.
    if "centre_m" not in a.tables.boxes:
        return NAN
    every, each_m = _of_boxes(a, "car_trips"), _of_boxes(a, "centre_m")
    cold_start = a.scenario.emissions.model.cold_cars
    found = cars.emit(every * each_m, every, a.scenario.emissions.cars, a.conditions, cold_start=cold_start)
    return float(found.wtw_kg.sum())


@measure("kg CO2e", better="less")
def co2e_wtw_residents_cold_kg(a: RunView) -> float:
    """CO2e of residents' cold starts, well-to-wheel.

    What cold starts add to residents' cars; in the totals only of models that have cold starts.
    """
    return float((a.residents(cold_start=True).wtw_kg - a.residents(cold_start=False).wtw_kg).sum())


@measure("kg CO2e", better="less")
def co2e_wtw_residents_bus_kg(a: RunView) -> float:
    """CO2e of residents by bus, well-to-wheel.

    Bus passengers to the recycling centre for waste alone; in no total, since the bus runs anyway.
    """
    # Passengers travel for the waste alone as often as drivers do, and as far.
    share = a.scenario.emissions.bus_share
    if share and "centre_m" not in a.tables.boxes:
        return NAN
    alone = ratio(a.boxes("own_car_trips"), a.boxes("car_trips"))
    return float(cars.bus_kg(share * alone * _without_car(a) * _of_boxes(a, "centre_m")).sum()) if share else 0.0


@measure("trips")
def trips_residents_without_car(a: RunView) -> float:
    """Residents' trips with waste, without a car.

    On foot, by bicycle or bus to a recycling centre with waste that found no box.
    """
    return float(_without_car(a).sum())


MEASURES += [
    _amount("diesel_l", "l", "diesel_l", "Diesel B7", "Litres."),
    _amount("hvo_l", "l", "hvo_l", "HVO100", "Litres."),
    _amount("electricity_kwh", "kWh", "kwh", "Electricity", "From the socket, with the losses of charging."),
    _amount(
        "co2_biogenic_kg",
        "kg CO2",
        "biogenic_kg",
        "Biogenic CO2",
        "CO2 at the exhaust from biomass in the fuel; in neither of the CO2e totals.",
    ),
    _of_vans("nox_vans_g", "nox_g", "NOx", "At the exhaust; only where the model's source has it for every van."),
    _of_vans(
        "particles_vans_g",
        "particles_g",
        "Particles",
        "Of exhausts, tyres, brakes and road; only where the model's source has them for every van.",
    ),
]
MEASURES += [
    _intensity("vans", "delivery vans", VAN_PURPOSES),
    _intensity("collection", "collection vehicles", (Purpose.COLLECTION,)),
    _intensity("transfer", "transfer runs", (Purpose.TRANSFER,)),
]
