"""The allocated account: a shared trip's CO2e split between parcels and waste by ISO 14083, and transport activity.

Never to be mixed with the marginal account: allocated figures of two alternatives differ by the rule of splitting, too.
"""

from __future__ import annotations

from molosim.evaluation.allocation import VARIANTS, WORDS
from molosim.evaluation.run_view import PURPOSES, Measure, RunView, ratio
from molosim.inputs.accounting import By


def _waste_per_kg(by: By, a: RunView) -> float:
    return ratio(a.allocated_kg(by)[1], a.kg("collected"))


def _per_parcel_g(by: By, a: RunView) -> float:
    return ratio(1000 * a.allocated_kg(by)[0], a.trip_sum("parcels_n", *PURPOSES))


def _of_variant(by: By) -> tuple[Measure, ...]:
    rule = f"Well-to-wheel; round trips whole, split by {WORDS[by]}"
    return (
        Measure(
            f"co2e_waste_per_kg_{by}",
            "kg CO2e/kg",
            f"Allocated CO2e per kilogram of waste, by {WORDS[by]}",
            f"{rule}; transfer runs included, by what left the boxes.",
            "less",
            lambda a: _waste_per_kg(by, a),
        ),
        Measure(
            f"co2e_per_parcel_{by}_g",
            "g CO2e",
            f"Allocated CO2e per parcel, by {WORDS[by]}",
            f"{rule}; parcels are home stops, and those brought to boxes or taken back from them.",
            "less",
            lambda a: _per_parcel_g(by, a),
        ),
    )


MEASURES = (
    Measure(
        "co2e_allocated_waste_kg",
        "kg CO2e",
        "Allocated CO2e of waste",
        "Waste's part of all operators' trips, well-to-wheel, by the scenario's own allocation.",
        "less",
        lambda a: a.allocated_kg()[1],
    ),
    Measure(
        "co2e_allocated_parcels_kg",
        "kg CO2e",
        "Allocated CO2e of parcels",
        "Parcels' part of all operators' trips, well-to-wheel, by the scenario's own allocation.",
        "less",
        lambda a: a.allocated_kg()[0],
    ),
    Measure(
        "co2e_waste_per_household_kg",
        "kg CO2e",
        "Allocated CO2e of waste per household",
        "By the households that the boxes serve, over the measured days, by the scenario's own allocation.",
        "less",
        lambda a: ratio(a.allocated_kg()[1], a.boxes("households")),
    ),
    *(measure for by in VARIANTS for measure in _of_variant(by)),
    Measure(
        "tkm_parcels",
        "tkm",
        "Transport activity, parcels",
        "Tonnes times shortest feasible distance from depot to stop.",
        None,
        lambda a: a.tkm()[0],
    ),
    Measure(
        "tkm_waste",
        "tkm",
        "Transport activity, waste",
        "Tonnes times shortest feasible distance, from box to store or reception and from store to reception.",
        None,
        lambda a: a.tkm()[1],
    ),
    Measure(
        "co2e_per_tkm_kg",
        "kg CO2e/tkm",
        "Emission intensity of transport",
        "All operators' CO2e well-to-wheel by their transport activity.",
        "less",
        lambda a: ratio(a.co2e_kg(*PURPOSES), sum(a.tkm())),
    ),
)
