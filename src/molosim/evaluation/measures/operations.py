"""Who drives, how far, how long and at what cost."""

from __future__ import annotations

from functools import partial

from molosim.evaluation.run_view import PURPOSES, Measure, RunView, described, ratio
from molosim.trips import VAN_PURPOSES, WASTE_PURPOSES, Purpose

MEASURES: list[Measure] = []
measure = partial(described, MEASURES)


def _detour(column: str, a: RunView) -> float:
    return a.trip_sum(column, *VAN_PURPOSES)


def _without_detours_km(a: RunView, purpose: str) -> float:
    detours_m = a.trip_sum("detour_parcel_m", purpose) + a.trip_sum("detour_waste_m", purpose)
    return (a.trip_sum("metres", purpose) - detours_m) / 1000


@measure("trips", better="less")
def trips_waste_vehicles(a: RunView) -> float:
    """Trips made for waste alone.

    Tours of collection vehicles plus transfer runs from carriers' stores to the reception.
    """
    return a.trips(*WASTE_PURPOSES)


@measure("trips", better="less")
def trips_collection(a: RunView) -> float:
    """Collection tours.

    Tours of the municipality's collection vehicles.
    """
    return a.trips(Purpose.COLLECTION)


@measure("trips", better="less")
def trips_transfer(a: RunView) -> float:
    """Transfer runs.

    Trips from carriers' own stores to the reception of hazardous waste.
    """
    return a.trips(Purpose.TRANSFER)


@measure("trips", better="less")
def trips_residents(a: RunView) -> float:
    """Residents' car trips for waste alone.

    Car trips to a recycling centre made only to bring waste that found no box.
    """
    return a.boxes("own_car_trips")


@measure("trips", better="less")
def trips_residents_all(a: RunView) -> float:
    """Residents' car trips with waste.

    All car trips to a recycling centre with waste that found no box, also those made for other reasons too.
    """
    return a.boxes("car_trips")


@measure("tours")
def trips_delivery(a: RunView) -> float:
    """Delivery tours.

    Vans' daily tours.
    """
    return a.trips(Purpose.DELIVERY)


@measure("tours", better="less")
def trips_extra(a: RunView) -> float:
    """Extra delivery tours.

    Second tours of vans for what the day's first tour could not carry.
    """
    return a.trips(Purpose.EXTRA_DELIVERY)


@measure("tours", better="less")
def tours_extended(a: RunView) -> float:
    """Delivery tours made longer.

    Vans' tours with way added by waste: a box visit inserted, or the way to the reception.
    """
    return a.total("tours_extended")


@measure("tours", better="less")
def breakdowns(a: RunView) -> float:
    """Tours broken off.

    Tours ended early by a breakdown.
    """
    return a.trip_sum("breakdown", *PURPOSES)


@measure("km", better="less")
def km_waste(a: RunView) -> float:
    """Kilometres for waste, operators.

    Collection vehicles, transfer runs, and vans' detours made because of waste.
    """
    return (_detour("detour_waste_m", a) + a.trip_sum("metres", *WASTE_PURPOSES)) / 1000


@measure("km", better="less")
def km_operations(a: RunView) -> float:
    """Kilometres, all operators.

    Vans, collection vehicles and transfer runs.
    """
    return a.trip_sum("metres", *PURPOSES) / 1000


@measure("km", better="less")
def km_city(a: RunView) -> float:
    """Kilometres, whole city.

    All operators plus residents' car trips for waste alone.
    """
    return (a.trip_sum("metres", *PURPOSES) + a.boxes("car_m")) / 1000


@measure("km", better="less")
def km_vans(a: RunView) -> float:
    """Kilometres, vans.

    All tours of delivery vans.
    """
    return a.trip_sum("metres", *VAN_PURPOSES) / 1000


@measure("km", better="less")
def km_planned(a: RunView) -> float:
    """Kilometres, vans' planned deliveries.

    Daily tours without the box visits inserted into them.
    """
    return _without_detours_km(a, Purpose.DELIVERY)


@measure("km", better="less")
def km_extra(a: RunView) -> float:
    """Kilometres, vans' extra tours.

    Second tours without the box visits inserted into them.
    """
    return _without_detours_km(a, Purpose.EXTRA_DELIVERY)


@measure("km", better="less")
def km_detour_waste(a: RunView) -> float:
    """Kilometres, vans' waste detours.

    Way added to vans' tours because of waste, with the way to the reception at a tour's end.
    """
    return _detour("detour_waste_m", a) / 1000


@measure("km", better="less")
def km_detour_parcel(a: RunView) -> float:
    """Kilometres, vans' parcel detours.

    Way added to vans' tours by box visits for parcels alone.
    """
    return _detour("detour_parcel_m", a) / 1000


@measure("km", better="less")
def km_collection(a: RunView) -> float:
    """Kilometres, collection vehicles.

    Tours of the municipality's collection vehicles.
    """
    return a.trip_sum("metres", Purpose.COLLECTION) / 1000


@measure("km", better="less")
def km_transfer(a: RunView) -> float:
    """Kilometres, transfer runs.

    Runs from carriers' stores to the reception and back.
    """
    return a.trip_sum("metres", Purpose.TRANSFER) / 1000


@measure("km", better="less")
def km_residents(a: RunView) -> float:
    """Kilometres, residents' cars.

    Residents' car trips made for waste alone, both ways.
    """
    return a.boxes("car_m") / 1000


@measure("h", better="less")
def h_waste(a: RunView) -> float:
    """Hours for waste, operators.

    Paid hours of collection vehicles and transfer runs, plus driving and handling of vans' waste detours.
    """
    return _detour("detour_waste_s", a) / 3600 + a.paid_h(*WASTE_PURPOSES)


@measure("h", better="less")
def h_operations(a: RunView) -> float:
    """Paid hours, all operators.

    From departure to return.
    """
    return a.paid_h(*PURPOSES)


@measure("h", better="less")
def h_vans(a: RunView) -> float:
    """Paid hours, vans.

    From departure to return.
    """
    return a.paid_h(*VAN_PURPOSES)


@measure("h", better="less")
def h_detour_waste(a: RunView) -> float:
    """Hours, vans' waste detours.

    Driving and handling added because of waste.
    """
    return _detour("detour_waste_s", a) / 3600


@measure("h", better="less")
def h_detour_parcel(a: RunView) -> float:
    """Hours, vans' parcel detours.

    Driving and handling of box visits inserted for parcels alone.
    """
    return _detour("detour_parcel_s", a) / 3600


@measure("h", better="less")
def h_collection(a: RunView) -> float:
    """Paid hours, collection.

    From departure to return.
    """
    return a.paid_h(Purpose.COLLECTION)


@measure("h", better="less")
def h_transfer(a: RunView) -> float:
    """Paid hours, transfer runs.

    From departure to return.
    """
    return a.paid_h(Purpose.TRANSFER)


@measure("h", better="less")
def h_residents(a: RunView) -> float:
    """Hours, residents' cars.

    Driving of trips made for waste alone.
    """
    return a.boxes("car_s") / 3600


@measure("EUR", better="less")
def cost_waste(a: RunView) -> float:
    """Cost of collecting waste, operators.

    Collection vehicles, transfer runs, and what waste adds to vans' tours: way, time, electricity, handling.
    """
    return a.detour_waste_cost() + a.cost(*WASTE_PURPOSES)


@measure("EUR", better="less")
def cost_operations(a: RunView) -> float:
    """Cost, all operators.

    By kilometre and paid hour with crew, electricity, and containers' handling.
    """
    return a.cost(*PURPOSES)


@measure("EUR", better="less")
def cost_city(a: RunView) -> float:
    """Cost, whole city.

    All operators plus residents' driving for waste alone.
    """
    return a.cost(*PURPOSES) + a.residents_cost()


@measure("EUR", better="less")
def cost_vans(a: RunView) -> float:
    """Cost, vans.

    By kilometre and paid hour with crew, electricity, and containers' handling.
    """
    return a.cost(*VAN_PURPOSES)


@measure("EUR", better="less")
def cost_collection(a: RunView) -> float:
    """Cost, collection vehicles.

    By kilometre and paid hour with crew, electricity, and containers' handling.
    """
    return a.cost(Purpose.COLLECTION)


@measure("EUR", better="less")
def cost_transfer(a: RunView) -> float:
    """Cost, transfer runs.

    By kilometre and paid hour with crew, electricity, and containers' handling.
    """
    return a.cost(Purpose.TRANSFER)


@measure("EUR", better="less")
def cost_residents(a: RunView) -> float:
    """Cost, residents' cars.

    Driving of trips made for waste alone; residents' time has no price.
    """
    return a.residents_cost()


@measure("EUR", better="less")
def cost_electricity(a: RunView) -> float:
    """Cost of electricity, all operators.

    From the socket; part of the operators' cost.
    """
    return float(a.trip_cost.electricity.sum())


@measure("EUR", better="less")
def cost_handling(a: RunView) -> float:
    """Cost of handling containers, all operators.

    Unloading at stores and the reception, beside the crew's time; part of the operators' cost.
    """
    return float(a.trip_cost.handling.sum())


@measure("EUR/kg", better="less")
def cost_waste_per_kg(a: RunView) -> float:
    """Cost per kilogram collected.

    Cost of collecting waste by what left the boxes.
    """
    return ratio(cost_waste(a), a.kg("collected"))
