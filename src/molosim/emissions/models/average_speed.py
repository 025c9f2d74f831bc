"""Emission model by mean trip speed."""

from __future__ import annotations

from molosim.emissions import electric
from molosim.emissions.conditions import Conditions
from molosim.emissions.curves import DIESEL_MJ_PER_KM, DIESEL_NOX_G_PER_KM
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.emission_model import (
    FUELS,
    OTHER_CARRIERS,
    EmissionModel,
    FuelChain,
    exhaust,
    times_a_van,
    unknown,
)
from molosim.emissions.emitted import Emitted, emitted
from molosim.emissions.sources import DIESEL_CURVE, DIESEL_MJ, NOX_CURVE, TRUCK_SCALE, EmissionFactor
from molosim.runtime.arrays import Columns


class AverageSpeed(EmissionModel):
    """The guidebook's curve over a trip's mean driven speed; stops count as far as they slow the trip down."""

    fuels: FuelChain = "jec"
    label: str = "average speed"

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """As in `EmissionModel`."""
        return DIESEL_CURVE, NOX_CURVE, TRUCK_SCALE, *FUELS[self.fuels].sources, *OTHER_CARRIERS, *electric.SOURCES

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """As in `EmissionModel`."""
        trips = Trips.of(trips)
        kmh = 3.6 * trips.cruise_m_per_s
        van_l = DIESEL_MJ_PER_KM.at(kmh) * trips.km / DIESEL_MJ.value
        return emitted(
            trips,
            vehicles,
            conditions,
            litres=van_l * times_a_van(trips, vehicles),
            kwh=electric.kwh(trips, vehicles, conditions),
            fuels=FUELS[self.fuels],
            air=(exhaust(trips, vehicles, DIESEL_NOX_G_PER_KM.at(kmh) * trips.km), unknown(trips)),
        )


BUILT_IN = {"average_speed": AverageSpeed()}
