"""Tours one by one: how full vans are, what waste adds to them, how long tours are, which rules they break."""

from __future__ import annotations

import numpy as np

from molosim.evaluation.run_view import PURPOSES, Measure, RunView, ratio
from molosim.trips import VAN_PURPOSES, Purpose


def _van_days(a: RunView) -> int:
    return a.trips(Purpose.DELIVERY)


def _with_waste(a: RunView) -> float:
    return float((a.trip_values("waste_g", *VAN_PURPOSES) > 0).sum())


def _mean(column: str, a: RunView) -> float:
    values = a.trip_values(column, *VAN_PURPOSES)
    return float(values.mean()) if values.size else float("nan")


def _max_points(a: RunView) -> float:
    values = a.trip_values("waste_points_milli", *PURPOSES)
    return float(np.max(values, initial=0)) / 1000


VANS = (
    Measure(
        "detour_min_per_van_day",
        "min",
        "Waste detour per van and day",
        "Driving and handling added because of waste, by all vans' tours.",
        "less",
        lambda a: ratio(a.trip_sum("detour_waste_s", *VAN_PURPOSES) / 60, _van_days(a)),
    ),
    Measure(
        "waste_tours_share",
        "%",
        "Delivery tours with waste on board",
        "Share of vans' tours that brought waste back.",
        None,
        lambda a: 100 * ratio(_with_waste(a), a.trips(*VAN_PURPOSES)),
    ),
    Measure(
        "waste_kg_per_waste_tour",
        "kg",
        "Waste per tour that brings some",
        "Mean over vans' tours with waste.",
        None,
        lambda a: ratio(a.trip_sum("waste_g", *VAN_PURPOSES) / 1000, _with_waste(a)),
    ),
    Measure(
        "fill_start",
        "%",
        "Vans' fill at departure",
        "Parcels by volume, mean over tours.",
        None,
        lambda a: 100 * _mean("fill_start", a),
    ),
    Measure(
        "fill_peak",
        "%",
        "Vans' highest fill",
        "Parcels and waste at the fullest moment, mean over tours.",
        None,
        lambda a: 100 * _mean("fill_peak", a),
    ),
    Measure(
        "spare_used",
        "%",
        "Vans' spare space used for waste",
        "Outer volume of the containers taken, by the space free at departure.",
        None,
        lambda a: 100 * ratio(a.waste_l(), a.spare_l()),
    ),
    Measure(
        "adr_points_max",
        "points",
        "Most ADR points on one trip",
        "ADR 1.1.3.6 allows 1,000 per transport unit without full ADR.",
        "less",
        _max_points,
    ),
    Measure(
        "km_per_delivery_tour",
        "km",
        "Length of a delivery tour",
        "Mean.",
        None,
        lambda a: ratio(a.trip_sum("metres", Purpose.DELIVERY) / 1000, a.trips(Purpose.DELIVERY)),
    ),
    Measure(
        "stops_per_delivery_tour",
        "stops",
        "Stops of a delivery tour",
        "Homes and boxes, mean.",
        None,
        lambda a: ratio(a.trip_sum("stops", Purpose.DELIVERY), a.trips(Purpose.DELIVERY)),
    ),
    Measure(
        "h_per_delivery_tour",
        "h",
        "Duration of a delivery tour",
        "From departure to return, mean.",
        None,
        lambda a: ratio(a.paid_h(Purpose.DELIVERY), a.trips(Purpose.DELIVERY)),
    ),
    Measure(
        "km_per_collection_tour",
        "km",
        "Length of a collection tour",
        "Mean.",
        None,
        lambda a: ratio(a.trip_sum("metres", Purpose.COLLECTION) / 1000, a.trips(Purpose.COLLECTION)),
    ),
    Measure(
        "stops_per_collection_tour",
        "boxes",
        "Boxes on a collection tour",
        "Mean.",
        None,
        lambda a: ratio(a.trip_sum("box_stops", Purpose.COLLECTION), a.trips(Purpose.COLLECTION)),
    ),
    Measure(
        "kg_per_collection_tour",
        "kg",
        "Waste on a collection tour",
        "Mean.",
        None,
        lambda a: ratio(a.trip_sum("waste_g", Purpose.COLLECTION) / 1000, a.trips(Purpose.COLLECTION)),
    ),
    Measure(
        "h_per_collection_tour",
        "h",
        "Duration of a collection tour",
        "From departure to return, mean.",
        None,
        lambda a: ratio(a.paid_h(Purpose.COLLECTION), a.trips(Purpose.COLLECTION)),
    ),
    Measure(
        "kg_per_transfer_run",
        "kg",
        "Waste on a transfer run",
        "Mean.",
        None,
        lambda a: ratio(a.trip_sum("waste_g", Purpose.TRANSFER) / 1000, a.trips(Purpose.TRANSFER)),
    ),
)


def _breach(key: str, what: str) -> Measure:
    return Measure(
        f"breaches_{key}",
        "breaches",
        f"Breaches: {what}",
        "Must be zero.",
        "less",
        lambda a: a.total(f"breaches_{key}"),
    )


BREACHES = (
    _breach("adr", "ADR points"),
    _breach("mass", "vehicle's payload"),
    _breach("volume", "vehicle's volume"),
    _breach("shift", "length of shift"),
    _breach("range", "tours that took more than the vehicle's battery had"),
    _breach("tender", "visits of boxes by vehicles that may not come there"),
    _breach("age", "age of stored waste"),
)

CHARGING = (
    Measure(
        "charged_kwh",
        "kWh",
        "Charged into vehicles with batteries",
        "From sockets at depots and on the way, as simulated; vehicles without a battery's size do not count.",
        None,
        lambda a: a.trip_sum("charged_kwh", *PURPOSES),
    ),
    Measure(
        "charge_stops",
        "stops",
        "Charging stops on the way",
        "During tours, the driver waiting.",
        "less",
        lambda a: a.total("charge_stops"),
    ),
    Measure(
        "charge_wait_h",
        "h",
        "Drivers waiting for a free charger",
        "During tours, beside the charging itself.",
        "less",
        lambda a: a.total("charge_wait_s") / 3600,
    ),
)

MEASURES = (*VANS, *CHARGING, *BREACHES)
