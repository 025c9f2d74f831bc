"""The allocated account: a shared trip's CO2e split between parcels and waste by ISO 14083, and transport activity.

Never to be mixed with the marginal account: allocated figures of two alternatives differ by the rule of splitting, too.
"""

from __future__ import annotations

from functools import partial

from molosim.evaluation.allocation import VARIANTS, WORDS
from molosim.evaluation.run_view import PURPOSES, Measure, RunView, described, ratio
from molosim.inputs.accounting import By

MEASURES: list[Measure] = []
measure = partial(described, MEASURES)


def _of_variant(by: By) -> tuple[Measure, ...]:
    rule = f"Well-to-wheel; round trips whole, split by {WORDS[by]}"
    return (
        Measure(
            f"co2e_waste_per_kg_{by}",
            "kg CO2e/kg",
            f"Allocated CO2e per kilogram of waste, by {WORDS[by]}",
            f"{rule}; transfer runs included, by what left the boxes.",
            "less",
            lambda a: ratio(a.allocated_kg(by)[1], a.kg("collected")),
        ),
        Measure(
            f"co2e_per_parcel_{by}_g",
            "g CO2e",
            f"Allocated CO2e per parcel, by {WORDS[by]}",
            f"{rule}; parcels are home stops, and those brought to boxes or taken back from them.",
            "less",
            lambda a: ratio(1000 * a.allocated_kg(by)[0], a.trip_sum("parcels_n", *PURPOSES)),
        ),
    )


@measure("kg CO2e", better="less")
def co2e_allocated_waste_kg(a: RunView) -> float:
    """Allocated CO2e of waste.

    Waste's part of all operators' trips, well-to-wheel, by the scenario's own allocation.
    """
    return a.allocated_kg()[1]


@measure("kg CO2e", better="less")
def co2e_allocated_parcels_kg(a: RunView) -> float:
    """Allocated CO2e of parcels.

    Parcels' part of all operators' trips, well-to-wheel, by the scenario's own allocation.
    """
    return a.allocated_kg()[0]


@measure("kg CO2e", better="less")
def co2e_waste_per_household_kg(a: RunView) -> float:
    """Allocated CO2e of waste per household.

    By the households that the boxes serve, over the measured days, by the scenario's own allocation.
    """
    return ratio(a.allocated_kg()[1], a.boxes("households"))


MEASURES += [of_split for by in VARIANTS for of_split in _of_variant(by)]


@measure("tkm")
def tkm_parcels(a: RunView) -> float:
    """Transport activity, parcels.

    Tonnes times shortest feasible distance from depot to stop.
    """
    return a.tkm()[0]


@measure("tkm")
def tkm_waste(a: RunView) -> float:
    """Transport activity, waste.

    Tonnes times shortest feasible distance, from box to store or reception and from store to reception.
    """
    return a.tkm()[1]


@measure("kg CO2e/tkm", better="less")
def co2e_per_tkm_kg(a: RunView) -> float:
    """Emission intensity of transport.

    All operators' CO2e well-to-wheel by their transport activity.
    """
    return ratio(a.co2e_kg(*PURPOSES), sum(a.tkm()))
