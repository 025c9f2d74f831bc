"""Who drives, how far, how long and at what cost."""

from __future__ import annotations

from collections.abc import Callable

from molosim.evaluation.run_view import PURPOSES, Measure, RunView, ratio
from molosim.trips import VAN_PURPOSES, WASTE_PURPOSES, Purpose


def _detour(column: str, a: RunView) -> float:
    return a.trip_sum(column, *VAN_PURPOSES)


def _without_detours_km(a: RunView, purpose: str) -> float:
    detours_m = a.trip_sum("detour_parcel_m", purpose) + a.trip_sum("detour_waste_m", purpose)
    return (a.trip_sum("metres", purpose) - detours_m) / 1000


def _waste_km(a: RunView) -> float:
    return (_detour("detour_waste_m", a) + a.trip_sum("metres", *WASTE_PURPOSES)) / 1000


def _waste_h(a: RunView) -> float:
    return _detour("detour_waste_s", a) / 3600 + a.paid_h(*WASTE_PURPOSES)


def _waste_cost(a: RunView) -> float:
    return a.detour_waste_cost() + a.cost(*WASTE_PURPOSES)


TRIPS = (
    Measure(
        "trips_waste_vehicles",
        "trips",
        "Trips made for waste alone",
        "Tours of collection vehicles plus transfer runs from carriers' stores to the reception.",
        "less",
        lambda a: a.trips(*WASTE_PURPOSES),
    ),
    Measure(
        "trips_collection",
        "trips",
        "Collection tours",
        "Tours of the municipality's collection vehicles.",
        "less",
        lambda a: a.trips(Purpose.COLLECTION),
    ),
    Measure(
        "trips_transfer",
        "trips",
        "Transfer runs",
        "Trips from carriers' own stores to the reception of hazardous waste.",
        "less",
        lambda a: a.trips(Purpose.TRANSFER),
    ),
    Measure(
        "trips_residents",
        "trips",
        "Residents' car trips for waste alone",
        "Car trips to a recycling centre made only to bring waste that found no box.",
        "less",
        lambda a: a.boxes("own_car_trips"),
    ),
    Measure(
        "trips_residents_all",
        "trips",
        "Residents' car trips with waste",
        "All car trips to a recycling centre with waste that found no box, also those made for other reasons too.",
        "less",
        lambda a: a.boxes("car_trips"),
    ),
    Measure(
        "trips_delivery", "tours", "Delivery tours", "Vans' daily tours.", None, lambda a: a.trips(Purpose.DELIVERY)
    ),
    Measure(
        "trips_extra",
        "tours",
        "Extra delivery tours",
        "Second tours of vans for what the day's first tour could not carry.",
        "less",
        lambda a: a.trips(Purpose.EXTRA_DELIVERY),
    ),
    Measure(
        "tours_extended",
        "tours",
        "Delivery tours made longer",
        "Vans' tours with way added by waste: a box visit inserted, or the way to the reception.",
        "less",
        lambda a: a.total("tours_extended"),
    ),
    Measure(
        "breakdowns",
        "tours",
        "Tours broken off",
        "Tours ended early by a breakdown.",
        "less",
        lambda a: a.trip_sum("breakdown", *PURPOSES),
    ),
)


def _km(name: str, label: str, definition: str, value: Callable[[RunView], float]) -> Measure:
    return Measure(f"km_{name}", "km", label, definition, "less", value)


KILOMETRES = (
    _km(
        "waste",
        "Kilometres for waste, operators",
        "Collection vehicles, transfer runs, and vans' detours made because of waste.",
        _waste_km,
    ),
    _km(
        "operations",
        "Kilometres, all operators",
        "Vans, collection vehicles and transfer runs.",
        lambda a: a.trip_sum("metres", *PURPOSES) / 1000,
    ),
    _km(
        "city",
        "Kilometres, whole city",
        "All operators plus residents' car trips for waste alone.",
        lambda a: (a.trip_sum("metres", *PURPOSES) + a.boxes("car_m")) / 1000,
    ),
    _km(
        "vans", "Kilometres, vans", "All tours of delivery vans.", lambda a: a.trip_sum("metres", *VAN_PURPOSES) / 1000
    ),
    _km(
        "planned",
        "Kilometres, vans' planned deliveries",
        "Daily tours without the box visits inserted into them.",
        lambda a: _without_detours_km(a, Purpose.DELIVERY),
    ),
    _km(
        "extra",
        "Kilometres, vans' extra tours",
        "Second tours without the box visits inserted into them.",
        lambda a: _without_detours_km(a, Purpose.EXTRA_DELIVERY),
    ),
    _km(
        "detour_waste",
        "Kilometres, vans' waste detours",
        "Way added to vans' tours because of waste, with the way to the reception at a tour's end.",
        lambda a: _detour("detour_waste_m", a) / 1000,
    ),
    _km(
        "detour_parcel",
        "Kilometres, vans' parcel detours",
        "Way added to vans' tours by box visits for parcels alone.",
        lambda a: _detour("detour_parcel_m", a) / 1000,
    ),
    _km(
        "collection",
        "Kilometres, collection vehicles",
        "Tours of the municipality's collection vehicles.",
        lambda a: a.trip_sum("metres", Purpose.COLLECTION) / 1000,
    ),
    _km(
        "transfer",
        "Kilometres, transfer runs",
        "Runs from carriers' stores to the reception and back.",
        lambda a: a.trip_sum("metres", Purpose.TRANSFER) / 1000,
    ),
    _km(
        "residents",
        "Kilometres, residents' cars",
        "Residents' car trips made for waste alone, both ways.",
        lambda a: a.boxes("car_m") / 1000,
    ),
)


def _hours(name: str, label: str, definition: str, value: Callable[[RunView], float]) -> Measure:
    return Measure(f"h_{name}", "h", label, definition, "less", value)


HOURS = (
    _hours(
        "waste",
        "Hours for waste, operators",
        "Paid hours of collection vehicles and transfer runs, plus driving and handling of vans' waste detours.",
        _waste_h,
    ),
    _hours("operations", "Paid hours, all operators", "From departure to return.", lambda a: a.paid_h(*PURPOSES)),
    _hours("vans", "Paid hours, vans", "From departure to return.", lambda a: a.paid_h(*VAN_PURPOSES)),
    _hours(
        "detour_waste",
        "Hours, vans' waste detours",
        "Driving and handling added because of waste.",
        lambda a: _detour("detour_waste_s", a) / 3600,
    ),
    _hours(
        "detour_parcel",
        "Hours, vans' parcel detours",
        "Driving and handling of box visits inserted for parcels alone.",
        lambda a: _detour("detour_parcel_s", a) / 3600,
    ),
    _hours("collection", "Paid hours, collection", "From departure to return.", lambda a: a.paid_h(Purpose.COLLECTION)),
    _hours("transfer", "Paid hours, transfer runs", "From departure to return.", lambda a: a.paid_h(Purpose.TRANSFER)),
    _hours(
        "residents",
        "Hours, residents' cars",
        "Driving of trips made for waste alone.",
        lambda a: a.boxes("car_s") / 3600,
    ),
)


def _cost(name: str, label: str, definition: str, value: Callable[[RunView], float]) -> Measure:
    return Measure(f"cost_{name}", "EUR", label, definition, "less", value)


_ALL = "By kilometre and paid hour with crew, electricity, and containers' handling."


COSTS = (
    _cost(
        "waste",
        "Cost of collecting waste, operators",
        "Collection vehicles, transfer runs, and what waste adds to vans' tours: way, time, electricity, handling.",
        _waste_cost,
    ),
    _cost("operations", "Cost, all operators", _ALL, lambda a: a.cost(*PURPOSES)),
    _cost(
        "city",
        "Cost, whole city",
        "All operators plus residents' driving for waste alone.",
        lambda a: a.cost(*PURPOSES) + a.residents_cost(),
    ),
    _cost("vans", "Cost, vans", _ALL, lambda a: a.cost(*VAN_PURPOSES)),
    _cost("collection", "Cost, collection vehicles", _ALL, lambda a: a.cost(Purpose.COLLECTION)),
    _cost("transfer", "Cost, transfer runs", _ALL, lambda a: a.cost(Purpose.TRANSFER)),
    _cost(
        "residents",
        "Cost, residents' cars",
        "Driving of trips made for waste alone; residents' time has no price.",
        lambda a: a.residents_cost(),
    ),
    _cost(
        "electricity",
        "Cost of electricity, all operators",
        "From the socket; part of the operators' cost.",
        lambda a: float(a.trip_cost.electricity.sum()),
    ),
    _cost(
        "handling",
        "Cost of handling containers, all operators",
        "Unloading at stores and the reception, beside the crew's time; part of the operators' cost.",
        lambda a: float(a.trip_cost.handling.sum()),
    ),
    Measure(
        "cost_waste_per_kg",
        "EUR/kg",
        "Cost per kilogram collected",
        "Cost of collecting waste by what left the boxes.",
        "less",
        lambda a: ratio(_waste_cost(a), a.kg("collected")),
    ),
)


MEASURES = (*TRIPS, *KILOMETRES, *HOURS, *COSTS)
