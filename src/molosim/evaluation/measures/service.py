"""What residents get: where their waste goes, their parcels, the boxes' doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from molosim.evaluation.run_view import Measure, RunView, ratio
from molosim.inputs.boxes import FRACTIONS
from molosim.trips import VAN_PURPOSES, Purpose

Better = Literal["less", "more"] | None

_FATES: tuple[tuple[str, str, str, Better], ...] = (
    ("offered", "Waste offered to boxes", "Deposits that residents set out to bring to a box.", None),
    ("stored", "Waste put into boxes", "Deposits that found room.", "more"),
    ("collected", "Waste collected from boxes", "Taken out by vans or collection vehicles.", "more"),
    ("refused", "Waste refused", "Every attempt that found no room; one deposit may count more than once.", "less"),
    ("moved", "Waste walked to another box", "Refused deposits carried on to another box.", "less"),
    ("centre", "Waste brought to recycling centres", "By residents, where no box took it.", None),
    ("residual", "Waste lost to the residual bin", "Not treated properly.", "less"),
    ("inside", "Waste in boxes at the end", "Not yet collected on the last day.", None),
    ("home", "Waste kept at home at the end", "Refused, to be brought again.", None),
)


def _kg(column: str, label: str, definition: str, better: Better, *fractions: str) -> Measure:
    suffix = "".join(f"_{fraction}" for fraction in fractions)
    named = f"{label}: {', '.join(fractions)}" if fractions else label
    return Measure(f"waste_{column}{suffix}_kg", "kg", named, definition, better, lambda a: a.kg(column, *fractions))


def _refused_share(*fractions: str) -> Callable[[RunView], float]:
    def share(a: RunView) -> float:
        refused = a.kg("refused", *fractions)
        return 100 * ratio(refused, refused + a.kg("stored", *fractions))

    return share


def _treated_share(a: RunView) -> float:
    treated = a.kg("stored") + a.kg("centre")
    return 100 * ratio(treated, treated + a.kg("residual"))


WASTE = (
    Measure(
        "waste_treated_share",
        "%",
        "Share of waste that reaches treatment",
        "Put into a box or brought to a recycling centre, by these and what went to the residual bin.",
        "more",
        _treated_share,
    ),
    Measure(
        "refused_share",
        "%",
        "Attempts refused",
        "Kilograms refused by kilograms of all attempts at a box.",
        "less",
        _refused_share(),
    ),
    *(
        Measure(
            f"refused_share_{f}",
            "%",
            f"Attempts refused: {f}",
            "Kilograms refused by kilograms of all attempts.",
            "less",
            _refused_share(f),
        )
        for f in FRACTIONS
    ),
    *(_kg(column, label, text, better) for column, label, text, better in _FATES),
    *(_kg(column, label, text, better, f) for column, label, text, better in _FATES for f in FRACTIONS),
    Measure(
        "waste_by_vans_kg",
        "kg",
        "Waste taken by delivery vans",
        "Brought to a store or the reception on vans' tours.",
        None,
        lambda a: a.trip_sum("waste_g", *VAN_PURPOSES) / 1000,
    ),
    Measure(
        "waste_by_collection_kg",
        "kg",
        "Waste taken by collection vehicles",
        "Brought to the reception on collection tours.",
        None,
        lambda a: a.trip_sum("waste_g", Purpose.COLLECTION) / 1000,
    ),
    Measure(
        "waste_delivered_kg",
        "kg",
        "Waste handed over at the reception",
        "By vans, collection and transfer runs.",
        "more",
        lambda a: a.total_kg("delivered_g"),
    ),
    Measure(
        "waste_in_stores_kg",
        "kg",
        "Waste in carriers' stores at the end",
        "Not yet brought to the reception.",
        None,
        lambda a: a.total_kg("in_stores_g"),
    ),
    Measure("pickups", "visits", "Box visits that took waste", "By any vehicle.", None, lambda a: a.boxes("pickups")),
    Measure(
        "kg_per_pickup",
        "kg",
        "Waste per box visit that took some",
        "Mean.",
        None,
        lambda a: ratio(a.kg("collected"), a.boxes("pickups")),
    ),
    Measure("containers", "containers", "Waste containers exchanged", "All.", None, lambda a: a.boxes("containers")),
    Measure(
        "visits_van", "visits", "Vans' visits to boxes", "For parcels or waste.", None, lambda a: a.boxes("visits_van")
    ),
    Measure(
        "visits_collection",
        "visits",
        "Collection vehicles' visits to boxes",
        "All.",
        "less",
        lambda a: a.boxes("visits_collection"),
    ),
)


def _parcels(column: str, label: str, definition: str, better: Better) -> Measure:
    return Measure(f"parcels_{column}", "parcels", label, definition, better, lambda a: a.boxes(f"parcels_{column}"))


PARCELS = (
    Measure(
        "parcels_redirected_share",
        "%",
        "Parcels redirected to a shop",
        "By parcels for boxes.",
        "less",
        lambda a: 100 * ratio(a.boxes("parcels_redirected"), a.boxes("parcels_in")),
    ),
    _parcels("in", "Parcels for boxes", "Arrived at a carrier for a box.", None),
    _parcels("placed", "Parcels put into boxes", "Found a door.", "more"),
    _parcels("redirected", "Parcels redirected", "Found no door after all tries; gone to a parcel shop.", "less"),
    _parcels("fetched", "Parcels fetched", "By residents.", "more"),
    _parcels("expired", "Parcels expired", "Not fetched within the holding time.", "less"),
    _parcels("returned", "Parcels taken back", "Expired parcels taken along by vans.", None),
    _parcels("waiting", "Parcels waiting at the end", "At depots, for a door.", None),
    Measure(
        "dwell_h",
        "h",
        "Time in the box",
        "Mean of parcels fetched.",
        None,
        lambda a: ratio(a.boxes("dwell_h"), a.boxes("parcels_fetched")),
    ),
    Measure(
        "sends_offered",
        "parcels",
        "Sendings brought to boxes",
        "Returns and other sendings.",
        None,
        lambda a: a.boxes("sends_offered"),
    ),
    Measure(
        "sends_refused_share",
        "%",
        "Sendings refused",
        "No free door; by sendings brought.",
        "less",
        lambda a: 100 * ratio(a.boxes("sends_refused"), a.boxes("sends_offered")),
    ),
    Measure(
        "doors_occupied",
        "%",
        "Parcel doors occupied",
        "Door-hours with something inside by all door-hours.",
        None,
        lambda a: 100 * ratio(a.boxes("occupied_door_h"), _door_h(a)),
    ),
    Measure(
        "doors_blocked",
        "%",
        "Time with all parcel doors taken",
        "Hours by all box-hours.",
        "less",
        lambda a: 100 * ratio(a.boxes("blocked_h"), a.boxes("open_h")),
    ),
)


def _door_h(a: RunView) -> float:
    return float((a.tables.boxes["parcel_doors"].astype(float) * a.tables.boxes["open_h"].astype(float)).sum())


WALKS = (
    Measure(
        "households_served",
        "households",
        "Households that the boxes serve",
        "As the file of boxes has them.",
        None,
        lambda a: a.boxes("households"),
    ),
    Measure(
        "walk_m",
        "m",
        "Walk to the box",
        "To the nearest box by map.walk_source or the streets, mean of households served; homes: residents.walking.",
        None,
        lambda a: _per_household(a, "walk_m"),
    ),
    Measure(
        "taking_part_parcels",
        "%",
        "Households that use their box for parcels",
        "Of those served, by residents.walking.parcels.",
        None,
        lambda a: 100 * _per_household(a, "taking_part_parcels"),
    ),
    Measure(
        "taking_part_waste",
        "%",
        "Households that use their box for waste",
        "Of those served, by residents.walking.deposits.",
        None,
        lambda a: 100 * _per_household(a, "taking_part_waste"),
    ),
)


def _per_household(a: RunView, column: str) -> float:
    """Mean of a column of the boxes over their households, where it is known; older results lack the column."""
    if column not in a.tables.boxes:
        return float("nan")
    values = np.asarray(a.tables.boxes[column], np.float64)
    households = np.where(np.isfinite(values), np.asarray(a.tables.boxes["households"], np.float64), 0.0)
    return ratio(float(households @ np.nan_to_num(values)), float(households.sum()))


MEASURES = (*WASTE, *PARCELS, *WALKS)
