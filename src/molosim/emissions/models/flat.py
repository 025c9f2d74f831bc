"""Emission models with one figure per kilometre."""

from __future__ import annotations

from typing import Literal

from molosim.emissions import sources as factor
from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.emission_model import FUELS, OTHER_CARRIERS, EmissionModel, FuelChain, unknown
from molosim.emissions.emitted import Emitted, emitted
from molosim.emissions.sources import EmissionFactor
from molosim.runtime.arrays import Columns
from molosim.trips import Body

VANS = {"class_iii": factor.VAN_FLAT, "average": factor.VAN_AVERAGE}


class Flat(EmissionModel):
    """One figure per kilometre; particles and NOx are not in it."""

    van: Literal["class_iii", "average"] = "class_iii"
    """Whose figure vans have: a large van's, or that of all sizes."""
    fuels: FuelChain = "defra"
    label: str = "flat factor per km"

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """As in `EmissionModel`."""
        return VANS[self.van], factor.TRUCK_FLAT, *FUELS[self.fuels].sources, *OTHER_CARRIERS, factor.VAN_KWH

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """As in `EmissionModel`."""
        trips, fuels = Trips.of(trips), FUELS[self.fuels]
        per_van = VANS[self.van].value
        kg_per_km = trips.of_vehicles(vehicles, lambda v: per_van if v.body == Body.VAN else factor.TRUCK_FLAT.value)
        per_km = {Body.VAN: factor.VAN_KWH.value, Body.TRUCK: factor.VAN_KWH.value * factor.TRUCK_SCALE.value}
        kwh_per_km = trips.of_vehicles(vehicles, lambda v: per_km.get(Body(v.body), factor.BIKE_KWH.value))
        return emitted(
            trips,
            vehicles,
            conditions,
            litres=kg_per_km * trips.km / fuels.ttw_kg_per_l,
            kwh=kwh_per_km * trips.km,
            fuels=fuels,
            air=(unknown(trips), unknown(trips)),
        )


BUILT_IN = {
    "flat": Flat(),
    "flat_danish": Flat(fuels="danish", label="flat factor per km, Danish fuel"),
    "flat_average": Flat(van="average", label="flat factor per km, average van"),
}
