"""CO2e by who causes it, tank-to-wheel and well-to-wheel, by each emission model.

This is the marginal account: the whole city's total of one alternative minus that of another is what the
choice changes. No tour's CO2e is split between parcels and waste.
"""

from __future__ import annotations

from typing import Literal

from molosim.emissions import MODELS
from molosim.measures.account import PURPOSES, VAN_PURPOSES, Account, Measure, ratio

Scope = Literal["ttw", "wtw"]
SCOPES: tuple[tuple[Scope, str], ...] = (("wtw", "well-to-wheel"), ("ttw", "tank-to-wheel"))
SOURCES = (
    ("vans", "delivery vans", VAN_PURPOSES),
    ("collection", "collection vehicles", ("collection",)),
    ("transfer", "transfer runs", ("transfer",)),
    ("operations", "all operators", PURPOSES),
)


def _city(scope: Scope, model: str | None, a: Account) -> float:
    return a.co2e_kg(*PURPOSES, scope=scope, model=model) + a.residents_co2e_kg(scope=scope)


def _g_per_km(a: Account, *purposes: str) -> float:
    return ratio(1000 * a.co2e_kg(*purposes, scope="ttw"), a.trip_sum("metres", *purposes) / 1000)


def _of_scope(scope: Scope, words: str) -> tuple[Measure, ...]:
    return (
        Measure(
            f"co2e_{scope}_city_kg",
            "kg CO2e",
            f"CO2e of the whole city, {words}",
            "All operators plus residents' car trips made for waste alone.",
            "less",
            lambda a: _city(scope, None, a),
        ),
        *(
            Measure(
                f"co2e_{scope}_{key}_kg",
                "kg CO2e",
                f"CO2e of {who}, {words}",
                "By the scenario's own emission model.",
                "less",
                lambda a, purposes=purposes: a.co2e_kg(*purposes, scope=scope),  # type: ignore[misc]
            )
            for key, who, purposes in SOURCES
        ),
        Measure(
            f"co2e_{scope}_residents_kg",
            "kg CO2e",
            f"CO2e of residents' cars, {words}",
            "Car trips to recycling centres made for waste alone.",
            "less",
            lambda a: a.residents_co2e_kg(scope=scope),
        ),
    )


def _of_model(name: str, label: str) -> tuple[Measure, ...]:
    return tuple(
        Measure(
            f"co2e_{scope}_city_{name}_kg",
            "kg CO2e",
            f"CO2e of the whole city, {words}, model '{label}'",
            "As the city's total, by this emission model.",
            "less",
            lambda a, scope=scope: _city(scope, name, a),  # type: ignore[misc]
        )
        for scope, words in SCOPES
    )


MEASURES = (
    *(measure for scope, words in SCOPES for measure in _of_scope(scope, words)),
    *(measure for name, model in MODELS.items() for measure in _of_model(name, model.label)),
    Measure(
        "g_per_km_vans",
        "g/km",
        "CO2 of delivery vans per km",
        "Tank-to-wheel.",
        "less",
        lambda a: _g_per_km(a, *VAN_PURPOSES),
    ),
    Measure(
        "g_per_km_collection",
        "g/km",
        "CO2 of collection vehicles per km",
        "Tank-to-wheel.",
        "less",
        lambda a: _g_per_km(a, "collection"),
    ),
    Measure(
        "g_per_km_transfer",
        "g/km",
        "CO2 of transfer runs per km",
        "Tank-to-wheel.",
        "less",
        lambda a: _g_per_km(a, "transfer"),
    ),
)
