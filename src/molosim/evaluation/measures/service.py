"""What residents get: where their waste goes, their parcels, the boxes' doors."""

from __future__ import annotations

from functools import partial

import numpy as np

from molosim.evaluation.run_view import Better, Measure, RunView, described, ratio
from molosim.inputs.boxes import FRACTIONS
from molosim.trips import VAN_PURPOSES, Purpose

MEASURES: list[Measure] = []
measure = partial(described, MEASURES)
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
_PARCELS: tuple[tuple[str, str, str, Better], ...] = (
    ("in", "Parcels for boxes", "Arrived at a carrier for a box.", None),
    ("placed", "Parcels put into boxes", "Found a door.", "more"),
    ("redirected", "Parcels redirected", "Found no door after all tries; gone to a parcel shop.", "less"),
    ("fetched", "Parcels fetched", "By residents.", "more"),
    ("expired", "Parcels expired", "Not fetched within the holding time.", "less"),
    ("returned", "Parcels taken back", "Expired parcels taken along by vans.", None),
    ("waiting", "Parcels waiting at the end", "At depots, for a door.", None),
)


def _kg(column: str, label: str, definition: str, better: Better, *fractions: str) -> Measure:
    suffix = "".join(f"_{fraction}" for fraction in fractions)
    named = f"{label}: {', '.join(fractions)}" if fractions else label
    return Measure(f"waste_{column}{suffix}_kg", "kg", named, definition, better, lambda a: a.kg(column, *fractions))


def _parcels(column: str, label: str, definition: str, better: Better) -> Measure:
    return Measure(f"parcels_{column}", "parcels", label, definition, better, lambda a: a.boxes(f"parcels_{column}"))


def _refused_share(a: RunView, *fractions: str) -> float:
    refused = a.kg("refused", *fractions)
    return 100 * ratio(refused, refused + a.kg("stored", *fractions))


def _refused_share_of(fraction: str) -> Measure:
    label, definition = f"Attempts refused: {fraction}", "Kilograms refused by kilograms of all attempts."
    return Measure(f"refused_share_{fraction}", "%", label, definition, "less", lambda a: _refused_share(a, fraction))


def _per_household(a: RunView, column: str) -> float:
    """Mean of a column of the boxes over their households, where it is known."""
    values = np.asarray(a.tables.boxes[column], np.float64)
    households = np.where(np.isfinite(values), np.asarray(a.tables.boxes["households"], np.float64), 0.0)
    return ratio(float(households @ np.nan_to_num(values)), float(households.sum()))


@measure("%", better="more")
def waste_treated_share(a: RunView) -> float:
    """Share of waste that reaches treatment.

    Put into a box or brought to a recycling centre, by these and what went to the residual bin.
    """
    treated = a.kg("stored") + a.kg("centre")
    return 100 * ratio(treated, treated + a.kg("residual"))


@measure("%", better="less")
def refused_share(a: RunView) -> float:
    """Attempts refused.

    Kilograms refused by kilograms of all attempts at a box.
    """
    return _refused_share(a)


MEASURES += [_refused_share_of(fraction) for fraction in FRACTIONS]
MEASURES += [_kg(*fate) for fate in _FATES]
MEASURES += [_kg(*fate, fraction) for fate in _FATES for fraction in FRACTIONS]


@measure("kg")
def waste_by_vans_kg(a: RunView) -> float:
    """Waste taken by delivery vans.

    Brought to a store or the reception on vans' tours.
    """
    return a.trip_sum("waste_g", *VAN_PURPOSES) / 1000


@measure("kg")
def waste_by_collection_kg(a: RunView) -> float:
    """Waste taken by collection vehicles.

    Brought to the reception on collection tours.
    """
    return a.trip_sum("waste_g", Purpose.COLLECTION) / 1000


@measure("kg", better="more")
def waste_delivered_kg(a: RunView) -> float:
    """Waste handed over at the reception.

    By vans, collection and transfer runs.
    """
    return a.total_kg("delivered_g")


@measure("kg")
def waste_in_stores_kg(a: RunView) -> float:
    """Waste in carriers' stores at the end.

    Not yet brought to the reception.
    """
    return a.total_kg("in_stores_g")


@measure("visits")
def pickups(a: RunView) -> float:
    """Box visits that took waste.

    By any vehicle.
    """
    return a.boxes("pickups")


@measure("kg")
def kg_per_pickup(a: RunView) -> float:
    """Waste per box visit that took some.

    Mean.
    """
    return ratio(a.kg("collected"), a.boxes("pickups"))


@measure("containers")
def containers(a: RunView) -> float:
    """Waste containers exchanged.

    All.
    """
    return a.boxes("containers")


@measure("visits")
def visits_van(a: RunView) -> float:
    """Vans' visits to boxes.

    For parcels or waste.
    """
    return a.boxes("visits_van")


@measure("visits", better="less")
def visits_collection(a: RunView) -> float:
    """Collection vehicles' visits to boxes.

    All.
    """
    return a.boxes("visits_collection")


@measure("%", better="less")
def parcels_redirected_share(a: RunView) -> float:
    """Parcels redirected to a shop.

    By parcels for boxes.
    """
    return 100 * ratio(a.boxes("parcels_redirected"), a.boxes("parcels_in"))


MEASURES += [_parcels(*counted) for counted in _PARCELS]


@measure("h")
def dwell_h(a: RunView) -> float:
    """Time in the box.

    Mean of parcels fetched.
    """
    return ratio(a.boxes("dwell_h"), a.boxes("parcels_fetched"))


@measure("parcels")
def sends_offered(a: RunView) -> float:
    """Sendings brought to boxes.

    Returns and other sendings.
    """
    return a.boxes("sends_offered")


@measure("%", better="less")
def sends_refused_share(a: RunView) -> float:
    """Sendings refused.

    No free door; by sendings brought.
    """
    return 100 * ratio(a.boxes("sends_refused"), a.boxes("sends_offered"))


@measure("%")
def doors_occupied(a: RunView) -> float:
    """Parcel doors occupied.

    Door-hours with something inside by all door-hours.
    """
    boxes = a.tables.boxes
    door_h = float((boxes["parcel_doors"].astype(float) * boxes["open_h"].astype(float)).sum())
    return 100 * ratio(a.boxes("occupied_door_h"), door_h)


@measure("%", better="less")
def doors_blocked(a: RunView) -> float:
    """Time with all parcel doors taken.

    Hours by all box-hours.
    """
    return 100 * ratio(a.boxes("blocked_h"), a.boxes("open_h"))


@measure("households")
def households_served(a: RunView) -> float:
    """Households that the boxes serve.

    As the file of boxes has them.
    """
    return a.boxes("households")


@measure("m")
def walk_m(a: RunView) -> float:
    """Walk to the box.

    To the nearest box by map.walk_source or the streets, mean of households served; homes: residents.walking.
    """
    return _per_household(a, "walk_m")


@measure("%")
def taking_part_parcels(a: RunView) -> float:
    """Households that use their box for parcels.

    Of those served, by residents.walking.parcels.
    """
    return 100 * _per_household(a, "taking_part_parcels")


@measure("%")
def taking_part_waste(a: RunView) -> float:
    """Households that use their box for waste.

    Of those served, by residents.walking.deposits.
    """
    return 100 * _per_household(a, "taking_part_waste")
