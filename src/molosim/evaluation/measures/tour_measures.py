"""Tours one by one: how full vans are, what waste adds to them, how long tours are, which rules they break."""

from __future__ import annotations

from functools import partial

import numpy as np

from molosim.evaluation.run_view import PURPOSES, Measure, RunView, described, ratio
from molosim.trips import VAN_PURPOSES, Purpose

MEASURES: list[Measure] = []
measure = partial(described, MEASURES)
_BREACHES = {
    "adr": "ADR points",
    "mass": "vehicle's payload",
    "volume": "vehicle's volume",
    "shift": "length of shift",
    "range": "tours that took more than the vehicle's battery had",
    "tender": "visits of boxes by vehicles that may not come there",
    "age": "age of stored waste",
}


def _with_waste(a: RunView) -> float:
    return float((a.trip_values("waste_g", *VAN_PURPOSES) > 0).sum())


def _mean(column: str, a: RunView) -> float:
    values = a.trip_values(column, *VAN_PURPOSES)
    return float(values.mean()) if values.size else float("nan")


@measure("min", better="less")
def detour_min_per_van_day(a: RunView) -> float:
    """Waste detour per van and day.

    Driving and handling added because of waste, by all vans' tours.
    """
    return ratio(a.trip_sum("detour_waste_s", *VAN_PURPOSES) / 60, a.trips(Purpose.DELIVERY))


@measure("%")
def waste_tours_share(a: RunView) -> float:
    """Delivery tours with waste on board.

    Share of vans' tours that brought waste back.
    """
    return 100 * ratio(_with_waste(a), a.trips(*VAN_PURPOSES))


@measure("kg")
def waste_kg_per_waste_tour(a: RunView) -> float:
    """Waste per tour that brings some.

    Mean over vans' tours with waste.
    """
    return ratio(a.trip_sum("waste_g", *VAN_PURPOSES) / 1000, _with_waste(a))


@measure("%")
def fill_start(a: RunView) -> float:
    """Vans' fill at departure.

    Parcels by volume, mean over tours.
    """
    return 100 * _mean("fill_start", a)


@measure("%")
def fill_peak(a: RunView) -> float:
    """Vans' highest fill.

    Parcels and waste at the fullest moment, mean over tours.
    """
    return 100 * _mean("fill_peak", a)


@measure("%")
def spare_used(a: RunView) -> float:
    """Vans' spare space used for waste.

    Outer volume of the containers taken, by the space free at departure.
    """
    return 100 * ratio(a.waste_l(), a.spare_l())


@measure("points", better="less")
def adr_points_max(a: RunView) -> float:
    """Most ADR points on one trip.

    ADR 1.1.3.6 allows 1,000 per transport unit without full ADR.
    """
    values = a.trip_values("waste_points_milli", *PURPOSES)
    return float(np.max(values, initial=0)) / 1000


@measure("km")
def km_per_delivery_tour(a: RunView) -> float:
    """Length of a delivery tour.

    Mean.
    """
    return ratio(a.trip_sum("metres", Purpose.DELIVERY) / 1000, a.trips(Purpose.DELIVERY))


@measure("stops")
def stops_per_delivery_tour(a: RunView) -> float:
    """Stops of a delivery tour.

    Homes and boxes, mean.
    """
    return ratio(a.trip_sum("stops", Purpose.DELIVERY), a.trips(Purpose.DELIVERY))


@measure("h")
def h_per_delivery_tour(a: RunView) -> float:
    """Duration of a delivery tour.

    From departure to return, mean.
    """
    return ratio(a.paid_h(Purpose.DELIVERY), a.trips(Purpose.DELIVERY))


@measure("km")
def km_per_collection_tour(a: RunView) -> float:
    """Length of a collection tour.

    Mean.
    """
    return ratio(a.trip_sum("metres", Purpose.COLLECTION) / 1000, a.trips(Purpose.COLLECTION))


@measure("boxes")
def stops_per_collection_tour(a: RunView) -> float:
    """Boxes on a collection tour.

    Mean.
    """
    return ratio(a.trip_sum("box_stops", Purpose.COLLECTION), a.trips(Purpose.COLLECTION))


@measure("kg")
def kg_per_collection_tour(a: RunView) -> float:
    """Waste on a collection tour.

    Mean.
    """
    return ratio(a.trip_sum("waste_g", Purpose.COLLECTION) / 1000, a.trips(Purpose.COLLECTION))


@measure("h")
def h_per_collection_tour(a: RunView) -> float:
    """Duration of a collection tour.

    From departure to return, mean.
    """
    return ratio(a.paid_h(Purpose.COLLECTION), a.trips(Purpose.COLLECTION))


@measure("kg")
def kg_per_transfer_run(a: RunView) -> float:
    """Waste on a transfer run.

    Mean.
    """
    return ratio(a.trip_sum("waste_g", Purpose.TRANSFER) / 1000, a.trips(Purpose.TRANSFER))


@measure("kWh")
def charged_kwh(a: RunView) -> float:
    """Charged into vehicles with batteries.

    From sockets at depots and on the way, as simulated; vehicles without a battery's size do not count.
    """
    return a.trip_sum("charged_kwh", *PURPOSES)


@measure("stops", better="less")
def charge_stops(a: RunView) -> float:
    """Charging stops on the way.

    During tours, the driver waiting.
    """
    return a.total("charge_stops")


@measure("h", better="less")
def charge_wait_h(a: RunView) -> float:
    """Drivers waiting for a free charger.

    During tours, beside the charging itself.
    """
    return a.total("charge_wait_s") / 3600


def _breach(key: str, what: str) -> Measure:
    name = f"breaches_{key}"
    return Measure(name, "breaches", f"Breaches: {what}", "Must be zero.", "less", lambda a: a.total(name))


MEASURES += [_breach(key, what) for key, what in _BREACHES.items()]
