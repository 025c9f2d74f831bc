"""An emission model: consumption as a carrier's telematics measured it, by kilometre, stop and load."""

from __future__ import annotations

from pydantic import Field

from molosim import EmissionModel
from molosim.seams import (
    FUELS,
    Body,
    Columns,
    Conditions,
    EmissionFactor,
    Emitted,
    Trips,
    Vehicles,
    emitted,
    unknown,
)

FUEL = FUELS["defra"]


class Telematics(EmissionModel):
    """Litres by kilometre and body, by stop, and by tonne-kilometre of load.

    The defaults are made up, in the range of vans in town; put in what your own vehicles report.
    """

    van_l_per_km: float = Field(default=0.095, gt=0, le=1)
    """Of a diesel van between its stops, empty."""
    truck_l_per_km: float = Field(default=0.19, gt=0, le=1)
    van_kwh_per_km: float = Field(default=0.27, gt=0, le=3)
    """Of an electric van, from the socket; other bodies in proportion to their litres, bikes a sixth."""
    l_per_stop: float = Field(default=0.015, ge=0, le=1)
    """Slowing down, idling and starting again, litres for each stop."""
    l_per_tonne_km: float = Field(default=0.008, ge=0, le=1)
    """What load adds, litres for each tonne carried a kilometre."""
    measured: str = "made up for this example"
    """Where and when the figures were measured, for the report."""
    label: str = "carrier's telematics"

    @property
    def needs(self) -> tuple[str, ...]:
        """Load along the way."""
        return ("load_kgm",)

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """The parameters, with where they were measured."""
        figures = {
            "telematics: diesel van": (self.van_l_per_km, "L/km"),
            "telematics: diesel truck": (self.truck_l_per_km, "L/km"),
            "telematics: electric van": (self.van_kwh_per_km, "kWh/km"),
            "telematics: stop": (self.l_per_stop, "L"),
            "telematics: load": (self.l_per_tonne_km, "L/tkm"),
        }
        own = [EmissionFactor(name, value, unit, "GK", self.measured) for name, (value, unit) in figures.items()]
        return (*own, *FUEL.sources)

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """Energy and emissions of each trip; no figures of NOx and particles."""
        trips = Trips.of(trips)
        by_body = {Body.VAN: 1.0, Body.TRUCK: self.truck_l_per_km / self.van_l_per_km, Body.BIKE: 1 / 6}
        vans = trips.of_vehicles(vehicles, lambda vehicle: by_body[vehicle.body])
        at_stops = trips.floats("stops") * self.l_per_stop
        loaded = trips.floats("load_kgm") / 1e6 * self.l_per_tonne_km
        return emitted(
            trips,
            vehicles,
            conditions,
            litres=vans * trips.km * self.van_l_per_km + at_stops + loaded,
            kwh=vans * trips.km * self.van_kwh_per_km,
            fuels=FUEL,
            air=(unknown(trips), unknown(trips)),
        )
